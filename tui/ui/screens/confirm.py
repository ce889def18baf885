"""Asks before something is done that cannot be undone.

Enter alone never does it, nor does the key that asked, nor its repetition, nor anything that was
typed before the question could be read, nor a paste.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input

from tui.ui.dialog import Dialog, Title, Words
from tui.ui.questions import ConfirmView
from tui.ui.text import cells, line
from tui.ui.widgets.lines import Inked

YES_KEYS = ("y", "o", "f8")
"""The first that is not the key that asked."""
GAP = 3


def yes_key(trigger: str) -> str:
    """The key that says yes: never the one that brought the question up."""
    asked = {part.lower() for part in trigger.replace("+", ",").split(",")}
    return next(key for key in YES_KEYS if key not in asked)


class Buttons(Inked, can_focus=True):
    """Cancel and do, side by side; Cancel is chosen until the person goes to the other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,right,tab,shift+tab,h,l", "switch", show=False),
        Binding("enter", "press", show=False),
    ]

    class Pressed(Message):
        """A button was pressed; `yes`: the one that does it."""

        def __init__(self, yes: bool) -> None:
            super().__init__()
            self.yes = yes

    def __init__(self, verb: str, key: str, *, dangerous: bool) -> None:
        super().__init__()
        self._labels = ("Cancel", line(verb))
        self._key = key
        self._tone = "bad" if dangerous else "accent"
        self._yes = False

    def action_switch(self) -> None:
        self._yes = not self._yes
        self.refresh()

    def action_press(self) -> None:
        self.post_message(self.Pressed(self._yes))

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        if y:
            return self.strip([], width)
        segments: list[Segment] = []
        for yes, text in enumerate(self._texts()):
            chosen = self.has_focus and bool(yes) == self._yes
            style = self.ink(self._tone if yes else "plain") + Style(bold=chosen)
            segments.append(Segment("▌" if chosen else " ", style))
            segments.append(Segment(text, style + Style(reverse=chosen)))
            segments.append(Segment(" " * GAP, self.ink("plain")))
        return self.strip(segments, width)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        left = 0
        for yes, text in enumerate(self._texts()):
            if offset is not None and left <= offset.x <= left + cells(text):
                event.stop()
                self.post_message(self.Pressed(bool(yes)))
                return
            left += cells(text) + 1 + GAP

    def _texts(self) -> tuple[str, str]:
        cancel, do = self._labels
        return f" {cancel}  esc ", f" {do}  {self._key or '⏎'} "


class TypedField(Input):
    """Where the name is typed: a paste is refused, since it takes no thought."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+v", "refuse", show=False)]

    def action_refuse(self) -> None:
        """Nothing is pasted."""

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()


class ConfirmScreen(Dialog[bool]):
    """Answers whether the person said yes."""

    def __init__(self, view: ConfirmView) -> None:
        super().__init__()
        self._view = view
        self._ready = False
        self._key = "" if view.typed else yes_key(view.trigger)

    def compose(self) -> ComposeResult:
        view = self._view
        with Vertical(classes="dialog"):
            yield Title(view.title)
            if view.effects:
                yield Words(("", "plain"), *((effect, "plain") for effect in view.effects))
            if view.typed:
                asked = f"Type {view.typed_what} to go on: "
                yield Words(("", "plain"), (asked + line(view.typed), "warn"))
                yield TypedField(compact=True, select_on_focus=False)
                yield Words(id="remark")
            yield Words(("", "plain"))
            yield Buttons(view.verb, self._key, dangerous=view.dangerous)

    def on_mount(self) -> None:
        if self._view.typed:
            field = self.query_one(TypedField)
            field.cursor_blink = False
            field.focus()
        else:
            self.query_one(Buttons).focus()
        self.call_after_refresh(self._arm)

    def _arm(self) -> None:
        self._ready = True

    def on_key(self, event: events.Key) -> None:
        if self._key and event.key == self._key:
            event.stop()
            self._answer(True)
        elif not self._view.typed and event.key == "n":
            event.stop()
            self._answer(False)

    def action_leave(self) -> None:
        self.dismiss(False)

    @on(Buttons.Pressed)
    def _press(self, event: Buttons.Pressed) -> None:
        self._answer(event.yes)

    @on(Input.Submitted)
    def _submit(self) -> None:
        self._answer(True)

    def _answer(self, yes: bool) -> None:
        if not yes:
            self.dismiss(False)
        elif self._ready and self._matches():
            self.dismiss(True)

    def _matches(self) -> bool:
        typed = self._view.typed
        if not typed or self.query_one(TypedField).value == typed:
            return True
        self.query_one("#remark", Words).say(("That is not it.", "bad"))
        return False
