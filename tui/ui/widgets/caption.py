"""A few lines of words in tones above a list: what it is about, and what is wrong.

A line of one part is wrapped, so that a server's words can be read to their end; a line of several
parts is cut.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip

from tui.ui.text import cells, cut, fold_line, line
from tui.ui.widgets.lines import Inked

MOST_ROWS = 4
"""Of one line that is wrapped."""

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
        width = self.content_size.width
        before = len(self._folded(width))
        self._lines = lines
        resized = len(self._folded(width)) != before or not width
        self.display = bool(lines)
        self.refresh(layout=resized)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._folded(width))

    def _folded(self, width: int) -> list[Words]:
        if width <= 0:
            return list(self._lines)
        folded: list[Words] = []
        for words in self._lines:
            if len(words) != 1 or cells(line(words[0][0])) <= width:
                folded.append(words)
                continue
            text, tone = words[0]
            indent = " " * (len(text) - len(text.lstrip()))
            parts = fold_line(line(text.strip()), width - len(indent))[:MOST_ROWS]
            folded += [((indent + part, tone),) for part in parts]
        return folded

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        lines = self._folded(width)
        if y >= len(lines):
            return self.strip([], width)
        segments: list[Segment] = []
        room = width
        for text, tone in lines[y]:
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
