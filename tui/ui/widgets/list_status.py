"""The line under a list: what it is filtered by, how much is shown, whether it may be old."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from tui.core.formats import count
from tui.store.views import CollectionView, Phase
from tui.ui.text import cells, cut, line
from tui.ui.widgets.lines import Inked


def amount(view: CollectionView) -> str:
    """`40 shown of 1,280 loaded, more`."""
    if not view.loaded and (view.phase is not Phase.READY or not view.end):
        return ""
    more = "" if view.end else ", more"
    if view.filter_text or view.shown != view.loaded:
        return f"{count(view.shown)} shown of {count(view.loaded)} loaded{more}"
    return f"{count(view.loaded)} loaded{more}" if more else f"{count(view.loaded)} in all"


class ListStatus(Inked):
    """One line, from a `CollectionView`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left: tuple[tuple[str, str], ...] = ()
        self._right: tuple[tuple[str, str], ...] = ()

    def show(self, view: CollectionView, *, marked: int = 0, typing: bool = False) -> None:
        """Show where a list stands; what reads the same costs nothing. While the filter is being
        `typing`, the prompt below shows it."""
        left: list[tuple[str, str]] = []
        if view.filter_text and not typing:
            left.append((f"/{line(view.filter_text)}", "accent"))
        if view.filter_error and not typing:
            left.append((line(view.filter_error), "bad"))
        if marked:
            left.append((f"● {count(marked)} marked", "accent"))
        right: list[tuple[str, str]] = []
        if view.stale:
            why = f": {line(view.problem.title)}" if view.problem is not None else ""
            right.append((f"▲ may be old{why}", "warn"))
        elif view.refreshing:
            right.append(("◌ refreshing", "muted"))
        if said := amount(view):
            right.append((said, "muted"))
        if (tuple(left), tuple(right)) != (self._left, self._right):
            self._left, self._right = tuple(left), tuple(right)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        if y:
            return self.strip([], width)
        right = list(self._right)
        wanted = sum(cells(text) + 3 for text, _tone in self._left)
        # What is wrong matters more than whether it is being read again, and than how many.
        while right and wanted + sum(cells(text) + 3 for text, _tone in right) > width:
            del right[0]
        ends = sum(cells(text) for text, _tone in right) + 3 * max(0, len(right) - 1) + 2
        segments = [Segment("   ", self.ink("plain"))]
        room = width - ends - 3
        for text, tone in self._left:
            text = cut(text, max(0, room))
            segments += [Segment(text, self.ink(tone)), Segment("   ", self.ink("plain"))]
            room -= cells(text) + 3
        used = sum(cells(segment.text) for segment in segments)
        segments.append(Segment(" " * max(0, width - ends - used), self.ink("plain")))
        for number, (text, tone) in enumerate(right):
            gap = "   " if number else ""
            segments.append(Segment(gap + text, self.ink(tone)))
        return self.strip(segments, width)
