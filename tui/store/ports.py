"""What the store asks of the API's client: protocols, so that tests hand in something smaller."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from tui.api.operation import Operation
from tui.api.records import Record
from tui.core.errors import Problem


class Reply(Protocol):
    """One object that came back."""

    @property
    def record(self) -> Record: ...

    @property
    def poll_after(self) -> float | None:
        """Seconds after which the server wants to be asked again, if it says so."""
        ...


class Page(Protocol):
    """A part of a list; `next` is what to pass as `after`, `None` at the end."""

    @property
    def items(self) -> tuple[Record, ...]: ...

    @property
    def next(self) -> str | None: ...


class Preview(Protocol):
    """The beginning of a file's bytes; `text` is `None` when they are no text."""

    @property
    def body(self) -> bytes: ...

    @property
    def text(self) -> str | None: ...

    @property
    def size(self) -> int | None: ...

    @property
    def truncated(self) -> bool: ...


class ServerEvent(Protocol):
    """One event of a stream."""

    @property
    def event(self) -> str: ...

    @property
    def payload(self) -> Any: ...

    @property
    def raw(self) -> str: ...


class EventStream(Protocol):
    """Events until the end; a stream that breaks off raises `ProblemError`, kind INTERRUPTED."""

    @property
    def finished(self) -> bool: ...

    async def __aenter__(self) -> EventStream: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def __aiter__(self) -> AsyncIterator[ServerEvent]: ...

    async def stop(self) -> None: ...


class Api(Protocol):
    """The client of one profile. Everything raises `ProblemError`, and nothing else."""

    async def call(
        self,
        op: Operation,
        *,
        path: Mapping[str, str] = ...,
        query: Mapping[str, Any] | None = ...,
        body: Mapping[str, Any] | None = ...,
    ) -> Reply: ...

    async def page(
        self,
        op: Operation,
        *,
        path: Mapping[str, str] = ...,
        query: Mapping[str, Any] | None = ...,
        after: str | None = ...,
        limit: int | None = ...,
    ) -> Page: ...

    def stream(
        self,
        op: Operation,
        *,
        path: Mapping[str, str] = ...,
        query: Mapping[str, Any] | None = ...,
        body: Mapping[str, Any] | None = ...,
    ) -> EventStream: ...

    async def download(
        self,
        op: Operation,
        *,
        path: Mapping[str, str],
        destination: Path,
        progress: Callable[[int, int | None], None] | None = ...,
    ) -> int: ...

    async def read_text(
        self, op: Operation, *, path: Mapping[str, str], limit: int = ...
    ) -> Preview: ...

    async def upload(
        self,
        source: Path,
        *,
        purpose: str,
        expires_after: int | None = ...,
        progress: Callable[[int, int], None] | None = ...,
        stop: asyncio.Event | None = ...,
    ) -> Reply: ...

    def curl(
        self,
        op: Operation,
        *,
        path: Mapping[str, str] = ...,
        query: Mapping[str, Any] | None = ...,
        body: Mapping[str, Any] | None = ...,
    ) -> str: ...

    async def aclose(self) -> None: ...


def problem_of(page: Page) -> Problem | None:
    """Why a page may be all that there is to see, where its source says so."""
    return getattr(page, "problem", None)


class PageSource(Protocol):
    """Where the pages of a list come from: the API, the ledger, or a computation."""

    async def fetch(self, after: str | None, limit: int) -> Page:
        """Raises `ProblemError`."""
        ...
