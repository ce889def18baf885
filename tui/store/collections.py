"""All lists of a session: opened by key, kept while there is room, stale when an action says so."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tui.catalog.descriptor import Context, Resource
from tui.core.clock import Clock
from tui.store.collection import Collection, OnRows
from tui.store.entities import Entities
from tui.store.ports import Api, PageSource
from tui.store.sources import api_pages
from tui.store.views import CollectionKey, Ref, SortOrder
from tui.worker.lanes import Scope
from tui.worker.scheduler import Scheduler

KEPT_LISTS = 40
"""Lists that no screen has open, kept for when they are opened again."""
KEPT_ROWS = 200_000
"""Rows that they may hold together."""
JOINED_ROWS = 2_000
"""Rows of another list that are loaded so that a list may name what it refers to."""

MakeSource = Callable[[Api, Resource, CollectionKey], PageSource]


@dataclass(frozen=True, slots=True)
class Remembered:
    """How a person left a list; outlives the list itself."""

    filter_text: str = ""
    sort: SortOrder | None = None
    cursor: Ref | None = None


class Collections:
    """The lists at hand."""

    def __init__(
        self,
        catalog: Mapping[str, Resource],
        *,
        api: Api,
        entities: Entities,
        context: Context,
        scheduler: Scheduler,
        clock: Clock,
        page_size: int | None = None,
        on_rows: OnRows | None = None,
        from_ledger: MakeSource | None = None,
    ) -> None:
        """`from_ledger` makes the source of what the API cannot list."""
        self._catalog = catalog
        self._api = api
        self._entities = entities
        self._context = context
        self._scheduler = scheduler
        self._clock = clock
        self._page_size = page_size
        self._on_rows = on_rows
        self._from_ledger = from_ledger
        self._sources: dict[str, MakeSource] = {}
        self._lists: OrderedDict[CollectionKey, Collection] = OrderedDict()
        self._remembered: dict[CollectionKey, Remembered] = {}
        entities.held_by(self._holds)

    def open(self, key: CollectionKey, scope: Scope) -> Collection:
        """The list, loading for that scope. Raises `KeyError` for a resource not in the catalogue,
        `ValueError` when the parents do not fit."""
        collection = self._lists.get(key)
        if collection is None:
            collection = self._lists[key] = self._make(key)
            self._recall(collection)
            self._forget_some()
        self._lists.move_to_end(key)
        collection.open(scope)
        for joined in collection.resource.joins:
            self._join(joined, scope)
        return collection

    def serve(self, resource: str, source: MakeSource) -> None:
        """Let another source than the API's list fill a resource's lists: the ledger, a sum."""
        self._sources[resource] = source

    def outdate(self, resource: str) -> None:
        """The lists of a resource are stale: those in sight refresh now, others when opened."""
        for collection in tuple(self._lists.values()):
            if collection.key.resource == resource:
                collection.outdate()

    def show_new(self, ref: Ref) -> None:
        """A new object goes on top of its unfiltered lists."""
        for key, collection in self._lists.items():
            if key.resource == ref.resource and key.parents == ref.parents and not key.query:
                collection.insert_top(ref.id)

    def each(self, resource: str) -> tuple[Collection, ...]:
        """The lists of a resource that are at hand."""
        return tuple(c for key, c in self._lists.items() if key.resource == resource)

    def close(self) -> None:
        for collection in self._lists.values():
            collection.close()
        self._lists.clear()

    def _make(self, key: CollectionKey) -> Collection:
        resource = self._catalog[key.resource]
        usual = self._from_ledger if resource.ledger and self._from_ledger else api_pages
        make_source = self._sources.get(key.resource, usual)
        return Collection(
            key,
            resource=resource,
            source=make_source(self._api, resource, key),
            entities=self._entities,
            context=self._context,
            scheduler=self._scheduler,
            clock=self._clock,
            page_size=self._page_size,
            on_rows=self._on_rows,
        )

    def _join(self, resource: str, scope: Scope) -> None:
        """Load another list behind, so that columns can name what rows refer to."""
        described = self._catalog.get(resource)
        if described is None or described.parents:
            return
        key = CollectionKey(resource)
        collection = self._lists.get(key)
        if collection is None:
            collection = self._lists[key] = self._make(key)
        collection.load_behind(scope, JOINED_ROWS)

    def _holds(self, ref: Ref) -> bool:
        return any(
            key.resource == ref.resource and key.parents == ref.parents and c.holds(ref.id)
            for key, c in self._lists.items()
        )

    def _recall(self, collection: Collection) -> None:
        left = self._remembered.get(collection.key)
        if left is not None:
            collection.set_filter(left.filter_text)
            collection.sort_by(left.sort)
            collection.remember_cursor(left.cursor)

    def _forget_some(self) -> None:
        """Forget the lists that were opened longest ago, and that no screen has open."""
        idle = [(key, c) for key, c in self._lists.items() if not c.open_now]
        rows = sum(c.loaded for _, c in idle)
        lists = len(idle)
        for key, collection in idle:
            if lists <= KEPT_LISTS and rows <= KEPT_ROWS:
                return
            lists -= 1
            rows -= collection.loaded
            view = collection.view.value
            self._remembered[key] = Remembered(view.filter_text, view.sort, collection.cursor)
            del self._lists[key]
            self._entities.release(key.resource, key.parents, collection.close())
