"""One line of text, asked for in the middle of the screen."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from tui.ui.dialog import Dialog, Title, Words
from tui.ui.text import line


class LineScreen(Dialog[str]):
    """Answers what was typed, or nothing when left."""

    def __init__(self, title: str, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Title(self._title)
            yield Input(line(self._value), compact=True, select_on_focus=False)
            if self._hint:
                yield Words((self._hint, "muted"))

    def on_mount(self) -> None:
        field = self.query_one(Input)
        field.cursor_blink = False
        field.focus()

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)
