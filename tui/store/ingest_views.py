"""What a screen sees of uploads and downloads under way: frozen, equal when nothing changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tui.core.errors import Problem


class ItemState(StrEnum):
    """Where one file of an upload stands."""

    WAITING = "waiting"
    UPLOADING = "uploading"
    CHECKING = "checking"
    """The answer was lost: the server is asked whether the file arrived."""
    ATTACHING = "attaching"
    INDEXING = "indexing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        return self in _OVER

    @property
    def sending(self) -> bool:
        return self in (ItemState.WAITING, ItemState.UPLOADING, ItemState.CHECKING)


_OVER = frozenset({ItemState.DONE, ItemState.FAILED, ItemState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestItemView:
    """One file of an upload."""

    shown: str
    """Its path as the plan showed it; untrusted."""
    size: int
    state: ItemState = ItemState.WAITING
    sent: int = 0
    """Bytes; never over `size`."""
    file_id: str | None = None
    problem: Problem | None = None
    note: str = ""
    """Something to know beside the state, such as: the server had it already."""
    reused: bool = False
    """Nothing of it is sent."""


class IngestPhase(StrEnum):
    RUNNING = "running"
    STOPPING = "stopping"
    """Cancelled; what is under way comes to its end."""
    DONE = "done"
    INTERRUPTED = "interrupted"
    """Left over from a run of the program that ended in the middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestView:
    """One upload of one or many files."""

    id: str
    title: str
    """What was asked for, in few words; untrusted."""
    purpose: str
    vector_store: str | None = None
    started_at: float = 0.0
    ended_at: float | None = None
    phase: IngestPhase = IngestPhase.RUNNING
    items: tuple[IngestItemView, ...] = ()
    speed: float | None = None
    """Bytes per second, over the last seconds."""
    waits: str = ""
    """Why nothing moves, in words, when nothing does."""

    @property
    def counts(self) -> Counter[ItemState]:
        return Counter(item.state for item in self.items)

    @property
    def total_bytes(self) -> int:
        """What has to travel in all; cancelled files no longer count."""
        return sum(
            item.size
            for item in self.items
            if not item.reused and item.state is not ItemState.CANCELLED
        )

    @property
    def sent_bytes(self) -> int:
        return sum(
            item.sent
            for item in self.items
            if not item.reused and item.state is not ItemState.CANCELLED
        )

    @property
    def share(self) -> float:
        """How much is done, 0 to 1: bytes for the sending, files for the indexing.

        While it runs, what was cancelled does not count; once it is over, nothing hides it.
        """
        if not self.running:
            done = sum(item.state is ItemState.DONE for item in self.items)
            return done / len(self.items) if self.items else 0.0
        alive = [item for item in self.items if item.state is not ItemState.CANCELLED]
        if not alive:
            return 0.0
        total = self.total_bytes
        sent = self.sent_bytes / total if total else 1.0
        if self.vector_store is None:
            over = sum(item.state.over for item in alive) / len(alive)
            return sent if total else over
        indexed = sum(item.state.over for item in alive) / len(alive)
        return (sent + indexed) / 2

    @property
    def running(self) -> bool:
        return self.phase in (IngestPhase.RUNNING, IngestPhase.STOPPING)

    @property
    def seconds_left(self) -> float | None:
        """For the bytes that still have to travel; `None` while that is not known."""
        left = self.total_bytes - self.sent_bytes
        return left / self.speed if self.speed and left > 0 else None


class DownloadState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        return self in (DownloadState.DONE, DownloadState.FAILED, DownloadState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadView:
    """One file on its way to this computer."""

    id: str
    name: str
    """The file's name on the server; untrusted."""
    destination: Path
    received: int = 0
    size: int | None = None
    """Bytes; `None` when the server did not say."""
    state: DownloadState = DownloadState.WAITING
    problem: Problem | None = None
    started_at: float = 0.0

    @property
    def share(self) -> float | None:
        if self.state is DownloadState.DONE:
            return 1.0
        return min(1.0, self.received / self.size) if self.size else None
