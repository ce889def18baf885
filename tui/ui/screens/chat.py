"""A live chat: the transcript, what is written next, and how it is asked."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from textual import events, getters, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static

from tui.catalog.descriptor import Target
from tui.core.errors import Problem
from tui.core.formats import counted
from tui.store.chat import Chat
from tui.store.chat_stored import StoredCompletion, StoredView
from tui.store.chat_text import state_words, summary
from tui.store.chat_turns import Role, TurnView
from tui.store.chat_views import ChatView
from tui.store.views import Phase
from tui.ui.binding import bind
from tui.ui.chat_choices import NEW, ChatChoices, nothing_yet, problem_text, told_problem
from tui.ui.frame import key_hints
from tui.ui.navigation import FlowRequest, Route
from tui.ui.styles import sheet
from tui.ui.text import cut, line
from tui.ui.transcribed import Transcribed
from tui.ui.widgets.chat_line import ChatLine
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.state import StatePane
from tui.ui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from tui.core.cell import Unsubscribe
    from tui.store.session import Session

FIRST_KEYS = ("enter", "ctrl+j", "escape")
TOP_TAKEN = 36
"""Cells of the top line for the product, the profile and one thing that is alive."""


class Writing(StrEnum):
    """What the composer's text becomes."""

    MESSAGE = "message"
    INSTRUCTIONS = "instructions"
    AGAIN = "again"
    """Another text in the place of one that was sent."""


class ChatPage(Transcribed, ChatChoices):
    """`Route("chat")` is the latest chat or a new one, with an id an open one, with the ref of a
    stored completion a new one that goes on from there. Letters act outside of the composer."""

    CSS_PATH = sheet("screens/chat.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i,enter", "write", "write", key_display="⏎"),
        Binding("m", "model", "model"),
        Binding("p", "parameters", "parameters"),
        Binding("s", "store", "store"),
        Binding("r", "retry", "ask again"),
        Binding("t", "go_on", "go on"),
        Binding("e", "say_again", "edit"),
        Binding("f", "fork", "fork"),
        Binding("y", "copy_message", "copy"),
        Binding("c", "copy_code", "copy code", show=False),
        Binding("n", "new_chat", "new", show=False),
        Binding("o", "chats", "chats", show=False),
        Binding("Y", "copy_all", "copy all", show=False),
        Binding("ctrl+o", "model", "model"),
        Binding("ctrl+r", "parameters", "parameters"),
        Binding("ctrl+s", "store", "store"),
        Binding("ctrl+e", "instructions", "system prompt", priority=True),
        Binding("ctrl+g", "retry", "ask again", show=False),
        Binding("ctrl+n", "new_chat", "new", show=False),
    ]

    composer = getters.query_one(Composer)
    state_line = getters.query_one(ChatLine)
    nothing = getters.query_one(StatePane)
    problem = getters.query_one("#problem", Static)
    sign = getters.query_one("#sign", Static)

    def __init__(self, session: Session, asked: Route | FlowRequest) -> None:
        super().__init__(session, route_of(asked))
        self._stored: StoredCompletion | None = None
        self._heard: list[Unsubscribe] = []
        self._writing = Writing.MESSAGE
        self._again = ""
        """The turn that is said again."""

    def compose_body(self) -> Iterable[Widget]:
        yield StatePane()
        yield Transcript()
        yield Static(id="problem")
        yield ChatLine()
        with Horizontal(classes="writing"):
            yield Static("›", id="sign", markup=False)
            yield Composer()

    @property
    def crumbs(self) -> tuple[str, ...]:
        title = self.chat.title if self.chat is not None else NEW
        # The model and the store stand at the right; they matter more than a long title.
        return ("Chat", cut(title, max(12, self.size.width // 3 - 10)))

    @property
    def crumb_detail(self) -> str:
        if self.chat is None:
            return ""
        taken = TOP_TAKEN + sum(len(crumb) + 3 for crumb in self.crumbs)
        return summary(self.chat.view.value, self.size.width - taken)

    @property
    def said(self) -> tuple[TurnView, ...]:
        return self.chat.view.value.turns if self.chat is not None else ()

    @property
    def place(self) -> str:
        return "chat.completions"

    # What is shown.

    def on_mount(self) -> None:
        self.problem.display = self.nothing.display = False
        bind(self, self.models.view, self.models_came)
        self._open()
        self.composer.focus()

    def on_unmount(self) -> None:
        if self._stored is not None:
            self._stored.close()

    def on_resize(self, _event: events.Resize) -> None:
        self.show_crumbs()

    def _open(self) -> None:
        """Find the chat that the route names, or make it."""
        chats, route = self.session.chats, self.route
        if route.resource and route.id is not None:
            self._stored = StoredCompletion(self.session, route.ref, self.scope)
            self._heard.append(bind(self, self._stored.view, self._seed))
            return
        chat = chats.get(route.id) if route.id is not None and route.id != NEW else None
        if chat is None and route.id != NEW:
            chat = chats.latest
        self.take_up(chat or chats.new(models=self.model_ids()))

    def _seed(self, view: StoredView) -> None:
        """Begin once the stored conversation is all here."""
        if self._stored is None or self.chat is not None:
            return
        if view.phase is Phase.READY and view.whole:
            self.take_up(self._stored.continue_chat())
        elif view.phase in (Phase.LOADING, Phase.UNASKED):
            self.state_line.show("reading the stored conversation", "busy")
        elif view.phase is Phase.READY:
            self.transcript.show(view.turns)
            self._stored.need_more()
        else:
            problem = view.problem or (view.object.problem if view.object is not None else None)
            self._show_problem(problem or Problem("The stored conversation is not there"))

    def take_up(self, chat: Chat) -> None:
        """Show a chat in the place of the one before."""
        for stop in self._heard:
            stop()
        self.chat = chat
        self._write(Writing.MESSAGE)
        self.composer.show_history(self.session.chats.history)
        self._heard = [
            bind(self, chat.view, self._show),
            bind(self, chat.draft, self._show_draft),
        ]

    def _show(self, view: ChatView) -> None:
        self.transcript.show(view.turns)
        self.transcript.display = bool(view.turns)
        self.nothing.display = not view.turns
        if not view.turns:
            self.nothing.show(nothing_yet(view))
        words, tone = state_words(view)
        self.state_line.show(words, tone)
        self._show_problem(told_problem(view))
        self._show_sign()
        if not view.phase.busy:
            self.composer.show_history(self.session.chats.history)
        self.show_crumbs()

    def _show_problem(self, problem: Problem | None) -> None:
        self.problem.display = problem is not None
        if problem is not None:
            self.problem.update(problem_text(problem))

    def _show_draft(self, draft: str) -> None:
        if self._writing is Writing.MESSAGE:
            self.composer.show_text(draft)

    def _show_sign(self) -> None:
        """What stands before the composer, and in it while it is empty."""
        view = self.chat.view.value if self.chat is not None else None
        sign, empty = "›", "Say something"
        if self._writing is Writing.INSTRUCTIONS:
            sign, empty = "system ›", "How the model should answer, in every turn"
        elif self._writing is Writing.AGAIN:
            sign, empty = "instead ›", ""
        elif view is not None and view.awaiting is not None:
            sign, empty = "result ›", f"What {line(view.awaiting.name)[:40]} gives back"
        if str(self.sign.content) != sign:
            self.sign.update(sign)
        if self.composer.placeholder != empty:
            self.composer.placeholder = empty

    @on(Transcript.FollowChanged)
    def _follow_changed(self, message: Transcript.FollowChanged) -> None:
        message.stop()
        below = self.transcript.lines_below
        words = f"{counted(below, 'line')} below · G end" if below else ""
        self.state_line.show_right("" if message.following else words)

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
            if (len(hint.key.split(",")[0]) > 1 if writing else not hint.key.startswith("ctrl+"))
        ]
        self.key_bar.show(sorted(hints, key=lambda hint: hint.key not in FIRST_KEYS))

    # Writing.

    def _write(self, writing: Writing, text: str = "") -> None:
        """Give the composer another purpose; a draft waits until it has its own again."""
        self._writing = writing
        if writing is Writing.MESSAGE:
            text = self.chat.draft.value if self.chat is not None else ""
        self.composer.show_text(text)
        self._show_sign()
        self.composer.focus()

    @on(Composer.Written)
    def _written(self, message: Composer.Written) -> None:
        message.stop()
        if self.chat is not None and self._writing is Writing.MESSAGE:
            self.chat.draft.set(message.text)

    @on(Composer.Sent)
    def _sent(self, message: Composer.Sent) -> None:
        message.stop()
        chat = self.chat
        if chat is None:
            return
        if self._writing is Writing.INSTRUCTIONS:
            chat.set_parameters({"instructions": message.text.strip()})
            self._write(Writing.MESSAGE)
        elif not chat.view.value.parameters.model:
            self.action_model()
        elif self._writing is Writing.AGAIN:
            if chat.resend(self._again, message.text):
                self._write(Writing.MESSAGE)
        elif chat.send(message.text):
            self.transcript.action_end()

    @on(Composer.Left)
    def _left(self, message: Composer.Left) -> None:
        """Escape stops an answer, then ends a change, then leads to the messages."""
        message.stop()
        if self._stopped():
            return
        if self._writing is not Writing.MESSAGE:
            self._write(Writing.MESSAGE)
        elif self.transcript.display:
            self.transcript.focus()
        else:
            self.action_back()

    def _stopped(self) -> bool:
        if self.chat is None or not self.chat.view.value.phase.busy:
            return False
        self.chat.stop()
        return True

    def go_inward(self) -> bool:
        return self._stopped()

    # Intents.

    def action_write(self) -> None:
        self.composer.focus()

    def action_instructions(self) -> None:
        if self.chat is not None:
            self._write(Writing.INSTRUCTIONS, self.chat.view.value.parameters.instructions)

    def action_retry(self) -> None:
        if self.chat is not None and self.chat.retry():
            self.transcript.action_end()

    def action_say_again(self) -> None:
        """Change a question of the person: the one under the cursor, else the last."""
        turn = self.transcript.current
        if self.chat is None or turn is None:
            return
        if turn.id == "instructions":
            self.action_instructions()
            return
        if turn.role is not Role.USER:
            asked = [turn for turn in self.chat.view.value.turns if turn.role is Role.USER]
            if not asked:
                return
            turn = asked[-1]
        self._again = turn.id
        self._write(Writing.AGAIN, turn.text)

    def action_fork(self) -> None:
        turn = self.transcript.current
        if self.chat is not None and turn is not None:
            self.take_up(self.session.chats.fork(self.chat, turn.id))
            self.notify("A new chat that goes on from that message", markup=False)


def route_of(asked: Route | FlowRequest) -> Route:
    """The page's route, whether it was opened as a place or by an action."""
    if isinstance(asked, Route):
        return asked
    if asked.action.target is Target.COLLECTION or not asked.refs:
        return Route("chat", id=NEW)
    ref = asked.refs[0]
    return Route("chat", ref.resource, ref.id, ref.parents)
