"""A field with the list that it searches: what menus and the help are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from tui.ui.questions import MenuItem
from tui.ui.widgets.choices import Choices

PAGE = 8


class ChoiceField(Input):
    """Types into the search while the arrows move in the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,ctrl+p", "choice_step(-1)", show=False),
        Binding("down,ctrl+n,tab", "choice_step(1)", show=False),
        Binding("pageup", f"choice_step(-{PAGE})", show=False),
        Binding("pagedown", f"choice_step({PAGE})", show=False),
    ]

    class Stepped(Message):
        """The cursor of the list shall move."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def action_choice_step(self, by: int) -> None:
        self.post_message(self.Stepped(by))


class ChoiceBox(Vertical):
    """Posts `Choices.Chosen`, whether by Enter or by a click; Escape is the screen's."""

    field = getters.query_one(ChoiceField)
    choices = getters.query_one(Choices)

    def __init__(self, items: Sequence[MenuItem], *, keys_first: bool = False) -> None:
        super().__init__()
        self._items = tuple(items)
        self._keys_first = keys_first

    def compose(self) -> ComposeResult:
        yield ChoiceField(compact=True, placeholder="type to search")
        yield Choices(self._items, keys_first=self._keys_first)

    def on_mount(self) -> None:
        self.field.cursor_blink = False
        self.field.focus()

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        event.stop()
        self.choices.search(event.value.strip())

    @on(ChoiceField.Stepped)
    def _step(self, event: ChoiceField.Stepped) -> None:
        event.stop()
        self.choices.step(event.by)

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        item = self.choices.taken
        if item is not None:
            # Posted from here: what a child posts in its parent's turn ends at the parent.
            self.post_message(Choices.Chosen(item))
