"""The body of `POST /chat/completions`, checked and turned into what the engine answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tui.sandbox.chat_messages import checked_messages
from tui.sandbox.echo import CONTEXT_WINDOW, EchoRequest, prompt_tokens
from tui.sandbox.echo_tools import Tool, ToolChoice
from tui.sandbox.echo_words import text_of
from tui.sandbox.errors import ApiError, invalid
from tui.sandbox.fields import Fields
from tui.sandbox.wire import JsonObject

_KNOWN_NAMES = (
    "audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens "
    "max_tokens messages metadata modalities model moderation n parallel_tool_calls prediction "
    "presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention "
    "reasoning_effort response_format safety_identifier seed service_tier stop store stream "
    "stream_options temperature tool_choice tools top_logprobs top_p user verbosity "
    "web_search_options"
)
KNOWN = frozenset(_KNOWN_NAMES.split())
TIERS = ("auto", "default", "flex", "scale", "priority")
MAX_TOOLS = 128
MAX_CHOICES = 128

_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}$")


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One checked request."""

    model: str
    messages: list[JsonObject]
    echo: EchoRequest
    prompt_tokens: int
    body: JsonObject
    """The request as it came; stored completions show parts of it."""
    choices: int
    store: bool
    metadata: dict[str, str] | None
    stream: bool
    include_usage: bool
    top_logprobs: int | None
    """None without logprobs."""
    legacy_functions: bool
    """Asked with `functions`: the answer uses `function_call`."""
    service_tier: str

    def echo_for(self, choice: int) -> EchoRequest:
        """What one of the choices depends on."""
        return replace(self.echo, choice=choice)


def parse_chat_request(body: Fields) -> ChatRequest:
    """Check a body. Raises `ApiError` 400 in the platform's words, with `param`."""
    for name in body.body:
        if name not in KNOWN:
            raise invalid(f"Unrecognized request argument supplied: {name[:100]}")
    model = body.required_string("model")
    messages = checked_messages(body)
    _check_sampling(body)
    _check_pairs(body)
    tools, legacy = _tools(body)
    kind, schema = _response_format(body, messages)
    limit = _token_limit(body)
    choices = body.integer("n", 1, minimum=1, maximum=MAX_CHOICES) or 1
    declared = body.items("tools") or body.items("functions") or []
    counted = prompt_tokens(messages, declared)
    if counted + (limit or 0) > CONTEXT_WINDOW:
        raise _too_long(counted, limit)
    options = body.fields("stream_options")
    logprobs = body.boolean("logprobs")
    return ChatRequest(
        model=model,
        messages=messages,
        echo=EchoRequest(
            messages=messages,
            tools=tools,
            tool_choice=_tool_choice(body, tools, legacy=legacy),
            parallel_tool_calls=not legacy and body.boolean("parallel_tool_calls", True),
            response_format=kind,
            schema=schema,
            max_tokens=limit,
            stop=_stop(body),
            choices=choices,
        ),
        prompt_tokens=counted,
        body=body.body,
        choices=choices,
        store=body.boolean("store"),
        metadata=body.metadata(),
        stream=body.boolean("stream"),
        include_usage=options is not None and options.boolean("include_usage"),
        top_logprobs=(body.integer("top_logprobs", 0) or 0) if logprobs else None,
        legacy_functions=legacy,
        service_tier=body.string("service_tier", "default", choices=TIERS) or "default",
    )


def _check_sampling(body: Fields) -> None:
    """Bounds and types of what the rule engine accepts and does not use."""
    body.number("temperature", minimum=0, maximum=2)
    body.number("top_p", minimum=0, maximum=1)
    body.number("frequency_penalty", minimum=-2, maximum=2)
    body.number("presence_penalty", minimum=-2, maximum=2)
    body.integer("seed")
    body.integer("top_logprobs", minimum=0, maximum=20)
    for name in ("user", "safety_identifier", "prompt_cache_key", "reasoning_effort", "verbosity"):
        body.string(name)
    for name in ("logit_bias", "prediction", "web_search_options", "audio"):
        body.fields(name)
    if "audio" in (body.strings("modalities") or ()):
        raise invalid("The sandbox's model answers in text only.", "modalities")


def _check_pairs(body: Fields) -> None:
    """Parameters that are only allowed beside another."""
    for name, needed, enabled in (
        ("metadata", "store", bool(body.body.get("metadata")) and not body.boolean("store")),
        (
            "stream_options",
            "stream",
            body.body.get("stream_options") is not None and not body.boolean("stream"),
        ),
        (
            "top_logprobs",
            "logprobs",
            body.body.get("top_logprobs") is not None and not body.boolean("logprobs"),
        ),
    ):
        if enabled:
            raise invalid(
                f"The '{name}' parameter is only allowed when '{needed}' is enabled.", name
            )
    limits = ("max_tokens", "max_completion_tokens")
    if all(body.body.get(name) is not None for name in limits):
        raise invalid(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            "max_tokens",
        )


def _token_limit(body: Fields) -> int | None:
    limit = body.integer("max_completion_tokens", minimum=1)
    return limit if limit is not None else body.integer("max_tokens", minimum=1)


def _stop(body: Fields) -> tuple[str, ...]:
    if isinstance(body.body.get("stop"), str):
        return (body.body["stop"],)
    return tuple(body.strings("stop", maximum=4) or ())


def _tools(body: Fields) -> tuple[tuple[Tool, ...], bool]:
    """The declared tools, and whether they came as the older `functions`."""
    functions = body.items("functions", minimum=1, maximum=MAX_TOOLS)
    declared = body.items("tools", minimum=1, maximum=MAX_TOOLS)
    if functions is not None and declared is None:
        return tuple(
            read_function(nested(body, f"functions[{index}]", function))
            for index, function in enumerate(functions)
        ), True
    found = []
    for index, tool in enumerate(declared or ()):
        fields = nested(body, f"tools[{index}]", tool)
        kind = fields.required_string("type", choices=("function", "custom"))
        fields.required(kind)
        inner = fields.fields(kind)
        if inner is not None:
            found.append(read_function(inner, custom=kind == "custom"))
    return tuple(found), False


def nested(body: Fields, name: str, value: object) -> Fields:
    """An object inside an array. Raises `ApiError` 400 for anything else."""
    if not isinstance(value, dict):
        raise body.wrong_type(name, "an object", value)
    return Fields(value, body.name(name))


def read_function(fields: Fields, *, custom: bool = False) -> Tool:
    """The definition of one function or custom tool. Raises `ApiError` 400."""
    name = fields.required_string("name", maximum=64)
    if not _TOOL_NAME.match(name):
        raise invalid(
            f"Invalid '{fields.name('name')}': string does not match pattern. Expected a string"
            " that matches the pattern '^[a-zA-Z0-9_-]+$'.",
            fields.name("name"),
            code="invalid_value",
        )
    parameters = fields.fields("parameters")
    if parameters is not None and fields.boolean("strict"):
        check_strict(parameters.body, fields.name("parameters"), f"function '{name}'")
    return Tool(
        name=name,
        description=fields.string("description") or "",
        parameters=None if parameters is None else parameters.body,
        custom=custom,
    )


def _tool_choice(body: Fields, tools: tuple[Tool, ...], *, legacy: bool) -> ToolChoice:
    name = "function_call" if legacy else "tool_choice"
    value = body.body.get(name)
    if not tools:
        for given in ("tool_choice", "parallel_tool_calls"):
            if body.body.get(given) is not None:
                raise invalid(
                    f"Invalid value for '{given}': '{given}' is only allowed when 'tools' are"
                    " specified.",
                    given,
                )
        return ToolChoice()
    if value is None:
        return ToolChoice()
    if isinstance(value, str):
        modes = ("none", "auto") if legacy else ("none", "auto", "required")
        return ToolChoice(body.string(name, choices=modes) or "auto")
    fields = nested(body, name, value)
    return ToolChoice("required", _declared(fields, tools)) if legacy else _named(fields, tools)


def _named(fields: Fields, tools: tuple[Tool, ...]) -> ToolChoice:
    """One named tool, or some allowed ones."""
    kind = fields.required_string("type", choices=("function", "custom", "allowed_tools"))
    fields.required(kind)
    inner = fields.fields(kind)
    if inner is None:
        return ToolChoice()
    if kind != "allowed_tools":
        return ToolChoice("required", _declared(inner, tools))
    mode = inner.required_string("mode", choices=("auto", "required"))
    names: list[str] = []
    for index, tool in enumerate(inner.items("tools", minimum=1) or ()):
        one = nested(inner, f"tools[{index}]", tool)
        named = one.fields(one.required_string("type", choices=("function", "custom")))
        names.extend(_declared(named, tools) if named is not None else ())
    return ToolChoice(mode, tuple(names))


def _declared(fields: Fields, tools: tuple[Tool, ...]) -> tuple[str, ...]:
    name = fields.required_string("name")
    if all(tool.name != name for tool in tools):
        raise invalid(
            f"Tool choice '{name[:64]}' not found in 'tools' parameter.", fields.name("name")
        )
    return (name,)


def _response_format(
    body: Fields, messages: list[JsonObject]
) -> tuple[str, Mapping[str, Any] | None]:
    fields = body.fields("response_format")
    if fields is None:
        return "text", None
    kind = fields.required_string("type", choices=("text", "json_object", "json_schema"))
    if kind == "json_object" and not any("json" in text_of(m).lower() for m in messages):
        raise invalid(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of"
            " type 'json_object'.",
            "messages",
        )
    if kind != "json_schema":
        return kind, None
    fields.required("json_schema")
    inner = fields.fields("json_schema")
    if inner is None:
        return kind, None
    name = inner.required_string("name", maximum=64)
    schema = inner.fields("schema")
    if schema is not None and inner.boolean("strict"):
        check_strict(schema.body, "response_format", f"response_format '{name}'")
    return kind, {} if schema is None else schema.body


def check_strict(schema: JsonObject, param: str, owner: str, path: tuple[str, ...] = ()) -> None:
    """Strict schemas close their objects and require each property, or the request is refused."""
    properties = schema.get("properties")
    context = "(" + ", ".join(f"'{part}'" for part in path) + ("," if len(path) == 1 else "") + ")"
    if isinstance(properties, dict):
        if schema.get("additionalProperties") is not False:
            fault = "'additionalProperties' is required to be supplied and to be false."
            raise _bad_schema(owner, context, fault, param)
        missing = [name for name in properties if name not in (schema.get("required") or ())]
        if missing:
            fault = (
                "'required' is required to be supplied and to be an array including every key in"
                f" properties. Missing '{missing[0]}'."
            )
            raise _bad_schema(owner, context, fault, param)
    inside: list[tuple[tuple[str, ...], Any]] = []
    for word in ("properties", "$defs"):
        if isinstance(schema.get(word), dict):
            inside += [((*path, word, name), inner) for name, inner in schema[word].items()]
    inside.append(((*path, "items"), schema.get("items")))
    if isinstance(schema.get("anyOf"), list):
        inside += [((*path, "anyOf", str(i)), one) for i, one in enumerate(schema["anyOf"])]
    for where, inner in inside:
        if isinstance(inner, dict) and len(where) < 64:
            check_strict(inner, param, owner, where)


def _bad_schema(owner: str, context: str, fault: str, param: str) -> ApiError:
    return invalid(
        f"Invalid schema for {owner}: In context={context}, {fault}",
        param,
        code="invalid_function_parameters" if owner.startswith("function") else None,
    )


def _too_long(counted: int, limit: int | None) -> ApiError:
    asked = f" ({counted} in the messages, {limit} in the completion)" if limit else ""
    return invalid(
        f"This model's maximum context length is {CONTEXT_WINDOW} tokens. However, you requested"
        f" {counted + (limit or 0)} tokens{asked}. Please reduce the length of the messages.",
        "messages",
        code="context_length_exceeded",
    )
