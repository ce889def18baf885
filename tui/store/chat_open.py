"""The chats that are open: they live as long as the program runs, whatever screen is shown."""

from __future__ import annotations

from collections.abc import Sequence

from tui.core.cell import Cell
from tui.store.chat import Chat
from tui.store.chat_host import ChatHost
from tui.store.chat_parameters import ChatParameters, likely_model
from tui.store.chat_turns import Role, TurnView
from tui.store.chat_views import ChatSummary

HISTORY_LIMIT = 200


class Chats:
    """All open chats of a session, newest first, and what was asked in them."""

    def __init__(self, host: ChatHost, *, store: bool = True) -> None:
        self.open: Cell[tuple[ChatSummary, ...]] = Cell(())
        self.history: tuple[str, ...] = ()
        """What the person asked, oldest first, each once."""
        self._store = store
        self._host = host
        self._chats: dict[str, Chat] = {}
        self._count = 0
        self._last = ChatParameters(store=store)
        """What a new chat begins with: the ways of the last one."""

    @property
    def streaming(self) -> int:
        """Answers under way: quitting asks first."""
        return sum(1 for chat in self._chats.values() if chat.view.value.phase.busy)

    @property
    def keeps(self) -> bool:
        """Whether a new chat asks the server to keep its completions: never for a read-only
        profile, nor where the server is known to keep none."""
        return self._store and self._host.keeps

    @property
    def last_model(self) -> str:
        return self._last.model

    def new(
        self,
        *,
        parameters: ChatParameters | None = None,
        turns: Sequence[TurnView] = (),
        models: Sequence[str] = (),
    ) -> Chat:
        """A new chat, perhaps with a conversation to go on with; instructions come out of it.

        `models` are the server's, to choose one from where nothing else says which.
        """
        self._count += 1
        chosen = parameters or self._last.fresh
        if turns and turns[0].role in (Role.SYSTEM, Role.DEVELOPER):
            head, *turns = turns
            chosen = chosen.changed({"instructions": head.text, "instructions_role": head.role})
        if chosen.store and not self.keeps:
            chosen = chosen.changed({"store": False})
        if not chosen.model:
            chosen = chosen.changed({"model": likely_model(models, self._last.model)})
        chat = Chat(
            f"chat-{self._count}",
            self._host,
            parameters=chosen,
            turns=turns,
            on_asked=self._remember,
        )
        self._chats[chat.id] = chat
        chat.view.subscribe(lambda _view: self._heard(chat))
        self._list()
        return chat

    def get(self, id: str) -> Chat | None:
        return self._chats.get(id)

    @property
    def latest(self) -> Chat | None:
        """The chat that was opened last."""
        return next(reversed(self._chats.values()), None)

    def fork(self, chat: Chat, turn_id: str) -> Chat:
        """A new chat that shares the conversation up to a turn."""
        return self.new(parameters=chat.view.value.parameters, turns=chat.upto(turn_id))

    def close(self, id: str) -> None:
        """Forget a chat; an answer under way is stopped."""
        chat = self._chats.pop(id, None)
        if chat is not None:
            chat.stop()
            self._list()

    def _heard(self, chat: Chat) -> None:
        if chat.id in self._chats:
            self._last = chat.view.value.parameters
            self._list()

    def _remember(self, text: str) -> None:
        kept = tuple(past for past in self.history if past != text)
        self.history = (*kept, text)[-HISTORY_LIMIT:]

    def _list(self) -> None:
        self.open.set(
            tuple(
                ChatSummary(
                    id=view.id,
                    title=view.title,
                    phase=view.phase,
                    model=view.parameters.model,
                    turns=len(view.turns),
                )
                for view in (chat.view.value for chat in reversed(self._chats.values()))
            )
        )
