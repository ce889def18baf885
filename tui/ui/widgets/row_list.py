"""Rows with a cursor, drawn by whoever knows them: the base of plans, transfers and paths."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from tui.ui.widgets.lines import Lines
from tui.ui.widgets.state import State, state_lines

MARK = "▌ "


class RowList(Lines):
    """A cursor over `line_count` rows; `draw_row` makes them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "next", show=False),
        Binding("up,k", "step(-1)", "previous", show=False),
        Binding("pagedown,ctrl+f", "turn(1)", "page down", show=False),
        Binding("pageup,ctrl+b", "turn(-1)", "page up", show=False),
        Binding("home,g", "edge(False)", "first", show=False),
        Binding("end,G", "edge(True)", "last", show=False),
        Binding("enter", "open", "open", show=False),
    ]

    class Posted(Message):
        """What all messages of a list share; `index` is the row."""

        def __init__(self, rows: RowList, index: int) -> None:
            super().__init__()
            self.rows = rows
            self.index = index

        @property
        def control(self) -> RowList:
            return self.rows

    class Moved(Posted):
        """The cursor is on another row."""

    class Opened(Posted):
        """Enter, or a second click."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._cursor = 0
        self._state: State | None = None

    def draw_row(self, index: int, width: int, *, here: bool) -> list[Segment]:
        """One row in `width` cells, behind the cursor's gutter."""
        raise NotImplementedError

    @property
    def cursor(self) -> int | None:
        """The row under the cursor; `None` without rows."""
        return self._cursor if self._cursor < self.line_count else None

    def show_state(self, state: State | None) -> None:
        """Say something instead of rows; `None` shows the rows again."""
        if state != self._state:
            self._state = state
            self.refresh()

    def redraw(self) -> None:
        """The rows changed: keep the cursor inside, draw what is in sight."""
        self._cursor = max(0, min(self._cursor, self.line_count - 1))
        self._top = max(0, min(self._top, self.line_count - self.page))
        self.refresh()

    def draw(self, index: int, width: int) -> list[Segment]:
        here = index == self._cursor
        mark = "line--cursor" if self.has_focus else "line--cursor-away"
        gutter = Segment(MARK if here else "  ", self.ink(mark))
        return [gutter, *self.draw_row(index, width - len(MARK), here=here)]

    def render_line(self, y: int) -> Strip:
        if self._state is None:
            return super().render_line(y)
        width = self.content_size.width
        drawn = state_lines(self._state, width, self.ink)
        return self.strip(drawn[y] if y < len(drawn) else [], width)

    def place(self, index: int) -> None:
        """Put the cursor on a row, as near as there is one."""
        old, self._cursor = self._cursor, max(0, min(index, self.line_count - 1))
        if not self.reveal(self._cursor):
            self.refresh_index(old, self._cursor)
        if old != self._cursor:
            self.post_message(self.Moved(self, self._cursor))

    def action_step(self, by: int) -> None:
        self.place(self._cursor + by)

    def action_turn(self, pages: int) -> None:
        step = pages * max(1, self.page - 1)
        self.scroll_lines(step)
        self.place(self._cursor + step)

    def action_edge(self, last: bool) -> None:
        self.place(self.line_count - 1 if last else 0)

    def action_open(self) -> None:
        if self.cursor is not None:
            self.post_message(self.Opened(self, self.cursor))

    def on_focus(self) -> None:
        self.refresh_index(self._cursor)

    def on_blur(self) -> None:
        self.refresh_index(self._cursor)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        index = self.index_at(offset.y) if offset is not None else None
        if index is not None:
            event.stop()
            again = index == self._cursor
            self.place(index)
            if again or event.chain == 2:
                self.action_open()
