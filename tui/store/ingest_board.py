"""The files of one upload as they change, and how often that is shown."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tui.core.clock import Clock
from tui.core.errors import Problem
from tui.store.ingest_attributes import AttributeValue
from tui.store.ingest_views import IngestItemView, IngestPhase, IngestView, ItemState

PROGRESS_EVERY = 0.1
"""Seconds between two looks at moving bytes; what changes a state is shown at once."""
MANY = 100
"""From so many files on, states too are shown a few times a second: each look costs them all."""
_SPEED_OVER = 5.0
"""Seconds over which the speed is taken."""


@dataclass(slots=True)
class Task:
    """One file of an upload, with what is needed to do it."""

    index: int
    path: Path
    size: int
    modified: int
    attributes: Mapping[str, AttributeValue]
    sha256: str | None = None
    sent_at: float | None = None
    """When a request that may have created the file went out and its answer was lost."""
    indexed_badly: bool = False
    """The server has it in the store, failed: it has to go out before it is tried again."""
    batch: str | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        return self.path.name


class Board:
    """Changes views of files, and tells at most once per turn of the loop."""

    def __init__(
        self,
        view: IngestView,
        tasks: list[Task],
        *,
        clock: Clock,
        show: Callable[[IngestView], None],
    ) -> None:
        self.view = view
        self.tasks = tasks
        self._items = list(view.items)
        self._clock = clock
        self._show = show
        self._due: asyncio.Handle | None = None
        self._due_soon = False
        self._published = float("-inf")
        self._waiting_from = 0
        self._marks: deque[tuple[float, int]] = deque()
        self._sent = 0

    def __iter__(self) -> Iterator[Task]:
        return iter(self.tasks)

    def item(self, task: Task) -> IngestItemView:
        return self._items[task.index]

    def state(self, task: Task) -> ItemState:
        return self._items[task.index].state

    def in_state(self, *states: ItemState) -> list[Task]:
        return [task for task in self.tasks if self._items[task.index].state in states]

    def put(self, task: Task, state: ItemState | None = None, **changes: Any) -> None:
        """Change a file's view; shown in this turn of the loop."""
        if state is not None:
            changes["state"] = state
        self._items[task.index] = replace(self._items[task.index], **changes)
        if state is ItemState.WAITING:
            self._waiting_from = min(self._waiting_from, task.index)
        self._tell(soon=True)

    def next_waiting(self) -> Task | None:
        """The first file that waits to be sent."""
        for index in range(self._waiting_from, len(self._items)):
            if self._items[index].state is ItemState.WAITING:
                self._waiting_from = index
                return self.tasks[index]
        self._waiting_from = len(self._items)
        return None

    def fail(self, task: Task, problem: Problem) -> None:
        self.put(task, ItemState.FAILED, problem=problem)

    def sent(self, task: Task, sent: int) -> None:
        """Bytes of a file that have gone out; shown a few times a second."""
        item = self._items[task.index]
        sent = min(sent, item.size)
        self._sent += max(0, sent - item.sent)
        self._items[task.index] = replace(item, sent=sent)
        self._tell(soon=False)

    def change(self, **changes: Any) -> None:
        """Change the view of the whole."""
        self.view = replace(self.view, **changes)
        self._tell(soon=True)

    def counts_key(self) -> tuple[ItemState, ...]:
        """Equal as long as no file changed its state."""
        return tuple(item.state for item in self._items)

    @property
    def over(self) -> bool:
        return all(item.state.over for item in self._items)

    def publish(self) -> IngestView:
        """Show now what is so far; gives the view."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        speed = self._speed() if self.view.phase is IngestPhase.RUNNING else None
        self.view = replace(self.view, items=tuple(self._items), speed=speed)
        self._published = time.monotonic()
        self._show(self.view)
        return self.view

    def _tell(self, *, soon: bool) -> None:
        if self._due is not None:
            if self._due_soon or not soon:
                return
            self._due.cancel()
        self._due_soon = soon
        loop = asyncio.get_running_loop()
        # Real time, whatever the clock of the story: this is about the work of drawing.
        rested = time.monotonic() - self._published >= PROGRESS_EVERY
        if soon and (rested or len(self._items) < MANY):
            self._due = loop.call_soon(self.publish)
        else:
            self._due = loop.call_later(PROGRESS_EVERY, self.publish)

    def _speed(self) -> float | None:
        now = self._clock.monotonic()
        marks = self._marks
        if not marks or now > marks[-1][0]:
            marks.append((now, self._sent))
        while len(marks) > 2 and marks[0][0] < now - _SPEED_OVER:
            marks.popleft()
        (begin, before), (end, after) = marks[0], marks[-1]
        if not any(item.state is ItemState.UPLOADING for item in self._items):
            return None
        # Less than a second tells nothing yet.
        return (after - before) / (end - begin) if end - begin >= 1.0 else None
