"""The ledger for one command: waited for when another Cupola writes, done without when it must be.

What was seen here is found again in the app, by search and by id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from tui.api.records import Record
from tui.catalog.descriptor import Resource
from tui.core.clock import Clock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.store.ledger_entries import entry_of
from tui.store.ledger_file import Entry, LedgerBusyError, LedgerFile, LedgerUnusableError
from tui.store.views import Ref

T = TypeVar("T")

TRIES = 40
"""Each waits for another's lock by itself."""


class Book:
    """The ledger of one server and project. Its methods may block: for threads, or for commands
    that do nothing else."""

    def __init__(self, path: Path, *, clock: Clock) -> None:
        self.file = LedgerFile(path, now=clock.now)
        self._clock = clock

    def patiently(self, work: Callable[[LedgerFile], T]) -> T:
        """Work on the file. Raises `ProblemError` when it cannot be used at all."""
        for left in reversed(range(TRIES)):
            try:
                return work(self.file)
            except LedgerBusyError as error:
                if not left:
                    raise _unusable("another Cupola is writing to it") from error
            except LedgerUnusableError as error:
                raise _unusable(str(error)) from error
        raise AssertionError

    def close(self) -> None:
        self.file.close()

    async def locate(self, id: str) -> list[Entry]:
        """Where an id was seen, latest first; nothing when the ledger cannot be used."""
        return await self._or(lambda file: file.locate(id), [])

    async def by_kind(
        self, kind: str, parents: tuple[str, ...], *, limit: int, skip: int
    ) -> list[Entry]:
        """The objects of one resource inside others, latest first. Raises `ProblemError`."""
        return await asyncio.to_thread(
            self.patiently,
            lambda file: file.by_kind(kind, parents=parents, limit=limit, skip=skip),
        )

    async def note(self, resource: Resource, seen: Iterable[tuple[Ref, Record]]) -> None:
        """Objects were seen; those without an id are nothing to find again."""
        now = self._clock.now()
        entries = [entry_of(resource, ref, record, now=now) for ref, record in seen if record.id]
        if entries:
            await self._or(lambda file: file.note(entries), None)

    async def forget(self, ref: Ref) -> None:
        """The server has it no more."""
        await self._or(lambda file: file.forget(ref.resource, ref.id), None)

    async def _or(self, work: Callable[[LedgerFile], T], instead: T) -> T:
        """What is beside the point of a command does not make it fail."""
        try:
            return await asyncio.to_thread(self.patiently, work)
        except ProblemError:
            return instead


def _unusable(detail: str) -> ProblemError:
    return ProblemError(Problem("The ledger cannot be used", detail=detail, kind=ProblemKind.LOCAL))
