"""One upload from its plan to its end: send, attach, watch, again for what is retried.

The run belongs to the app, not to a screen: it goes on while a person looks at something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from tui.store.ingest_board import Board, Task
from tui.store.ingest_indexing import Indexing
from tui.store.ingest_journal import Journal, JournalWriter
from tui.store.ingest_sending import Sending, Shared
from tui.store.ingest_server import IngestServer
from tui.store.ingest_views import IngestPhase, IngestView, ItemState

Changed = Callable[[tuple[str, ...]], None]
"""Hears the resources whose lists are stale."""


class IngestRun:
    """Drives one upload. `start` again after `retry`; `close` leaves the rest to the journal."""

    def __init__(
        self,
        board: Board,
        server: IngestServer,
        shared: Shared,
        *,
        journal: Journal | None,
        expires_after: int | None,
        at_once: int,
        changed: Changed,
    ) -> None:
        self.board = board
        self._server = server
        self._journal = journal
        self._at_once = at_once
        self._changed = changed
        self._note = JournalWriter(journal, server.in_thread)
        self._sending = Sending(board, server, shared, note=self._note, expires_after=expires_after)
        store = board.view.vector_store
        self._indexing = (
            Indexing(board, server, store=store, note=self._note) if store is not None else None
        )
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def view(self) -> IngestView:
        return self.board.view

    @property
    def running(self) -> bool:
        return self._task is not None

    def write(self, work: Callable[[Journal], None]) -> Awaitable[None]:
        """Something for the journal, after what was written before; await it to know it kept."""
        return self._note.write(work)

    def start(self) -> None:
        """Go, or go on; a run that goes only wakes up."""
        self._wake.set()
        if self._task is None:
            self.board.change(phase=IngestPhase.RUNNING, ended_at=None)
            self._task = asyncio.get_running_loop().create_task(self._drive())
            self._task.add_done_callback(self._ended)

    def cancel(self, indexes: Iterable[int] | None = None) -> None:
        """Stop some files, or all. What is on the server already stays there."""
        everything = indexes is None
        for index in range(len(self.board.tasks)) if indexes is None else indexes:
            task = self.board.tasks[index]
            state = self.board.state(task)
            if state.over:
                continue
            task.stop.set()
            if state is ItemState.WAITING:
                self.board.put(task, ItemState.CANCELLED)
                self._note(index, "cancelled")
        if everything and self.running:
            self.board.change(phase=IngestPhase.STOPPING)
        self._wake.set()

    def retry(self, indexes: Iterable[int] | None = None) -> int:
        """Try failed and cancelled files again, by default those where it may help; how many."""
        chosen = self._worth_retrying() if indexes is None else list(indexes)
        count = 0
        for index in chosen:
            task = self.board.tasks[index]
            item = self.board.item(task)
            if item.state not in (ItemState.FAILED, ItemState.CANCELLED):
                continue
            task.stop = asyncio.Event()
            if item.file_id is None:
                self.board.put(task, ItemState.WAITING, sent=0, problem=None, note="")
            elif self._indexing is None:
                self.board.put(task, ItemState.DONE, problem=None, note="")
            else:
                self.board.put(task, ItemState.ATTACHING, problem=None, note="")
            count += 1
        if count:
            if self.running:
                # What was being stopped goes on.
                self.board.change(phase=IngestPhase.RUNNING)
            self.start()
        return count

    def _worth_retrying(self) -> list[int]:
        failed = self.board.in_state(ItemState.FAILED)
        cancelled = [task.index for task in self.board.in_state(ItemState.CANCELLED)]
        worth = [task.index for task in failed if self._retryable(task)]
        # Together with what was stopped only where it may help; alone, whatever it is.
        return sorted([*worth, *cancelled]) or [task.index for task in failed]

    def _retryable(self, task: Task) -> bool:
        problem = self.board.item(task).problem
        return problem is None or problem.retryable

    async def close(self) -> None:
        """Stop driving; the journal keeps what is unfinished."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._note.drain()
        if self._journal is not None:
            self._journal.close()

    async def _drive(self) -> None:
        board, indexing = self.board, self._indexing
        while not board.over:
            self._wake.clear()
            if board.next_waiting() is not None:
                await self._sending.all_waiting(self._at_once)
                self._changed(("files",))
            if indexing is None:
                continue
            await indexing.attach_arrived()
            await indexing.stop_wanted()
            if indexing.watching and await self._pause(indexing.delay):
                await indexing.look()
        self._finish()

    async def _pause(self, seconds: float) -> bool:
        """Wait; `False` when something was asked meanwhile."""
        nap = asyncio.ensure_future(self._server.clock.sleep(seconds))
        wake = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({nap, wake}, return_when=asyncio.FIRST_COMPLETED)
            return not self._wake.is_set()
        finally:
            nap.cancel()
            wake.cancel()

    def _finish(self) -> None:
        self._note.write(lambda journal: journal.end())
        self.board.change(
            phase=IngestPhase.DONE, ended_at=self._server.clock.now(), speed=None, waits=""
        )
        self.board.publish()
        stores = ("vector_stores", "vector_stores.files") if self._indexing is not None else ()
        self._changed(("files", *stores))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (failure := task.exception()) is not None:
            raise failure
