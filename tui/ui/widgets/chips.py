"""What the server filters and orders by, as a line of words that can be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip

from tui.ui.text import cells, cut, line
from tui.ui.widgets.lines import Inked

GAP = 3
_LONGEST = 28


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter: its query parameter, its title, and its value in words."""

    key: str
    title: str
    value: str
    active: bool = False
    """Differs from what the server does by itself."""


class Chips(Inked):
    """One line of filters; those in force are told by weight and a mark."""

    class Clicked(Message):
        """A filter was clicked, to be changed."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._chips: tuple[Chip, ...] = ()

    def show(self, chips: Sequence[Chip]) -> None:
        """Show filters; without any the line takes no room. Equal ones cost nothing."""
        if tuple(chips) != self._chips:
            self._chips = tuple(chips)
            self.display = bool(chips)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        segments = [Segment("   ", self.ink("plain"))]
        for chip in self._chips if y == 0 else ():
            title, value = self._words(chip)
            segments += [
                Segment(title, self.ink("muted")),
                Segment(value, self.ink("accent" if chip.active else "plain")),
                Segment(" " * GAP, self.ink("plain")),
            ]
        return self.strip(segments, width)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        left = 3
        for chip in self._chips:
            size = sum(map(cells, self._words(chip)))
            if offset is not None and left <= offset.x < left + size:
                event.stop()
                self.post_message(self.Clicked(chip.key))
                return
            left += size + GAP

    @staticmethod
    def _words(chip: Chip) -> tuple[str, str]:
        mark = "● " if chip.active else ""
        return f"{line(chip.title)} ", mark + cut(line(chip.value), _LONGEST)
