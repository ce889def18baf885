"""What a person chooses for a chat: which one, its model, its parameters, whether it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual import work

from tui.core.errors import Problem
from tui.core.formats import counted
from tui.core.safe_text import clean
from tui.store.chat import Chat
from tui.store.chat_parameters import likely_model
from tui.store.chat_views import ChatPhase, ChatView
from tui.store.views import CollectionKey, CollectionView
from tui.ui.navigation import Route
from tui.ui.page import Page
from tui.ui.questions import FormView, MenuItem
from tui.ui.text import line
from tui.ui.widgets.state import State

if TYPE_CHECKING:
    from tui.store.session import Session

NEW = "new"
"""Id of the route that always begins another chat."""
OTHER_MODEL = "\0other"
MOST_MODELS = 500


class ChatChoices(Page):
    """A page with a chat; a subclass shows it and says how another one is taken up."""

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        self.chat: Chat | None = None
        self.models = session.collection(CollectionKey("models"), self.scope)

    def take_up(self, chat: Chat) -> None:
        """Show a chat in the place of the one before."""
        raise NotImplementedError

    def action_store(self) -> None:
        if self.chat is None:
            return
        if self.session.profile.value.read_only:
            self.notify("This profile is read-only: nothing is stored", markup=False)
        else:
            self.chat.toggle_store()

    def action_go_on(self) -> None:
        if self.chat is not None and not self.chat.continue_reply():
            self.notify("The last reply is whole: there is nothing to go on with", markup=False)

    def action_new_chat(self) -> None:
        self.take_up(self.session.chats.new(models=self.model_ids()))

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
            self.take_up(chat or chats.new(models=self.model_ids()))

    @work
    async def action_model(self) -> None:
        if self.chat is None:
            return
        now = self.chat.view.value.parameters.model
        ids = self.model_ids()
        items = [MenuItem(id, line(id), chosen=id == now) for id in ids]
        items.append(MenuItem(OTHER_MODEL, "Another name …", "typed"))
        chosen = await self.ask_menu("Model", items)
        if chosen == OTHER_MODEL:
            chosen = await self.ask_line("Model", now, "Its id, as the server knows it")
        if chosen and self.chat is not None:
            self.chat.set_parameters({"model": chosen.strip()})

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

    def model_ids(self) -> list[str]:
        rows = self.models.view.value.rows
        return [rows.ref(place).id for place in range(min(rows.count, MOST_MODELS))]

    def models_came(self, view: CollectionView) -> None:
        """A chat that has no model yet takes one as soon as there are any."""
        if not view.end:
            self.models.need(view.loaded + 1)
        chat = self.chat
        if chat is not None and not chat.view.value.parameters.model and view.rows.count:
            last = self.session.chats.last_model
            chat.set_parameters({"model": likely_model(self.model_ids(), last)})


def nothing_yet(view: ChatView) -> State:
    """What a chat says before its first message."""
    ways = view.parameters
    model = line(ways.model)[:60]
    lines = ["Write below; the answer comes here while it is made."]
    if ways.store:
        lines.append(
            "The server keeps the completions of this chat: they are listed under Chat, to be "
            "read again, filtered and gone on with."
        )
    else:
        lines.append("Nothing of this chat is kept on the server.")
    keys = (
        ("⏎", "sends"),
        ("^o", "chooses the model"),
        ("^e", "writes a system prompt"),
        ("^r", "sets the parameters"),
        ("^s", "turns storing off" if ways.store else "turns storing on"),
    )
    return State(f"A new chat with {model}" if model else "A new chat", tuple(lines), keys)


def told_problem(view: ChatView) -> Problem | None:
    """The failure to show below the messages; a cut reply tells its own, but for the details."""
    problem = view.problem
    if problem is None or view.phase is ChatPhase.FAILED:
        return problem
    details = view.phase is ChatPhase.INTERRUPTED and (problem.detail or problem.request_id)
    return problem if details else None


def problem_text(problem: Problem) -> Text:
    """What failed, what to do about it, and the id to ask the server's people with."""
    words = Text("✕ ", no_wrap=False)
    words.append(clean(problem.title, limit=200))
    if problem.detail:
        words.append(f"\n  {clean(problem.detail, limit=400)}")
    hint = clean(problem.hint, limit=200)
    tail = [hint] if hint else []
    tail.append("^g asks again")
    if problem.request_id:
        tail.append(f"request {clean(problem.request_id, limit=80)}")
    words.append("\n  " + " · ".join(tail), style="dim")
    return words
