"""One fine-tuning job that is watched: newest events first, older ones behind, the result at last.

The object's own poller sets the rhythm (contract 3): whenever it looks, the newest events are read
along. A lost connection ends nothing. What was read stays as long as the session keeps the job.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tui.api.records import Record
from tui.catalog.descriptor import Tone
from tui.core.braille import sparkline
from tui.core.cell import LazyCell
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.safe_text import clean
from tui.store.ports import Page
from tui.store.tuning_events import Tape
from tui.store.tuning_export import export_text, save
from tui.store.tuning_facts import checkpoint_of, facts_of, failure_of
from tui.store.tuning_metrics import FULL, Measured, Metrics, measured, split
from tui.store.tuning_progress import gap_grows, progress_of
from tui.store.tuning_reads import EVENTS, Table, TuningReads
from tui.store.tuning_views import Checkpoint, Stage, TuningView, stage_of
from tui.store.views import EntityView, Ref
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope

if TYPE_CHECKING:
    from tui.store.session import Session

GLANCE_WIDTH = 8
"""Characters of the curve that stands in lists."""
UNREADABLE = "The result file is no table of steps"

_NOT_HERE = frozenset(
    {
        ProblemKind.ABSENT,
        ProblemKind.NOT_FOUND,
        ProblemKind.FORBIDDEN,
        ProblemKind.UNAUTHORIZED,
        ProblemKind.NEEDS_ADMIN,
    }
)
"""Asking again does not help; the job itself can be watched all the same."""


class TuningJob:
    """A job for all screens that show it. `view` is all that they see."""

    def __init__(self, session: Session, ref: Ref) -> None:
        self.ref = ref
        self.metrics = Metrics()
        self.tape = Tape()
        self._session = session
        self._reads = TuningReads(session, ref)
        self._scope = Scope(f"tuning:{ref.id}")
        self._scope.hidden = True
        self._checkpoints: tuple[Checkpoint, ...] = ()
        self._checkpoints_due = True
        self._asked = False
        """Whether the newest events are here."""
        self._problem: Problem | None = None
        self._lost: Problem | None = None
        self._seen_at: float | None = None
        self._result: str | None = None
        """The result file that was read."""
        self._unreadable = ""
        self._told: frozenset[str] = frozenset()
        """Leaves that the result file tells from the first step on."""
        self._events_tell: frozenset[str] = frozenset()
        self._wants_older = False
        self._filling = False
        self._entity = session.entity(ref, self._scope)
        self._entity.accompany(self)
        self._stage = self._now_stage()
        self._deaf = self._entity.view.subscribe(self._object_changed)
        self.view: LazyCell[TuningView] = LazyCell(self._compute)

    @property
    def record(self) -> Record | None:
        return self._entity.record

    @property
    def stage(self) -> Stage:
        return self._stage

    @property
    def shown(self) -> bool:
        """Whether a screen has it open."""
        return bool(self._reads.screens)

    # What a screen intends.

    def open(self, scope: Scope) -> None:
        """A screen shows it: read what is missing, and watch it on when the screen is left."""
        self._reads.screens.join(scope)
        self._session.entity(self.ref, scope)
        if not self._stage.over:
            self._session.watch(self.ref)
        if not (self._asked and self._stage.over):
            self._reads.ask_newest(self._took_newest)
        if self._checkpoints_due:
            self._reads.ask_checkpoints(self._took_checkpoints)
        self._read_result()
        self._fill()

    def glance(self) -> None:
        """Nobody shows it whole: its newest figures are enough, for lists and the header."""
        self._session.watch(self.ref)
        if not self._asked:
            self._reads.ask_glance(self._scope, self._took_newest)

    def refresh(self) -> None:
        """Ask again for everything that may have changed or failed."""
        self._problem = None
        if self._unreadable:
            self._result, self._unreadable = None, ""
        self._entity.refresh()
        self._reads.ask_newest(self._took_newest)
        self._reads.ask_checkpoints(self._took_checkpoints)
        self._read_result()
        self._fill()

    def need_older(self) -> None:
        """The oldest known event came in sight."""
        self._wants_older = True
        self._fill()

    async def exists(self, path: Path) -> bool:
        """Whether there is a file to be replaced; asked off the loop."""
        return await self._session.scheduler.in_thread(
            ("exists", str(path)),
            scope=self._session.app_scope,
            lane=Lane.INTERACTIVE,
            work=path.exists,
        )

    def export(self, path: Path) -> None:
        """Save the figures, whole or not at all; a notice says how it went."""
        text = export_text(path.suffix, self.record, self.metrics, self._checkpoints)
        job = self._session.scheduler.in_thread(
            ("export", str(path)),
            scope=self._session.app_scope,
            lane=Lane.INTERACTIVE,
            work=lambda: save(path, text),
        )
        notices = self._session.notice_board

        def ended(job: Job[Problem | None]) -> None:
            failed = job.problem or job.result
            if failed is not None:
                notices.fail(f"Saving {clean(str(path))}", failed)
            else:
                notices.tell(f"Saved {clean(str(path))}", tone=Tone.GOOD)

        job.on_done(ended)

    def close(self) -> None:
        self._deaf()
        self._reads.screens.close()
        self._scope.close()

    # What the object's poller tells.

    async def look(self) -> None:
        """Read the newest events along with the object. Raises `ProblemError`."""
        try:
            self._arrived(await self._reads.newest())
            if self._checkpoints_due or self._now_stage().over:
                self._keep_checkpoints(await self._reads.checkpoints())
        except ProblemError as error:
            if error.problem.kind not in _NOT_HERE:
                raise
            self._refused(error.problem)

    def missed(self, problem: Problem) -> None:
        if problem.kind is not ProblemKind.CANCELLED:
            self._lost = problem
            self.view.invalidate()

    # What came.

    def _took_newest(self, job: Job[Page]) -> None:
        if job.problem is not None:
            self._refused(job.problem)
            return
        self._arrived(job.result)
        if self._checkpoints_due:
            self._reads.ask_checkpoints(self._took_checkpoints)

    def _arrived(self, page: Page) -> None:
        first, self._asked = not self._asked, True
        self._lost = self._problem = None
        self._seen_at = self._session.clock.now()
        brought = self.tape.newest(page.items, page.next is not None)
        self._merge(brought.measured)
        if not first and any(_tells_checkpoint(row) for row in page.items[: brought.new]):
            self._checkpoints_due = True
        if brought.new:
            self._tell_lists()
        self._fill()
        self.view.invalidate()

    def _took_older(self, cursor: str, job: Job[Page]) -> None:
        if job.problem is not None:
            # The next look tries again.
            self._filling = False
            self._refused(job.problem)
            return
        page = job.result
        self._merge(self.tape.older(cursor, page.items, page.next is not None).measured)
        self._wants_older = False
        self._fill()
        self.view.invalidate()

    def _took_checkpoints(self, job: Job[Page]) -> None:
        if job.problem is None:
            self._keep_checkpoints(job.result)
        elif job.problem.kind in _NOT_HERE:
            self._checkpoints_due = False

    def _keep_checkpoints(self, page: Page) -> None:
        found = []
        for row in page.items:
            one = checkpoint_of(row)
            found.append(one)
            metrics = row.raw.get("metrics")
            if one.step is not None and isinstance(metrics, Mapping):
                told = measured({**metrics, "step": one.step})
                if told is not None:
                    self.metrics.add(told)
        found.sort(key=lambda one: -1 if one.step is None else one.step)
        self._checkpoints = tuple(found)
        self._checkpoints_due = False
        self.view.invalidate()

    def _took_result(self, job: Job[Table]) -> None:
        if job.problem is not None and job.problem.kind is ProblemKind.CANCELLED:
            return
        self._result = self._result_file
        if job.problem is not None:
            self._unreadable = clean(str(job.problem))
        elif not job.result:
            self._unreadable = UNREADABLE
        else:
            for row in job.result:
                self.metrics.add(row)
            if min(row.step for row in job.result) <= 1:
                self._told = frozenset(key for row in job.result for key in row.values)
            self._tell_lists()
        self._fill()
        self.view.invalidate()

    def _refused(self, problem: Problem) -> None:
        if problem.kind is not ProblemKind.CANCELLED:
            self._problem = problem
            self.view.invalidate()

    def _merge(self, found: tuple[Measured, ...]) -> None:
        for one in found:
            self._events_tell |= one.values.keys()
            self.metrics.add(one)

    def _object_changed(self, _view: EntityView) -> None:
        stage = self._now_stage()
        if stage is not self._stage:
            self._stage = stage
            self._checkpoints_due = True
            self._reads.ask_newest(self._took_newest)
        self._read_result()
        self.view.invalidate()

    # What follows from it.

    def _fill(self) -> None:
        """Read older events behind, page by page, as long as they tell anything new."""
        cursor = self.tape.hole
        self._filling = (
            cursor is not None
            and self.shown
            and (self._wants_older or not (self._covered or self._result_pending))
        )
        if cursor is not None and self._filling:
            self._reads.ask_older(cursor, lambda job: self._took_older(cursor, job))

    def _read_result(self) -> None:
        """The result file of a job that has ended is the best source of its steps."""
        file = self._result_file
        if file is not None and self._result_pending:
            self._reads.ask_result(file, self._took_result)

    def _tell_lists(self) -> None:
        """Keep the newest figures under the job's own id, where the columns of lists look."""
        groups = self.metrics.groups()
        if not groups:
            return
        train = groups[0].series[0]
        raw = {
            "id": self.ref.id,
            "step": self.metrics.last_step,
            "total_steps": self.metrics.total,
            "figure": train.values[-1],
            "curve": sparkline(train.values, GLANCE_WIDTH),
        }
        self._session.entities.put(Ref(EVENTS, self.ref.id, (self.ref.id,)), Record(raw))

    def _now_stage(self) -> Stage:
        record = self._entity.record
        return Stage.UNKNOWN if record is None else stage_of(record.raw.get("status"))

    @property
    def _result_file(self) -> str | None:
        record = self._entity.record
        files = record.raw.get("result_files") if record is not None else None
        first = files[0] if isinstance(files, list) and files else None
        return first if isinstance(first, str) and first else None

    @property
    def _result_pending(self) -> bool:
        return self._result_file is not None and self._result != self._result_file

    @property
    def _covered(self) -> bool:
        """The result file tells all that older events would: of whole validations the checkpoints
        tell."""
        wanted = {key for key in self._events_tell if split(key)[1] != FULL}
        return bool(self._told) and wanted <= self._told

    def _compute(self) -> TuningView:
        about, stage = self._entity.view.value, self._now_stage()
        raw = about.record.raw if about.record is not None else {}
        groups, context = self.metrics.groups(), self._session.context
        progress = progress_of(
            raw,
            self.metrics,
            self.tape.events,
            running=stage is Stage.RUNNING,
            gap=not self._filling and gap_grows(self.metrics),
        )
        facts = facts_of(
            about,
            stage=stage,
            progress=progress,
            groups=groups,
            checkpoints=self._checkpoints,
            context=context,
        )
        failed = stage in {Stage.FAILED, Stage.UNKNOWN}
        return TuningView(
            ref=self.ref,
            phase=about.phase,
            stage=stage,
            name=about.title,
            status=clean(raw.get("status"), limit=40),
            facts=facts,
            progress=progress,
            groups=groups,
            checkpoints=self._checkpoints,
            events=self.tape.events,
            known=len(self.tape),
            filling=self._filling,
            failure=failure_of(raw, context) if failed else None,
            problem=about.problem or self._problem,
            lost=self._lost,
            seen_at=self._seen_at,
            unreadable=self._unreadable,
        )


def _tells_checkpoint(row: Record) -> bool:
    message = row.raw.get("message")
    return isinstance(message, str) and "checkpoint" in message.lower()
