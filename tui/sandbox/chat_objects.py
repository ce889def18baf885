"""Chat completions and chunks as the API shows them: whole objects, nulls included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui.sandbox import tokens
from tui.sandbox.chat_request import ChatRequest
from tui.sandbox.echo import FINGERPRINT, Reply
from tui.sandbox.echo_tools import ToolCall
from tui.sandbox.identifiers import Identifiers
from tui.sandbox.wire import JsonObject


def usage_object(prompt: int, completion: int) -> JsonObject:
    """Token counts with their details; the rule engine neither caches nor reasons."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def tool_call_object(call: ToolCall, id: str) -> JsonObject:
    """One call of a message."""
    if call.custom:
        custom = {"name": call.name, "input": call.arguments}
        return {"id": id, "type": "custom", "custom": custom}
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": id, "type": "function", "function": function}


def message_object(
    text: str | None,
    *,
    refusal: str | None = None,
    tool_calls: list[JsonObject] | None = None,
    function_call: JsonObject | None = None,
) -> JsonObject:
    """An assistant's message; calls are only there when it made some, as on the platform."""
    message: JsonObject = {
        "role": "assistant",
        "content": text,
        "refusal": refusal,
        "annotations": [],
    }
    if tool_calls:
        message["tool_calls"] = tool_calls
    if function_call:
        message["function_call"] = function_call
    return message


def choice_object(
    reply: Reply, index: int, request: ChatRequest, call_ids: Sequence[str]
) -> JsonObject:
    """One choice of a whole completion."""
    called = reply.tool_calls
    finish = reply.finish_reason
    function_call = None
    tool_calls = None
    if request.legacy_functions and called:
        function_call = {"name": called[0].name, "arguments": called[0].arguments}
        finish = "function_call" if finish == "tool_calls" else finish
    elif called:
        tool_calls = [tool_call_object(call, id) for call, id in zip(called, call_ids, strict=True)]
    return {
        "index": index,
        "message": message_object(
            reply.text, refusal=reply.refusal, tool_calls=tool_calls, function_call=function_call
        ),
        "logprobs": logprobs_object(reply.text, reply.refusal, request.top_logprobs),
        "finish_reason": finish,
    }


def completion_object(
    *,
    id: str,
    created: int,
    model: str,
    choices: list[JsonObject],
    usage: JsonObject,
    service_tier: str,
    fingerprint: str = FINGERPRINT,
) -> JsonObject:
    """A chat completion as `create` answers it."""
    return {
        "id": id,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": choices,
        "usage": usage,
        "service_tier": "default" if service_tier == "auto" else service_tier,
        "system_fingerprint": fingerprint,
    }


def stored_object(
    completion: JsonObject,
    request: JsonObject,
    *,
    request_id: str,
    metadata: dict[str, str] | None,
) -> JsonObject:
    """A completion as the stored ones show it: with the request's settings and metadata."""
    return {
        **completion,
        "request_id": request_id,
        "metadata": metadata or {},
        "tools": request.get("tools"),
        "tool_choice": request.get("tool_choice"),
        "response_format": request.get("response_format"),
        "seed": request.get("seed"),
        "temperature": _setting(request, "temperature", 1.0),
        "top_p": _setting(request, "top_p", 1.0),
        "presence_penalty": _setting(request, "presence_penalty", 0.0),
        "frequency_penalty": _setting(request, "frequency_penalty", 0.0),
        "max_completion_tokens": _setting(
            request, "max_completion_tokens", request.get("max_tokens")
        ),
        "input_user": request.get("user"),
    }


def _setting(request: JsonObject, name: str, default: Any) -> Any:
    value = request.get(name)
    return default if value is None else value


def logprobs_object(
    text: str | None, refusal: str | None, top_logprobs: int | None
) -> JsonObject | None:
    """Log probabilities: each token was certain, since a rule engine has no alternatives."""
    if top_logprobs is None:
        return None
    return {
        "content": None if text is None else _certain(text, top_logprobs),
        "refusal": None if refusal is None else _certain(refusal, top_logprobs),
    }


def _certain(text: str, top: int) -> list[JsonObject]:
    found: list[JsonObject] = []
    for piece in tokens.token_bytes(tokens.encode(text)):
        entry: JsonObject = {
            "token": piece.decode("utf-8", "replace"),
            "logprob": 0.0,
            "bytes": list(piece),
        }
        found.append({**entry, "top_logprobs": [entry] if top else []})
    return found


def new_call_ids(reply: Reply, ids: Identifiers) -> list[str]:
    """Fresh ids for a reply's tool calls."""
    return [ids.new("call_") for _ in reply.tool_calls]
