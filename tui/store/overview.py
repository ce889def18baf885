"""The overview: one row for each resource: how many, the newest, and how it stands."""

from __future__ import annotations

from collections.abc import Sequence

from tui.catalog.descriptor import Align, Resource, Shown, Tone
from tui.core.formats import age, count
from tui.core.safe_text import clean
from tui.store.fixed_rows import column, fixed_view
from tui.store.views import CollectionView, Phase, Ref, RowView

OVERVIEW = "overview"
COLUMNS = (
    column("section", "Section", 18),
    column("count", "Objects", 9, align=Align.RIGHT),
    column("newest", "Newest", 34, grow=True, priority=1),
    column("age", "Age", 6, priority=2, align=Align.RIGHT),
    column("state", "State", 22),
)
NOTHING = Shown("–", Tone.MUTED)


def section_ref(resource: str) -> Ref:
    return Ref(OVERVIEW, resource)


def _amount(view: CollectionView) -> Shown:
    if view.phase is not Phase.READY and not view.loaded:
        return NOTHING
    return Shown(count(view.loaded) + ("" if view.end else "+"))


def _state(view: CollectionView) -> Shown:
    match view.phase:
        case Phase.READY:
            return (
                Shown("◌ refreshing", Tone.MUTED) if view.refreshing else Shown("● live", Tone.GOOD)
            )
        case Phase.UNASKED | Phase.LOADING:
            return Shown("◌ loading", Tone.MUTED)
        case Phase.ABSENT:
            return Shown("○ not here", Tone.MUTED)
        case Phase.NEEDS_KEY:
            words = clean(view.problem.title, limit=60) if view.problem else "needs a key"
            return Shown(f"▲ {words}", Tone.WARN)
        case Phase.FAILED:
            words = clean(view.problem.title, limit=60) if view.problem else "failed"
            return Shown(f"✕ {words}", Tone.BAD)


def overview_view(
    sections: Sequence[tuple[Resource, CollectionView, str, float | None]], now: float
) -> CollectionView:
    """Rows of (resource, its list, the newest object's name, its time)."""
    rows = [
        RowView(
            section_ref(resource.key),
            (
                Shown(resource.title),
                _amount(view),
                Shown(clean(newest, limit=200)) if newest else NOTHING,
                Shown(age(moment, now), Tone.MUTED) if moment is not None else NOTHING,
                _state(view),
            ),
        )
        for resource, view, newest, moment in sections
    ]
    return fixed_view(OVERVIEW, COLUMNS, rows)
