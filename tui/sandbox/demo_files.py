"""The demo's files, its three vector stores, and an upload that waits for its parts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tui.sandbox.chunking import chunk
from tui.sandbox.demo import SEED, generator, marked, renews, seeds
from tui.sandbox.demo_datasets import datasets
from tui.sandbox.demo_document import ENGINEERING, HANDBOOK, HELP, Document
from tui.sandbox.demo_engineering import engineering
from tui.sandbox.demo_guides import guides
from tui.sandbox.demo_handbook import handbook
from tui.sandbox.embedding import embed, to_blob
from tui.sandbox.extraction import ExtractionError, extract_text
from tui.sandbox.files import NewFile, file_record
from tui.sandbox.identifiers import Identifiers
from tui.sandbox.ingestion import Chunk, put_chunks
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.uploads import LIFETIME_SECONDS, UPLOAD
from tui.sandbox.vector_store_records import (
    BATCH,
    DAY,
    FILE,
    Attachment,
    Counts,
    active,
    file_entry,
    store_record,
    with_status,
)
from tui.sandbox.wire import JsonObject
from tui.sandbox.world import World

RENEW = "renew"
"""The private member that tells how many seconds from the start an object is under way."""

UNDER_WAY = {
    "answers-payment.md": 90,
    "moorbook-manual-complete.md": 12 * 60,
    "gate-events-tarnholm.jsonl": 50 * 60,
}
"""Files that are in progress whenever the demo is opened, and for how many seconds."""

CANCELLED = "environment.md"
_OTHER_STRATEGY = {"prices-2026.csv", "berths-tarnholm.csv", "incidents-2026.json"}


@dataclass(frozen=True, slots=True)
class _Store:
    key: str
    name: str
    description: str
    age_days: int
    metadata: dict[str, str]
    expires_days: int | None = None


_STORES = (
    _Store(
        HELP,
        "Moorbook help centre",
        "Manual, harbour guides and answers for guests",
        41,
        {"team": "support", "audience": "guests", "refresh": "weekly"},
    ),
    _Store(
        HANDBOOK,
        "Company handbook",
        "Policies of Brinewell",
        27,
        {"team": "people", "audience": "staff"},
        expires_days=30,
    ),
    _Store(
        ENGINEERING,
        "Engineering notes",
        "Runbooks, sources and incident tables",
        13,
        {"team": "platform", "audience": "on-call", "env": "prod"},
    ),
)


@dataclass(frozen=True, slots=True)
class _Made:
    """What is written in one transaction."""

    records: list[Record]
    contents: dict[str, bytes]
    chunks: list[tuple[str, str, list[Chunk]]]


@seeds
async def seed_files(world: World, now: int) -> None:
    """Add files, stores and the upload; texts are really cut and embedded."""
    made = await world.compute(_make, now)
    await asyncio.gather(*(world.blobs.write(id, made.contents[id]) for id in made.contents))

    def insert(records: Records) -> None:
        for record in made.records:
            records.insert(marked(record))
        for store_id, file_id, chunks in made.chunks:
            put_chunks(records, store_id, file_id, chunks)

    await world.database.write(insert)


@renews
async def renew_files(world: World, now: int) -> None:
    """Put back in progress what the demo shows in progress; what was deleted stays deleted."""

    def renew(records: Records) -> None:
        is_renewed = Where(f"json_extract(private, '$.{RENEW}') IS NOT NULL")
        for entry in records.select(FILE, is_renewed):
            records.connection.execute(
                "DELETE FROM chunks WHERE vector_store_id = ? AND file_id = ?",
                (entry.parent, entry.id),
            )
            ready_at = now + int(entry.private[RENEW])
            fresh = with_status(entry, "in_progress").with_body(usage_bytes=0)
            records.put(replace(fresh, size=0, private={**entry.private, "ready_at": ready_at}))
        for upload in records.select(UPLOAD, is_renewed):
            times = {"created_at": now, "expires_at": now + LIFETIME_SECONDS}
            fresh = upload.with_body(status="pending", file=None, **times)
            records.put(replace(fresh, created_at=now, status="pending"))

    await world.database.write(renew)


def documents() -> list[Document]:
    """Every file of the demo."""
    return [*handbook(), *guides(), *engineering(), *datasets()]


def _make(now: int) -> _Made:
    draw = generator("files")
    ids = Identifiers(SEED + 1)
    made = _Made([], {}, [])
    stores = {store.key: _store(ids, store, now) for store in _STORES}
    batch_id = ids.new("vsfb_")
    born = {store.key: now - store.age_days * DAY for store in _STORES}
    for document in documents():
        created = _created(draw, document, now, born)
        file = _file(ids.new("file-"), document, created, now)
        made.records.append(file)
        made.contents[file.id] = document.content
        if document.store:
            in_batch = batch_id if document.store == HANDBOOK else None
            attached = max(created + draw.randint(5, 90), born[document.store] + 30)
            _attach(made, stores[document.store], file, document, attached, now, in_batch)
    batch_at = born[HANDBOOK] + 25
    made.records.extend(stores.values())
    made.records.append(_batch(batch_id, stores[HANDBOOK].id, batch_at))
    made.records.append(_upload(ids, now))
    made.records.sort(key=lambda record: record.created_at)
    return made


def _created(draw: random.Random, document: Document, now: int, born: dict[str, int]) -> int:
    """When a file was uploaded: around its store's first days, or in the last two months."""
    if document.filename in UNDER_WAY:
        return now - draw.randint(40, 240)
    if document.store:
        newest = (now - born[document.store]) // 2
        return born[document.store] + draw.choice((-600, 20, 40, draw.randint(60, newest)))
    return now - draw.randint(3600, 60 * DAY)


def _file(id: str, document: Document, created: int, now: int) -> Record:
    expires = document.expires_days
    return file_record(
        NewFile(
            document.filename,
            document.purpose,
            len(document.content),
            expires_at=None if expires is None else now + expires * DAY,
            id=id,
        ),
        created,
    )


def _store(ids: Identifiers, store: _Store, now: int) -> Record:
    days = store.expires_days
    made = store_record(
        ids.new("vs_"),
        now - store.age_days * DAY,
        name=store.name,
        description=store.description,
        metadata=store.metadata,
        expires_after=None if days is None else {"anchor": "last_active_at", "days": days},
    )
    return active(made, now - 3 * 3600 * (1 + store.age_days % 5))


def _attach(
    made: _Made,
    store: Record,
    file: Record,
    document: Document,
    attached: int,
    now: int,
    batch_id: str | None,
) -> None:
    size, overlap = (400, 100) if document.filename in _OTHER_STRATEGY else (800, 400)
    seconds = UNDER_WAY.get(document.filename)
    what = Attachment(file.id, document.attributes, size, overlap, batch_id)
    ready_at = float(attached + 1 if seconds is None else now + seconds)
    entry = file_entry(store.id, what, attached, ready_at=ready_at)
    if seconds is not None:
        made.records.append(replace(entry, private={**entry.private, RENEW: seconds}))
        return
    if document.filename == CANCELLED:
        made.records.append(with_status(entry, "cancelled"))
        return
    try:
        text = extract_text(document.filename, document.content)
    except ExtractionError as error:
        fault = {"code": error.code, "message": error.message}
        made.records.append(with_status(entry, "failed", fault))
        return
    chunks = _chunks(text, size, overlap)
    total = sum(piece.size for piece in chunks)
    done = with_status(entry, "completed").with_body(usage_bytes=total)
    made.records.append(replace(done, size=total))
    made.chunks.append((store.id, file.id, chunks))


def _chunks(text: str, size: int, overlap: int) -> list[Chunk]:
    pieces: Sequence[str] = chunk(text, max_tokens=size, overlap_tokens=overlap)
    return [Chunk(piece, to_blob(embed(piece))) for piece in pieces]


def _batch(id: str, store_id: str, created: int) -> Record:
    """The batch that brought the handbook; it was cancelled when one file was left."""
    body: JsonObject = {
        "id": id,
        "object": "vector_store.files_batch",
        "created_at": created,
        "vector_store_id": store_id,
        "status": "cancelled",
        "file_counts": Counts().as_object(),
    }
    return Record(BATCH, id, body, parent=store_id, created_at=created, status="cancelled")


def _upload(ids: Identifiers, now: int) -> Record:
    body: JsonObject = {
        "id": ids.new("upload_"),
        "object": "upload",
        "bytes": 188_743_680,
        "created_at": now - 300,
        "filename": "support-archive-2025.jsonl",
        "purpose": "fine-tune",
        "status": "pending",
        "expires_at": now - 300 + LIFETIME_SECONDS,
        "file": None,
    }
    private = {"lifetime": None, RENEW: LIFETIME_SECONDS}
    return Record(UPLOAD, body["id"], body, created_at=now - 300, status="pending", private=private)
