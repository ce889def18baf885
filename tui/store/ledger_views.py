"""The ledger as a list: every id that was seen, latest first."""

from __future__ import annotations

from collections.abc import Sequence

from tui.catalog.descriptor import Align, Shown, Tone
from tui.core.formats import age
from tui.core.safe_text import clean
from tui.store.fixed_rows import column, fixed_view
from tui.store.ledger_file import Entry
from tui.store.views import CollectionView, Ref, RowView

LEDGER = "ledger"
SHOWN = 500
"""Entries on the page; what is not among them is searched for."""
COLUMNS = (
    column("title", "Title", 30, grow=True),
    column("kind", "Resource", 24, priority=1),
    column("id", "Id", 36, grow=True),
    column("parents", "In", 20, priority=3),
    column("made", "Made here", 9, priority=4),
    column("seen", "Seen", 7, priority=2, align=Align.RIGHT),
)


def ledger_view(entries: Sequence[Entry], now: float) -> CollectionView:
    """Entries as rows; each leads to its object."""
    return fixed_view(
        LEDGER,
        COLUMNS,
        [
            RowView(
                Ref(one.kind, one.id, one.parents),
                (
                    Shown(clean(one.title) or "–"),
                    Shown(clean(one.kind)),
                    Shown(clean(one.id), Tone.ACCENT),
                    Shown(clean("/".join(one.parents)), Tone.MUTED),
                    Shown("made here" if one.made else "", Tone.MUTED),
                    Shown(age(one.last_seen, now), Tone.MUTED),
                ),
            )
            for one in entries
        ],
    )
