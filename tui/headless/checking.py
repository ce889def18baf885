"""`cupola ledger import --check`: the server is asked for each id before it is kept.

It tells what an object is called and whether it is there. Where nobody knows what an id lives in,
the objects that it may live in are tried: those of the ledger, and those that the server lists.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tui.catalog.descriptor import Resource
from tui.core.errors import ProblemError, ProblemKind
from tui.headless.access import Access, opened
from tui.headless.joining import AT_ONCE
from tui.headless.output import Output
from tui.headless.place import Place
from tui.store.ledger_entries import Refused, entry_of
from tui.store.ledger_file import Entry
from tui.store.views import Ref

MOST_PARENTS = 200
"""Objects that one id is looked for in."""

Read = Entry | Refused


async def checked(
    place: Place, read: Sequence[Read], *, environ: Mapping[str, str], output: Output
) -> list[Read]:
    """The entries as the server knows them; those that it has not are refused.

    Raises `ProblemError` when the server cannot be asked at all.
    """
    async with opened(place, environ=environ, output=output) as access:
        gate = asyncio.Semaphore(AT_ONCE)
        checker = _Checker(access, gate)
        return list(await asyncio.gather(*(checker.check(one) for one in read)))


class _Checker:
    def __init__(self, access: Access, gate: asyncio.Semaphore) -> None:
        self._access = access
        self._gate = gate
        self._homes: dict[str, asyncio.Task[list[tuple[str, ...]]]] = {}

    async def check(self, one: Read) -> Read:
        if isinstance(one, Refused):
            return one if not one.kind else await self._settled(one)
        resource = self._access.catalog[one.kind]
        if resource.get_op is None:
            return one
        found = await self._found(resource, one.id, one.parents)
        if found is None:
            return Refused(line=0, reason=f"the server has no {resource.singular} {one.id}")
        return replace(
            found, made=one.made, first_seen=one.first_seen, title=found.title or one.title
        )

    async def _settled(self, homeless: Refused) -> Read:
        """An id that nobody knows the home of, looked for where it may be."""
        resource = self._access.catalog[homeless.kind]
        for parents in await self._possible(resource):
            found = await self._found(resource, homeless.id, parents)
            if found is not None:
                return found
        return homeless

    async def _possible(self, resource: Resource) -> list[tuple[str, ...]]:
        """The parents that objects of a resource may have, found once."""
        if resource.key not in self._homes:
            work = self._parents(resource)
            self._homes[resource.key] = asyncio.get_running_loop().create_task(work)
        return await self._homes[resource.key]

    async def _parents(self, resource: Resource) -> list[tuple[str, ...]]:
        access, above = self._access, self._access.catalog[resource.parents[-1].resource]
        entries = await asyncio.to_thread(
            access.book.patiently,
            lambda file: file.by_kind(above.key, limit=MOST_PARENTS),
        )
        homes = {(*entry.parents, entry.id): None for entry in entries}
        if above.list_op is not None and not above.parents:
            limit = min(MOST_PARENTS, above.list_op.page_limit)
            try:
                page = await access.page(above.list_op, {}, query={}, after=None, limit=limit)
                homes.update({(record.id,): None for record in page.items if record.id})
            except ProblemError as error:
                if error.problem.kind is not ProblemKind.ABSENT:
                    raise
        return list(homes)[:MOST_PARENTS]

    async def _found(self, resource: Resource, id: str, parents: tuple[str, ...]) -> Entry | None:
        """The object as an entry; `None` when the server has it not."""
        if resource.get_op is None:
            return None
        async with self._gate:
            try:
                reply = await self._access.call(resource.get_op, resource.path(parents, id))
            except ProblemError as error:
                if error.problem.kind is ProblemKind.NOT_FOUND:
                    return None
                raise
        ref = Ref(resource.key, id, parents)
        return entry_of(resource, ref, reply.record, now=self._access.clock.now())
