"""How an open thread is shown: what was said, how it stands, its runs and what they did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from textual import getters, on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from tui.core.formats import counted
from tui.store.chat_turns import TurnView
from tui.store.naming import name_of
from tui.store.thread_detail import call_detail, run_detail, step_detail
from tui.store.thread_text import ended_badly, state_words
from tui.store.thread_views import MESSAGES, THREADS, ThreadView
from tui.store.views import EntityView, Phase, Ref
from tui.ui.frame import key_hints
from tui.ui.text import cut
from tui.ui.thread_choices import ThreadChoices
from tui.ui.thread_states import empty_state, notice_text, problem_text
from tui.ui.transcribed import Transcribed
from tui.ui.widgets.chat_line import ChatLine
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.detail import Detail
from tui.ui.widgets.raw_json import RawJson
from tui.ui.widgets.run_tree import RunTree, TreeRow
from tui.ui.widgets.state import LOADING, State, StatePane, phase_state
from tui.ui.widgets.transcript import Transcript

FIRST_WRITING = ("enter", "ctrl+j", "ctrl+r", "ctrl+o", "ctrl+x", "escape")
FIRST_READING = ("o",)
TWICE = frozenset({"ctrl+o", "ctrl+x"})
"""Keys for what a letter does outside of the composer."""
RETRY = (("r", "try again"),)
NO_RUNS = State(
    "No runs yet",
    ("A run lets an assistant read the thread, use its tools, and answer.",),
    (("^r", "runs the thread"),),
)


class ThreadShowing(Transcribed, ThreadChoices):
    """The body of a thread's page; a subclass has the keys and what they do."""

    composer = getters.query_one(Composer)
    state_line = getters.query_one(ChatLine)
    nothing = getters.query_one(StatePane)
    problem = getters.query_one("#problem", Static)
    waits = getters.query_one("#waits", Static)
    run_tree = getters.query_one(RunTree)
    detail = getters.query_one(Detail)
    raw = getters.query_one(RawJson)

    raw_shown = False

    def shown(self, view: ThreadView) -> None:
        """Called after another state of the thread was shown."""

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(classes="panes"):
            with Vertical(classes="talk"):
                yield StatePane()
                yield Transcript()
                yield RawJson()
                yield Static(id="problem")
                yield Static(id="waits")
                yield ChatLine()
                with Horizontal(classes="writing"):
                    yield Static("›", id="sign", markup=False)
                    yield Composer()
            with Vertical(classes="runs"):
                yield RunTree()
                yield Detail()

    @property
    def ref(self) -> Ref:
        return Ref(THREADS, self.thread.id)

    @property
    def crumbs(self) -> tuple[str, ...]:
        name = name_of(self.session, self.ref) if self.thread.id else "new"
        return (self.resource.title, cut(name, max(12, self.size.width // 3)))

    @property
    def crumb_detail(self) -> str:
        id = str(self.last_settings().get("assistant_id") or "")
        return cut(self.assistant_name(id), 40)

    @property
    def said(self) -> tuple[TurnView, ...]:
        return self.view.turns

    def tick(self) -> None:
        """How long a run takes is the one thing here that moves by itself."""
        if self.view.active is not None and self.is_current:
            self._show_moving(self.view)

    def show(self, view: ThreadView) -> None:
        there = view.phase is Phase.READY
        talk = there and not self.raw_shown
        self.transcript.show(view.turns)
        self.transcript.display = talk and bool(view.turns)
        self.raw.display = there and self.raw_shown
        self.nothing.display = not there or (talk and not view.turns)
        if not there:
            self.nothing.show(self._state(view))
        elif not view.turns:
            self.nothing.show(empty_state(view, self.crumb_detail))
        self._show_problem(view if there else None)
        self._show_waits(view if there else None)
        self._show_moving(view)
        self._show_raw()
        self._show_sign(view)
        self.show_crumbs()
        self.refresh_bindings()
        self.call_after_refresh(self.show_keys)
        self.shown(view)

    def _state(self, view: ThreadView) -> State:
        if view.phase in (Phase.UNASKED, Phase.LOADING):
            return LOADING
        return phase_state(view.phase, view.problem, empty=LOADING, keys=RETRY)

    def _show_problem(self, view: ThreadView | None) -> None:
        bad = ended_badly(view.runs[0]) if view is not None and view.runs else ""
        words = problem_text(view.problem if view is not None else None, bad)
        self.problem.display = words is not None
        if words is not None:
            self.problem.update(words)

    def _show_waits(self, view: ThreadView | None) -> None:
        words = notice_text(view.required) if view is not None else None
        self.waits.display = words is not None
        if words is not None:
            self.waits.update(words)

    def _show_moving(self, view: ThreadView) -> None:
        now = self.session.clock.now()
        words, tone = state_words(view, now)
        self.state_line.show(words, tone)
        self.state_line.show_right(self.right_words(view))
        self.run_tree.show_state(None if view.runs or view.phase is not Phase.READY else NO_RUNS)
        self.run_tree.show(view.runs if view.phase is Phase.READY else (), now)
        self.show_detail()

    def right_words(self, view: ThreadView) -> str:
        below = self.transcript.lines_below
        if below and not self.transcript.following:
            return f"{counted(below, 'line')} below · G end"
        return "older messages above" if view.older else ""

    def show_detail(self) -> None:
        """What is under the tree's cursor."""
        row = self.run_tree.row
        self.detail.display = row is not None
        if row is not None:
            self.detail.show(self._detail_of(row))

    def _detail_of(self, row: TreeRow) -> EntityView:
        id = self.thread.id
        if row.step is None:
            return run_detail(self.session, id, row.run)
        if row.call is not None:
            return call_detail(id, row.run, row.step, row.call)
        if len(row.step.calls) == 1:
            return call_detail(id, row.run, row.step, row.step.calls[0])
        return step_detail(self.session, id, row.run, row.step)

    def _show_sign(self, view: ThreadView) -> None:
        empty = "Say something"
        if not view.id:
            empty = "The first message"
        elif view.locked:
            empty = "The thread is locked while the run goes on"
        if self.composer.placeholder != empty:
            self.composer.placeholder = empty

    # The runs.

    @on(RunTree.Moved)
    def _run_moved(self, message: RunTree.Moved) -> None:
        message.stop()
        self.show_detail()

    @on(RunTree.Opened)
    def _step_opened(self, message: RunTree.Opened) -> None:
        message.stop()
        self.detail.focus()

    @on(RunTree.Unfolded)
    def _run_unfolded(self, message: RunTree.Unfolded) -> None:
        message.stop()
        self.thread.need_steps(message.run_id)

    @on(RunTree.NearEnd)
    def _runs_near_end(self, message: RunTree.NearEnd) -> None:
        message.stop()
        if self.view.older_runs:
            self.thread.need_older_runs()

    def raw_object(self) -> Mapping[str, Any]:
        """What is under the cursor: a message, a run or a step, else the thread."""
        row = self.run_tree.row
        if row is not None and self.run_tree.has_focus:
            return row.step.raw if row.step is not None else row.run.raw
        turn = self.transcript.current
        if turn is not None and self.transcript.has_focus:
            ref = Ref(MESSAGES, turn.id, (self.thread.id,))
            record = self.session.entities.get(ref)
            if record is not None:
                return record.raw
        return self.view.record.raw if self.view.record is not None else {}

    def _show_raw(self) -> None:
        if self.raw_shown and not self.raw.has_focus:
            self.raw.show(dict(self.raw_object()))

    def show_keys(self) -> None:
        """While something is written letters are text: only the other keys are offered."""
        if not (self.is_mounted and self.is_current):
            return
        if self.prompt.asking:
            super().show_keys()
            return
        writing = self.composer.has_focus
        hints = [
            hint
            for hint in key_hints(self)
            if (len(hint.key.split(",")[0]) > 1 if writing else hint.key not in TWICE)
        ]
        first = FIRST_WRITING if writing else FIRST_READING
        self.key_bar.show(
            sorted(hints, key=lambda hint: first.index(hint.key) if hint.key in first else 99)
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys for what cannot be done now are not offered."""
        if action == "outputs" and self.view.required is None:
            return False
        if action == "cancel_run" and self.view.active is None:
            return False
        if action == "run" and self.view.locked:
            return False
        return super().check_action(action, parameters)
