"""Sending the files of an upload: three at a time, each checked, hashed, noted, sent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.formats import number
from tui.store.ingest_board import Board, Task
from tui.store.ingest_journal import JournalWriter
from tui.store.ingest_scan import sha256_of
from tui.store.ingest_server import IngestServer
from tui.store.ingest_views import ItemState
from tui.store.ports import Reply
from tui.worker.job import Job, JobState

CHECK_AFTER = (0.0, 2.0, 5.0)
"""Seconds before each look for a file whose answer was lost: it may still be on its way in."""


@dataclass(slots=True)
class Shared:
    """What all uploads of a session share."""

    places: asyncio.Semaphore
    """How many files are sent at once, over all uploads."""
    claimed: set[str]
    """Ids of files that are known to be something else than a lost upload."""


class Sending:
    """The first half of an upload: from waiting to an id on the server."""

    def __init__(
        self,
        board: Board,
        server: IngestServer,
        shared: Shared,
        *,
        note: JournalWriter,
        expires_after: int | None,
    ) -> None:
        self._board = board
        self._server = server
        self._shared = shared
        self._note = note
        self._expires_after = expires_after

    async def all_waiting(self, at_once: int) -> None:
        """Send everything that waits, also what is put back to waiting meanwhile."""
        workers = min(at_once, len(self._board.in_state(ItemState.WAITING)))
        if workers:
            await asyncio.gather(*(self._work() for _ in range(workers)))

    async def _work(self) -> None:
        while True:
            async with self._shared.places:
                task = self._board.next_waiting()
                if task is None:
                    return
                await self._one(task)

    async def _one(self, task: Task) -> None:
        board = self._board
        board.put(task, ItemState.UPLOADING, sent=0, problem=None, note="")
        try:
            if task.sent_at is not None and await self._found(task):
                return
            await self._unchanged(task)
            if task.stop.is_set():
                raise ProblemError(Problem("Stopped", kind=ProblemKind.CANCELLED))
            await self._send(task)
        except ProblemError as error:
            if error.problem.kind is ProblemKind.CANCELLED:
                await self._cancelled(task)
            else:
                board.fail(task, error.problem)
                self._note(task.index, "failed")

    async def _unchanged(self, task: Task) -> None:
        """The file is still the one that was reviewed; its hash goes into the journal."""

        def look() -> str:
            facts = task.path.stat()
            if facts.st_size != task.size or facts.st_mtime_ns != task.modified:
                raise ProblemError(
                    Problem(
                        "The file changed since the plan was made",
                        hint="Make a new plan to upload what it is now.",
                        kind=ProblemKind.LOCAL,
                    )
                )
            return task.sha256 or sha256_of(task.path)

        def read() -> str:
            try:
                return look()
            except OSError as error:
                raise ProblemError(
                    Problem(
                        "The file cannot be read",
                        error.strerror or type(error).__name__,
                        kind=ProblemKind.LOCAL,
                        retryable=True,
                    )
                ) from error

        task.sha256 = await self._server.in_thread(read)

    async def _send(self, task: Task) -> None:
        board = self._board
        began = self._server.clock.now()
        # What is not in the journal before the bytes go would be sent twice after a kill.
        await self._note(task.index, "sending", sha256=task.sha256, at=began)
        job = self._server.upload(
            task.path,
            purpose=board.view.purpose,
            expires_after=self._expires_after,
            progress=lambda sent, _total: board.sent(task, sent),
            stop=task.stop,
        )
        stopped = asyncio.ensure_future(self._leave_queue(job, task))
        try:
            reply = await job
        except ProblemError as error:
            if error.problem.kind is ProblemKind.UNCERTAIN:
                task.sent_at = began
                await self._lost(task)
                return
            if error.problem.kind is ProblemKind.CANCELLED and board.item(task).sent >= task.size:
                # All bytes were out: the server may have taken the file all the same.
                task.sent_at = began
            raise
        finally:
            stopped.cancel()
        arrived = number(reply.record.get("bytes"))
        if arrived is not None and arrived != task.size:
            self._shared.claimed.add(reply.record.id)
            raise ProblemError(
                Problem(
                    "The file changed while it was sent",
                    f"{reply.record.id} has {arrived:.0f} bytes, the file had {task.size}",
                    "Delete that file and make a new plan.",
                    kind=ProblemKind.LOCAL,
                )
            )
        self._arrived(task, reply.record.id)

    async def _leave_queue(self, job: Job[Reply], task: Task) -> None:
        """A job that waits is dropped at once; an upload that runs hears of `stop` itself."""
        await task.stop.wait()
        if job.state is JobState.QUEUED:
            job.cancel()

    def _arrived(self, task: Task, id: str, *, note: str = "") -> None:
        self._shared.claimed.add(id)
        task.sent_at = None
        self._note(task.index, "uploaded", file_id=id, sha256=task.sha256)
        state = ItemState.DONE if self._board.view.vector_store is None else ItemState.ATTACHING
        if state is ItemState.ATTACHING and task.stop.is_set():
            state = ItemState.CANCELLED
            note = "uploaded, not attached"
        self._board.put(task, state, file_id=id, sent=task.size, note=note)
        if state.over:
            self._note(task.index, str(state))

    async def _lost(self, task: Task) -> None:
        """Ask whether a file arrived whose answer was lost; sending it again would make two."""
        self._board.put(task, ItemState.CHECKING)
        for delay in CHECK_AFTER:
            if delay:
                await self._server.clock.sleep(delay)
            if await self._found(task):
                return
        task.sent_at = None
        if task.stop.is_set():
            await self._cancelled(task)
            return
        self._board.fail(
            task,
            Problem(
                "The connection broke, and the file did not arrive",
                hint="Retry sends it again.",
                kind=ProblemKind.INTERRUPTED,
                retryable=True,
            ),
        )
        self._note(task.index, "failed")

    async def _found(self, task: Task) -> bool:
        """Whether the server has the file after all. A failed look leaves that open."""
        self._board.put(task, ItemState.CHECKING)
        try:
            id = await self._server.find_upload(
                name=task.name,
                size=task.size,
                purpose=self._board.view.purpose,
                since=task.sent_at or self._board.view.started_at,
                ids=self._shared.claimed,
            )
        except ProblemError as error:
            raise ProblemError(
                Problem(
                    "It is not known whether the file arrived",
                    str(error.problem),
                    "Retry looks for it before it sends anything.",
                    kind=ProblemKind.UNCERTAIN,
                    retryable=True,
                )
            ) from error
        if id is None:
            return False
        self._arrived(task, id, note="arrived, though the answer was lost")
        return True

    async def _cancelled(self, task: Task) -> None:
        if task.sent_at is not None:
            with suppress(ProblemError):
                if await self._found(task):
                    note = "arrived before it could be stopped"
                    self._board.put(task, ItemState.CANCELLED, note=note)
                    return
        self._board.put(task, ItemState.CANCELLED, sent=0)
        self._note(task.index, "cancelled")
