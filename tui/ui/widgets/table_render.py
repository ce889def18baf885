"""One row of a table as segments: the gutter, then the cells, each in its tone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style

from tui.store.views import RowView, SortOrder
from tui.ui.text import Ink, cells, cut, line, pad
from tui.ui.widgets.table_layout import ARROW, GAP, Slot

CURSOR = "▌"
MARK = "●"
PENDING = "…"
MALFORMED = "!"
_BOLD = Style(bold=True)


@dataclass(frozen=True, slots=True)
class RowState:
    """What a row is besides its cells."""

    cursor: bool = False
    marked: bool = False
    focused: bool = True
    """Whether the table has the focus; the cursor is quieter without."""


def row_segments(row: RowView, slots: Sequence[Slot], state: RowState, ink: Ink) -> list[Segment]:
    """A row; without colours it still says which is the cursor, marked, pending, malformed."""
    plain = ink("plain")
    cursor = ink("line--cursor" if state.focused else "line--cursor-away")
    segments = [
        Segment(CURSOR if state.cursor else " ", cursor),
        _mark(row, state, ink),
        Segment(" ", plain),
    ]
    for number, slot in enumerate(slots):
        if number:
            segments.append(Segment(" " * GAP, plain))
        shown = row.cells[slot.index] if slot.index < len(row.cells) else None
        if shown is None:
            segments.append(Segment(" " * slot.width, plain))
            continue
        text = pad(line(shown.text), slot.width, slot.column.align)
        tone = "muted" if row.pending else shown.tone
        if not state.cursor:
            style = ink(tone)
        else:
            style = ink("strong" if tone == "plain" else tone) + _BOLD
        segments.append(Segment(text, style))
    return segments


def _mark(row: RowView, state: RowState, ink: Ink) -> Segment:
    if state.marked:
        return Segment(MARK, ink("accent"))
    if row.malformed:
        return Segment(MALFORMED, ink("warn"))
    return Segment(PENDING, ink("muted")) if row.pending else Segment(" ", ink("plain"))


def head_segments(slots: Sequence[Slot], sort: SortOrder | None, ink: Ink) -> list[Segment]:
    """The titles, the one that the rows are ordered by with its arrow."""
    muted, gap = ink("muted"), Segment(" " * GAP, ink("muted"))
    segments = [Segment("   ", muted)]
    for number, slot in enumerate(slots):
        if number:
            segments.append(gap)
        title = line(slot.column.title)
        if sort is None or sort.column != slot.column.key:
            segments.append(Segment(pad(title, slot.width, slot.column.align), muted))
            continue
        arrow = " ↓" if sort.descending else " ↑"
        if slot.width <= ARROW:
            text = pad(arrow.strip(), slot.width, slot.column.align)
        else:
            text = pad(cut(title, slot.width - ARROW) + arrow, slot.width, slot.column.align)
        segments.append(Segment(text, ink("accent") + _BOLD))
    return segments


def column_at(slots: Sequence[Slot], x: int) -> str | None:
    """Key of the column at a cell; a gap belongs to the column before it."""
    for slot in slots:
        if slot.left <= x < slot.left + slot.width + GAP:
            return slot.column.key
    return None


def content_widths(rows: Sequence[RowView], count: int) -> list[int]:
    """The widest content of each of `count` columns in some rows."""
    widths = [0] * count
    for row in rows:
        for index, shown in enumerate(row.cells[:count]):
            widths[index] = max(widths[index], cells(line(shown.text)))
    return widths
