"""A scripted server and a small worker for threads: no network, no waiting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from tests.store.chat_world import Task
from tui.api.records import Record
from tui.core.cell import flush
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.store.thread import OpenThread
from tui.store.views import Ref
from tui.worker.poller import Look

THREAD = "thread_1"


@dataclass(frozen=True)
class Event:
    """A named server-sent event."""

    event: str
    payload: Any

    @property
    def raw(self) -> str:
        return json.dumps(self.payload)


def message(id: str, text: str = "", *, role: str = "assistant", **more: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": {"value": text, "annotations": []}}] if text else []
    return {
        "id": id,
        "object": "thread.message",
        "thread_id": THREAD,
        "role": role,
        "status": "completed",
        "content": content,
        "attachments": [],
        "metadata": {},
        **more,
    }


def run(id: str = "run_1", status: str = "queued", **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "object": "thread.run",
        "thread_id": THREAD,
        "assistant_id": "asst_1",
        "status": status,
        "created_at": 1_795_000_000,
        **more,
    }


def waiting(*names: str, id: str = "run_1") -> dict[str, Any]:
    calls = [
        {"id": f"call_{name}", "type": "function", "function": {"name": name, "arguments": "{}"}}
        for name in names
    ]
    action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}}
    return run(id, "requires_action", required_action=action)


def step(id: str, status: str = "in_progress", **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "object": "thread.run.step",
        "thread_id": THREAD,
        "run_id": "run_1",
        "type": "message_creation",
        "status": status,
        "step_details": {"type": "message_creation", "message_creation": {"message_id": "msg_2"}},
        **more,
    }


def delta(id: str, text: str, index: int = 0) -> Event:
    part = {"index": index, "type": "text", "text": {"value": text, "annotations": []}}
    payload = {"id": id, "object": "thread.message.delta", "delta": {"content": [part]}}
    return Event("thread.message.delta", payload)


def told(raw: Mapping[str, Any], name: str | None = None) -> Event:
    """The event that tells the state of an object."""
    return Event(name or f"{raw['object']}.{raw['status']}", raw)


def whole_run(text: str = "Hello", *, id: str = "run_1", answer: str = "msg_2") -> list[Event]:
    """The events of a run that answers, as the platform sends them."""
    writing = message(answer, status="in_progress", run_id=id)
    return [
        told(run(id), "thread.run.created"),
        told(run(id)),
        told(run(id, "in_progress")),
        told(step("step_1", run_id=id), "thread.run.step.created"),
        told(step("step_1", run_id=id)),
        told(writing, "thread.message.created"),
        told(writing),
        *(delta(answer, piece) for piece in text),
        told(message(answer, text, run_id=id)),
        told(step("step_1", "completed", run_id=id)),
        told(run(id, "completed", usage={"prompt_tokens": 5, "completion_tokens": 3})),
    ]


class Stream:
    """Plays events, failures and gates."""

    def __init__(self, *steps: Any, opening: Problem | None = None) -> None:
        self.steps = list(steps)
        self.opening = opening
        self.finished = False

    async def __aenter__(self) -> Stream:
        if self.opening is not None:
            raise ProblemError(self.opening)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    async def __aiter__(self) -> Any:
        for step in self.steps:
            match step:
                case ProblemError():
                    raise step
                case asyncio.Event():
                    await step.wait()
                case _:
                    yield step
        self.finished = True

    async def stop(self) -> None:
        return None


class Answer:
    def __init__(self, raw: Mapping[str, Any], hint: float | None = None) -> None:
        self.record = Record(raw)
        self.poll_after = hint


class Part:
    def __init__(self, items: list[Mapping[str, Any]], next: str | None) -> None:
        self.items = tuple(Record(item) for item in items)
        self.next = next


@dataclass
class ThreadApi:
    """What the server has, oldest first, and what it was sent."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    fails: dict[str, Problem] = field(default_factory=dict)
    sent: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    assistants: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    size: int = 100
    hint: float | None = None

    def named(self, id: str) -> list[Mapping[str, Any]]:
        """The bodies of one operation."""
        return [body for op, body in self.sent if op == id]

    async def call(self, op: Any, *, path: Any = None, query: Any = None, body: Any = None) -> Any:
        self.sent.append((op.id, body or {}))
        if op.id in self.fails:
            raise ProblemError(self.fails[op.id])
        match op.id:
            case "getThread":
                return Answer({"id": path["thread_id"], "object": "thread", "metadata": {}})
            case "retrieveFile":
                name = self.files[path["file_id"]]
                return Answer({"id": path["file_id"], "object": "file", "filename": name})
            case "createMessage":
                made = message(f"msg_{len(self.messages) + 1}", body["content"], role=body["role"])
                self.messages.append(made)
                return Answer(made)
            case "getRun":
                found = next(run for run in self.runs if run["id"] == path["run_id"])
                return Answer(found, self.hint)
            case "cancelRun":
                return Answer(run(path["run_id"], "cancelling"))
            case "createRun" | "submitToolOuputsToRun" | "createThreadAndRun":
                made = run("run_1", "queued")
                self.runs = [*(one for one in self.runs if one["id"] != "run_1"), made]
                return Answer(made)
        raise AssertionError(op.id)

    async def page(
        self, op: Any, *, path: Any = None, query: Any = None, after: Any = None, limit: Any = None
    ) -> Part:
        self.sent.append((op.id, {"after": after}))
        if op.id in self.fails:
            raise ProblemError(self.fails[op.id])
        rows = {
            "listMessages": self.messages,
            "listRuns": self.runs,
            "listRunSteps": self.steps,
            "listAssistants": self.assistants,
            "listThreads": [],
        }[op.id]
        newest = list(reversed(rows))
        if op.id == "listRunSteps":
            newest = [one for one in newest if one["run_id"] == path["run_id"]]
        ids = [row["id"] for row in newest]
        begin = ids.index(after) + 1 if after else 0
        part = newest[begin : begin + self.size]
        more = begin + self.size < len(newest)
        return Part(part, part[-1]["id"] if more else None)

    def stream(self, op: Any, *, path: Any = None, query: Any = None, body: Any = None) -> Stream:
        self.sent.append((op.id, body or {}))
        return self.streams.pop(0)

    def curl(self, op: Any, **_: Any) -> str:
        return f"curl {op.path}"

    async def aclose(self) -> None:
        return None


class Watch:
    """A watch that looks when the test says so."""

    def __init__(self, look: Callable[[], Awaitable[Look]], on_end: Callable[[], None]) -> None:
        self.look = look
        self.on_end = on_end
        self.running = False
        self.shown = False

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        if self.running:
            self.running = False
            self.on_end()

    def show(self, shown: bool) -> None:
        self.shown = shown

    def close(self) -> None:
        self.running = False


class ThreadWorld:
    """A thread's host."""

    def __init__(self, api: ThreadApi | None = None, *, read_only: bool = False) -> None:
        self.api: Any = api or ThreadApi()
        self.read_only = read_only
        self.tasks: list[Any] = []
        self.watch_: Watch | None = None
        self.seen: dict[Ref, Record] = {}
        self.made: list[Ref] = []
        self.names: dict[str, str] = {}
        self.moves: dict[str, bool] = {}

    def stream(self, key: str, run: Callable[[], Awaitable[None]]) -> Task:
        task = Task(run)
        self.tasks.append(task.task)
        return task

    request = stream

    def watch(
        self, key: str, look: Callable[[], Awaitable[Look]], on_end: Callable[[], None]
    ) -> Watch:
        self.watch_ = Watch(look, on_end)
        return self.watch_

    def saw(self, ref: Ref, record: Record, *, made: bool) -> None:
        self.seen[ref] = record
        if made:
            self.made.append(ref)

    def file_name(self, id: str) -> str:
        return self.names.get(id, id)

    def moving(self, ref: Ref, moves: bool) -> None:
        self.moves[ref.id] = moves

    async def look(self) -> Look:
        """One look of the watch, as the poller takes it."""
        assert self.watch_ is not None and self.watch_.running
        found = await self.watch_.look()
        if found.seen in {"terminal", "gone"}:
            self.watch_.stop()
        await self.settle()
        return found

    async def settle(self) -> None:
        for _ in range(40):
            await asyncio.sleep(0)
        flush()


async def opened(world: ThreadWorld) -> OpenThread:
    """A thread that was read."""
    thread = OpenThread(THREAD, world)
    thread.open()
    await world.settle()
    return thread


def lost(kind: ProblemKind = ProblemKind.INTERRUPTED, **facts: Any) -> ProblemError:
    return ProblemError(Problem("The connection was lost", kind=kind, **facts))
