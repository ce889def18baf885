"""Raw JSON to read: it folds, it is searched, its values are copied; megabytes are no trouble."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType

from tui.ui.navigation import CopyText
from tui.ui.text import cells, cut, segments_width
from tui.ui.widgets.json_lines import JsonDocument, plain_json
from tui.ui.widgets.reader import Reader

INDENT = "  "
FOLDED, UNFOLDED = "▸ ", "▾ "


class RawJson(Reader):
    """A JSON value with a cursor; Enter or Space folds, `c` copies."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "fold", "fold", show=False),
        Binding("z", "fold_all", "fold all", show=False),
        Binding("c", "copy(False)", "copy value", show=False),
        Binding("Y", "copy(True)", "copy all", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._document = JsonDocument({})
        self._cursor = 0

    def show(self, value: Any) -> None:
        """Show a value; an equal one keeps its folds and costs nothing."""
        if value == self._document.value:
            return
        self._document = JsonDocument(value)
        self._cursor = self._top = 0
        self.refresh()

    @property
    def line_count(self) -> int:
        return len(self._document.lines)

    @property
    def cursor_value(self) -> Any:
        """The value of the line under the cursor."""
        return self._document.lines[self._cursor].value

    def line_text(self, index: int) -> str:
        return self._document.text(index)

    def draw_text(self, index: int, width: int) -> list[Segment]:
        shown = self._document.lines[index]
        here = index == self._cursor
        edge = self.ink("line--cursor" if self.has_focus else "line--cursor-away")
        fold = (FOLDED if shown.folded else UNFOLDED) if shown.folds else "  "
        segments = [
            Segment("▌" if here else " ", edge),
            Segment(INDENT * shown.depth + fold, self.ink("muted")),
        ]
        weight = Style(bold=True) if here else Style()
        room = width - segments_width(segments)
        for text, tone in self._document.parts(index):
            text = cut(text, max(0, room))
            room -= cells(text)
            segments.append(Segment(text, self.ink(tone) + weight))
        return segments

    def search(self, words: str) -> bool:
        if words:
            self._document.unfold_words(words.casefold())
        return super().search(words)

    def found(self, index: int) -> None:
        super().found(index)
        self._place(index)

    def action_step(self, by: int) -> None:
        self._place(self._cursor + by)

    def action_turn(self, pages: int) -> None:
        step = pages * max(1, self.page - 1)
        self.scroll_lines(step)
        self._place(self._cursor + step)

    def action_edge(self, last: bool) -> None:
        self._place(self.line_count - 1 if last else 0)

    def action_fold(self) -> None:
        """Fold or unfold at the cursor."""
        self._cursor = self._document.toggle(self._cursor)
        self.scroll_to_top(self.top)
        self.reveal(self._cursor)
        self.refresh()

    def action_fold_all(self) -> None:
        self._document.fold_all()
        self._cursor = self._top = 0
        self.refresh()

    def action_copy(self, whole: bool) -> None:
        """Copy a text as it is, anything else as JSON."""
        value = self._document.value if whole else self.cursor_value
        text = value if isinstance(value, str) else plain_json(value, indent=2)
        self.post_message(CopyText(text, "the whole object" if whole else "the value"))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        index = self.index_at(offset.y) if offset is not None else None
        if index is not None:
            event.stop()
            again = index == self._cursor
            self._place(index)
            shown = self._document.lines[index]
            in_marker = offset is not None and offset.x <= len(INDENT) * shown.depth + 2
            if again or event.chain == 2 or in_marker:
                self.action_fold()

    def _place(self, index: int) -> None:
        old, self._cursor = self._cursor, max(0, min(index, self.line_count - 1))
        if not self.reveal(self._cursor) and old != self._cursor:
            self.refresh_index(old, self._cursor)
