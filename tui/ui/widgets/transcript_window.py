"""Where each turn's lines stand in one long column of them, without laying out what nobody sees.

A turn that was not laid out yet counts with an estimate. When it comes in sight it gets its true
height, and what is on the screen stays where it is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from tui.store.chat_turns import TurnView
from tui.ui.widgets.transcript_text import Line
from tui.ui.widgets.transcript_turn import TurnLayout, estimate


class TurnWindow:
    """The turns of a transcript, their layouts, and their places."""

    def __init__(self) -> None:
        self.turns: tuple[TurnView, ...] = ()
        self._layouts: dict[str, TurnLayout] = {}
        self._heights: list[int] = []
        self._starts: list[int] = [0]
        self._sound = 0
        """How many of the starts hold."""
        self._width = 0
        self._opened: set[str] = set()

    @property
    def line_count(self) -> int:
        self._repair()
        return self._starts[-1]

    def start_of(self, place: int) -> int:
        """The first line of a turn."""
        self._repair()
        return self._starts[place]

    def height_of(self, place: int) -> int:
        return self._heights[place]

    def place_at(self, line: int) -> int:
        """The turn that a line belongs to; the last one beyond the end."""
        self._repair()
        return max(0, min(bisect_right(self._starts, line) - 1, len(self.turns) - 1))

    def is_laid(self, place: int) -> bool:
        return self.turns[place].id in self._layouts

    def layout(self, place: int) -> TurnLayout:
        """A turn laid out, now if it was not yet."""
        turn = self.turns[place]
        known = self._layouts.get(turn.id)
        if known is None:
            known = TurnLayout(turn, self._width, opened=turn.id in self._opened)
            self._layouts[turn.id] = known
            self._set_height(place, len(known.lines))
        return known

    def line(self, index: int) -> tuple[int, int, Line]:
        """A line: its turn's place, its number in the turn, and its runs; laid out or empty."""
        place = self.place_at(index)
        within = index - self._starts[place]
        layout = self._layouts.get(self.turns[place].id)
        if layout is None or within >= len(layout.lines):
            return place, within, ()
        return place, within, layout.lines[within]

    def resize(self, width: int) -> bool:
        """Another width; whether it is one."""
        if width == self._width:
            return False
        self._width = width
        self._layouts.clear()
        self._heights = [estimate(turn, width) for turn in self.turns]
        self._sound = 0
        return True

    def show(self, turns: Sequence[TurnView]) -> int | None:
        """Take other turns; the first line that changed, `None` when none did.

        A turn is known by its id; one that is the same object is not even looked at.
        """
        before, self.turns = self.turns, tuple(turns)
        same = 0
        for old, new in zip(before, self.turns, strict=False):
            if old is not new:
                break
            same += 1
        if same == len(before) == len(self.turns):
            return None
        del self._heights[same:]
        self._sound = min(self._sound, same)
        first: int | None = None
        for place in range(same, len(self.turns)):
            changed = self._take(place)
            if first is None:
                first = self.start_of(place) + changed
        for gone in before[same:]:
            if not any(gone.id == turn.id for turn in self.turns[same:]):
                self._layouts.pop(gone.id, None)
        return self.line_count if first is None else first

    def _take(self, place: int) -> int:
        """Put a turn at the end; the first of its lines that changed."""
        turn = self.turns[place]
        layout = self._layouts.get(turn.id)
        if layout is None:
            self._heights.append(estimate(turn, self._width))
            return 0
        changed = len(layout.lines) if layout.turn is turn else layout.show(turn)
        self._heights.append(len(layout.lines))
        return changed

    def toggle(self, place: int) -> bool:
        """Open what is folded in a turn, or fold it; whether there is anything."""
        layout = self.layout(place)
        if not layout.folds:
            return False
        self._opened ^= {layout.turn.id}
        del self._layouts[layout.turn.id]
        self.layout(place)
        return True

    def _set_height(self, place: int, height: int) -> None:
        if self._heights[place] != height:
            self._heights[place] = height
            self._sound = min(self._sound, place)

    def _repair(self) -> None:
        """Add up the starts again from the first that does not hold."""
        if self._sound == len(self._heights) and len(self._starts) == self._sound + 1:
            return
        del self._starts[self._sound + 1 :]
        begin = self._starts.pop()
        self._starts.extend(accumulate(self._heights[self._sound :], initial=begin))
        self._sound = len(self._heights)
