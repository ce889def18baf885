"""The changes of a run as transactions: each gives the events that tell of it, in order.

Every function here runs inside `Database.write`. A run that is gone, or in another state than the
change supposes, is left alone: None is given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tui.sandbox import tokens
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.run_acts import (
    Act,
    Ask,
    Break,
    CloseMessage,
    CloseStep,
    End,
    OpenMessage,
    OpenStep,
    Tell,
)
from tui.sandbox.run_hub import Event
from tui.sandbox.run_plan import said_messages
from tui.sandbox.run_records import (
    QUEUED_SECONDS,
    STEP,
    run_usage,
    spent,
    step_body,
    step_record,
    usage_of,
    with_private,
    with_status,
)
from tui.sandbox.thread_records import (
    MESSAGE,
    RUN,
    NewMessage,
    message_body,
    message_record,
)
from tui.sandbox.wire import JsonObject

_OPEN = Where("status = 'in_progress'")


@dataclass(frozen=True, slots=True)
class Key:
    """Which run."""

    thread_id: str
    id: str


def find(records: Records, key: Key, *statuses: str) -> Record | None:
    """The run, if it is in one of these states."""
    run = records.get(RUN, key.id, parent=key.thread_id)
    return run if run is not None and run.status in statuses else None


def run_event(run: Record) -> Event:
    """That a run is in its state."""
    return f"thread.run.{run.status}", run.body


def start(records: Records, key: Key, at: int) -> list[Event] | None:
    """queued → in_progress."""
    run = find(records, key, "queued")
    if run is None:
        return None
    started_at = run.body["started_at"] or at
    run = with_private(
        with_status(run, "in_progress", started_at=started_at), turn=None, position=0
    )
    records.put(run)
    return [run_event(run)]


def keep_turn(records: Records, key: Key, turn: JsonObject) -> bool:
    """Store what the run is going to do; whether it still does."""
    run = find(records, key, "in_progress")
    if run is not None:
        records.put(with_private(run, turn=turn, position=0))
    return run is not None


def perform(
    records: Records,
    key: Key,
    act: Act,
    *,
    at: int,
    position: int,
    content: list[JsonObject],
) -> list[Event] | None:
    """One act of a turn; `position` is the number of the next, `content` what is written."""
    run = find(records, key, "in_progress")
    if run is None:
        return None
    run = with_private(run, position=position)
    events: list[Event] = []
    match act:
        case OpenStep():
            events = _open_step(records, run, act, at)
        case OpenMessage():
            events = _open_message(records, run, act.id, at)
        case Tell():
            _save(records, run, content)
        case CloseMessage():
            events = _close_message(records, run, act, at)
        case CloseStep():
            run = spent(run, act.usage)
            events = _close_step(records, run, act, at)
        case Ask():
            run, events = _ask(records, run, act)
        case End():
            run, events = _end(records, run, act, at=at, content=content)
        case Break():
            pass
    records.put(run)
    return events


def _open_step(records: Records, run: Record, act: OpenStep, at: int) -> list[Event]:
    body = step_body(act.id, run, act.details, at)
    records.insert(step_record(body))
    told = body
    if act.details["type"] == "tool_calls":
        # Deltas bring the calls: who adds them up must begin with none.
        told = {**body, "step_details": {**act.details, "tool_calls": []}}
    return [("thread.run.step.created", told), ("thread.run.step.in_progress", told)]


def _close_step(records: Records, run: Record, act: CloseStep, at: int) -> list[Event]:
    step = records.get(STEP, act.id, parent=run.id)
    if step is None:
        return []
    details = act.details or step.body["step_details"]
    step = with_status(step, "completed", completed_at=at, step_details=details, usage=act.usage)
    records.put(step)
    return [("thread.run.step.completed", step.body)]


def _open_message(records: Records, run: Record, id: str, at: int) -> list[Event]:
    body = {
        **message_body(id, run.parent, at, NewMessage("assistant", [])),
        "assistant_id": run.body["assistant_id"],
        "run_id": run.id,
        "status": "in_progress",
        "completed_at": None,
    }
    records.insert(message_record(body))
    return [("thread.message.created", body), ("thread.message.in_progress", body)]


def _save(records: Records, run: Record, content: list[JsonObject]) -> None:
    for message in _open_messages(records, run):
        records.put(message.with_body(content=content))


def _open_messages(records: Records, run: Record) -> list[Record]:
    of_run = Where("json_extract(body, '$.run_id') = ?", (run.id,))
    return records.select(MESSAGE, _OPEN, of_run, parent=run.parent)


def _close_message(records: Records, run: Record, act: CloseMessage, at: int) -> list[Event]:
    message = records.get(MESSAGE, act.id, parent=run.parent)
    if message is None:
        return []
    if act.reason is not None:
        return [_incomplete(records, message.with_body(content=act.content), act.reason, at)]
    message = with_status(message, "completed", completed_at=at, content=act.content)
    records.put(message)
    return [("thread.message.completed", message.body)]


def _incomplete(records: Records, message: Record, reason: str, at: int) -> Event:
    details = {"reason": reason}
    message = with_status(message, "incomplete", incomplete_at=at, incomplete_details=details)
    records.put(message)
    return "thread.message.incomplete", message.body


def _ask(records: Records, run: Record, act: Ask) -> tuple[Record, list[Event]]:
    step = records.get(STEP, act.step_id, parent=run.id)
    if step is not None:
        calls = [{**call, "function": {**call["function"], "output": None}} for call in act.calls]
        details = {"type": "tool_calls", "tool_calls": calls}
        records.put(replace(step.with_body(step_details=details), private={"usage": act.usage}))
    action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": act.calls}}
    run = with_status(run, "requires_action", required_action=action)
    run = with_private(spent(run, act.usage), turn=None, step=act.step_id)
    return run, [run_event(run)]


def _end(
    records: Records, run: Record, act: End, *, at: int, content: list[JsonObject]
) -> tuple[Record, list[Event]]:
    run, events = _settle(
        records, run, at=at, step_status=act.status, reason=act.reason, content=content
    )
    stamp = "failed_at" if act.status == "failed" else "completed_at"
    run = _over(run, act.status, **act.changes, **{stamp: at}, expires_at=None)
    return run, [*events, run_event(run)]


def cancel(records: Records, key: Key, *, due: float) -> tuple[Record, list[Event]] | None:
    """Any active state → cancelling; `due` is when it will be cancelled."""
    run = find(records, key, "queued", "in_progress", "requires_action")
    if run is None:
        return None
    run = with_private(with_status(run, "cancelling", required_action=None), due=due)
    records.put(run)
    return run, [run_event(run)]


def answer_calls(
    records: Records, key: Key, outputs: dict[str, str], *, now: float
) -> tuple[Record, list[Event]] | None:
    """requires_action → queued, with the outputs of all its calls."""
    run = find(records, key, "requires_action")
    if run is None:
        return None
    calls = run.body["required_action"]["submit_tool_outputs"]["tool_calls"]
    events: list[Event] = []
    step = records.get(STEP, run.private["step"], parent=run.id)
    if step is not None:
        answered = [
            {**call, "function": {**call["function"], "output": outputs[call["id"]]}}
            for call in calls
        ]
        step = with_status(
            step,
            "completed",
            completed_at=int(now),
            step_details={"type": "tool_calls", "tool_calls": answered},
            usage=step.private["usage"],
        )
        records.put(step)
        events.append(("thread.run.step.completed", step.body))
    said = [*run.private["said"], *said_messages(calls, outputs)]
    run = with_status(run, "queued", required_action=None)
    run = with_private(run, said=said, due=now + QUEUED_SECONDS)
    records.put(run)
    return run, [*events, run_event(run)]


def cancelled(
    records: Records, key: Key, at: int, *, content: list[JsonObject] | None
) -> list[Event] | None:
    """cancelling → cancelled, with its message and steps.

    `content` is what is written of the open message; None where only the store knows.
    """
    run = find(records, key, "cancelling")
    if run is None:
        return None
    run, events = _settle(
        records, run, at=at, step_status="cancelled", reason="run_cancelled", content=content
    )
    run = _over(run, "cancelled", cancelled_at=at, expires_at=None)
    records.put(run)
    return [*events, run_event(run)]


def expire(
    records: Records, key: Key, at: int, *, content: list[JsonObject] | None
) -> list[Event] | None:
    """Whatever has not ended → expired, with its message and steps."""
    run = find(records, key, "queued", "in_progress", "requires_action", "cancelling")
    if run is None:
        return None
    run, events = _settle(
        records, run, at=at, step_status="expired", reason="run_expired", content=content
    )
    run = _over(run, "expired", required_action=None)
    records.put(run)
    return [*events, run_event(run)]


def _over(run: Record, status: str, **changes: object) -> Record:
    """The run at its end, with what it used."""
    run = with_status(run, status, usage=run_usage(run), **changes)
    return with_private(run, turn=None, said=[])


def _settle(
    records: Records,
    run: Record,
    *,
    at: int,
    step_status: str,
    reason: str,
    content: list[JsonObject] | None = None,
) -> tuple[Record, list[Event]]:
    """End what is still open: the message, then the steps."""
    events: list[Event] = []
    written = 0
    for message in _open_messages(records, run):
        if content is not None:
            message = message.with_body(content=content)
        written += sum(tokens.count(_words(part)) for part in message.body["content"])
        events.append(_incomplete(records, message, reason, at))
    for step in records.select(STEP, _OPEN, parent=run.id):
        usage = step.private.get("usage")
        if usage is None:
            usage = usage_of(0, written)
            run = spent(run, usage)
        changes: JsonObject = {f"{step_status}_at": at, "usage": usage}
        if step_status == "failed":
            why = "The run failed before the step was done."
            changes["last_error"] = {"code": "server_error", "message": why}
        step = with_status(step, step_status, **changes)
        records.put(step)
        events.append((f"thread.run.step.{step_status}", step.body))
    return run, events


def _words(part: JsonObject) -> str:
    return str(part["refusal"] if part["type"] == "refusal" else part["text"]["value"])
