"""What columns look up in other resources, read when it is first missed.

A file in a vector store has no name of its own: its column asks for the file. Rows are shown once
to hear what they miss, those objects are read, and then the rows are written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tui.api.records import Record
from tui.catalog.descriptor import Column
from tui.core.errors import ProblemError
from tui.headless.access import Access

AT_ONCE = 8
"""Objects that are read at the same time."""


class Joined:
    """`catalog.descriptor.Context` over what was read for this command."""

    def __init__(self, access: Access) -> None:
        self.now = access.clock.now()
        self._access = access
        self._found: dict[tuple[str, str], Record | None] = {}
        self._missed: dict[tuple[str, str], None] = {}

    def find(self, resource: str, id: str) -> Record | None:
        if (resource, id) not in self._found:
            self._missed[resource, id] = None
        return self._found.get((resource, id))

    def count(self, resource: str, path: str, value: str) -> int | None:
        return None

    async def read_for(self, columns: Sequence[Column], records: Sequence[Record]) -> None:
        """Read what the columns will ask for; what cannot be read stays a short id."""
        for record in records:
            for column in columns:
                column.show(record, self)
        missed, self._missed = tuple(self._missed), {}
        gate = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._read(resource, id, gate) for resource, id in missed))

    async def _read(self, resource: str, id: str, gate: asyncio.Semaphore) -> None:
        described = self._access.catalog.get(resource)
        self._found[resource, id] = None
        if described is None or described.get_op is None or described.parents:
            return
        async with gate:
            try:
                reply = await self._access.call(described.get_op, described.path((), id))
            except ProblemError:
                return
        self._found[resource, id] = reply.record
