"""Runs and their steps as the screen sees them, read tolerantly from the wire (contract 3)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.core.formats import number, timestamp
from tui.store.chat_turns import ToolCallView, UsageView, argument_text, calls_of

Names = Callable[[str], str]
"""From a file's id to what a person calls it."""

LOCKING = frozenset({"queued", "in_progress", "requires_action", "cancelling"})
"""States of a run in which its thread takes neither messages nor another run."""
TERMINAL = frozenset({"completed", "failed", "incomplete", "expired", "cancelled"})
STEP_TERMINAL = frozenset({"completed", "failed", "cancelled", "expired"})
MESSAGE_TERMINAL = frozenset({"completed", "incomplete"})

_ENDS = ("completed_at", "failed_at", "cancelled_at", "expired_at")


@dataclass(frozen=True, slots=True)
class FoundView:
    """A chunk that a search found."""

    file_id: str
    name: str
    score: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """One tool call of a step: what was given to the tool, and what it gave."""

    id: str
    kind: str
    """`function`, `file_search`, `code_interpreter`, or one that is not known here."""
    name: str
    given: str = ""
    gave: str | None = None
    """`None` as long as there is no output."""
    found: tuple[FoundView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step of a run."""

    id: str
    kind: str
    """`message_creation`, `tool_calls`, or one that is not known here."""
    status: str
    created: float | None = None
    ended: float | None = None
    message_id: str = ""
    calls: tuple[CallView, ...] = ()
    error: str = ""
    usage: UsageView | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One run."""

    id: str
    status: str
    assistant_id: str = ""
    model: str = ""
    created: float | None = None
    started: float | None = None
    ended: float | None = None
    expires: float | None = None
    usage: UsageView | None = None
    error: str = ""
    """Why it failed or is incomplete, in the server's words."""
    required: tuple[ToolCallView, ...] = ()
    """The calls whose outputs it waits for."""
    steps: tuple[StepView, ...] = ()
    """Oldest first."""
    steps_read: bool = False
    """Whether its steps were asked for."""
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def active(self) -> bool:
        """Whether it may still change; a state that is not known here may."""
        return self.status not in TERMINAL

    @property
    def locks(self) -> bool:
        """Whether the thread is known to be locked by it."""
        return self.status in LOCKING

    def seconds(self, now: float) -> float | None:
        """How long it took, or takes so far."""
        begin = self.started if self.started is not None else self.created
        if begin is None:
            return None
        end = self.ended if self.ended is not None else now if self.active else None
        return None if end is None else max(0.0, end - begin)


def seconds_of(step: StepView, now: float) -> float | None:
    """How long a step took, or takes so far."""
    if step.created is None:
        return None
    end = step.ended if step.ended is not None else None
    if end is None and step.status not in STEP_TERMINAL:
        end = now
    return None if end is None else max(0.0, end - step.created)


def run_of(
    raw: Mapping[str, Any], steps: Iterable[StepView] = (), *, read: bool = False
) -> RunView:
    """A run from the wire; whatever is missing or of an unknown shape stays empty."""
    return RunView(
        id=_text(raw.get("id")),
        status=_text(raw.get("status")),
        assistant_id=_text(raw.get("assistant_id")),
        model=_text(raw.get("model")),
        created=timestamp(raw.get("created_at")),
        started=timestamp(raw.get("started_at")),
        ended=_end(raw),
        expires=timestamp(raw.get("expires_at")),
        usage=UsageView.of(raw.get("usage")),
        error=_error(raw),
        required=_required(raw) if raw.get("status") == "requires_action" else (),
        steps=tuple(steps),
        steps_read=read,
        raw=raw,
    )


def step_of(raw: Mapping[str, Any], names: Names | None = None) -> StepView:
    """A run step from the wire."""
    details = raw.get("step_details")
    body = details if isinstance(details, Mapping) else {}
    message = body.get("message_creation")
    calls = body.get("tool_calls")
    return StepView(
        id=_text(raw.get("id")),
        kind=_text(raw.get("type") or body.get("type")),
        status=_text(raw.get("status")),
        created=timestamp(raw.get("created_at")),
        ended=_end(raw),
        message_id=_text(message.get("message_id")) if isinstance(message, Mapping) else "",
        calls=tuple(
            _call(call, names)
            for call in (calls if isinstance(calls, list) else [])
            if isinstance(call, Mapping)
        ),
        error=_error(raw),
        usage=UsageView.of(raw.get("usage")),
        raw=raw,
    )


def _call(raw: Mapping[str, Any], names: Names | None) -> CallView:
    kind = _text(raw.get("type")) or "tool"
    body = raw.get(kind)
    inner = body if isinstance(body, Mapping) else {}
    id = _text(raw.get("id"))
    if kind == "function":
        output = inner.get("output")
        return CallView(
            id=id,
            kind=kind,
            name=_text(inner.get("name")),
            given=argument_text(inner.get("arguments")),
            gave=None if output is None else argument_text(output),
        )
    if kind == "code_interpreter":
        outputs = inner.get("outputs")
        gave = [_output(one) for one in outputs] if isinstance(outputs, list) else []
        text = "\n".join(part for part in gave if part)
        return CallView(
            id=id,
            kind=kind,
            name="code interpreter",
            given=_text(inner.get("input")),
            gave=text or None,
        )
    if kind == "file_search":
        results = inner.get("results")
        found = tuple(
            _found(one, names)
            for one in (results if isinstance(results, list) else [])
            if isinstance(one, Mapping)
        )
        return CallView(id=id, kind=kind, name="file search", found=found)
    given = json.dumps(inner, ensure_ascii=False, default=str) if inner else ""
    return CallView(id=id, kind=kind, name=kind.replace("_", " "), given=given)


def _output(output: object) -> str:
    if not isinstance(output, Mapping):
        return ""
    if output.get("type") == "logs":
        return _text(output.get("logs"))
    image = output.get("image")
    file_id = _text(image.get("file_id")) if isinstance(image, Mapping) else ""
    return f"[image {file_id}]" if file_id else f"[{_text(output.get('type')) or 'output'}]"


def _found(raw: Mapping[str, Any], names: Names | None) -> FoundView:
    content = raw.get("content")
    texts = [
        _text(part.get("text"))
        for part in (content if isinstance(content, list) else [])
        if isinstance(part, Mapping)
    ]
    id = _text(raw.get("file_id"))
    name = _text(raw.get("file_name") or raw.get("filename"))
    if not name:
        name = names(id) if names is not None else id
    return FoundView(id, name, number(raw.get("score")), "\n".join(texts))


def _end(raw: Mapping[str, Any]) -> float | None:
    ends = [moment for name in _ENDS if (moment := timestamp(raw.get(name))) is not None]
    if ends:
        return max(ends)
    # No field tells when a run expired but the one that told when it would.
    return timestamp(raw.get("expires_at")) if raw.get("status") == "expired" else None


def _error(raw: Mapping[str, Any]) -> str:
    error = raw.get("last_error")
    if isinstance(error, Mapping) and (error.get("message") or error.get("code")):
        code, message = _text(error.get("code")), _text(error.get("message"))
        return f"{code}: {message}" if code and message else code or message
    details = raw.get("incomplete_details")
    if isinstance(details, Mapping) and details.get("reason"):
        return _text(details["reason"]).replace("_", " ")
    return ""


def _required(raw: Mapping[str, Any]) -> tuple[ToolCallView, ...]:
    action = raw.get("required_action")
    body = action.get("submit_tool_outputs") if isinstance(action, Mapping) else None
    return calls_of(body) if isinstance(body, Mapping) else ()


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
