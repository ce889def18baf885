"""The sections of the program at the left: groups of entries, one of them chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.ui.text import cells, cut, line
from tui.ui.widgets.lines import Lines

_BOLD = Style(bold=True)


@dataclass(frozen=True, slots=True)
class Entry:
    """One place to go."""

    key: str
    title: str
    group: str = ""
    note: str = ""
    """A few cells at the right, such as a count."""
    dimmed: bool = False
    """Not on this server, or at the end of its life."""


class Sidebar(Lines):
    """A list of places; Enter or a click goes there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "next", show=False),
        Binding("up,k", "step(-1)", "previous", show=False),
        Binding("home,g", "edge(False)", "first", show=False),
        Binding("end,G", "edge(True)", "last", show=False),
        Binding("enter,right,l", "choose", "go there", show=False),
    ]

    class Chosen(Message):
        """A place was chosen; `key` is its entry's."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries: tuple[Entry, ...] = ()
        self._chosen: str | None = None
        self._lines: list[Entry | str] = []
        self._cursor = 0

    def show(self, entries: Sequence[Entry], chosen: str | None = None) -> None:
        """Show places, of which `chosen` is the present one; equal ones cost nothing."""
        if (tuple(entries), chosen) == (self._entries, self._chosen):
            return
        held = self._held()
        moved = chosen != self._chosen
        self._entries, self._chosen = tuple(entries), chosen
        self._lines = []
        group = ""
        for entry in entries:
            if entry.group != group:
                group = entry.group
                if self._lines:
                    self._lines.append("")
                if group:
                    self._lines.append(group)
            self._lines.append(entry)
        at = self._index(chosen if moved else held.key if held is not None else None)
        self._cursor = at if at is not None else self._next(-1, 1)
        self.scroll_to_top(self.top)
        self.reveal(self._cursor)
        self.refresh()

    @property
    def cursor_key(self) -> str | None:
        """Key of the entry under the cursor."""
        held = self._held()
        return held.key if held is not None else None

    @property
    def line_count(self) -> int:
        return len(self._lines)

    def _thumb(self) -> tuple[int, int]:
        """None without the focus: it would stand between the places and what they show."""
        return super()._thumb() if self.has_focus else (0, 0)

    def draw(self, index: int, width: int) -> list[Segment]:
        entry = self._lines[index]
        if isinstance(entry, str):
            return [Segment("  " + cut(line(entry), width - 2), self.ink("muted"))]
        here = index == self._cursor and self.has_focus
        chosen = entry.key == self._chosen
        mark = "▌" if here or chosen else " "
        edge = self.ink("line--cursor" if here else "line--cursor-away")
        tone = "strong" if chosen or here else "muted" if entry.dimmed else "plain"
        style = self.ink(tone) + (_BOLD if chosen or here else Style())
        note = line(entry.note)
        room = max(1, width - 3 - (cells(note) + 1 if note else 0))
        title = cut(line(entry.title), room)
        gap = " " * max(0, width - 3 - cells(title) - cells(note))
        return [
            Segment(f"{mark} ", edge),
            Segment(title, style),
            Segment(gap + note, self.ink("muted")),
        ]

    def action_step(self, by: int) -> None:
        self._place(self._next(self._cursor, by))

    def action_edge(self, last: bool) -> None:
        self._place(self._next(len(self._lines), -1) if last else self._next(-1, 1))

    def action_choose(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.Chosen(self.cursor_key))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        index = self.index_at(offset.y) if offset is not None else None
        if index is not None and isinstance(self._lines[index], Entry):
            event.stop()
            self._place(index)
            self.action_choose()

    def _held(self) -> Entry | None:
        if self._cursor < len(self._lines):
            entry = self._lines[self._cursor]
            return entry if isinstance(entry, Entry) else None
        return None

    def _index(self, key: str | None) -> int | None:
        for index, entry in enumerate(self._lines):
            if isinstance(entry, Entry) and entry.key == key:
                return index
        return None

    def _next(self, index: int, by: int) -> int:
        """The next entry in a direction, over groups; stays where there is none."""
        at = index + by
        while 0 <= at < len(self._lines):
            if isinstance(self._lines[at], Entry):
                return at
            at += by
        return max(0, min(index, len(self._lines) - 1))

    def _place(self, index: int) -> None:
        old, self._cursor = self._cursor, index
        if not self.reveal(index):
            self.refresh_index(old, index)
        if index == self._next(-1, 1):
            self.scroll_to_top(0)
