"""A plan as acts in time: what is told, stored and when, counted from the beginning of a turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from tui.sandbox import echo
from tui.sandbox.echo_tools import ToolCall
from tui.sandbox.identifiers import Identifiers
from tui.sandbox.run_plan import Plan
from tui.sandbox.thread_records import text_part
from tui.sandbox.wire import JsonObject

HOSTED_SECONDS = 0.8
"""How long a tool takes that the run uses itself."""
SAVED_EVERY = 30
"""Pieces of text after which what was written is stored."""
_BREAKS_AFTER = 8
"""Pieces of text after which a stream breaks that was asked to."""
_DELTA = "thread.run.step.delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStep:
    """A step begins; a stream hears of its calls one by one."""

    at: float
    id: str
    details: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseStep:
    """A step is done."""

    at: float
    id: str
    details: JsonObject | None
    """As it ends; None leaves it as it began."""
    usage: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMessage:
    """The message begins, without content."""

    at: float
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """A piece goes to the readers; a `saves` stores the message so far."""

    at: float
    event: str
    data: JsonObject
    piece: str = ""
    saves: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseMessage:
    """The message is whole, or as much of it as there will be."""

    at: float
    id: str
    content: list[JsonObject]
    reason: str | None = None
    """Why it is incomplete, when it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The streams end with an error; the run goes on."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The run waits for the outputs of its calls."""

    at: float
    step_id: str
    calls: list[JsonObject]
    usage: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The run ends: completed, incomplete or failed."""

    at: float
    status: str
    changes: JsonObject = field(default_factory=dict)
    reason: str = "run_failed"
    """Why a message that is still being written is incomplete."""


Act: TypeAlias = OpenStep | CloseStep | OpenMessage | Tell | CloseMessage | Break | Ask | End


def new_ids(plan: Plan, ids: Identifiers) -> JsonObject:
    """Fresh ids for all that a plan makes."""
    return {
        "hosted": [[ids.new("step_"), ids.new("call_")] for _ in plan.hosted],
        "step": ids.new("step_"),
        "message": ids.new("msg_"),
        "calls": [ids.new("call_") for _ in plan.calls],
    }


def acts_of(plan: Plan, ids: JsonObject) -> list[Act]:
    """All acts of a turn, in order."""
    acts: list[Act] = []
    at = 0.0
    for step, (step_id, call_id) in zip(plan.hosted, ids["hosted"], strict=True):
        call = {"id": call_id, **step.call}
        acts.append(OpenStep(at=at, id=step_id, details=_calls([_begun(call)])))
        acts += _hosted_deltas(at, step_id, call)
        at += HOSTED_SECONDS
        acts.append(CloseStep(at=at, id=step_id, details=_calls([call]), usage=step.usage))
    at += echo.FIRST_TOKEN_AFTER
    if plan.calls:
        acts += _asking(plan, ids, at)
    elif plan.text is not None or plan.refusal is not None:
        acts += _writing(plan, ids, at)
    else:
        acts.append(_ending(plan, at))
    return acts


def _calls(calls: list[JsonObject]) -> JsonObject:
    return {"type": "tool_calls", "tool_calls": calls}


def _begun(call: JsonObject) -> JsonObject:
    """A hosted call before it has an outcome."""
    if call["type"] == "file_search":
        options = call["file_search"]["ranking_options"]
        return {**call, "file_search": {"ranking_options": options, "results": []}}
    written = call["code_interpreter"]["input"]
    return {**call, "code_interpreter": {"input": written, "outputs": []}}


def _hosted_deltas(at: float, step_id: str, call: JsonObject) -> Iterator[Tell]:
    kind = call["type"]
    first: JsonObject = {"index": 0, "id": call["id"], "type": kind, kind: {}}
    if kind == "code_interpreter":
        inner = call[kind]
        first[kind] = {"input": "", "outputs": []}
        yield _step_delta(at, step_id, first)
        written = {"index": 0, "type": kind, kind: {"input": inner["input"]}}
        yield _step_delta(at + HOSTED_SECONDS / 2, step_id, written)
        outputs = [{"index": place, **output} for place, output in enumerate(inner["outputs"])]
        logged = {"index": 0, "type": kind, kind: {"outputs": outputs}}
        yield _step_delta(at + HOSTED_SECONDS, step_id, logged)
        return
    yield _step_delta(at, step_id, first)


def _step_delta(at: float, step_id: str, call: JsonObject) -> Tell:
    delta = {"step_details": _calls([call])}
    return Tell(at=at, event=_DELTA, data={"id": step_id, "object": _DELTA, "delta": delta})


def _asking(plan: Plan, ids: JsonObject, at: float) -> Iterator[Act]:
    """Function calls, told piece by piece."""
    step_id: str = ids["step"]
    yield OpenStep(at=at, id=step_id, details=_calls([]))
    functions = [call["function"] for call in plan.calls]
    reply = echo.Reply(
        None, tool_calls=tuple(ToolCall(one["name"], one["arguments"]) for one in functions)
    )
    for delta in reply.deltas():
        at += delta.tokens / plan.pace
        index = delta.call or 0
        told: JsonObject = {"index": index, "type": "function"}
        if delta.opens is not None:
            told["id"] = ids["calls"][index]
            told["function"] = {"name": delta.opens.name, "arguments": "", "output": None}
        else:
            told["function"] = {"arguments": delta.arguments}
        yield _step_delta(at, step_id, told)
    calls = [{"id": id, **call} for id, call in zip(ids["calls"], plan.calls, strict=True)]
    yield Ask(at=at, step_id=step_id, calls=calls, usage=plan.usage)


def _writing(plan: Plan, ids: JsonObject, at: float) -> Iterator[Act]:
    """A message, told piece by piece."""
    message_id: str = ids["message"]
    details = {"type": "message_creation", "message_creation": {"message_id": message_id}}
    yield OpenStep(at=at, id=ids["step"], details=details)
    yield OpenMessage(at=at, id=message_id)
    for act in _pieces(plan, message_id, at):
        at = act.at
        yield act
    if plan.finish == "content_filter":
        yield _ending(plan, at)
        return
    reason = "max_tokens" if plan.finish == "length" else None
    content = content_of(plan, plan.refusal if plan.text is None else plan.text)
    yield CloseMessage(at=at, id=message_id, content=content, reason=reason)
    yield CloseStep(at=at, id=ids["step"], details=None, usage=plan.usage)
    yield _ending(plan, at)


def _pieces(plan: Plan, message_id: str, at: float) -> Iterator[Tell | Break]:
    reply = echo.Reply(plan.text, refusal=plan.refusal)
    waiting = list(plan.annotations)
    length = 0
    for number, delta in enumerate(reply.deltas()):
        at += delta.tokens / plan.pace
        piece = delta.refusal or delta.text
        length += len(piece)
        if delta.refusal:
            told: JsonObject = {"index": 0, "type": "refusal", "refusal": piece}
        else:
            text: JsonObject = {"value": piece}
            if not number:
                text["annotations"] = []
            told = {"index": 0, "type": "text", "text": text}
        saves = number % SAVED_EVERY == SAVED_EVERY - 1
        yield _message_delta(at, message_id, told, piece=piece, saves=saves)
        while waiting and waiting[0]["end_index"] <= length:
            place = len(plan.annotations) - len(waiting)
            cited = {"index": place, **waiting.pop(0)}
            text = {"index": 0, "type": "text", "text": {"annotations": [cited]}}
            yield _message_delta(at, message_id, text)
        if plan.breaks and number == _BREAKS_AFTER:
            yield Break(at=at)


def _message_delta(
    at: float, message_id: str, part: JsonObject, *, piece: str = "", saves: bool = False
) -> Tell:
    event = "thread.message.delta"
    data = {"id": message_id, "object": event, "delta": {"content": [part]}}
    return Tell(at=at, event=event, data=data, piece=piece, saves=saves)


def content_of(plan: Plan, said: str | None) -> list[JsonObject]:
    """The content of the message when so much of it is written."""
    if said is None:
        return []
    if plan.text is None:
        return [{"type": "refusal", "refusal": said}]
    return [text_part(said, [one for one in plan.annotations if one["end_index"] <= len(said)])]


def _ending(plan: Plan, at: float) -> End:
    match plan.finish:
        case "length":
            details = {"incomplete_details": {"reason": "max_completion_tokens"}}
            return End(at=at, status="incomplete", changes=details)
        case "prompt":
            details = {"incomplete_details": {"reason": "max_prompt_tokens"}}
            return End(at=at, status="incomplete", changes=details)
        case "failed":
            return End(at=at, status="failed", changes={"last_error": plan.error})
        case "content_filter":
            message = "The content filter ended the answer."
            error = {"code": "invalid_prompt", "message": message}
            return End(
                at=at, status="failed", changes={"last_error": error}, reason="content_filter"
            )
        case _:
            return End(at=at, status="completed")
