"""What a chat needs of the world: events to read, a worker to run on, a store to tell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from tui.core.clock import Clock
from tui.store.ports import EventStream


class Running(Protocol):
    """What the worker gives for a stream that was started."""

    def on_done(self, hear: Callable[[Any], None], /) -> None: ...

    def cancel(self) -> None: ...


class ChatHost(Protocol):
    """What a chat needs of its session."""

    @property
    def clock(self) -> Clock: ...

    def open(self, body: Mapping[str, Any]) -> EventStream:
        """The answer to a chat completion request, not begun yet."""
        ...

    def start(self, key: str, run: Callable[[], Awaitable[None]]) -> Running:
        """Run a stream; it outlives the screen."""
        ...

    def aside(self, key: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run something short at once: closing a connection waits for no place."""
        ...

    @property
    def keeps(self) -> bool:
        """Whether the server may keep completions, as far as is known."""
        ...

    def check(self, id: str, tell: Callable[[bool], None]) -> None:
        """Look whether the server keeps completions, and tell; not when that stays open."""
        ...

    def made(self, completion: Mapping[str, Any]) -> None:
        """A completion was stored on the server."""
        ...
