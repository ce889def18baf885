"""How wide each column of a table is: pure, so that it can be tried without a screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tui.catalog.descriptor import Column
from tui.ui.text import cells, line

GUTTER = 3
"""Cells before the first column: the cursor's mark, the row's mark, a space."""
GAP = 2
"""Cells between two columns."""
NARROWEST = 18
"""A growing column keeps this much before others are dropped for it."""
ARROW = 2
"""Cells that the arrow of the order takes after a title."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One column that is shown: which of the row's cells, from where, how wide."""

    index: int
    column: Column
    left: int
    width: int


def natural(column: Column, seen: int, *, sorted_by: bool) -> int:
    """What a column wants: what was seen in it, at least its title, at most its own width."""
    title = cells(line(column.title)) + (ARROW if sorted_by else 0)
    if column.grow:
        return max(title, column.width)
    return max(title, min(column.width, seen))


def _least(column: Column, wanted: int) -> int:
    return min(wanted, NARROWEST) if column.grow else wanted


def _total(columns: Mapping[int, int]) -> int:
    return GUTTER + sum(columns.values()) + GAP * max(0, len(columns) - 1)


def arrange(
    columns: Sequence[Column], seen: Sequence[int], width: int, *, sorted_by: str | None = None
) -> tuple[Slot, ...]:
    """The columns that fit in `width` cells, with what is left over given to those that grow.

    `seen` is the widest content of each column so far. The column with the largest priority goes
    first, the rightmost of equals; those with priority 0 stay and share what there is.
    """
    wanted = {
        index: natural(column, seen[index], sorted_by=column.key == sorted_by)
        for index, column in enumerate(columns)
    }
    widths = {index: _least(columns[index], want) for index, want in wanted.items()}
    while _total(widths) > width:
        droppable = [index for index in widths if columns[index].priority > 0]
        if not droppable:
            break
        del widths[max(droppable, key=lambda index: (columns[index].priority, index))]
    _shrink(widths, width)
    _spread(widths, columns, width)
    slots: list[Slot] = []
    left = GUTTER
    for index, size in widths.items():
        slots.append(Slot(index, columns[index], left, size))
        left += size + GAP
    return tuple(slots)


def _shrink(widths: dict[int, int], width: int) -> None:
    """Take from the widest until it fits; only where what may be dropped has been."""
    while _total(widths) > width:
        widest = max(widths, key=lambda index: widths[index])
        if widths[widest] <= 1:
            return
        widths[widest] -= 1


def _spread(widths: dict[int, int], columns: Sequence[Column], width: int) -> None:
    """Give what is left to the growing columns, in proportion to what they asked for."""
    growing = [index for index in widths if columns[index].grow]
    room = width - _total(widths)
    weight = sum(max(1, columns[index].width) for index in growing)
    for index in growing:
        share = room * max(1, columns[index].width) // weight
        widths[index] += share
        room -= share
        weight -= max(1, columns[index].width)
