"""Lists that some servers give and the platform does not: what the server lists, then the ledger.

Whether a server lists them is asked with a GET, once for each walk. What it cannot be asked for is
shown as the ledger knows it, so that ids are never lost with the server that had them.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.api.records import Record
from tui.catalog.descriptor import Resource
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.formats import counted
from tui.store.ledger import Ledger
from tui.store.ledger_file import Entry
from tui.store.ledger_pages import LedgerPages
from tui.store.ports import Api, Page
from tui.store.sources import api_pages
from tui.store.views import CollectionKey

_FROM_LEDGER = "ledger:"
_NOT_LISTED = frozenset(
    {
        ProblemKind.ABSENT,
        ProblemKind.NOT_FOUND,
        ProblemKind.INVALID,
        ProblemKind.UNAUTHORIZED,
        ProblemKind.FORBIDDEN,
        ProblemKind.NETWORK,
        ProblemKind.TIMEOUT,
    }
)
"""Answers after which the ledger is asked; the platform itself wants a session key (contract 5)."""
_UNREADABLE = frozenset({ProblemKind.ABSENT, ProblemKind.NETWORK, ProblemKind.TIMEOUT})
"""Failures after which what the ledger knows is all that there is."""
MOST = 10_000


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A part of such a list; `problem` says why it may be all there is to see."""

    items: tuple[Record, ...]
    next: str | None
    problem: Problem | None = None


class ListedPages:
    """`PageSource` over a list that may not be there, and the ledger."""

    def __init__(self, api: Api, resource: Resource, key: CollectionKey, ledger: Ledger) -> None:
        self._api = api
        self._resource = resource
        self._key = key
        self._ledger = ledger
        self._server = api_pages(api, resource, key)
        self._known = LedgerPages(api, resource, key, ledger)
        self._listed: set[str] = set()

    async def fetch(self, after: str | None, limit: int) -> Page:
        """Raises `ProblemError` when there is nothing to show at all."""
        if after is not None and after.startswith(_FROM_LEDGER):
            return await self._from_ledger(after.removeprefix(_FROM_LEDGER) or None, limit)
        if after is None:
            self._listed = set()
        try:
            page = await self._server.fetch(after, limit)
        except ProblemError as failure:
            if after is not None or failure.problem.kind not in _NOT_LISTED:
                raise
            await self._anything(failure.problem)
            return await self._from_ledger(None, limit)
        self._listed.update(record.id for record in page.items)
        if page.next is not None:
            return page
        if await self._all_listed():
            return page
        return ListedPage(page.items, _FROM_LEDGER)

    async def _anything(self, problem: Problem) -> None:
        """Raises the problem of a server without the whole section, or out of reach, when the
        ledger has nothing to show instead."""
        if await self._entries():
            return
        if problem.kind in (ProblemKind.NETWORK, ProblemKind.TIMEOUT):
            raise ProblemError(problem)
        probe = self._resource.section_op
        if problem.kind is ProblemKind.ABSENT and probe is not None:
            try:
                await self._api.page(probe, limit=1)
            except ProblemError as failure:
                if failure.problem.kind is ProblemKind.ABSENT:
                    raise

    async def _all_listed(self) -> bool:
        entries = await self._entries()
        return all(entry.id in self._listed for entry in entries)

    async def _from_ledger(self, after: str | None, limit: int) -> Page:
        """What only the ledger knows; each is read on its own."""
        try:
            page = await self._known.fetch(after, limit, without=self._listed)
        except ProblemError as failure:
            if failure.problem.kind not in _UNREADABLE:
                raise
            return await self._remembered(failure.problem)
        following = f"{_FROM_LEDGER}{page.next}" if page.next is not None else None
        return ListedPage(page.items, following)

    async def _remembered(self, problem: Problem) -> Page:
        """The ledger's entries as they were noted. Raises the problem when there are none."""
        entries = [entry for entry in await self._entries() if entry.id not in self._listed]
        if not entries:
            raise ProblemError(problem)
        told = Problem(
            problem.title,
            detail=f"Your ledger has {counted(len(entries), self._resource.singular)}",
            hint=problem.hint,
            kind=problem.kind,
            retryable=problem.retryable,
        )
        return ListedPage(tuple(self._record(entry) for entry in entries), None, told)

    async def _entries(self) -> list[Entry]:
        kind, parents = self._key.resource, self._key.parents
        recent = [e for e in self._ledger.recent() if e.kind == kind and e.parents == parents]
        kept = await self._ledger.by_kind(kind, parents=parents, limit=MOST)
        return list({entry.id: entry for entry in (*kept, *recent)}.values())

    def _record(self, entry: Entry) -> Record:
        """What stands for an object that cannot be read."""
        raw: dict[str, object] = {"id": entry.id, "created_at": entry.created or entry.first_seen}
        if entry.title:
            raw["metadata"] = {"title": entry.title}
        get_op = self._resource.get_op
        return Record(raw, get_op.item if get_op is not None else None)
