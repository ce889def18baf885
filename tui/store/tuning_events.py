"""The events of a job in their order, oldest first, however they come in.

The newest page comes first. What lies between two stretches that are known is a hole: the cursor
behind which to ask on. Holes close when an event is met that is known already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.api.records import Record
from tui.catalog.descriptor import Tone
from tui.core.formats import timestamp
from tui.core.safe_text import clean
from tui.store.tuning_metrics import Measured, measured

MESSAGE_LIMIT = 2_000
_LEVELS = {"warn": Tone.WARN, "warning": Tone.WARN, "error": Tone.BAD}


@dataclass(frozen=True, slots=True)
class TuningEvent:
    """One event as the log shows it; all text is safe."""

    id: str
    at: float | None
    message: str
    tone: Tone = Tone.PLAIN
    step: float | None = None
    """Of metrics."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page of events brought."""

    new: int
    met: bool
    """Whether it reached what was known before."""
    measured: tuple[Measured, ...]


class Tape:
    """All events that are known, and the holes between them."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._events: list[TuningEvent] = []
        self._shown: tuple[TuningEvent, ...] = ()
        self._known: set[str] = set()
        self._holes: list[str] = []
        """Ids behind which older events are missing; the newest hole comes last."""

    def __len__(self) -> int:
        return len(self._events)

    @property
    def hole(self) -> str | None:
        """The cursor to ask on from; `None` when nothing is missing."""
        return self._holes[-1] if self._holes else None

    @property
    def events(self) -> tuple[TuningEvent, ...]:
        """Oldest first; the same tuple as long as nothing came."""
        if len(self._shown) != len(self._events):
            self._shown = tuple(self._events)
        return self._shown

    def index_of(self, id: str) -> int | None:
        return self._ids.index(id) if id in self._known else None

    def newest(self, rows: Sequence[Record], more: bool) -> Page:
        """Take the first page of the list; it may end before what is known begins."""
        page, last = self._insert(rows, len(self._events))
        if last is not None and more and not page.met:
            self._holes.append(last)
        return page

    def older(self, cursor: str, rows: Sequence[Record], more: bool) -> Page:
        """Take the page behind a cursor, and move or close its hole."""
        at = self.index_of(cursor)
        page, last = self._insert(rows, 0 if at is None else at)
        if cursor in self._holes:
            place = self._holes.index(cursor)
            if last is None or page.met or not more or not page.new:
                del self._holes[place]
            else:
                self._holes[place] = last
        return page

    def _insert(self, rows: Sequence[Record], before: int) -> tuple[Page, str | None]:
        """Put a page, newest first, in front of a place; gives its oldest new id too."""
        fresh: list[TuningEvent] = []
        found: list[Measured] = []
        met = False
        for row in rows:
            id = row.id
            if not id:
                continue
            if id in self._known:
                met = True
                continue
            message = row.raw.get("message")
            words = message if isinstance(message, str) else ""
            figures = measured(row.raw.get("data"), words)
            if figures is not None:
                found.append(figures)
            self._known.add(id)
            fresh.append(_event(row, words, figures))
        fresh.reverse()
        self._events[before:before] = fresh
        self._ids[before:before] = [event.id for event in fresh]
        return Page(len(fresh), met, tuple(found)), fresh[0].id if fresh else None


def _event(row: Record, words: str, figures: Measured | None) -> TuningEvent:
    level = row.raw.get("level")
    tone = _LEVELS.get(level, Tone.PLAIN) if isinstance(level, str) else Tone.PLAIN
    said = words or ("" if figures is None else f"Step {figures.step:g}")
    return TuningEvent(
        row.id,
        timestamp(row.raw.get("created_at")),
        clean(said, limit=MESSAGE_LIMIT) or "–",
        tone,
        None if figures is None else figures.step,
    )
