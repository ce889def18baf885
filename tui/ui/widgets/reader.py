"""What all things to read share: scrolling by keys, and looking for words in them."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.ui.widgets.lines import Lines
from tui.ui.widgets.search import Search, highlight


class Reader(Lines):
    """Lines that are read: `line_text` and `draw_text` make them, found words are set off.

    `/` only asks for words (`SearchAsked`): the screen has the prompt, and calls `search`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "down", show=False),
        Binding("up,k", "step(-1)", "up", show=False),
        Binding("pagedown,ctrl+f", "turn(1)", "page down", show=False),
        Binding("pageup,ctrl+b", "turn(-1)", "page up", show=False),
        Binding("home,g", "edge(False)", "top", show=False),
        Binding("end,G", "edge(True)", "end", show=False),
        Binding("slash", "ask_search", "search", show=False),
        Binding("n", "find(1)", "next match", show=False),
        Binding("N", "find(-1)", "previous match", show=False),
    ]

    class SearchAsked(Message):
        """The person wants to look for words in `reader`."""

        def __init__(self, reader: Reader) -> None:
            super().__init__()
            self.reader = reader

        @property
        def control(self) -> Reader:
            return self.reader

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._search = Search()

    def line_text(self, index: int) -> str:
        """The text of a line, to be searched."""
        raise NotImplementedError

    def draw_text(self, index: int, width: int) -> list[Segment]:
        """A line as it is drawn without a search."""
        raise NotImplementedError

    def draw(self, index: int, width: int) -> list[Segment]:
        segments = self.draw_text(index, width)
        words = self._search.words
        if not words:
            return segments
        return highlight(segments, words, self.ink, here=index == self._search.at)

    def search(self, words: str) -> bool:
        """Look for words from the first line in sight on; whether they were found.

        Nothing is looked for any more after the empty text.
        """
        self._search.start(words)
        self.refresh()
        return self._find_from(self.top, 1)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys to the next match are the page's own while nothing is looked for."""
        if action == "find" and not self._search.words:
            return False
        return super().check_action(action, parameters)

    def action_ask_search(self) -> None:
        self.post_message(self.SearchAsked(self))

    def action_find(self, by: int) -> None:
        """Go to the next place, or the one before."""
        at = self._search.at
        self._find_from(self.top if at is None else at + by, by)

    def action_step(self, by: int) -> None:
        self.scroll_lines(by)

    def action_turn(self, pages: int) -> None:
        self.scroll_lines(pages * max(1, self.page - 1))

    def action_edge(self, last: bool) -> None:
        self.scroll_to_top(self.line_count if last else 0)

    def found(self, index: int) -> None:
        """Called with the line of a match; brings it in sight."""
        if not self.top <= index < self.top + self.page:
            self.scroll_to_top(index - self.page // 3)

    def _find_from(self, begin: int, by: int) -> bool:
        before = self._search.at
        index = self._search.find(self.line_count, self.line_text, begin=begin, by=by)
        if index is None:
            return False
        self.found(index)
        self.refresh_index(*(line for line in (before, index) if line is not None))
        return True
