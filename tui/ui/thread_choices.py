"""What a person chooses for a thread: the assistant, the settings of a run, outputs of tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual import work

from tui.catalog.form_values import FieldKind, FieldSpec
from tui.core.safe_text import clean
from tui.store.naming import name_of
from tui.store.thread import OpenThread
from tui.store.thread_views import ASSISTANTS, NEW_FORM, RUN_FORM, ThreadView
from tui.store.views import CollectionKey, Ref
from tui.ui.acting import ActingPage
from tui.ui.navigation import Route
from tui.ui.questions import ConfirmView, FormView, MenuItem
from tui.ui.text import line

if TYPE_CHECKING:
    from tui.store.session import Session

AGAIN = "\0again"
OTHER = "\0other"
MOST_ASSISTANTS = 200
HELP_LIMIT = 600
OUTPUT = "output_"


class ThreadChoices(ActingPage):
    """A page with an open thread; a subclass shows it."""

    thread: OpenThread

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        self.assistants = session.collection(CollectionKey(ASSISTANTS), self.scope)
        self.settings: Mapping[str, Any] = {}
        """How the next run is asked for, as far as that was chosen."""

    @property
    def view(self) -> ThreadView:
        return self.thread.view.value

    def refuse(self, reason: str) -> bool:
        """Tell why something was not done; whether there was a reason."""
        if reason:
            self.notify(reason, severity="warning", markup=False)
        return bool(reason)

    def assistant_name(self, id: str) -> str:
        """What a person calls an assistant, safe."""
        return name_of(self.session, Ref(ASSISTANTS, id)) if id else ""

    def last_settings(self) -> Mapping[str, Any]:
        """How the thread was run last: chosen here, or as its newest run tells."""
        if self.settings or self.thread.last_run:
            return self.settings or self.thread.last_run
        runs = self.view.runs
        return {"assistant_id": runs[0].assistant_id} if runs and runs[0].assistant_id else {}

    # Runs.

    @work
    async def action_run(self) -> None:
        """Choose an assistant, and run the thread with what is written along."""
        if self.thread.id and self.refuse(self.thread.refusal()):
            return
        chosen = await self.choose_settings()
        if chosen is None:
            return
        self.settings = chosen
        if self.thread.id:
            self.refuse(self.thread.run(chosen, text=self.thread.draft.value))
        self.settings_chosen()

    def settings_chosen(self) -> None:
        """The next run is asked for otherwise now."""

    async def choose_settings(self) -> Mapping[str, Any] | None:
        """The settings of a run: an assistant's own, those of the last time, or a form's."""
        last = self.last_settings()
        items: list[MenuItem] = []
        if last.get("assistant_id"):
            name = self.assistant_name(str(last["assistant_id"]))
            more = ", ".join(key.replace("_", " ") for key in last if key != "assistant_id")
            items.append(MenuItem(AGAIN, f"{name}, as last time", clean(more, limit=60)))
        rows = self.assistants.view.value.rows
        for place in range(min(rows.count, MOST_ASSISTANTS)):
            ref = rows.ref(place)
            record = self.session.entities.get(ref)
            model = line(record.get("model")) if record is not None else ""
            items.append(MenuItem(ref.id, self.assistant_name(ref.id), model))
        items.append(MenuItem(OTHER, "Other settings …", "model, instructions, tools"))
        chosen = await self.ask_menu("Run with", items)
        if chosen == AGAIN:
            return last
        if chosen == OTHER:
            return await self._settings_form(last)
        return {"assistant_id": chosen} if chosen else None

    async def _settings_form(self, last: Mapping[str, Any]) -> Mapping[str, Any] | None:
        form = RUN_FORM if self.thread.id else NEW_FORM
        return await self.ask_form(FormView("Run the thread", form, dict(last), verb="Run"))

    @work
    async def action_cancel_run(self) -> None:
        run = self.view.active
        if run is None:
            self.refuse(self.thread.cancel())
            return
        asked = ConfirmView(
            "Stop the run?",
            ("What it wrote so far stays in the thread.",),
            "Stop it",
            trigger="x",
        )
        if await self.ask_confirm(asked):
            self.refuse(self.thread.cancel())

    # Outputs of tools.

    @work
    async def action_outputs(self) -> None:
        """One field for each call that the run waits for; all go in one request."""
        run = self.view.required
        if run is None:
            self.notify("No run waits for tool outputs", markup=False)
            return
        fields = tuple(
            FieldSpec(
                name=f"{OUTPUT}{place}",
                label=clean(call.name, limit=40) or "tool",
                help=clean(call.arguments, limit=HELP_LIMIT) or "It was called without arguments.",
                kind=FieldKind.MULTILINE,
                required=True,
            )
            for place, call in enumerate(run.required)
        )
        title = "What the tools gave back" if len(fields) > 1 else "What the tool gave back"
        body = await self.ask_form(FormView(title, "", verb="Submit", fields=fields))
        if body is not None:
            outputs = {
                call.id: str(body[f"{OUTPUT}{place}"]) for place, call in enumerate(run.required)
            }
            self.refuse(self.thread.submit(outputs))
