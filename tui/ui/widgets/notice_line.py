"""A line that tells one thing for a while; a failure stays until something else is told."""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from tui.catalog.descriptor import Tone
from tui.store.views import Notice
from tui.ui.text import cells, cut, line
from tui.ui.widgets.lines import Inked

SECONDS = 6.0
_SIGNS = {Tone.GOOD: "✓", Tone.WARN: "▲", Tone.BAD: "✕", Tone.BUSY: "◌"}


class NoticeLine(Inked):
    """One line that takes no room while there is nothing to tell."""

    class Clicked(Message):
        """The person wants to know more about a notice."""

        def __init__(self, notice: Notice) -> None:
            super().__init__()
            self.notice = notice

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._notice: Notice | None = None
        self._timer: Timer | None = None
        self.display = False

    @property
    def notice(self) -> Notice | None:
        return self._notice

    def show(self, notice: Notice | None, seconds: float | None = SECONDS) -> None:
        """Tell something for some seconds; failures, and `None`, stay until the next."""
        if notice == self._notice:
            return
        self._notice = notice
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.display = notice is not None
        self.refresh()
        if notice is not None and notice.problem is None and seconds is not None:
            self._timer = self.set_timer(seconds, self.clear)

    def clear(self) -> None:
        """Tell nothing."""
        self.show(None)

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        notice = self._notice
        if y or notice is None:
            return self.strip([], width)
        sign = _SIGNS.get(notice.tone, "●")
        problem = notice.problem
        said = line(notice.text)
        request = ""
        if problem is not None:
            said += f": {line(problem.detail)}" if problem.detail else ""
            said += f"  {line(problem.hint)}" if problem.hint else ""
            request = f"  {line(problem.request_id)}" if problem.request_id else ""
        room = width - 4 - cells(request)
        return self.strip(
            [
                Segment(f" {sign} ", self.ink(notice.tone)),
                Segment(cut(said, room), self.ink("strong" if problem is None else notice.tone)),
                Segment(request, self.ink("muted")),
            ],
            width,
        )

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if self._notice is not None:
            self.post_message(self.Clicked(self._notice))
