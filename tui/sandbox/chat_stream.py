"""A completion as server-sent events: `data:` chunks at the model's pace, then `[DONE]`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from tui.core.clock import Clock
from tui.sandbox.chat_objects import logprobs_object
from tui.sandbox.chat_request import ChatRequest
from tui.sandbox.echo import FIRST_TOKEN_AFTER, Delta, Reply
from tui.sandbox.echo_tools import ToolCall
from tui.sandbox.wire import JsonObject, dump_json

DONE = b"data: [DONE]\n\n"


class ChunkWriter:
    """Builds the chunks of one completion; `head` is what all of them share."""

    def __init__(self, completion: JsonObject, request: ChatRequest) -> None:
        shared = ("id", "created", "model", "service_tier", "system_fingerprint")
        self._head: JsonObject = {name: completion[name] for name in shared}
        self._head["object"] = "chat.completion.chunk"
        self._request = request
        self._usage: JsonObject = completion["usage"]

    def chunk(self, index: int, delta: JsonObject, finish: str | None = None) -> bytes:
        """One chunk of one choice."""
        logprobs = None
        if delta.get("content") or delta.get("refusal"):
            logprobs = logprobs_object(
                delta.get("content"), delta.get("refusal"), self._request.top_logprobs
            )
        choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return self._event([choice], None)

    def last(self) -> bytes:
        """The chunk that carries the usage and no choice."""
        return self._event([], self._usage)

    def _event(self, choices: list[JsonObject], usage: JsonObject | None) -> bytes:
        body: JsonObject = {**self._head, "choices": choices}
        if self._request.include_usage:
            body["usage"] = usage
        return b"data: " + dump_json(body) + b"\n\n"


async def events(
    completion: JsonObject,
    request: ChatRequest,
    replies: Sequence[Reply],
    *,
    call_ids: Sequence[Sequence[str]],
    clock: Clock,
) -> AsyncGenerator[bytes, None]:
    """The stream of a completion, choice after choice, on the clock.

    Whoever stops reading stops it: the generator is closed, and nothing more is made.
    """
    writer = ChunkWriter(completion, request)
    start = clock.monotonic()
    due = 0.0
    for index, reply in enumerate(replies):
        first: JsonObject = {"role": "assistant", "content": None if reply.tool_calls else ""}
        yield writer.chunk(index, {**first, "refusal": None})
        due += FIRST_TOKEN_AFTER
        for delta in reply.deltas():
            due += delta.tokens / reply.tokens_per_second
            ahead = due - (clock.monotonic() - start)
            if ahead > 0:
                await clock.sleep(ahead)
            yield writer.chunk(index, _delta(delta, request, reply, call_ids[index]))
        finish = reply.finish_reason
        if request.legacy_functions and finish == "tool_calls":
            finish = "function_call"
        yield writer.chunk(index, {}, finish)
    if request.include_usage:
        yield writer.last()
    yield DONE


def _delta(delta: Delta, request: ChatRequest, reply: Reply, call_ids: Sequence[str]) -> JsonObject:
    if delta.call is None:
        return {"refusal": delta.refusal} if delta.refusal else {"content": delta.text}
    if request.legacy_functions:
        opened = {"name": delta.opens.name, "arguments": ""} if delta.opens else None
        return {"function_call": opened or {"arguments": delta.arguments}}
    return {"tool_calls": [_call_delta(delta, reply.tool_calls, call_ids)]}


def _call_delta(delta: Delta, calls: Sequence[ToolCall], call_ids: Sequence[str]) -> JsonObject:
    index = delta.call or 0
    custom = calls[index].custom
    kind, said = ("custom", "input") if custom else ("function", "arguments")
    if delta.opens is None:
        return {"index": index, kind: {said: delta.arguments}}
    called = {"name": delta.opens.name, said: ""}
    return {"index": index, "id": call_ids[index], "type": kind, kind: called}
