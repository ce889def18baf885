"""One of several: orders, filters, pickers, the palette."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from tui.ui.dialog import Dialog, Title
from tui.ui.questions import MenuItem
from tui.ui.widgets.choice_box import ChoiceBox
from tui.ui.widgets.choices import Choices


class MenuScreen(Dialog[str]):
    """Answers the key of the chosen item, or nothing."""

    def __init__(self, title: str, items: Sequence[MenuItem]) -> None:
        super().__init__()
        self._title = title
        self._items = tuple(items)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Title(self._title)
            yield ChoiceBox(self._items)

    @on(Choices.Chosen)
    def _choose(self, event: Choices.Chosen) -> None:
        self.dismiss(event.item.key)
