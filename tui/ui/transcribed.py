"""What pages with a transcript share: looking for words in it, and copying from it."""

from __future__ import annotations

from textual import getters, on

from tui.store.chat_text import as_markdown
from tui.store.chat_turns import TurnView
from tui.ui.page import Page
from tui.ui.widgets.transcript import Transcript

SEARCH = "search"


class Transcribed(Page):
    """A page with one transcript."""

    transcript = getters.query_one(Transcript)

    @property
    def said(self) -> tuple[TurnView, ...]:
        """The whole conversation."""
        raise NotImplementedError

    @on(Transcript.SearchAsked)
    def _search_asked(self, message: Transcript.SearchAsked) -> None:
        message.stop()
        self.prompt_for(SEARCH, label="/", placeholder="words to look for")

    def prompt_submitted(self, name: str, value: str) -> None:
        if name == SEARCH and not self.transcript.search(value) and value.strip():
            self.notify(f"Nothing here says {value.strip()}", markup=False)

    def prompt_cancelled(self, name: str) -> None:
        if name == SEARCH:
            self.transcript.search("")

    def action_copy_message(self) -> None:
        self.transcript.copy_message()

    def action_copy_code(self) -> None:
        self.transcript.copy_code()

    def action_copy_all(self) -> None:
        self.copy(as_markdown(self.said), "The whole conversation")
