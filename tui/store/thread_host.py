"""What an open thread needs of the world: a client, a worker to run on, a store to tell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from tui.api.records import Record
from tui.store.chat_host import Running
from tui.store.ports import Api
from tui.store.views import Ref
from tui.worker.poller import Look


class Watching(Protocol):
    """Something that is looked at again and again."""

    @property
    def running(self) -> bool: ...

    def start(self) -> None:
        """Look from now on; nothing if it does already."""
        ...

    def stop(self) -> None: ...

    def show(self, shown: bool) -> None:
        """Whether a screen shows it: unseen it is looked at slowly."""
        ...

    def close(self) -> None: ...


class ThreadHost(Protocol):
    """What an open thread needs of its session."""

    @property
    def api(self) -> Api: ...

    @property
    def read_only(self) -> bool: ...

    def stream(self, key: str, run: Callable[[], Awaitable[None]]) -> Running:
        """Read a stream; it outlives the screen."""
        ...

    def request(self, key: str, run: Callable[[], Awaitable[None]]) -> Running:
        """Send a request that somebody waits for; the same key joins the one under way."""
        ...

    def watch(
        self, key: str, look: Callable[[], Awaitable[Look]], on_end: Callable[[], None]
    ) -> Watching:
        """A run to look at every second, later every five (contract 3); slower while unseen."""
        ...

    def saw(self, ref: Ref, record: Record, *, made: bool) -> None:
        """The server said this of an object just now; `made` when it is a new one."""
        ...

    def file_name(self, id: str) -> str:
        """What a person calls a file; its short id until that is known."""
        ...

    def moving(self, ref: Ref, moves: bool) -> None:
        """A run moves, or has come to rest: the header counts it."""
        ...
