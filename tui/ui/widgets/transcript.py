"""The transcript of a chat: a cursor that goes by messages, copying, and looking for words."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.core.formats import counted
from tui.store.chat_turns import Role
from tui.ui.navigation import CopyText
from tui.ui.widgets.transcript_lines import TurnLines

_NAMES = {
    Role.USER: "Your message",
    Role.ASSISTANT: "The reply",
    Role.TOOL: "The tool's result",
    Role.SYSTEM: "The instructions",
    Role.DEVELOPER: "The instructions",
    Role.OTHER: "The message",
}


class Transcript(TurnLines):
    """Turns to read: by message, by page, by words."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "message", show=False),
        Binding("down,j", "step(1)", "message", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "page down", show=False),
        Binding("home,g", "home", "top", show=False),
        Binding("end,G", "end", "end", show=False),
        Binding("space", "open", "open", show=False),
        Binding("slash", "ask_search", "search", key_display="/", show=False),
        Binding("n", "find(1)", "next match", show=False),
        Binding("N", "find(-1)", "previous match", show=False),
    ]

    class SearchAsked(Message):
        """The person wants to look for words; the page has the prompt, and calls `search`."""

    # Moving and copying.

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        index = self.index_at(offset.y) if offset is not None else None
        if index is not None and self._window.turns:
            self._cursor = self._window.place_at(index)
            self.refresh()

    def action_step(self, by: int) -> None:
        """The next message; within a message longer than the window first its other lines."""
        window, turns = self._window, self._window.turns
        if not turns:
            return
        place = self._place
        start, stop = window.start_of(place), window.start_of(place) + window.height_of(place)
        if by > 0 and start < self._top + self.page < stop - 1:
            self.scroll_lines(max(1, self.page - 2))
        elif by < 0 and start < self._top < stop:
            self.scroll_lines(-max(1, min(self.page - 2, self._top - start)))
        else:
            self._move_to(max(0, min(place + by, len(turns) - 1)))
        self.refresh()

    def _move_to(self, place: int) -> None:
        window = self._window
        self._cursor = place
        window.layout(place)
        start, height = window.start_of(place), window.height_of(place)
        if start < self._top or height >= self.page:
            self.scroll_to_top(start)
        elif start + height > self._top + self.page:
            self.scroll_to_top(start + height - self.page)

    def action_page(self, by: int) -> None:
        self.scroll_lines(by * max(1, self.page - 2))

    def action_home(self) -> None:
        self._cursor = 0 if self._window.turns else None
        self.scroll_to_top(0)
        self.refresh()

    def action_end(self) -> None:
        self._cursor = len(self._window.turns) - 1 if self._window.turns else None
        self.scroll_to_top(self.line_count)
        self.refresh()

    def action_open(self) -> None:
        """Open or fold what is long in the message under the cursor."""
        if self._window.turns and self._window.toggle(self._place):
            self._settle()
            self.refresh()

    # Finding.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`n` and `N` are the page's until something is looked for."""
        if action == "find" and not self._search.words:
            return False
        return super().check_action(action, parameters)

    def action_ask_search(self) -> None:
        self.post_message(self.SearchAsked())

    def search(self, words: str) -> bool:
        """Look for words from the top of what is in sight; whether they are there at all."""
        self._search.start(words)
        self.refresh()
        if not self._window.turns:
            return False
        place = self._window.place_at(self._top)
        return self._found((place, self._top - self._window.start_of(place) - 1), 1)

    def action_find(self, by: int) -> None:
        """The next place where the words stand, or the one before."""
        self._found(self._search.at or (self._place, 0), by)

    def _found(self, begin: tuple[int, int], by: int) -> bool:
        if not self._search.find(self._window, begin, by) or self._search.at is None:
            return False
        place, within = self._search.at
        self._cursor = place
        line = self._window.start_of(place) + within
        if not self._top <= line < self._top + self.page:
            self.scroll_to_top(line - self.page // 3)
        self.refresh()
        return True

    def copy_message(self) -> None:
        turn = self.current
        if turn is not None:
            calls = "\n".join(f"{call.name}({call.arguments})" for call in turn.calls)
            text = turn.text or turn.refusal or calls
            self.post_message(CopyText(text, _NAMES[turn.role]))

    def copy_code(self) -> None:
        """A block of code of the message under the cursor; pressed again, the next one."""
        if not self._window.turns:
            return
        place = self._place
        codes = self._window.layout(place).codes
        if not codes:
            self.app.notify("This message has no code", markup=False)
            return
        last, at = self._codes_copied
        at = (at + 1) % len(codes) if last == place else 0
        self._codes_copied = (place, at)
        which = f"Code ({codes[at].language})" if codes[at].language else "Code"
        if len(codes) > 1:
            which = f"{which}, {at + 1} of {counted(len(codes), 'block')},"
        self.post_message(CopyText(codes[at].text, which))
