"""A share as a thin bar with its figure and a few words."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from tui.core.formats import percent
from tui.ui.text import Ink, cells, cut, line
from tui.ui.widgets.lines import Inked

FULL, HALF, TRACK = "━", "╸", "─"
_WIDEST = 40
_SHORTEST = 10
"""A shorter bar tells nothing; the words give way."""


def bar(share: float, width: int, ink: Ink, *, tone: str = "accent") -> list[Segment]:
    """A bar of `width` cells, in steps of half a cell; it reads without colour."""
    halves = round(max(0.0, min(1.0, share)) * width * 2)
    full, half = divmod(halves, 2)
    return [
        Segment(FULL * full + HALF * half, ink(tone)),
        Segment(TRACK * (width - full - half), ink("line--hair")),
    ]


class Progress(Inked):
    """One line; a share of `None` shows the words alone."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._share: float | None = None
        self._words = ""
        self._tone = "accent"

    def show(self, share: float | None, words: str = "", *, tone: str = "accent") -> None:
        """Show a share of 0 to 1; what looks the same costs nothing."""
        if share is not None:
            share = round(max(0.0, min(1.0, share)), 3)
        if (share, words, tone) != (self._share, self._words, self._tone):
            self._share, self._words, self._tone = share, words, tone
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        if y:
            return self.strip([], width)
        words = line(self._words)
        if self._share is None:
            return self.strip([Segment(cut(words, width), self.ink("muted"))], width)
        figure = f" {percent(self._share):>5}"
        size = max(_SHORTEST, min(_WIDEST, width - cells(figure) - cells(words) - 2))
        segments = bar(self._share, size, self.ink, tone=self._tone)
        segments.append(Segment(figure, self.ink("strong")))
        segments.append(Segment("  " + cut(words, width - size - 8), self.ink("muted")))
        return self.strip(segments, width)
