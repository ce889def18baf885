"""A collection: one list of the server, loaded as it comes in sight.

The screen says what it sees (`need`), and the collection keeps a page ahead of that. Every intent
is idempotent. What is shown stays until something newer arrives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tui.api.records import Record
from tui.catalog.descriptor import Context, Resource
from tui.core.cell import LazyCell
from tui.core.clock import Clock
from tui.store.entities import Change, Entities
from tui.store.listing import Listing
from tui.store.loading import Loading
from tui.store.phases import phase_of
from tui.store.ports import Page, PageSource, problem_of
from tui.store.views import CollectionKey, CollectionView, Phase, Ref, SortOrder
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

OnRows = Callable[[CollectionKey, tuple[Record, ...]], None]


class Collection:
    """One list, shared by all screens that show it. `view` is all that they see."""

    def __init__(
        self,
        key: CollectionKey,
        *,
        resource: Resource,
        source: PageSource,
        entities: Entities,
        context: Context,
        scheduler: Scheduler,
        clock: Clock,
        page_size: int | None = None,
        on_rows: OnRows | None = None,
    ) -> None:
        self.key = key
        self.resource = resource
        self.cursor: Ref | None = None
        """Where the person's cursor was, for when the list is opened again."""
        self._scheduler = scheduler
        self._on_rows = on_rows
        self._version = 0
        limit = resource.list_op.page_limit if resource.list_op is not None else 100
        self._listing = Listing(key, resource, entities=entities, context=context)
        self._loading = Loading(
            self._listing,
            source=source,
            scheduler=scheduler,
            clock=clock,
            page_size=min(page_size or limit, limit),
            on_page=self._arrived,
            on_change=self._touch,
        )
        self._deaf = [entities.listen(resource.key, self._changed)]
        self._deaf += [entities.listen(joined, self._joined) for joined in resource.joins]
        self.view: LazyCell[CollectionView] = LazyCell(self._compute)

    # What a screen intends.

    def open(self, scope: Scope) -> None:
        """A screen shows it: load it, or show what is there and refresh behind if it is old."""
        self._loading.open(scope)
        if not self._listing.settled:
            self._settle()

    def need(self, last_visible: int) -> None:
        """The screen shows rows up to this position: keep one page ahead of it."""
        self._loading.need(last_visible)

    def refresh(self) -> None:
        """Read the list again from the top; what is shown stays until the answer is here."""
        self._loading.refresh()

    def retry(self) -> None:
        """Try again what failed; nothing if nothing did."""
        self._loading.retry()

    def set_filter(self, text: str) -> None:
        """Show only what a filter line lets pass; the rest is loaded behind to be searched too."""
        self._choose(text, self._listing.sort)

    def sort_by(self, sort: SortOrder | None) -> None:
        """Order what is loaded by a column, or as the server does; the rest is loaded behind."""
        self._choose(self._listing.filter.text, sort)

    def remember_cursor(self, ref: Ref | None) -> None:
        """Where the cursor is, so that the list opens there again."""
        self.cursor = ref

    # What other parts of the store tell and ask.

    def load_behind(self, scope: Scope, rows: int) -> None:
        """Another list looks into this one: load so many rows for it, when nothing else waits."""
        self._loading.follow(scope, rows)

    def outdate(self) -> None:
        """An action made it stale: refresh now if it is shown, else when it is."""
        self._loading.outdate()

    def insert_top(self, id: str) -> None:
        """A new object; a refresh behind puts it where it belongs."""
        self._listing.insert_top(id)
        self._settle()

    def holds(self, id: str) -> bool:
        return self._listing.walk.holds(id)

    @property
    def open_now(self) -> bool:
        """Whether a screen has it open, shown or hidden, or somebody listens."""
        return bool(self._loading.screens or self._loading.followers) or self.view.watched

    @property
    def loaded(self) -> int:
        """Rows at hand."""
        return len(self._listing.walk.ids)

    def close(self) -> list[str]:
        """Forget it; gives the ids that it held."""
        for stop in self._deaf:
            stop()
        self._loading.close()
        return self._listing.walk.ids

    # What has changed.

    def _arrived(self, page: Page) -> None:
        self._settle()
        if self._on_rows is not None and problem_of(page) is None:
            self._on_rows(self.key, page.items)

    def _changed(self, change: Change) -> None:
        if change.parents == self.key.parents and self._listing.changed(change):
            if change.removed and self.cursor is not None and self.cursor.id in change.ids:
                self.cursor = None
            self._settle()

    def _joined(self, _change: Change) -> None:
        self._listing.joined()
        self._settle()

    def _choose(self, text: str, sort: SortOrder | None) -> None:
        if self._listing.choose(text, sort):
            self._settle()
            self._loading.advance()

    def _settle(self) -> None:
        """Decide about new rows: at once while they are few, else in slices behind."""
        if not self._listing.settle():
            for scope in self._loading.screens:
                self._scheduler.local(
                    ("settle", self.key), scope=scope, lane=Lane.INTERACTIVE, run=self._settle_all
                )
        self._touch()

    async def _settle_all(self) -> None:
        slices = 0
        while not self._listing.settle():
            slices += 1
            if slices.bit_count() == 1:
                # Ever more rarely: arranging what is decided costs more the more there is.
                self._touch()
            await asyncio.sleep(0)
        self._touch()

    def _touch(self) -> None:
        self._version += 1
        self.view.invalidate()

    def _compute(self) -> CollectionView:
        loading, listing = self._loading, self._listing
        rows = listing.rows
        loaded = loading.loaded_at is not None
        if loading.problem is not None:
            phase = phase_of(loading.problem)
        elif loaded:
            phase = Phase.READY
        else:
            phase = Phase.LOADING if loading.asking else Phase.UNASKED
        return CollectionView(
            key=self.key,
            phase=phase,
            rows=rows,
            version=self._version,
            loaded=self.loaded,
            shown=rows.count,
            end=listing.walk.complete,
            refreshing=loaded and (loading.asking or not listing.settled),
            stale=loaded and loading.problem is not None,
            problem=loading.problem,
            filter_text=listing.filter.text,
            filter_error=listing.filter.error,
            sort=listing.sort,
            loaded_at=loading.loaded_at,
        )
