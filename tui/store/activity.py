"""What is alive: requests, uploads, jobs of the server, streams, and a wait that was asked for."""

from __future__ import annotations

from dataclasses import replace

from tui.core.cell import Cell
from tui.store.views import ActivityView, Ref
from tui.worker.scheduler import Load, Scheduler


class Activity:
    """Keeps the activity view of a session; feature stores report what only they know."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.cell: Cell[ActivityView] = Cell(ActivityView())
        self._moving: dict[Ref, Ref] = {}
        """What moves, and the object that it counts as."""
        self._stop = scheduler.load.subscribe(self._loaded)

    def moving(self, ref: Ref, moves: bool, *, counts_as: Ref | None = None) -> None:
        """A job of the server is watched, or has come to rest; a part counts as its whole."""
        if moves:
            self._moving[ref] = counts_as or ref
        else:
            self._moving.pop(ref, None)
        self._put(jobs=len(set(self._moving.values())))

    def uploading(self, count: int, share: float | None = None) -> None:
        """How many uploads are under way, and how much of their bytes is sent, 0 to 1."""
        self._put(uploads=count, upload_share=share if count else None)

    def close(self) -> None:
        self._stop()

    def _loaded(self, load: Load) -> None:
        self._put(loading=load.awaited, streams=load.streams, wait=load.paused_until)

    def _put(self, **changes: float | int | None) -> None:
        self.cell.update(lambda view: replace(view, **changes))  # type: ignore[arg-type]
