"""A stored completion: the conversation that led to it, the answer, and how it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from tui.catalog.descriptor import Action, Target
from tui.store.chat_stored import StoredCompletion, StoredView
from tui.store.chat_turns import TurnView
from tui.store.naming import name_of
from tui.store.views import CollectionKey, Phase, Ref
from tui.ui.acting import ActingPage
from tui.ui.binding import bind
from tui.ui.navigation import Route
from tui.ui.styles import sheet
from tui.ui.transcribed import Transcribed
from tui.ui.widgets.chat_line import ChatLine
from tui.ui.widgets.detail import Detail
from tui.ui.widgets.raw_json import RawJson
from tui.ui.widgets.state import LOADING, StatePane, phase_state
from tui.ui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from tui.store.session import Session

RETRY = (("r", "try again"),)


class CompletionPage(Transcribed, ActingPage):
    """The transcript; beside it, where there is room, the completion's facts."""

    CSS_PATH = sheet("screens/completion.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "raw", "raw JSON"),
        Binding("c", "copy_id", "copy id"),
        Binding("Y", "copy_message", "copy message"),
        Binding("B", "copy_code", "copy code", show=False),
        Binding("W", "copy_all", "copy all", show=False),
        Binding("d", "facts", "facts", show=False),
        Binding("M", "messages", "messages", show=False),
        Binding("C", "copy_curl", "copy as curl", show=False),
        Binding("r", "refresh", "refresh", show=False),
    ]

    detail = getters.query_one(Detail)
    raw = getters.query_one(RawJson)
    state = getters.query_one(StatePane)
    missing = getters.query_one(ChatLine)

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        self.ref = route.ref
        self.resource = session.catalog[route.resource]
        self.stored = StoredCompletion(session, self.ref, self.scope)
        self._raw_shown = route.raw
        self.bind_actions(self.resource, of_one=True)

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(classes="panes"):
            yield Transcript(follow=False)
            yield StatePane()
            yield RawJson()
            yield Detail()
        yield ChatLine()

    @property
    def crumbs(self) -> tuple[str, ...]:
        return (self.resource.title, name_of(self.session, self.ref))

    @property
    def said(self) -> tuple[TurnView, ...]:
        return self.stored.view.value.turns

    def on_mount(self) -> None:
        bind(self, self.stored.view, self._show)
        self._turn()

    def on_unmount(self) -> None:
        self.stored.close()

    def _show(self, view: StoredView) -> None:
        if view.object is not None:
            self.detail.show(view.object)
            if view.object.record is not None:
                self.raw.show(view.object.record.raw)
        self.transcript.show(view.turns)
        self.missing.display = view.phase is Phase.READY and view.problem is not None
        if view.problem is not None:
            self.missing.show(f"The messages are missing: {view.problem} · r asks again", "warn")
        if view.phase is not Phase.READY:
            problem = view.object.problem if view.object is not None else None
            self.state.show(phase_state(view.phase, problem, empty=LOADING, keys=RETRY))
        self._arrange(view.phase)
        self.show_crumbs()

    def _arrange(self, phase: Phase) -> None:
        there = phase is Phase.READY
        self.state.display = not there
        self.transcript.display = there and not self._raw_shown
        self.raw.display = there and self._raw_shown

    def _turn(self) -> None:
        self._arrange(self.stored.view.value.phase)
        (self.raw if self._raw_shown else self.transcript).focus()

    @on(Transcript.NearEnd)
    def _near_end(self, message: Transcript.NearEnd) -> None:
        message.stop()
        self.stored.need_more()

    @on(Detail.Followed)
    def _followed(self, message: Detail.Followed) -> None:
        self.go(Route.of(message.ref))

    def action_raw(self) -> None:
        self._raw_shown = not self._raw_shown
        self._turn()

    def action_facts(self) -> None:
        """Show the facts where they are hidden for want of room, or hide them."""
        self.toggle_class("-facts")

    def action_messages(self) -> None:
        parents = (*self.ref.parents, self.ref.id)
        self.go(Route("browser", "chat.completions.messages", parents=parents))

    def action_copy_id(self) -> None:
        self.copy(self.ref.id, "Id")

    def action_copy_all(self) -> None:
        """All of what is shown: the conversation, or the raw JSON."""
        record = self.stored.record
        if self._raw_shown and record is not None:
            self.copy(json.dumps(dict(record.raw), indent=2, ensure_ascii=False), "Raw JSON")
        else:
            super().action_copy_all()

    def action_copy_curl(self) -> None:
        if self.resource.get_op is not None:
            words = self.session.curl(self.resource.get_op, ref=self.ref)
            self.copy(words, "The request as curl")

    def action_refresh(self) -> None:
        self.stored.retry()

    def targets_of(self, action: Action) -> tuple[Ref, ...]:
        return () if action.target is Target.COLLECTION else (self.ref,)

    @property
    def action_key(self) -> CollectionKey:
        return CollectionKey(self.ref.resource, self.ref.parents)

    def acted(self, action: Action) -> None:
        if action.removes:
            self.action_back()
