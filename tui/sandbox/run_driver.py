"""Moves runs along on the world's clock, whether or not anybody reads their events.

What a run does next is due at a time that follows from its plan, not from when the loop came round
to it; so a clock that a test moves far gives the same run as one that ticks.
"""

from __future__ import annotations

import asyncio

from tui.sandbox import run_changes as changes
from tui.sandbox.background import at_start, sweeps
from tui.sandbox.errors import ApiError
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.run_acts import Act, Ask, Break, End, Tell, acts_of, content_of, new_ids
from tui.sandbox.run_changes import Key
from tui.sandbox.run_hub import Event
from tui.sandbox.run_plan import Plan, plan_turn
from tui.sandbox.run_search import store_ids
from tui.sandbox.thread_records import ACTIVE, RUN, THREAD
from tui.sandbox.vector_store_records import FILE
from tui.sandbox.wire import JsonObject
from tui.sandbox.world import World

_INGESTION_SECONDS = 60.0
"""How long a run waits for the files of its thread's store."""
_LOOK_AGAIN = 0.02
"""Real seconds between two looks at files that are being worked on."""
_PATIENCE = 1000
"""How many such looks, at most."""
_LATE = 60
"""Seconds after its expiry when a run is given up by the sweep."""

STREAM_ERROR: Event = (
    "error",
    ApiError(
        500,
        "The server had an error while streaming the run. The run itself goes on.",
        type="server_error",
    ).body(),
)


def drive(world: World, run: Record) -> None:
    """Move a run along from its present state; an earlier driver of it does nothing more."""
    live = world.runs.of(run.id)
    live.generation += 1
    live.drivers += 1
    world.spawn(Driver(world, run).run())


@at_start
async def resume(world: World) -> None:
    """Take up the runs that had not ended when the last process did."""
    for run in await world.database.read(_active):
        drive(world, run)


def _active(records: Records) -> list[Record]:
    states = ", ".join(f"'{state}'" for state in ACTIVE)
    return records.select(RUN, Where(f"status IN ({states})"))


@sweeps
async def expire_late(world: World) -> None:
    """Expire what nothing moves any more, so that no thread stays locked."""
    late = int(world.clock.now()) - _LATE
    for run in await world.database.read(_active):
        if run.body["expires_at"] < late and not world.runs.moves(run.id):
            key, at = Key(run.parent, run.id), int(run.body["expires_at"])
            await world.database.write(
                lambda records, key=key, at=at: changes.expire(records, key, at, content=None)  # type: ignore[misc]
            )
            world.runs.forget(run.id)


class Driver:
    """One run on its way, until it ends, asks for outputs, or is taken over."""

    def __init__(self, world: World, run: Record) -> None:
        self._world = world
        self._run = run
        self._key = Key(run.parent, run.id)
        self._live = world.runs.of(run.id)
        self._generation = self._live.generation
        self._expires_at = float(run.body["expires_at"])
        self._queued_until = float(run.private["due"])
        self._patience = _PATIENCE
        self._plan = Plan()
        self._acts: list[Act] = []
        self._position = 0
        self._base = 0.0
        """The time from which the acts count."""

    async def run(self) -> None:
        """Do what is due, again and again."""
        due: float | None = self._first()
        clock, rested = self._world.clock, False
        try:
            while due is not None:
                await clock.sleep(due - clock.now())
                # Busy until nothing is due: whoever waits for the world must not slip in between.
                with self._world.busy():
                    while due is not None and due <= clock.now():
                        due = await self._step(due)
                        await asyncio.sleep(0)
            rested = True
        finally:
            self._live.drivers -= 1
            if not rested:
                self._live.tell([STREAM_ERROR])
                self._live.end()

    async def _step(self, due: float) -> float | None:
        """One tick, unless another driver has taken over."""
        async with self._live.lock:
            taken_over = self._generation != self._live.generation
            return None if taken_over else await self._tick(due)

    def _first(self) -> float:
        """When the run first has something to do."""
        now = self._world.clock.now()
        match self._run.status:
            case "queued" | "cancelling":
                due = float(self._run.private["due"])
            case "requires_action":
                due = self._expires_at
            case _:
                due = self._taken_up(now)
        return min(due, self._expires_at)

    def _taken_up(self, now: float) -> float:
        """Go on where the last process was: what was told is not told again."""
        turn = self._run.private.get("turn")
        if turn is not None:
            self._prepare(turn, int(self._run.private["position"]))
            told = self._acts[: self._position]
            self._live.said = [act.piece for act in told if isinstance(act, Tell) and act.piece]
            self._base = now - self._acts[self._position].at
        return now

    def _prepare(self, turn: JsonObject, position: int) -> None:
        self._plan = Plan.from_object(turn["plan"])
        self._acts = acts_of(self._plan, turn["ids"])
        self._position = position

    async def _tick(self, due: float) -> float | None:
        """Do what is due; when the next is, or None at the end."""
        if due >= self._expires_at:
            await self._expire()
            return None
        if self._run.status == "cancelling":
            await self._cancel(due)
            return None
        if not self._acts:
            return await self._begin(due)
        return await self._perform(due)

    async def _begin(self, due: float) -> float | None:
        """Leave the queue, and decide what to do."""
        write = self._world.database.write
        ready_at = await self._files_ready_at()
        if ready_at is not None and self._patience:
            if ready_at > due:
                return ready_at
            # Due by the clock, but the work itself takes its time.
            self._patience -= 1
            await asyncio.sleep(_LOOK_AGAIN)
            return due
        if self._run.status == "queued":
            events = await write(lambda records: changes.start(records, self._key, int(due)))
            if events is None:
                self._gone()
                return None
            self._live.tell(events)
        run = await self._world.database.read(
            lambda records: changes.find(records, self._key, "in_progress")
        )
        if run is None:
            self._gone()
            return None
        plan = await plan_turn(self._world, run)
        turn = {"plan": plan.as_object(), "ids": new_ids(plan, self._world.ids)}
        if not await write(lambda records: changes.keep_turn(records, self._key, turn)):
            self._gone()
            return None
        self._prepare(turn, 0)
        self._live.said = []
        self._base = due
        return self._next()

    async def _files_ready_at(self) -> float | None:
        """When the files on their way into the thread's own store are due, if some are."""
        latest = self._queued_until + _INGESTION_SECONDS

        def read(records: Records) -> list[Record]:
            thread = records.get(THREAD, self._key.thread_id)
            stores = [] if thread is None else store_ids(thread.body["tool_resources"])
            waiting = Where("status = 'in_progress'")
            return [entry for id in stores for entry in records.select(FILE, waiting, parent=id)]

        entries = await self._world.database.read(read)
        times = [float(entry.private["ready_at"]) for entry in entries]
        return max((time for time in times if time <= latest), default=None)

    async def _perform(self, due: float) -> float | None:
        act = self._acts[self._position]
        self._position += 1
        match act:
            case Tell():
                if act.piece:
                    self._live.said.append(act.piece)
                self._live.tell([(act.event, act.data)])
                if not act.saves:
                    return self._next()
            case Break():
                self._live.tell([STREAM_ERROR])
                self._live.end()
                return self._next()
        position, content = self._position, self._content()
        events = await self._world.database.write(
            lambda records: changes.perform(
                records, self._key, act, at=int(due), position=position, content=content
            )
        )
        if isinstance(act, End):
            await self._finish(events)
            return None
        if events is None:
            self._gone()
            return None
        self._live.tell(events)
        if isinstance(act, Ask):
            self._live.end()
            return self._expires_at
        return self._next()

    def _content(self) -> list[JsonObject]:
        """The message as far as it was told."""
        said = self._live.said
        return content_of(self._plan, "".join(said) if said else None)

    def _next(self) -> float:
        return min(self._base + self._acts[self._position].at, self._expires_at)

    def _told(self) -> list[JsonObject] | None:
        """The message as far as it was told; None when only the store knows."""
        return self._content() if self._live.said else None

    async def _expire(self) -> None:
        at, content = int(self._expires_at), self._told()
        await self._finish(
            await self._world.database.write(
                lambda records: changes.expire(records, self._key, at, content=content)
            )
        )

    async def _cancel(self, due: float) -> None:
        turn = self._run.private.get("turn")
        self._plan = Plan() if turn is None else Plan.from_object(turn["plan"])
        content = self._told()
        await self._finish(
            await self._world.database.write(
                lambda records: changes.cancelled(records, self._key, int(due), content=content)
            )
        )

    async def _finish(self, events: list[Event] | None) -> None:
        """The run has ended: tell it, and let go of it."""
        self._live.tell(events or ())
        self._gone()

    def _gone(self) -> None:
        self._world.runs.forget(self._run.id)
