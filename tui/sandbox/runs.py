"""Runs: made, listed, read, changed, cancelled, and answered (contract 3)."""

from __future__ import annotations

from starlette.responses import Response, StreamingResponse

from tui.sandbox import run_changes as changes
from tui.sandbox.call import Call, answer
from tui.sandbox.errors import ApiError, invalid
from tui.sandbox.ingestion import begin
from tui.sandbox.paging import AFTER_BEFORE, list_object
from tui.sandbox.records import Record, Records
from tui.sandbox.registry import serves
from tui.sandbox.run_changes import Key, run_event
from tui.sandbox.run_driver import drive
from tui.sandbox.run_hub import Event, Reader
from tui.sandbox.run_records import CANCELLING_SECONDS, hint, run_record
from tui.sandbox.run_requests import NewRun, NewThread, read_outputs, read_run, read_thread
from tui.sandbox.run_stream import events
from tui.sandbox.thread_records import (
    RUN,
    add_messages,
    check_unlocked,
    require_run,
    require_thread,
    thread_record,
)


@serves("createRun")
async def create_run(call: Call) -> Response:
    new = await read_run(call, await call.fields())
    world = call.world
    record = _record(call, new, call.path["thread_id"])

    def make(records: Records) -> tuple[Record, list[Record]]:
        thread = require_thread(records, record.parent)
        check_unlocked(records, thread.id, doing="run")
        now = world.clock.now()
        _, entries = add_messages(records, thread, new.messages, ids=world.ids, now=now)
        records.insert(record)
        return record, entries

    reader = world.runs.read(record.id, content=new.content) if new.stream else None
    try:
        run, entries = await world.database.write(make)
    except ApiError:
        world.runs.forget(record.id)
        raise
    begin(world, entries)
    return _begun(call, run, reader, [])


@serves("createThreadAndRun")
async def create_thread_and_run(call: Call) -> Response:
    fields = await call.fields()
    new = await read_run(call, fields, with_thread=True)
    inner = fields.fields("thread")
    made = NewThread() if inner is None else read_thread(inner)
    world = call.world
    thread_id = world.ids.new("thread_")
    record = _record(call, new, thread_id)

    def make(records: Records) -> tuple[Record, Record, list[Record]]:
        thread, entries = insert_thread(call, records, thread_id, made)
        run = record
        if new.resources is not None:
            shown, _ = new.resources.resolve(
                records, record.body["tool_resources"], ids=world.ids, now=world.clock.now()
            )
            run = record.with_body(tool_resources=shown)
        records.insert(run)
        return thread, run, entries

    reader = world.runs.read(record.id, content=new.content) if new.stream else None
    try:
        thread, run, entries = await world.database.write(make)
    except ApiError:
        world.runs.forget(record.id)
        raise
    begin(world, entries)
    return _begun(call, run, reader, [("thread.created", thread.body)])


def insert_thread(
    call: Call, records: Records, id: str, new: NewThread
) -> tuple[Record, list[Record]]:
    """Make a thread with its messages; the thread as it is now, and files to be ingested."""
    world, now = call.world, call.world.clock.now()
    shown, entries = new.resources.resolve(records, {}, ids=world.ids, now=now)
    thread = thread_record(id, int(now), resources=shown, metadata=new.metadata)
    records.insert(thread)
    _, more = add_messages(records, thread, new.messages, ids=world.ids, now=now)
    return require_thread(records, id), [*entries, *more]


def _record(call: Call, new: NewRun, thread_id: str) -> Record:
    id = call.world.ids.new("run_")
    return run_record(id, thread_id, new.assistant_id, new.settings, call.world.clock.now())


def _begun(call: Call, run: Record, reader: Reader | None, before: list[Event]) -> Response:
    """Set a new run in motion, and answer it or its events."""
    created = ("thread.run.created", run.body)
    call.world.runs.of(run.id).tell([*before, created, run_event(run)])
    drive(call.world, run)
    return _answer(call, run, reader)


def _answer(call: Call, run: Record, reader: Reader | None) -> Response:
    if reader is None:
        return answer(run.body, headers=hint(run))
    return StreamingResponse(
        events(call.world.runs, run.id, reader), media_type="text/event-stream"
    )


@serves("listRuns")
async def list_runs(call: Call) -> Response:
    page = AFTER_BEFORE.read(call.query)

    def read(records: Records) -> Response:
        thread = require_thread(records, call.path["thread_id"])
        found = records.page(RUN, page, parent=thread.id)
        return answer(list_object([run.body for run in found.records], has_more=found.has_more))

    return await call.world.database.read(read)


@serves("getRun")
async def get_run(call: Call) -> Response:
    run = await call.world.database.read(lambda records: _of_path(records, call))
    return answer(run.body, headers=hint(run))


@serves("modifyRun")
async def modify_run(call: Call) -> Response:
    fields = await call.fields()
    fields.only(("metadata",))
    metadata = fields.metadata()

    def change(records: Records) -> Record:
        run = _of_path(records, call)
        if fields.has("metadata"):
            run = run.with_body(metadata=metadata or {})
            records.put(run)
        return run

    run = await call.world.database.write(change)
    return answer(run.body, headers=hint(run))


@serves("cancelRun")
async def cancel_run(call: Call) -> Response:
    run = await call.world.database.read(lambda records: _of_path(records, call))
    if run.status in ("queued", "in_progress", "requires_action"):
        world = call.world
        live = world.runs.of(run.id)
        async with live.lock:
            due = world.clock.now() + CANCELLING_SECONDS
            done = await world.database.write(
                lambda records: changes.cancel(records, _key(call), due=due)
            )
            if done is not None:
                run, told = done
                live.tell(told)
                drive(world, run)
                return answer(run.body, headers=hint(run))
        run = await world.database.read(lambda records: _of_path(records, call))
    raise invalid(f"Cannot cancel run with status '{run.status}'.")


@serves("submitToolOuputsToRun")
async def submit_tool_outputs(call: Call) -> Response:
    fields = await call.fields()
    outputs = read_outputs(fields)
    stream = fields.boolean("stream")
    world = call.world
    run = await world.database.read(lambda records: _of_path(records, call))
    _check_outputs(run, outputs)
    live = world.runs.of(run.id)
    async with live.lock:
        reader = world.runs.read(run.id, content=False) if stream else None
        now = world.clock.now()
        done = await world.database.write(
            lambda records: changes.answer_calls(records, _key(call), outputs, now=now)
        )
        if done is not None:
            run, told = done
            live.tell(told)
            drive(world, run)
            return _answer(call, run, reader)
        if reader is not None:
            world.runs.leave(run.id, reader)
    run = await world.database.read(lambda records: _of_path(records, call))
    raise _no_outputs(run)


def _check_outputs(run: Record, outputs: dict[str, str]) -> None:
    """All outputs come in one request, or it is refused: 400 as the platform words it."""
    if run.status != "requires_action":
        raise _no_outputs(run)
    calls = run.body["required_action"]["submit_tool_outputs"]["tool_calls"]
    expected = [call["id"] for call in calls]
    if set(expected) != set(outputs):
        given = [id[:64] for id in outputs][:20]
        raise invalid(f"Expected tool outputs for call_ids {expected}, got {given}")


def _no_outputs(run: Record) -> ApiError:
    return invalid(f'Runs in status "{run.status}" do not accept tool outputs.')


def _key(call: Call) -> Key:
    return Key(call.path["thread_id"], call.path["run_id"])


def _of_path(records: Records, call: Call) -> Record:
    return require_run(records, call.path["thread_id"], call.path["run_id"])
