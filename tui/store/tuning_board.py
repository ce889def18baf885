"""The fine-tuning jobs of a session that are watched: those on screens, and those that move."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from tui.catalog.index import ENTRIES
from tui.store.entities import Change
from tui.store.tuning import TuningJob
from tui.store.tuning_views import stage_of
from tui.store.views import Ref
from tui.worker.lanes import Scope

if TYPE_CHECKING:
    from tui.store.session import Session

JOBS = "fine_tuning.jobs"
KEPT_JOBS = 16
"""Jobs whose figures are kept although no screen shows them."""
MOST_GLANCED = 8
"""Jobs that lists make watched by themselves; a person may watch any number."""


class Tunings:
    """Jobs by id, kept while the program runs: one that is opened again is there at once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._jobs: OrderedDict[Ref, TuningJob] = OrderedDict()
        self._deaf = session.entities.listen(JOBS, self._changed) if _known() else None

    def open(self, ref: Ref, scope: Scope) -> TuningJob:
        """The job, read and watched for a screen."""
        job = self._job(ref)
        job.open(scope)
        return job

    def close(self) -> None:
        if self._deaf is not None:
            self._deaf()
        for job in self._jobs.values():
            job.close()
        self._jobs.clear()

    def _job(self, ref: Ref) -> TuningJob:
        job = self._jobs.get(ref)
        if job is None:
            job = self._jobs[ref] = TuningJob(self._session, ref)
            self._forget_some()
        self._jobs.move_to_end(ref)
        return job

    def _changed(self, change: Change) -> None:
        """A list or an object came: what moves in it is watched, and counted in the header."""
        if change.removed:
            return
        for id in change.ids:
            ref = Ref(JOBS, id, change.parents)
            record = self._session.entities.get(ref)
            if ref in self._jobs or record is None:
                continue
            status = record.raw.get("status")
            if not isinstance(status, str) or stage_of(status).at_rest:
                continue
            glanced = sum(1 for job in self._jobs.values() if not job.stage.over)
            if glanced < MOST_GLANCED:
                self._job(ref).glance()

    def _forget_some(self) -> None:
        for ref, job in tuple(self._jobs.items()):
            if len(self._jobs) <= KEPT_JOBS:
                return
            if not job.shown and job.stage.over:
                self._jobs.pop(ref).close()


def _known() -> bool:
    return any(entry.key == JOBS for entry in ENTRIES)
