"""What the lists of vector stores, their files and their batches share."""

from __future__ import annotations

from tui.api.records import Record
from tui.catalog.cells import (
    NOTHING,
)
from tui.catalog.descriptor import (
    Context,
    FilterKind,
    Parent,
    Poll,
    ServerFilter,
    Shown,
    Tone,
)
from tui.core.formats import count
from tui.core.formats import number as as_number
from tui.core.safe_text import clean

STORE = Parent("vector_stores", "vector_store_id")
FILE_STATES = ("in_progress", "completed", "failed", "cancelled")
INGESTION = Poll(every=1.0, slow=5.0, terminal=frozenset({"completed", "failed", "cancelled"}))
ORDER = ServerFilter(
    param="order",
    title="Order",
    kind=FilterKind.CHOICE,
    choices=("desc", "asc"),
    default="desc",
)
STATE = ServerFilter(param="filter", title="State", kind=FilterKind.CHOICE, choices=FILE_STATES)


def file_counts(record: Record, _context: Context) -> Shown:
    """`58 / 60`, with what failed told in words."""
    total = as_number(record.get("file_counts.total"))
    if total is None:
        return NOTHING
    done = as_number(record.get("file_counts.completed")) or 0
    failed = as_number(record.get("file_counts.failed")) or 0
    if failed:
        return Shown(f"{count(done)}/{count(total)} {count(failed)} failed", Tone.BAD, total)
    if done < total:
        return Shown(f"{count(done)}/{count(total)}", Tone.BUSY, total)
    return Shown(count(total), Tone.PLAIN, total)


def last_error(record: Record, _context: Context) -> Shown:
    code, message = record.get("last_error.code"), record.get("last_error.message")
    if not code and not message:
        return NOTHING
    return Shown(clean(f"{code or 'error'}: {message or ''}", limit=200), Tone.BAD)


def chunking(record: Record, _context: Context) -> Shown:
    kind = record.get("chunking_strategy.type")
    if kind == "static":
        size_ = record.get("chunking_strategy.static.max_chunk_size_tokens")
        overlap = record.get("chunking_strategy.static.chunk_overlap_tokens")
        return Shown(clean(f"{size_}/{overlap}"), Tone.MUTED)
    return Shown(clean(kind, limit=20), Tone.MUTED) if kind else NOTHING
