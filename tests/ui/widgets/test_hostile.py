"""Whatever a server sends: no exception, no control byte in a strip, no line out of shape."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.widget import Widget

from tests.ui.widgets.host import Host, Rows, column, strips, view
from tui.api.records import Record
from tui.catalog.descriptor import Align, Shown, Tone
from tui.core.errors import Problem
from tui.core.safe_text import harmless
from tui.store.views import (
    Completion,
    EntityView,
    FactView,
    Notice,
    Phase,
    ProfileView,
    Ref,
    SectionView,
)
from tui.ui.dialog import Words
from tui.ui.questions import MenuItem
from tui.ui.text import cells, crop, cut, cut_middle, fold, line, pad
from tui.ui.widgets.chips import Chip, Chips
from tui.ui.widgets.choices import Choices
from tui.ui.widgets.completions import Completions
from tui.ui.widgets.detail import Detail
from tui.ui.widgets.key_bar import KeyBar, KeyHint
from tui.ui.widgets.list_status import ListStatus
from tui.ui.widgets.notice_line import NoticeLine
from tui.ui.widgets.progress import Progress
from tui.ui.widgets.raw_json import RawJson
from tui.ui.widgets.sidebar import Entry, Sidebar
from tui.ui.widgets.state import State, StatePane
from tui.ui.widgets.table import Table
from tui.ui.widgets.text_view import TextView
from tui.ui.widgets.top_bar import TopBar

PIECES = st.sampled_from(
    (
        "\x1b]52;c;aGk=\x07",
        "\x1b[2J",
        "\x9b31m",
        "[@click=app.quit]x[/]",
        "[/x]",
        "\u202eevil\u2066",
        "\ud83d",
        "\x00",
        "\r\n",
        "\t",
        "日本語",
        "👩‍👩‍👧",
        "❤️",
        "e\u0301\u0301\u0301\u0301",
        "\u200b",
        "🇨🇭",
        "plain words ",
    )
)
NASTY = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=8).map("".join)


def problem(text: str) -> Problem:
    return Problem(text, text, text, request_id=text, code=text)


def show_table(widget: Widget, text: str) -> None:
    assert isinstance(widget, Table)
    columns = (column("a", text, 12, grow=True), column("b", text, 8, align=Align.RIGHT))
    rows = Rows(["1", "2"], columns, lambda _id: (Shown(text), Shown(text, Tone.BAD)))
    widget.show(view(rows, version=hash(text)))


def show_empty_table(widget: Widget, text: str) -> None:
    assert isinstance(widget, Table)
    failed = view(Rows([]), hash(text), phase=Phase.FAILED, problem=problem(text))
    widget.show(failed)


def show_detail(widget: Widget, text: str) -> None:
    assert isinstance(widget, Detail)
    fact = FactView(text, Shown(text), Ref("files", text))
    widget.show(
        EntityView(
            Ref("files", text),
            Phase.FAILED,
            text,
            Shown(text, Tone.GOOD),
            (SectionView(text, (fact, fact), text),),
            Record({"id": text, text: [text]}),
            malformed=text,
            problem=problem(text),
        )
    )
    widget.search(text[:3])


def show_json(widget: Widget, text: str) -> None:
    assert isinstance(widget, RawJson)
    widget.show({text: [text, {text: text * 20}], "n": 1})
    widget.search(text[:2])


def show_text(widget: Widget, text: str) -> None:
    assert isinstance(widget, TextView)
    widget.show(text * 5)
    widget.search(text[:2])


def show_bars(widget: Widget, text: str) -> None:
    match widget:
        case TopBar():
            widget.show_profile(ProfileView(text, text, text, color=text))
            widget.show_crumbs((text, text, text), text)
        case KeyBar():
            widget.show([KeyHint("enter", text), KeyHint("x", text, shown=text, pinned=True)])
        case Sidebar():
            widget.show([Entry(text, text, text, note=text), Entry("b", text)], text)
        case ListStatus():
            told = view(Rows(["1"]), filter_text=text, filter_error=text, stale=True)
            widget.show(told, marked=3)
        case NoticeLine():
            widget.show(Notice(hash(text), text, Tone.BAD, problem(text)), seconds=None)
        case Progress():
            widget.show(0.4, text)
        case Chips():
            widget.show([Chip(text, text, text, active=True)])
        case StatePane():
            widget.show(State(text, (text, text), ((text, text),), Tone.BAD))
        case Completions():
            widget.show((Completion(text, text, text),))
        case Words():
            widget.say((text, "bad"))


SHOWN: list[tuple[Callable[[], Widget], Callable[[Widget, str], None]]] = [
    (Table, show_table),
    (Table, show_empty_table),
    (Detail, show_detail),
    (RawJson, show_json),
    (TextView, show_text),
    *(
        (kind, show_bars)
        for kind in (
            TopBar,
            KeyBar,
            Sidebar,
            ListStatus,
            NoticeLine,
            Progress,
            Chips,
            StatePane,
            Completions,
            Words,
        )
    ),
]


@pytest.mark.parametrize(("make", "show"), SHOWN, ids=lambda part: getattr(part, "__name__", ""))
async def test_hostile_text_is_drawn_harmlessly(
    make: Callable[[], Widget], show: Callable[[Widget, str], None]
) -> None:
    widget = make()
    app = Host(widget)
    async with app.running(50, 12) as pilot:
        show(widget, "first")
        await pilot.pause()
        await pilot.pause()
        assert widget.content_size.height > 0

        @given(NASTY)
        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        def draw(text: str) -> None:
            show(widget, text)
            for strip in strips(widget):
                assert harmless(strip.text) and "\n" not in strip.text
                assert cell_len(strip.text) == strip.cell_length == widget.content_size.width

        draw()
        await pilot.pause()


@given(NASTY)
@settings(max_examples=60, deadline=None)
def test_a_menu_draws_anything(text: str) -> None:
    choices = Choices([MenuItem(text, text, text, group=text, blocked=text[:1])])
    choices.search(text)
    choices.search("")
    choices.step(1)


@given(NASTY, st.integers(0, 30))
def test_texts_take_the_cells_that_they_are_given(text: str, width: int) -> None:
    steady = line(text)
    assert harmless(steady) and "\n" not in steady
    assert cells(steady) == cell_len(steady)
    assert cells(cut(steady, width)) <= width
    assert cells(crop(steady, width)) <= width
    assert cells(cut_middle(steady, width)) <= width
    assert cells(pad(steady, width)) == cells(pad(steady, width, Align.RIGHT)) == width


@given(NASTY, st.integers(2, 30))
def test_folded_lines_fit_and_lose_no_words(text: str, width: int) -> None:
    folded = fold(text, width)
    assert all(cells(part) <= width for part in folded)
    kept = "".join("".join(folded).split())
    assert kept == "".join("".join(fold(text, 10_000)).split())


def test_a_line_of_a_megabyte_is_cut_quickly() -> None:
    for text in ("x" * 1_000_000, "日" * 1_000_000):
        assert cells(cut(text, 20)) <= 20
        assert cells(cut_middle(text, 20)) <= 20
