"""What can be done with a job that is watched: stop it, save its figures, follow its files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from textual import on, work

from tui.catalog.descriptor import Action, Target
from tui.core.safe_text import clean
from tui.store.tuning import TuningJob
from tui.store.tuning_export import default_name, destination
from tui.store.tuning_views import Stage
from tui.store.views import CollectionKey, Ref
from tui.ui.acting import ActingPage
from tui.ui.navigation import Route
from tui.ui.questions import ConfirmView
from tui.ui.widgets.detail import Detail

if TYPE_CHECKING:
    from tui.store.session import Session


class TuningActs(ActingPage):
    """A page on one fine-tuning job."""

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        self.ref = route.ref
        self.resource = session.catalog[route.resource]
        self.job: TuningJob = session.tunings.open(self.ref, self.scope)

    def action_cancel_job(self) -> None:
        self.action_act("fine_tuning.jobs.cancel")

    def action_pause_or_resume(self) -> None:
        paused = self.job.view.value.stage is Stage.PAUSED
        self.action_act(f"fine_tuning.jobs.{'resume' if paused else 'pause'}")

    @work
    async def action_export(self) -> None:
        text = await self.ask_line(
            "Save the figures as", default_name(self.ref.id), ".csv or .json, ~ is your home"
        )
        if not text or not text.strip():
            return
        path = destination(text)
        if await self.job.exists(path) and not await self.ask_confirm(
            ConfirmView(f"Replace {clean(path.name)}?", (clean(str(path)),), "Replace", trigger="x")
        ):
            return
        self.job.export(path)

    def action_open_file(self) -> None:
        """The file that is to blame, else the training file."""
        view = self.job.view.value
        file = view.failure.file if view.failure is not None else None
        if file is None and view.facts is not None and view.facts.record is not None:
            id = view.facts.record.raw.get("training_file")
            file = Ref("files", id) if isinstance(id, str) and id else None
        if file is not None:
            self.go(Route.of(file))

    def action_copy_raw(self) -> None:
        record = self.job.record
        if record is not None:
            self.copy(json.dumps(dict(record.raw), indent=2, ensure_ascii=False), "Raw JSON")

    def action_copy_id(self) -> None:
        self.copy(self.ref.id, "Id")

    def action_copy_curl(self) -> None:
        if self.resource.get_op is not None:
            words = self.session.curl(self.resource.get_op, ref=self.ref)
            self.copy(words, "The request as curl")

    def action_checkpoints(self) -> None:
        self.go(Route("browser", "fine_tuning.jobs.checkpoints", parents=(self.ref.id,)))

    def action_refresh(self) -> None:
        self.job.refresh()

    @on(Detail.Followed)
    def _followed(self, message: Detail.Followed) -> None:
        self.go(Route.of(message.ref))

    def targets_of(self, action: Action) -> tuple[Ref, ...]:
        return () if action.target is Target.COLLECTION else (self.ref,)

    @property
    def action_key(self) -> CollectionKey:
        return CollectionKey(self.ref.resource, self.ref.parents)
