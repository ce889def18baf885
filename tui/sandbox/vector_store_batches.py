"""File batches of a vector store: many files attached in one call, watched and cancelled."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from tui.sandbox.call import Call, answer
from tui.sandbox.errors import invalid, not_found
from tui.sandbox.files import living_file, no_such_file
from tui.sandbox.ingestion import attach, begin
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.registry import serves
from tui.sandbox.vector_store_files import list_entries
from tui.sandbox.vector_store_records import (
    BATCH,
    FILE,
    Counts,
    batch_counts,
    batch_object,
    hint,
    require_store,
    with_status,
)
from tui.sandbox.vector_store_requests import read_batch
from tui.sandbox.wire import JsonObject


@serves("createVectorStoreFileBatch")
async def create_vector_store_file_batch(call: Call) -> Response:
    attachments = read_batch(await call.fields())
    batch_id = call.world.ids.new("vsfb_")

    def make(records: Records) -> tuple[list[Record], JsonObject]:
        store = require_store(records, call, living=True)
        for what in attachments:
            if living_file(records, what.file_id, call.now) is None:
                raise no_such_file(what.file_id, "file_ids")
        body: JsonObject = {
            "id": batch_id,
            # The SDK's type and the document's enum say files_batch (contract 7.2, 12).
            "object": "vector_store.files_batch",
            "created_at": call.now,
            "vector_store_id": store.id,
            "status": "in_progress",
            "file_counts": Counts().as_object(),
        }
        batch = Record(BATCH, batch_id, body, parent=store.id, created_at=call.now)
        records.insert(batch)
        members = [replace(what, batch_id=batch_id) for what in attachments]
        entries = attach(records, store.id, members, call.world.clock.now())
        return entries, batch_object(batch, batch_counts(records, batch))

    entries, body = await call.world.database.write(make)
    begin(call.world, entries)
    return answer(body, headers=hint(body["status"]))


@serves("getVectorStoreFileBatch")
async def get_vector_store_file_batch(call: Call) -> Response:
    def read(records: Records) -> JsonObject:
        batch = _batch(records, call)
        return batch_object(batch, batch_counts(records, batch))

    body = await call.world.database.read(read)
    return answer(body, headers=hint(body["status"]))


@serves("cancelVectorStoreFileBatch")
async def cancel_vector_store_file_batch(call: Call) -> Response:
    def cancel(records: Records) -> JsonObject:
        batch = _batch(records, call)
        shown = batch_object(batch, batch_counts(records, batch))
        if shown["status"] in ("completed", "failed"):
            raise invalid(
                f"Cannot cancel a file batch with status '{shown['status']}'.", "batch_id"
            )
        cancelled = replace(batch, status="cancelled")
        records.put(cancelled)
        for entry in records.select(
            FILE, *_members(batch.id), Where("status = 'in_progress'"), parent=batch.parent
        ):
            records.put(with_status(entry, "cancelled"))
        return batch_object(cancelled, batch_counts(records, cancelled))

    return answer(await call.world.database.write(cancel))


@serves("listFilesInVectorStoreBatch")
async def list_files_in_vector_store_batch(call: Call) -> Response:
    batch = await call.world.database.read(lambda records: _batch(records, call))
    return answer(await list_entries(call, *_members(batch.id)))


def _members(batch_id: str) -> tuple[Where, ...]:
    return (Where("json_extract(private, '$.batch_id') = ?", (batch_id,)),)


def _batch(records: Records, call: Call) -> Record:
    store = require_store(records, call)
    id = call.path["batch_id"]
    batch = records.get(BATCH, id, parent=store.id)
    if batch is None:
        raise not_found(f"No file batch found with id '{id}'.", "batch_id")
    return batch
