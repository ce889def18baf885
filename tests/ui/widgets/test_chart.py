"""Charts: golden pictures, steadiness, and nothing that could break one."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ui.widgets.host import Host, Repaints, drawn
from tui.ui.text import cells
from tui.ui.widgets.chart import Chart
from tui.ui.widgets.chart_plot import figure, plot
from tui.ui.widgets.chart_scale import linear_scale, scale_of, step_ticks
from tui.ui.widgets.chart_view import ChartView, Curve, Mark
from tui.ui.widgets.state import State


def falling(
    label: str, count: int, *, every: int = 1, add: float = 0.0, tone: str = "accent"
) -> Curve:
    steps = tuple(float(step) for step in range(1, count + 1) if step == 1 or step % every == 0)
    values = tuple(add + 3.6 * math.exp(-step / 40) for step in steps)
    return Curve(label, label, tone, steps, values, version=count)


LOSS = ChartView(
    "loss",
    (falling("train", 182, add=0.3), falling("valid", 182, every=10, add=0.5, tone="warn")),
    (Mark(100, "ckpt 100"),),
    end=300,
)


def text_of(view: ChartView, width: int, height: int) -> list[str]:
    grid = plot(view, width, height).grid
    return ["".join(character for character, _ink in row).rstrip() for row in grid]


def test_the_picture() -> None:
    assert text_of(LOSS, 60, 8) == [
        "                     ┊ckpt 100",
        "4 ⢦⡀┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┊┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈",
        "   ⠻⣦⡀               ┊",
        "    ⠈⠙⢦⣄⡀            ┊",
        "2 ┈┈┈┈┈⠈⠛⠷⣤⣀⡀┈┈┈┈┈┈┈┈┊┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈",
        "           ⠉⠙⠛⠳⠶⠦⣤⣤⣤⣀⣀⣀⣀⣀⣀            valid 0.540",
        "0 ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⠉⠉⠉⠉⠉⠉⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠂ train 0.338┈┈┈┈┈┈┈┈┈┈",
        "  0                  100                200              300",
    ]


def test_a_gap_is_left_open() -> None:
    steps = (*range(1, 40), *range(60, 100))
    curve = Curve("a", "", "plain", tuple(map(float, steps)), (2.0,) * len(steps))
    view = ChartView("a", (curve,), end=99)
    rows = text_of(view, 60, 4)
    drawn_row = max(rows, key=lambda row: sum("\u2800" < c <= "\u28ff" for c in row))
    inner = drawn_row.rstrip()[4:52]
    dots = ["\u2800" < character <= "\u28ff" for character in inner]
    assert dots.count(False) >= 8, "twenty steps were not measured"
    first = dots.index(False)
    assert all(dots[:first])


def test_a_log_scale_leaves_out_what_it_cannot_hold() -> None:
    curve = Curve("a", "a", "plain", (1.0, 2.0, 3.0, 4.0), (0.0, 1.0, 10.0, -5.0))
    rows = text_of(ChartView("a", (curve,), log=True), 40, 8)
    assert any(row.startswith(" 1 ") for row in rows) and any(row.startswith("10 ") for row in rows)


def test_scales_are_round_and_steady() -> None:
    assert linear_scale(0.31, 3.93, 4).ticks == (0, 1, 2, 3, 4)
    assert linear_scale(0.0, 1.0, 2).ticks == (0, 0.5, 1.0)
    wide = scale_of([0.30, 3.9], 12)
    assert scale_of([0.28, 3.95], 12) == wide, "a little more moves nothing"
    assert [wide.label(tick) for tick in wide.ticks] == ["0", "1", "2", "3", "4"]
    assert scale_of([0.94, 0.99], 12).low >= 0.9
    assert step_ticks(300, 70) == (0, 100, 200, 300)
    assert step_ticks(3, 70) == (0, 1, 2, 3)
    assert scale_of([], 5).ticks == (0.0, 1.0)
    assert scale_of([0.0, -1.0], 5, log=True).ticks == (0.0, 1.0)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.4123, "0.412"), (4.012, "4.01"), (12.34, "12.3"), (1204.2, "1,204"), (1e-5, "1.0e-05")],
)
def test_figures_are_short(value: float, text: str) -> None:
    assert figure(value) == text


CURVES = st.builds(
    lambda points, label, points_only: Curve(
        label,
        label,
        "good",
        tuple(step for step, _ in sorted(points.items())),
        tuple(value for _, value in sorted(points.items())),
        points=points_only,
    ),
    st.dictionaries(
        st.floats(0, 1e7),
        st.floats(-1e20, 1e20) | st.floats(-1, 1),
        max_size=30,
    ),
    st.text(max_size=30),
    st.booleans(),
)


@settings(max_examples=150)
@given(
    st.lists(CURVES, max_size=3),
    st.integers(0, 120),
    st.integers(0, 30),
    st.booleans(),
    st.none() | st.floats(0, 1e7),
    st.lists(st.builds(Mark, st.floats(0, 1e7), st.text(max_size=12)), max_size=3),
)
def test_any_chart_has_its_size(
    curves: list[Curve],
    width: int,
    height: int,
    log: bool,
    end: float | None,
    marks: list[Mark],
) -> None:
    view = ChartView("t", tuple(curves), tuple(marks), end, log)
    grid = plot(view, width, height, cursor=end).grid
    assert len(grid) == height
    for row in grid:
        assert sum(cells(character) for character, _ink in row) == width


async def test_only_what_differs_is_painted_again() -> None:
    chart = Chart()
    async with Host(chart).running(70, 12) as pilot:
        chart.show(LOSS)
        await pilot.pause()
        painted = Repaints(chart)
        chart.show(replace(LOSS, curves=(falling("train", 182, add=0.3), LOSS.curves[1])))
        assert painted.lines == [], "the same figures cost nothing"
        more = replace(LOSS, curves=(falling("train", 184, add=0.3), LOSS.curves[1]))
        chart.show(more)
        assert painted.lines and None not in painted.lines
        assert len(set(painted.lines)) < 5


async def test_the_cursor_tells_the_values_of_a_step() -> None:
    chart = Chart()
    async with Host(chart).running(80, 12) as pilot:
        chart.show(LOSS)
        chart.focus()
        await pilot.press("left")
        assert chart.cursor == 182
        assert "step 182" in drawn(chart)[0]
        await pilot.press("left")
        here = chart.cursor
        assert here is not None and here < 182
        await pilot.press("home")
        assert chart.cursor == 1
        assert "valid 4.01" in drawn(chart)[0] and "train 3.81" in drawn(chart)[0]
        await pilot.press("right", "end")
        assert chart.cursor == 182
        assert chart.clear_cursor() and not chart.clear_cursor()
        assert "step" not in drawn(chart)[0]
        await pilot.click(chart, offset=(2, 4))
        assert chart.cursor == 1


async def test_a_state_stands_in_the_place_of_a_picture() -> None:
    chart = Chart()
    async with Host(chart).running(60, 10) as pilot:
        chart.show(ChartView("loss", state=State("Waiting for the first step")))
        await pilot.pause()
        assert any("Waiting for the first step" in row for row in drawn(chart))
        chart.show(LOSS)
        await pilot.pause()
        assert drawn(chart)[0].strip(" ▌") == "loss"
        await pilot.resize_terminal(30, 6)
        await pilot.pause()
        assert all(cells(row) == 30 for row in drawn(chart))
