"""Chat completions: answering, streaming, and the stored ones (six operations)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

from starlette.responses import Response, StreamingResponse

from tui.sandbox import chat_stream
from tui.sandbox.call import Call, answer
from tui.sandbox.chat_messages import stored_message
from tui.sandbox.chat_objects import (
    choice_object,
    completion_object,
    new_call_ids,
    stored_object,
    usage_object,
)
from tui.sandbox.chat_request import ChatRequest, parse_chat_request
from tui.sandbox.errors import invalid, not_found
from tui.sandbox.models import require_model
from tui.sandbox.models_table import Engine
from tui.sandbox.paging import ASCENDING, list_object
from tui.sandbox.records import PageRequest, Record, Records, Where
from tui.sandbox.registry import serves
from tui.sandbox.tuned_replies import respond
from tui.sandbox.wire import JsonObject

KIND = "chat.completion"
"""Stored completions; `private.messages` holds the request's messages."""


@serves("createChatCompletion")
async def create_chat_completion(call: Call) -> Response:
    fields = await call.fields()
    request = await call.world.compute(parse_chat_request, fields)
    entry = await require_model(call.world, request.model, Engine.ECHO)
    asked = [request.echo_for(index) for index in range(request.choices)]
    answered = await respond(call.world, entry, asked)
    ids = call.world.ids
    call_ids = [new_call_ids(reply, ids) for reply in answered]
    completion = completion_object(
        id=ids.new("chatcmpl-"),
        created=call.now,
        model=request.model,
        choices=[
            choice_object(reply, index, request, call_ids[index])
            for index, reply in enumerate(answered)
        ],
        usage=usage_object(request.prompt_tokens, sum(r.completion_tokens for r in answered)),
        service_tier=request.service_tier,
        fingerprint=answered[0].fingerprint,
    )
    call.tokens = completion["usage"]["total_tokens"]
    if request.stream:
        events = chat_stream.events(
            completion, request, answered, call_ids=call_ids, clock=call.world.clock
        )
        return StreamingResponse(
            _until_gone(call, events, request, completion), media_type="text/event-stream"
        )
    if any(reply.slow for reply in answered):
        await call.world.clock.sleep(max(reply.seconds for reply in answered))
    await _store(call, request, completion)
    return answer(completion)


async def _until_gone(
    call: Call, events: AsyncGenerator[bytes, None], request: ChatRequest, completion: JsonObject
) -> AsyncGenerator[bytes, None]:
    """The events while the client reads them; a whole answer is stored before its end is told."""
    async with aclosing(events):
        async for event in events:
            if event is chat_stream.DONE:
                await _store(call, request, completion)
            yield event


async def _store(call: Call, request: ChatRequest, completion: JsonObject) -> None:
    if not request.store:
        return
    record = stored_record(
        completion,
        request.body,
        request_id=call.request_id,
        metadata=request.metadata,
    )
    await asyncio.shield(call.world.database.write(lambda records: records.insert(record)))


def stored_record(
    completion: JsonObject,
    body: JsonObject,
    *,
    request_id: str,
    metadata: dict[str, str] | None,
) -> Record:
    """A completion and its request as one record."""
    return Record(
        kind=KIND,
        id=completion["id"],
        created_at=completion["created"],
        status=completion["model"],
        body=stored_object(completion, body, request_id=request_id, metadata=metadata),
        private={"messages": body["messages"]},
    )


@serves("listChatCompletions")
async def list_chat_completions(call: Call) -> Response:
    page = ASCENDING.read(call.query)
    where = []
    if model := call.query.text("model"):
        where.append(Where("status = ?", (model,)))
    for key, value in call.query.mapping("metadata").items():
        where.append(
            Where(
                "EXISTS (SELECT 1 FROM json_each(records.body, '$.metadata') AS pair"
                " WHERE pair.key = ? AND pair.value = ?)",
                (key, value),
            )
        )
    found = await call.world.database.read(lambda records: records.page(KIND, page, *where))
    return answer(list_object([record.body for record in found.records], has_more=found.has_more))


@serves("getChatCompletion")
async def get_chat_completion(call: Call) -> Response:
    record = await call.world.database.read(partial(_require, id=call.path["completion_id"]))
    return answer(record.body)


@serves("updateChatCompletion")
async def update_chat_completion(call: Call) -> Response:
    fields = await call.fields()
    fields.only(("metadata",))
    if not fields.has("metadata"):
        fields.required("metadata")
    metadata = fields.metadata() or {}

    def update(records: Records) -> Record:
        record = _require(records, id=call.path["completion_id"]).with_body(metadata=metadata)
        records.put(record)
        return record

    return answer((await call.world.database.write(update)).body)


@serves("deleteChatCompletion")
async def delete_chat_completion(call: Call) -> Response:
    id = call.path["completion_id"]

    def delete(records: Records) -> None:
        _require(records, id=id)
        records.delete(KIND, id)

    await call.world.database.write(delete)
    return answer({"object": "chat.completion.deleted", "id": id, "deleted": True})


@serves("getChatCompletionMessages")
async def list_chat_completion_messages(call: Call) -> Response:
    page = ASCENDING.read(call.query)
    id = call.path["completion_id"]
    record = await call.world.database.read(partial(_require, id=id))
    messages = [
        stored_message(message, f"{id}-{index}")
        for index, message in enumerate(record.private["messages"])
    ]
    if page.order == "desc":
        messages.reverse()
    start = _start(messages, page)
    shown = messages[start : start + page.limit]
    return answer(list_object(shown, has_more=start + page.limit < len(messages)))


def _start(messages: list[JsonObject], page: PageRequest) -> int:
    if page.after is None:
        return 0
    for index, message in enumerate(messages):
        if message["id"] == page.after:
            return index + 1
    raise invalid(
        f"Invalid 'after': no such object: '{page.after}'.", "after", code="invalid_value"
    )


def _require(records: Records, *, id: str) -> Record:
    record = records.get(KIND, id)
    if record is None:
        raise not_found(f"Chat completion with ID {id!r} not found.", "completion_id")
    return record
