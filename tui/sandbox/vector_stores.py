"""Vector stores: made, listed, changed, deleted (contract 2.8, 3)."""

from __future__ import annotations

from starlette.responses import Response

from tui.sandbox.call import Call, answer
from tui.sandbox.files import living_file, no_such_file
from tui.sandbox.ingestion import attach, begin
from tui.sandbox.paging import AFTER_BEFORE, list_object
from tui.sandbox.records import Record, Records
from tui.sandbox.registry import serves
from tui.sandbox.vector_store_records import (
    BATCH,
    FILE,
    STORE,
    Attachment,
    active,
    counts,
    hint,
    require_store,
    store_object,
    store_record,
)
from tui.sandbox.vector_store_requests import MAX_FILE_IDS, read_expiry, read_strategy
from tui.sandbox.wire import JsonObject

_NAME_LENGTH = 256
_DESCRIPTION_LENGTH = 1024


@serves("createVectorStore")
async def create_vector_store(call: Call) -> Response:
    fields = await call.fields()
    fields.only(
        ("name", "description", "file_ids", "expires_after", "chunking_strategy", "metadata")
    )
    size, overlap = read_strategy(fields)
    file_ids = list(dict.fromkeys(fields.strings("file_ids", maximum=MAX_FILE_IDS) or ()))
    store = store_record(
        call.world.ids.new("vs_"),
        call.now,
        name=fields.string("name", maximum=_NAME_LENGTH) or "",
        description=fields.string("description", maximum=_DESCRIPTION_LENGTH),
        metadata=fields.metadata(),
        expires_after=read_expiry(fields),
    )
    attachments = [Attachment(id, max_tokens=size, overlap_tokens=overlap) for id in file_ids]

    def make(records: Records) -> tuple[list[Record], JsonObject]:
        for id in file_ids:
            if living_file(records, id, call.now) is None:
                raise no_such_file(id, "file_ids")
        records.insert(store)
        entries = attach(records, store.id, attachments, call.world.clock.now())
        return entries, _shown(records, store, call.now)

    entries, body = await call.world.database.write(make)
    begin(call.world, entries)
    return answer(body, headers=hint(body["status"]))


@serves("listVectorStores")
async def list_vector_stores(call: Call) -> Response:
    page = AFTER_BEFORE.read(call.query)

    def read(records: Records) -> JsonObject:
        found = records.page(STORE, page)
        counted = counts(records, (store.id for store in found.records))
        stores = [store_object(store, counted[store.id], call.now) for store in found.records]
        return list_object(stores, has_more=found.has_more)

    return answer(await call.world.database.read(read))


@serves("getVectorStore")
async def get_vector_store(call: Call) -> Response:
    body = await call.world.database.read(
        lambda records: _shown(records, require_store(records, call), call.now)
    )
    return answer(body, headers=hint(body["status"]))


@serves("modifyVectorStore")
async def modify_vector_store(call: Call) -> Response:
    fields = await call.fields()
    fields.only(("name", "expires_after", "metadata"))
    changes: JsonObject = {}
    if fields.has("name"):
        changes["name"] = fields.string("name", maximum=_NAME_LENGTH) or ""
    if fields.has("metadata"):
        changes["metadata"] = fields.metadata() or {}
    expires_after = read_expiry(fields)

    def change(records: Records) -> JsonObject:
        store = require_store(records, call, living=True).with_body(**changes)
        if fields.has("expires_after"):
            store = store.with_body(expires_after=expires_after)
        store = active(store, call.now)
        records.put(store)
        return _shown(records, store, call.now)

    body = await call.world.database.write(change)
    return answer(body, headers=hint(body["status"]))


@serves("deleteVectorStore")
async def delete_vector_store(call: Call) -> Response:
    def delete(records: Records) -> str:
        store = require_store(records, call)
        records.delete(STORE, store.id)
        for kind in (FILE, BATCH):
            records.delete_children(kind, store.id)
        records.connection.execute("DELETE FROM chunks WHERE vector_store_id = ?", (store.id,))
        return store.id

    id = await call.world.database.write(delete)
    return answer({"id": id, "object": "vector_store.deleted", "deleted": True})


def _shown(records: Records, store: Record, now: int) -> JsonObject:
    store = records.get(STORE, store.id) or store
    return store_object(store, counts(records, (store.id,))[store.id], now)
