"""Uploading: choose files, review the plan, watch it run; it goes on when the screen is left."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.core.errors import Problem, ProblemError
from tui.core.formats import byte_size, counted
from tui.store.ingest_plan import IngestPlan, PlanRequest
from tui.store.ingest_views import IngestView, ItemState
from tui.store.naming import name_of, parent_titles
from tui.store.views import Ref
from tui.ui.binding import bind
from tui.ui.navigation import FlowRequest, Route
from tui.ui.page import Page
from tui.ui.styles import sheet
from tui.ui.text import line
from tui.ui.upload_options import ask_options, option_words
from tui.ui.widgets.caption import Caption, Words
from tui.ui.widgets.path_picker import PathPicker
from tui.ui.widgets.plan_list import PlanList, words_of
from tui.ui.widgets.progress import Progress
from tui.ui.widgets.row_list import RowList
from tui.ui.widgets.state import State
from tui.ui.widgets.transfer_list import IngestItems, outcome, outcome_tone, summary

if TYPE_CHECKING:
    from tui.store.session import Session


class Step(StrEnum):
    CHOOSE = "choose"
    PLAN = "plan"
    RUN = "run"


_STEP_OF_ACTION = {
    "add": Step.PLAN,
    "take_all": Step.PLAN,
    "cancel_one": Step.RUN,
    "cancel_all": Step.RUN,
    "retry": Step.RUN,
}


class UploadScreen(Page):
    """The flow `upload`: into the files, or into a vector store."""

    CSS_PATH = sheet("screens/upload.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "add more"),
        Binding("A", "take_all", "all or none"),
        Binding("ctrl+o", "options", "options", key_display="^o"),
        Binding("x", "cancel_one", "cancel file"),
        Binding("X,ctrl+x", "cancel_all", "cancel all", key_display="X"),
        Binding("r", "retry", "retry"),
    ]

    caption = getters.query_one(Caption)
    picker = getters.query_one(PathPicker)
    plan_list = getters.query_one(PlanList)
    items = getters.query_one(IngestItems)
    progress = getters.query_one(Progress)

    def __init__(self, session: Session, request: FlowRequest) -> None:
        super().__init__(session, Route("upload", request.key.resource, None, request.key.parents))
        self.step = Step.CHOOSE
        self.store = _store_of(request)
        self.request = PlanRequest(
            sources=(), vector_store=self.store.id if self.store is not None else None
        )
        self.plan: IngestPlan | None = None
        self.run_id: str | None = None
        self.problem: Problem | None = None
        self._remark: Words = ()

    def compose_body(self) -> Iterable[Widget]:
        yield Caption()
        yield PathPicker(placeholder="a file, a folder or a pattern such as docs/**/*.md")
        yield PlanList()
        yield IngestItems()
        yield Progress()

    @property
    def crumbs(self) -> tuple[str, ...]:
        if self.store is not None:
            stores = self.session.catalog[self.store.resource].title
            return (stores, name_of(self.session, self.store), "Upload")
        titles = parent_titles(self.session, self.route.key)
        return (*titles, self.session.catalog[self.route.resource].title, "Upload")

    def on_mount(self) -> None:
        self._show_step(Step.CHOOSE)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of another step are not there."""
        match action:
            case "options":
                return self.step is not Step.RUN
            case "cancel_one" | "cancel_all":
                return self.step is Step.RUN and self._view is not None and self._view.running
            case "retry":
                return self._has_failures()
            case _:
                return _STEP_OF_ACTION.get(action, self.step) is self.step

    # Choosing.

    def _show_step(self, step: Step) -> None:
        self.step = step
        self.picker.display = step is Step.CHOOSE
        self.plan_list.display = step is Step.PLAN
        self.items.display = step is Step.RUN
        self.progress.display = step is Step.RUN
        focus = {Step.CHOOSE: self.picker.field, Step.PLAN: self.plan_list, Step.RUN: self.items}
        focus[step].focus()
        self._show_caption()
        self.show_keys()

    def _show_caption(self) -> None:
        if self.store is not None:
            title: Words = (
                ("Upload into ", "muted"),
                (name_of(self.session, self.store), "strong"),
            )
        else:
            title = (("Upload files", "strong"),)
        lines: list[Words] = [title, option_words(self.request)]
        if self.step is not Step.RUN and self.request.sources:
            sources = "  ".join(self.request.sources)
            lines.append((("from ", "muted"), (sources, "plain")))
        if self.step is Step.PLAN and self.plan is not None:
            lines.append(_totals(self.plan))
            if self.plan.notes:
                lines.append(((" · ".join(self.plan.notes), "muted"),))
        if self._remark:
            lines.append(self._remark)
        if self.step is Step.PLAN and (item := self.plan_list.item) is not None:
            said, tone = words_of(item)
            # One part: it is wrapped, so that all of it can be read.
            lines.append(((f"{line(item.shown)}: {line(said)}", tone),))
        self.caption.show(*lines, ((" ", "plain"),))

    def _say(self, *words: tuple[str, str]) -> None:
        self._remark = words
        self._show_caption()

    @on(PathPicker.Wanted)
    def _path_wanted(self, message: PathPicker.Wanted) -> None:
        self._offer(message.text)

    @work(exclusive=True, group="offer")
    async def _offer(self, text: str) -> None:
        try:
            self.picker.offer(await self.session.documents.offer_paths(text, self.scope))
        except ProblemError:
            return

    @on(PathPicker.Submitted)
    def _path_chosen(self, message: PathPicker.Submitted) -> None:
        typed = sources_of(message.text)
        sources = tuple(dict.fromkeys((*self.request.sources, *typed)))
        if not sources:
            self._say(("type a file, a folder or a pattern first", "warn"))
            return
        self.request = replace(self.request, sources=sources)
        self._make_plan(typed)

    @work(exclusive=True, group="plan")
    async def _make_plan(self, typed: tuple[str, ...] = ()) -> None:
        """Look at disk and server; a source that fails goes back to the field."""
        self.plan = None
        self._remark = ()
        self.plan_list.show_state(State("Looking at the files"))
        self._show_step(Step.PLAN)
        try:
            plan = await self.session.documents.ingest.plan(self.request, seen=self._seen)
        except ProblemError as error:
            self._plan_failed(error.problem, typed)
            return
        self.plan = plan
        self.plan_list.show(plan)
        self.plan_list.show_state(_nothing(plan))
        self._show_caption()
        self.show_keys()

    def _seen(self, count: int) -> None:
        if self.plan is None and self.step is Step.PLAN:
            self.plan_list.show_state(State(f"Looking at the files: {count:,} so far"))

    def _plan_failed(self, problem: Problem, typed: tuple[str, ...]) -> None:
        kept = tuple(source for source in self.request.sources if source not in typed)
        self.request = replace(self.request, sources=kept)
        self._show_step(Step.CHOOSE)
        words = f"✕ {problem.title}: {problem.detail}" if problem.detail else f"✕ {problem.title}"
        self._say((words, "bad"), (f"  {problem.hint}", "muted"))

    # Reviewing.

    @on(PlanList.Toggled)
    def _toggled(self, message: PlanList.Toggled) -> None:
        if self.plan is not None:
            self._change_plan(self.plan.toggled(message.index))

    @on(RowList.Moved)
    def _moved(self, message: RowList.Moved) -> None:
        """The whole name and reason of the file under the cursor: a row may cut them."""
        message.stop()
        if self.step is Step.PLAN:
            self._show_caption()

    @on(PlanList.Locked)
    def _locked(self, message: PlanList.Locked) -> None:
        self._say((f"stays out: {message.reason}", "warn"))

    def _change_plan(self, plan: IngestPlan) -> None:
        self.plan = plan
        self._remark = ()
        self.plan_list.show(plan)
        self._show_caption()

    def action_take_all(self) -> None:
        """Take everything in; if that is so already, leave everything out."""
        if self.plan is not None:
            every = range(len(self.plan.items))
            missing = any(item.choosable and not item.chosen for item in self.plan.items)
            self._change_plan(self.plan.chosen(every, missing))

    def action_add(self) -> None:
        self._remark = ()
        self.picker.type("")
        self._show_step(Step.CHOOSE)

    @work
    async def action_options(self) -> None:
        request = await ask_options(self, self.request)
        if request == self.request:
            return
        self.request = request
        self._show_caption()
        if self.step is Step.PLAN:
            self._make_plan()

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        message.stop()
        if message.rows is self.plan_list:
            self._go()

    @work(exclusive=True, group="start")
    async def _go(self) -> None:
        """Begin what is chosen."""
        if self.plan is None or self.step is not Step.PLAN:
            return
        if not self.plan.totals.chosen:
            self._say(("nothing is chosen: space takes a file in", "warn"))
            return
        plan, self.plan = self.plan, None
        try:
            self.run_id = await self.session.documents.ingest.start(plan)
        except ProblemError as error:
            self.plan = plan
            self._say((f"✕ {error.problem}", "bad"))
            return
        self._show_step(Step.RUN)
        bind(self, self.session.documents.ingest.view(self.run_id), self._show_run)

    # Running.

    @property
    def _view(self) -> IngestView | None:
        if self.run_id is None:
            return None
        return self.session.documents.ingest.view(self.run_id).value

    def _has_failures(self) -> bool:
        view = self._view
        return (
            self.step is Step.RUN
            and view is not None
            and any(item.state in (ItemState.FAILED, ItemState.CANCELLED) for item in view.items)
        )

    def _show_run(self, view: IngestView) -> None:
        self.items.show(view.items)
        tone = outcome_tone(view)
        self.progress.show(view.share, summary(view), tone=tone)
        over = not view.running
        words = (f"{outcome(view)}; esc goes back", tone) if over else _BACKGROUND
        self._say(words)
        self.show_keys()

    def action_cancel_one(self) -> None:
        index = self.items.cursor
        if self.run_id is not None and index is not None:
            self.session.documents.ingest.cancel(self.run_id, [index])

    def action_cancel_all(self) -> None:
        if self.run_id is not None:
            self.session.documents.ingest.cancel(self.run_id)

    def action_retry(self) -> None:
        if self.run_id is not None:
            self.session.documents.ingest.retry(self.run_id)

    def go_inward(self) -> bool:
        match self.step:
            case Step.PLAN:
                self.workers.cancel_group(self, "plan")
                self._remark = ()
                self.request = replace(self.request, sources=())
                self._show_step(Step.CHOOSE)
                return True
            case Step.RUN:
                if self._view is not None and self._view.running:
                    self.notify("The upload goes on: see Transfers", markup=False)
        return False


_BACKGROUND = ("esc leaves it running: Transfers shows it", "muted")


def _store_of(request: FlowRequest) -> Ref | None:
    """The vector store that the flow was asked on, if any."""
    for ref in request.refs:
        if ref.resource == "vector_stores":
            return ref
    if request.key.resource.startswith("vector_stores.") and request.key.parents:
        return Ref("vector_stores", request.key.parents[0])
    return None


def sources_of(text: str) -> tuple[str, ...]:
    """The paths in a line: one as it is, or several as a shell or a file manager quotes them."""
    text = text.strip()
    if any(mark in text for mark in "'\"\\"):
        try:
            return tuple(shlex.split(text))
        except ValueError:
            return (text,)
    return (text,) if text else ()


def _totals(plan: IngestPlan) -> Words:
    totals = plan.totals
    words: list[tuple[str, str]] = [
        (counted(totals.chosen, "file"), "strong"),
        (" to upload", "muted"),
        (f", {byte_size(totals.send_bytes)}", "plain"),
    ]
    known = totals.chosen - totals.send
    if known:
        words.append((f"   {known:,} of them only attached", "accent"))
    left = totals.files - totals.chosen
    if left:
        words.append((f"   {left:,} of {totals.files:,} left out", "warn"))
    return tuple(words)


def _nothing(plan: IngestPlan) -> State | None:
    if plan.items:
        return None
    keys = (("a", "add something else"), ("^o", "change the options"), ("esc", "back"))
    return State("No file was found there", plan.notes, keys)
