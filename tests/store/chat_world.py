"""A scripted server and a small worker for chats: no network, no waiting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from tui.core.cell import flush
from tui.core.clock import ManualClock
from tui.core.errors import Problem, ProblemError, ProblemKind


@dataclass(frozen=True)
class Sent:
    """A server-sent event."""

    payload: Any
    raw: str = ""
    event: str = "message"


def chunk(
    text: str | None = None,
    *,
    finish: str | None = None,
    usage: Mapping[str, Any] | None = None,
    choices: bool = True,
    index: int = 0,
    **delta: Any,
) -> dict[str, Any]:
    """A chunk as the platform sends it."""
    if text is not None:
        delta["content"] = text
    made = {"index": index, "delta": delta, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_795_000_000,
        "model": "cupola-echo",
        "choices": [made] if choices else [],
        "usage": usage,
    }


USAGE = {
    "prompt_tokens": 10,
    "completion_tokens": "5",
    "total_tokens": 15,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": None,
}


class Script:
    """A stream that plays events, failures and pauses; `stop` ends it from outside."""

    def __init__(self, *steps: Any, opening: Problem | None = None, done: bool = True) -> None:
        self.steps = list(steps)
        self.opening = opening
        self.finished = False
        self.stopped = asyncio.Event()
        self.closed = False
        self._done = done

    async def __aenter__(self) -> Script:
        if self.opening is not None:
            raise ProblemError(self.opening)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closed = True

    async def __aiter__(self) -> AsyncIterator[Sent]:
        for step in self.steps:
            if self.stopped.is_set():
                return
            match step:
                case ProblemError():
                    raise step
                case asyncio.Event():
                    waits = {
                        asyncio.create_task(step.wait()),
                        asyncio.create_task(self.stopped.wait()),
                    }
                    _done, open_ = await asyncio.wait(waits, return_when="FIRST_COMPLETED")
                    for wait in open_:
                        wait.cancel()
                case str():
                    yield Sent(None, step)
                case _:
                    yield Sent(step, json.dumps(step))
        self.finished = self._done and not self.stopped.is_set()

    async def stop(self) -> None:
        self.stopped.set()


class Task:
    """What `ChatHost.start` gives."""

    def __init__(self, run: Callable[[], Awaitable[None]]) -> None:
        self.task = asyncio.ensure_future(run())

    def on_done(self, hear: Callable[[Any], None]) -> None:
        self.task.add_done_callback(hear)

    def cancel(self) -> None:
        self.task.cancel()


class World:
    """A chat's host: hands out the scripts in turn and keeps what was sent and made."""

    def __init__(self, *scripts: Script) -> None:
        self.clock = ManualClock()
        self.scripts = list(scripts)
        self.bodies: list[Mapping[str, Any]] = []
        self.completions: list[Mapping[str, Any]] = []
        self.tasks: list[Any] = []
        self.kept: bool | None = True
        """Whether completions are kept; `None`: nobody can tell."""
        self.checked: list[str] = []

    def open(self, body: Mapping[str, Any]) -> Any:
        self.bodies.append(body)
        return self.scripts.pop(0)

    def start(self, key: str, run: Callable[[], Awaitable[None]]) -> Task:
        task = Task(run)
        self.tasks.append(task.task)
        return task

    def aside(self, key: str, run: Callable[[], Awaitable[None]]) -> None:
        self.tasks.append(asyncio.ensure_future(run()))

    @property
    def keeps(self) -> bool:
        return self.kept is not False

    def check(self, id: str, tell: Callable[[bool], None]) -> None:
        self.checked.append(id)
        if self.kept is not None:
            tell(self.kept)

    def made(self, completion: Mapping[str, Any]) -> None:
        self.completions.append(completion)

    async def settle(self) -> None:
        """Let all that can go on go on."""
        for _ in range(30):
            await asyncio.sleep(0)
        flush()


def cut(kind: ProblemKind = ProblemKind.INTERRUPTED, **facts: Any) -> ProblemError:
    return ProblemError(Problem("The connection was lost", kind=kind, **facts))
