"""Where a person writes: Enter sends, ctrl+j makes a line, up brings back what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from tui.core.safe_text import clean, harmless

TALLEST = 6
"""Lines that it grows to; more are scrolled."""


class Composer(TextArea):
    """A plain text field of one to six lines."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "send", key_display="⏎"),
        Binding("ctrl+j,shift+enter,alt+enter", "new_line", "line", key_display="^j"),
        Binding("up", "earlier", "earlier", show=False),
        Binding("down", "later", "later", show=False),
        Binding("escape", "leave", "messages", key_display="esc"),
    ]

    class Sent(Message):
        """The person pressed Enter; the text is as it was written."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Written(Message):
        """What is written changed: a draft to keep."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The person pressed Escape."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            id=id,
            language=None,
            soft_wrap=True,
            show_line_numbers=False,
            tab_behavior="focus",
            highlight_cursor_line=False,
            compact=True,
        )
        self.cursor_blink = False
        self._history: tuple[str, ...] = ()
        self._at: int | None = None
        """Which past text is shown; `None`: the person's own."""
        self._own = ""

    def show_history(self, history: Sequence[str]) -> None:
        """What was sent before, oldest first."""
        self._history = tuple(history)
        self._at = None

    def show_text(self, text: str) -> None:
        """Put a text in, with the cursor at its end; an equal one changes nothing."""
        if text != self.text:
            self.text = text
            self.move_cursor(self.document.end)
        self._at = None

    def get_line(self, line_index: int) -> Text:
        """A line to draw; what could steer a terminal is drawn as a picture of itself."""
        line = self.document.get_line(line_index)
        if not harmless(line):
            line = "".join(
                character
                if character == "\t"
                else (clean(character) or "\N{REPLACEMENT CHARACTER}")
                for character in line
            )
        return Text(line, end="", no_wrap=True)

    def action_send(self) -> None:
        self._at = None
        self.post_message(self.Sent(self.text))

    def action_new_line(self) -> None:
        self.insert("\n")

    def action_leave(self) -> None:
        self.post_message(self.Left())

    def action_earlier(self) -> None:
        """In the first line the text that was sent before, else one line up."""
        if (
            self.cursor_location[0] == 0
            and self._history
            and (self._at is not None or not self.text)
        ):
            if self._at is None:
                self._own = self.text
                self._recall(len(self._history) - 1)
            elif self._at > 0:
                self._recall(self._at - 1)
        else:
            self.action_cursor_up()

    def action_later(self) -> None:
        last = self.document.line_count - 1
        if self._at is None or self.cursor_location[0] != last:
            self.action_cursor_down()
        elif self._at + 1 < len(self._history):
            self._recall(self._at + 1)
        else:
            own, self._own = self._own, ""
            self.show_text(own)

    def _recall(self, at: int) -> None:
        self.show_text(self._history[at])
        self.move_cursor((0, 0) if "\n" in self._history[at] else self.document.end)
        self._at = at

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            # The field's own Enter would put in a line; the binding sends.
            event.prevent_default()

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._fit()
        self.post_message(self.Written(self.text))

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        """As tall as what is written, within the limits."""
        height = max(1, min(TALLEST, self.wrapped_document.height))
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height
