"""uvicorn, made safe to embed: our own socket, no signal handlers, guarded connections.

Measured without this: 300 half-sent requests stay open, and a SIGTERM is re-raised through the
program that embeds the server (reliability 6).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from tui.sandbox.errors import ApiError
from tui.sandbox.wire import dump_json

LOOPBACK = "127.0.0.1"
MAX_CONNECTIONS = 64
MAX_HEAD_BYTES = 16 * 1024
HEAD_SECONDS = 10.0
"""How long a request's head may take."""
KEEP_ALIVE_SECONDS = 30
GRACE_SECONDS = 3
"""How long answers under way may go on after the server was told to end."""


def bind(port: int = 0) -> socket.socket:
    """A listening socket on the loopback address alone. Raises `OSError` when the port is taken."""
    # With the protocol named, asyncio sets TCP_NODELAY; without it each answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(256)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def base_url(listener: socket.socket) -> str:
    """What clients are told, such as `http://127.0.0.1:41234/v1`."""
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}/v1"


class SandboxServer(uvicorn.Server):
    """Serves one application on one listening socket until `should_exit` is set."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http=GuardedProtocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=GRACE_SECONDS,
                h11_max_incomplete_event_size=MAX_HEAD_BYTES,
            )
        )
        self._listener = listener
        self._ready = asyncio.Event()
        self._told = asyncio.Event()

    async def start(self) -> asyncio.Task[None]:
        """Begin to serve; returns once connections are accepted. The task ends with the server."""
        serving = asyncio.ensure_future(self.serve(sockets=[self._listener]))
        started = asyncio.ensure_future(self._ready.wait())
        await asyncio.wait((serving, started), return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if serving.done():
            serving.result()
        return serving

    def stop(self) -> None:
        """End gracefully: no new connections, answers under way get their grace."""
        self.should_exit = True
        self._told.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()

    async def main_loop(self) -> None:
        """As uvicorn's, woken once a second instead of ten times, and at once by `stop`."""
        tick = 0
        while not await self.on_tick(tick):
            tick += 10
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), 1.0)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signals to whoever owns the process."""
        yield


class GuardedProtocol(H11Protocol):
    """One connection, with a deadline for each request's head and a limit on their number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.app_state = {**self.app_state, "close_connection": self._close}
        self._deadline: asyncio.TimerHandle | None = None
        self._idle_since = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if len(self.connections) >= MAX_CONNECTIONS:
            self._make_room()
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            self._refuse(503, "Too many connections.")
            return
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # What h11 holds back is the beginning of a head; the rest of a refused body is not.
        if self._waits_for_head() and self.conn.trailing_data[0]:
            self._start_deadline()
        else:
            self._stop_deadline()

    def on_response_complete(self) -> None:
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP, or too long a head, in the platform's error shape."""
        status = getattr(sys.exception(), "error_status_hint", 400)
        self._refuse(status, msg)

    def _make_room(self) -> None:
        """Close the connection that did nothing for longest: idle ones shut nobody out."""
        idle = [
            connection
            for connection in self.connections
            if isinstance(connection, GuardedProtocol) and connection._waits_for_head()
        ]
        if idle:
            longest = min(idle, key=lambda connection: connection._idle_since)
            longest._close()
            self.connections.discard(longest)

    def _waits_for_head(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _start_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self._waits_for_head() and not self.transport.is_closing():
            self._refuse(408, "The request's head took too long.")

    def _refuse(self, status: int, message: str) -> None:
        if self.transport.is_closing():
            return
        body = dump_json(ApiError(status, message).body())
        self.transport.write(
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
            "content-type: application/json\r\n"
            f"content-length: {len(body)}\r\n"
            "connection: close\r\n\r\n".encode()
            + body
        )
        self.transport.close()

    def _close(self) -> None:
        self.transport.close()
