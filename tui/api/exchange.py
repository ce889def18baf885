"""One request and its answer, such that nothing is ever cancelled in the middle of httpx's pool.

httpx 0.28 loses connection slots when a task is cancelled inside it (reliability, fact 8). So each
step runs in a task of its own that the caller only waits for. When the caller is cancelled, after
the headers the answer is closed from outside, and before them the task is cancelled exactly once,
at a place where the pool cleans up, and nobody awaits it.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

import httpx

from tui.api.connection import Connection
from tui.api.failures import FAILURES, BrokenEncodingError, DeadlineError, OversizedError

T = TypeVar("T")

_STEPS = frozenset(
    {
        "connection.connect_tcp.started",
        "connection.start_tls.started",
        "http11.send_request_headers.started",
        "http11.send_request_body.started",
        "http11.receive_response_headers.started",
    }
)
"""Steps within which httpcore survives one cancellation. Between them it does not: a request that
was given up there ends at the next step."""

_SLICE = 1024 * 1024
"""Bytes unpacked at once."""


class Deadline:
    """The moment when an attempt must be over, on the loop's own clock: sockets know no other."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds or 0.0
        now = asyncio.get_running_loop().time()
        self.ends = None if seconds is None else now + seconds


class Exchange:
    """A request on its way, and the reading of its answer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._response: httpx.Response | None = None
        self._chunks: AsyncIterator[bytes] | None = None
        self._inflater: Inflater | None = None
        self._step: asyncio.Task[Any] | None = None
        self._abandoned = False
        self._cancellable = not connection.traced
        self._holds_slot = False
        self._closing: asyncio.Task[None] | None = None
        self.sent = False
        """Whether the request's first bytes may be out."""
        self.received = 0
        """Bytes of the body that came, as they came."""

    @property
    def response(self) -> httpx.Response:
        """The answer, once `send` returned."""
        if self._response is None:
            raise RuntimeError("no answer yet")
        return self._response

    async def send(
        self, client: httpx.AsyncClient, request: httpx.Request, *, deadline: Deadline
    ) -> httpx.Response:
        """Send, and return when the headers are there; the body waits to be read.

        Raises what httpx raises, and `DeadlineError`.
        """
        request.extensions["trace"] = self._trace
        await self._connection.open_requests.acquire()
        self._holds_slot = True
        try:
            self._response = await self._run(client.send(request, stream=True), deadline)
        finally:
            if self._response is None and not self._abandoned:
                self._release()
        if self._response.is_stream_consumed:
            # Transports of tests answer with all of it, unpacked.
            self._chunks = _once(self._response.content)
            return self._response
        self._chunks = self._response.aiter_raw()
        encoding = self._response.headers.get("content-encoding", "")
        if encoding.strip().lower() not in ("", "identity"):
            self._inflater = Inflater()
        return self._response

    async def chunk(self, *, deadline: Deadline | None = None) -> bytes:
        """The next unpacked bytes of the body; empty at its end."""
        while self._chunks is not None:
            if self._inflater is not None and self._inflater.waiting:
                unpacked = self._inflater.more()
            else:
                raw = await self._run(self._next(), deadline)
                self.received += len(raw)
                if not raw:
                    await self.close()
                    return self._inflater.end() if self._inflater is not None else b""
                unpacked = raw if self._inflater is None else self._inflater.feed(raw)
            if unpacked:
                return unpacked
        return b""

    async def read(self, *, limit: int, deadline: Deadline) -> bytes:
        """The whole unpacked body. Raises `OversizedError` beyond `limit` bytes."""
        parts: list[bytes] = []
        size = 0
        while part := await self.chunk(deadline=deadline):
            size += len(part)
            if size > limit:
                self.close_soon()
                raise OversizedError(limit)
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def close(self) -> None:
        """Close the answer from outside whoever reads it; waits until that is done."""
        self.close_soon()
        if self._closing is not None:
            await asyncio.shield(self._closing)

    def close_soon(self) -> None:
        """Begin to close, without waiting. May be called often, from anywhere."""
        if self._closing is None and self._response is not None:
            self._closing = self._connection.spawn(self._close(self._response))

    async def _next(self) -> bytes:
        assert self._chunks is not None
        async for raw in self._chunks:
            if raw:
                return raw
        return b""

    async def _run(self, work: Coroutine[Any, Any, T], deadline: Deadline | None) -> T:
        """Wait for a step; whatever happens to the waiting, the step itself ends in order."""
        step = asyncio.get_running_loop().create_task(work)
        self._step = step
        try:
            async with asyncio.timeout_at(deadline.ends if deadline else None):
                return await asyncio.shield(step)
        except TimeoutError:
            self._give_up(step)
            raise DeadlineError(deadline.seconds if deadline else 0.0) from None
        except asyncio.CancelledError:
            self._give_up(step)
            raise
        except FAILURES:
            self.close_soon()
            raise

    def _give_up(self, step: asyncio.Task[Any]) -> None:
        self._abandoned = True
        if self._response is not None:
            step.add_done_callback(_ignore)
            self.close_soon()
            return
        if self._cancellable and not step.done():
            step.cancel()
        step.add_done_callback(self._came_too_late)

    def _came_too_late(self, step: asyncio.Task[httpx.Response]) -> None:
        """The end of a request that nobody waits for any more."""
        if step.cancelled() or step.exception() is not None:
            self._release()
            return
        self._response = step.result()
        self.close_soon()

    async def _trace(self, name: str, info: dict[str, Any]) -> None:
        """httpcore tells its steps here; a request that was given up ends at the next one."""
        if name in _STEPS:
            if self._abandoned:
                raise asyncio.CancelledError
            self._cancellable = True
            if name.endswith("send_request_headers.started"):
                self.sent = True
        elif self._response is None:
            self._cancellable = False

    async def _close(self, response: httpx.Response) -> None:
        try:
            with contextlib.suppress(*FAILURES):
                await response.aclose()
            step, chunks = self._step, self._chunks
            if step is not None and not step.done():
                await asyncio.wait({step})
            if isinstance(chunks, AsyncIterator) and hasattr(chunks, "aclose"):
                await chunks.aclose()
        finally:
            self._chunks = None
            self._release()

    def _release(self) -> None:
        if self._holds_slot:
            self._holds_slot = False
            self._connection.open_requests.release()


class Inflater:
    """Unpacks gzip and deflate in slices, so that a small answer cannot fill the memory at once."""

    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._fed = False

    @property
    def waiting(self) -> bool:
        """Whether more can be unpacked from what came."""
        return bool(self._unpacker.unconsumed_tail)

    def feed(self, raw: bytes) -> bytes:
        """At most one slice of what these bytes unpack to. Raises `BrokenEncodingError`."""
        self._fed = True
        try:
            return self._unpacker.decompress(raw, _SLICE)
        except zlib.error as error:
            raise BrokenEncodingError(f"the answer does not unpack: {error}") from None

    def more(self) -> bytes:
        """The next slice."""
        return self.feed(self._unpacker.unconsumed_tail)

    def end(self) -> bytes:
        """The rest. Raises `BrokenEncodingError` when the packed data broke off."""
        rest = self._unpacker.flush()
        if self._fed and not self._unpacker.eof:
            raise BrokenEncodingError("the packed answer broke off")
        return rest


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _ignore(step: asyncio.Task[Any]) -> None:
    """Look at the outcome, so that nobody reports it as forgotten."""
    if not step.cancelled():
        step.exception()
