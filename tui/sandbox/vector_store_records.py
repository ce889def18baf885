"""Vector stores as records: what is kept, what is counted, and how the objects look.

Status, counts and bytes of a store are computed from its files whenever it is shown, so they
cannot disagree with them (contract 3: a store goes back to in_progress when a file is added).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tui.sandbox.call import Call, poll_hint
from tui.sandbox.chunking import MAX_TOKENS, OVERLAP_TOKENS
from tui.sandbox.errors import ApiError, invalid, not_found
from tui.sandbox.records import Record, Records
from tui.sandbox.wire import JsonObject

STORE = "vector_store"
FILE = "vector_store.file"
BATCH = "vector_store.files_batch"

FILE_STATUSES = ("in_progress", "completed", "failed", "cancelled")
DAY = 86_400
POLL = poll_hint(500)
"""How soon to look again at what is in progress."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many files are in which state, and their bytes."""

    by_status: dict[str, int] = field(default_factory=dict)
    size: int = 0

    def of(self, status: str) -> int:
        return self.by_status.get(status, 0)

    @property
    def total(self) -> int:
        return sum(self.by_status.values())

    def as_object(self) -> JsonObject:
        """`file_counts`."""
        return {**{status: self.of(status) for status in FILE_STATUSES}, "total": self.total}


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a file is attached with."""

    file_id: str
    attributes: dict[str, Any] = field(default_factory=dict)
    max_tokens: int = MAX_TOKENS
    overlap_tokens: int = OVERLAP_TOKENS
    batch_id: str | None = None


def store_record(
    id: str,
    created_at: int,
    *,
    name: str = "",
    description: str | None = None,
    metadata: dict[str, str] | None = None,
    expires_after: JsonObject | None = None,
) -> Record:
    """A new, empty store."""
    body: JsonObject = {
        "id": id,
        "object": "vector_store",
        "created_at": created_at,
        "name": name,
        "description": description,
        "usage_bytes": 0,
        "file_counts": Counts().as_object(),
        "status": "completed",
        "expires_after": expires_after,
        "expires_at": None,
        "last_active_at": created_at,
        "metadata": metadata or {},
    }
    return active(Record(STORE, id, body, created_at=created_at), created_at)


def file_entry(store_id: str, what: Attachment, created_at: int, *, ready_at: float) -> Record:
    """A file on its way into a store; `ready_at` is when, at the earliest, it is done."""
    body: JsonObject = {
        "id": what.file_id,
        "object": "vector_store.file",
        "usage_bytes": 0,
        "created_at": created_at,
        "vector_store_id": store_id,
        "status": "in_progress",
        "last_error": None,
        "chunking_strategy": {
            "type": "static",
            "static": {
                "max_chunk_size_tokens": what.max_tokens,
                "chunk_overlap_tokens": what.overlap_tokens,
            },
        },
        "attributes": what.attributes,
    }
    return Record(
        FILE,
        what.file_id,
        body,
        parent=store_id,
        created_at=created_at,
        status="in_progress",
        private={"ready_at": ready_at, "batch_id": what.batch_id},
    )


def with_status(entry: Record, status: str, error: JsonObject | None = None) -> Record:
    """The entry in another state."""
    return replace(entry.with_body(status=status, last_error=error), status=status)


def active(store: Record, now: int) -> Record:
    """The store after it was used: its life begins anew."""
    after = store.body["expires_after"]
    expires_at = None if after is None else now + int(after["days"]) * DAY
    return store.with_body(last_active_at=now, expires_at=expires_at)


def touch(records: Records, store_id: str, now: int) -> None:
    """Mark a store as used now."""
    store = records.get(STORE, store_id)
    if store is not None and not expired(store, now):
        records.put(active(store, now))


def expired(store: Record, now: int) -> bool:
    """Whether the store's time is over."""
    expires_at = store.body["expires_at"]
    return expires_at is not None and expires_at <= now


def detach(records: Records, store_id: str, file_id: str) -> bool:
    """Take a file out of a store, with its chunks; whether it was in."""
    records.connection.execute(
        "DELETE FROM chunks WHERE vector_store_id = ? AND file_id = ?", (store_id, file_id)
    )
    return records.delete(FILE, file_id, parent=store_id)


def counts(records: Records, store_ids: Iterable[str]) -> dict[str, Counts]:
    """The files of each store, counted."""
    found: dict[str, Counts] = {}
    for store_id in store_ids:
        rows = records.connection.execute(
            "SELECT status, count(*), sum(size) FROM records WHERE kind = ? AND parent = ?"
            " GROUP BY status",
            (FILE, store_id),
        ).fetchall()
        found[store_id] = _counted(rows)
    return found


def batch_counts(records: Records, batch: Record) -> Counts:
    """The files of one batch, counted; those that were detached since are not among them."""
    rows = records.connection.execute(
        "SELECT status, count(*), sum(size) FROM records WHERE kind = ? AND parent = ?"
        " AND json_extract(private, '$.batch_id') = ? GROUP BY status",
        (FILE, batch.parent, batch.id),
    ).fetchall()
    return _counted(rows)


def _counted(rows: Sequence[tuple[str, int, int]]) -> Counts:
    return Counts(
        {status: number for status, number, _ in rows}, sum(size or 0 for *_, size in rows)
    )


def store_object(store: Record, counted: Counts, now: int) -> JsonObject:
    """The complete store as the API shows it."""
    status = "in_progress" if counted.of("in_progress") else "completed"
    return {
        **store.body,
        "usage_bytes": counted.size,
        "file_counts": counted.as_object(),
        "status": "expired" if expired(store, now) else status,
    }


def batch_object(batch: Record, counted: Counts) -> JsonObject:
    """The complete file batch as the API shows it."""
    status = "completed"
    if batch.status == "cancelled":
        status = "cancelled"
    elif counted.of("in_progress"):
        status = "in_progress"
    elif counted.total and counted.of("failed") == counted.total:
        status = "failed"
    return {**batch.body, "status": status, "file_counts": counted.as_object()}


def require_store(records: Records, call: Call, *, living: bool = False) -> Record:
    """The store of the path. Raises `ApiError` 404; 400 when it is expired and must not be."""
    id = call.path["vector_store_id"]
    store = records.get(STORE, id)
    if store is None:
        raise no_such_store(id)
    if living and expired(store, call.now):
        raise invalid(f"Vector store '{id}' is expired.", "vector_store_id")
    return store


def no_such_store(id: str) -> ApiError:
    """404 as the platform words it."""
    return not_found(f"No vector store found with id '{id}'.", "vector_store_id")


def require_entry(records: Records, call: Call) -> Record:
    """The store's file of the path. Raises `ApiError` 404."""
    require_store(records, call)
    store_id, file_id = call.path["vector_store_id"], call.path["file_id"]
    entry = records.get(FILE, file_id, parent=store_id)
    if entry is None:
        raise not_found(
            f"No file found with id '{file_id}' in vector store '{store_id}'.", "file_id"
        )
    return entry


def hint(status: str) -> dict[str, str]:
    """The poll header of an object in this state."""
    return POLL if status == "in_progress" else {}
