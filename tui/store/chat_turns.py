"""Turns: the messages of a chat as frozen values, read from and written to the wire (contract 7.2).

Texts in a turn are as they came: whoever shows them passes them through `safe_text`, whoever
copies, resends or exports them wants them exact.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tui.core.errors import Problem
from tui.core.formats import number


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    DEVELOPER = "developer"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    OTHER = "other"
    """A role that this program does not know; `TurnView.name` keeps its word."""

    @classmethod
    def of(cls, word: object) -> Role:
        """The role of that word; `function` is what tools were called once."""
        if word == "function":
            return cls.TOOL
        try:
            return cls(str(word))
        except ValueError:
            return cls.OTHER


class TurnState(StrEnum):
    """Whether a turn is whole, and if not, why."""

    WHOLE = "whole"
    OPEN = "open"
    """Still streaming."""
    STOPPED = "stopped"
    """The person stopped it; the text so far is kept."""
    INTERRUPTED = "interrupted"
    """The stream ended before its end; the text so far is kept."""


@dataclass(frozen=True, slots=True)
class UsageView:
    """Token counts; `estimated` when they were counted here and not by the server."""

    prompt: int = 0
    completion: int = 0
    total: int = 0
    cached: int = 0
    reasoning: int = 0
    estimated: bool = False

    @classmethod
    def of(cls, raw: object) -> UsageView | None:
        """From the wire, tolerantly: numbers in strings, missing totals, nulls."""
        if not isinstance(raw, Mapping):
            return None
        prompt, completion = _whole(raw.get("prompt_tokens")), _whole(raw.get("completion_tokens"))
        total = _whole(raw.get("total_tokens")) or prompt + completion
        if not total:
            return None
        return cls(
            prompt=prompt,
            completion=completion,
            total=total,
            cached=_detail(raw, "prompt_tokens_details", "cached_tokens"),
            reasoning=_detail(raw, "completion_tokens_details", "reasoning_tokens"),
        )

    def plus(self, other: UsageView) -> UsageView:
        """Both together: what a chat cost so far."""
        return UsageView(
            self.prompt + other.prompt,
            self.completion + other.completion,
            self.total + other.total,
            self.cached + other.cached,
            self.reasoning + other.reasoning,
            self.estimated or other.estimated,
        )


def _whole(value: object) -> int:
    amount = number(value)
    return max(0, int(amount)) if amount is not None else 0


def _detail(raw: Mapping[str, Any], group: str, name: str) -> int:
    details = raw.get(group)
    return _whole(details.get(name)) if isinstance(details, Mapping) else 0


@dataclass(frozen=True, slots=True)
class ToolCallView:
    """One call that the model asks for; `arguments` is JSON text, maybe not whole yet."""

    id: str
    name: str
    arguments: str
    custom: bool = False
    """A custom tool: the arguments are free text."""

    @property
    def wire(self) -> dict[str, Any]:
        if self.custom:
            custom = {"name": self.name, "input": self.arguments}
            return {"id": self.id, "type": "custom", "custom": custom}
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of a message that is no text: an image, audio, a file."""

    kind: str
    detail: str = ""
    """Its address, name or format, and its size where it came inline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """One message of a chat."""

    id: str
    """Its own within the chat, and the same for as long as it grows."""
    role: Role
    text: str = ""
    name: str = ""
    """Tells speakers of one role apart."""
    refusal: str = ""
    reasoning: str = ""
    """Thoughts that some servers send beside the answer."""
    parts: tuple[PartView, ...] = ()
    calls: tuple[ToolCallView, ...] = ()
    call_id: str = ""
    """Of a tool's turn: the call that this is the result of."""
    state: TurnState = TurnState.WHOLE
    finish_reason: str = ""
    model: str = ""
    completion_id: str = ""
    """Of a reply: the completion's id, by which the server may have stored it."""
    stored: bool = False
    usage: UsageView | None = None
    first_token: float | None = None
    """Seconds from sending to the first piece of the answer."""
    rate: float | None = None
    """Tokens per second while the answer came."""
    problem: Problem | None = None
    """Why an interrupted reply ended."""
    content: object = field(default=None, compare=False, repr=False)
    """The content as it came, when it was a list of parts: it is sent back as it is."""

    @property
    def empty(self) -> bool:
        """Whether nothing of an answer came."""
        return not (self.text or self.refusal or self.reasoning or self.parts or self.calls)

    @property
    def wire(self) -> dict[str, Any]:
        """The message as it is sent with the next request."""
        content: object = self.content if self.content is not None else self.text
        message: dict[str, Any] = {"role": self.role.value, "content": content}
        if self.role is Role.OTHER:
            message["role"] = self.name or Role.USER.value
        elif self.name:
            message["name"] = self.name
        if self.role is Role.ASSISTANT:
            if self.calls:
                message["tool_calls"] = [call.wire for call in self.calls]
                message["content"] = content or None
            if self.refusal:
                message["refusal"] = self.refusal
                message["content"] = content or None
        if self.role is Role.TOOL:
            message["tool_call_id"] = self.call_id
        return message


def turn_of(raw: object, id: str) -> TurnView:
    """A message from the wire; whatever is missing or of an unknown shape stays empty."""
    if not isinstance(raw, Mapping):
        return TurnView(id=id, role=Role.OTHER, text=_text(raw))
    role = Role.of(raw.get("role"))
    content = raw.get("content")
    parts = raw.get("content_parts")
    if not isinstance(content, list) and isinstance(parts, list) and parts:
        content = parts
    text, others = content_of(content)
    name = raw.get("name")
    if role is Role.OTHER and not name:
        name = raw.get("role")
    if isinstance(raw.get("audio"), Mapping):
        others = (*others, PartView("audio", _text(raw["audio"].get("transcript"))))
    return TurnView(
        id=id,
        role=role,
        text=text,
        name=_text(name),
        refusal=_text(raw.get("refusal")),
        reasoning=_text(raw.get("reasoning_content") or raw.get("reasoning")),
        parts=others,
        calls=calls_of(raw),
        call_id=_text(raw.get("tool_call_id")),
        content=content if isinstance(content, list) else None,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def content_of(content: object) -> tuple[str, tuple[PartView, ...]]:
    """The text of a content, and its parts that are none."""
    if not isinstance(content, Sequence) or isinstance(content, str):
        return _text(content), ()
    texts: list[str] = []
    others: list[PartView] = []
    for part in content:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, Mapping):
            kind = _text(part.get("type"))
            if isinstance(part.get("text"), str):
                texts.append(part["text"])
            elif kind == "refusal":
                texts.append(_text(part.get("refusal")))
            else:
                others.append(_part(kind or "part", part))
    return "\n".join(texts), tuple(others)


def _part(kind: str, part: Mapping[str, Any]) -> PartView:
    body = part.get(kind)
    if not isinstance(body, Mapping):
        return PartView(kind, _inline(_text(body)) if body is not None else "")
    address = _text(body.get("url") or body.get("file_id") or body.get("filename"))
    details = [_inline(address)] if address else []
    if body.get("format"):
        details.append(_text(body["format"]))
    if isinstance(body.get("detail"), str):
        details.append(body["detail"])
    return PartView(kind.removesuffix("_url"), " ".join(details))


def _inline(address: str) -> str:
    """What stands for an address: one that carries the bytes themselves is only measured."""
    if not address.startswith("data:"):
        return address
    kind, _, payload = address[5:].partition(",")
    return f"{kind.partition(';')[0]} inline, {len(payload) * 3 // 4:,} bytes"


def calls_of(raw: Mapping[str, Any]) -> tuple[ToolCallView, ...]:
    """The tool calls of a message, the older single `function_call` among them."""
    calls = raw.get("tool_calls")
    found = []
    if isinstance(calls, Sequence) and not isinstance(calls, str):
        found = [_call(call) for call in calls if isinstance(call, Mapping)]
    if isinstance(raw.get("function_call"), Mapping):
        found.append(_call({"function": raw["function_call"]}))
    return tuple(found)


def _call(call: Mapping[str, Any]) -> ToolCallView:
    custom = call.get("custom")
    if isinstance(custom, Mapping):
        name, given = _text(custom.get("name")), _text(custom.get("input"))
        return ToolCallView(_text(call.get("id")), name, given, custom=True)
    function = call.get("function")
    body = function if isinstance(function, Mapping) else {}
    return ToolCallView(
        _text(call.get("id")), _text(body.get("name")), argument_text(body.get("arguments"))
    )


def argument_text(arguments: object) -> str:
    """Arguments as JSON text: some servers send the object itself."""
    if isinstance(arguments, Mapping | list):
        return json.dumps(arguments, ensure_ascii=False)
    return _text(arguments)


def pretty_json(text: str) -> str:
    """JSON text laid out over lines; what is no whole JSON stays as it is."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return json.dumps(value, ensure_ascii=False, indent=2)
