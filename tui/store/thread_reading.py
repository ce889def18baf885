"""Reading a thread: its newest messages and runs, older ones, steps, and a run that moves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from tui.api.operations import assistants as ops
from tui.api.records import Record
from tui.store.ports import Api
from tui.store.thread_runs import LOCKING, TERMINAL
from tui.store.thread_state import ThreadState

NEWEST = {"order": "desc"}
PAGE = 100
FEW_RUNS = 20
MOST_STEPS = 500
"""Steps of one run that are read; no run has so many."""


class Moves(StrEnum):
    """What a look at a run found."""

    MOVED = "moved"
    NOTHING_NEW = "nothing new"
    """It waits for somebody, or is in a state that is not known here: looked at slowly."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Found:
    moves: Moves
    hint: float | None = None
    """Seconds after which the server wants to be asked again."""


class Saw(Protocol):
    def __call__(self, kind: str, raw: Mapping[str, Any], *, made: bool = False) -> None: ...


class ThreadReader:
    """Brings objects of one thread into its state. Everything raises `ProblemError`."""

    def __init__(self, id: str, api: Api, state: ThreadState, *, saw: Saw) -> None:
        self.id = id
        self.older = False
        """Whether the server has messages before those that are known."""
        self.older_runs = False
        self._api = api
        self._state = state
        self._saw = saw
        self._cursor: str | None = None
        self._run_cursor: str | None = None

    @property
    def _path(self) -> dict[str, str]:
        return {"thread_id": self.id}

    async def read(self) -> None:
        """The thread, its newest messages and runs, and the steps of the newest run."""
        outcomes = await asyncio.gather(
            self._read_thread(), self._read_messages(), self._read_runs(), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        if self._state.run_order:
            await self.read_steps(self._state.run_order[-1])

    async def read_messages(self) -> None:
        """The newest messages alone."""
        await self._read_messages()

    async def read_older(self) -> None:
        """The messages before the oldest that is known."""
        cursor = self._cursor
        if cursor is None:
            return
        page = await self._api.page(
            ops.LIST_MESSAGES, path=self._path, query=NEWEST, after=cursor, limit=PAGE
        )
        if cursor == self._cursor:
            self._state.take_older([record.raw for record in page.items])
            self._note("thread.message", page.items)
            self._cursor, self.older = page.next, page.next is not None

    async def read_older_runs(self) -> None:
        cursor = self._run_cursor
        if cursor is None:
            return
        page = await self._api.page(
            ops.LIST_RUNS, path=self._path, query=NEWEST, after=cursor, limit=PAGE
        )
        if cursor == self._run_cursor:
            self._state.take_older_runs([record.raw for record in page.items])
            self._note("thread.run", page.items)
            self._run_cursor, self.older_runs = page.next, page.next is not None

    async def read_steps(self, run_id: str) -> None:
        """All steps of a run."""
        path = {**self._path, "run_id": run_id}
        found: list[Record] = []
        after: str | None = None
        while len(found) < MOST_STEPS:
            page = await self._api.page(
                ops.LIST_RUN_STEPS, path=path, query=NEWEST, after=after, limit=PAGE
            )
            found.extend(page.items)
            after = page.next
            if after is None:
                break
        self._state.take_steps(run_id, [record.raw for record in found])
        self._note("thread.run.step", found)

    async def look(self, run_id: str) -> Found:
        """A run that may move, and, while it does, what it has written so far."""
        path = {**self._path, "run_id": run_id}
        reply = await self._api.call(ops.GET_RUN, path=path)
        before = self._state.runs.get(run_id, {}).get("status")
        self._state.put_run(reply.record.raw)
        self._note("thread.run", (reply.record,))
        status = str(reply.record.raw.get("status") or "")
        if status != before or status == "in_progress":
            await self._read_messages()
            await self.read_steps(run_id)
        if status in TERMINAL:
            return Found(Moves.ENDED)
        waits = status == "requires_action" or status not in LOCKING
        return Found(Moves.NOTHING_NEW if waits else Moves.MOVED, reply.poll_after)

    def heard(self, resource: str, id: str, record: Record | None) -> None:
        """One of its objects was changed or deleted elsewhere in the program."""
        state = self._state
        if resource == ops.MESSAGES:
            if record is None:
                state.remove_message(id)
            elif id in state.messages and state.messages[id] is not record.raw:
                state.put_message(record.raw)
        elif resource == ops.RUNS and record is not None and id in state.runs:
            if state.runs[id] is not record.raw:
                state.put_run(record.raw)
        elif resource == ops.THREADS and id == self.id and record is not None:
            state.thread = record.raw

    async def _read_thread(self) -> None:
        reply = await self._api.call(ops.GET_THREAD, path=self._path)
        self._state.thread = reply.record.raw
        self._note("thread", (reply.record,))

    async def _read_messages(self) -> None:
        page = await self._api.page(
            ops.LIST_MESSAGES, path=self._path, query=NEWEST, after=None, limit=PAGE
        )
        fresh = not self._state.message_order
        whole = page.next is None
        gap = self._state.take_messages([record.raw for record in page.items], whole=whole)
        if fresh or gap or whole:
            self._cursor, self.older = page.next, not whole
        self._note("thread.message", page.items)

    async def _read_runs(self) -> None:
        page = await self._api.page(
            ops.LIST_RUNS, path=self._path, query=NEWEST, after=None, limit=FEW_RUNS
        )
        fresh = not self._state.run_order
        whole = page.next is None
        gap = self._state.take_runs([record.raw for record in page.items], whole=whole)
        if fresh or gap or whole:
            self._run_cursor, self.older_runs = page.next, not whole
        self._note("thread.run", page.items)

    def _note(self, kind: str, records: Iterable[Record]) -> None:
        for record in records:
            self._saw(kind, record.raw)
