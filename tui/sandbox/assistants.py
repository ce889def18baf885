"""Assistants: made, listed, changed, deleted (contract 2.9 for the limits)."""

from __future__ import annotations

from starlette.responses import Response

from tui.sandbox.assistant_requests import (
    INSTRUCTIONS_LENGTH,
    Resources,
    read_resources,
    read_response_format,
    read_sampling,
    read_tools,
)
from tui.sandbox.call import Call, answer
from tui.sandbox.fields import Fields
from tui.sandbox.ingestion import begin
from tui.sandbox.models import require_model
from tui.sandbox.models_table import Engine
from tui.sandbox.paging import AFTER_BEFORE, list_object
from tui.sandbox.records import Record, Records
from tui.sandbox.registry import serves
from tui.sandbox.thread_records import ASSISTANT, require_assistant
from tui.sandbox.wire import JsonObject

MAX_TOOLS = 128
_NAME_LENGTH = 256
_DESCRIPTION_LENGTH = 512
_MEMBERS = (
    "model",
    "name",
    "description",
    "instructions",
    "reasoning_effort",
    "tools",
    "tool_resources",
    "metadata",
    "temperature",
    "top_p",
    "response_format",
)


def assistant_record(id: str, created_at: int, **members: object) -> Record:
    """A complete assistant; what is not given is empty or the platform's default."""
    body: JsonObject = {
        "id": id,
        "object": "assistant",
        "created_at": created_at,
        "name": None,
        "description": None,
        "model": "cupola-echo",
        "instructions": None,
        "tools": [],
        "tool_resources": {},
        "metadata": {},
        "temperature": 1.0,
        "top_p": 1.0,
        "reasoning_effort": None,
        "response_format": "auto",
        **members,
    }
    return Record(ASSISTANT, id, body, created_at=created_at)


@serves("createAssistant")
async def create_assistant(call: Call) -> Response:
    fields = await call.fields()
    fields.only(_MEMBERS)
    await require_model(call.world, fields.required_string("model"), Engine.ECHO)
    changes = _read(fields)
    resources = read_resources(fields)
    id = call.world.ids.new("asst_")

    def make(records: Records) -> tuple[Record, list[Record]]:
        shown, entries = _resolve(call, records, resources, {})
        record = assistant_record(id, call.now, **changes, tool_resources=shown)
        records.insert(record)
        return record, entries

    record, entries = await call.world.database.write(make)
    begin(call.world, entries)
    return answer(record.body)


@serves("listAssistants")
async def list_assistants(call: Call) -> Response:
    page = AFTER_BEFORE.read(call.query)
    found = await call.world.database.read(lambda records: records.page(ASSISTANT, page))
    return answer(list_object([record.body for record in found.records], has_more=found.has_more))


@serves("getAssistant")
async def get_assistant(call: Call) -> Response:
    id = call.path["assistant_id"]
    record = await call.world.database.read(lambda records: require_assistant(records, id))
    return answer(record.body)


@serves("modifyAssistant")
async def modify_assistant(call: Call) -> Response:
    fields = await call.fields()
    fields.only(_MEMBERS)
    if fields.has("model"):
        await require_model(call.world, fields.required_string("model"), Engine.ECHO)
    changes = _read(fields)
    resources = read_resources(fields)
    id = call.path["assistant_id"]

    def change(records: Records) -> tuple[Record, list[Record]]:
        record = require_assistant(records, id)
        emptied = fields.has("tool_resources") and fields.body["tool_resources"] is None
        known = {} if emptied else record.body["tool_resources"]
        shown, entries = _resolve(call, records, resources, known)
        record = record.with_body(**changes, tool_resources=shown)
        records.put(record)
        return record, entries

    record, entries = await call.world.database.write(change)
    begin(call.world, entries)
    return answer(record.body)


@serves("deleteAssistant")
async def delete_assistant(call: Call) -> Response:
    id = call.path["assistant_id"]

    def delete(records: Records) -> None:
        require_assistant(records, id)
        records.delete(ASSISTANT, id)

    await call.world.database.write(delete)
    return answer({"id": id, "object": "assistant.deleted", "deleted": True})


def _resolve(
    call: Call, records: Records, resources: Resources, known: JsonObject
) -> tuple[JsonObject, list[Record]]:
    now = call.world.clock.now()
    return resources.resolve(records, known, ids=call.world.ids, now=now)


def _read(fields: Fields) -> JsonObject:
    """The members that a body gives, checked; null means the default."""
    sampling = read_sampling(fields)
    checked: JsonObject = {
        "model": fields.string("model"),
        "name": fields.string("name", maximum=_NAME_LENGTH),
        "description": fields.string("description", maximum=_DESCRIPTION_LENGTH),
        "instructions": fields.string("instructions", maximum=INSTRUCTIONS_LENGTH),
        "reasoning_effort": fields.string("reasoning_effort"),
        "tools": read_tools(fields, maximum=MAX_TOOLS),
        "metadata": fields.metadata() or {},
        "temperature": 1.0 if sampling["temperature"] is None else sampling["temperature"],
        "top_p": 1.0 if sampling["top_p"] is None else sampling["top_p"],
        "response_format": read_response_format(fields),
    }
    return {name: value for name, value in checked.items() if fields.has(name)}
