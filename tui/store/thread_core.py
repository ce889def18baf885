"""The state of an open thread: what is known of it, read behind, and watched while it moves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tui.api.operations import assistants as ops
from tui.api.records import Record
from tui.core.cell import Cell
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.store.chat_turns import TurnView
from tui.store.phases import phase_of
from tui.store.thread_host import ThreadHost, Watching
from tui.store.thread_reading import Moves, ThreadReader
from tui.store.thread_runs import RunView
from tui.store.thread_shown import Shown
from tui.store.thread_state import ThreadState
from tui.store.thread_views import Doing, Link, ThreadView
from tui.store.views import Phase, Ref
from tui.worker.poller import Look, Seen

_SEEN = {
    Moves.MOVED: Seen.MOVING,
    Moves.NOTHING_NEW: Seen.UNKNOWN,
    Moves.ENDED: Seen.TERMINAL,
}


class WatchedThread:
    """One thread to look at; `OpenThread` adds what a person can do to it."""

    def __init__(self, id: str, host: ThreadHost) -> None:
        """Without an id it is one that is still to be made."""
        self.id = id
        self.draft: Cell[str] = Cell("")
        """What is written and not sent yet."""
        self.last_run: Mapping[str, Any] = {}
        """How it was run last, for the next time."""
        self.on_made: Callable[[str], None] | None = None
        """Hears the id of a thread that is being made."""
        self._host = host
        self._shown_by = 0
        self._state = ThreadState()
        self._reader = ThreadReader(id, host.api, self._state, saw=self._saw)
        self._shown = Shown(self._state, host.file_name)
        self._phase = Phase.UNASKED if id else Phase.READY
        self._doing = Doing.NOTHING
        self._problem: Problem | None = None
        self._stale: Problem | None = None
        self._pending: TurnView | None = None
        """What was sent and has not come back yet."""
        self._streaming = False
        self._cut = False
        self._reading = False
        self._telling = False
        self._sent = 0
        self._watching: Watching = host.watch(f"thread:{id}", self._look, self._watch_ended)
        self.view: Cell[ThreadView] = Cell(self._now())

    # Reading.

    def open(self) -> None:
        """A screen shows it: read it, or look again behind what is at hand."""
        if self.id and not self._streaming:
            self.refresh()

    def seen(self, by: int) -> None:
        """One screen more shows it, or one less."""
        self._shown_by += by
        self._watching.show(self._shown_by > 0)

    @property
    def in_use(self) -> bool:
        """Whether a screen shows it, something is under way, or something is written."""
        busy = self._doing is not Doing.NOTHING or self._streaming or self._watching.running
        return busy or self._shown_by > 0 or bool(self.draft.value)

    def close(self) -> None:
        """Look at it no more."""
        self._watching.close()

    def refresh(self) -> None:
        """Read the newest messages and runs again; what is shown stays."""
        if not self.id:
            return
        if self._phase is not Phase.READY:
            self._phase = Phase.LOADING
        self._problem = None
        self._reading = True
        job = self._host.request(f"thread:{self.id}:read", self._read)
        self._publish()
        job.on_done(lambda _job: self._read_ended())

    async def _read(self) -> None:
        try:
            await self._reader.read()
        except ProblemError as failure:
            self._read_failed(failure.problem)
        else:
            self._phase, self._stale = Phase.READY, None
            run = self._active
            if run is not None and not self._streaming:
                self._watch()

    def _read_ended(self) -> None:
        self._reading = False
        self._publish()

    def _read_failed(self, problem: Problem) -> None:
        if problem.kind is ProblemKind.CANCELLED:
            return
        if self._phase is Phase.READY and problem.kind is not ProblemKind.NOT_FOUND:
            self._stale = problem
        else:
            self._phase, self._problem = phase_of(problem), problem

    def need_older(self) -> None:
        """The oldest message that is known came in sight."""
        if self._reader.older:
            self._behind("older", self._reader.read_older)

    def need_steps(self, run_id: str) -> None:
        """A run was opened: read its steps if they are not known."""
        if run_id not in self._state.steps:
            self._behind(f"steps:{run_id}", lambda: self._reader.read_steps(run_id))

    def need_older_runs(self) -> None:
        """The oldest run that is known came in sight."""
        if self._reader.older_runs:
            self._behind("runs", self._reader.read_older_runs)

    def _behind(self, what: str, read: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            try:
                await read()
            except ProblemError as failure:
                if failure.problem.kind is not ProblemKind.CANCELLED:
                    self._stale = failure.problem
            self._publish()

        self._host.request(f"thread:{self.id}:{what}", run)

    def heard(self, resource: str, id: str, record: Record | None) -> None:
        """Something was done to one of its objects elsewhere; `None`: it is gone."""
        if resource == ops.THREADS and record is None:
            self._phase = Phase.FAILED
            self._problem = Problem(
                "This thread is gone", detail="It was deleted", kind=ProblemKind.NOT_FOUND
            )
        self._reader.heard(resource, id, record)
        self._publish_soon()

    def renamed(self) -> None:
        """Files that it names are called otherwise now."""
        self._shown.forget_names()
        self._publish_soon()

    # Watching.

    @property
    def _active(self) -> RunView | None:
        return next((run for run in self._shown.runs() if run.active), None)

    def _watch(self) -> None:
        self._watching.start()
        self._count()

    async def _look(self) -> Look:
        """Look at the run under way, and at what it writes."""
        run = self._active
        if run is None or self._streaming:
            return Look(Seen.TERMINAL)
        try:
            found = await self._reader.look(run.id)
        except ProblemError as failure:
            if failure.problem.kind is not ProblemKind.CANCELLED:
                self._stale = failure.problem
                self._publish()
            raise
        self._stale = None
        self._publish()
        return Look(_SEEN[found.moves], found.hint)

    def _watch_ended(self) -> None:
        if self._active is None:
            self._cut = False
        self._count()
        self._publish()

    def _count(self) -> None:
        for run in self._shown.runs():
            followed = self._streaming or self._watching.running
            self._host.moving(
                Ref(ops.RUNS, run.id, (self.id,)),
                run.active and followed and run.status != "requires_action",
            )

    # What is shown.

    def _path(self, run_id: str = "") -> dict[str, str]:
        return {"thread_id": self.id, **({"run_id": run_id} if run_id else {})}

    def _saw(self, kind: str, raw: Mapping[str, Any], *, made: bool = False) -> None:
        found = seen_ref(kind, raw, self.id)
        if found is not None:
            ref, record = found
            self._host.saw(ref, record, made=made)

    def _now(self) -> ThreadView:
        turns = self._shown.turns()
        if self._pending is not None:
            turns = (*turns, self._pending)
        runs = self._shown.runs()
        link = Link.STREAMING if self._streaming else Link.REST
        if not self._streaming and self._watching.running and any(run.active for run in runs):
            link = Link.POLLING
        thread = self._state.thread
        return ThreadView(
            id=self.id,
            phase=self._phase,
            record=Record(thread, ops.THREAD_ITEM) if thread is not None else None,
            turns=turns,
            older=self._reader.older,
            runs=runs,
            older_runs=self._reader.older_runs,
            link=link,
            doing=self._doing,
            problem=self._problem,
            stale=self._stale,
            cut=self._cut,
            refreshing=self._reading,
        )

    def _publish(self) -> None:
        self.view.set(self._now())

    def _publish_soon(self) -> None:
        """Once for all events of this turn of the loop."""
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_soon(self._publish_now)

    def _publish_now(self) -> None:
        self._telling = False
        self._publish()


def seen_ref(kind: str, raw: Mapping[str, Any], thread_id: str) -> tuple[Ref, Record] | None:
    """The place of an object of a thread in the lists."""
    id = raw.get("id")
    if not isinstance(id, str) or not id or not thread_id:
        return None
    match kind:
        case "thread":
            return Ref(ops.THREADS, id), Record(raw, ops.THREAD_ITEM)
        case "thread.message":
            return Ref(ops.MESSAGES, id, (thread_id,)), Record(raw, ops.MESSAGE_ITEM)
        case "thread.run":
            return Ref(ops.RUNS, id, (thread_id,)), Record(raw, ops.RUN_ITEM)
        case "thread.run.step":
            run_id = raw.get("run_id")
            if isinstance(run_id, str):
                return Ref(ops.STEPS, id, (thread_id, run_id)), Record(raw, ops.STEP_ITEM)
    return None
