"""Widths of scripts whose signs take cells of their own."""

from __future__ import annotations

import pytest

from tui.ui.text import cells, crop, cut_middle, pad


@pytest.mark.parametrize(
    ("text", "width"), [("हिन्दी", 5), ("नमस्ते", 4), ("தமிழ்", 4), ("桟橋", 4), ("plain", 5)]
)
def test_signs_beside_their_letter_take_a_cell_as_in_terminals(text: str, width: int) -> None:
    assert cells(text) == width
    assert cells(pad(text, 9)) == 9
    for room in range(width + 1):
        assert cells(crop(text, room)) <= room
        assert cells(cut_middle(text * 3, room + 5)) <= room + 5
