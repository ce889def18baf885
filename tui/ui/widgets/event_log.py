"""The events of a job: newest at the end, followed until one scrolls up, older ones read behind."""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tui.core.formats import clock_time
from tui.store.tuning_events import TuningEvent
from tui.ui.text import cells, cut, line
from tui.ui.widgets.reader import Reader

TIME_WIDTH = 10
NEAR = 20
"""Lines before the oldest one from which older ones are wanted."""
FOLLOWING, HELD = "follow ●", "end follows again"


class EventLog(Reader):
    """Shows a job's events, oldest first, under a hairline with their title."""

    HEAD = 1

    class NearStart(Message):
        """The oldest known event is near: older ones are wanted."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._events: tuple[TuningEvent, ...] = ()
        self._following = True
        self._filling = False

    @property
    def following(self) -> bool:
        """Whether the newest event stays in sight."""
        return self._following

    def show(self, events: tuple[TuningEvent, ...], *, filling: bool = False) -> None:
        """Show the events; the same cost nothing. What is being read stays in its place when
        older events come in before it."""
        if filling != self._filling:
            self._filling = filling
            self._refresh_head()
        if events is self._events:
            return
        before, top = self._events, self._top
        self._events = events
        if self._following:
            self._top = max(0, len(events) - self.page)
        elif before:
            held = before[min(top, len(before) - 1)].id
            at = next((i for i, event in enumerate(events) if event.id == held), top)
            self._top = max(0, min(at, len(events) - self.page))
        if before[top : top + self.page] != events[self._top : self._top + self.page]:
            self.refresh()
        elif before and len(before) != len(events):
            self.refresh(Region(self.text_width, self.HEAD, 1, self.page))
        self._ask()

    @property
    def line_count(self) -> int:
        return len(self._events)

    def line_text(self, index: int) -> str:
        return self._events[index].message

    def draw_text(self, index: int, width: int) -> list[Segment]:
        event = self._events[index]
        time = f" {clock_time(event.at):<{TIME_WIDTH - 1}}"
        room = max(0, width - TIME_WIDTH)
        tone = "plain" if event.step is not None else "strong"
        ink = tone if event.tone == "plain" else event.tone
        sign = {"warn": "▲ ", "bad": "✕ "}.get(event.tone, "")
        return [
            Segment(time, self.ink("muted")),
            Segment(cut(line(sign + event.message), room), self.ink(ink)),
        ]

    def draw_head(self, y: int, width: int) -> list[Segment]:
        title = "▌events " if self.has_focus else "─events "
        edge = "line--cursor" if self.has_focus else "line--hair"
        state = FOLLOWING if self._following else HELD
        if self._filling:
            state = f"reading older … {state}"
        tail = f" {state} "
        room = max(0, width - cells(title) - cells(tail))
        return [
            Segment(title[:1], self.ink(edge)),
            Segment(title[1:], self.ink("strong" if self.has_focus else "muted")),
            Segment("─" * room, self.ink("line--hair")),
            Segment(tail, self.ink("good" if self._following else "muted")),
        ]

    def render_line(self, y: int) -> Strip:
        if y == self.HEAD and not self._events:
            return self.strip([Segment("  no events yet", self.ink("muted"))], self.text_width + 1)
        return super().render_line(y)

    def scroll_to_top(self, index: int) -> None:
        """Scrolling up stops following; reaching the end begins it again."""
        at_end = index >= len(self._events) - self.page
        if at_end != self._following:
            self._following = at_end
            self._refresh_head()
        super().scroll_to_top(index)
        self._ask()

    def scrolled(self) -> None:
        if self._following:
            self._top = max(0, len(self._events) - self.page)

    def _refresh_head(self) -> None:
        self.refresh(Region(0, 0, self.content_size.width, self.HEAD))

    def _ask(self) -> None:
        if self._events and not self._following and self._top < NEAR:
            self.post_message(self.NearStart())
