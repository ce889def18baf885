"""Which of the declared tools cupola-echo calls, with which arguments, and what it says after."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui.sandbox.echo_schema import Filler, instance
from tui.sandbox.echo_words import Message, last_user_text, names_in, stems, text_of

MOST_CALLS = 4
"""Parallel calls in one answer, at most."""

QUOTED = 600
"""Characters of each tool result that the answer quotes."""

_JOINED = re.compile(r"\band\b|&|,|、|と| و | и | και ")


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool that the request declares."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] | None = None
    custom: bool = False
    """A custom tool takes free text instead of JSON."""


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """How free the model is: `mode` none, auto or required; `names` narrows the tools."""

    mode: str = "auto"
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call: JSON arguments, or the input of a custom tool."""

    name: str
    arguments: str
    custom: bool = False


def calls(
    messages: Sequence[Message], tools: Sequence[Tool], choice: ToolChoice, *, parallel: bool
) -> tuple[ToolCall, ...]:
    """The calls that this turn makes, none when it answers in words.

    `auto` calls a tool whose name shares a word with the last user message, or whose description
    shares two, and answers in words once results are there.
    """
    offered = [tool for tool in tools if not choice.names or tool.name in choice.names]
    if choice.mode == "none" or not offered:
        return ()
    prompt = last_user_text(messages)
    ranked = sorted(offered, key=lambda tool: -_likeness(tool, prompt))
    if choice.mode == "required":
        chosen = [tool for tool in ranked if _fits(tool, prompt)] or ranked[:1]
    elif messages and messages[-1].get("role") in ("tool", "function"):
        return ()
    else:
        chosen = [tool for tool in ranked if _fits(tool, prompt)]
    if not chosen:
        return ()
    if not parallel:
        return (_call(chosen[0], prompt),)
    if len(chosen) == 1:
        return _for_each_name(chosen[0], prompt)
    return tuple(_call(tool, prompt) for tool in chosen[:MOST_CALLS])


def _likeness(tool: Tool, prompt: str) -> int:
    said = stems(prompt)
    return 3 * len(stems(tool.name) & said) + len(stems(tool.description) & said)


def _fits(tool: Tool, prompt: str) -> bool:
    said = stems(prompt)
    return bool(stems(tool.name) & said) or len(stems(tool.description) & said) >= 2


def _for_each_name(tool: Tool, prompt: str) -> tuple[ToolCall, ...]:
    """One call for each of several names that the prompt joins, such as two cities."""
    names = names_in(prompt)[:MOST_CALLS]
    properties = (tool.parameters or {}).get("properties")
    has_text = isinstance(properties, Mapping) and any(
        isinstance(schema, Mapping) and schema.get("type") == "string" and "enum" not in schema
        for schema in properties.values()
    )
    if len(names) < 2 or not has_text or not _JOINED.search(prompt):
        return (_call(tool, prompt),)
    return tuple(_call(tool, prompt, preferred=name) for name in names)


def _call(tool: Tool, prompt: str, *, preferred: str = "") -> ToolCall:
    if tool.custom:
        return ToolCall(tool.name, prompt.strip() or "echo", custom=True)
    value = instance(tool.parameters or {}, Filler(prompt, preferred=preferred))
    arguments = value if isinstance(value, dict) else {}
    return ToolCall(tool.name, json.dumps(arguments, ensure_ascii=False))


def results_text(messages: Sequence[Message]) -> str | None:
    """The answer to the tool results at the end of the messages, quoting them; None without any."""
    results: list[Message] = []
    for message in reversed(messages):
        if message.get("role") not in ("tool", "function"):
            break
        results.insert(0, message)
    if not results:
        return None
    names = _names_by_call(messages)
    lines = [
        f"I am cupola-echo, a rule engine. {len(results)} tool result"
        f"{'s' if len(results) > 1 else ''} came back, and I quote what I was given:"
    ]
    for result in results:
        call_id = str(result.get("tool_call_id", ""))
        name = names.get(call_id) or str(result.get("name") or "a tool")
        text = text_of(result).strip()
        quoted = text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"
        lines.append(f"- {name}: {quoted or '(nothing)'}")
    return "\n".join(lines)


def _names_by_call(messages: Sequence[Message]) -> dict[str, str]:
    names: dict[str, str] = {}
    for message in messages:
        for call in message.get("tool_calls") or ():
            if isinstance(call, dict):
                inner = call.get("function") or call.get("custom") or {}
                names[str(call.get("id"))] = str(inner.get("name", "")) if inner else ""
    return names
