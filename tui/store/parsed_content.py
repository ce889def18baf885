"""The text that a vector store read from a file, which stays readable where the file is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.api.operations.vector_stores import GET_VECTOR_STORE_FILE_CONTENT
from tui.core.cell import Cell
from tui.core.errors import ProblemKind
from tui.core.safe_text import clean_block
from tui.store.phases import phase_of
from tui.store.ports import Api, Reply
from tui.store.views import ContentView, Phase, Ref
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

READ_LIMIT = 4 * 1024 * 1024
"""Characters that are shown."""


class ParsedContent:
    """One file's text in one vector store. `view` is all that a screen sees."""

    def __init__(
        self, store: str, file: str, api: Api, *, scheduler: Scheduler, scope: Scope
    ) -> None:
        self.ref = Ref("vector_stores.files", file, (store,))
        self.view: Cell[ContentView] = Cell(ContentView(self.ref, Phase.UNASKED))
        self._api = api
        self._scheduler = scheduler
        self._scope = scope
        self.retry()

    def retry(self) -> None:
        """Read it, or read it again after a failure."""
        path = {"vector_store_id": self.ref.parents[0], "file_id": self.ref.id}
        self.view.set(ContentView(self.ref, Phase.LOADING))
        job = self._scheduler.submit(
            ("parsed-content", self.ref),
            scope=self._scope,
            lane=Lane.VISIBLE,
            run=lambda: self._api.call(GET_VECTOR_STORE_FILE_CONTENT, path=path),
        )
        job.on_done(self._arrived)

    def _arrived(self, job: Job[Reply]) -> None:
        if job.problem is not None:
            cancelled = job.problem.kind is ProblemKind.CANCELLED
            phase = Phase.UNASKED if cancelled else phase_of(job.problem)
            self.view.set(ContentView(self.ref, phase, problem=None if cancelled else job.problem))
            return
        text = "\n".join(_parts(job.result.record.raw))
        self.view.set(
            ContentView(
                self.ref,
                Phase.READY,
                text=clean_block(text[:READ_LIMIT]),
                size=len(text.encode("utf-8", "replace")),
                truncated=len(text) > READ_LIMIT,
            )
        )


def _parts(raw: Mapping[str, Any]) -> list[str]:
    data = raw.get("data")
    parts = data if isinstance(data, list) else []
    texts = (part.get("text") if isinstance(part, Mapping) else part for part in parts)
    return [text for text in texts if isinstance(text, str)]
