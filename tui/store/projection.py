"""Which rows of a list are shown, and in which order: filter and sort over what is loaded.

It works in slices, since 100,000 rows cannot be read between two key presses: `work(n)` decides
about the next n rows, and what is decided so far can be shown. Without filter and sort it is the
list itself and costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from tui.catalog.descriptor import Column, Shown
from tui.core.formats import NOTHING
from tui.store.filtering import Filter, join
from tui.store.views import SortOrder

SLICE = 1_000
"""Rows decided at once; a few milliseconds."""

_EMPTY = frozenset({"", "-", "—", NOTHING})

SortKey: TypeAlias = "tuple[int, float, str]"


def sort_key(shown: Shown) -> SortKey | None:
    """What a cell sorts by: its own sort value, else its text; `None` where it shows nothing."""
    value = shown.sort
    if isinstance(value, str):
        return 1, 0.0, value.casefold()
    if value is not None:
        return (0, float(value), "") if value == value else None
    return None if shown.text in _EMPTY else (1, 0.0, shown.text.casefold())


class Projection:
    """The order of the shown ids, kept up to date as rows come, change and go."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        cells: Callable[[str], tuple[Shown, ...] | None],
        now: Callable[[], float],
    ) -> None:
        self._columns = columns
        self._cells = cells
        self._now = now
        self._ids: list[str] = []
        self._filter = Filter("")
        self._sort: SortOrder | None = None
        self._sort_column: int | None = None
        self._texts: dict[str, tuple[tuple[Shown, ...], str]] = {}
        self._passes: dict[str, bool] = {}
        self._keys: dict[str, SortKey | None] = {}
        self._undecided: list[str] = []
        self._order: list[str] | None = None

    @property
    def active(self) -> bool:
        """Whether it differs from the list itself."""
        return bool(self._filter.tests) or self._sort_column is not None

    @property
    def settled(self) -> bool:
        """Whether every row is decided."""
        return not self._undecided

    @property
    def order(self) -> list[str]:
        """The shown ids. The list that was given stays as it is: later ones are new lists."""
        if not self.active:
            return self._ids
        if self._order is None:
            self._order = self._arrange()
        return self._order

    def choose(self, filter: Filter, sort: SortOrder | None) -> None:
        """Another filter or order; texts that were read are kept."""
        column = None
        if sort is not None:
            keys = [column.key for column in self._columns]
            column = keys.index(sort.column) if sort.column in keys else None
        if filter.tests != self._filter.tests:
            self._passes.clear()
        if column != self._sort_column:
            self._keys.clear()
        self._filter, self._sort, self._sort_column = filter, sort, column
        if not self.active:
            self._texts.clear()
        self.replace(self._ids)

    def replace(self, ids: list[str]) -> None:
        """Another list of ids; what was decided about those that stay still holds."""
        self._ids = ids
        self._order = None
        if not self.active:
            self._undecided = []
            return
        if len(self._passes) > 2 * len(ids) + SLICE:
            self._forget_strangers()
        self._undecided = [id for id in ids if id not in self._passes or self._lacks_key(id)]
        self._undecided.reverse()

    def forget(self, ids: Iterable[str]) -> None:
        """These records changed."""
        for id in ids:
            self._texts.pop(id, None)
            self._passes.pop(id, None)
            self._keys.pop(id, None)
        self.replace(self._ids)

    def forget_all(self) -> None:
        """All cells may have changed: another list that they look into has arrived."""
        self._texts.clear()
        self._passes.clear()
        self._keys.clear()
        self.replace(self._ids)

    def work(self, rows: int = SLICE) -> bool:
        """Decide about the next rows; gives whether all are decided."""
        now = self._now()
        for _ in range(min(rows, len(self._undecided))):
            id = self._undecided.pop()
            cells, text = self._read(id)
            self._passes[id] = self._filter.accepts(cells, text, now)
            if self._sort_column is not None:
                self._keys[id] = sort_key(cells[self._sort_column])
            self._order = None
        return not self._undecided

    def _read(self, id: str) -> tuple[tuple[Shown, ...], str]:
        held = self._texts.get(id)
        if held is None:
            cells = self._cells(id) or tuple(Shown("") for _ in self._columns)
            held = self._texts[id] = cells, join(cells)
        return held

    def _lacks_key(self, id: str) -> bool:
        return self._sort_column is not None and id not in self._keys

    def _arrange(self) -> list[str]:
        passes, keys = self._passes, self._keys
        shown = [id for id in self._ids if passes.get(id)]
        if self._sort_column is None or self._sort is None:
            return shown
        held = [id for id in shown if keys.get(id) is not None]
        held.sort(key=lambda id: keys[id] or (2, 0.0, ""), reverse=self._sort.descending)
        return held + [id for id in shown if keys.get(id) is None]

    def _forget_strangers(self) -> None:
        known = set(self._ids)
        for held in (self._texts, self._passes, self._keys):
            for id in [id for id in held if id not in known]:
                del held[id]
