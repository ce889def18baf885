"""The scheduler of all I/O: few slots, lanes, scopes, and patience when the server asks for it."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from tui.core.cell import Cell
from tui.core.clock import Clock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.worker.job import CANCELLED, Job, JobState, Pool
from tui.worker.lanes import Lane, Scope

T = TypeVar("T")

_log = logging.getLogger(__name__)

QUIET_TICKS = 3
"""Turns of the loop without work before it counts as idle: who awaited a job may go on with
another."""
LONGEST_PAUSE = 120.0
"""Seconds; a server that asks for more is asked again after these (contract 2.4)."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is under way, for whoever shows it."""

    awaited: int = 0
    """Requests running or queued that somebody looks at."""
    running: int = 0
    streams: int = 0
    queued: int = 0
    paused_until: float | None = None
    """Unix time until which speculation rests."""


class Scheduler:
    """Runs jobs by rank. Nothing else in the program starts I/O."""

    def __init__(
        self,
        clock: Clock,
        *,
        slots: int = 6,
        speculative: int = 4,
        streams: int = 4,
        threads: int = 2,
        on_crash: Callable[[Problem, BaseException], None] | None = None,
    ) -> None:
        self.load: Cell[Load] = Cell(Load())
        self.on_crash = on_crash
        self._clock = clock
        self._places = {Pool.SLOT: slots, Pool.STREAM: streams, Pool.LOCAL: threads}
        self._speculative = speculative
        self._order = itertools.count()
        self._jobs: dict[Hashable, Job[Any]] = {}
        self._queue: dict[Job[Any], None] = {}
        self._running: dict[Job[Any], None] = {}
        self._paused_until = float("-inf")
        self._wake: asyncio.Task[None] | None = None
        self._idle: list[asyncio.Future[None]] = []
        self._heard: dict[Scope, Callable[[], None]] = {}
        self._threads: ThreadPoolExecutor | None = None
        self._closed = False

    def submit(
        self,
        key: Hashable,
        *,
        scope: Scope,
        lane: Lane,
        run: Callable[[], Awaitable[T]],
        holds_slot: bool = True,
    ) -> Job[T]:
        """Queue a job, or join the one with the same key; the better lane wins.

        `holds_slot=False` is for streams: they have their own number of places.
        """
        return self._enter(key, run, scope=scope, lane=lane, pool=_pool(holds_slot))

    def local(
        self, key: Hashable, *, scope: Scope, lane: Lane, run: Callable[[], Awaitable[T]]
    ) -> Job[T]:
        """Queue a job that asks no server: it takes no slot and no 429 holds it back."""
        return self._enter(key, run, scope=scope, lane=lane, pool=Pool.LOCAL)

    def in_thread(
        self, key: Hashable, *, scope: Scope, lane: Lane, work: Callable[[], T]
    ) -> Job[T]:
        """Queue blocking work on this machine's disk; it runs in a thread and cannot be stopped."""

        async def run() -> T:
            return await asyncio.get_running_loop().run_in_executor(self._executor(), work)

        return self.local(key, scope=scope, lane=lane, run=run)

    def find(self, key: Hashable) -> Job[Any] | None:
        """The job with that key, if it is queued or running."""
        return self._jobs.get(key)

    def pause_until(self, monotonic: float) -> None:
        """Start nothing of the two lowest lanes before that time of the clock."""
        latest = self._clock.monotonic() + LONGEST_PAUSE
        until = min(monotonic, latest)
        if until <= self._paused_until or until <= self._clock.monotonic():
            return
        self._paused_until = until
        if self._wake is not None:
            self._wake.cancel()
        self._wake = asyncio.get_running_loop().create_task(self._resume(until))
        self._note_load()

    @property
    def busy(self) -> bool:
        """Whether anything runs, or waits and could start before the clock moves."""
        return self._working(streams=True)

    async def idle(self, *, streams: bool = True) -> None:
        """Wait until nothing is under way; `streams=False` does not wait for streams to end."""
        quiet = 0
        while quiet < QUIET_TICKS:
            if self._working(streams=streams):
                quiet = 0
                waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._idle.append(waiter)
                await waiter
            else:
                quiet += 1
                await asyncio.sleep(0)

    async def close(self) -> None:
        """Drop what is queued, ask what runs to stop, wait for it, end the threads."""
        self._closed = True
        if self._wake is not None:
            self._wake.cancel()
        for job in (*self._queue, *self._running):
            self.stop(job)
        await self.idle()
        if self._threads is not None:
            self._threads.shutdown(wait=False)
            self._threads = None

    def stop(self, job: Job[Any]) -> None:
        """Drop a queued job; ask a running one to stop, exactly once."""
        match job.state:
            case JobState.QUEUED:
                del self._queue[job]
                self._finish(job, ProblemError(CANCELLED))
            case JobState.RUNNING:
                if not job.stopping and job.task is not None:
                    job.stopping = True
                    # Whoever asks for the same from now on wants a new one.
                    self._forget(job)
                    job.task.cancel()
            case JobState.DONE:
                pass

    def _enter(
        self,
        key: Hashable,
        run: Callable[[], Awaitable[T]],
        *,
        scope: Scope,
        lane: Lane,
        pool: Pool,
    ) -> Job[T]:
        known = self._jobs.get(key)
        if known is None:
            job: Job[T] = Job(key, run, pool=pool, sequence=next(self._order), scheduler=self)
            if scope.closed or self._closed:
                job.settle(ProblemError(CANCELLED))
                return job
            self._jobs[key] = job
            self._queue[job] = None
        else:
            job = cast("Job[T]", known)
        if not scope.closed:
            job.enter(scope, lane)
            if scope not in self._heard:
                self._heard[scope] = scope.on_change(partial(self._scope_changed, scope))
        self._start_what_may()
        return job

    def _scope_changed(self, scope: Scope) -> None:
        """What was hidden may have become urgent, and the other way round."""
        if scope.closed:
            self._heard.pop(scope)()
        self._start_what_may()

    def _start_what_may(self) -> None:
        """Fill the free places with the best of the queue, by rank as it is now."""
        while (job := self._next()) is not None:
            del self._queue[job]
            self._running[job] = None
            job.state = JobState.RUNNING
            job.task = asyncio.get_running_loop().create_task(_perform(job))
            job.task.add_done_callback(partial(self._ended, job))
        self._note_load()

    def _next(self) -> Job[Any] | None:
        taken = dict.fromkeys(Pool, 0)
        speculating = 0
        for job in self._running:
            taken[job.pool] += 1
            speculating += job.pool is Pool.SLOT and job.speculative
        paused = self._clock.monotonic() < self._paused_until
        best: Job[Any] | None = None
        for job in self._queue:
            if taken[job.pool] >= self._places[job.pool]:
                continue
            if job.pool is Pool.SLOT:
                if paused and job.lane.speculative:
                    continue
                if job.speculative and speculating >= self._speculative:
                    continue
            if best is None or job.rank < best.rank:
                best = job
        return best

    def _ended(self, job: Job[Any], task: asyncio.Task[Any]) -> None:
        del self._running[job]
        if task.cancelled():
            self._finish(job, ProblemError(CANCELLED))
            return
        failure = task.exception()
        if failure is None:
            self._finish(job, task.result())
        elif isinstance(failure, ProblemError):
            self._heed(failure.problem)
            self._finish(job, failure)
        else:
            self._finish(job, ProblemError(self._crashed(job, failure)))

    def _heed(self, problem: Problem) -> None:
        if problem.kind is ProblemKind.RATE_LIMITED and problem.retry_after is not None:
            self.pause_until(self._clock.monotonic() + problem.retry_after)

    def _crashed(self, job: Job[Any], failure: BaseException) -> Problem:
        _log.error("job %r failed", job.key, exc_info=failure)
        problem = Problem(
            "Something went wrong inside Cupola",
            detail=f"{type(failure).__name__} (details are in the log)",
            kind=ProblemKind.UNEXPECTED,
        )
        if self.on_crash is not None:
            self.on_crash(problem, failure)
        return problem

    def _finish(self, job: Job[Any], outcome: Any) -> None:
        self._forget(job)
        job.settle(outcome)
        self._start_what_may()

    def _forget(self, job: Job[Any]) -> None:
        if self._jobs.get(job.key) is job:
            del self._jobs[job.key]

    def _note_load(self) -> None:
        now = self._clock.monotonic()
        paused = self._clock.now() + self._paused_until - now if now < self._paused_until else None
        under_way = [job for job in (*self._running, *self._queue) if job.pool is Pool.SLOT]
        self.load.set(
            Load(
                awaited=sum(
                    1 for job in under_way if job.pool is Pool.SLOT and not job.speculative
                ),
                running=sum(1 for job in self._running if job.pool is Pool.SLOT),
                streams=sum(1 for job in self._running if job.pool is Pool.STREAM),
                queued=len(self._queue),
                paused_until=paused,
            )
        )
        if not self._working(streams=False) and self._idle:
            waiting, self._idle = self._idle, []
            for waiter in waiting:
                if not waiter.done():
                    waiter.set_result(None)

    def _working(self, *, streams: bool) -> bool:
        if streams and self._running:
            return True
        if any(job.pool is not Pool.STREAM for job in self._running):
            return True
        return bool(self._queue) and self._next() is not None

    async def _resume(self, until: float) -> None:
        await self._clock.sleep(until - self._clock.monotonic())
        self._wake = None
        self._start_what_may()

    def _executor(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(
                self._places[Pool.LOCAL], thread_name_prefix="cupola-local"
            )
        return self._threads


def _pool(holds_slot: bool) -> Pool:
    return Pool.SLOT if holds_slot else Pool.STREAM


async def _perform(job: Job[T]) -> T:
    return await job.run()
