"""A server on a raw socket that breaks the rules on purpose (the fault table of reliability 3).

`async with FaultServer(answer, answer, …) as server:` gives each request the next answer, and the
last one to all that follow. What arrived stands in `server.requests`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

REQUEST_ID = "req_fault_0001"


@dataclass(slots=True)
class Received:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    connection: int
    """Which connection it came on, counted from 1."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Wire:
    """The server's end of one connection."""

    writer: asyncio.StreamWriter
    released: asyncio.Event
    """Set when the server ends: what hangs may go."""
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the client closed its end."""

    async def send(self, data: bytes) -> None:
        try:
            self.writer.write(data)
            await self.writer.drain()
        except ConnectionError:
            self.gone.set()

    async def fin(self) -> None:
        """Close in order."""
        with contextlib.suppress(ConnectionError):
            self.writer.close()
            await self.writer.wait_closed()

    async def rst(self) -> None:
        """Close with a reset."""
        handle = self.writer.get_extra_info("socket")
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def hang(self) -> None:
        """Say nothing until the client goes away or the server ends."""
        waiting = [asyncio.ensure_future(e.wait()) for e in (self.gone, self.released)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for waiter in waiting:
            waiter.cancel()


Answer = Callable[[Wire, Received], Awaitable[None]]


class FaultServer:
    """Serves its script on 127.0.0.1."""

    def __init__(self, *script: Answer) -> None:
        self.script = list(script)
        self.requests: list[Received] = []
        self.connections = 0
        self.open_connections = 0
        self._released = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def port(self) -> int:
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=2**20)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._released.set()
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.open_connections += 1
        number = self.connections
        try:
            while (received := await _read_request(reader, number)) is not None:
                answer = self.script[min(len(self.requests), len(self.script) - 1)]
                self.requests.append(received)
                wire = Wire(writer, self._released)
                watch = asyncio.ensure_future(_watch(reader, wire))
                try:
                    await answer(wire, received)
                finally:
                    if not watch.done():
                        watch.cancel()
                        await asyncio.gather(watch, return_exceptions=True)
                if writer.is_closing() or wire.gone.is_set():
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open_connections -= 1
            self._tasks.discard(task)
            writer.close()


async def _watch(reader: asyncio.StreamReader, wire: Wire) -> None:
    """Notice that the client closed, without taking what it sends next."""
    with contextlib.suppress(ConnectionError):
        while not reader.at_eof() and reader.exception() is None:
            if reader._buffer:  # type: ignore[attr-defined]
                return
            await reader._wait_for_data("watch")  # type: ignore[attr-defined]
    wire.gone.set()


async def _read_request(reader: asyncio.StreamReader, connection: int) -> Received | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _version = first.split(" ")
    headers = {}
    for line in lines:
        name, found, value = line.partition(":")
        if found:
            headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body, connection)


def response(
    body: bytes,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    length: int | None = None,
) -> bytes:
    """A complete HTTP answer; `length` lies about its size."""
    fields = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body) if length is None else length),
        "x-request-id": REQUEST_ID,
        **(headers or {}),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode() + body


def reply(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """JSON."""
    return raw(response(json.dumps(value).encode(), status=status, headers=headers))


def error(
    status: int,
    message: str = "it failed",
    *,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An error in OpenAI's shape."""
    shape = {"message": message, "type": "error", "param": None, "code": code}
    return reply({"error": shape}, status=status, headers=headers)


def page(*ids: str, more: bool = False) -> Answer:
    """A list of files."""
    rows = [{"id": identifier, "object": "file"} for identifier in ids]
    return reply({"object": "list", "data": rows, "has_more": more})


def raw(data: bytes) -> Answer:
    async def answer(wire: Wire, received: Received) -> None:
        await wire.send(data)

    return answer


async def rst(wire: Wire, received: Received) -> None:
    await wire.rst()


async def fin(wire: Wire, received: Received) -> None:
    await wire.fin()


async def hang(wire: Wire, received: Received) -> None:
    await wire.hang()


async def garbage(wire: Wire, received: Received) -> None:
    await wire.send(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
    await wire.fin()


async def short(wire: Wire, received: Received) -> None:
    """Fewer bytes than announced."""
    await wire.send(response(b'{"id": "x"', length=500))
    await wire.fin()


async def big_header(wire: Wire, received: Received) -> None:
    await wire.send(response(b"{}", headers={"X-Big": "x" * 300_000}))


async def slow_head(wire: Wire, received: Received) -> None:
    """Headers that never end."""
    await wire.send(b"HTTP/1.1 200 OK\r\n")
    await wire.hang()


async def drip(wire: Wire, received: Received) -> None:
    """A byte now and then: no silence is long, and yet it never ends."""
    await wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{")
    while not (wire.gone.is_set() or wire.released.is_set()):
        await wire.send(b" ")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wire.gone.wait(), 0.02)


def bomb(unpacked: int) -> Answer:
    """A small answer that unpacks to a large one, made without ever holding it."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    zeros = b"0" * 1_000_000
    parts = [packer.compress(b'{"data": "')]
    parts += [packer.compress(zeros) for _ in range(unpacked // len(zeros))]
    parts += [packer.compress(b'"}'), packer.flush()]
    return raw(response(b"".join(parts), headers={"Content-Encoding": "gzip"}))


def redirect(target: str, *, status: int = 302) -> Answer:
    return raw(response(b"", status=status, headers={"Location": target}))


def html(status: int = 200) -> Answer:
    page = b"<html><head><title>Sign in</title></head><body>[/x] Welcome</body></html>"
    return raw(response(page, status=status, headers={"Content-Type": "text/html"}))


SSE_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nx-request-id: req_sse\r\n\r\n"


def events(
    pieces: Iterable[bytes], *, end: Callable[[Wire, Received], Awaitable[None]] = fin
) -> Answer:
    """A stream without a length, piece by piece, and how it ends."""

    async def answer(wire: Wire, received: Received) -> None:
        await wire.send(SSE_HEAD)
        for piece in pieces:
            await wire.send(piece)
        await end(wire, received)

    return answer


def chunk(text: str | None, *, finish: str | None = None) -> bytes:
    """An event of a chat stream."""
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    value = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
