"""How a chat asks: the model and everything else that stays the same from turn to turn."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from tui.core.errors import Problem, ProblemKind
from tui.core.formats import number
from tui.store.chat_turns import Role, TurnState, TurnView

OPTIONAL_FIELDS = ("stream_options", "store")
"""What other servers refuse to hear of, and what an answer can do without."""

FORM_FIELDS = (
    "model",
    "temperature",
    "top_p",
    "max_completion_tokens",
    "reasoning_effort",
    "verbosity",
    "stop",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "service_tier",
    "store",
    "metadata",
)
"""Fields of `CreateChatCompletion` that a person may set, in the order of the form."""

_JSON_FIELDS = ("response_format", "tools", "tool_choice")
_REFUSED = re.compile(
    r"unrecogni[sz]ed|unknown|unsupported|not supported|extra|additional|unexpected"
    r"|not permitted|not allowed|forbidden",
    re.IGNORECASE,
)
_NO_CHAT = re.compile(
    r"embed|moderation|whisper|tts|dall-e|image|audio|realtime|transcribe|sora|rerank|davinci"
    r"|babbage|instruct",
    re.IGNORECASE,
)
_USUAL = {"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}
"""What the platform fills in where nothing was asked; some models refuse to be told it."""
_LIKED = ("cupola-echo", "gpt-5-mini", "gpt-4.1-mini", "gpt-4o-mini")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatParameters:
    """What is sent beside the messages. Unset fields are left out of the request."""

    model: str = ""
    instructions: str = ""
    """The system prompt."""
    instructions_role: Role = Role.SYSTEM
    temperature: float | None = None
    top_p: float | None = None
    max_completion_tokens: int | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    response_format: str = ""
    """JSON text, as `tools` and `tool_choice`: frozen, and compared by what was written."""
    tools: str = ""
    tool_choice: str = ""
    parallel_tool_calls: bool | None = None
    service_tier: str | None = None
    store: bool = True
    metadata: tuple[tuple[str, str], ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """What is set, by the request's field names: a form's first values, a body's fields."""
        values: dict[str, Any] = {}
        for name in FORM_FIELDS:
            value = getattr(self, name)
            if name == "store":
                values[name] = value
            elif value is None or value in ("", ()):
                continue
            elif name in _JSON_FIELDS:
                values[name] = json.loads(value)
            elif name == "metadata":
                values[name] = dict(value)
            elif name == "stop":
                values[name] = list(value)
            else:
                values[name] = value
        return values

    def changed(self, values: Mapping[str, Any]) -> ChatParameters:
        """With other values, by the request's field names; `None` unsets, unknown names pass."""
        changes: dict[str, Any] = {}
        for name, value in values.items():
            if name not in _KNOWN:
                continue
            if name in _JSON_FIELDS:
                changes[name] = "" if value in (None, "", [], {}) else _json_text(value)
            elif name == "metadata":
                pairs = value.items() if isinstance(value, Mapping) else value or ()
                changes[name] = tuple((str(key), str(held)) for key, held in pairs)
            elif name == "stop":
                changes[name] = (value,) if isinstance(value, str) and value else tuple(value or ())
            elif name in ("model", "instructions"):
                changes[name] = str(value or "")
            elif name == "store":
                changes[name] = bool(value)
            else:
                changes[name] = None if value == "" else value
        return replace(self, **changes)

    @property
    def fresh(self) -> ChatParameters:
        """For a new chat: the same ways, but no instructions and no metadata of this one."""
        return replace(self, instructions="", metadata=())


_KNOWN = {field.name for field in fields(ChatParameters)}


def _json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def parameters_of(completion: Mapping[str, Any]) -> ChatParameters:
    """The parameters that a stored completion was made with, as far as the server tells them."""
    found = {
        name: completion[name]
        for name in FORM_FIELDS
        if name not in ("store", "metadata", "service_tier", "model")
        and completion.get(name) not in (None, "", [], {})
    }
    for name, usual in _USUAL.items():
        if name in found:
            found[name] = number(found[name])
            if found[name] == usual:
                del found[name]
    for name in ("seed", "max_completion_tokens"):
        if name in found:
            amount = number(found[name])
            found[name] = int(amount) if amount is not None else None
    if found.get("response_format") == {"type": "text"} or not _mapping(found, "response_format"):
        found.pop("response_format", None)
    if not isinstance(found.get("tools"), list):
        found.pop("tools", None)
        found.pop("tool_choice", None)
        found.pop("parallel_tool_calls", None)
    return ChatParameters(model=str(completion.get("model") or "")).changed(found)


def _mapping(values: Mapping[str, Any], name: str) -> bool:
    return isinstance(values.get(name), Mapping)


def messages_of(parameters: ChatParameters, turns: Iterable[TurnView]) -> list[dict[str, Any]]:
    """The conversation as it is sent: instructions first, half calls left out."""
    messages: list[dict[str, Any]] = []
    if parameters.instructions:
        messages.append(
            {"role": parameters.instructions_role.value, "content": parameters.instructions}
        )
    for turn in turns:
        if turn.role is Role.ASSISTANT and turn.state is not TurnState.WHOLE:
            # A call that was cut has half its arguments; the server would refuse the whole.
            turn = replace(turn, calls=())
        if turn.role is Role.ASSISTANT and not (turn.text or turn.calls or turn.refusal):
            continue
        messages.append(turn.wire)
    return messages


def request_body(
    parameters: ChatParameters, turns: Iterable[TurnView], *, without: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """The body of a streamed chat completion; raises `ValueError` for what cannot be sent."""
    values = parameters.values
    if not parameters.store:
        # Metadata needs `store: true` (contract 2.9).
        values.pop("metadata", None)
    body = {
        **values,
        "messages": messages_of(parameters, turns),
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    for name in without:
        body.pop(name, None)
    requests = importlib.import_module("tui.api.requests.chat")
    payload: dict[str, Any] = requests.CreateChatCompletion.model_validate(body).payload()
    return payload


def unsendable(refusal: ValueError) -> Problem:
    """Why a body was not even sent."""
    lines = [line.strip() for line in str(refusal).splitlines() if line.strip()]
    where = lines[1] if len(lines) > 2 else ""
    why = lines[2].partition(" [")[0] if len(lines) > 2 else lines[0] if lines else ""
    return Problem(
        "This cannot be sent",
        detail=f"{where}: {why}" if where else why,
        hint="Change the parameters or the messages",
        kind=ProblemKind.INVALID,
    )


def refused_field(problem: Problem, body: Mapping[str, Any]) -> str | None:
    """Which optional field the server does not know, if that is what it says."""
    if problem.kind is not ProblemKind.INVALID or problem.status not in (400, 422):
        return None
    for name in OPTIONAL_FIELDS:
        if name not in body:
            continue
        if problem.param is not None and name in re.split(r"\W+", problem.param):
            return name
        if _REFUSED.search(problem.detail) and re.search(rf"\b{name}\b", problem.detail):
            return name
    return None


def likely_model(ids: Sequence[str], last: str = "") -> str:
    """Which of a server's models to begin with: the last one, a known small one, the first."""
    for liked in (last, *_LIKED):
        if liked and liked in ids:
            return liked
    for id in ids:
        if not _NO_CHAT.search(id):
            return id
    return ids[0] if ids else ""
