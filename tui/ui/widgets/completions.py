"""What a prompt offers, above it: a short list with a cursor."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message

from tui.store.views import Completion
from tui.ui.text import cells, cut, line, pad
from tui.ui.widgets.lines import Lines

MOST_LINES = 8
LABEL_WIDEST = 36


class Completions(Lines, can_focus=False):
    """Offers as lines; the prompt moves the cursor, a click takes one."""

    class Taken(Message):
        """An offer was clicked."""

        def __init__(self, completion: Completion) -> None:
            super().__init__()
            self.completion = completion

    def __init__(self) -> None:
        super().__init__()
        self._offers: tuple[Completion, ...] = ()
        self._cursor: int | None = None

    @property
    def line_count(self) -> int:
        return len(self._offers)

    @property
    def chosen(self) -> Completion | None:
        """The offer under the cursor; `None` while the person has not gone into the list."""
        return self._offers[self._cursor] if self._cursor is not None else None

    @property
    def first(self) -> Completion | None:
        return self._offers[0] if self._offers else None

    def show(self, offers: tuple[Completion, ...]) -> None:
        """Show other offers; the cursor leaves the list."""
        if offers == self._offers and self._cursor is None:
            return
        resized = min(len(offers), MOST_LINES) != min(len(self._offers), MOST_LINES)
        self._offers, self._cursor, self._top = offers, None, 0
        self.display = bool(offers)
        self.refresh(layout=resized)

    def step(self, by: int) -> None:
        """Move the cursor; before the first offer it leaves the list."""
        if not self._offers:
            return
        at = -1 if self._cursor is None else self._cursor
        at = max(-1, min(at + by, len(self._offers) - 1))
        self._cursor = None if at < 0 else at
        if self._cursor is not None:
            self.reveal(self._cursor)
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return min(MOST_LINES, len(self._offers))

    def draw(self, index: int, width: int) -> list[Segment]:
        offer = self._offers[index]
        here = index == self._cursor
        labels = max(cells(line(each.label)) for each in self._offers)
        column = min(labels, LABEL_WIDEST, max(8, width // 2))
        label = pad(line(offer.label), column)
        style = self.ink("strong") if here else self.ink("plain") + Style(bold=False)
        detail = cut(line(offer.detail), max(0, width - column - 4))
        return [
            Segment("▌ " if here else "  ", self.ink("line--cursor")),
            Segment(label, style),
            Segment("  " + detail, self.ink("muted")),
        ]

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        index = self.index_at(offset.y) if offset is not None else None
        if index is not None:
            event.stop()
            self.post_message(self.Taken(self._offers[index]))
