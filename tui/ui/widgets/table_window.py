"""The part of a list that is in sight: which rows, how wide, and which lines to draw again."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from tui.store.views import CollectionView, Phase, Ref, RowView
from tui.ui.text import line
from tui.ui.widgets.lines import Lines
from tui.ui.widgets.state import State, phase_state, state_lines
from tui.ui.widgets.table_layout import Slot, arrange
from tui.ui.widgets.table_render import content_widths, head_segments

NOTHING = State("Nothing here yet")


def collection_state(view: CollectionView) -> State:
    """What a list without rows says when the screen has no better words."""
    if view.phase is Phase.READY and view.filter_text:
        empty = State(
            f"Nothing matches {line(view.filter_text)}", keys=(("esc", "clear the filter"),)
        )
    else:
        empty = NOTHING
    return phase_state(view.phase, view.problem, empty=empty, keys=(("r", "try again"),))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cursor is, and the first line in sight."""

    cursor: int
    top: int


def follow(
    view: CollectionView,
    place: Place,
    page: int,
    *,
    held: Ref | None,
    first: Ref | None,
    same: bool,
) -> Place:
    """Where cursor and window go when the rows are new.

    The cursor goes to the object that it was `held` by. If it was in sight it stays on its line of
    the screen, else the `first` row in sight does; a list read from its top stays at the top. When
    the object is gone the cursor keeps its position in the `same` list, and is at the top in
    another.
    """
    rows, count = view.rows, view.rows.count
    in_sight = place.top <= place.cursor < place.top + page
    anchor, line_of_anchor = (held, place.cursor - place.top) if in_sight else (first, 0)
    found = rows.index_of(held) if held is not None else None
    if found is not None and not place.top and not place.cursor and found >= page > 0:
        # Nobody has moved yet, and more came on top than fits: what is new is in sight.
        found, held = 0, None
    cursor = found if found is not None else max(0, min(place.cursor, count - 1)) if same else 0
    anchored = rows.index_of(anchor) if anchor is not None else None
    top = place.top
    if top and anchored is not None:
        top = anchored - line_of_anchor
    elif found is None and not same:
        top = 0
    top = max(0, min(top, count - page))
    if in_sight and page and not top <= cursor < top + page:
        top = max(0, min(cursor - page // 2, count - page))
    return Place(cursor, top)


class RowWindow(Lines):
    """Shows the rows in sight of a `CollectionView`, each asked for once while it stays there."""

    HEAD = 1

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._view: CollectionView | None = None
        self._state: State | None = None
        self._rows: dict[int, RowView] = {}
        self._seen: list[int] = []
        self._slots: tuple[Slot, ...] = ()
        self._thumb_shown = (0, 0)
        self._asked: object = None

    @property
    def line_count(self) -> int:
        return self._view.rows.count if self._view is not None else 0

    @property
    def visible_last(self) -> int:
        """Index of the last line that there is room for now."""
        return self._top + self.page - 1

    def show_state(self, state: State | None) -> None:
        """What to say while there are no rows; `None` leaves it to the phase of the list."""
        if state != self._state:
            self._state = state
            if not self.line_count:
                self.refresh()

    def needs(self, last: int) -> None:
        """Called when less than a page is loaded below what is in sight."""

    def render_line(self, y: int) -> Strip:
        if self.line_count:
            return super().render_line(y)
        width = self.content_size.width
        state = self._state
        if state is None and self._view is not None:
            state = collection_state(self._view)
        drawn = state_lines(state, width, self.ink) if state is not None else []
        return self.strip(drawn[y] if y < len(drawn) else [], width)

    def draw_head(self, y: int, width: int) -> list[Segment]:
        sort = self._view.sort if self._view is not None else None
        return head_segments(self._slots, sort, self.ink)

    def scrolled(self) -> None:
        self.look()
        self.ask()

    def look(self) -> None:
        """Ask for the rows in sight, and make room for what they hold."""
        view = self._view
        if view is None or not self.page:
            return
        stop = min(self._top + self.page, view.rows.count)
        self._rows = {index: view.rows.row(index) for index in range(self._top, stop)}
        self._thumb_shown = self._thumb()
        columns = view.rows.columns
        if len(self._seen) != len(columns):
            self._seen = [0] * len(columns)
        widths = content_widths(list(self._rows.values()), len(columns))
        self._seen = [max(pair) for pair in zip(self._seen, widths, strict=True)]
        by = view.sort.column if view.sort is not None else None
        slots = arrange(columns, self._seen, self.text_width, sorted_by=by)
        if slots != self._slots:
            self._slots = slots
            self.refresh()

    def redraw(self, old: CollectionView | None, top: int, rows: dict[int, RowView]) -> None:
        """Refresh what a new view changed against what was drawn: all, some lines, or nothing."""
        if not rows or not self._rows or top != self._top:
            self.refresh()
            return
        if old is not None and self._view is not None and old.sort != self._view.sort:
            self.refresh(Region(0, 0, self.content_size.width, self.HEAD))
        self.refresh_index(
            *(
                index
                for index in range(top, top + self.page)
                if rows.get(index) != self._rows.get(index)
            )
        )

    def ask(self) -> None:
        """Say that more rows are needed, once for each state of the list."""
        view = self._view
        if view is None or view.end or not self.page or view.phase is not Phase.READY:
            return
        last = self.visible_last
        question = (view.key, last, view.rows.count, view.loaded, view.filter_text)
        if last + self.page >= view.rows.count and question != self._asked:
            self._asked = question
            self.needs(last)
