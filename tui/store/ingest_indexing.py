"""The second half of an upload into a vector store: attach what arrived, wait until it is indexed.

One file batch for many files of equal attributes, else one request per file. The batch is watched
by its counts; its files are listed when they moved (contract 3).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from tui.api.records import Record
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.formats import number
from tui.core.safe_text import clean
from tui.store.ingest_board import Board, Task
from tui.store.ingest_journal import JournalWriter
from tui.store.ingest_server import IngestServer
from tui.store.ingest_views import ItemState

MOST_IN_BATCH = 500
"""The API takes 2,000; some servers still take 500."""
FEW = 3
"""Up to so many single files are looked at one by one, more by listing the store."""
ATTACH_AT_ONCE = 3
STALLED_AFTER = 1800.0
"""Seconds without any progress of the indexing: servers are known to lose files in it."""
_PATIENT = frozenset(
    {ProblemKind.NETWORK, ProblemKind.TIMEOUT, ProblemKind.SERVER, ProblemKind.RATE_LIMITED}
)
"""While watching, these pass; the next look comes later."""
_NO_BATCHES = frozenset({ProblemKind.ABSENT, ProblemKind.NOT_FOUND})
_BAD_FILE = frozenset({"unsupported_file", "invalid_file"})


@dataclass(slots=True)
class _Batch:
    id: str
    tasks: list[Task]
    counts: object = None
    stopping: bool = False


@dataclass(slots=True)
class _Watch:
    """How the watching goes: when it moved last, how often it failed, what the server hints."""

    began: float
    moved: float
    failures: int = 0
    hint: float | None = None
    batches: list[_Batch] = field(default_factory=list)


class Indexing:
    """Attaches and watches the files of one upload."""

    def __init__(
        self, board: Board, server: IngestServer, *, store: str, note: JournalWriter
    ) -> None:
        self._board = board
        self._server = server
        self._store = store
        self._note = note
        self._batches_work = True
        now = server.clock.monotonic()
        self._watch = _Watch(now, now)

    async def attach_arrived(self) -> None:
        """Everything that is on the server and not yet in the store."""
        tasks = []
        for task in self._board.in_state(ItemState.ATTACHING):
            if task.stop.is_set():
                self._board.put(task, note="uploaded, not attached")
                self._end(task, ItemState.CANCELLED)
            else:
                tasks.append(task)
        if not tasks:
            return
        now = self._server.clock.monotonic()
        self._watch = _Watch(now, now, batches=self._watch.batches)
        for task in [task for task in tasks if task.indexed_badly]:
            await self._take_out(task)
        equal = all(task.attributes == tasks[0].attributes for task in tasks)
        if len(tasks) > 1 and equal and self._batches_work:
            for start in range(0, len(tasks), MOST_IN_BATCH):
                await self._attach_batch(tasks[start : start + MOST_IN_BATCH])
        else:
            await self._attach_each(tasks)

    async def _take_out(self, task: Task) -> None:
        """A file that failed in the store has to leave it before it is tried again."""
        try:
            await self._server.detach(self._store, self._file(task))
        except ProblemError as error:
            if error.problem.kind is not ProblemKind.NOT_FOUND:
                self._fail([task], error.problem)
                return
        task.indexed_badly = False

    async def _attach_batch(self, tasks: Sequence[Task]) -> None:
        tasks = [task for task in tasks if self._board.state(task) is ItemState.ATTACHING]
        files = [self._file(task) for task in tasks]
        if not files:
            return
        try:
            id = await self._server.create_batch(self._store, files, tasks[0].attributes)
        except ProblemError as error:
            kind = error.problem.kind
            if kind in _NO_BATCHES:
                self._batches_work = False
                await self._attach_each(tasks)
            elif kind is ProblemKind.UNCERTAIN:
                await self._attach_missing(tasks)
            else:
                self._fail(tasks, error.problem)
            return
        for task in tasks:
            task.batch = id
            self._indexing(task)
        self._watch.batches.append(_Batch(id, list(tasks)))

    async def _attach_missing(self, tasks: Sequence[Task]) -> None:
        """The answer to a batch was lost: what is in the store is watched, the rest attached."""
        try:
            there = await self._server.store_files(
                self._store, wanted=[self._file(task) for task in tasks]
            )
        except ProblemError as error:
            self._fail(tasks, error.problem)
            return
        missing = []
        for task in tasks:
            if self._file(task) in there:
                self._indexing(task)
            else:
                missing.append(task)
        await self._attach_each(missing)

    async def _attach_each(self, tasks: Sequence[Task]) -> None:
        queue = [task for task in tasks if self._board.state(task) is ItemState.ATTACHING]
        queue.reverse()

        async def work() -> None:
            while queue:
                task = queue.pop()
                if self._board.state(task) is not ItemState.ATTACHING:
                    continue
                try:
                    record = await self._attach_one(task)
                except ProblemError as error:
                    self._fail([task], error.problem)
                else:
                    self._indexing(task)
                    self._saw(task, record)

        await asyncio.gather(*(work() for _ in range(min(ATTACH_AT_ONCE, len(queue)))))

    async def _attach_one(self, task: Task) -> Record:
        file = self._file(task)
        try:
            return await self._server.attach(self._store, file, task.attributes)
        except ProblemError as error:
            if error.problem.kind is not ProblemKind.UNCERTAIN:
                raise
            # The file is named by its id: a second request cannot make a second one.
            return await self._server.attach(self._store, file, task.attributes)

    @property
    def watching(self) -> bool:
        return bool(self._board.in_state(ItemState.INDEXING))

    @property
    def delay(self) -> float:
        """Seconds until the next look."""
        watch = self._watch
        if watch.failures:
            return float(min(60, 2**watch.failures))
        if watch.hint is not None:
            return watch.hint
        waited = self._server.clock.monotonic() - watch.began
        return 1.0 if waited < 60 else 2.0 if waited < 300 else 5.0

    async def look(self) -> None:
        """Ask once how the indexing goes."""
        watch = self._watch
        before = self._board.counts_key()
        try:
            for batch in list(watch.batches):
                await self._look_at_batch(batch)
            await self._look_at_singles()
        except ProblemError as error:
            await self._look_failed(error.problem)
            return
        watch.failures = 0
        now = self._server.clock.monotonic()
        if self._board.counts_key() != before:
            watch.moved = now
        elif now - watch.moved > STALLED_AFTER:
            self._give_up()

    async def _look_failed(self, problem: Problem) -> None:
        watch = self._watch
        if problem.kind in _PATIENT:
            watch.failures += 1
            self._board.change(waits=f"looking again: {problem.title}")
            return
        if problem.kind is ProblemKind.NOT_FOUND and watch.batches:
            # The batch is gone, its files may be there: they are looked at one by one.
            for batch in watch.batches:
                for task in batch.tasks:
                    task.batch = None
            watch.batches.clear()
            return
        self._fail(self._board.in_state(ItemState.INDEXING), problem)

    async def _look_at_batch(self, batch: _Batch) -> None:
        reply = await self._server.batch(self._store, batch.id)
        self._watch.hint = reply.poll_after
        self._board.change(waits="")
        record = reply.record
        counts = record.get("file_counts")
        in_progress = number(record.get("file_counts.in_progress"))
        # The counts tell the end better than the status does (contract 3).
        ended = in_progress == 0 if in_progress is not None else False
        ended = ended or record.get("status") in ("completed", "failed", "cancelled")
        if counts == batch.counts and not ended:
            return
        batch.counts = counts
        files = await self._server.batch_files(self._store, batch.id)
        for task in batch.tasks:
            if (found := files.get(self._file(task))) is not None:
                self._saw(task, found)
        if ended:
            self._watch.batches.remove(batch)
            for task in batch.tasks:
                task.batch = None

    async def _look_at_singles(self) -> None:
        tasks = [t for t in self._board.in_state(ItemState.INDEXING) if t.batch is None]
        if len(tasks) > FEW:
            files = await self._server.store_files(
                self._store, wanted=[self._file(task) for task in tasks]
            )
            for task in tasks:
                if (found := files.get(self._file(task))) is not None:
                    self._saw(task, found)
                else:
                    self._gone(task)
            return
        for task in tasks:
            try:
                reply = await self._server.store_file(self._store, self._file(task))
            except ProblemError as error:
                if error.problem.kind is not ProblemKind.NOT_FOUND:
                    raise
                self._gone(task)
                continue
            self._watch.hint = reply.poll_after
            self._saw(task, reply.record)

    def _saw(self, task: Task, record: Record) -> None:
        """A file of the store, as the server has it now."""
        if self._board.state(task) is not ItemState.INDEXING:
            return
        match record.get("status"):
            case "completed":
                self._end(task, ItemState.DONE)
            case "failed":
                code = str(record.get("last_error.code", ""))
                problem = Problem(
                    "The server could not index the file",
                    clean(record.get("last_error.message", ""), limit=300),
                    kind=ProblemKind.INVALID if code in _BAD_FILE else ProblemKind.SERVER,
                    code=clean(code, limit=60) or None,
                    retryable=code not in _BAD_FILE,
                )
                task.indexed_badly = True
                self._board.put(task, problem=problem)
                self._end(task, ItemState.FAILED)
            case "cancelled":
                self._board.put(task, note="uploaded, not indexed")
                task.indexed_badly = True
                self._end(task, ItemState.CANCELLED)
            case "in_progress" | None:
                pass
            case other:
                self._board.put(task, note=clean(other, limit=40))

    def _gone(self, task: Task) -> None:
        self._fail(
            [task],
            Problem(
                "The file is no longer in the vector store",
                "It was taken out while it was indexed.",
                kind=ProblemKind.NOT_FOUND,
                retryable=True,
            ),
        )

    def _give_up(self) -> None:
        self._fail(
            self._board.in_state(ItemState.INDEXING),
            Problem(
                "Still not indexed, and nothing moved for 30 minutes",
                hint="The server may have lost it. Retry takes it out of the store and in again.",
                kind=ProblemKind.TIMEOUT,
                retryable=True,
            ),
            badly=True,
        )

    async def stop_wanted(self) -> None:
        """Take out what a person cancelled: whole batches where all of it goes, else files."""
        wanted = [t for t in self._board.in_state(ItemState.INDEXING) if t.stop.is_set()]
        try:
            for batch in self._watch.batches:
                alive = [t for t in batch.tasks if self._board.state(t) is ItemState.INDEXING]
                if alive and not batch.stopping and all(t.stop.is_set() for t in alive):
                    batch.stopping = True
                    await self._server.cancel_batch(self._store, batch.id)
            stopping = {batch.id for batch in self._watch.batches if batch.stopping}
            for task in wanted:
                if task.batch not in stopping:
                    await self._leave_store(task)
        except ProblemError as error:
            self._board.change(waits=f"could not be stopped: {error.problem.title}")
            for task in wanted:
                task.stop.clear()

    async def _leave_store(self, task: Task) -> None:
        try:
            await self._server.detach(self._store, self._file(task))
        except ProblemError as error:
            if error.problem.kind is not ProblemKind.NOT_FOUND:
                raise
        self._board.put(task, note="uploaded, taken out of the store")
        self._end(task, ItemState.CANCELLED)

    def _file(self, task: Task) -> str:
        id = self._board.item(task).file_id
        assert id is not None
        return id

    def _indexing(self, task: Task) -> None:
        self._board.put(task, ItemState.INDEXING)
        self._note(task.index, "attached")

    def _end(self, task: Task, state: ItemState) -> None:
        self._board.put(task, state)
        self._note(task.index, str(state))

    def _fail(self, tasks: Sequence[Task], problem: Problem, *, badly: bool = False) -> None:
        for task in tasks:
            task.indexed_badly = task.indexed_badly or badly
            self._board.fail(task, problem)
            self._note(task.index, "failed")
