"""Runs and their steps as records: what a request asks for, and how the objects look."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from tui.sandbox.call import poll_hint
from tui.sandbox.records import Record, Records
from tui.sandbox.thread_records import RUN, no_such, require_run
from tui.sandbox.wire import JsonObject

STEP = "thread.run.step"

EXPIRES_AFTER = 600
"""Seconds after its creation when a run that has not ended expires (contract 3)."""
QUEUED_SECONDS = 0.5
"""How long a run waits before it begins, and again after its tool outputs came."""
CANCELLING_SECONDS = 0.5

MOVING = ("queued", "in_progress", "cancelling")
"""States that change by themselves; `requires_action` waits for somebody."""
_POLL = poll_hint(500)


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a run is answered: the request's settings over the assistant's."""

    model: str
    instructions: str
    tools: list[JsonObject]
    temperature: float
    top_p: float
    tool_choice: str | JsonObject = "auto"
    response_format: str | JsonObject = "auto"
    truncation_strategy: JsonObject = field(
        default_factory=lambda: {"type": "auto", "last_messages": None}
    )
    parallel_tool_calls: bool = True
    max_prompt_tokens: int | None = None
    max_completion_tokens: int | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    tool_resources: JsonObject = field(default_factory=dict)
    """Those of the assistant, or of the request; the thread's are looked up when it begins."""


def run_record(
    id: str, thread_id: str, assistant_id: str, settings: RunSettings, created: float
) -> Record:
    """A new run, queued."""
    created_at = int(created)
    body: JsonObject = {
        "id": id,
        "object": "thread.run",
        "created_at": created_at,
        "assistant_id": assistant_id,
        "thread_id": thread_id,
        "status": "queued",
        "started_at": None,
        "expires_at": created_at + EXPIRES_AFTER,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": None,
        "required_action": None,
        "last_error": None,
        "incomplete_details": None,
        "model": settings.model,
        "instructions": settings.instructions,
        "tools": settings.tools,
        "tool_resources": settings.tool_resources,
        "metadata": settings.metadata,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_prompt_tokens": settings.max_prompt_tokens,
        "max_completion_tokens": settings.max_completion_tokens,
        "truncation_strategy": settings.truncation_strategy,
        "response_format": settings.response_format,
        "tool_choice": settings.tool_choice,
        "parallel_tool_calls": settings.parallel_tool_calls,
        "usage": None,
    }
    private = {"due": created + QUEUED_SECONDS, "said": [], "prompt": 0, "completion": 0}
    return Record(
        RUN,
        id,
        body,
        parent=thread_id,
        created_at=created_at,
        status="queued",
        private=private,
    )


def with_status(record: Record, status: str, **changes: object) -> Record:
    """A run, a step or a message in another state."""
    return replace(record.with_body(status=status, **changes), status=status)


def with_private(record: Record, **changes: Any) -> Record:
    """The record with some of what is not shown replaced."""
    return replace(record, private={**record.private, **changes})


def spent(record: Record, usage: JsonObject) -> Record:
    """The run with the tokens of one of its turns counted."""
    return with_private(
        record,
        prompt=record.private["prompt"] + usage["prompt_tokens"],
        completion=record.private["completion"] + usage["completion_tokens"],
    )


def usage_of(prompt: int, completion: int) -> JsonObject:
    """`usage` of a run or a step."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def run_usage(run: Record) -> JsonObject:
    """What a run has used so far."""
    return usage_of(run.private["prompt"], run.private["completion"])


def step_body(id: str, run: Record, details: JsonObject, created_at: int) -> JsonObject:
    """A new step, in progress."""
    return {
        "id": id,
        "object": "thread.run.step",
        "created_at": created_at,
        "run_id": run.id,
        "assistant_id": run.body["assistant_id"],
        "thread_id": run.parent,
        "type": details["type"],
        "status": "in_progress",
        "cancelled_at": None,
        "completed_at": None,
        "expired_at": None,
        "failed_at": None,
        "last_error": None,
        "metadata": {},
        "step_details": details,
        "usage": None,
    }


def step_record(body: JsonObject) -> Record:
    """A step as a record of its run."""
    return Record(
        STEP,
        body["id"],
        body,
        parent=body["run_id"],
        created_at=body["created_at"],
        status=body["status"],
    )


def shown_step(body: JsonObject, *, content: bool) -> JsonObject:
    """A step as it is answered: what a search found only comes with `include[]`."""
    details = body["step_details"]
    if content or details["type"] != "tool_calls":
        return body
    calls = [_without_content(call) for call in details["tool_calls"]]
    return {**body, "step_details": {**details, "tool_calls": calls}}


def _without_content(call: JsonObject) -> JsonObject:
    if call["type"] != "file_search":
        return call
    search = dict(call["file_search"])
    search["results"] = [
        {name: value for name, value in result.items() if name != "content"}
        for result in search.get("results", ())
    ]
    return {**call, "file_search": search}


def require_step(records: Records, thread_id: str, run_id: str, id: str) -> Record:
    """Raises `ApiError` 404, for the thread and the run too."""
    require_run(records, thread_id, run_id)
    step = records.get(STEP, id, parent=run_id)
    if step is None:
        raise no_such("run step", id)
    return step


def hint(run: Record) -> dict[str, str]:
    """The poll header while a run moves by itself."""
    return _POLL if run.status in MOVING else {}
