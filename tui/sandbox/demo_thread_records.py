"""Turns talks of the demo into threads, messages, runs and steps, with true token counts."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tui.sandbox import echo, tokens
from tui.sandbox.demo_talk import MARK, Called, Talk, Turn
from tui.sandbox.identifiers import Identifiers
from tui.sandbox.records import Record
from tui.sandbox.run_plan import said_messages
from tui.sandbox.run_records import (
    EXPIRES_AFTER,
    RunSettings,
    run_record,
    run_usage,
    spent,
    step_body,
    step_record,
    usage_of,
    with_private,
    with_status,
)
from tui.sandbox.thread_records import (
    NewMessage,
    message_body,
    message_record,
    text_part,
    thread_record,
)
from tui.sandbox.vector_store_search import Hit
from tui.sandbox.wire import JsonObject

_HOSTED_SECONDS = 2
_ROUND_SECONDS = 6
_OVER = ("completed", "failed", "incomplete", "expired", "cancelled")
_REASONS = {
    "incomplete": "max_tokens",
    "cancelled": "run_cancelled",
    "expired": "run_expired",
    "failed": "run_failed",
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the talks refer to, found in the world."""

    assistants: Mapping[str, Record]
    files: Mapping[str, str]
    """Ids by file name."""
    hits: Mapping[str, list[Hit]]
    """What the search for a question found."""


class TalkWriter:
    """Writes one talk from its beginning on."""

    def __init__(
        self, talk: Talk, world: Surroundings, *, ids: Identifiers, draw: random.Random, at: int
    ) -> None:
        self._talk = talk
        self._world = world
        self._ids = ids
        self._draw = draw
        self._at = at
        self._chat: list[JsonObject] = []
        self._assistant = world.assistants[talk.assistant]
        metadata = {"title": talk.title, **talk.metadata}
        resources = self._resources()
        thread = thread_record(ids.new("thread_"), at, resources=resources, metadata=metadata)
        self.thread_id = thread.id
        self.records: list[Record] = [thread]

    def write(self) -> list[Record]:
        """All records, in the order in which they were made."""
        for turn in self._talk.turns:
            self._at += self._draw.randint(4, 90)
            self._ask(turn)
            if turn.answered:
                self._at += self._draw.randint(1, 3)
                self._run(turn)
        return self.records

    def _resources(self) -> JsonObject:
        names = dict.fromkeys(name for turn in self._talk.turns for name in turn.attached)
        if not names:
            return {}
        return {"code_interpreter": {"file_ids": [self._world.files[name] for name in names]}}

    def _ask(self, turn: Turn) -> None:
        content = [text_part(turn.asked)]
        parts: list[JsonObject] = [{"type": "text", "text": turn.asked}]
        if turn.picture:
            shown = {"file_id": self._world.files[turn.picture], "detail": "auto"}
            content.append({"type": "image_file", "image_file": shown})
            parts.append({"type": "image_url", "image_url": shown})
        tools = [{"type": "code_interpreter"}]
        attached = [{"file_id": self._world.files[n], "tools": tools} for n in turn.attached]
        new = NewMessage("user", content, attached)
        body = message_body(self._ids.new("msg_"), self.thread_id, self._at, new)
        self.records.append(message_record(body))
        self._chat.append({"role": "user", "content": parts})

    def _run(self, turn: Turn) -> None:
        known = self._assistant.body
        settings = RunSettings(
            model=known["model"],
            instructions=known["instructions"] or "",
            tools=known["tools"],
            temperature=known["temperature"],
            top_p=known["top_p"],
            response_format=known["response_format"],
            tool_resources=known["tool_resources"],
            max_completion_tokens=turn.limit,
        )
        id = self._ids.new("run_")
        run = run_record(id, self.thread_id, self._assistant.id, settings, self._at)
        place = len(self.records)
        if turn.status != "queued":
            self._at += 1
            run = with_status(run, "in_progress", started_at=self._at)
            if turn.status != "in_progress":
                run = self._worked(run, turn)
        self.records.insert(place, run)

    def _worked(self, run: Record, turn: Turn) -> Record:
        """The run's steps and its end."""
        if turn.searched:
            run = self._hosted(run, "file_search", _found(self._world.hits[turn.asked]))
        if turn.code is not None:
            code, log = turn.code
            outputs = [{"type": "logs", "logs": log}]
            run = self._hosted(run, "code_interpreter", {"input": code, "outputs": outputs})
        for calls in turn.rounds:
            run = self._called(run, calls, turn.status)
        if turn.answer is not None:
            run = self._answered(run, turn)
        return self._ended(run, turn)

    def _counted(self, run: Record) -> int:
        orders = [{"role": "system", "content": run.body["instructions"]}]
        return echo.prompt_tokens([*orders, *self._chat], run.body["tools"])

    def _hosted(self, run: Record, kind: str, inner: JsonObject) -> Record:
        call = {"id": self._ids.new("call_"), "type": kind, kind: inner}
        said = tokens.count(inner.get("input", "")) + 8
        return self._step(run, [call], usage_of(self._counted(run), said), _HOSTED_SECONDS)

    def _step(
        self, run: Record, calls: list[JsonObject], usage: JsonObject, seconds: int
    ) -> Record:
        details = {"type": "tool_calls", "tool_calls": calls}
        step = step_record(step_body(self._ids.new("step_"), run, details, self._at))
        self._at += seconds
        done = with_status(step, "completed", completed_at=self._at, usage=usage)
        self.records.append(done)
        return spent(run, usage)

    def _called(self, run: Record, asked: tuple[Called, ...], status: str) -> Record:
        """One round of function calls; without outputs it is the last, and waits."""
        calls: list[JsonObject] = [
            {
                "id": self._ids.new("call_"),
                "type": "function",
                "function": {"name": one.name, "arguments": one.arguments, "output": one.output},
            }
            for one in asked
        ]
        said = sum(tokens.count(one.name) + tokens.count(one.arguments) for one in asked)
        usage = usage_of(self._counted(run), said)
        outputs = {
            call["id"]: one.output
            for call, one in zip(calls, asked, strict=True)
            if one.output is not None
        }
        if outputs:
            self._chat += said_messages(calls, outputs)
            return self._step(run, calls, usage, _ROUND_SECONDS)
        details = {"type": "tool_calls", "tool_calls": calls}
        step = step_record(step_body(self._ids.new("step_"), run, details, self._at))
        step = replace(step, private={"usage": usage})
        if status == "expired":
            at = run.created_at + EXPIRES_AFTER
            step = with_status(step, "expired", expired_at=at, usage=usage)
        self.records.append(step)
        run = with_private(spent(run, usage), step=step.id)
        wanted = [
            {**call, "function": {k: v for k, v in call["function"].items() if k != "output"}}
            for call in calls
        ]
        action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": wanted}}
        return run if status == "expired" else run.with_body(required_action=action)

    def _answered(self, run: Record, turn: Turn) -> Record:
        message_id = self._ids.new("msg_")
        content, text = self._content(turn)
        new = NewMessage("assistant", content)
        body = message_body(message_id, self.thread_id, self._at, new)
        usage = usage_of(self._counted(run), tokens.count(text))
        details = {"type": "message_creation", "message_creation": {"message_id": message_id}}
        step = step_record(step_body(self._ids.new("step_"), run, details, self._at))
        self._at += 1 + usage["completion_tokens"] // 60
        body |= {"assistant_id": self._assistant.id, "run_id": run.id, "completed_at": self._at}
        message = message_record(body)
        if turn.status == "cancelling":
            message = with_status(message, "in_progress", completed_at=None)
        elif turn.status in _REASONS:
            details = {"reason": _REASONS[turn.status]}
            message = with_status(
                message,
                "incomplete",
                completed_at=None,
                incomplete_at=self._at,
                incomplete_details=details,
            )
        if turn.status in ("completed", "incomplete"):
            step = with_status(step, "completed", completed_at=self._at, usage=usage)
        elif turn.status == "cancelled":
            step = with_status(step, "cancelled", cancelled_at=self._at, usage=usage)
        self.records += [message, step]
        self._chat.append({"role": "assistant", "content": text})
        return run if turn.status == "cancelling" else spent(run, usage)

    def _content(self, turn: Turn) -> tuple[list[JsonObject], str]:
        answer = turn.answer or ""
        if turn.refusal:
            return [{"type": "refusal", "refusal": answer}], answer
        if not turn.cites:
            return [text_part(answer)], answer
        hits = self._world.hits[turn.asked]
        place = next((i for i, hit in enumerate(hits) if hit.filename == turn.cites), 0)
        mark = f"【4:{place}†{turn.cites}】"
        start = answer.index(MARK)
        text = answer.replace(MARK, mark)
        note = {
            "type": "file_citation",
            "text": mark,
            "start_index": start,
            "end_index": start + len(mark),
            "file_citation": {"file_id": self._world.files[turn.cites]},
        }
        return [text_part(text, [note])], text

    def _ended(self, run: Record, turn: Turn) -> Record:
        at = self._at
        changes: dict[str, Any] = {}
        match turn.status:
            case "completed":
                changes = {"completed_at": at, "expires_at": None}
            case "incomplete":
                details = {"reason": "max_completion_tokens"}
                changes = {"completed_at": at, "expires_at": None, "incomplete_details": details}
            case "failed":
                changes = {"failed_at": at, "expires_at": None, "last_error": turn.error}
            case "cancelled":
                changes = {"cancelled_at": at, "expires_at": None}
        if turn.status in _OVER:
            changes["usage"] = run_usage(run)
        return with_status(run, turn.status, **changes)


def _found(hits: list[Hit]) -> JsonObject:
    """`file_search` of a call, with what was found."""
    return {
        "ranking_options": {"ranker": "default_2024_08_21", "score_threshold": 0.0},
        "results": [
            {
                "file_id": hit.file_id,
                "file_name": hit.filename,
                "score": hit.score,
                "content": [{"type": "text", "text": hit.text}],
            }
            for hit in hits
        ],
    }
