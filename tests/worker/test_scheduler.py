"""Which job runs when: lanes, scopes, places, patience, and ends that are never lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from tui.core.clock import ManualClock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

_open: list[Scheduler] = []


@pytest.fixture(autouse=True)
async def _close_all() -> AsyncIterator[None]:
    yield
    while _open:
        await _open.pop().close()


class Bench:
    """Jobs that note when they begin, and wait until they are let go."""

    def __init__(self, scheduler: Scheduler) -> None:
        _open.append(scheduler)
        self.scheduler = scheduler
        self.began: list[str] = []
        self.stopped: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    def submit(self, name: str, scope: Scope, lane: Lane = Lane.VISIBLE, **more: bool):
        gate = self.gates.setdefault(name, asyncio.Event())

        async def run() -> str:
            self.began.append(name)
            try:
                await gate.wait()
            except asyncio.CancelledError:
                self.stopped.append(name)
                raise
            return name

        return self.scheduler.submit(name, scope=scope, lane=lane, run=run, **more)

    async def let(self, *names: str) -> None:
        for name in names:
            self.gates[name].set()
        for _ in range(8):
            await asyncio.sleep(0)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def scope() -> Scope:
    return Scope("screen")


async def turn() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


async def test_a_job_gives_its_result_to_all_who_wait(clock: ManualClock, scope: Scope) -> None:
    bench = Bench(Scheduler(clock))
    first = bench.submit("a", scope)
    second = bench.submit("a", Scope("other"))
    assert first is second
    await bench.let("a")
    assert await first == "a"
    assert first.result == "a" and first.done
    assert bench.began == ["a"]


async def test_a_key_is_free_again_when_its_job_is_over(clock: ManualClock, scope: Scope) -> None:
    bench = Bench(Scheduler(clock))
    bench.submit("a", scope)
    await bench.let("a")
    bench.submit("a", scope)
    await bench.let("a")
    assert bench.began == ["a", "a"]


async def test_rank_is_computed_when_a_slot_frees(clock: ManualClock) -> None:
    bench = Bench(Scheduler(clock, slots=1))
    here, there = Scope("here"), Scope("there")
    bench.submit("running", here)
    bench.submit("prefetch", here, Lane.PREFETCH)
    bench.submit("visible there", there, Lane.VISIBLE)
    bench.submit("visible here", here, Lane.VISIBLE)
    bench.submit("write", here, Lane.INTERACTIVE)
    there.hidden = True
    await turn()
    order = ["running", "write", "visible here", "prefetch", "visible there"]
    for name in order:
        await bench.let(name)
    assert bench.began == order


async def test_the_better_lane_wins_when_joined(clock: ManualClock, scope: Scope) -> None:
    bench = Bench(Scheduler(clock, slots=1))
    bench.submit("running", scope)
    bench.submit("first", scope, Lane.PREFETCH)
    bench.submit("second", scope, Lane.PREFETCH)
    bench.submit("second", scope, Lane.VISIBLE)
    bench.submit("second", scope, Lane.BACKGROUND)
    await turn()
    await bench.let("running", "first", "second")
    assert bench.began == ["running", "second", "first"]


async def test_speculation_leaves_slots_free(clock: ManualClock, scope: Scope) -> None:
    bench = Bench(Scheduler(clock, slots=6, speculative=4))
    for number in range(6):
        bench.submit(f"guess {number}", scope, Lane.PREFETCH)
    await turn()
    assert len(bench.began) == 4
    bench.submit("asked", scope, Lane.VISIBLE)
    await turn()
    assert bench.began[-1] == "asked"


async def test_showing_a_scope_starts_what_was_held_back(clock: ManualClock) -> None:
    bench = Bench(Scheduler(clock, slots=2, speculative=1))
    hidden = Scope("hidden")
    hidden.hidden = True
    bench.submit("a", hidden)
    bench.submit("b", hidden)
    await turn()
    assert bench.began == ["a"]
    hidden.hidden = False
    await turn()
    assert bench.began == ["a", "b"]


async def test_streams_hold_no_slot_and_have_their_own_cap(
    clock: ManualClock, scope: Scope
) -> None:
    bench = Bench(Scheduler(clock, slots=1, streams=2))
    for number in range(3):
        bench.submit(f"stream {number}", scope, holds_slot=False)
    bench.submit("read", scope)
    await turn()
    assert bench.began == ["stream 0", "stream 1", "read"]
    assert bench.scheduler.load.value.streams == 2


async def test_closing_a_scope_drops_and_stops_once(clock: ManualClock, scope: Scope) -> None:
    bench = Bench(Scheduler(clock, slots=1))
    other = Scope("other")
    running = bench.submit("running", scope)
    queued = bench.submit("queued", scope)
    shared = bench.submit("shared", scope)
    bench.submit("shared", other)
    await turn()
    scope.close()
    scope.close()
    running.cancel()
    await turn()
    assert bench.stopped == ["running"]
    for job in (running, queued):
        with pytest.raises(ProblemError) as caught:
            await job
        assert caught.value.problem.kind is ProblemKind.CANCELLED
    await bench.let("shared")
    assert await shared == "shared"
    assert "queued" not in bench.began


async def test_a_closed_scope_starts_nothing(clock: ManualClock, scope: Scope) -> None:
    bench = Bench(Scheduler(clock))
    scope.close()
    job = bench.submit("late", scope)
    assert job.done and job.problem is not None
    await turn()
    assert bench.began == [] and not bench.scheduler.busy


async def test_a_job_that_is_being_stopped_is_not_joined(clock: ManualClock, scope: Scope) -> None:
    bench = Bench(Scheduler(clock))
    old = bench.submit("a", scope)
    await turn()
    old.cancel()
    new = bench.submit("a", scope)
    assert new is not old
    await bench.let("a")
    assert await new == "a"


async def test_stopping_who_awaits_does_not_stop_the_job(clock: ManualClock, scope: Scope) -> None:
    bench = Bench(Scheduler(clock))
    job = bench.submit("a", scope)

    async def wait() -> str:
        return await job

    waiter = asyncio.get_running_loop().create_task(wait())
    await turn()
    waiter.cancel()
    await turn()
    await bench.let("a")
    assert await job == "a"


async def test_a_429_rests_the_two_lowest_lanes(clock: ManualClock, scope: Scope) -> None:
    scheduler = Scheduler(clock)
    bench = Bench(scheduler)

    async def limited() -> None:
        raise ProblemError(Problem("Too many", kind=ProblemKind.RATE_LIMITED, retry_after=20.0))

    job = scheduler.submit("limited", scope=scope, lane=Lane.VISIBLE, run=limited)
    with pytest.raises(ProblemError):
        await job
    assert scheduler.load.value.paused_until == clock.now() + 20
    bench.submit("guess", scope, Lane.BACKGROUND)
    bench.submit("asked", scope, Lane.VISIBLE)
    await bench.let("asked")
    assert bench.began == ["asked"]
    await scheduler.idle()
    assert not scheduler.busy
    await clock.advance(19)
    assert bench.began == ["asked"]
    await clock.advance(2)
    assert bench.began == ["asked", "guess"]
    assert scheduler.load.value.paused_until is None


async def test_a_crash_becomes_a_problem_and_is_reported(
    clock: ManualClock, scope: Scope, caplog: pytest.LogCaptureFixture
) -> None:
    crashes: list[tuple[Problem, BaseException]] = []
    scheduler = Scheduler(clock, on_crash=lambda problem, error: crashes.append((problem, error)))

    async def broken() -> None:
        raise ZeroDivisionError("secret words")

    job = scheduler.submit("broken", scope=scope, lane=Lane.VISIBLE, run=broken)
    await scheduler.idle()
    assert job.problem is not None and job.problem.kind is ProblemKind.UNEXPECTED
    assert "secret" not in str(job.problem)
    assert isinstance(crashes[0][1], ZeroDivisionError)
    assert "ZeroDivisionError" in caplog.text


async def test_idle_waits_for_what_follows_a_job(clock: ManualClock, scope: Scope) -> None:
    scheduler = Scheduler(clock)
    done: list[int] = []

    async def chain() -> None:
        for number in range(3):

            async def run(number: int = number) -> int:
                await asyncio.sleep(0)
                return number

            job = scheduler.submit(("step", number), scope=scope, lane=Lane.VISIBLE, run=run)
            done.append(await job)

    task = asyncio.get_running_loop().create_task(chain())
    await asyncio.sleep(0)
    assert scheduler.busy
    await scheduler.idle()
    assert done == [0, 1, 2]
    await task


async def test_idle_may_leave_streams_alone(clock: ManualClock, scope: Scope) -> None:
    bench = Bench(Scheduler(clock))
    bench.submit("stream", scope, holds_slot=False)
    await turn()
    assert bench.scheduler.busy
    await bench.scheduler.idle(streams=False)
    waiting = asyncio.get_running_loop().create_task(bench.scheduler.idle())
    await turn()
    assert not waiting.done()
    await bench.let("stream")
    await waiting


async def test_blocking_work_runs_in_a_thread(clock: ManualClock, scope: Scope) -> None:
    scheduler = Scheduler(clock)
    job = scheduler.in_thread("disk", scope=scope, lane=Lane.VISIBLE, work=threading.current_thread)
    assert await job is not threading.current_thread()
    await scheduler.close()


async def test_close_stops_everything(clock: ManualClock, scope: Scope) -> None:
    bench = Bench(Scheduler(clock, slots=1))
    bench.submit("running", scope)
    queued = bench.submit("queued", scope)
    await turn()
    await bench.scheduler.close()
    assert bench.stopped == ["running"] and queued.problem is not None
    assert not bench.scheduler.busy
    assert bench.submit("late", scope).done


async def test_load_counts_what_a_person_waits_for(clock: ManualClock, scope: Scope) -> None:
    bench = Bench(Scheduler(clock, slots=1))
    bench.submit("a", scope)
    bench.submit("b", scope)
    bench.submit("guess", scope, Lane.PREFETCH)
    load = bench.scheduler.load.value
    assert (load.awaited, load.running, load.queued) == (2, 1, 2)
