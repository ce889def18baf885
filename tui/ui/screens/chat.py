"""A live chat: the transcript, what is written next, and how it is asked."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import getters, on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static

from tui.catalog.descriptor import Target
from tui.core.errors import Problem
from tui.core.formats import counted
from tui.core.safe_text import clean
from tui.store.chat import Chat
from tui.store.chat_parameters import likely_model
from tui.store.chat_stored import StoredCompletion, StoredView
from tui.store.chat_text import as_markdown, state_words, summary
from tui.store.chat_turns import Role
from tui.store.chat_views import ChatPhase, ChatView
from tui.store.views import CollectionKey, CollectionView, Phase
from tui.ui.binding import bind
from tui.ui.frame import key_hints
from tui.ui.navigation import FlowRequest, Route
from tui.ui.page import Page
from tui.ui.questions import FormView, MenuItem
from tui.ui.styles import sheet
from tui.ui.text import cut, line
from tui.ui.widgets.chat_line import ChatLine
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from tui.core.cell import Unsubscribe
    from tui.store.session import Session

NEW = "new"
"""Id of the route that always begins another chat."""
FIRST_KEYS = ("enter", "ctrl+j", "escape")
TOP_TAKEN = 36
"""Cells of the top line for the product, the profile and one thing that is alive."""
OTHER_MODEL = "\0other"
MOST_MODELS = 500


class Writing(StrEnum):
    """What the composer's text becomes."""

    MESSAGE = "message"
    INSTRUCTIONS = "instructions"
    AGAIN = "again"
    """Another text in the place of one that was sent."""


class ChatPage(Page):
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

    transcript = getters.query_one(Transcript)
    composer = getters.query_one(Composer)
    state_line = getters.query_one(ChatLine)
    problem = getters.query_one("#problem", Static)
    sign = getters.query_one("#sign", Static)

    def __init__(self, session: Session, asked: Route | FlowRequest) -> None:
        super().__init__(session, route_of(asked))
        self.chat: Chat | None = None
        self._stored: StoredCompletion | None = None
        self._heard: list[Unsubscribe] = []
        self._writing = Writing.MESSAGE
        self._again = ""
        """The turn that is said again."""
        self._models = session.collection(CollectionKey("models"), self.scope)

    def compose_body(self) -> Iterable[Widget]:
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
    def place(self) -> str:
        return "chat.completions"

    # What is shown.

    def on_mount(self) -> None:
        super().on_mount()
        self.problem.display = False
        bind(self, self._models.view, self._models_came)
        self._open()
        self.composer.focus()

    def on_unmount(self) -> None:
        if self._stored is not None:
            self._stored.close()
        super().on_unmount()

    def on_resize(self) -> None:
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
        self._take_up(chat or chats.new(models=self._model_ids()))

    def _seed(self, view: StoredView) -> None:
        """Begin once the stored conversation is all here."""
        if self._stored is None or self.chat is not None:
            return
        if view.phase is Phase.READY and view.whole:
            self._take_up(self._stored.continue_chat())
        elif view.phase in (Phase.LOADING, Phase.UNASKED):
            self.state_line.show("reading the stored conversation", "busy")
        elif view.phase is Phase.READY:
            self.transcript.show(view.turns)
            self._stored.need_more()
        else:
            problem = view.problem or (view.object.problem if view.object is not None else None)
            self._show_problem(problem or Problem("The stored conversation is not there"))

    def _take_up(self, chat: Chat) -> None:
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
        words, tone = state_words(view)
        self.state_line.show(words, tone)
        shown = view.problem if view.phase in (ChatPhase.FAILED, ChatPhase.INTERRUPTED) else None
        self._show_problem(shown)
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
        else:
            self.transcript.focus()

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

    def action_store(self) -> None:
        if self.chat is None:
            return
        if self.session.profile.value.read_only:
            self.notify("This profile is read-only: nothing is stored", markup=False)
        else:
            self.chat.toggle_store()

    def action_retry(self) -> None:
        if self.chat is not None and self.chat.retry():
            self.transcript.action_end()

    def action_go_on(self) -> None:
        if self.chat is not None and not self.chat.continue_reply():
            self.notify("The last reply is whole: there is nothing to go on with", markup=False)

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
            self._take_up(self.session.chats.fork(self.chat, turn.id))
            self.notify("A new chat that goes on from that message", markup=False)

    def action_new_chat(self) -> None:
        self._take_up(self.session.chats.new(models=self._model_ids()))

    def action_copy_message(self) -> None:
        self.transcript.copy_message()

    def action_copy_code(self) -> None:
        self.transcript.copy_code()

    def action_copy_all(self) -> None:
        if self.chat is not None:
            self.copy(as_markdown(self.chat.view.value.turns), "The whole chat")

    @work
    async def action_chats(self) -> None:
        chats = self.session.chats
        items = [
            MenuItem(
                key=chat.id,
                label=line(chat.title),
                detail=f"{line(chat.model)} · {counted(chat.turns, 'message')}",
                chosen=self.chat is not None and chat.id == self.chat.id,
            )
            for chat in chats.open.value
        ]
        chosen = await self.ask_menu("Open chats", [*items, MenuItem(NEW, "New chat", "n")])
        if chosen is not None:
            chat = chats.get(chosen)
            self._take_up(chat or chats.new(models=self._model_ids()))

    @work
    async def action_model(self) -> None:
        if self.chat is None:
            return
        now = self.chat.view.value.parameters.model
        ids = self._model_ids()
        items = [MenuItem(id, line(id), chosen=id == now) for id in ids]
        items.append(MenuItem(OTHER_MODEL, "Another name …", "typed"))
        chosen = await self.ask_menu("Model", items)
        if chosen == OTHER_MODEL:
            chosen = await self.ask_line("Model", now, "Its id, as the server knows it")
        if chosen and self.chat is not None:
            self.chat.set_parameters({"model": chosen.strip()})
        self.composer.focus()

    @work
    async def action_parameters(self) -> None:
        if self.chat is None:
            return
        values = self.chat.view.value.parameters.values
        form = FormView("Parameters", "chat:ChatSettings", values, verb="Use", changes=True)
        changed = await self.ask_form(form)
        if changed is not None and self.chat is not None:
            if self.session.profile.value.read_only:
                changed = {**changed, "store": False}
            self.chat.set_parameters(changed)

    # Models.

    def _model_ids(self) -> list[str]:
        rows = self._models.view.value.rows
        return [rows.ref(place).id for place in range(min(rows.count, MOST_MODELS))]

    def _models_came(self, view: CollectionView) -> None:
        """A chat that has no model yet takes one as soon as there are any."""
        if not view.end:
            self._models.need(view.loaded + 1)
        chat = self.chat
        if chat is not None and not chat.view.value.parameters.model and view.rows.count:
            last = self.session.chats.last_model
            chat.set_parameters({"model": likely_model(self._model_ids(), last)})


def route_of(asked: Route | FlowRequest) -> Route:
    """The page's route, whether it was opened as a place or by an action."""
    if isinstance(asked, Route):
        return asked
    if asked.action.target is Target.COLLECTION or not asked.refs:
        return Route("chat", id=NEW)
    ref = asked.refs[0]
    return Route("chat", ref.resource, ref.id, ref.parents)


def problem_text(problem: Problem) -> Text:
    """What failed, what to do about it, and the id to ask the server's people with."""
    words = Text("✕ ", no_wrap=False)
    words.append(clean(problem.title, limit=200))
    if problem.detail:
        words.append(f"\n  {clean(problem.detail, limit=400)}")
    hint = clean(problem.hint, limit=200)
    tail = [hint] if hint else []
    tail.append("r asks again")
    if problem.request_id:
        tail.append(f"request {clean(problem.request_id, limit=80)}")
    words.append("\n  " + " · ".join(tail), style="dim")
    return words
