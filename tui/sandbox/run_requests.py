"""Reads the bodies of runs: settings over an assistant's, messages to add, tool outputs."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.sandbox.assistant_requests import (
    INSTRUCTIONS_LENGTH,
    Resources,
    read_resources,
    read_response_format,
    read_sampling,
    read_tool_choice,
    read_tools,
    read_truncation,
)
from tui.sandbox.call import Call
from tui.sandbox.chat_request import nested
from tui.sandbox.errors import invalid
from tui.sandbox.fields import Fields
from tui.sandbox.models import require_model
from tui.sandbox.models_table import Engine
from tui.sandbox.query import Query, invalid_choice
from tui.sandbox.records import Record
from tui.sandbox.run_records import RunSettings
from tui.sandbox.thread_messages import read_messages
from tui.sandbox.thread_records import NewMessage, require_assistant
from tui.sandbox.wire import JsonObject

MAX_TOOLS = 20
_MIN_TOKENS = 256
_CONTENT = "step_details.tool_calls[*].file_search.results[*].content"
_COMMON = (
    "assistant_id",
    "model",
    "reasoning_effort",
    "instructions",
    "tools",
    "metadata",
    "temperature",
    "top_p",
    "stream",
    "max_prompt_tokens",
    "max_completion_tokens",
    "truncation_strategy",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
)


@dataclass(frozen=True, slots=True)
class NewThread:
    """A thread as a request gives it."""

    messages: list[NewMessage] = field(default_factory=list)
    resources: Resources = field(default_factory=Resources)
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run as a request gives it."""

    assistant_id: str
    settings: RunSettings
    messages: list[NewMessage]
    resources: Resources | None
    """The run's own `tool_resources`, which replace the assistant's."""
    stream: bool
    content: bool
    """Whether steps show what a search found."""


def read_thread(fields: Fields) -> NewThread:
    """A thread to be made. Raises `ApiError` 400."""
    fields.only(("messages", "tool_resources", "metadata"))
    return NewThread(
        messages=read_messages(fields, "messages"),
        resources=read_resources(fields),
        metadata=fields.metadata() or {},
    )


def read_include(query: Query) -> bool:
    """Whether `include[]` asks for what a search found. Raises `ApiError` 400."""
    wanted = query.texts("include")
    for value in wanted:
        if value != _CONTENT:
            raise invalid(invalid_choice(value, (_CONTENT,)), "include", code="invalid_value")
    return bool(wanted)


async def read_run(call: Call, fields: Fields, *, with_thread: bool = False) -> NewRun:
    """A run to be made. Raises `ApiError` 400, and 404 for its assistant or model."""
    own = ("thread", "tool_resources") if with_thread else _own_members()
    fields.only((*_COMMON, *own))
    assistant_id = fields.required_string("assistant_id")
    assistant = await call.world.database.read(
        lambda records: require_assistant(records, assistant_id)
    )
    settings = _settings(fields, assistant)
    await require_model(call.world, settings.model, Engine.ECHO)
    replaced = with_thread and fields.body.get("tool_resources") is not None
    return NewRun(
        assistant_id=assistant_id,
        settings=settings,
        messages=[] if with_thread else read_messages(fields, "additional_messages"),
        resources=read_resources(fields, makes_stores=False) if replaced else None,
        stream=fields.boolean("stream"),
        content=read_include(call.query),
    )


def _own_members() -> tuple[str, ...]:
    return ("additional_instructions", "additional_messages")


def _settings(fields: Fields, assistant: Record) -> RunSettings:
    known = assistant.body
    sampling = read_sampling(fields)
    tools = known["tools"]
    if fields.body.get("tools") is not None:
        tools = read_tools(fields, maximum=MAX_TOOLS)
    formatted = fields.body.get("response_format") is not None
    return RunSettings(
        model=fields.string("model") or known["model"],
        instructions=_instructions(fields, known),
        tools=tools,
        temperature=_first(sampling["temperature"], known["temperature"]),
        top_p=_first(sampling["top_p"], known["top_p"]),
        tool_choice=read_tool_choice(fields, tools),
        response_format=read_response_format(fields) if formatted else known["response_format"],
        truncation_strategy=read_truncation(fields),
        parallel_tool_calls=fields.boolean("parallel_tool_calls", True),
        max_prompt_tokens=fields.integer("max_prompt_tokens", minimum=_MIN_TOKENS),
        max_completion_tokens=fields.integer("max_completion_tokens", minimum=_MIN_TOKENS),
        metadata=fields.metadata() or {},
        tool_resources=known["tool_resources"],
    )


def _first(value: float | None, default: float) -> float:
    return default if value is None else value


def _instructions(fields: Fields, known: JsonObject) -> str:
    """The run's own instructions or the assistant's, with what is added to them."""
    given = fields.string("instructions", maximum=INSTRUCTIONS_LENGTH)
    text: str = given if given is not None else known["instructions"] or ""
    more = fields.string("additional_instructions", maximum=INSTRUCTIONS_LENGTH)
    return "\n".join(part for part in (text, more) if part)


def read_outputs(fields: Fields) -> dict[str, str]:
    """The outputs by the id of their call. Raises `ApiError` 400."""
    fields.only(("tool_outputs", "stream"))
    fields.required("tool_outputs")
    outputs: dict[str, str] = {}
    for index, value in enumerate(fields.items("tool_outputs") or ()):
        inner = nested(fields, f"tool_outputs[{index}]", value)
        inner.only(("tool_call_id", "output"))
        id = inner.required_string("tool_call_id")
        if id in outputs:
            raise invalid(f"Duplicate tool output for call_id '{id[:100]}'.", "tool_outputs")
        outputs[id] = inner.string("output") or ""
    return outputs
