"""Threads: made, read, changed, deleted, and listed.

`GET /threads` is an extension: the platform never had it, so people lost what they had no id for.
It lists newest first, in the pages of assistants.
"""

from __future__ import annotations

from starlette.responses import Response

from tui.sandbox.assistant_requests import read_resources
from tui.sandbox.call import Call, answer
from tui.sandbox.ingestion import begin
from tui.sandbox.paging import AFTER_BEFORE, list_object
from tui.sandbox.records import Record, Records
from tui.sandbox.registry import serves, serves_extension
from tui.sandbox.run_records import STEP
from tui.sandbox.run_requests import read_thread
from tui.sandbox.runs import insert_thread
from tui.sandbox.thread_records import MESSAGE, RUN, THREAD, require_thread


@serves("createThread")
async def create_thread(call: Call) -> Response:
    new = read_thread(await call.fields())
    id = call.world.ids.new("thread_")
    thread, entries = await call.world.database.write(
        lambda records: insert_thread(call, records, id, new)
    )
    begin(call.world, entries)
    return answer(thread.body)


@serves_extension("listThreads", "GET", "/threads", beta="assistants=v2")
async def list_threads(call: Call) -> Response:
    page = AFTER_BEFORE.read(call.query)
    found = await call.world.database.read(lambda records: records.page(THREAD, page))
    return answer(list_object([record.body for record in found.records], has_more=found.has_more))


@serves("getThread")
async def get_thread(call: Call) -> Response:
    id = call.path["thread_id"]
    thread = await call.world.database.read(lambda records: require_thread(records, id))
    return answer(thread.body)


@serves("modifyThread")
async def modify_thread(call: Call) -> Response:
    fields = await call.fields()
    fields.only(("tool_resources", "metadata"))
    resources = read_resources(fields, makes_stores=False)
    metadata = fields.metadata()
    world = call.world

    def change(records: Records) -> Record:
        thread = require_thread(records, call.path["thread_id"])
        if fields.has("metadata"):
            thread = thread.with_body(metadata=metadata or {})
        if fields.has("tool_resources"):
            emptied = fields.body["tool_resources"] is None
            known = {} if emptied else thread.body["tool_resources"]
            shown, _ = resources.resolve(records, known, ids=world.ids, now=world.clock.now())
            thread = thread.with_body(tool_resources=shown)
        records.put(thread)
        return thread

    return answer((await world.database.write(change)).body)


@serves("deleteThread")
async def delete_thread(call: Call) -> Response:
    """Delete a thread with all that is in it; a run that is under way ends unseen."""

    def delete(records: Records) -> tuple[str, list[str]]:
        thread = require_thread(records, call.path["thread_id"])
        runs = [run.id for run in records.select(RUN, parent=thread.id)]
        for run_id in runs:
            records.delete_children(STEP, run_id)
        for kind in (RUN, MESSAGE):
            records.delete_children(kind, thread.id)
        records.delete(THREAD, thread.id)
        return thread.id, runs

    id, runs = await call.world.database.write(delete)
    for run_id in runs:
        call.world.runs.forget(run_id)
    return answer({"id": id, "object": "thread.deleted", "deleted": True})
