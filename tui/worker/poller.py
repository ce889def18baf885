"""Pollers: look again at what is still moving, as often as it deserves (contract 3)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum

from tui.core.clock import Clock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

SLOW_AFTER = 600.0
"""Seconds of watching after which it is looked at slowly."""
STOP_AFTER = 24 * 3600.0
JITTER = 0.1
"""Share of a delay by which it varies, so that many do not ask at once."""
LONGEST_HINT = 300.0

_HOPELESS = frozenset(
    {
        ProblemKind.UNAUTHORIZED,
        ProblemKind.FORBIDDEN,
        ProblemKind.NEEDS_ADMIN,
        ProblemKind.QUOTA,
        ProblemKind.ABSENT,
    }
)
"""Asking again does not cure these."""


class Seen(StrEnum):
    """What a look found."""

    MOVING = "moving"
    UNKNOWN = "unknown"
    """In a state that this program does not know: looked at slowly, never taken for the end."""
    TERMINAL = "terminal"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Look:
    seen: Seen
    hint: float | None = None
    """Seconds after which the server wants to be asked again (`openai-poll-after-ms`)."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two looks: at first, and after ten minutes or unseen."""

    every: float
    slow: float


class Poller:
    """Watches one object or one list, for all screens that show it.

    Hidden, it sleeps; `pinned` (a person watches it, or the header counts it), it slows down
    instead. It ends at a terminal state, when the object is gone, when every scope has closed, when
    asking is hopeless, and after a day. `on_end` hears of any end.
    """

    def __init__(
        self,
        key: Hashable,
        *,
        scheduler: Scheduler,
        clock: Clock,
        pace: Pace,
        look: Callable[[], Awaitable[Look]],
        on_end: Callable[[], None] | None = None,
        awake: Callable[[], bool] | None = None,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self.pinned = False
        self._key = key
        self._scheduler = scheduler
        self._clock = clock
        self._pace = pace
        self._look = look
        self._on_end = on_end
        self._awake = awake
        self._spread = spread
        self._scopes: dict[Scope, Callable[[], None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    @property
    def running(self) -> bool:
        return self._task is not None

    @property
    def visible(self) -> bool:
        """Whether a screen shows it now."""
        return any(not scope.hidden for scope in self._scopes) and (
            self._awake is None or self._awake()
        )

    def start(self, scope: Scope) -> None:
        """Watch for this scope too; starts if it had ended."""
        if scope.closed:
            return
        if scope not in self._scopes:
            self._scopes[scope] = scope.on_change(lambda: self._scope_changed(scope))
        self.nudge()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())
            self._task.add_done_callback(self._ended)

    def nudge(self) -> None:
        """Whether it is visible may have changed."""
        self._changed.set()

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _scope_changed(self, scope: Scope) -> None:
        if scope.closed:
            self._scopes.pop(scope)()
            if not self._scopes:
                self.stop()
        self.nudge()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        for stop in self._scopes.values():
            stop()
        self._scopes.clear()
        if not task.cancelled() and (failure := task.exception()) is not None:
            raise failure
        if self._on_end is not None:
            self._on_end()

    async def _watch(self) -> None:
        began = self._clock.monotonic()
        failures = 0
        look = Look(Seen.MOVING)
        while self._clock.monotonic() - began < STOP_AFTER:
            await self._clock.sleep(self._delay(look, failures, self._clock.monotonic() - began))
            while not (self.visible or self.pinned):
                self._changed.clear()
                await self._changed.wait()
            try:
                look, failures = await self._take(), 0
            except ProblemError as error:
                if self._hopeless(error.problem):
                    return
                failures += 1
                look = Look(Seen.MOVING, hint=error.problem.retry_after)
            if look.seen in {Seen.TERMINAL, Seen.GONE}:
                return

    async def _take(self) -> Look:
        scope = min(self._scopes, key=lambda scope: scope.hidden)
        # Nobody waits for a look: it gives way to what a person asked for, and to a 429.
        lane = Lane.PREFETCH if self.visible else Lane.BACKGROUND
        return await self._scheduler.submit(self._key, scope=scope, lane=lane, run=self._look)

    def _hopeless(self, problem: Problem) -> bool:
        return problem.kind in _HOPELESS or problem.kind is ProblemKind.NOT_FOUND

    def _delay(self, look: Look, failures: int, watched: float) -> float:
        """Seconds until the next look; the server's hint wins."""
        if look.hint is not None and look.hint > 0:
            delay = min(look.hint, LONGEST_HINT)
        else:
            slow = look.seen is Seen.UNKNOWN or watched >= SLOW_AFTER or not self.visible
            delay = self._pace.slow if slow else self._pace.every
            if failures:
                delay = min(max(delay, self._pace.slow), delay * 2**failures)
        return delay * (1 + JITTER * self._spread())
