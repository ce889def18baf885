"""The messages of a chat request, checked as the platform checks them: roles, parts, tool order."""

from __future__ import annotations

from typing import Any

from tui.sandbox.errors import ApiError, invalid
from tui.sandbox.fields import Fields
from tui.sandbox.query import invalid_choice
from tui.sandbox.wire import JsonObject

ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_PARTS = {
    "user": ("text", "image_url", "input_audio", "file"),
    "assistant": ("text", "refusal"),
}
_PART_MEMBER = {"text": "text", "refusal": "refusal"}


def checked_messages(body: Fields) -> list[JsonObject]:
    """The request's messages as they came. Raises `ApiError` 400 that names the wrong place."""
    body.required("messages")
    messages = body.items("messages") or []
    if not messages:
        raise invalid(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an"
            " empty array instead.",
            "messages",
            code="empty_array",
        )
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            raise body.wrong_type(f"messages[{index}]", "an object", message)
        _check_message(Fields(message, f"messages[{index}]"))
    _check_tool_order(messages)
    return messages


def _check_message(fields: Fields) -> None:
    role = fields.required_string("role", choices=ROLES)
    fields.string("name")
    calls = fields.items("tool_calls") if role == "assistant" else None
    if calls is not None:
        _check_tool_calls(fields, calls)
    if role == "tool":
        fields.required_string("tool_call_id")
    if role == "function":
        fields.required_string("name")
    spoken = ("tool_calls", "function_call", "refusal", "audio")
    silent = role == "assistant" and any(fields.body.get(name) is not None for name in spoken)
    content = fields.body.get("content")
    if content is None:
        if silent:
            return
        if not fields.has("content"):
            fields.required("content")
        raise invalid(
            f"Invalid value for '{fields.name('content')}': expected a string, got null.",
            fields.name("content"),
        )
    if isinstance(content, list):
        _check_parts(fields, role, content)
    elif not isinstance(content, str):
        raise fields.wrong_type("content", "one of a string or array of objects", content)


def _check_parts(fields: Fields, role: str, parts: list[Any]) -> None:
    allowed = _PARTS.get(role, ("text",))
    for index, part in enumerate(parts):
        name = f"content[{index}]"
        if not isinstance(part, dict):
            raise fields.wrong_type(name, "an object", part)
        inner = Fields(part, fields.name(name))
        kind = inner.required_string("type")
        if kind not in allowed:
            raise invalid(invalid_choice(kind, allowed), inner.name("type"), code="invalid_value")
        if kind in _PART_MEMBER:
            inner.required_string(_PART_MEMBER[kind])
            continue
        inner.required(kind)
        value = inner.fields(kind)
        if kind == "image_url" and value is not None:
            value.required_string("url")
            value.string("detail", choices=("auto", "low", "high", "original"))
        elif kind == "input_audio" and value is not None:
            value.required_string("data")
            value.required_string("format", choices=("wav", "mp3"))


def _check_tool_calls(fields: Fields, calls: list[Any]) -> None:
    if not calls:
        raise invalid(
            f"Invalid '{fields.name('tool_calls')}': empty array. Expected an array with minimum"
            " length 1, but got an empty array instead.",
            fields.name("tool_calls"),
            code="empty_array",
        )
    for index, call in enumerate(calls):
        name = f"tool_calls[{index}]"
        if not isinstance(call, dict):
            raise fields.wrong_type(name, "an object", call)
        inner = Fields(call, fields.name(name))
        inner.required_string("id")
        kind = inner.required_string("type", choices=("function", "custom"))
        inner.required(kind)
        called = inner.fields(kind)
        if called is not None:
            called.required_string("name")
            if called.body.get("arguments" if kind == "function" else "input") is None:
                called.required("arguments" if kind == "function" else "input")


def _check_tool_order(messages: list[JsonObject]) -> None:
    """Results follow the message that called, and each call has its result."""
    waiting: dict[str, None] = {}
    caller = -1
    answering = False
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            if not answering:
                raise invalid(
                    "Invalid parameter: messages with role 'tool' must be a response to a"
                    " preceeding message with 'tool_calls'.",
                    f"messages.[{index}].role",
                )
            if message["tool_call_id"] not in waiting and caller >= 0:
                known = {call["id"] for call in messages[caller].get("tool_calls") or ()}
                if message["tool_call_id"] not in known:
                    raise invalid(
                        "Invalid parameter: 'tool_call_id' of"
                        f" '{message['tool_call_id'][:100]}' not found in 'tool_calls' of previous"
                        " message.",
                        f"messages.[{index}].tool_call_id",
                    )
            waiting.pop(message["tool_call_id"], None)
            continue
        if waiting:
            raise _unanswered(waiting, caller)
        answering = bool(message.get("tool_calls"))
        if answering:
            caller = index
            waiting = {call["id"]: None for call in message["tool_calls"]}
    if waiting:
        raise _unanswered(waiting, caller)


def _unanswered(waiting: dict[str, None], caller: int) -> ApiError:
    return invalid(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to"
        " each 'tool_call_id'. The following tool_call_ids did not have response messages:"
        f" {', '.join(waiting)[:500]}",
        f"messages.[{caller}].role",
    )


def stored_message(message: JsonObject, id: str) -> JsonObject:
    """A request's message as the list of stored messages shows it, nulls included.

    `content` joins the texts of a parts array, `content_parts` keeps those that are text or image.
    """
    content = message.get("content")
    parts = None
    if isinstance(content, list):
        parts = [part for part in content if part.get("type") in ("text", "image_url")]
        content = "\n".join(part["text"] for part in content if part.get("type") == "text") or None
    return {
        "id": id,
        "role": message["role"],
        "content": content,
        "content_parts": parts,
        "name": message.get("name"),
        "refusal": message.get("refusal"),
        "annotations": message.get("annotations"),
        "audio": message.get("audio"),
        "function_call": message.get("function_call"),
        "tool_calls": message.get("tool_calls"),
        "tool_call_id": message.get("tool_call_id"),
    }
