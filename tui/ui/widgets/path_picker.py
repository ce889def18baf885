"""A path to type: completion by `tab`, and the folder's names below to choose from.

It reads no disk: it asks by `Wanted`, and the screen answers with `offer`.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events, getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from tui.catalog.descriptor import Align
from tui.core.formats import byte_size
from tui.store.local_paths import PathEntry, PathOffer
from tui.ui.text import cut_middle, line, pad
from tui.ui.widgets.row_list import RowList

SIZE = 9


class PathField(Input):
    """The field: it leaves `tab` and the arrows to the picker, and never blinks."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "go on"),
        Binding("tab", "pick_complete", "complete"),
        Binding("down", "pick_step(1)", show=False),
        Binding("up", "pick_step(-1)", show=False),
    ]

    class Asked(Message):
        """A key for the picker: complete, or a step in the list."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def on_mount(self) -> None:
        self.cursor_blink = False

    def action_pick_complete(self) -> None:
        self.post_message(self.Asked(0))

    def action_pick_step(self, by: int) -> None:
        self.post_message(self.Asked(by))


class PathOffers(RowList, can_focus=False):
    """The names that fit what is typed."""

    def __init__(self) -> None:
        super().__init__()
        self._offer = PathOffer("")
        self.active = False
        """The cursor was moved into the list."""

    def show(self, offer: PathOffer) -> None:
        if offer != self._offer:
            self._offer = offer
            self.active = False
            self._cursor = self._top = 0
            self.refresh()

    @property
    def entry(self) -> PathEntry | None:
        """The name under the cursor, once it was moved here."""
        return self._offer.entries[self._cursor] if self.active and self.line_count else None

    @property
    def line_count(self) -> int:
        return len(self._offer.entries)

    def move(self, by: int) -> None:
        """A step down enters the list, a step up from its first row leaves it."""
        if not self.line_count:
            return
        if not self.active:
            if by > 0:
                self.active = True
                self.refresh_index(self._cursor)
        elif self._cursor + by < 0:
            self.active = False
            self.refresh_index(self._cursor)
        else:
            self.place(self._cursor + by)

    def draw(self, index: int, width: int) -> list[Segment]:
        entry = self._offer.entries[index]
        here = self.active and index == self._cursor
        name = line(entry.name) + ("/" if entry.folder else "")
        room = max(4, min(60, width - SIZE - 4))
        size = "" if entry.folder else byte_size(entry.size)
        tone = "strong" if here else "accent" if entry.folder else "plain"
        return [
            Segment("▌ " if here else "  ", self.ink("line--cursor")),
            Segment(pad(cut_middle(name, room), room), self.ink(tone)),
            Segment(pad(size, SIZE, Align.RIGHT), self.ink("muted")),
        ]

    def on_click(self, event: events.Click) -> None:
        self.active = True


class PathPicker(Vertical):
    """A field and the folder below it."""

    class Wanted(Message):
        """What may follow this text is wanted."""

        def __init__(self, picker: PathPicker, text: str) -> None:
            super().__init__()
            self.picker = picker
            self.text = text

    class Submitted(Message):
        """Enter on a text that names something."""

        def __init__(self, picker: PathPicker, text: str) -> None:
            super().__init__()
            self.picker = picker
            self.text = text

    field = getters.query_one(PathField)
    offers = getters.query_one(PathOffers)

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._placeholder = placeholder
        self._offer = PathOffer("")

    def compose(self) -> ComposeResult:
        yield PathField(placeholder=self._placeholder, compact=True, select_on_focus=False)
        yield PathOffers()

    def on_mount(self) -> None:
        self.post_message(self.Wanted(self, self.text))

    @property
    def text(self) -> str:
        return self.field.value

    def type(self, text: str) -> None:
        """Put a text into the field, the cursor at its end."""
        self.field.value = text
        self.field.cursor_position = len(text)

    def offer(self, offer: PathOffer) -> None:
        """What the disk has for a text; an answer to an older text is passed over."""
        if offer.text == self.text:
            self._offer = offer
            self.offers.show(offer)

    @property
    def _chosen(self) -> PathEntry | None:
        """The name under the cursor; none while the list belongs to what was typed before."""
        return self.offers.entry if self._offer.text == self.text else None

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        message.stop()
        self.post_message(self.Wanted(self, message.value))

    @on(PathField.Asked)
    def _asked(self, message: PathField.Asked) -> None:
        message.stop()
        if message.by:
            self.offers.move(message.by)
        elif (entry := self._chosen) is not None:
            self.type(self._offer.take(entry))
        elif self._offer.text == self.text:
            self.type(self._offer.completed)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        entry = self._chosen
        if entry is None:
            self.post_message(self.Submitted(self, self.text))
            return
        text = self._offer.take(entry)
        self.type(text)
        if not entry.folder:
            self.post_message(self.Submitted(self, text))

    @on(RowList.Opened)
    def _clicked(self, message: RowList.Opened) -> None:
        message.stop()
        if (entry := self._chosen) is not None:
            self.type(self._offer.take(entry))
            self.field.focus()

    @on(RowList.Moved)
    def _moved(self, message: RowList.Moved) -> None:
        message.stop()
