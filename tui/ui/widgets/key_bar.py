"""The bottom line: the keys of this mode, the most useful first, never more than fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip

from tui.ui.key_names import key_label
from tui.ui.text import cells, line
from tui.ui.widgets.lines import Inked

GAP = 2


@dataclass(frozen=True, slots=True)
class KeyHint:
    """One key: Textual's name of it, and what it does in a word or two."""

    key: str
    words: str
    shown: str = ""
    """How the key is written; empty: by its name."""
    pinned: bool = False
    """Stays when it gets narrow, such as help."""

    @property
    def label(self) -> str:
        return line(self.shown or key_label(self.key))

    @property
    def width(self) -> int:
        return cells(self.label) + 1 + cells(line(self.words))


def fitting(hints: Sequence[KeyHint], width: int) -> tuple[KeyHint, ...]:
    """The hints that fit in `width` cells: pinned ones first, then from the front."""
    room = width - 1
    chosen: set[int] = set()
    ranked = sorted(range(len(hints)), key=lambda index: (not hints[index].pinned, index))
    for index in ranked:
        need = hints[index].width + (GAP if chosen else 0)
        if need > room:
            break
        chosen.add(index)
        room -= need
    return tuple(hint for index, hint in enumerate(hints) if index in chosen)


class KeyBar(Inked):
    """Shows key hints; a click on one presses it."""

    class Pressed(Message):
        """A hint was clicked; `key` is Textual's name of the key."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hints: tuple[KeyHint, ...] = ()

    def show(self, hints: Sequence[KeyHint]) -> None:
        """Show other keys; equal ones cost nothing."""
        if tuple(hints) != self._hints:
            self._hints = tuple(hints)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        if y:
            return self.strip([], width)
        segments = [Segment(" ", self.ink("plain"))]
        for number, hint in enumerate(fitting(self._hints, width)):
            if number:
                segments.append(Segment(" " * GAP, self.ink("plain")))
            segments.append(Segment(hint.label, self.ink("line--key")))
            segments.append(Segment(" " + line(hint.words), self.ink("muted")))
        return self.strip(segments, width)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        left = 1
        for hint in fitting(self._hints, self.content_size.width):
            if offset is not None and left <= offset.x < left + hint.width:
                event.stop()
                self.post_message(self.Pressed(hint.key.split(",")[0]))
                return
            left += hint.width + GAP
