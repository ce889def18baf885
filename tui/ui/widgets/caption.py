"""A few lines of words in tones above a list: what it is about, and what is wrong."""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip

from tui.ui.text import cells, cut, line
from tui.ui.widgets.lines import Inked

Words = tuple[tuple[str, str], ...]
"""Parts of a line, each with its tone; the parts are safe or are made so."""


class Caption(Inked):
    """As many lines as it was given; nothing takes no room."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: tuple[Words, ...] = ()

    def show(self, *lines: Words) -> None:
        """Show other lines; equal ones cost nothing."""
        if lines == self._lines:
            return
        resized = len(lines) != len(self._lines)
        self._lines = lines
        self.display = bool(lines)
        self.refresh(layout=resized)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        if y >= len(self._lines):
            return self.strip([], width)
        segments: list[Segment] = []
        room = width
        for text, tone in self._lines[y]:
            part = cut(line(text), room)
            room -= cells(part)
            segments.append(Segment(part, self.ink(tone)))
        return self.strip(segments, width)


def facts(*pairs: tuple[str, str]) -> Words:
    """Labels and values on one line: `purpose assistants   expires never`."""
    words: list[tuple[str, str]] = []
    for label, value in pairs:
        words += [(f"{label} ", "muted"), (value, "plain"), ("   ", "plain")]
    return tuple(words)
