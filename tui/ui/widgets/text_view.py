"""Long texts: file contents, outputs, logs. Wrapped to the width, drawn as far as they are seen."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip

from tui.core.safe_text import clean_block
from tui.ui.navigation import CopyText
from tui.ui.text import fold_line, steady
from tui.ui.widgets.reader import Reader
from tui.ui.widgets.state import State, state_lines

MOST_CHARACTERS = 16_000_000
"""What is beyond is left out, and said: it would cost seconds to wrap."""
LEFT_OUT = "… the rest is not shown here; save it to read it whole"
MARGIN = 1


class TextView(Reader):
    """A text of up to some megabytes, with line numbers where they help."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "toggle_wrap", "wrap", show=False),
        Binding("c", "copy", "copy all", show=False),
    ]

    def __init__(self, *, id: str | None = None, numbers: bool = False) -> None:
        super().__init__(id=id)
        self._numbers = numbers
        self._wrap = True
        self._source = ""
        self._lines: list[str] = []
        self._rows: list[tuple[int, str]] = []
        """Number of the line that begins here, or 0, and the text of each row."""
        self._wrapped_to = -1
        self._state: State | None = None

    def show(self, text: str, *, follow: bool = False) -> None:
        """Show a text; `follow` keeps its end in sight when it was in sight before."""
        if text == self._source and self._state is None:
            return
        at_end = self.top >= self.line_count - self.page
        if not follow:
            self._top = 0
        self._source, self._state = text, None
        cut = text[:MOST_CHARACTERS]
        self._lines = steady(clean_block(cut)).split("\n")
        if len(cut) < len(text):
            self._lines.append(LEFT_OUT)
        self._arrange()
        if follow and at_end:
            self.action_edge(True)
        self.refresh()

    def show_state(self, state: State) -> None:
        """Say something instead of a text."""
        if state != self._state:
            self._state = state
            self.refresh()

    @property
    def line_count(self) -> int:
        return len(self._rows)

    def line_text(self, index: int) -> str:
        return self._rows[index][1]

    def draw_text(self, index: int, width: int) -> list[Segment]:
        number, text = self._rows[index]
        margin = " " * MARGIN
        if self._numbers:
            digits = self._digits()
            margin = f" {number:>{digits}}  " if number else " " * (digits + 3)
        return [Segment(margin, self.ink("muted")), Segment(text, self.ink("plain"))]

    def render_line(self, y: int) -> Strip:
        if self._state is None:
            return super().render_line(y)
        width = self.content_size.width
        drawn = state_lines(self._state, width, self.ink)
        return self.strip(drawn[y] if y < len(drawn) else [], width)

    def on_resize(self, event: events.Resize) -> None:
        self._arrange()

    def action_toggle_wrap(self) -> None:
        """Wrap long lines, or cut them at the edge."""
        self._wrap = not self._wrap
        self._wrapped_to = -1
        self._arrange()
        self.refresh()

    def action_copy(self) -> None:
        self.post_message(CopyText(self._source, "the text"))

    def _digits(self) -> int:
        return len(str(len(self._lines)))

    def _arrange(self) -> None:
        """Break the lines for the width; the first line in sight stays the first."""
        width = self.text_width - (self._digits() + 3 if self._numbers else MARGIN)
        if width <= 0:
            return
        held = 0
        if self._rows and self._top < len(self._rows):
            held = sum(1 for number, _text in self._rows[: self._top + 1] if number)
        changed = width != self._wrapped_to
        self._wrapped_to = width
        rows: list[tuple[int, str]] = []
        for number, text in enumerate(self._lines, 1):
            if (len(text) <= width and text.isascii()) or not self._wrap:
                rows.append((number, text))
                continue
            parts = fold_line(text, width)
            rows.append((number, parts[0]))
            rows.extend((0, part) for part in parts[1:])
        self._rows = rows
        if changed and held > 1:
            at = next((i for i, (number, _text) in enumerate(rows) if number == held), 0)
            self._top = at
        self._top = max(0, min(self._top, len(rows) - self.page))
