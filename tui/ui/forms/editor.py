"""A long text in a window of its own: running text, or JSON."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import TextArea

from tui.core.safe_text import clean_block
from tui.ui.dialog import Dialog, Title, Words


class EditorScreen(Dialog[str]):
    """Answers the text when it is kept, nothing when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "keep", show=False, priority=True),
    ]

    def __init__(self, title: str, text: str, hint: str = "") -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -wide -editor"):
            yield Title(self._title)
            yield TextArea(
                clean_block(self._text), compact=True, soft_wrap=True, highlight_cursor_line=False
            )
            hint = f"{self._hint}  " if self._hint else ""
            yield Words((f"{hint}^s keep   esc leave", "muted"))

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.cursor_blink = False
        area.focus()

    def action_keep(self) -> None:
        self.dismiss(self.query_one(TextArea).text)
