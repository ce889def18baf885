"""What is asked of the server for one fine-tuning job, in which lane, for which screens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import TYPE_CHECKING, Any

from tui.api.operations.files import DOWNLOAD_FILE
from tui.store.audience import Audience
from tui.store.ports import Page
from tui.store.tuning_metrics import Measured, result_rows
from tui.store.views import Ref
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope

if TYPE_CHECKING:
    from tui.store.session import Session

EVENTS = "fine_tuning.jobs.events"
CHECKPOINTS = "fine_tuning.jobs.checkpoints"
RESULT_LIMIT = 24 * 1024 * 1024
"""Bytes of a result file: some two hundred thousand steps in base64."""

Table = list[Measured] | None
"""The rows of a result file; `None` when it is no table of steps."""


class TuningReads:
    """Queues the reads of a job for the screens that show it. Equal reads are joined."""

    def __init__(self, session: Session, ref: Ref) -> None:
        self.screens = Audience()
        self._session = session
        self._ref = ref

    async def newest(self) -> Page:
        """The newest page of events. Raises `ProblemError`, as all reads do."""
        return await self._page(EVENTS)

    async def checkpoints(self) -> Page:
        return await self._page(CHECKPOINTS)

    def ask_newest(self, took: Callable[[Job[Page]], None]) -> None:
        self._for_screens("newest", Lane.VISIBLE, self.newest, took)

    def ask_glance(self, scope: Scope, took: Callable[[Job[Page]], None]) -> None:
        """As `ask_newest`, for nobody's screen."""
        self._submit("newest", scope, Lane.BACKGROUND, self.newest, took)

    def ask_older(self, cursor: str, took: Callable[[Job[Page]], None]) -> None:
        """The page behind an event, when nothing else waits."""
        self._for_screens(
            ("older", cursor), Lane.PREFETCH, lambda: self._page(EVENTS, after=cursor), took
        )

    def ask_checkpoints(self, took: Callable[[Job[Page]], None]) -> None:
        self._for_screens("checkpoints", Lane.VISIBLE, self.checkpoints, took)

    def ask_result(self, file: str, took: Callable[[Job[Table]], None]) -> None:
        self._for_screens(("result", file), Lane.VISIBLE, lambda: self._result(file), took)

    async def _page(self, resource: str, after: str | None = None) -> Page:
        described = self._session.catalog[resource]
        op = described.list_op
        assert op is not None
        path = described.path((self._ref.id,))
        return await self._session.client.page(op, path=path, after=after, limit=op.page_limit)

    async def _result(self, file: str) -> Table:
        preview = await self._session.client.read_text(
            DOWNLOAD_FILE, path={"file_id": file}, limit=RESULT_LIMIT
        )
        text = preview.text
        if text is None:
            return None
        # Half a second of parsing for a large one: not on the loop.
        return await self._session.scheduler.in_thread(
            ("tuning-result", file),
            scope=self._session.app_scope,
            lane=Lane.VISIBLE,
            work=lambda: result_rows(text),
        )

    def _for_screens(
        self,
        what: Hashable,
        lane: Lane,
        run: Callable[[], Awaitable[Any]],
        took: Callable[[Job[Any]], None],
    ) -> None:
        for scope in self.screens:
            self._submit(what, scope, lane, run, took)

    def _submit(
        self,
        what: Hashable,
        scope: Scope,
        lane: Lane,
        run: Callable[[], Awaitable[Any]],
        took: Callable[[Job[Any]], None],
    ) -> None:
        """What a read brings is taken once, however many scopes want it."""
        key = ("tuning", self._ref, what)
        known = self._session.scheduler.find(key)
        job = self._session.scheduler.submit(key, scope=scope, lane=lane, run=run)
        if job is not known:
            job.on_done(took)
