"""The requests that were sent, as a list and one by one: what, how long, which request id."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from tui.catalog.descriptor import Align, Shown, Tone
from tui.core.formats import byte_size, clock_time, duration
from tui.core.log import RequestEntry
from tui.core.safe_text import clean
from tui.store.fixed_rows import column, fixed_view
from tui.store.views import (
    CollectionView,
    EntityView,
    FactView,
    Phase,
    Ref,
    RowView,
    SectionView,
)

REQUESTS = "requests"
COLUMNS = (
    column("time", "Time", 8),
    column("method", "", 6),
    column("path", "Request", 34, grow=True),
    column("status", "Status", 9),
    column("took", "Took", 8, align=Align.RIGHT),
    column("tries", "Tries", 5, priority=3, align=Align.RIGHT),
    column("received", "Received", 9, priority=2, align=Align.RIGHT),
    column("request_id", "Request id", 24, priority=4),
)
NOTHING = Shown("–", Tone.MUTED)


def request_ref(entry: RequestEntry) -> Ref:
    return Ref(REQUESTS, str(entry.id))


def _path(entry: RequestEntry) -> str:
    parts = urlsplit(entry.url)
    return clean(parts.path + (f"?{parts.query}" if parts.query else ""), limit=400)


def _status(entry: RequestEntry) -> Shown:
    if entry.running:
        return Shown("● sending" if entry.status is None else f"● {entry.status}", Tone.BUSY)
    if entry.status is None:
        return Shown("✕ no answer", Tone.BAD)
    if entry.status >= 400:
        return Shown(f"✕ {entry.status}", Tone.BAD)
    return Shown(f"● {entry.status}", Tone.WARN if entry.problem is not None else Tone.GOOD)


def _took(entry: RequestEntry) -> Shown:
    if entry.duration is None:
        return NOTHING
    return Shown(
        f"{entry.duration * 1000:,.0f} ms" if entry.duration < 10 else duration(entry.duration)
    )


def requests_view(entries: Sequence[RequestEntry]) -> CollectionView:
    """The list, newest first."""
    rows = [
        RowView(
            request_ref(entry),
            (
                Shown(clock_time(entry.started_at), Tone.MUTED),
                Shown(clean(entry.method), Tone.ACCENT),
                Shown(_path(entry)),
                _status(entry),
                _took(entry),
                Shown(str(entry.attempts), Tone.WARN if entry.attempts > 1 else Tone.MUTED),
                Shown(byte_size(entry.received_bytes)),
                Shown(entry.request_id, Tone.MUTED) if entry.request_id else NOTHING,
            ),
        )
        for entry in entries
    ]
    return fixed_view(REQUESTS, COLUMNS, rows)


def request_view(entry: RequestEntry) -> EntityView:
    """One request: everything that was kept of it."""
    facts = [
        FactView("operation", Shown(clean(entry.operation))),
        FactView("method", Shown(clean(entry.method))),
        FactView("url", Shown(clean(entry.url, limit=2000))),
        FactView("status", _status(entry)),
        FactView("started", Shown(clock_time(entry.started_at))),
        FactView("took", _took(entry)),
        FactView("tries", Shown(str(entry.attempts))),
        FactView("sent", Shown(byte_size(entry.sent_bytes))),
        FactView("received", Shown(byte_size(entry.received_bytes))),
        FactView("key", Shown(str(entry.key))),
        FactView("request id", Shown(entry.request_id or "–")),
    ]
    sections = [SectionView("", tuple(facts))]
    if entry.problem is not None:
        words = "\n".join(part for part in (str(entry.problem), entry.problem.hint) if part)
        sections.append(SectionView("Problem", text=words))
    if entry.request_preview:
        sections.append(SectionView("Sent", text=entry.request_preview))
    if entry.response_preview:
        sections.append(SectionView("Answer", text=entry.response_preview))
    return EntityView(
        request_ref(entry), Phase.READY, title=clean(entry.operation), sections=tuple(sections)
    )
