"""Notices as a list and one by one."""

from __future__ import annotations

from collections.abc import Sequence

from tui.catalog.descriptor import Shown, Tone
from tui.core.formats import clock_time
from tui.core.safe_text import clean
from tui.store.fixed_rows import column, fixed_view
from tui.store.views import (
    CollectionView,
    EntityView,
    FactView,
    Notice,
    Phase,
    Ref,
    RowView,
    SectionView,
)

NOTICES = "notices"
COLUMNS = (
    column("time", "Time", 8),
    column("text", "What happened", 40, grow=True),
    column("why", "Why", 30, grow=True, priority=1),
    column("request_id", "Request id", 24, priority=2),
)
SIGNS = {Tone.GOOD: "✓", Tone.WARN: "▲", Tone.BAD: "✕", Tone.BUSY: "◌"}


def notice_ref(notice: Notice) -> Ref:
    return Ref(NOTICES, str(notice.id))


def notices_view(notices: Sequence[Notice]) -> CollectionView:
    """The list, newest first."""
    rows = []
    for notice in notices:
        problem = notice.problem
        sign = SIGNS.get(notice.tone, "●")
        rows.append(
            RowView(
                notice_ref(notice),
                (
                    Shown(clock_time(notice.at), Tone.MUTED),
                    Shown(f"{sign} {clean(notice.text, limit=300)}", notice.tone),
                    Shown(clean(problem.detail, limit=300) if problem else "", Tone.MUTED),
                    Shown(clean(problem.request_id) if problem else "", Tone.MUTED),
                ),
            )
        )
    return fixed_view(NOTICES, COLUMNS, rows)


def notice_view(notice: Notice) -> EntityView:
    """One notice, whole."""
    facts = [FactView("when", Shown(clock_time(notice.at)))]
    sections = []
    if notice.problem is not None:
        problem = notice.problem
        facts += [
            FactView(label, Shown(clean(value)))
            for label, value in (
                ("status", problem.status),
                ("code", problem.code),
                ("parameter", problem.param),
                ("request id", problem.request_id),
            )
            if value
        ]
        if problem.detail:
            sections.append(SectionView("What the other side said", text=problem.detail))
        if problem.hint:
            sections.append(SectionView("What to do", text=problem.hint))
    return EntityView(
        notice_ref(notice),
        Phase.READY,
        title=clean(notice.text, limit=300),
        sections=(SectionView("", tuple(facts)), *sections),
    )
