"""What descriptors may ask besides their own record, answered from what is at hand."""

from __future__ import annotations

from tui.api.records import Record
from tui.core.clock import Clock
from tui.store.entities import Entities


class StoreContext:
    """`catalog.descriptor.Context` over the entities; it never makes a request."""

    def __init__(self, entities: Entities, clock: Clock) -> None:
        self._entities = entities
        self._clock = clock

    @property
    def now(self) -> float:
        return self._clock.now()

    def find(self, resource: str, id: str) -> Record | None:
        ref = self._entities.find(resource, id)
        return None if ref is None else self._entities.get(ref)

    def count(self, resource: str, path: str, value: str) -> int | None:
        return self._entities.count(resource, path, value)
