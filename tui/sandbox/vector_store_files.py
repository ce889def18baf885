"""The files of a vector store: attached, listed, their attributes and parsed text, detached."""

from __future__ import annotations

from starlette.responses import Response

from tui.sandbox.call import Call, answer
from tui.sandbox.errors import invalid
from tui.sandbox.extraction import ExtractionError
from tui.sandbox.files import living_file, no_such_file
from tui.sandbox.ingestion import attach, begin, read_text
from tui.sandbox.paging import AFTER_BEFORE, list_object
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.registry import serves
from tui.sandbox.vector_store_records import (
    FILE,
    FILE_STATUSES,
    detach,
    hint,
    require_entry,
    require_store,
    touch,
)
from tui.sandbox.vector_store_requests import read_attachment
from tui.sandbox.wire import JsonObject


@serves("createVectorStoreFile")
async def create_vector_store_file(call: Call) -> Response:
    what = read_attachment(await call.fields())

    def make(records: Records) -> list[Record]:
        store = require_store(records, call, living=True)
        if living_file(records, what.file_id, call.now) is None:
            raise no_such_file(what.file_id, "file_id")
        return attach(records, store.id, [what], call.world.clock.now())

    entries = await call.world.database.write(make)
    begin(call.world, entries)
    return answer(entries[0].body, headers=hint("in_progress"))


@serves("listVectorStoreFiles")
async def list_vector_store_files(call: Call) -> Response:
    return answer(await list_entries(call))


async def list_entries(call: Call, *where: Where) -> JsonObject:
    """A page of a store's files, by `filter` and further conditions. Raises `ApiError`."""
    page = AFTER_BEFORE.read(call.query)
    status = call.query.choice("filter", FILE_STATUSES)
    if status is not None:
        where = (*where, Where("status = ?", (status,)))

    def read(records: Records) -> JsonObject:
        store = require_store(records, call)
        found = records.page(FILE, page, *where, parent=store.id)
        return list_object([entry.body for entry in found.records], has_more=found.has_more)

    return await call.world.database.read(read)


@serves("getVectorStoreFile")
async def get_vector_store_file(call: Call) -> Response:
    entry = await call.world.database.read(lambda records: require_entry(records, call))
    return answer(entry.body, headers=hint(entry.status))


@serves("updateVectorStoreFileAttributes")
async def update_vector_store_file_attributes(call: Call) -> Response:
    fields = await call.fields()
    fields.only(("attributes",))
    if not fields.has("attributes"):
        fields.required("attributes")
    attributes = fields.attributes() or {}

    def change(records: Records) -> Record:
        require_store(records, call, living=True)
        entry = require_entry(records, call).with_body(attributes=attributes)
        records.put(entry)
        return entry

    entry = await call.world.database.write(change)
    return answer(entry.body, headers=hint(entry.status))


@serves("deleteVectorStoreFile")
async def delete_vector_store_file(call: Call) -> Response:
    def delete(records: Records) -> str:
        entry = require_entry(records, call)
        detach(records, entry.parent, entry.id)
        touch(records, entry.parent, call.now)
        return entry.id

    id = await call.world.database.write(delete)
    return answer({"id": id, "object": "vector_store.file.deleted", "deleted": True})


@serves("retrieveVectorStoreFileContent")
async def retrieve_vector_store_file_content(call: Call) -> Response:
    world = call.world

    def read(records: Records) -> tuple[Record, Record | None]:
        return require_entry(records, call), records.get("file", call.path["file_id"])

    entry, file = await world.database.read(read)
    if file is None:
        raise no_such_file(entry.id, "file_id")
    if entry.status != "completed":
        raise invalid(
            f"The file '{entry.id}' has no parsed content: its status is '{entry.status}'.",
            "file_id",
        )
    try:
        text = await world.compute(read_text, world.blobs, file)
    except ExtractionError as error:
        raise invalid(error.message, "file_id", code=error.code) from error
    return answer(
        {
            "object": "vector_store.file_content.page",
            "data": [{"type": "text", "text": text}],
            "has_more": False,
            "next_page": None,
        }
    )
