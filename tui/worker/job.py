"""A job: one piece of I/O under way or waiting, which many may wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Hashable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.worker.lanes import Lane, Scope

if TYPE_CHECKING:
    from tui.worker.scheduler import Scheduler

T = TypeVar("T")

CANCELLED = Problem("Stopped", kind=ProblemKind.CANCELLED)


class Pool(StrEnum):
    """What a job occupies while it runs; each has its own number of places."""

    SLOT = "slot"
    STREAM = "stream"
    """Long-lived: an answer that streams in."""
    LOCAL = "local"
    """This machine's disk, or a long computation in slices."""


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class Job(Generic[T]):
    """Await it for its result; it raises `ProblemError`, kind CANCELLED when it was stopped.

    Stopping whoever awaits does not stop the job: others may wait for it too.
    """

    __slots__ = (
        "_done",
        "_future",
        "_scheduler",
        "key",
        "members",
        "pool",
        "problem",
        "run",
        "sequence",
        "state",
        "stopping",
        "task",
    )

    def __init__(
        self,
        key: Hashable,
        run: Callable[[], Awaitable[T]],
        *,
        pool: Pool,
        sequence: int,
        scheduler: Scheduler,
    ) -> None:
        self.key = key
        self.run = run
        self.pool = pool
        self.sequence = sequence
        self.members: dict[Scope, Lane] = {}
        self.state = JobState.QUEUED
        self.stopping = False
        self.task: asyncio.Task[T] | None = None
        self.problem: Problem | None = None
        self._scheduler = scheduler
        self._future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._future.add_done_callback(_seen)
        self._done: list[Callable[[Job[T]], None]] = []

    def __repr__(self) -> str:
        return f"Job({self.key!r}, {self.lane.name}, {self.state})"

    def __await__(self) -> Generator[Any, None, T]:
        return asyncio.shield(self._future).__await__()

    @property
    def lane(self) -> Lane:
        """The best lane that anybody asked for."""
        return min(self.members.values(), default=Lane.BACKGROUND)

    @property
    def rank(self) -> tuple[bool, Lane, int]:
        """Its place in the queue now: what is hidden comes last, then lanes, then age."""
        hidden, lane = min(
            ((scope.hidden, lane) for scope, lane in self.members.items()),
            default=(True, Lane.BACKGROUND),
        )
        return hidden, lane, self.sequence

    @property
    def speculative(self) -> bool:
        """Whether nobody looks at what it brings."""
        hidden, lane, _ = self.rank
        return hidden or lane.speculative

    @property
    def done(self) -> bool:
        return self.state is JobState.DONE

    @property
    def result(self) -> T:
        """What it brought. Raises `ProblemError` if it failed; only once it is done."""
        return self._future.result()

    def on_done(self, hear: Callable[[Job[T]], None]) -> None:
        """Call once it is over, however it ended; at once if it is."""
        if self.done:
            hear(self)
        else:
            self._done.append(hear)

    def enter(self, scope: Scope, lane: Lane) -> None:
        """One more scope wants it, or the same wants it sooner."""
        held = self.members.get(scope)
        self.members[scope] = lane if held is None else min(held, lane)
        scope.enter(self)

    def leave(self, scope: Scope) -> None:
        """A scope wants it no longer; when none does, it is stopped."""
        self.members.pop(scope, None)
        scope.exit(self)
        if not self.members:
            self.cancel()

    def cancel(self) -> None:
        """Drop it from the queue, or ask it to stop: once, since twice would break its cleanup."""
        self._scheduler.stop(self)

    def settle(self, outcome: T | BaseException) -> None:
        """The scheduler says how it ended."""
        self.state = JobState.DONE
        for scope in self.members:
            scope.exit(self)
        if isinstance(outcome, ProblemError):
            self.problem = outcome.problem
            self._future.set_exception(outcome)
        elif isinstance(outcome, BaseException):
            self._future.set_exception(outcome)
        else:
            self._future.set_result(outcome)
        hearers, self._done = self._done, []
        for hear in hearers:
            hear(self)


def _seen(future: asyncio.Future[Any]) -> None:
    """A failure that nobody awaits is no warning: it was told through `problem` and callbacks."""
    if not future.cancelled():
        future.exception()
