"""Plans, transfers, paths and chunks: drawn harmlessly whatever files are called; keys and bars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.widget import Widget

from tests.ui.widgets.host import Host, drawn, strips
from tests.ui.widgets.test_hostile import NASTY, problem
from tui.core.safe_text import clean_block, harmless
from tui.store.ingest_plan import IngestPlan, PlanItem, PlanRequest, Verdict
from tui.store.ingest_views import (
    DownloadState,
    DownloadView,
    IngestItemView,
    IngestPhase,
    IngestView,
    ItemState,
)
from tui.store.local_paths import PathEntry, PathOffer
from tui.store.vector_search import ChunkView, SearchQuery, SearchView
from tui.store.views import Phase
from tui.ui.widgets.caption import Caption, facts
from tui.ui.widgets.path_picker import PathPicker
from tui.ui.widgets.plan_list import PlanList
from tui.ui.widgets.scored_chunks import ScoredChunks, change_words, score_bar
from tui.ui.widgets.transfer_list import (
    IngestItems,
    TransferList,
    download_row,
    outcome,
    outcome_tone,
    summary,
    upload_row,
)


def plan(text: str) -> IngestPlan:
    items = [
        PlanItem(path=Path("/x/a.md"), shown=text, size=5).judged(verdict, text)
        for verdict in Verdict
    ]
    return IngestPlan(request=PlanRequest(sources=()), items=tuple(items), notes=(text,))


def upload(text: str) -> IngestView:
    items = [
        IngestItemView(shown=text, size=10, state=state, sent=4, note=text, problem=problem(text))
        for state in ItemState
    ]
    return IngestView(id="up", title=text, purpose=text, items=tuple(items), waits=text)


def search(text: str) -> SearchView:
    chunk = ChunkView(
        rank=1,
        file_id=text,
        file_name=text,
        score=0.7,
        text=clean_block(text * 3),
        attributes=((text, text),),
    )
    return SearchView(
        phase=Phase.READY,
        query=SearchQuery(text=text),
        chunks=(chunk, replace(chunk, rank=2, was=1)),
        compared=True,
    )


def show(widget: Widget, text: str) -> None:
    match widget:
        case PlanList():
            widget.show(plan(text))
        case IngestItems():
            widget.show(upload(text).items)
        case TransferList():
            download = DownloadView(id="d", name=text, destination=Path("/x"), size=3)
            failed = replace(download, state=DownloadState.FAILED, problem=problem(text))
            widget.show((upload_row(upload(text)), download_row(download), download_row(failed)))
        case ScoredChunks():
            widget.show(search(text))
        case Caption():
            widget.show(((text, "bad"),), facts((text, text)), ((text * 10, "plain"),))


@pytest.mark.parametrize("make", [PlanList, IngestItems, TransferList, ScoredChunks, Caption])
async def test_hostile_names_are_drawn_harmlessly(make: Callable[[], Widget]) -> None:
    widget = make()
    async with Host(widget).running(50, 14) as pilot:
        show(widget, "first")
        await pilot.pause()
        await pilot.pause()

        @given(NASTY)
        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        def draw(text: str) -> None:
            show(widget, text)
            for strip in strips(widget):
                assert harmless(strip.text) and "\n" not in strip.text
                assert cell_len(strip.text) == strip.cell_length == widget.content_size.width

        draw()
        await pilot.pause()


async def test_offers_of_a_folder_complete_and_are_taken() -> None:
    picker = PathPicker()
    host = Host(picker)
    async with host.running(60, 12) as pilot:
        picker.field.focus()
        await pilot.press("d")
        entries = (PathEntry("docs", True), PathEntry("d\x1b[2J.md", False, 1200))
        picker.offer(PathOffer("d", "", entries))
        await pilot.pause()
        lines = drawn(picker.offers)
        assert "docs/" in lines[0]
        assert "d␛[2J.md" in lines[1] and "1.2 kB" in lines[1]
        await pilot.press("down", "enter")
        assert picker.text == "docs/"
        assert host.heard(PathPicker.Submitted) == []
        # An answer to what was typed before is passed over.
        picker.offer(PathOffer("d", "", entries))
        await pilot.press("enter")
        await pilot.pause()
        assert [message.text for message in host.heard(PathPicker.Submitted)] == ["docs/"]


async def test_space_takes_what_may_be_chosen_and_says_why_not() -> None:
    widget = PlanList()
    host = Host(widget)
    async with host.running(80, 14) as pilot:
        widget.show(plan("a.md"))
        widget.focus()
        await pilot.press(*["space"] * len(Verdict))
        await pilot.pause()
        toggled = [message.index for message in host.heard(PlanList.Toggled)]
        assert [list(Verdict)[index] for index in toggled] == [
            Verdict.UPLOAD,
            Verdict.REUSE,
            Verdict.ON_SERVER,
            Verdict.DUPLICATE,
            Verdict.UNSUPPORTED,
        ]
        assert len(host.heard(PlanList.Locked)) == len(Verdict) - len(toggled)


@given(st.floats(0, 2), st.floats(0, 2), st.integers(1, 40))
def test_a_bar_has_its_width_and_shows_any_score(score: float, full: float, width: int) -> None:
    bar = score_bar(score, full, width)
    assert cell_len(bar) == width
    assert bool(bar.strip()) == (score > 0)


def test_bars_in_eighths() -> None:
    assert score_bar(1, 1, 4) == "████"
    assert score_bar(0.5, 1, 4) == "██  "
    assert score_bar(0.53125, 1, 4) == "██▏ "
    assert score_bar(0.0001, 1, 4) == "▏   "


def test_changes_of_rank_in_words() -> None:
    chunk = ChunkView(rank=2, file_id="f", file_name="f", score=1.0, text="")
    assert change_words(chunk, compared=False)[0] == ""
    assert change_words(chunk, compared=True)[0] == "new"
    assert change_words(replace(chunk, was=5), compared=True)[0] == "▲3"
    assert change_words(replace(chunk, was=1), compared=True)[0] == "▼1"
    assert change_words(replace(chunk, was=2), compared=True)[0] == "="


def test_an_upload_in_words() -> None:
    items = (
        IngestItemView(shown="a", size=1_000_000, sent=1_000_000, state=ItemState.DONE),
        IngestItemView(shown="b", size=3_000_000, sent=1_000_000, state=ItemState.UPLOADING),
        IngestItemView(shown="c", size=9, state=ItemState.CANCELLED),
    )
    view = IngestView(id="u", title="t", purpose="batch", items=items, speed=500_000)
    words = "1 done, 1 cancelled, 1 left · 2.0 MB of 4.0 MB · 500 kB/s · 4.0 s left"
    assert summary(view) == words
    assert view.share == 0.5
    over = replace(view, phase=IngestPhase.DONE)
    assert outcome(over) == "1 file uploaded, 1 cancelled"


@pytest.mark.parametrize(
    ("states", "sign", "tone", "share"),
    [
        ((ItemState.DONE, ItemState.DONE), "●", "good", 1.0),
        ((ItemState.DONE, ItemState.CANCELLED), "–", "muted", 0.5),
        ((ItemState.CANCELLED, ItemState.CANCELLED), "–", "muted", 0.0),
        ((ItemState.FAILED, ItemState.CANCELLED), "✕", "bad", 0.0),
    ],
)
def test_only_a_whole_upload_looks_done(
    states: tuple[ItemState, ...], sign: str, tone: str, share: float
) -> None:
    items = tuple(IngestItemView(shown="a", size=9, sent=9, state=state) for state in states)
    view = IngestView(id="up", title="a", purpose="batch", phase=IngestPhase.DONE, items=items)
    row = upload_row(view)
    assert (row.sign, row.tone, row.share) == (sign, tone, share)
    assert outcome_tone(view) == tone
