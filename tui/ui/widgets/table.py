"""The list of the whole program: a million rows cost what is in sight.

It shows a `CollectionView` and posts what the person does. The cursor belongs to an object, not to
a position: when rows are sorted, filtered or refreshed it follows its object.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message

from tui.store.views import CollectionView, Ref
from tui.ui.widgets.marks import Marks
from tui.ui.widgets.table_layout import GUTTER
from tui.ui.widgets.table_render import RowState, column_at, row_segments
from tui.ui.widgets.table_window import Place, RowWindow, follow


class Table(RowWindow):
    """Rows under a line of titles, with a cursor and marks."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "next", show=False),
        Binding("up,k", "step(-1)", "previous", show=False),
        Binding("pagedown,ctrl+f", "turn(1)", "page down", show=False),
        Binding("pageup,ctrl+b", "turn(-1)", "page up", show=False),
        Binding("home,g", "edge(False)", "first", show=False),
        Binding("end,G", "edge(True)", "last", show=False),
        Binding("enter", "open", "open", show=False),
        Binding("space", "mark", "mark", show=False),
        Binding("ctrl+space,ctrl+@", "mark_range", "mark range", show=False),
        Binding("ctrl+backslash", "clear_marks", "clear marks", show=False),
    ]

    class Posted(Message):
        """What all messages of a table share."""

        def __init__(self, table: Table) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> Table:
            return self.table

    class Needs(Posted):
        """The end of what is loaded is near; `last` is the last line that the screen could hold."""

        def __init__(self, table: Table, last: int) -> None:
            super().__init__(table)
            self.last = last

    class Moved(Posted):
        """The cursor is on another object; `None` when there is none any more."""

        def __init__(self, table: Table, ref: Ref | None, index: int) -> None:
            super().__init__(table)
            self.ref = ref
            self.index = index

    class Opened(Posted):
        """Enter, or a second click."""

        def __init__(self, table: Table, ref: Ref) -> None:
            super().__init__(table)
            self.ref = ref

    class Marked(Posted):
        """Other objects are marked than before."""

        def __init__(self, table: Table, refs: tuple[Ref, ...]) -> None:
            super().__init__(table)
            self.refs = refs

    class SortAsked(Posted):
        """A title was clicked."""

        def __init__(self, table: Table, column: str) -> None:
            super().__init__(table)
            self.column = column

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._cursor = 0
        self._cursor_ref: Ref | None = None
        self._marks = Marks()
        self._clicked: Ref | None = None

    @property
    def cursor_ref(self) -> Ref | None:
        """The object under the cursor."""
        return self._cursor_ref

    @property
    def marked(self) -> tuple[Ref, ...]:
        return self._marks.refs

    @property
    def targets(self) -> tuple[Ref, ...]:
        """What an action works on: the marked objects, else the one under the cursor."""
        if self._marks:
            return self._marks.refs
        return (self._cursor_ref,) if self._cursor_ref is not None else ()

    def show(self, view: CollectionView) -> None:
        """Show a list; only lines that differ are drawn again, and nothing for an equal view."""
        old, self._view = self._view, view
        if old is not None and old == view:
            return
        rows, top, cursor, thumb = self._rows, self._top, self._cursor, self._thumb_shown
        if old is None or old.key.resource != view.key.resource:
            self._seen = []
        self._keep_marks(old, view)
        self._follow(old, view)
        self.look()
        self.redraw(old, top, rows)
        if cursor != self._cursor:
            self.refresh_index(cursor, self._cursor)
        if thumb != self._thumb_shown:
            self.refresh(Region(self.text_width, self.HEAD, 1, self.page))
        self.ask()

    def move_to(self, ref: Ref) -> bool:
        """Put the cursor on an object; whether it is among the rows."""
        index = self._view.rows.index_of(ref) if self._view is not None else None
        if index is None:
            return False
        self._place(index)
        return True

    def needs(self, last: int) -> None:
        self.post_message(self.Needs(self, last))

    def draw(self, index: int, width: int) -> list[Segment]:
        row = self._rows.get(index)
        if row is None:
            return []
        state = RowState(index == self._cursor, row.ref in self._marks, self.has_focus)
        return row_segments(row, self._slots, state, self.ink)

    def action_step(self, by: int) -> None:
        self._place(self._cursor + by)

    def action_turn(self, pages: int) -> None:
        """By a page; the cursor keeps its place on the screen."""
        step = pages * max(1, self.page - 1)
        self.scroll_lines(step)
        self._place(self._cursor + step)

    def action_edge(self, last: bool) -> None:
        self._place(self.line_count - 1 if last else 0)

    def action_open(self) -> None:
        if self._cursor_ref is not None:
            self.post_message(self.Opened(self, self._cursor_ref))

    def action_mark(self) -> None:
        """Mark the object under the cursor, or take the mark away, and go on to the next."""
        if self._cursor_ref is not None:
            self._toggle(self._cursor_ref, self._cursor)
            self._place(self._cursor + 1)

    def action_mark_range(self) -> None:
        """Mark everything from the last mark to the cursor."""
        if self._view is not None and self._cursor_ref is not None:
            self.refresh_index(*self._marks.extend(self._view.rows, self._cursor))
            self.post_message(self.Marked(self, self._marks.refs))

    def action_clear_marks(self) -> None:
        if self._marks.clear():
            self.refresh()
            self.post_message(self.Marked(self, ()))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or self._view is None or offset.x >= self.text_width:
            return
        event.stop()
        index = self.index_at(offset.y)
        if index is not None:
            self._click_row(event, index, in_gutter=offset.x < GUTTER)
        elif offset.y < self.HEAD and self.line_count:
            column = column_at(self._slots, offset.x)
            if column is not None:
                self.post_message(self.SortAsked(self, column))

    def _click_row(self, event: events.Click, index: int, *, in_gutter: bool) -> None:
        """A click moves, a second one on the same row opens; in the gutter it marks."""
        assert self._view is not None
        ref = self._view.rows.ref(index)
        again = self._clicked == ref and self._cursor_ref == ref
        self._clicked = ref
        self._place(index)
        if event.shift:
            self.action_mark_range()
        elif event.ctrl or in_gutter:
            self._toggle(ref, index)
        elif again or event.chain == 2:
            self._clicked = None
            self.action_open()

    def _toggle(self, ref: Ref, index: int) -> None:
        self._marks.toggle(ref)
        self.refresh_index(index)
        self.post_message(self.Marked(self, self._marks.refs))

    def _place(self, index: int) -> None:
        """Put the cursor on a position: two lines are drawn again, unless it has to scroll."""
        if self._view is None or not self.line_count:
            return
        index = max(0, min(index, self.line_count - 1))
        old, self._cursor = self._cursor, index
        if not self.reveal(index) and old != index:
            self.refresh_index(old, index)
        self._hold(self._view.rows.ref(index))

    def _hold(self, ref: Ref | None) -> None:
        if ref != self._cursor_ref:
            self._cursor_ref = ref
            self.post_message(self.Moved(self, ref, self._cursor))

    def _follow(self, old: CollectionView | None, view: CollectionView) -> None:
        same = old is not None and old.key == view.key and old.filter_text == view.filter_text
        first = self._rows[self._top].ref if self._top in self._rows else None
        place = follow(
            view,
            Place(self._cursor, self._top),
            self.page,
            held=self._cursor_ref,
            first=first,
            same=same,
        )
        self._cursor, self._top = place.cursor, place.top
        self._hold(view.rows.ref(place.cursor) if view.rows.count else None)

    def _keep_marks(self, old: CollectionView | None, view: CollectionView) -> None:
        """Marks outlive a filter, but not their list, nor their objects."""
        if not self._marks or old is None:
            return
        if (old.key.resource, old.key.parents) != (view.key.resource, view.key.parents):
            changed = self._marks.clear()
        elif old.key == view.key and not view.filter_text:
            changed = self._marks.drop_missing(view.rows)
        else:
            return
        if changed:
            self.refresh()
            self.post_message(self.Marked(self, self._marks.refs))
