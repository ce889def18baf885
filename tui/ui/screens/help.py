"""What can be done here: every key of the screen, searched by what it does, pressed by Enter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from tui.ui.dialog import Dialog, Title, Words
from tui.ui.key_names import key_label
from tui.ui.questions import HelpGroup, MenuItem
from tui.ui.widgets.choice_box import ChoiceBox
from tui.ui.widgets.choices import Choices


def help_items(groups: Sequence[HelpGroup]) -> Iterable[MenuItem]:
    """The keys as items of a list; each answers with the first of its keys."""
    for number, group in enumerate(groups):
        for place, (key, words) in enumerate(group.keys):
            shown = " ".join(key_label(part) for part in key.split(","))
            yield MenuItem(f"{number}.{place}", shown, words, group.title)


class HelpScreen(Dialog[str]):
    """Answers the key to press, in Textual's naming, or nothing."""

    def __init__(self, title: str, groups: Sequence[HelpGroup], note: str = "") -> None:
        super().__init__()
        self._title = title
        self._groups = tuple(groups)
        self._note = note

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall"):
            yield Title(self._title)
            if self._note:
                yield Words((self._note, "muted"))
            yield ChoiceBox(tuple(help_items(self._groups)), keys_first=True)

    @on(Choices.Chosen)
    def _choose(self, event: Choices.Chosen) -> None:
        number, place = map(int, event.item.key.split("."))
        self.dismiss(self._groups[number].keys[place][0].split(",")[0])
