"""A table of objects as lines of text: for a terminal cut to its width, for a pipe whole.

The first column is the whole id, since that is what the next command is given.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from tui.api.records import Record
from tui.catalog.cells import CELL_LIMIT
from tui.catalog.descriptor import Align, Column, Context, Resource, Shown, Tone
from tui.core.safe_text import clean

GAP = 2
"""Cells between two columns."""
NARROWEST = 8
"""Cells that a growing column keeps before others are dropped for it."""
LONGEST = 60
"""Cells of one value in a pipe that others are aligned by; longer ones stay whole."""


def _id(record: Record, _context: Context) -> Shown:
    return Shown(clean(record.id, limit=CELL_LIMIT) or "–", Tone.ACCENT)


ID = Column(key="id", title="ID", show=_id, width=10)


def columns_of(resource: Resource) -> tuple[Column, ...]:
    """The list's columns, with the whole id in front."""
    return (ID, *(column for column in resource.columns if column.key != ID.key))


def cells(text: str) -> int:
    """Cells that a safe text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def cut(text: str, width: int) -> str:
    """The text within a width, with an ellipsis where it was cut."""
    if cells(text) <= width:
        return text
    taken, used = [], 0
    for character in text:
        used += _width(character)
        if used > width - 1:
            break
        taken.append(character)
    return "".join(taken) + "…" if width > 0 else ""


Style = Callable[[Shown, str], str]
"""A value's text, fitted, as it is written."""


class Table:
    """Lays out by the first rows; the later ones follow, so that pages can be written as they
    come."""

    def __init__(self, columns: Sequence[Column], *, width: int | None, style: Style) -> None:
        """`width` is that of the terminal, `None` where lines may be as long as they are."""
        self._columns = tuple(columns)
        self._width = width
        self._style = style
        self._laid: list[tuple[int, Column, int]] | None = None

    def lines(self, rows: Sequence[Sequence[Shown]]) -> list[str]:
        """The rows as lines, below the titles the first time."""
        out = []
        if self._laid is None:
            self._laid = self._lay_out(rows)
            titles = [Shown(column.title.upper(), Tone.MUTED) for column in self._columns]
            out.append(self._line(titles))
        return out + [self._line(row) for row in rows]

    def _lay_out(self, rows: Sequence[Sequence[Shown]]) -> list[tuple[int, Column, int]]:
        wanted = []
        for index, column in enumerate(self._columns):
            widths = [cells(row[index].text) for row in rows]
            most = max([cells(column.title), *widths])
            wanted.append((index, column, most if self._width else min(most, LONGEST)))
        return wanted if self._width is None else _fitted(wanted, self._width)

    def _line(self, row: Sequence[Shown]) -> str:
        laid = self._laid or []
        parts = []
        for place, (index, column, width) in enumerate(laid):
            shown = row[index]
            text = cut(shown.text, width) if self._width is not None else shown.text
            gap = " " * (width - cells(text))
            last = place == len(laid) - 1
            styled = self._style(shown, text)
            if column.align is Align.RIGHT:
                parts.append(gap + styled)
            else:
                parts.append(styled if last else styled + gap)
        return (" " * GAP).join(parts).rstrip()


def _fitted(wanted: list[tuple[int, Column, int]], width: int) -> list[tuple[int, Column, int]]:
    """The columns that fit: those that grow give way first, then the least important go."""
    kept = list(wanted)
    while True:
        over = sum(cell for _, _, cell in kept) + GAP * (len(kept) - 1) - width
        if over <= 0:
            return kept
        growing = [one for one in kept if one[1].grow]
        slack = sum(max(0, cell - max(NARROWEST, cells(c.title))) for _, c, cell in growing)
        if slack >= over:
            return _narrowed(kept, over)
        droppable = [one for one in kept if one[1].priority > 0]
        if droppable:
            kept.remove(max(droppable, key=lambda one: one[1].priority))
        elif len(kept) > 1:
            kept.pop()
        else:
            return [(index, column, width) for index, column, _ in kept]


def _narrowed(kept: list[tuple[int, Column, int]], over: int) -> list[tuple[int, Column, int]]:
    """Take what is over from the columns that grow."""
    out = []
    for index, column, cell in kept:
        if column.grow and over > 0:
            least = min(cell, max(NARROWEST, cells(column.title)))
            taken = min(over, cell - least)
            cell, over = cell - taken, over - taken
        out.append((index, column, cell))
    return out
