"""The one road to a server: HTTP clients made off the loop, a bound on open requests, clean ends.

httpx is reached through here and `exchange` only (its pool leaks slots when it is cancelled).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import truststore

from tui.api.endpoint import Endpoint
from tui.api.failures import proxy_hint
from tui.core.errors import Problem, ProblemError, ProblemKind

MAX_OPEN = 32
"""Requests and streams that may be under way at once."""
KEPT = 8
"""Idle connections that are kept."""
KEEP_SECONDS = 4.0
"""Below the five seconds after which common servers close an idle connection."""
FAREWELL_SECONDS = 1.0
"""How long closing waits for what is still under way."""


class Connection:
    """The HTTP clients of one endpoint, made on the first request and shared by all."""

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None) -> None:
        self._endpoint = endpoint
        self._transport = transport
        self._clients: dict[bool, httpx.AsyncClient] = {}
        self._making = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self.open_requests = asyncio.Semaphore(MAX_OPEN)

    @property
    def traced(self) -> bool:
        """Whether the transport is httpx's own, which tells how far a request has come."""
        return self._transport is None

    async def http(self, *, fresh: bool) -> httpx.AsyncClient:
        """The client to send with. `fresh` keeps no connections.

        A kept connection may be closed by the server just as a request goes out. What must not be
        repeated goes out on a fresh one, so that a lost answer is a rare thing. Raises
        `ProblemError` for a broken CA bundle or proxy setting.
        """
        if self._closed:
            title = "The connection is closed"
            raise ProblemError(Problem(title, kind=ProblemKind.CANCELLED))
        client = self._clients.get(fresh)
        if client is None:
            async with self._making:
                client = self._clients.get(fresh)
                if client is None:
                    client = await asyncio.to_thread(self._make, fresh)
                    self._clients[fresh] = client
        return client

    def _make(self, fresh: bool) -> httpx.AsyncClient:
        endpoint = self._endpoint
        timeout = httpx.Timeout(endpoint.read_timeout, connect=endpoint.connect_timeout)
        try:
            return httpx.AsyncClient(
                verify=tls_context(endpoint.ca_bundle),
                # A proxy must never see what goes to this machine (reliability 3).
                trust_env=not endpoint.loopback,
                timeout=timeout,
                limits=httpx.Limits(
                    max_connections=None,
                    max_keepalive_connections=0 if fresh else KEPT,
                    keepalive_expiry=KEEP_SECONDS,
                ),
                transport=self._transport,
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise ProblemError(
                Problem(
                    "The proxy setting cannot be used",
                    str(error).partition(".")[0],
                    proxy_hint(),
                    kind=ProblemKind.LOCAL,
                )
            ) from None

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something to its end that nobody awaits, such as closing what was abandoned."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def aclose(self) -> None:
        """Close everything; what is still under way gets a moment to end."""
        self._closed = True
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=FAREWELL_SECONDS)
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()


@lru_cache(maxsize=8)
def tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """The context that all clients share: the system's trust, or a bundle of its own.

    Raises `ProblemError` when the bundle cannot be read.
    """
    if ca_bundle is None:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return ssl.create_default_context(cafile=str(ca_bundle))
    except (OSError, ssl.SSLError) as error:
        raise ProblemError(
            Problem(
                "The CA bundle cannot be read",
                f"{ca_bundle.name}: {error.strerror or error.__class__.__name__}",
                "Correct ca_bundle in the profile.",
                kind=ProblemKind.LOCAL,
            )
        ) from None
