"""Pollers: how often they look, when they sleep, and when they end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tui.core.clock import ManualClock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.worker.lanes import Scope
from tui.worker.poller import Look, Pace, Poller, Seen
from tui.worker.scheduler import Scheduler


class Watched:
    """An object on a server, and a poller that looks at it."""

    def __init__(self, *, slow: float = 60.0) -> None:
        self.clock = ManualClock()
        self.scheduler = Scheduler(self.clock)
        self.scope = Scope("screen")
        self.looks: list[float] = []
        self.answer: Look | ProblemError = Look(Seen.MOVING)
        self.ends = 0
        self.poller = Poller(
            "object",
            scheduler=self.scheduler,
            clock=self.clock,
            pace=Pace(10.0, slow),
            look=self._look,
            on_end=self._end,
            spread=lambda: 0.0,
        )

    async def _look(self) -> Look:
        self.looks.append(self.clock.monotonic())
        if isinstance(self.answer, ProblemError):
            raise self.answer
        return self.answer

    def _end(self) -> None:
        self.ends += 1

    async def start(self, scope: Scope | None = None) -> None:
        """Watch, and let the poller reach its first sleep."""
        self.poller.start(scope or self.scope)
        await self.clock.advance(0)

    def fail(self, kind: ProblemKind, **more: float) -> None:
        self.answer = ProblemError(Problem("no", kind=kind, **more))


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    watched = Watched()
    yield watched
    watched.poller.stop()
    await watched.scheduler.close()


async def test_looks_at_its_pace_and_slows_after_ten_minutes(watched: Watched) -> None:
    await watched.start()
    await watched.clock.advance(35)
    assert watched.looks == [10, 20, 30]
    await watched.clock.advance(600)
    before = len(watched.looks)
    await watched.clock.advance(125)
    assert len(watched.looks) - before == 2


async def test_ends_at_a_terminal_state_and_starts_anew(watched: Watched) -> None:
    await watched.start()
    watched.answer = Look(Seen.TERMINAL)
    await watched.clock.advance(100)
    assert watched.looks == [10] and watched.ends == 1 and not watched.poller.running
    await watched.start()
    await watched.clock.advance(10)
    assert len(watched.looks) == 2


@pytest.mark.parametrize(
    "kind", [ProblemKind.NOT_FOUND, ProblemKind.UNAUTHORIZED, ProblemKind.QUOTA]
)
async def test_ends_when_asking_is_hopeless(watched: Watched, kind: ProblemKind) -> None:
    await watched.start()
    watched.fail(kind)
    await watched.clock.advance(1000)
    assert len(watched.looks) == 1 and watched.ends == 1


async def test_backs_off_while_the_server_fails(watched: Watched) -> None:
    await watched.start()
    watched.fail(ProblemKind.SERVER)
    await watched.clock.advance(100)
    assert watched.looks == [10, 30, 70]
    watched.answer = Look(Seen.MOVING)
    await watched.clock.advance(60)
    assert watched.looks == [10, 30, 70, 130, 140, 150, 160]


async def test_the_servers_hint_wins(watched: Watched) -> None:
    await watched.start()
    watched.answer = Look(Seen.MOVING, hint=2.0)
    await watched.clock.advance(15)
    assert watched.looks == [10, 12, 14]


async def test_an_unknown_state_is_looked_at_slowly(watched: Watched) -> None:
    await watched.start()
    watched.answer = Look(Seen.UNKNOWN)
    await watched.clock.advance(131)
    assert watched.looks == [10, 70, 130]


async def test_sleeps_while_hidden_and_looks_at_once_when_shown(watched: Watched) -> None:
    await watched.start()
    watched.scope.hidden = True
    await watched.clock.advance(300)
    assert watched.looks == []
    watched.scope.hidden = False
    await watched.scheduler.idle()
    await watched.clock.advance(0)
    assert watched.looks == [300]


async def test_what_is_pinned_slows_down_but_never_stops(watched: Watched) -> None:
    watched.poller.pinned = True
    watched.scope.hidden = True
    await watched.start()
    await watched.clock.advance(181)
    assert watched.looks == [60, 120, 180]


async def test_ends_when_its_last_scope_closes(watched: Watched) -> None:
    other = Scope("other")
    await watched.start()
    await watched.start(other)
    watched.scope.close()
    await watched.clock.advance(11)
    assert watched.looks == [10]
    other.close()
    await watched.clock.advance(100)
    assert watched.looks == [10] and not watched.poller.running


async def test_gives_up_after_a_day() -> None:
    watched = Watched(slow=3600.0)
    await watched.start()
    await watched.clock.advance(25 * 3600)
    assert not watched.poller.running
    assert watched.looks[-1] <= 25 * 3600
