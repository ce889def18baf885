"""The notice that stands where a page does not fit."""

from __future__ import annotations

from textual.strip import Strip

from tui.ui.widgets.lines import Inked
from tui.ui.widgets.state import State, state_lines

LEAST = (60, 15)
"""Cells that a page needs to be of use."""


class TooSmall(Inked):
    """Says how large the terminal is, and how large it should be."""

    def __init__(self) -> None:
        super().__init__()
        self._state = State("Too small")

    def show(self, width: int, height: int) -> None:
        """The terminal has this size now."""
        least = f"{LEAST[0]}×{LEAST[1]}"
        words = f"This terminal has {width}×{height}, and this screen wants {least}."
        self._state = State("Too small", (words,), (("q", "quit"),))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        drawn = state_lines(self._state, width, self.ink)
        return self.strip(drawn[y] if y < len(drawn) else [], width)
