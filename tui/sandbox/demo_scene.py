"""One stored conversation of the demo, before it becomes a record."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.sandbox.wire import JsonObject

SMALL = ("gpt-4o-mini", "gpt-4.1-mini", "gpt-5-mini", "gpt-4.1-nano")
LARGE = ("gpt-4o", "gpt-4.1", "gpt-5", "o4-mini")


@dataclass(frozen=True, slots=True)
class Scene:
    """What was asked, what was answered, and with which settings."""

    team: str
    feature: str
    messages: list[JsonObject]
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[JsonObject] | None = None
    finish: str = "stop"
    models: tuple[str, ...] = SMALL
    settings: JsonObject = field(default_factory=dict)
    """Members of the request beside model and messages."""
    metadata: dict[str, str] = field(default_factory=dict)
    """Beyond those that every completion has."""


def system(text: str) -> JsonObject:
    return {"role": "system", "content": text}


def developer(text: str) -> JsonObject:
    return {"role": "developer", "content": text}


def user(text: str, *, name: str | None = None) -> JsonObject:
    message: JsonObject = {"role": "user", "content": text}
    if name is not None:
        message["name"] = name
    return message


def assistant(text: str) -> JsonObject:
    return {"role": "assistant", "content": text}


def call(id: str, name: str, arguments: str) -> JsonObject:
    """One function call of an assistant's message."""
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def calling(*calls: JsonObject) -> JsonObject:
    return {"role": "assistant", "content": None, "tool_calls": list(calls)}


def result(id: str, text: str) -> JsonObject:
    return {"role": "tool", "tool_call_id": id, "content": text}
