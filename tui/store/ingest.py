"""Uploads: plan, review, run; many at once, outliving screens and, by the journal, the program."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tui.core.cell import Cell, Readable
from tui.core.clock import Clock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.formats import counted
from tui.store.ingest_board import Board, Task
from tui.store.ingest_journal import Journal, JournalEntry, JournalFolder, JournalItem
from tui.store.ingest_plan import IngestPlan, KnownFile, PlanItem, PlanRequest, Verdict, with_known
from tui.store.ingest_run import Changed, IngestRun
from tui.store.ingest_scan import Scan, hashed
from tui.store.ingest_sending import Shared
from tui.store.ingest_server import IngestServer, Made
from tui.store.ingest_views import IngestItemView, IngestPhase, IngestView, ItemState
from tui.store.ports import Api
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class UploadActivity:
    """What the top line tells of uploads."""

    files: int = 0
    """That are not at their end."""
    share: float | None = None


class IngestStore:
    """All uploads of a session."""

    def __init__(
        self,
        api: Api,
        *,
        scheduler: Scheduler,
        scope: Scope,
        clock: Clock,
        server: str,
        folder: Path | None = None,
        at_once: int = 3,
        changed: Changed = lambda _resources: None,
        more_types: bool = False,
        made: Made = lambda _ref, _record: None,
    ) -> None:
        """`scope` is the app's; `server` tells servers apart in the journal (base URL, project).

        Without a `folder` nothing is kept over a restart. `more_types`: the server reads plain
        texts of all kinds; `made` hears of what was made on the way.
        """
        self.views: Cell[tuple[IngestView, ...]] = Cell(())
        """Newest first."""
        self.activity: Cell[UploadActivity] = Cell(UploadActivity())
        self._server = IngestServer(api, scheduler=scheduler, scope=scope, clock=clock, made=made)
        self._clock = clock
        self._identity = server
        self._folder = JournalFolder(folder) if folder is not None else None
        self._at_once = at_once
        self._changed = changed
        self._more_types = more_types
        self._shared = Shared(asyncio.Semaphore(at_once), set())
        self._runs: dict[str, IngestRun] = {}
        self._cells: dict[str, Cell[IngestView]] = {}
        self._left: dict[str, JournalEntry] = {}
        """Uploads that an earlier run of the program left unfinished."""

    async def plan(
        self,
        sources: Sequence[str] | PlanRequest,
        *,
        purpose: str = "assistants",
        vector_store: str | None = None,
        seen: Callable[[int], None] = lambda _count: None,
    ) -> IngestPlan:
        """Look at the disk and at the server; nothing is sent.

        Raises `ProblemError` for a source that is not there, too many files, or an unknown store.
        """
        request = (
            sources
            if isinstance(sources, PlanRequest)
            else PlanRequest(sources=tuple(sources), purpose=purpose, vector_store=vector_store)
        )
        request = replace(request, more_types=request.more_types or self._more_types)
        loop = asyncio.get_running_loop()
        scan = Scan(request, seen=lambda count: _call(loop, seen, count))
        try:
            items, notes = await self._server.in_thread(scan.run)
            known, attached, said = await self._known(items, request)
            sizes = frozenset(file.size for file in known if file.sha256)
            items = await self._server.in_thread(lambda: hashed(items, sizes, scan.stop))
        finally:
            scan.stop.set()
        self._shared.claimed.update(file.id for file in known)
        if not items:
            said = (*said, "nothing was found there")
        return IngestPlan(
            request=request,
            items=with_known(items, known, attached=attached),
            notes=(*notes, *said),
        )

    async def _known(
        self, items: Sequence[PlanItem], request: PlanRequest
    ) -> tuple[list[KnownFile], frozenset[str] | None, tuple[str, ...]]:
        """What the server has; a list that fails is a note, not the end of the plan."""
        attached: frozenset[str] | None = None
        store = request.vector_store
        if not any(item.verdict is Verdict.UPLOAD for item in items):
            return [], attached, ()
        if store is not None:
            attached = frozenset(await self._server.store_files(store, lane=Lane.VISIBLE))
        try:
            known = await self._server.files(request.purpose)
        except ProblemError as error:
            if error.problem.kind is ProblemKind.CANCELLED:
                raise
            return [], attached, (f"not compared with the server: {error.problem.title}",)
        if self._folder is not None:
            folder = self._folder
            contents = await self._server.in_thread(lambda: folder.contents(self._identity))
            known = [replace(file, sha256=contents.get(file.id)) for file in known]
        return known, attached, ()

    async def start(self, plan: IngestPlan) -> str:
        """Begin what was chosen; the upload's id. Raises `ProblemError` when nothing was."""
        chosen = [item for item in plan.items if item.chosen]
        if not chosen:
            raise ProblemError(Problem("Nothing is chosen", kind=ProblemKind.BLOCKED))
        request = plan.request
        entry = JournalEntry(
            id=f"up-{uuid.uuid4().hex[:12]}",
            server=self._identity,
            title=_title(request, len(chosen)),
            purpose=request.purpose,
            vector_store=request.vector_store,
            started_at=self._clock.now(),
            expires_after=request.expires_after,
            items=[_journal_item(plan, item) for item in chosen],
        )
        journal, _held = await self._open(entry.id)
        run = self._add(entry, journal)
        await run.write(lambda journal: journal.begin(entry))
        run.start()
        return entry.id

    def view(self, id: str) -> Readable[IngestView]:
        """One upload as it goes; raises `KeyError`."""
        return self._cells[id]

    def cancel(self, id: str, indexes: Iterable[int] | None = None) -> None:
        """Stop some files of an upload, or all that is not at its end."""
        if (run := self._runs.get(id)) is not None:
            run.cancel(indexes)

    def retry(self, id: str, indexes: Iterable[int] | None = None) -> int:
        """Try again what failed; how many files. An interrupted upload is resumed with `resume`."""
        run = self._runs.get(id)
        return run.retry(indexes) if run is not None else 0

    async def load_interrupted(self) -> int:
        """Look for uploads that an earlier run of the program left, be it with failures alone;
        how many were interrupted."""
        if self._folder is None:
            return 0
        folder = self._folder
        found = await self._server.in_thread(lambda: folder.unfinished(self._identity))
        await self._server.in_thread(folder.prune)
        for entry in reversed(found):
            if entry.id not in self._cells and entry.items:
                self._left[entry.id] = entry
                phase = IngestPhase.DONE if entry.ended else IngestPhase.INTERRUPTED
                self._show(_view_of(entry, phase))
        return sum(not entry.ended for entry in self._left.values())

    def left(self, id: str) -> bool:
        """Whether an earlier run of the program left it: `resume` goes on with it."""
        return id in self._left

    async def resume(self, id: str) -> bool:
        """Go on with an interrupted upload, try again what failed in one that ended; `False` when
        another Cupola already does."""
        entry = self._left.get(id)
        if entry is None:
            return False
        journal, held = await self._open(id)
        if held:
            return False
        self._left.pop(id, None)
        run = self._add(entry, journal)
        if entry.ended:
            run.retry()
        else:
            run.start()
        return True

    async def forget(self, id: str) -> None:
        """Take an upload that is over, or an interrupted one, from the list."""
        run = self._runs.get(id)
        if run is not None and run.running:
            return
        if run is not None:
            await run.write(lambda journal: journal.forget())
            await run.close()
        if self._left.pop(id, None) is not None and self._folder is not None:
            folder = self._folder
            await self._server.in_thread(lambda: folder.forget(id))
        self._runs.pop(id, None)
        self._cells.pop(id, None)
        self._tell()

    @property
    def at_once(self) -> int:
        """How many files are sent at the same time, over all uploads."""
        return self._at_once

    @at_once.setter
    def at_once(self, number: int) -> None:
        """For uploads that begin from now on."""
        self._at_once = number
        self._shared = Shared(asyncio.Semaphore(number), self._shared.claimed)

    @property
    def busy(self) -> bool:
        """Whether leaving the program now would interrupt something."""
        return any(run.running for run in self._runs.values())

    async def close(self) -> None:
        """Stop driving all uploads; the journal keeps what is unfinished."""
        for run in self._runs.values():
            await run.close()

    async def _open(self, id: str) -> tuple[Journal | None, bool]:
        """The journal, and whether another Cupola holds it.

        Without one (a full disk, say) the upload goes on; it only cannot be resumed.
        """
        if self._folder is None:
            return None, False
        folder = self._folder

        def open() -> tuple[Journal | None, bool]:
            try:
                return folder.open(id), False
            except BlockingIOError:
                return None, True
            except OSError:
                return None, False

        return await self._server.in_thread(open)

    def _add(self, entry: JournalEntry, journal: Journal | None) -> IngestRun:
        tasks = [_task_of(index, item) for index, item in enumerate(entry.items)]
        view = _view_of(entry, IngestPhase.RUNNING)
        board = Board(view, tasks, clock=self._clock, show=self._show)
        self._shared.claimed.update(item.file_id for item in entry.items if item.file_id)
        run = IngestRun(
            board,
            self._server,
            self._shared,
            journal=journal,
            expires_after=entry.expires_after,
            at_once=self._at_once,
            changed=self._changed,
        )
        self._runs[entry.id] = run
        self._show(view)
        return run

    def _show(self, view: IngestView) -> None:
        cell = self._cells.get(view.id)
        if cell is None:
            self._cells[view.id] = Cell(view)
        else:
            cell.set(view)
        self._tell()

    def _tell(self) -> None:
        views = tuple(cell.value for cell in reversed(self._cells.values()))
        self.views.set(views)
        running = [view for view in views if view.running]
        files = sum(not item.state.over for view in running for item in view.items)
        share = None
        if running:
            weights = [max(1, view.total_bytes) for view in running]
            done = sum(view.share * weight for view, weight in zip(running, weights, strict=True))
            share = done / sum(weights)
        self.activity.set(UploadActivity(files, share if files else None))


def _call(loop: asyncio.AbstractEventLoop, seen: Callable[[int], None], count: int) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(seen, count)


def _title(request: PlanRequest, files: int) -> str:
    sources = [source for source in request.sources if source.strip()]
    first = Path(sources[0]).name or sources[0] if sources else "files"
    if len(sources) > 1:
        return f"{first} and {counted(len(sources) - 1, 'more', 'more')}"
    return first if files == 1 else f"{first} ({counted(files, 'file')})"


def _journal_item(plan: IngestPlan, item: PlanItem) -> JournalItem:
    reused = item.verdict is Verdict.REUSE
    return JournalItem(
        path=str(item.path),
        shown=item.shown,
        size=item.size,
        modified=item.modified,
        attributes=plan.attributes_of(item) if plan.request.vector_store else {},
        reused=reused,
        sha256=item.sha256,
        file_id=item.file_id if reused else None,
    )


def _task_of(index: int, item: JournalItem) -> Task:
    return Task(
        index=index,
        path=Path(item.path),
        size=item.size,
        modified=item.modified,
        attributes=item.attributes,
        sha256=item.sha256,
        # A request whose answer nobody knows any more: look before sending again.
        sent_at=item.sent_at if item.state in ("sending", "failed") else None,
    )


def _view_of(entry: JournalEntry, phase: IngestPhase) -> IngestView:
    return IngestView(
        id=entry.id,
        title=entry.title,
        purpose=entry.purpose,
        vector_store=entry.vector_store,
        started_at=entry.started_at,
        phase=phase,
        items=tuple(_item_view(entry, item) for item in entry.items),
    )


def _item_view(entry: JournalEntry, item: JournalItem) -> IngestItemView:
    arrived = item.file_id is not None
    match item.state:
        case "done":
            state = ItemState.DONE
        case "failed":
            state = ItemState.FAILED
        case "cancelled":
            state = ItemState.CANCELLED
        case "attached":
            state = ItemState.INDEXING
        case _ if arrived:
            state = ItemState.DONE if entry.vector_store is None else ItemState.ATTACHING
        case _:
            state = ItemState.WAITING
    problem = None
    if state is ItemState.FAILED:
        problem = Problem("It failed before the program ended", retryable=True)
    return IngestItemView(
        shown=item.shown,
        size=item.size,
        state=state,
        sent=item.size if arrived else 0,
        file_id=item.file_id,
        problem=problem,
        reused=item.reused,
        note="the server has it already" if item.reused else "",
    )
