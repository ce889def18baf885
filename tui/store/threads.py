"""The threads that are open: they live on when their screens are left, and so do their runs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator

from tui.store.thread import OpenThread
from tui.store.thread_host import ThreadHost

KEPT = 20
"""Threads kept although no screen shows them and nothing moves in them."""


class Threads:
    """All open threads of a session, by id."""

    def __init__(self, host: ThreadHost) -> None:
        self._host = host
        self._open: OrderedDict[str, OpenThread] = OrderedDict()
        self._making: list[OpenThread] = []

    def open(self, id: str) -> OpenThread:
        """The thread, read again behind what is at hand of it."""
        thread = self._open.get(id)
        if thread is None:
            thread = self._open[id] = OpenThread(id, self._host)
            self._forget_some()
        self._open.move_to_end(id)
        thread.open()
        return thread

    def begin(self) -> OpenThread:
        """One that its first run will make."""
        thread = OpenThread("", self._host)
        self._making.append(thread)
        thread.on_made = self._made(thread)
        return thread

    def get(self, id: str) -> OpenThread | None:
        """The thread if it is open."""
        return self._open.get(id)

    def __iter__(self) -> Iterator[OpenThread]:
        return iter((*self._open.values(), *self._making))

    def close(self) -> None:
        for thread in self:
            thread.close()

    def _made(self, thread: OpenThread) -> Callable[[str], None]:
        def made(id: str) -> None:
            if thread in self._making:
                self._making.remove(thread)
            self._open[id] = thread

        return made

    def _forget_some(self) -> None:
        idle = [id for id, thread in self._open.items() if not thread.in_use]
        for id in idle[: max(0, len(self._open) - KEPT)]:
            if id != next(reversed(self._open)):
                self._open.pop(id).close()
