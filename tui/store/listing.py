"""A listing: the ids of a list, which of them are shown, and the rows that are made of them."""

from __future__ import annotations

from collections.abc import Callable

from tui.catalog.descriptor import Context, Resource
from tui.store.entities import Change, Entities
from tui.store.filtering import Filter, parse
from tui.store.ports import Page
from tui.store.projection import Projection
from tui.store.rows import RowMaker, Rows
from tui.store.sources import row_id
from tui.store.views import CollectionKey, SortOrder
from tui.store.walk import Walk


class Listing:
    """State without I/O. After each change `settle` decides about new rows, a slice at a time."""

    def __init__(
        self, key: CollectionKey, resource: Resource, *, entities: Entities, context: Context
    ) -> None:
        self.key = key
        self.resource = resource
        self.walk = Walk()
        self.filter = Filter("")
        self.sort: SortOrder | None = None
        self._entities = entities
        self._maker = RowMaker(resource, key.parents, entities=entities, context=context)
        self._projection = Projection(
            resource.columns, cells=self._maker.cells, now=lambda: context.now
        )

    @property
    def active(self) -> bool:
        """Whether a filter or an order makes it differ from the server's list."""
        return self._projection.active

    @property
    def settled(self) -> bool:
        """Whether every row is decided."""
        return self._projection.settled

    @property
    def rows(self) -> Rows:
        """The rows that are shown, as of now."""
        return Rows(self._maker, self._projection.order)

    def settle(self) -> bool:
        """Decide about the next slice of rows; gives whether all are decided."""
        return self._projection.work()

    def take(self, page: Page, merge: Callable[[list[str], str | None], list[str]]) -> None:
        """A page has arrived; `merge` is the walk's way of putting it where it belongs."""
        records = {row_id(record): record for record in page.items}
        alive = self._entities.put_page(self.key.resource, self.key.parents, records)
        vanished = merge(list(records), page.next)
        # Lists lag behind: what was deleted a moment ago may still be in them.
        self.walk.remove(records.keys() - alive)
        self._entities.release(self.key.resource, self.key.parents, vanished)
        self._maker.forget_all()
        self._projection.replace(self.walk.ids)

    def insert_top(self, id: str) -> None:
        """A new object, shown on top until a refresh says where it belongs."""
        self.walk.insert_top(id)
        self._projection.replace(self.walk.ids)

    def changed(self, change: Change) -> bool:
        """Records changed, or are gone; gives whether any of them is in this list."""
        if not any(self.walk.holds(id) for id in change.ids):
            return False
        if change.removed:
            self.walk.remove(change.ids)
            self._projection.replace(self.walk.ids)
        self._projection.forget(change.ids)
        return True

    def joined(self) -> None:
        """Records of another list, into which its cells look, changed."""
        self._maker.forget_all()
        self._projection.forget_all()

    def choose(self, text: str, sort: SortOrder | None) -> bool:
        """Another filter line or order; gives whether it is another."""
        if text == self.filter.text and sort == self.sort:
            return False
        self.filter = parse(text, self.resource.columns)
        self.sort = sort
        self._projection.choose(self.filter, sort)
        return True

    def renew(self, page: Page) -> None:
        """Rows that are in the list already, as they are now."""
        known = {row_id(record): record for record in page.items}
        records = {id: record for id, record in known.items() if self.walk.holds(id)}
        self._entities.put_page(self.key.resource, self.key.parents, records)

    def moving(self, start: int, stop: int) -> int | None:
        """The first row of a stretch that has not come to rest on the server, if there is one."""
        poll = self.resource.poll
        if poll is None:
            return None
        for index in range(start, min(stop, len(self.walk.ids))):
            record = self._entities.get(self._maker.ref(self.walk.ids[index]))
            status = None if record is None else record.get(poll.status)
            if status is not None and str(status) not in poll.terminal:
                return index
        return None
