"""What all dialogs share: one ground over the dimmed page, a title, words, and an answer."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.strip import Strip

from tui.ui.text import fold, line
from tui.ui.widgets.key_bar import KeyBar
from tui.ui.widgets.lines import Inked

Answer = TypeVar("Answer")

Said = tuple[str, str]
"""A text and its tone."""


class Words(Inked):
    """Texts in tones, wrapped; as high as they need."""

    def __init__(self, *texts: Said, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts

    def say(self, *texts: Said) -> None:
        """Say something else; equal words cost nothing."""
        if texts != self._texts:
            width = self.content_size.width
            before = len(self._lines(width))
            self._texts = texts
            self.refresh(layout=len(self._lines(width)) != before)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        lines = self._lines(width)
        if y >= len(lines):
            return self.strip([], width)
        text, tone = lines[y]
        return self.strip([Segment(text, self.ink(tone))], width)

    def _lines(self, width: int) -> list[Said]:
        return [
            (part, tone)
            for text, tone in self._texts
            for part in (fold(text, width) if text else [""])
        ]


class Title(Words):
    """The question or the name of a dialog, on one or more lines."""

    def __init__(self, text: str) -> None:
        super().__init__((line(text), "strong"))


class Dialog(ModalScreen[Answer]):
    """A modal screen; Escape leaves it without an answer."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave", show=False)]

    def action_leave(self) -> None:
        self.dismiss(None)

    def on_key_bar_pressed(self, event: KeyBar.Pressed) -> None:
        """A click on a key hint of a dialog is a press of its key."""
        event.stop()
        self.app.simulate_key(event.key)
