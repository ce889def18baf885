"""Rows: made when they come in sight, and kept as long as their record stays the same."""

from __future__ import annotations

from collections import OrderedDict

from tui.api.records import Record
from tui.catalog.descriptor import Column, Context, Resource, Shown
from tui.store.entities import Entities, Parents
from tui.store.views import Ref, RowView

KEPT_ROWS = 600
"""A few screens of the largest terminal."""


class RowMaker:
    """Makes the rows of one list from records."""

    def __init__(
        self, resource: Resource, parents: Parents, *, entities: Entities, context: Context
    ) -> None:
        self.resource = resource
        self.parents = parents
        self._entities = entities
        self._context = context
        self._kept: OrderedDict[str, tuple[Record | None, bool, RowView]] = OrderedDict()
        self._blank = tuple(Shown("") for _ in resource.columns)

    def ref(self, id: str) -> Ref:
        return Ref(self.resource.key, id, self.parents)

    def cells(self, id: str) -> tuple[Shown, ...] | None:
        """The cells of a row, `None` when its record is not at hand."""
        record = self._entities.get(self.ref(id))
        return None if record is None else self._show(record)

    def row(self, id: str) -> RowView:
        """The row as it is now."""
        ref = self.ref(id)
        record = self._entities.get(ref)
        pending = self._entities.pending(ref)
        kept = self._kept.get(id)
        if kept is not None and kept[0] is record and kept[1] is pending:
            self._kept.move_to_end(id)
            return kept[2]
        cells = self._blank if record is None else self._show(record)
        malformed = record is not None and record.malformed is not None
        row = RowView(ref, cells, pending=pending, malformed=malformed)
        self._kept[id] = record, pending, row
        if len(self._kept) > KEPT_ROWS:
            self._kept.popitem(last=False)
        return row

    def forget_all(self) -> None:
        """Time has passed, or records that the cells look into have changed."""
        self._kept.clear()

    def _show(self, record: Record) -> tuple[Shown, ...]:
        context = self._context
        return tuple(column.show(record, context) for column in self.resource.columns)


class Rows:
    """`RowSource` over an order of ids: as it was when the view was made."""

    __slots__ = ("_maker", "_order", "count")

    def __init__(self, maker: RowMaker, order: list[str]) -> None:
        self._maker = maker
        self._order = order
        self.count = len(order)

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._maker.resource.columns

    def row(self, index: int) -> RowView:
        """The row at a position. Raises `IndexError` outside of the list."""
        return self._maker.row(self._id(index))

    def ref(self, index: int) -> Ref:
        """The object at a position. Raises `IndexError` outside of the list."""
        return self._maker.ref(self._id(index))

    def index_of(self, ref: Ref) -> int | None:
        """Where an object is, `None` if it is not shown."""
        if ref.resource != self._maker.resource.key or ref.parents != self._maker.parents:
            return None
        try:
            return self._order.index(ref.id, 0, self.count)
        except ValueError:
            return None

    def _id(self, index: int) -> str:
        if not 0 <= index < self.count:
            raise IndexError(index)
        return self._order[index]
