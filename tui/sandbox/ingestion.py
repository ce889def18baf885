"""What happens to a file in a vector store: its text is extracted, cut, embedded and stored.

The work is real and runs off the loop, one file at a time; the clock only says how soon a file may
be done, so that a person sees it in progress and a test decides when it ends.
"""

from __future__ import annotations

import logging
from asyncio import CancelledError
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from tui.sandbox.background import at_start
from tui.sandbox.blobs import BlobStore
from tui.sandbox.chunking import chunk
from tui.sandbox.embedding import embed, to_blob
from tui.sandbox.extraction import ExtractionError, extract_text
from tui.sandbox.gate import MIB
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.vector_store_records import (
    FILE,
    Attachment,
    detach,
    file_entry,
    touch,
    with_status,
)
from tui.sandbox.wire import JsonObject
from tui.sandbox.world import World

FIRST_SECONDS = 1.0
"""How long a lone file stays in progress."""
NEXT_SECONDS = 0.1
"""How much longer for each file of the store that is still before it."""
MAX_INGEST_BYTES = 20 * MIB
"""A larger file fails as invalid: at about 4 bytes a token, the platform's 5,000,000 tokens."""

_log = logging.getLogger("cupola.sandbox")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a file's text and its vector."""

    text: str
    vector: bytes

    @property
    def size(self) -> int:
        """The bytes that it takes up in the store."""
        return len(self.text.encode()) + len(self.vector)


def attach(
    records: Records, store_id: str, attachments: Iterable[Attachment], now: float
) -> list[Record]:
    """Put files into a store, in progress. One that was in it already starts anew."""
    waiting = records.count(FILE, Where("status = 'in_progress'"), parent=store_id)
    entries: list[Record] = []
    for what in attachments:
        detach(records, store_id, what.file_id)
        ready_at = now + FIRST_SECONDS + NEXT_SECONDS * (waiting + len(entries))
        entry = file_entry(store_id, what, int(now), ready_at=ready_at)
        records.insert(entry)
        entries.append(entry)
    touch(records, store_id, int(now))
    return entries


def begin(world: World, entries: Iterable[Record]) -> None:
    """Work on entries in progress behind the calls."""
    for entry in entries:
        world.spawn(_ingest(world, entry))


@at_start
async def resume(world: World) -> None:
    """Take up what was in progress when the last process ended."""
    begin(world, await world.database.read(_in_progress))


def _in_progress(records: Records) -> list[Record]:
    return records.select(FILE, Where("status = 'in_progress'"))


async def _ingest(world: World, entry: Record) -> None:
    await world.clock.sleep(float(entry.private["ready_at"]) - world.clock.now())
    with world.busy():
        async with world.background_slot:
            current = await world.database.read(lambda records: _current(records, entry))
            if current is None:
                return
            chunks, error = await _work(world, current)
            await world.database.write(
                lambda records: _store(records, entry, chunks, error, int(world.clock.now()))
            )


async def _work(world: World, entry: Record) -> tuple[list[Chunk], JsonObject | None]:
    """The chunks of a file, or why there are none."""
    file = await world.database.read(lambda records: records.get("file", entry.id))
    if file is None:
        return [], {"code": "invalid_file", "message": "The file was deleted."}
    static = entry.body["chunking_strategy"]["static"]
    try:
        chunks = await world.compute(
            read_chunks,
            world.blobs,
            file,
            max_tokens=static["max_chunk_size_tokens"],
            overlap_tokens=static["chunk_overlap_tokens"],
            stopped=world.closing.is_set,
        )
    except ExtractionError as error:
        return [], {"code": error.code, "message": error.message}
    except OSError as error:
        _log.warning("the content of %s cannot be read: %s", file.id, error)
        return [], {"code": "server_error", "message": "An internal error occurred."}
    if not chunks:
        return [], {"code": "invalid_file", "message": "The file has no text in it."}
    return chunks, None


def read_chunks(
    blobs: BlobStore,
    file: Record,
    *,
    max_tokens: int,
    overlap_tokens: int,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Chunk]:
    """Extract, cut and embed; slow. Raises `ExtractionError`, `OSError`, and `CancelledError`
    when it was `stopped`."""
    text = read_text(blobs, file)
    chunks = []
    for piece in chunk(text, max_tokens=max_tokens, overlap_tokens=overlap_tokens):
        if stopped():
            raise CancelledError
        chunks.append(Chunk(piece, to_blob(embed(piece))))
    return chunks


def read_text(blobs: BlobStore, file: Record) -> str:
    """The text of a stored file; slow. Raises `ExtractionError` and `OSError`."""
    if file.size > MAX_INGEST_BYTES:
        raise TooLarge(f"The file is larger than {MAX_INGEST_BYTES} bytes.")
    return extract_text(str(file.body["filename"]), blobs.read_now(file.id))


class TooLarge(ExtractionError):
    """More bytes than are read into one store."""

    code = "invalid_file"


def put_chunks(records: Records, store_id: str, file_id: str, chunks: Sequence[Chunk]) -> None:
    """Store the chunks of one file."""
    records.connection.executemany(
        "INSERT OR REPLACE INTO chunks (vector_store_id, file_id, position, text, vector)"
        " VALUES (?, ?, ?, ?, ?)",
        (
            (store_id, file_id, position, piece.text, piece.vector)
            for position, piece in enumerate(chunks)
        ),
    )


def _current(records: Records, entry: Record) -> Record | None:
    """The entry as it is now; None when it was cancelled, detached or attached anew."""
    current = records.get(FILE, entry.id, parent=entry.parent)
    if current is None or current.status != "in_progress":
        return None
    return current if current.private == entry.private else None


def _store(
    records: Records, entry: Record, chunks: list[Chunk], error: JsonObject | None, now: int
) -> None:
    current = _current(records, entry)
    if current is None:
        return
    if error is not None:
        records.put(with_status(current, "failed", error))
        return
    put_chunks(records, current.parent, current.id, chunks)
    size = sum(piece.size for piece in chunks)
    done = with_status(current, "completed").with_body(usage_bytes=size)
    records.put(replace(done, size=size))
    touch(records, current.parent, now)
