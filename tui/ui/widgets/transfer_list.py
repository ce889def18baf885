"""Uploads and downloads as they go: one line for each, and one for each file of an upload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType

from tui.catalog.descriptor import Align
from tui.core.formats import byte_size, counted, duration
from tui.store.ingest_views import (
    DownloadState,
    DownloadView,
    IngestItemView,
    IngestPhase,
    IngestView,
    ItemState,
)
from tui.ui.text import cut, cut_middle, line, pad
from tui.ui.widgets.progress import bar
from tui.ui.widgets.row_list import RowList

SIZE = 8
BAR = 12

_STATES: dict[ItemState, tuple[str, str]] = {
    ItemState.WAITING: ("○", "muted"),
    ItemState.UPLOADING: ("↑", "busy"),
    ItemState.CHECKING: ("?", "warn"),
    ItemState.ATTACHING: ("↑", "busy"),
    ItemState.INDEXING: ("◌", "busy"),
    ItemState.DONE: ("●", "good"),
    ItemState.FAILED: ("✕", "bad"),
    ItemState.CANCELLED: ("–", "muted"),
}
_WORDS: dict[ItemState, str] = {
    ItemState.CHECKING: "answer lost, looking for it",
    ItemState.ATTACHING: "attaching",
}
_DOWNLOADS: dict[DownloadState, tuple[str, str]] = {
    DownloadState.WAITING: ("○", "muted"),
    DownloadState.RUNNING: ("↓", "busy"),
    DownloadState.DONE: ("●", "good"),
    DownloadState.FAILED: ("✕", "bad"),
    DownloadState.CANCELLED: ("–", "muted"),
}


def item_words(item: IngestItemView) -> str:
    """Where a file stands, in words; a failure in the server's."""
    if item.problem is not None and item.state is ItemState.FAILED:
        return str(item.problem)
    words = _WORDS.get(item.state, str(item.state))
    return f"{words}: {item.note}" if item.note else words


def summary(view: IngestView) -> str:
    """`12 done, 1 failed, 3 left · 4.2 MB of 9 MB · 1.1 MB/s · 5 s`."""
    counts = view.counts
    left = len(view.items) - sum(number for state, number in counts.items() if state.over)
    named = [
        (counts[ItemState.DONE], "done"),
        (counts[ItemState.FAILED], "failed"),
        (counts[ItemState.CANCELLED], "cancelled"),
        (left, "left"),
    ]
    parts = [", ".join(f"{number:,} {word}" for number, word in named if number)]
    if view.total_bytes and view.running:
        parts.append(f"{byte_size(view.sent_bytes)} of {byte_size(view.total_bytes)}")
    elif view.total_bytes:
        parts.append(byte_size(view.sent_bytes))
    if view.speed:
        parts.append(f"{byte_size(view.speed)}/s")
        if view.seconds_left is not None:
            parts.append(f"{duration(round(view.seconds_left))} left")
    if view.phase is IngestPhase.STOPPING:
        parts.append("stopping")
    if view.phase is IngestPhase.INTERRUPTED:
        parts.append("interrupted")
    if view.waits:
        parts.append(line(view.waits))
    return " · ".join(part for part in parts if part)


class IngestItems(RowList):
    """The files of one upload."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._items: tuple[IngestItemView, ...] = ()

    def show(self, items: tuple[IngestItemView, ...]) -> None:
        """Show files; only those that differ are drawn again."""
        old, self._items = self._items, items
        if len(old) != len(items):
            self.redraw()
            return
        changed = [
            index
            for index, (before, after) in enumerate(zip(old, items, strict=True))
            if before is not after and before != after
        ]
        self.refresh_index(*changed)

    @property
    def line_count(self) -> int:
        return len(self._items)

    @property
    def item(self) -> IngestItemView | None:
        """The file under the cursor."""
        return self._items[self.cursor] if self.cursor is not None else None

    def draw_row(self, index: int, width: int, *, here: bool) -> list[Segment]:
        item = self._items[index]
        sign, tone = _STATES[item.state]
        name = max(8, min(60, (width - SIZE - 6) // 2))
        room = max(0, width - name - SIZE - 6)
        segments = [
            Segment(f"{sign} ", self.ink(tone)),
            Segment(
                pad(cut_middle(line(item.shown), name), name),
                self.ink("strong" if here else "plain"),
            ),
            Segment("  ", self.ink("plain")),
            Segment(pad(byte_size(item.size), SIZE, Align.RIGHT), self.ink("muted")),
            Segment("  ", self.ink("plain")),
        ]
        if item.state is ItemState.UPLOADING and item.size and room >= 8:
            segments += bar(item.sent / item.size, min(BAR, room), self.ink, tone="busy")
            sent = f"  {byte_size(item.sent)}" if room > BAR + 8 else ""
            return [*segments, Segment(sent, self.ink("muted"))]
        return [*segments, Segment(cut(line(item_words(item)), room), self.ink(tone))]


@dataclass(frozen=True, slots=True)
class TransferRow:
    """One upload or download in the list of all."""

    key: str
    sign: str
    tone: str
    title: str
    share: float | None
    words: str
    inside: bool = False
    """It has files to look at."""


def upload_row(view: IngestView) -> TransferRow:
    """An upload as one line."""
    counts = view.counts
    match view.phase:
        case IngestPhase.INTERRUPTED:
            sign, tone = "▲", "warn"
        case IngestPhase.DONE if counts[ItemState.FAILED]:
            sign, tone = "✕", "bad"
        case IngestPhase.DONE if counts[ItemState.CANCELLED]:
            sign, tone = "–", "muted"
        case IngestPhase.DONE:
            sign, tone = "●", "good"
        case _:
            sign, tone = "↑", "busy"
    return TransferRow(view.id, sign, tone, view.title, view.share, summary(view), inside=True)


def download_row(view: DownloadView) -> TransferRow:
    """A download as one line."""
    sign, tone = _DOWNLOADS[view.state]
    match view.state:
        case DownloadState.FAILED:
            words = str(view.problem) if view.problem is not None else "failed"
        case DownloadState.RUNNING:
            size = f" of {byte_size(view.size)}" if view.size else ""
            words = f"{byte_size(view.received)}{size}"
        case DownloadState.DONE:
            words = f"{byte_size(view.received)} in {view.destination}"
        case other:
            words = str(other)
    return TransferRow(view.id, sign, tone, view.name, view.share, words)


class TransferList(RowList):
    """All uploads and downloads of this run, newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "its files"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: tuple[TransferRow, ...] = ()

    def show(self, rows: tuple[TransferRow, ...]) -> None:
        """Show transfers; the cursor stays on its own when others come."""
        old = self._rows
        if rows == old:
            return
        key = self.key
        self._rows = rows
        if [row.key for row in old] == [row.key for row in rows]:
            self.refresh_index(*(i for i, row in enumerate(rows) if row != old[i]))
            return
        places = [index for index, row in enumerate(rows) if row.key == key]
        if places:
            self._cursor = places[0]
        self.redraw()

    @property
    def key(self) -> str | None:
        """The transfer under the cursor."""
        return self._rows[self.cursor].key if self.cursor is not None else None

    @property
    def line_count(self) -> int:
        return len(self._rows)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only uploads have something inside."""
        return action != "open" or (self.cursor is not None and self._rows[self.cursor].inside)

    def draw_row(self, index: int, width: int, *, here: bool) -> list[Segment]:
        row = self._rows[index]
        title = max(10, min(48, width // 3))
        room = max(0, width - title - BAR - 6)
        share = row.share if row.share is not None else 0.0
        return [
            Segment(f"{row.sign} ", self.ink(row.tone)),
            Segment(
                pad(cut_middle(line(row.title), title), title),
                self.ink("strong" if here else "plain"),
            ),
            Segment("  ", self.ink("plain")),
            *bar(share, BAR, self.ink, tone=row.tone),
            Segment("  ", self.ink("plain")),
            Segment(cut(line(row.words), room), self.ink("muted")),
        ]


def outcome(view: IngestView) -> str:
    """How an upload ended, in a sentence for a notice."""
    counts = view.counts
    done = counted(counts[ItemState.DONE], "file")
    verb = "uploaded and indexed" if view.vector_store is not None else "uploaded"
    parts = [f"{done} {verb}"]
    if counts[ItemState.FAILED]:
        parts.append(f"{counts[ItemState.FAILED]:,} failed")
    if counts[ItemState.CANCELLED]:
        parts.append(f"{counts[ItemState.CANCELLED]:,} cancelled")
    return ", ".join(parts)


def outcome_tone(view: IngestView) -> str:
    """The tone of an upload as a whole: good only when all of it was done."""
    if view.running:
        return "accent"
    if view.counts[ItemState.FAILED]:
        return "bad"
    return "muted" if view.counts[ItemState.CANCELLED] else "good"
