"""The requests of an upload, each one a job of the worker: files, vector stores, file batches."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tui.api.operation import Operation
from tui.api.operations.files import LIST_FILES
from tui.api.operations.vector_stores import (
    CANCEL_FILE_BATCH,
    CREATE_FILE_BATCH,
    CREATE_VECTOR_STORE_FILE,
    DELETE_VECTOR_STORE_FILE,
    GET_FILE_BATCH,
    GET_VECTOR_STORE_FILE,
    LIST_FILE_BATCH_FILES,
    LIST_VECTOR_STORE_FILES,
)
from tui.api.records import Record
from tui.core.clock import Clock
from tui.core.formats import number
from tui.store.ingest_attributes import AttributeValue
from tui.store.ingest_plan import KnownFile
from tui.store.ports import Api, Reply
from tui.store.views import Ref
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

T = TypeVar("T")

Made = Callable[[Ref, Record], None]
"""Hears of an object that the server does not list: who made it has to remember it."""
BATCHES = "vector_stores.file_batches"

MOST_PAGES = 100
"""Of a list that is searched: 10,000 files, which is what servers are known to list."""
CLOCK_SKEW = 300.0
"""Seconds by which the server's clock may be behind ours when uploads are looked for."""
_ids = itertools.count(1)


class IngestServer:
    """What uploads ask of the server. Everything raises `ProblemError`."""

    def __init__(
        self,
        api: Api,
        *,
        scheduler: Scheduler,
        scope: Scope,
        clock: Clock,
        made: Made = lambda _ref, _record: None,
    ) -> None:
        self._made = made
        self.api = api
        self.scheduler = scheduler
        self.scope = scope
        self.clock = clock

    def job(
        self, what: str, run: Callable[[], Awaitable[T]], *, lane: Lane = Lane.BACKGROUND
    ) -> Job[T]:
        """One request; a key of its own, since no two of these are the same."""
        return self.scheduler.submit(
            ("ingest", what, next(_ids)), scope=self.scope, lane=lane, run=run
        )

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Something that blocks on this machine's disk."""
        return await self.scheduler.in_thread(
            ("ingest", "disk", next(_ids)), scope=self.scope, lane=Lane.VISIBLE, work=work
        )

    def upload(
        self,
        path: Path,
        *,
        purpose: str,
        expires_after: int | None,
        progress: Callable[[int, int], None],
        stop: asyncio.Event,
    ) -> Job[Reply]:
        """Send one file. A lost answer is a problem of kind UNCERTAIN."""
        return self.job(
            "upload",
            lambda: self.api.upload(
                path, purpose=purpose, expires_after=expires_after, progress=progress, stop=stop
            ),
        )

    async def files(self, purpose: str, *, lane: Lane = Lane.VISIBLE) -> list[KnownFile]:
        """What the server has of a purpose, newest first, up to `MOST_PAGES` pages."""
        found: list[KnownFile] = []

        def take(records: Sequence[Record]) -> bool:
            found.extend(known_file(record) for record in records)
            return True

        await self._walk(LIST_FILES, take, query={"purpose": purpose, "order": "desc"}, lane=lane)
        return found

    async def find_upload(
        self, *, name: str, size: int, purpose: str, since: float, ids: Collection[str]
    ) -> str | None:
        """The id of a file that arrived though its answer was lost; `ids` are not it.

        Files carry no mark of ours: name, size and time have to do (reliability, data safety).
        """
        earliest = since - CLOCK_SKEW
        found: list[str] = []

        def take(records: Sequence[Record]) -> bool:
            oldest = earliest
            for record in records:
                oldest = number(record.get("created_at")) or earliest
                if (
                    record.id not in ids
                    and record.get("filename") == name
                    and number(record.get("bytes")) == size
                    and oldest >= earliest
                ):
                    found.append(record.id)
            return not found and oldest >= earliest

        await self._walk(LIST_FILES, take, query={"purpose": purpose, "order": "desc"})
        return found[0] if found else None

    async def store_files(
        self, store: str, *, wanted: Collection[str] | None = None, lane: Lane = Lane.BACKGROUND
    ) -> dict[str, Record]:
        """The files of a vector store by id; only until all the wanted ones were seen."""
        found: dict[str, Record] = {}

        def take(records: Sequence[Record]) -> bool:
            found.update((record.id, record) for record in records)
            return wanted is None or not all(id in found for id in wanted)

        await self._walk(
            LIST_VECTOR_STORE_FILES,
            take,
            path={"vector_store_id": store},
            query={"order": "desc"},
            lane=lane,
        )
        return found

    async def store_file(self, store: str, file: str) -> Reply:
        path = {"vector_store_id": store, "file_id": file}
        return await self.job("look", lambda: self.api.call(GET_VECTOR_STORE_FILE, path=path))

    async def attach(
        self, store: str, file: str, attributes: Mapping[str, AttributeValue]
    ) -> Record:
        """Put one file into a vector store. Attaching it again changes nothing."""
        body: dict[str, Any] = {"file_id": file}
        if attributes:
            body["attributes"] = dict(attributes)
        path = {"vector_store_id": store}
        reply = await self.job(
            "attach", lambda: self.api.call(CREATE_VECTOR_STORE_FILE, path=path, body=body)
        )
        return reply.record

    async def detach(self, store: str, file: str) -> None:
        """Take a file out of a vector store; the file itself stays."""
        path = {"vector_store_id": store, "file_id": file}
        await self.job("detach", lambda: self.api.call(DELETE_VECTOR_STORE_FILE, path=path))

    async def create_batch(
        self, store: str, files: Sequence[str], attributes: Mapping[str, AttributeValue]
    ) -> str:
        """Put many files into a vector store at once; the batch's id."""
        body: dict[str, Any] = {"file_ids": list(files)}
        if attributes:
            body["attributes"] = dict(attributes)
        path = {"vector_store_id": store}
        reply = await self.job(
            "batch", lambda: self.api.call(CREATE_FILE_BATCH, path=path, body=body)
        )
        self._made(Ref(BATCHES, reply.record.id, (store,)), reply.record)
        return reply.record.id

    async def batch(self, store: str, batch: str) -> Reply:
        path = {"vector_store_id": store, "batch_id": batch}
        return await self.job("look", lambda: self.api.call(GET_FILE_BATCH, path=path))

    async def batch_files(self, store: str, batch: str) -> dict[str, Record]:
        found: dict[str, Record] = {}

        def take(records: Sequence[Record]) -> bool:
            found.update((record.id, record) for record in records)
            return True

        path = {"vector_store_id": store, "batch_id": batch}
        await self._walk(LIST_FILE_BATCH_FILES, take, path=path)
        return found

    async def cancel_batch(self, store: str, batch: str) -> None:
        path = {"vector_store_id": store, "batch_id": batch}
        await self.job("cancel", lambda: self.api.call(CANCEL_FILE_BATCH, path=path))

    async def _walk(
        self,
        op: Operation,
        take: Callable[[Sequence[Record]], bool],
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        lane: Lane = Lane.BACKGROUND,
    ) -> None:
        """Page after page until `take` has enough; ends where a list repeats itself."""
        after: str | None = None
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            cursor = after
            page = await self.job(
                "list",
                lambda cursor=cursor: self.api.page(  # type: ignore[misc]
                    op, path=path or {}, query=query, after=cursor
                ),
                lane=lane,
            )
            fresh = [record for record in page.items if record.id not in seen]
            seen.update(record.id for record in fresh)
            if not fresh or not take(fresh) or page.next is None or page.next == cursor:
                return
            after = page.next


def known_file(record: Record) -> KnownFile:
    return KnownFile(
        id=record.id,
        name=str(record.get("filename", "")),
        size=int(number(record.get("bytes")) or 0),
    )
