"""Downloads: where a file goes, under a name that harms nobody, and how far it is."""

from __future__ import annotations

import itertools
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tui.api.operation import Operation
from tui.catalog.descriptor import Tone
from tui.core.cell import Cell, Readable
from tui.core.clock import Clock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.formats import byte_size
from tui.core.safe_text import clean
from tui.store.ingest_views import DownloadState, DownloadView
from tui.store.notices import Notices
from tui.store.ports import Api
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

LONGEST_NAME = 120
"""Characters: file systems take 255 bytes, and a temporary name needs some of them."""
REFUSED_PURPOSES = frozenset({"assistants", "user_data", "vision"})
"""Whose content api.openai.com does not give back (contract 5); other servers may."""
_FORBIDDEN = frozenset('/\\:*?"<>|')


def safe_file_name(name: str, *, fallback: str = "download") -> str:
    """A name from a server as one for this disk: no folders, controls or leading dots."""
    text = unicodedata.normalize("NFC", clean(name))
    text = "".join("_" if c in _FORBIDDEN or not c.isprintable() else c for c in text)
    # Control characters came as pictures: of no use in a name.
    text = "".join("_" if 0x2400 <= ord(c) <= 0x2426 or c == "\ufffd" else c for c in text)
    text = text.strip().lstrip(".").strip()
    stem, dot, suffix = text.rpartition(".")
    if not dot or len(suffix) > 16:
        stem, suffix = text, ""
    room = LONGEST_NAME - len(suffix) - bool(suffix)
    stem = stem[:room].rstrip(". ")
    while len(f"{stem}.{suffix}".encode()) > 230:
        stem = stem[:-1]
    text = f"{stem}.{suffix}" if suffix and stem else stem or suffix
    return text or fallback


def default_folder() -> Path:
    """`~/Downloads` where there is one, else where the program was started."""
    downloads = Path.home() / "Downloads"
    return downloads if downloads.is_dir() else Path.cwd()


@dataclass(frozen=True, slots=True)
class DownloadTarget:
    """A destination that was looked at."""

    path: Path
    exists: bool = False
    problem: str = ""
    """Why nothing can be saved there, in words."""
    free_name: str = ""
    """A name beside it that is not taken, when this one is."""


def look_at_target(text: str, name: str) -> DownloadTarget:
    """Where a typed destination leads: a folder takes the file under `name`. Blocks."""
    typed = Path(os.path.expanduser(text.strip() or "."))
    path = (typed / name if typed.is_dir() or text.rstrip().endswith(os.sep) else typed).absolute()
    folder = path.parent
    if not folder.is_dir():
        return DownloadTarget(path, problem=f"there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        return DownloadTarget(path, problem=f"no permission to write in {folder}")
    if path.is_dir():
        return DownloadTarget(path, problem="that is a folder")
    if not os.path.lexists(path):
        return DownloadTarget(path)
    for number in itertools.count(1):
        free = path.with_name(f"{path.stem} ({number}){path.suffix}")
        if not os.path.lexists(free):
            return DownloadTarget(path, exists=True, free_name=free.name)
    raise AssertionError("unreachable")


class Downloads:
    """All downloads of a session; they go on when the screen that began them is gone."""

    def __init__(
        self, api: Api, *, scheduler: Scheduler, scope: Scope, clock: Clock, notices: Notices
    ) -> None:
        self.views: Cell[tuple[DownloadView, ...]] = Cell(())
        """Newest first."""
        self._api = api
        self._scheduler = scheduler
        self._scope = scope
        self._clock = clock
        self._notices = notices
        self._ids = itertools.count(1)
        self._cells: dict[str, Cell[DownloadView]] = {}
        self._jobs: dict[str, Job[int]] = {}
        self._asked: dict[str, tuple[Operation, Mapping[str, str], bool]] = {}

    async def look(self, text: str, name: str) -> DownloadTarget:
        """What is at a destination now."""
        return await self._scheduler.in_thread(
            ("download-target", next(self._ids)),
            scope=self._scope,
            lane=Lane.INTERACTIVE,
            work=lambda: look_at_target(text, name),
        )

    def start(
        self,
        op: Operation,
        path: Mapping[str, str],
        target: Path,
        *,
        name: str,
        overwrite: bool = False,
    ) -> str:
        """Begin a download; its id. What exists is replaced only with `overwrite`."""
        id = f"dl-{next(self._ids)}"
        self._asked[id] = (op, dict(path), overwrite)
        view = DownloadView(id=id, name=name, destination=target, started_at=self._clock.now())
        self._cells[id] = Cell(view)
        self._run(id)
        return id

    def view(self, id: str) -> Readable[DownloadView]:
        """One download as it goes; raises `KeyError`."""
        return self._cells[id]

    def cancel(self, id: str) -> None:
        """Stop a download; what had arrived is removed."""
        if (job := self._jobs.get(id)) is not None:
            job.cancel()

    def retry(self, id: str) -> None:
        """Begin again what failed or was stopped."""
        if id in self._cells and self._cells[id].value.state.over:
            self._run(id)

    def forget(self, id: str) -> None:
        """Take one that is over from the list; the file stays."""
        if id in self._cells and self._cells[id].value.state.over:
            del self._cells[id]
            self._asked.pop(id, None)
            self._tell()

    @property
    def busy(self) -> bool:
        return bool(self._jobs)

    def _run(self, id: str) -> None:
        op, path, overwrite = self._asked[id]
        target = self._cells[id].value.destination

        async def run() -> int:
            if not overwrite and await self._taken(target):
                raise ProblemError(
                    Problem(
                        "There is a file of that name already",
                        str(target),
                        "Choose another name, or say that it may be replaced.",
                        kind=ProblemKind.LOCAL,
                    )
                )
            self._put(id, state=DownloadState.RUNNING)
            return await self._api.download(
                op, path=path, destination=target, progress=lambda got, size: moved(got, size)
            )

        def moved(received: int, size: int | None) -> None:
            self._put(id, received=received, size=size)

        self._put(id, state=DownloadState.WAITING, received=0, problem=None)
        job = self._scheduler.submit(
            ("download", id), scope=self._scope, lane=Lane.INTERACTIVE, run=run
        )
        self._jobs[id] = job
        job.on_done(lambda job: self._ended(id, job))

    async def _taken(self, target: Path) -> bool:
        return await self._scheduler.in_thread(
            ("download-taken", next(self._ids)),
            scope=self._scope,
            lane=Lane.INTERACTIVE,
            work=lambda: os.path.lexists(target),
        )

    def _ended(self, id: str, job: Job[int]) -> None:
        self._jobs.pop(id, None)
        view = self._cells[id].value
        name = clean(view.name, limit=80)
        match job.problem:
            case None:
                received = job.result
                self._put(id, state=DownloadState.DONE, received=received, size=received)
                self._notices.tell(
                    f"Saved {view.destination} ({byte_size(received)})", tone=Tone.GOOD
                )
            case Problem(kind=ProblemKind.CANCELLED):
                self._put(id, state=DownloadState.CANCELLED)
            case problem:
                self._put(id, state=DownloadState.FAILED, problem=problem)
                self._notices.fail(f"{name} was not saved", problem)

    def _put(self, id: str, **changes: object) -> None:
        cell = self._cells.get(id)
        if cell is not None:
            cell.set(replace(cell.value, **changes))  # type: ignore[arg-type]
            self._tell()

    def _tell(self) -> None:
        self.views.set(tuple(cell.value for cell in reversed(self._cells.values())))


def refusal_of(problem: Problem, purpose: str | None) -> str | None:
    """What can be done where a server does not give a content back; `None` for other failures."""
    refused = problem.status in (400, 403) or problem.kind in (
        ProblemKind.INVALID,
        ProblemKind.FORBIDDEN,
    )
    if not refused:
        return None
    words = f"{problem.detail} {problem.title}".lower()
    if purpose in REFUSED_PURPOSES or "purpose" in words or "not allowed to download" in words:
        return (
            "The server keeps the original to itself. If the file is in a vector store, "
            "the text that was read from it can be opened there."
        )
    return None
