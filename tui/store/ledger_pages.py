"""Lists that no server gives: the ids that the ledger knows, each read on its own."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tui.api.records import Record
from tui.catalog.descriptor import Resource
from tui.core.errors import ProblemError, ProblemKind
from tui.store.ledger import Ledger
from tui.store.ports import Api, Page
from tui.store.views import CollectionKey, Ref

AT_ONCE = 4
"""Objects that are read at the same time."""
MOST = 10_000
"""Ids of one list that are looked at."""
PAGE = 20
"""Objects of one page: each costs a request."""


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """A part of such a list."""

    items: tuple[Record, ...]
    next: str | None


class LedgerPages:
    """`PageSource` over the ledger: latest first, without what the server has no more."""

    def __init__(self, api: Api, resource: Resource, key: CollectionKey, ledger: Ledger) -> None:
        self._api = api
        self._resource = resource
        self._key = key
        self._ledger = ledger
        self._ids: tuple[str, ...] = ()

    async def fetch(self, after: str | None, limit: int, *, without: Collection[str] = ()) -> Page:
        """Raises `ProblemError` when the server cannot be asked at all.

        The ids are taken once, at the first page: reading renews when each was seen, and what is
        gone is forgotten, so positions in the ledger itself would shift under the reader.
        """
        if after is None:
            self._ids = tuple(id for id in await self._known() if id not in without)
        at, size = int(after or 0), min(limit, PAGE)
        found: list[Record] = []
        gate = asyncio.Semaphore(AT_ONCE)
        while at < len(self._ids) and not found:
            batch, at = self._ids[at : at + size], at + size
            read = await asyncio.gather(*(self._read(id, gate) for id in batch))
            found = [record for record in read if record is not None]
        return LedgerPage(tuple(found), str(at) if at < len(self._ids) else None)

    async def _known(self) -> tuple[str, ...]:
        """All ids of this list, latest first; what was noted a moment ago is not on disk yet."""
        kind, parents = self._key.resource, self._key.parents
        fresh = (e for e in self._ledger.recent() if e.kind == kind and e.parents == parents)
        kept = await self._ledger.by_kind(kind, parents=parents, limit=MOST)
        return tuple(dict.fromkeys(entry.id for entry in (*fresh, *kept)))

    async def _read(self, id: str, gate: asyncio.Semaphore) -> Record | None:
        op = self._resource.get_op
        if op is None:
            return None
        path: Mapping[str, str] = self._resource.path(self._key.parents, id)
        async with gate:
            try:
                reply = await self._api.call(
                    op, path={name: value for name, value in path.items() if name in op.fields}
                )
            except ProblemError as error:
                if error.problem.kind is ProblemKind.NOT_FOUND:
                    self._ledger.forget(Ref(self._key.resource, id, self._key.parents))
                    return None
                raise
        return reply.record
