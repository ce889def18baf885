"""Which rows of a list are shown, and in which order: filter and sort over what is loaded.

It works in slices, since 100,000 rows cannot be read between two key presses: `work(n)` decides
about the next n rows, and what is decided so far can be shown. Without filter and sort it is the
list itself and costs nothing.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tui.catalog.descriptor import Column, Shown
from tui.core.formats import NOTHING
from tui.store.filtering import Filter, join
from tui.store.views import SortOrder

SLICE = 200
"""Rows decided at once; some milliseconds."""
FEW = 50
"""New rows below this part of a sorted list are put in one by one."""

_EMPTY = frozenset({"", "-", "—", NOTHING})


def sort_key(shown: Shown) -> float | str | None:
    """What a cell sorts by: its own sort value, else its text; `None` where it shows nothing."""
    value = shown.sort
    if isinstance(value, str):
        return value.casefold()
    if value is not None:
        return float(value) if value == value else None
    return None if shown.text in _EMPTY else shown.text.casefold()


class _Sorted:
    """Ids in the order of their keys, equal ones as they came; a page more costs little.

    Kept upwards in any case: downwards it is read backwards, with equal ones put in the other way.
    """

    def __init__(self, keys: Mapping[str, Any], *, down: bool) -> None:
        self.down = down
        self._key = keys.__getitem__
        self._upwards: list[str] = []

    @property
    def ids(self) -> list[str]:
        return self._upwards[::-1] if self.down else self._upwards

    def add(self, news: list[str]) -> None:
        if len(news) * FEW > len(self._upwards):
            together = [*reversed(news), *self._upwards] if self.down else self._upwards + news
            self._upwards = sorted(together, key=self._key)
            return
        insert = bisect.insort_left if self.down else bisect.insort_right
        for id in news:
            insert(self._upwards, id, key=self._key)


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
        self._keys: dict[str, float | str | None] = {}
        self._decided = 0
        self._arranged = 0
        self._order: list[str] = []
        self._numbers = _Sorted(self._keys, down=False)
        self._words = _Sorted(self._keys, down=False)
        self._blank: list[str] = []

    @property
    def active(self) -> bool:
        """Whether it differs from the list itself."""
        return bool(self._filter.tests) or self._sort_column is not None

    @property
    def settled(self) -> bool:
        """Whether every row is decided."""
        return not self.active or self._decided >= len(self._ids)

    @property
    def order(self) -> list[str]:
        """The shown ids. It may grow at its end; whatever else changes makes a new list."""
        if not self.active:
            return self._ids
        if self._arranged < self._decided:
            self._arrange()
        return self._order

    def choose(self, filter: Filter, sort: SortOrder | None) -> None:
        """Another filter or order; texts that were read are kept."""
        keys = [column.key for column in self._columns]
        known = sort is not None and sort.column in keys
        column = keys.index(sort.column) if sort is not None and known else None
        if filter.tests != self._filter.tests:
            self._passes.clear()
        if column != self._sort_column:
            self._keys.clear()
        self._filter, self._sort, self._sort_column = filter, sort, column
        if not self.active:
            self._texts.clear()
        self._begin()

    def replace(self, ids: list[str]) -> None:
        """The list of ids; what was decided about those that stay still holds.

        A list that it has already, and that has only grown at its end, costs nothing.
        """
        if ids is self._ids:
            return
        self._ids = ids
        if len(self._texts) > 2 * len(ids) + SLICE:
            self._forget_strangers()
        self._begin()

    def forget(self, ids: Iterable[str]) -> None:
        """These records changed."""
        known = [id for id in ids if id in self._texts]
        for id in known:
            del self._texts[id]
            self._passes.pop(id, None)
            self._keys.pop(id, None)
        if known:
            self._begin()

    def forget_all(self) -> None:
        """All cells may have changed: another list that they look into has arrived."""
        self._texts.clear()
        self._passes.clear()
        self._keys.clear()
        self._begin()

    def work(self, rows: int = SLICE) -> bool:
        """Decide about the next rows that nothing is known of; gives whether all are decided."""
        if not self.active:
            return True
        now = self._now()
        ids, index = self._ids, self._decided
        filters, column = bool(self._filter.tests), self._sort_column
        while index < len(ids) and rows:
            id = ids[index]
            index += 1
            filtered = not filters or id in self._passes
            if filtered and (column is None or id in self._keys):
                continue
            rows -= 1
            cells, text = self._read(id)
            if not filtered:
                self._passes[id] = self._filter.accepts(cells, text, now)
            if column is not None:
                self._keys[id] = sort_key(cells[column])
        self._decided = index
        return index >= len(ids)

    def _begin(self) -> None:
        """Go through the list again; decisions that hold are passed over quickly."""
        self._decided = 0
        self._arranged = 0
        self._order = []
        down = self._sort is not None and self._sort.descending
        self._numbers = _Sorted(self._keys, down=down)
        self._words = _Sorted(self._keys, down=down)
        self._blank = []

    def _read(self, id: str) -> tuple[tuple[Shown, ...], str]:
        held = self._texts.get(id)
        if held is None:
            cells = self._cells(id) or tuple(Shown("") for _ in self._columns)
            held = self._texts[id] = cells, join(cells)
        return held

    def _arrange(self) -> None:
        """Take in what was decided since the last time."""
        news = self._ids[self._arranged : self._decided]
        self._arranged = self._decided
        if self._filter.tests:
            passes = self._passes
            news = [id for id in news if passes[id]]
        if self._sort_column is None:
            # In place: whoever holds the list with its old length still sees the same rows.
            self._order.extend(news)
        elif news:
            keys = self._keys
            self._numbers.add([id for id in news if isinstance(keys[id], float)])
            self._words.add([id for id in news if isinstance(keys[id], str)])
            self._blank.extend(id for id in news if keys[id] is None)
            down = self._numbers.down
            first, second = (self._words, self._numbers) if down else (self._numbers, self._words)
            # Always last what shows nothing.
            self._order = [*first.ids, *second.ids, *self._blank]

    def _forget_strangers(self) -> None:
        known = set(self._ids)
        for id in [id for id in self._texts if id not in known]:
            del self._texts[id]
            self._passes.pop(id, None)
            self._keys.pop(id, None)
