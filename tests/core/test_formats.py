"""Formats: what people read, and that no value from a server breaks them."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core import formats
from tui.core.safe_text import harmless

NOW = 1_795_355_720.0
"""22 Nov 2026 13:55:20 UTC."""

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**400), max_value=10**400),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["nan", "inf", "-inf", "1e400", "12", "0x10", "", " 3 ", "2026-11-22", "９"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)

ONE_VALUE: list[Callable[[object], str]] = [
    formats.exact_time,
    formats.clock_time,
    formats.date,
    formats.utc_time,
    formats.byte_size,
    formats.exact_bytes,
    formats.count,
    formats.short_count,
    formats.tokens,
    formats.duration,
    formats.money,
    formats.percent,
    formats.short_id,
    lambda value: formats.age(value, NOW),
    lambda value: formats.rate(value, "tok"),
    lambda value: formats.counted(value, "store"),
    lambda value: formats.percent(1, "" if value is None else value),
    lambda value: formats.percent(value, value),
]


@given(ANYTHING)
@settings(deadline=None, max_examples=400)
def test_nothing_breaks_a_format(value: object) -> None:
    for form in ONE_VALUE:
        text = form(value)
        assert isinstance(text, str)
        assert harmless(text) and "\n" not in text
        assert "nan" not in text.lower() or form is formats.short_id
        assert form is formats.short_id or len(text) <= 50


@pytest.mark.parametrize("form", ONE_VALUE)
@pytest.mark.parametrize("value", [None, True, math.nan, math.inf, [], {}, "soon", 10**400])
def test_what_is_no_value_is_a_dash(form: Callable[[object], str], value: object) -> None:
    if form is formats.short_id or form is formats.utc_time:
        return
    assert form(value) == formats.NOTHING


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (0, "now"),
        (0.9, "now"),
        (12, "12 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3 * 3600 + 1799, "3 h"),
        (26 * 3600, "26 h"),
        (48 * 3600, "2 d"),
        (9 * 86_400, "9 d"),
        (59 * 86_400, "59 d"),
        (130 * 86_400, "4 mo"),
        (800 * 86_400, "2 y"),
        (-30, "now"),
        (-61, "in 1 min"),
        (-3 * 3600, "in 3 h"),
    ],
)
def test_ages_have_one_unit(passed: float, text: str) -> None:
    assert formats.age(NOW - passed, NOW) == text


@given(st.floats(0, 1e9), st.floats(0, 1e9))
@settings(deadline=None)
def test_an_age_is_never_negative(then: float, now: float) -> None:
    assert "-" not in formats.age(then, now)


def test_exact_times_follow_the_zone() -> None:
    east = timezone(timedelta(hours=9))
    assert formats.exact_time(NOW, zone=UTC) == "22 Nov 2026 13:55"
    assert formats.exact_time(NOW, zone=UTC, seconds=True) == "22 Nov 2026 13:55:20"
    assert formats.exact_time(NOW, zone=east) == "22 Nov 2026 22:55"
    assert formats.exact_time(int(NOW), zone=timezone(timedelta(hours=11))) == "23 Nov 2026 00:55"
    assert formats.clock_time(NOW, zone=UTC) == "13:55:20"
    assert formats.date(NOW, zone=UTC) == "22 Nov 2026"
    assert formats.utc_time(NOW) == "2026-11-22T13:55:20Z"
    assert formats.utc_time(None) == ""


def test_the_local_zone_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert formats.exact_time(NOW) == "22 Nov 2026 22:55"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "value",
    [
        NOW,
        str(int(NOW)),
        int(NOW * 1000),
        "2026-11-22T13:55:20Z",
        "2026-11-22T14:55:20+01:00",
        "2026-11-22T13:55:20",
    ],
)
def test_times_come_in_several_shapes(value: object) -> None:
    assert formats.exact_time(value, zone=UTC) == "22 Nov 2026 13:55"


@pytest.mark.parametrize("value", [0, -1, "0", -NOW, 1e23, "yesterday", "0001-01-01T00:00:00Z"])
def test_times_that_are_none(value: object) -> None:
    assert formats.exact_time(value, zone=UTC) == formats.NOTHING


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (88_000, "88 kB"),
        (312_400, "312 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (4_213_884, "4.2 MB"),
        ("4213884", "4.2 MB"),
        (5 * 10**9, "5.0 GB"),
        (2 * 10**20, "200,000 PB"),
        (-4_213_884, "-4.2 MB"),
    ],
)
def test_sizes(value: object, text: str) -> None:
    assert formats.byte_size(value) == text


def test_exact_sizes_and_counts_keep_every_digit() -> None:
    assert formats.exact_bytes(4_213_884) == "4,213,884 bytes"
    assert formats.exact_bytes(1) == "1 byte"
    assert formats.exact_bytes(12_345_678_901_234_567_891) == "12,345,678,901,234,567,891 bytes"
    assert formats.count(1280) == "1,280"
    assert formats.count(2.6) == "3"
    assert formats.tokens(1204) == "1,204 tok"
    assert formats.counted(1, "store") == "1 store"
    assert formats.counted(0, "store") == "0 stores"
    assert formats.counted(2, "query", "queries") == "2 queries"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (980, "980"),
        (999.6, "1.0 k"),
        (1280, "1.3 k"),
        (12_300_000, "12 M"),
        (-1500, "-1.5 k"),
        (10**18, "1,000,000 T"),
    ],
)
def test_short_counts(value: object, text: str) -> None:
    assert formats.short_count(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 ms"),
        (0.75, "750 ms"),
        (0.9996, "1.0 s"),
        (3.21, "3.2 s"),
        (45, "45 s"),
        (59.7, "1 min"),
        (180, "3 min"),
        (185, "3 min 5 s"),
        (7500, "2 h 5 min"),
        (3 * 86_400 + 4 * 3600 + 59, "3 d 4 h"),
        (-185, "-3 min 5 s"),
    ],
)
def test_durations(value: object, text: str) -> None:
    assert formats.duration(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "$0"),
        (0.004, "$0.004"),
        (0.00042, "$0.0004"),
        (0.00001, "<$0.0001"),
        (0.0099, "$0.01"),
        (12.5, "$12.50"),
        (1234.567, "$1,234.57"),
        (-3, "-$3.00"),
        ("0.004", "$0.004"),
    ],
)
def test_money(value: object, text: str) -> None:
    assert formats.money(value) == text


def test_money_of_other_countries() -> None:
    assert formats.money(12.5, "eur") == "12.50 EUR"
    assert formats.money(12.5, "USD") == "$12.50"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (0.001, "<1 %"),
        (0.61, "61 %"),
        (0.994, "99 %"),
        (0.9999, "99 %"),
        (1, "100 %"),
        (1.34, "134 %"),
        (-0.001, "0 %"),
    ],
)
def test_percent_is_whole_only_when_it_is(share: float, text: str) -> None:
    assert formats.percent(share) == text


def test_percent_of_a_whole() -> None:
    assert formats.percent(182, 300) == "61 %"
    assert formats.percent(1, 0) == formats.NOTHING
    assert formats.percent(None, 5) == formats.NOTHING


def test_rates() -> None:
    assert formats.rate(38.2, "tok") == "38 tok/s"
    assert formats.rate(2.13, "steps") == "2.1 steps/s"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("file-8Kq2abcdefghijklvX1", "file-8Kq2…vX1"),
        ("vs_policy", "vs_policy"),
        ("vs_68f1c0ffee0123456789abcdef", "vs_68f1…def"),
        ("chatcmpl-AbCdEfGhIjKlMnOp", "chatcmpl-AbCd…nOp"),
        ("0123456789abcdef0123", "0123…123"),
        ("file-\x1b[2Jabcdefghijklmnop", "file-␛[2J…nop"),
        ("", "–"),
        (None, "–"),
    ],
)
def test_ids_are_shortened_in_the_middle(value: object, text: str) -> None:
    assert formats.short_id(value) == text


def test_a_short_id_without_a_tail() -> None:
    assert formats.short_id("ftjob-9Qd4abcdefghij", tail=0) == "ftjob-9Qd4…"
