"""Text from outside: whatever it is, nothing of it steers the terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.safe_text import clean, clean_block, harmless

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs"]),
        st.sampled_from("\x00\x07\x08\x0b\x1b\x7f\x80\x9b\x9d\u061c\u202e\u2066\u2028\ufeff\r\n\t"),
    )
)


@given(HOSTILE)
@settings(deadline=None, max_examples=500)
def test_a_clean_line_is_one_harmless_line(text: str) -> None:
    line = clean(text)
    assert harmless(line)
    assert "\n" not in line and "\t" not in line
    line.encode("utf-8")
    assert all(unicodedata.category(c) not in {"Cc", "Cs"} for c in line)
    assert clean(line) == line


@given(HOSTILE)
@settings(deadline=None, max_examples=500)
def test_a_clean_block_keeps_its_lines_and_nothing_else(text: str) -> None:
    block = clean_block(text)
    assert harmless(block)
    assert "\t" not in block and "\r" not in block
    block.encode("utf-8")
    assert block.count("\n") == text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert clean_block(block) == block


@given(HOSTILE, st.integers(1, 30))
@settings(deadline=None)
def test_a_limit_holds_and_is_told(text: str, limit: int) -> None:
    for cut in (clean(text, limit=limit), clean_block(text, limit=limit)):
        assert harmless(cut)
    assert len(clean(text, limit=limit)) <= limit


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("", ""),
        (None, ""),
        (42, "42"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("a\x00b\x7fc", "a␀b␡c"),
        ("a\nb\r\nc\td", "a↵b↵c d"),
        ("\x9b2J", "�2J"),
        ("user\u202egpj.exe", "usergpj.exe"),
        ("lone\ud83d!", "lone�!"),
        ("[/x][@click=app.quit]q[/]", "[/x][@click=app.quit]q[/]"),
        ("naïve 日本語 🙂", "naïve 日本語 🙂"),
        ("non\xa0breaking", "non\xa0breaking"),
    ],
)
def test_what_a_line_becomes(text: object, line: str) -> None:
    assert clean(text) == line


def test_a_block_keeps_line_ends_and_widens_tabs() -> None:
    assert clean_block("a\r\nb\rc\td\x1b[2J") == "a\nb\nc    d␛[2J"
    assert clean_block(None) == ""
    assert clean_block(7) == "7"


def test_the_last_character_of_a_cut_line_is_an_ellipsis() -> None:
    assert clean("abcdef", limit=4) == "abc…"
    assert clean("abcd", limit=4) == "abcd"
    assert clean_block("a\nbcdef", limit=4) == "a\nb…"


def test_megabytes_are_cut_before_they_are_worked_on() -> None:
    assert len(clean("\x1b" * 5_000_000, limit=100)) == 100


def test_the_gate_sees_what_must_not_pass() -> None:
    assert harmless("fine\n\tüñí 日本")
    for bad in ("\x1b", "\x00", "\x7f", "\x9b", "\u202e", "\ud800", "\u2066"):
        assert not harmless(f"x{bad}y")
