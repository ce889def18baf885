"""Messages of a thread: added while no run is active, listed, changed, deleted."""

from __future__ import annotations

from starlette.responses import Response

from tui.sandbox.call import Call, answer
from tui.sandbox.chat_request import nested
from tui.sandbox.errors import invalid
from tui.sandbox.fields import Fields
from tui.sandbox.ingestion import begin
from tui.sandbox.paging import AFTER_BEFORE, list_object
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.registry import serves
from tui.sandbox.thread_records import (
    MESSAGE,
    NewMessage,
    add_messages,
    check_unlocked,
    require_message,
    require_thread,
    text_part,
)
from tui.sandbox.wire import JsonObject

TEXT_LENGTH = 256_000
_DETAILS = ("auto", "low", "high")
_ATTACHMENT_TOOLS = ("code_interpreter", "file_search")


def read_message(fields: Fields) -> NewMessage:
    """One message of a body. Raises `ApiError` 400."""
    fields.only(("role", "content", "attachments", "metadata"))
    return NewMessage(
        role=fields.required_string("role", choices=("user", "assistant")),
        content=_content(fields),
        attachments=_attachments(fields),
        metadata=fields.metadata() or {},
    )


def read_messages(fields: Fields, name: str) -> list[NewMessage]:
    """An array of messages. Raises `ApiError` 400."""
    return [
        read_message(nested(fields, f"{name}[{index}]", value))
        for index, value in enumerate(fields.items(name) or ())
    ]


def _content(fields: Fields) -> list[JsonObject]:
    if isinstance(fields.required("content"), str):
        return [text_part(_text(fields, "content"))]
    parts = fields.items("content", minimum=1) or []
    return [_part(nested(fields, f"content[{i}]", part)) for i, part in enumerate(parts)]


def _text(fields: Fields, name: str) -> str:
    text = fields.required_string(name, maximum=TEXT_LENGTH)
    if not text.strip():
        raise invalid("Message content must be non-empty.", fields.name(name))
    return text


def _part(fields: Fields) -> JsonObject:
    kind = fields.required_string("type", choices=("text", "image_url", "image_file"))
    fields.only(("type", kind))
    if kind == "text":
        return text_part(_text(fields, "text"))
    fields.required(kind)
    inner = fields.fields(kind) or Fields({})
    member = "url" if kind == "image_url" else "file_id"
    inner.only((member, "detail"))
    detail = inner.string("detail", choices=_DETAILS) or "auto"
    return {"type": kind, kind: {member: inner.required_string(member), "detail": detail}}


def _attachments(fields: Fields) -> list[JsonObject]:
    found = []
    for index, value in enumerate(fields.items("attachments") or ()):
        inner = nested(fields, f"attachments[{index}]", value)
        inner.only(("file_id", "tools"))
        inner.required("tools")
        tools = [
            {"type": _attachment_tool(nested(inner, f"tools[{place}]", tool))}
            for place, tool in enumerate(inner.items("tools", minimum=1) or ())
        ]
        found.append({"file_id": inner.required_string("file_id"), "tools": tools})
    return found


def _attachment_tool(fields: Fields) -> str:
    fields.only(("type",))
    return fields.required_string("type", choices=_ATTACHMENT_TOOLS)


@serves("createMessage")
async def create_message(call: Call) -> Response:
    message = read_message(await call.fields())
    world = call.world

    def make(records: Records) -> tuple[list[Record], list[Record]]:
        thread = require_thread(records, call.path["thread_id"])
        check_unlocked(records, thread.id, doing="message")
        return add_messages(records, thread, [message], ids=world.ids, now=world.clock.now())

    made, entries = await world.database.write(make)
    begin(world, entries)
    return answer(made[0].body)


@serves("listMessages")
async def list_messages(call: Call) -> Response:
    page = AFTER_BEFORE.read(call.query)
    run_id = call.query.text("run_id")
    where = []
    if run_id is not None:
        where.append(Where("json_extract(body, '$.run_id') = ?", (run_id,)))

    def read(records: Records) -> JsonObject:
        thread = require_thread(records, call.path["thread_id"])
        found = records.page(MESSAGE, page, *where, parent=thread.id)
        return list_object([record.body for record in found.records], has_more=found.has_more)

    return answer(await call.world.database.read(read))


@serves("getMessage")
async def get_message(call: Call) -> Response:
    record = await call.world.database.read(lambda records: _of_path(records, call))
    return answer(record.body)


@serves("modifyMessage")
async def modify_message(call: Call) -> Response:
    fields = await call.fields()
    fields.only(("metadata",))
    metadata = fields.metadata()

    def change(records: Records) -> Record:
        record = _of_path(records, call)
        if fields.has("metadata"):
            record = record.with_body(metadata=metadata or {})
            records.put(record)
        return record

    return answer((await call.world.database.write(change)).body)


@serves("deleteMessage")
async def delete_message(call: Call) -> Response:
    def delete(records: Records) -> str:
        record = _of_path(records, call)
        records.delete(MESSAGE, record.id, parent=record.parent)
        return record.id

    id = await call.world.database.write(delete)
    return answer({"id": id, "object": "thread.message.deleted", "deleted": True})


def _of_path(records: Records, call: Call) -> Record:
    return require_message(records, call.path["thread_id"], call.path["message_id"])
