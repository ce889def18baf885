"""A list to choose from: groups, a cursor, and a search that forgives."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.fuzzy import FuzzySearch
from textual.geometry import Size
from textual.message import Message

from tui.ui.questions import MenuItem
from tui.ui.text import cells, cut, line, pad
from tui.ui.widgets.lines import Lines

MOST_LINES = 16
LABEL_WIDEST = 44


def ranked(items: Sequence[MenuItem], words: str) -> tuple[MenuItem, ...]:
    """The items that fit some words, the best first; all of them in their order for none."""
    if not words:
        return tuple(items)
    search = FuzzySearch()
    scored: list[tuple[float, int, MenuItem]] = []
    for index, item in enumerate(items):
        in_label = search.match(words, item.label)[0]
        plain = words.casefold() in f"{item.detail} {item.group} {item.key}".casefold()
        score = max(in_label, 1.0 if plain else 0.0)
        if score > 0:
            scored.append((-score, index, item))
    return tuple(item for _score, _index, item in sorted(scored, key=lambda entry: entry[:2]))


class Choices(Lines, can_focus=False):
    """Items of a menu; the field above it has the focus and moves the cursor."""

    class Chosen(Message):
        """An item was clicked, or taken with Enter."""

        def __init__(self, item: MenuItem) -> None:
            super().__init__()
            self.item = item

    def __init__(self, items: Sequence[MenuItem], *, keys_first: bool = False) -> None:
        super().__init__()
        self._items = tuple(items)
        self._keys_first = keys_first
        self._lines: list[MenuItem | str] = []
        self._cursor = 0
        self._column = 0
        self.search("")

    @property
    def line_count(self) -> int:
        return len(self._lines)

    @property
    def item(self) -> MenuItem | None:
        """The item under the cursor."""
        shown = self._lines[self._cursor] if self._lines else ""
        return shown if isinstance(shown, MenuItem) else None

    def search(self, words: str) -> None:
        """Show what fits the words, without groups while there are some."""
        items = ranked(self._items, words)
        before = len(self._lines)
        self._lines = []
        group = ""
        for item in items:
            if item.group != group and not words:
                group = item.group
                if self._lines:
                    self._lines.append("")
                self._lines.append(group)
            self._lines.append(item)
        labels = [cells(line(item.label)) for item in items]
        self._column = min(max(labels, default=0), LABEL_WIDEST)
        chosen = None if words else next((item for item in items if item.chosen), None)
        self._cursor = self._lines.index(chosen) if chosen is not None else self._next(-1, 1)
        self._top = 0
        self.reveal(self._cursor)
        if self.is_mounted:
            self.refresh(layout=before != len(self._lines))

    def step(self, by: int) -> None:
        """Move the cursor by some items, over the groups."""
        direction = 1 if by > 0 else -1
        for _count in range(abs(by)):
            self._cursor = self._next(self._cursor, direction)
        if self._cursor == self._next(-1, 1):
            self.scroll_to_top(0)
        self.reveal(self._cursor)
        self.refresh()

    @property
    def taken(self) -> MenuItem | None:
        """The item under the cursor, unless it is blocked."""
        return self.item if self.item is not None and not self.item.blocked else None

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, min(MOST_LINES, len(self._lines), max(3, viewport.height - 9)))

    def on_resize(self, event: events.Resize) -> None:
        self.reveal(self._cursor)

    def draw(self, index: int, width: int) -> list[Segment]:
        shown = self._lines[index]
        if isinstance(shown, str):
            return [Segment("  " + cut(line(shown), width - 2), self.ink("muted"))]
        here = index == self._cursor
        mark = "▌" if here else " "
        weight = Style(bold=here)
        column = min(self._column, max(8, width - 6))
        tone = "muted" if shown.blocked else "strong" if here else "plain"
        label = self.ink("line--key" if self._keys_first else tone) + weight
        detail = cut(line(shown.blocked or shown.detail), max(0, width - column - 6))
        beside = "plain" if self._keys_first else "warn" if shown.blocked else "muted"
        return [
            Segment(mark, self.ink("line--cursor")),
            Segment("● " if shown.chosen else "  ", self.ink("accent")),
            Segment(pad(line(shown.label), column), label),
            Segment("   " + detail, self.ink("strong" if here and self._keys_first else beside)),
        ]

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        index = self.index_at(offset.y) if offset is not None else None
        if index is not None and isinstance(self._lines[index], MenuItem):
            event.stop()
            self._cursor = index
            self.refresh()
            if self.taken is not None:
                self.post_message(self.Chosen(self.taken))

    def _next(self, index: int, by: int) -> int:
        at = index + by
        while 0 <= at < len(self._lines):
            if isinstance(self._lines[at], MenuItem):
                return at
            at += by
        return max(0, min(index, len(self._lines) - 1))
