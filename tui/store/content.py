"""Content: the beginning of a file, read when a preview wants it."""

from __future__ import annotations

from tui.api.operation import Operation
from tui.core.cell import Cell
from tui.core.errors import Problem, ProblemKind
from tui.core.safe_text import clean_block
from tui.store.phases import phase_of
from tui.store.ports import Api, Preview
from tui.store.views import ContentView, Phase, Ref
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

READ_LIMIT = 1024 * 1024
"""Bytes that are read for a preview."""


class Content:
    """One file's content. `view` is all that a screen sees."""

    def __init__(
        self,
        ref: Ref,
        op: Operation,
        *,
        path: dict[str, str],
        api: Api,
        scheduler: Scheduler,
        scope: Scope,
    ) -> None:
        self.ref = ref
        self.view: Cell[ContentView] = Cell(ContentView(ref, Phase.UNASKED))
        self._op = op
        self._path = path
        self._api = api
        self._scheduler = scheduler
        self._scope = scope
        self.retry()

    def retry(self) -> None:
        """Read it, or read it again after a failure."""
        job = self._scheduler.submit(
            ("content", self._op.id, self.ref),
            scope=self._scope,
            lane=Lane.VISIBLE,
            run=self._read,
        )
        if not job.done:
            self.view.set(ContentView(self.ref, Phase.LOADING))
            job.on_done(self._arrived)

    async def _read(self) -> Preview:
        return await self._api.read_text(self._op, path=self._path, limit=READ_LIMIT)

    def _arrived(self, job: Job[Preview]) -> None:
        if job.problem is not None:
            self.view.set(_failed(self.ref, job.problem))
            return
        preview = job.result
        self.view.set(
            ContentView(
                self.ref,
                Phase.READY,
                text=clean_block(preview.text),
                binary=preview.text is None,
                size=preview.size,
                truncated=preview.truncated,
            )
        )


def _failed(ref: Ref, problem: Problem) -> ContentView:
    if problem.kind is ProblemKind.CANCELLED:
        return ContentView(ref, Phase.UNASKED)
    return ContentView(ref, phase_of(problem), problem=problem)
