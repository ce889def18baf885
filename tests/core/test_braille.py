from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.braille import Canvas, sparkline
from tui.core.series import buckets, smoothed, spacing, thinned

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


def test_dots_make_characters() -> None:
    canvas = Canvas(2, 1)
    for x, y in ((0, 0), (1, 3), (2, 1)):
        canvas.dot(x, y)
    canvas.dot(-1, 0)
    canvas.dot(9, 9)
    assert canvas.lines() == ["⢁⠂"]
    assert canvas.bits(0, 0) == 0x81


def test_a_line_has_both_ends_and_no_holes() -> None:
    canvas = Canvas(4, 2)
    canvas.line(7, 7, 0, 0)
    assert canvas.lines() == ["⠑⢄  ", "  ⠑⢄"]


@given(st.tuples(*[st.integers(-50, 50)] * 4), st.integers(0, 9), st.integers(0, 9))
def test_any_line_ends(ends: tuple[int, int, int, int], columns: int, rows: int) -> None:
    canvas = Canvas(columns, rows)
    canvas.line(*ends)
    assert [len(line) for line in canvas.lines()] == [columns] * rows


def test_sparkline_falls_and_leaves_gaps_empty() -> None:
    assert sparkline([8, 7, 6, 5, 4, 3, 2, 1], 8) == "█▇▆▅▄▃▂▁"
    assert sparkline([2.0, None, 1.0], 5) == "█ ▁  "
    assert sparkline([1.0, 1.0], 2) == "▄▄"
    assert sparkline([], 3) == "   "
    assert sparkline([1.0], 0) == ""


def test_a_long_sparkline_keeps_its_last_value() -> None:
    values: list[float | None] = [10.0] * 1000
    values[-1] = 0.0
    assert sparkline(values, 10) == "█████████▁"


@given(st.lists(st.one_of(st.none(), st.floats())), st.integers(0, 40))
def test_any_sparkline_has_its_width(values: list[float | None], width: int) -> None:
    assert len(sparkline(values, width)) == width


def test_buckets_keep_extremes_and_the_last_value() -> None:
    steps = [float(step) for step in range(1, 10_001)]
    values = [1.0] * 10_000
    values[5_000], values[5_001], values[-1] = 9.0, -9.0, 0.5
    found = buckets(steps, values, start=1, end=10_000, places=100)
    assert len(found) == 100
    assert max(bucket.high for bucket in found) == 9.0
    assert min(bucket.low for bucket in found) == -9.0
    assert found[-1].last == 0.5
    assert [bucket.joined for bucket in found] == [False] + [True] * 99


def test_a_hole_parts_the_line_and_a_sparse_series_does_not() -> None:
    steps = [*range(1, 50), *range(80, 100)]
    found = buckets(steps, [1.0] * len(steps), start=1, end=100, places=100)
    assert [bucket.place for bucket in found if not bucket.joined] == [0, 79]
    sparse = list(range(10, 101, 10))
    found = buckets(sparse, [1.0] * 10, start=1, end=100, places=100)
    assert [bucket.joined for bucket in found] == [False] + [True] * 9


@given(st.lists(NUMBERS, max_size=60, unique=True), st.integers(-3, 30), NUMBERS, NUMBERS)
def test_any_buckets_stay_inside(steps: list[float], places: int, start: float, end: float) -> None:
    steps.sort()
    found = buckets(steps, steps, start=start, end=end, places=places)
    assert all(0 <= bucket.place < places for bucket in found)
    assert all(bucket.low <= bucket.last <= bucket.high for bucket in found)
    assert [bucket.place for bucket in found] == sorted({bucket.place for bucket in found})


def test_smoothing_starts_at_the_first_value() -> None:
    flat = smoothed([2.0, 2.0, 2.0], 0.9)
    assert flat == pytest.approx((2.0, 2.0, 2.0))
    assert smoothed([1.0, 3.0], 0.0) == (1.0, 3.0)
    noisy = smoothed([0.0, 10.0, 0.0, 10.0], 0.6)
    assert max(noisy) < 10 and math.isclose(noisy[0], 0.0)


def test_spacing_is_the_usual_distance() -> None:
    assert spacing([1, 2, 3, 50]) == 1
    assert spacing([5]) == 0
    assert thinned([1.0, None, 3.0], 5) == [1.0, None, 3.0]
