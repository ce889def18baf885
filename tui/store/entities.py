"""Entities: what the server said of each object, and what we have already changed about it.

An object is a base record and, on top, overlays in the order of the changes under way. Success
replaces the base, failure drops the overlay. Lists hold ids and look here for the rest.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tui.api.records import Record
from tui.catalog.descriptor import Resource
from tui.core.cell import Unsubscribe
from tui.core.clock import Clock
from tui.store.views import Ref

LOOSE_LIMIT = 2_000
"""Objects kept although no list holds them and no screen shows them."""
GONE_FOR = 5.0
"""Seconds for which a removed object is believed gone, whatever a list says: lists lag behind."""

Parents = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A change that the server has not confirmed yet."""

    ref: Ref
    changes: Mapping[str, Any]
    """Raw fields of the record that look different already."""
    removes: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to the objects of one table."""

    resource: str
    parents: Parents
    ids: frozenset[str]
    removed: bool = False


class _Table:
    """The objects of one resource below the same parents."""

    __slots__ = ("gone", "loose", "merged", "overlays", "records")

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.overlays: dict[str, tuple[Overlay, ...]] = {}
        self.merged: dict[str, Record] = {}
        self.loose: OrderedDict[str, None] = OrderedDict()
        self.gone: dict[str, float] = {}


class Entities:
    """All objects at hand, and who listens to their changes."""

    def __init__(self, catalog: Mapping[str, Resource], clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._tables: dict[str, dict[Parents, _Table]] = {}
        self._hearers: dict[str, list[Callable[[Change], None]]] = {}
        self._holders: list[Callable[[Ref], bool]] = []
        self._counts: dict[tuple[str, str], Counter[str]] = {}
        self._loose = 0

    def get(self, ref: Ref) -> Record | None:
        """The object with its overlays, or `None` if it was not loaded."""
        table = self._tables.get(ref.resource, {}).get(ref.parents)
        if table is None:
            return None
        base = table.records.get(ref.id)
        overlays = table.overlays.get(ref.id)
        if base is None or not overlays:
            return base
        merged = table.merged.get(ref.id)
        if merged is None:
            raw = dict(base.raw)
            for overlay in overlays:
                raw.update(overlay.changes)
            merged = table.merged[ref.id] = Record(raw, self._item(ref.resource))
        return merged

    def pending(self, ref: Ref) -> bool:
        """Whether a change of it is under way."""
        table = self._tables.get(ref.resource, {}).get(ref.parents)
        return table is not None and ref.id in table.overlays

    def put(self, ref: Ref, record: Record) -> None:
        """The server said this of one object just now."""
        table = self._table(ref.resource, ref.parents)
        table.gone.pop(ref.id, None)
        if ref.id not in table.records:
            self._loosen(table, ref)
        if table.records.get(ref.id) != record:
            table.records[ref.id] = record
            self._tell(ref.resource, ref.parents, (ref.id,))

    def put_page(self, resource: str, parents: Parents, records: Mapping[str, Record]) -> set[str]:
        """The rows of a page, by id; gives the ids that count, without those removed just now."""
        table = self._table(resource, parents)
        self._forget_gone(table)
        changed = []
        alive = {id: record for id, record in records.items() if id not in table.gone}
        for id, record in alive.items():
            if table.loose.pop(id, 0) is None:
                self._loose -= 1
            if table.records.get(id) != record:
                table.records[id] = record
                changed.append(id)
        if changed:
            self._tell(resource, parents, changed)
        return set(alive)

    def remove(self, ref: Ref) -> None:
        """It is gone from the server."""
        table = self._table(ref.resource, ref.parents)
        table.gone[ref.id] = self._clock.monotonic()
        table.records.pop(ref.id, None)
        table.overlays.pop(ref.id, None)
        if table.loose.pop(ref.id, 0) is None:
            self._loose -= 1
        self._tell(ref.resource, ref.parents, (ref.id,), removed=True)

    def release(self, resource: str, parents: Parents, ids: Iterable[str]) -> None:
        """A list holds these no longer; they may be forgotten when room is wanted."""
        table = self._table(resource, parents)
        for id in ids:
            if id in table.records:
                self._loosen(table, Ref(resource, id, parents))

    def overlay(self, ref: Ref, changes: Mapping[str, Any], *, removes: bool = False) -> Overlay:
        """Show a change before the server confirms it; end it with `commit` or `drop`."""
        overlay = Overlay(ref, changes, removes)
        table = self._table(ref.resource, ref.parents)
        table.overlays[ref.id] = (*table.overlays.get(ref.id, ()), overlay)
        self._tell(ref.resource, ref.parents, (ref.id,))
        return overlay

    def commit(self, overlay: Overlay, record: Record | None) -> None:
        """The server did it: what it sent back is the truth; without that, the change itself."""
        ref = overlay.ref
        table = self._table(ref.resource, ref.parents)
        base = table.records.get(ref.id)
        if record is None and base is not None and overlay.changes:
            record = Record({**base.raw, **overlay.changes}, self._item(ref.resource))
        if record is not None and base is not None:
            table.records[ref.id] = record
        self.drop(overlay)
        if record is not None and base is None:
            self.put(ref, record)

    def drop(self, overlay: Overlay) -> None:
        """It did not happen: show the object as it is."""
        ref = overlay.ref
        table = self._table(ref.resource, ref.parents)
        left = tuple(held for held in table.overlays.get(ref.id, ()) if held is not overlay)
        if left:
            table.overlays[ref.id] = left
        else:
            table.overlays.pop(ref.id, None)
        self._tell(ref.resource, ref.parents, (ref.id,))

    def find(self, resource: str, id: str) -> Ref | None:
        """Where an object that is at hand lives, whatever its parents."""
        for parents, table in self._tables.get(resource, {}).items():
            if id in table.records:
                return Ref(resource, id, parents)
        return None

    def count(self, resource: str, path: str, value: str) -> int | None:
        """How many objects at hand hold a value at a path; `None` if none was loaded."""
        tables = self._tables.get(resource)
        if not tables:
            return None
        counts = self._counts.get((resource, path))
        if counts is None:
            counts = self._counts[resource, path] = Counter(
                str(record.get(path))
                for table in tables.values()
                for record in table.records.values()
            )
        return counts[value]

    def each(self, resource: str) -> Iterable[tuple[Ref, Record]]:
        """The objects of a resource that are at hand."""
        for parents, table in tuple(self._tables.get(resource, {}).items()):
            for id, record in tuple(table.records.items()):
                yield Ref(resource, id, parents), record

    def listen(self, resource: str, hear: Callable[[Change], None]) -> Unsubscribe:
        """Hear of changes of a resource's objects, at once. Returns how to stop."""
        hearers = self._hearers.setdefault(resource, [])
        hearers.append(hear)

        def stop() -> None:
            if hear in hearers:
                hearers.remove(hear)

        return stop

    def held_by(self, holder: Callable[[Ref], bool]) -> None:
        """Ask this before an object is forgotten."""
        self._holders.append(holder)

    @property
    def resources(self) -> tuple[str, ...]:
        """The resources of which anything is at hand."""
        return tuple(self._tables)

    def _table(self, resource: str, parents: Parents) -> _Table:
        tables = self._tables.setdefault(resource, {})
        table = tables.get(parents)
        if table is None:
            table = tables[parents] = _Table()
        return table

    def _item(self, resource: str) -> str | None:
        described = self._catalog.get(resource)
        if described is None:
            return None
        for op in (described.get_op, described.list_op):
            if op is not None and op.item is not None:
                return op.item
        return None

    def _tell(
        self, resource: str, parents: Parents, ids: Iterable[str], *, removed: bool = False
    ) -> None:
        change = Change(resource, parents, frozenset(ids), removed)
        table = self._table(resource, parents)
        for id in change.ids:
            table.merged.pop(id, None)
        for counted in [key for key in self._counts if key[0] == resource]:
            del self._counts[counted]
        for hear in tuple(self._hearers.get(resource, ())):
            hear(change)

    def _forget_gone(self, table: _Table) -> None:
        since = self._clock.monotonic() - GONE_FOR
        for id in [id for id, when in table.gone.items() if when < since]:
            del table.gone[id]

    def _loosen(self, table: _Table, ref: Ref) -> None:
        if ref.id not in table.loose:
            self._loose += 1
        table.loose[ref.id] = None
        table.loose.move_to_end(ref.id)
        if self._loose > LOOSE_LIMIT:
            self._forget_some()

    def _forget_some(self) -> None:
        """Forget the older half of what nobody holds; empty tables go with it."""
        for resource, tables in self._tables.items():
            for parents, table in tuple(tables.items()):
                for id in tuple(table.loose)[: (len(table.loose) + 1) // 2]:
                    ref = Ref(resource, id, parents)
                    if id in table.overlays or any(holds(ref) for holds in self._holders):
                        table.loose.move_to_end(id)
                        continue
                    del table.loose[id]
                    self._loose -= 1
                    table.records.pop(id, None)
                if not (table.records or table.overlays or table.gone):
                    del tables[parents]
