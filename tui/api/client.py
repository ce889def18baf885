"""The one client: it carries every operation to one endpoint.

Importing it loads httpx, so whoever draws a first frame imports it afterwards, in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tui.api.capabilities import Capabilities
from tui.api.curl import curl_command
from tui.api.download import SILENCE, Beginning, ToFile
from tui.api.download import Progress as DownloadProgress
from tui.api.endpoint import EMPTY, Endpoint
from tui.api.exchange import Deadline, Exchange
from tui.api.headers import BYTES, EVENTS
from tui.api.multipart import Multipart
from tui.api.operation import Operation
from tui.api.paging import Page, cursor_query, page_of
from tui.api.problems import request_id_of, unexpected
from tui.api.replies import MAX_REPLY, Content, Reply, header_map, json_answer, reply_of
from tui.api.requesting import Outgoing, outgoing
from tui.api.sending import Consume, Sender
from tui.api.streaming import EventStream
from tui.api.upload import Progress as UploadProgress
from tui.api.upload import Upload, stoppable
from tui.core.cell import Readable
from tui.core.clock import Clock
from tui.core.errors import ProblemError
from tui.core.log import PREVIEW_LIMIT, RequestHandle, RequestLog, hide

T = TypeVar("T")

PREVIEW_BYTES = 4 * 1024 * 1024


class Client:
    """Runs operations. Every failure is a `ProblemError`; every request is in the log."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        clock: Clock,
        log: RequestLog,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.capabilities = Capabilities(endpoint.kind)
        self._sender = Sender(endpoint, clock=clock, log=log, transport=transport)
        for key in (endpoint.key, endpoint.admin_key):
            if key is not None:
                hide(key)

    @property
    def limited_until(self) -> Readable[float | None]:
        """Unix time until which the server asked to wait, for a countdown."""
        return self._sender.limited_until

    async def call(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] = EMPTY,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Run an operation whose answer is one object."""
        if operation.multipart:
            raise ValueError(f"{operation.id} sends a file: use upload")
        request = outgoing(self.endpoint, operation, path=path, query=query, body=body)
        return await self._learning(request, _as_reply(operation))

    async def page(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] = EMPTY,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> Page:
        """A stretch of a list, or the results of a search. Its rows are not looked at yet."""
        asked = {**(query or {}), **cursor_query(operation, after=after, limit=limit)}
        request = outgoing(self.endpoint, operation, path=path, query=asked, body=body)
        return await self._learning(request, _as_page(operation))

    def stream(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] = EMPTY,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> EventStream:
        """The events of an operation: enter it to send, iterate it to read, stop it to end it."""
        if operation.streaming is None:
            raise ValueError(f"{operation.id} does not stream")
        if operation.method == "GET":
            query = {**(query or {}), "stream": True}
        else:
            body = {**(body or {}), "stream": True}
        request = outgoing(
            self.endpoint, operation, path=path, query=query, body=body, accept=EVENTS
        )
        return EventStream(self._sender, request, operation.streaming)

    async def download(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] = EMPTY,
        destination: Path,
        progress: DownloadProgress | None = None,
    ) -> int:
        """Save an operation's bytes as a file, replacing what was there; the number of bytes."""
        return await self._sender.send(
            self._bytes_of(operation, path), ToFile(destination, progress)
        )

    async def read_text(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] = EMPTY,
        limit: int = PREVIEW_BYTES,
    ) -> Content:
        """The beginning of an operation's bytes, at most `limit` of them."""
        return await self._sender.send(self._bytes_of(operation, path), Beginning(limit))

    async def upload(
        self,
        source: Path,
        *,
        purpose: str,
        expires_after: int | None = None,
        progress: UploadProgress | None = None,
        stop: asyncio.Event | None = None,
    ) -> Reply:
        """Send a file; above 64 MB in parts. `expires_after` is in seconds.

        When `stop` is set the transfer ends, what was begun is cancelled at the server, and
        `ProblemError` CANCELLED is raised.
        """
        upload = Upload(
            source=source, purpose=purpose, expires_after=expires_after, progress=progress
        )
        work = asyncio.get_running_loop().create_task(upload.run(self))
        return await stoppable(work, stop or asyncio.Event())

    async def send_file(
        self, operation: Operation, multipart: Multipart, *, path: Mapping[str, str] = EMPTY
    ) -> Reply:
        """One request with a stretch of a file in it; `upload` is what calls this."""
        request = outgoing(self.endpoint, operation, path=path)
        request = replace(
            request,
            headers={**request.headers, **multipart.headers},
            body=multipart.body,
            preview=multipart.preview,
            deadline=None,
        )
        return await self._sender.send(request, _as_reply(operation))

    def curl(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] = EMPTY,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> str:
        """The request as a shell command, with `$OPENAI_API_KEY` in the key's place."""
        return curl_command(self.endpoint, operation, path=path, query=query, body=body)

    async def aclose(self) -> None:
        """Close all connections; requests that are under way end with a problem."""
        await self._sender.connection.aclose()

    def _bytes_of(self, operation: Operation, path: Mapping[str, str]) -> Outgoing:
        request = outgoing(self.endpoint, operation, path=path, accept=BYTES)
        return replace(request, deadline=None, silence=SILENCE)

    async def _learning(self, request: Outgoing, consume: Consume[T]) -> T:
        """Send, and remember what the answer says of the section."""
        try:
            result = await self._sender.send(request, consume)
        except ProblemError as error:
            self.capabilities.learn(request.operation, error.problem)
            raise
        self.capabilities.learn(request.operation, None)
        return result


Make = Callable[[bytes, int, Mapping[str, str]], T]
"""From body, status and headers to what was asked for. Raises `ProblemError`."""


def _as_reply(operation: Operation) -> Consume[Reply]:
    return _reading(
        lambda body, status, headers: reply_of(operation, body, status=status, headers=headers)
    )


def _as_page(operation: Operation) -> Consume[Page]:
    def make(body: bytes, status: int, headers: Mapping[str, str]) -> Page:
        answer = json_answer(operation, body, status=status, headers=headers)
        request_id = request_id_of(headers)
        page = page_of(operation, answer, request_id=request_id)
        if page is None:
            problem = unexpected("no list of rows", status=status, request_id=request_id)
            raise ProblemError(problem)
        return page

    return _reading(make)


def _reading(make: Make[T]) -> Consume[T]:
    """Read a whole answer, note it in the log, and make of it what was asked for."""

    async def read(exchange: Exchange, handle: RequestHandle, deadline: Deadline) -> T:
        body = await exchange.read(limit=MAX_REPLY, deadline=deadline)
        status, headers = exchange.response.status_code, header_map(exchange.response)
        problem = None
        try:
            return make(body, status, headers)
        except ProblemError as error:
            problem = error.problem
            raise
        finally:
            handle.finish(
                status=status,
                request_id=request_id_of(headers),
                received_bytes=exchange.received,
                response=body[: PREVIEW_LIMIT * 2],
                problem=problem,
            )

    return read
