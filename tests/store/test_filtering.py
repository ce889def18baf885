"""The filter language, term by term, and that no line ever breaks it."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.catalog.descriptor import Column, Shown
from tui.store.filtering import Filter, column_named, join, parse

NOW = 1_795_000_000.0


def column(key: str, title: str) -> Column:
    return Column(key=key, title=title, show=lambda _record, _context: Shown(""), width=5)


COLUMNS = (
    column("filename", "Name"),
    column("bytes", "Size"),
    column("purpose", "Purpose"),
    column("created_at", "Age"),
    column("share", "Share"),
)

ROWS = {
    "small": (
        Shown("notes.txt"),
        Shown("512 B", sort=512),
        Shown("assistants"),
        Shown("5 min", sort=NOW - 300),
        Shown("40%"),
    ),
    "large": (
        Shown("Großes Archiv.zip"),
        Shown("4.2 MB", sort=4_213_884),
        Shown("fine-tune"),
        Shown("9 d", sort=NOW - 9 * 86400),
        Shown("100%"),
    ),
    "bare": (Shown("a.b [x]"), Shown("–"), Shown(""), Shown("–"), Shown("")),
}


def shown(text: str) -> set[str]:
    chosen = parse(text, COLUMNS)
    return {name for name, cells in ROWS.items() if chosen.accepts(cells, join(cells), NOW)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"small", "large", "bare"}),
        ("   ", {"small", "large", "bare"}),
        ("NOTES", {"small"}),
        ("notes assist", {"small"}),
        ("notes fine", set()),
        ("^notes", {"small"}),
        ("zip$", {"large"}),
        ("!assist", {"large", "bare"}),
        ("!assist !fine", {"bare"}),
        ("~ntx", {"small"}),
        ("~GAZ", {"large"}),
        ("-f ntx", {"small"}),
        ("!-f ntx", {"large", "bare"}),
        ("-f", {"small", "large", "bare"}),
        ("pur:assist", {"small"}),
        ("Purpose:fine", {"large"}),
        ("name:fine", set()),
        ("pur:", {"small", "large", "bare"}),
        ("pur:~ft", {"large"}),
        ("!pur:assist", {"large", "bare"}),
        ("size>1MB", {"large"}),
        ("bytes>=512", {"small", "large"}),
        ("size<1kB", {"small"}),
        ("size<=512b", {"small"}),
        ("size>4MiB", {"large"}),
        ("size>5e6", set()),
        ("size>", {"small", "large", "bare"}),
        ("age<3h", {"small"}),
        ("age>1d", {"large"}),
        ("age>5m", {"large"}),
        ("created>2000-01-01", {"small", "large"}),
        ("purpose=assistants", {"small"}),
        ("purpose!=assistants", {"large", "bare"}),
        ("size=512", {"small"}),
        ("share>50%", {"large"}),
        ("share=40%", {"small"}),
        ('"großes archiv"', {"large"}),
        ('name:"s arch"', {"large"}),
        ("https://notes", set()),
        ("[x]", {"small", "bare"}),
        (r"\[x\]", {"bare"}),
    ],
)
def test_terms(text: str, expected: set[str]) -> None:
    assert shown(text) == expected


def test_what_is_no_regular_expression_is_searched_as_text() -> None:
    chosen = parse("[x", COLUMNS)
    assert "not a regular expression" in chosen.error
    assert shown("[x") == {"bare"}


def test_a_comparison_with_nonsense_is_reported_and_lets_all_pass() -> None:
    assert "banana" in parse("size>banana", COLUMNS).error
    assert shown("size>banana") == set(ROWS)


def test_a_number_and_a_duration_differ() -> None:
    local = datetime.fromtimestamp(NOW - 300).isoformat()
    assert shown(f"created>={local}") == {"small"}


def test_times_to_come_compare_by_their_distance() -> None:
    cells = (Shown("in 2 h", sort=NOW + 7200),)
    expires = (column("expires", "Expires"),)
    assert parse("expires<3h", expires).accepts(cells, "in 2 h", NOW)
    assert not parse("expires<1h", expires).accepts(cells, "in 2 h", NOW)


def test_columns_are_found_by_key_title_and_beginning() -> None:
    assert column_named("SIZE", COLUMNS) == 1
    assert column_named("created", COLUMNS) == 3
    assert column_named("s", COLUMNS) == 1
    assert column_named("nothing", COLUMNS) is None
    assert column_named("", COLUMNS) is None


@given(text=st.text(max_size=40), cell=st.text(max_size=30))
def test_no_line_breaks_it(text: str, cell: str) -> None:
    cells = tuple(Shown(cell.replace("\n", " ")) for _ in COLUMNS)
    chosen = parse(text, COLUMNS)
    assert isinstance(chosen, Filter)
    assert chosen.accepts(cells, join(cells), NOW) in {True, False}


@given(word=st.from_regex(r"[a-z]{1,8}", fullmatch=True))
def test_a_term_and_its_inverse_part_the_rows(word: str) -> None:
    assert shown(word) | shown(f"!{word}") == set(ROWS)
    assert shown(word) & shown(f"!{word}") == set()
