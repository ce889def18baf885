"""Windows of tokens: their size, their overlap, and that nothing is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.sandbox import tokens
from tui.sandbox.chunking import chunk

PROSE = " ".join(f"Sentence number {n} speaks of moorings and tides." for n in range(400))


def test_windows_have_the_asked_size_and_overlap() -> None:
    chunks = chunk(PROSE, max_tokens=200, overlap_tokens=80)
    ids = [tokens.encode(piece) for piece in chunks]
    assert {len(window) for window in ids[:-1]} == {200}
    assert all(one[-80:] == two[:80] for one, two in pairwise(ids))
    assert len(chunks) == -(-(tokens.count(PROSE) - 200) // 120) + 1


def test_defaults_are_the_platforms() -> None:
    assert tokens.count(chunk(PROSE)[0]) == 800
    assert chunk("short") == ["short"]
    assert chunk("") == []
    assert chunk("\n \n") == []


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300), st.integers(1, 40))
def test_without_overlap_the_pieces_are_the_text(text: str, size: int) -> None:
    pieces = chunk(text, max_tokens=size, overlap_tokens=0)
    joined, position = "".join(pieces), 0
    for piece in pieces:
        position = text.index(piece, position) + len(piece)
    assert joined.split() == text.split() or "".join(joined.split()) == "".join(text.split())


def test_cuts_fall_between_characters() -> None:
    text = "👩‍👩‍👧‍👦🧿𓀀" * 60
    assert "".join(chunk(text, max_tokens=7, overlap_tokens=0)) == text


@pytest.mark.parametrize(("size", "overlap"), [(0, 0), (100, 100), (100, 101), (100, -1)])
def test_impossible_overlaps_are_refused(size: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="overlap"):
        chunk("text", max_tokens=size, overlap_tokens=overlap)
