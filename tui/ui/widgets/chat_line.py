"""The hairline above the composer: how the answer goes, and how much is below what is in sight."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from tui.ui.text import cells, cut, line
from tui.ui.widgets.lines import Inked

LEAD = 2
"""Cells of the hairline before its words."""


class ChatLine(Inked):
    """One line: a few words in a tone at the left, some at the right, a hairline between them."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._words = ""
        self._tone = "muted"
        self._right = ""

    def show(self, words: str, tone: str = "muted") -> None:
        """Say something else at the left; the same words cost nothing."""
        words = line(words)
        if (words, tone) != (self._words, self._tone):
            self._words, self._tone = words, tone
            self.refresh()

    def show_right(self, words: str) -> None:
        words = line(words)
        if words != self._right:
            self._right = words
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        hair = self.ink("line--hair")
        segments = [Segment("─" * min(width, LEAD), hair)]
        right = f" {self._right} " if self._right else ""
        room = width - LEAD - cells(right) - 2
        if self._words and room > 4:
            words = f" {cut(self._words, room - 2)} "
            segments.append(Segment(words, self.ink(self._tone)))
            room -= cells(words)
        segments.append(Segment("─" * max(0, room), hair))
        if right:
            segments.append(Segment(right, self.ink("accent")))
        segments.append(Segment("─" * 2, hair))
        return self.strip(segments, width)
