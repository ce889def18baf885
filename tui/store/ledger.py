"""The ledger: every id that was seen or made, so that it can be found again.

The API cannot list everything, and no server finds an object by the beginning of its id. The loop
never waits for the disk: notes are gathered and written in a thread, answers come back as jobs.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from tui.api.records import Record
from tui.catalog.descriptor import Resource, Tone
from tui.core.clock import Clock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.store.ledger_entries import EntryReader, Known, Refused, entry_of
from tui.store.ledger_export import read_import, write_export
from tui.store.ledger_file import Entry, LedgerBusyError, LedgerFile, LedgerUnusableError
from tui.store.notices import Notices
from tui.store.views import Ref
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

T = TypeVar("T")

GATHER = 1.0
"""Seconds for which notes are gathered before they are written."""
LAST_TRIES = 20
"""Times that the file is tried at the end, each as long as it waits for another's lock."""
RECENT = 5_000
"""Entries kept in memory, for completion between two key presses."""


class Ledger:
    """The ledger of one server and project. Without a path it lives in memory alone."""

    def __init__(
        self,
        path: Path | None,
        *,
        catalog: Mapping[str, Resource],
        scheduler: Scheduler,
        clock: Clock,
        scope: Scope,
        notices: Notices,
    ) -> None:
        self._file = LedgerFile(path, now=clock.now) if path is not None else None
        self._catalog = catalog
        self._scheduler = scheduler
        self._clock = clock
        self._scope = scope
        self._notices = notices
        self._recent: OrderedDict[Ref, Entry] = OrderedDict()
        self._pending: dict[Ref, Entry] = {}
        self._timer: asyncio.Task[None] | None = None
        self._keys = itertools.count()
        self._reported = 0
        self._closed = False

    def note(self, ref: Ref, record: Record, *, made: bool = False) -> None:
        """An object was seen, or made from here; written a moment later."""
        self.note_all([(ref, record)], made=made)

    def note_all(self, seen: Iterable[tuple[Ref, Record]], *, made: bool = False) -> None:
        """Objects were seen; those without an id of their own are nothing to find again."""
        now = self._clock.now()
        for ref, record in seen:
            resource = self._catalog.get(ref.resource)
            if resource is None or not record.id:
                continue
            known = self._recent.get(ref)
            entry = entry_of(resource, ref, record, now=now)
            entry = replace(
                entry,
                first_seen=now if known is None else known.first_seen,
                made=made or (known is not None and known.made),
            )
            self._remember(ref, entry)
            self._pending[ref] = entry
        if self._pending and self._file is not None:
            self._write_soon()

    def forget(self, ref: Ref) -> None:
        """The object was deleted."""
        self._recent.pop(ref, None)
        self._pending.pop(ref, None)
        if self._file is not None:
            file = self._file
            self._run(lambda: file.forget(ref.resource, ref.id))

    def recent(self) -> Iterable[Entry]:
        """What is in memory, latest first."""
        return reversed(self._recent.values())

    async def search(self, text: str, *, limit: int = 50) -> list[Entry]:
        """Entries whose id begins with the text, or whose title holds it. Raises `ProblemError`."""
        file = self._file
        if file is None:
            low = text.casefold()
            found = (e for e in self.recent() if e.id.startswith(text) or low in e.title.casefold())
            return list(itertools.islice(found, limit))
        if self._pending:
            await self._write()
        entries = await self._run(lambda: file.search(text, limit=limit), lane=Lane.VISIBLE)
        self._bring(entries)
        return entries

    def look_up(self, text: str, *, limit: int, then: Callable[[], None]) -> None:
        """Bring what the file holds of a text into memory, and say so if there was any."""
        file = self._file
        if file is None:
            return

        def arrived(job: Job[list[Entry]]) -> None:
            if job.problem is None and job.result:
                self._bring(job.result)
                then()

        work = partial(file.search, text, limit=limit)
        self._run(work, lane=Lane.VISIBLE).on_done(arrived)

    async def locate(self, id: str) -> list[Entry]:
        """Where an id was seen, latest first. Raises `ProblemError`."""
        file = self._file
        if file is None:
            return [entry for entry in self.recent() if entry.id == id]
        return await self._run(lambda: file.locate(id), lane=Lane.INTERACTIVE)

    async def by_kind(
        self, kind: str, *, parents: tuple[str, ...] | None = None, limit: int = 100, skip: int = 0
    ) -> list[Entry]:
        """The objects of one resource, latest first. Raises `ProblemError`."""
        file = self._file
        if file is None:
            found = (e for e in self.recent() if e.kind == kind and parents in (None, e.parents))
            return list(itertools.islice(found, skip, skip + limit))
        return await self._run(lambda: file.by_kind(kind, parents=parents, limit=limit, skip=skip))

    async def export(self) -> list[Entry]:
        """Every entry, what was noted a moment ago too. Raises `ProblemError`."""
        file = self._file
        if file is None:
            return list(self.recent())
        await self._write()
        return await self._run(lambda: list(file.each()))

    async def import_ids(
        self, lines: Iterable[str], *, known: Iterable[Known], parents: tuple[str, ...] = ()
    ) -> tuple[int, list[Refused]]:
        """Take in ids, or what `export` wrote; gives how many there were, and the lines that are
        none. They are on the disk when this returns. Raises `ProblemError`."""
        file = self._file
        reader = EntryReader(
            known,
            now=self._clock.now(),
            parents=parents,
            whereabouts=self._seen_before if file is None else file.locate,
        )
        if file is None:
            results = list(reader.read(lines))
        else:
            results = await self._run(lambda: list(reader.read(lines)))
        entries = [one for one in results if isinstance(one, Entry)]
        if file is not None and entries:
            await self._run(lambda: file.note(entries))
        self._bring(entries)
        return len(entries), [one for one in results if isinstance(one, Refused)]

    async def export_to(self, path: Path) -> int:
        """Every entry into a file; gives how many there were. Raises `ProblemError`."""
        entries = await self.export()
        return await self._beside(lambda: write_export(entries, path))

    async def import_from(self, path: Path, *, known: Iterable[Known]) -> tuple[int, list[Refused]]:
        """As `import_ids`, from a file. Raises `ProblemError`."""
        lines = await self._beside(lambda: read_import(path))
        return await self.import_ids(lines, known=known)

    async def exists(self, path: Path) -> bool:
        """Whether an export would replace something."""
        return await self._beside(path.exists)

    def _beside(self, work: Callable[[], T]) -> Job[T]:
        """Work in a thread on a file that is not the ledger's."""
        key = ("ledger", next(self._keys))
        return self._scheduler.in_thread(key, scope=self._scope, lane=Lane.INTERACTIVE, work=work)

    def _seen_before(self, id: str) -> list[Entry]:
        return [entry for entry in self.recent() if entry.id == id]

    async def purge(self) -> int:
        """Forget everything; gives how many entries there were. Raises `ProblemError`."""
        count = len(self._recent)
        self._recent.clear()
        self._pending.clear()
        file = self._file
        return count if file is None else await self._run(file.purge)

    async def size(self) -> tuple[int, int]:
        """Entries and bytes on the disk. Raises `ProblemError`."""
        file = self._file
        return (len(self._recent), 0) if file is None else await self._run(file.size)

    async def close(self) -> None:
        """Write what is pending and let the file go."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for _ in range(LAST_TRIES):
            # Another Cupola may be writing: what was seen is worth a moment at the end.
            if self._pending:
                await self._write()
        if self._file is not None:
            # Not through a job: at the end the scheduler may take none any more.
            self._file.close()

    def _bring(self, entries: list[Entry]) -> None:
        for entry in reversed(entries):
            self._remember(Ref(entry.kind, entry.id, entry.parents), entry)

    def _remember(self, ref: Ref, entry: Entry) -> None:
        self._recent[ref] = entry
        self._recent.move_to_end(ref)
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    def _write_soon(self) -> None:
        if self._timer is None and not self._closed:
            self._timer = asyncio.get_running_loop().create_task(self._write_later())

    async def _write_later(self) -> None:
        await self._clock.sleep(GATHER)
        self._timer = None
        await self._write()

    async def _write(self) -> None:
        file = self._file
        if file is None:
            self._pending.clear()
            return
        batch, self._pending = self._pending, {}
        try:
            await self._run(lambda: file.note(batch.values()))
        except ProblemError as error:
            if error.problem.retryable:
                self._pending = {**batch, **self._pending}
                self._write_soon()

    def _run(self, work: Callable[[], T], *, lane: Lane = Lane.BACKGROUND) -> Job[T]:
        """Work on the file in a thread. Raises `ProblemError`; what cannot be cured is told once,
        and the ledger goes on in memory."""
        job = self._scheduler.in_thread(
            ("ledger", next(self._keys)), scope=self._scope, lane=lane, work=partial(_told, work)
        )
        job.on_done(self._report)
        return job

    def _report(self, job: Job[T]) -> None:
        if self._file is None:
            return
        for path in self._file.set_aside[self._reported :]:
            self._reported += 1
            self._notices.tell(
                f"The ledger of ids was damaged: it is begun anew, the old one is {path.name}",
                tone=Tone.WARN,
            )
        problem = job.problem
        if problem is not None and problem.kind is ProblemKind.LOCAL and not problem.retryable:
            self._notices.fail("The ledger of ids is kept in memory only", problem)
            self._file.close()
            self._file = None


def _told(work: Callable[[], T]) -> T:
    """The file's errors as problems."""
    try:
        return work()
    except LedgerBusyError as error:
        raise ProblemError(
            Problem(
                "The ledger is in use by another Cupola",
                kind=ProblemKind.LOCAL,
                detail=str(error),
                retryable=True,
            )
        ) from error
    except LedgerUnusableError as error:
        raise ProblemError(
            Problem("The ledger cannot be used", detail=str(error), kind=ProblemKind.LOCAL)
        ) from error
