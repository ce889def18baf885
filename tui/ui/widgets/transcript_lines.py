"""The turns of a chat on the line API: laid out where they are seen, followed while they grow."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from tui.store.chat_turns import Role, TurnView
from tui.ui.text import cells
from tui.ui.widgets.lines import THUMB, Lines
from tui.ui.widgets.search import highlight
from tui.ui.widgets.transcript_search import TurnSearch
from tui.ui.widgets.transcript_text import Line, Look, between
from tui.ui.widgets.transcript_window import TurnWindow

FRAME = 1 / 30
"""Seconds between two drawings of what streams."""
GUTTER = 10
"""Cells at the left: the cursor's mark and who speaks."""
WIDEST = 110
"""Cells of text; longer lines are hard to read."""
_ROLE_TONES = {Role.USER: "accent", Role.ASSISTANT: "strong", Role.TOOL: "busy"}
_MOST_LAYINGS = 8
"""Times that a window is laid out until its heights hold."""


class TurnLines(Lines):
    """Shows turns. It follows the end until the person scrolls up, and again from the end on."""

    ALLOW_SELECT = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {"transcript--inline", "transcript--code"}

    class FollowChanged(Message):
        """It began or stopped to follow the end."""

        def __init__(self, following: bool) -> None:
            super().__init__()
            self.following = following

    class NearEnd(Message):
        """The last loaded turn came in sight: whoever pages may load more."""

    class NearStart(Message):
        """The first loaded turn came in sight: there may be earlier ones."""

    def __init__(self, *, follow: bool = True, id: str | None = None) -> None:
        super().__init__(id=id)
        self._window = TurnWindow()
        self._following = follow
        self._follows = follow
        """Whether it follows at all: a stored transcript is read from its beginning."""
        self._cursor: int | None = None
        self._codes_copied = (-1, 0)
        self._drawn_at = 0.0
        self._waiting: tuple[TurnView, ...] | None = None
        self._timer: Timer | None = None
        self._looks: dict[Look, Style] = {}
        self._search = TurnSearch()

    # What it shows.

    def show(self, turns: Sequence[TurnView]) -> None:
        """Show these turns, at most thirty times a second; the last ones always."""
        self._waiting = tuple(turns)
        if self._timer is not None:
            return
        rest = FRAME - (monotonic() - self._drawn_at)
        if rest <= 0 or not self.is_attached:
            self._draw_waiting()
        else:
            self._timer = self.set_timer(rest, self._draw_waiting)

    def _draw_waiting(self) -> None:
        self._timer = None
        turns, self._waiting = self._waiting, None
        if turns is None:
            return
        self._drawn_at = monotonic()
        count, thumb, place = self.line_count, self._thumb(), self._place
        anchor = self._anchor(turns)
        first = self._window.show(turns)
        if first is None:
            return
        if anchor is not None:
            self._return_to(*anchor)
        if self._cursor is not None and self._cursor >= len(turns):
            self._cursor = len(turns) - 1 if turns else None
        top = self._top
        self._settle()
        if self._top != top or self.line_count < count or self._place != place:
            self.refresh()
        else:
            self._refresh_from(first, thumb)

    def _anchor(self, turns: Sequence[TurnView]) -> tuple[str, int, str] | None:
        """What is in sight, when other turns are put before it: a turn, a line of it, and the
        turn under the cursor."""
        shown = self._window.turns
        if not shown or not turns or shown[0].id == turns[0].id:
            return None
        place = self._window.place_at(self._top)
        held = shown[self._cursor].id if self._cursor is not None else ""
        return shown[place].id, self._top - self._window.start_of(place), held

    def _return_to(self, id: str, within: int, held: str) -> None:
        """Bring back in sight what was, wherever it stands now."""
        places = {turn.id: place for place, turn in enumerate(self._window.turns)}
        if id in places:
            self._top = self._window.start_of(places[id]) + within
        if self._cursor is not None:
            self._cursor = places.get(held)

    def _refresh_from(self, first: int, thumb: tuple[int, int]) -> None:
        """Draw again what is in sight from a line on, and the thumb if it moved."""
        row = max(0, first - self._top)
        size = self.content_size
        if row < size.height:
            self.refresh(Region(0, row, size.width, size.height - row))
            if row and size.width and self._thumb() != thumb:
                self.refresh(Region(size.width - 1, 0, 1, row))

    def notify_style_update(self) -> None:
        self._looks = {}
        super().notify_style_update()

    @property
    def following(self) -> bool:
        """Whether new lines scroll into sight by themselves."""
        return self._following

    @property
    def lines_below(self) -> int:
        """How many lines are below what is in sight."""
        return max(0, self.line_count - self._top - self.page)

    @property
    def current(self) -> TurnView | None:
        """The turn that the cursor is on."""
        turns = self._window.turns
        return turns[self._place] if turns else None

    @property
    def _place(self) -> int:
        """Where the cursor is; until it was moved at the end that is followed, else on top."""
        if self._cursor is not None:
            return self._cursor
        return len(self._window.turns) - 1 if self._follows else 0

    # Scrolling.

    @property
    def line_count(self) -> int:
        return self._window.line_count

    def scroll_to_top(self, index: int) -> None:
        if index < self.line_count - self.page:
            # Before it scrolls: what follows would go straight back to the end.
            self._follow(False)
        super().scroll_to_top(index)
        self._follow(self._follows and not self.lines_below)

    def scrolled(self) -> None:
        if self._window.resize(self._body_width):
            # It may have been painted already, at the new size with nothing laid out.
            self.refresh()
        self._settle()

    @property
    def _body_width(self) -> int:
        return max(8, min(WIDEST, self.text_width - GUTTER - 1))

    def _follow(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self.post_message(self.FollowChanged(following))

    def _settle(self) -> None:
        """Lay out what is in sight; what stands at its upper edge stays there."""
        window, page = self._window, self.page
        if not window.turns or not page:
            self._top = 0
            return
        for _ in range(_MOST_LAYINGS):
            if self._following:
                self._top = max(0, window.line_count - page)
            if not self._lay_in_sight():
                break
        self._top = max(0, min(self._top, window.line_count - page))
        if self._top == 0:
            self.post_message(self.NearStart())
        if not self._follows and window.place_at(self._top + page) >= len(window.turns) - 1:
            self.post_message(self.NearEnd())

    def _lay_in_sight(self) -> bool:
        """Lay out the turns between the edges; whether that moved anything."""
        window = self._window
        place = window.place_at(self._top)
        within = self._top - window.start_of(place)
        from_end = window.height_of(place) - within
        count, new = window.line_count, not window.is_laid(place)
        layout = window.layout(place)
        if new:
            # Seen from below, where one comes from when scrolling up; an estimate has no lines.
            within = max(0, len(layout.lines) - from_end) if within else 0
        top = self._top = window.start_of(place) + within
        while place + 1 < len(window.turns) and window.start_of(place + 1) < top + self.page:
            place += 1
            window.layout(place)
        return new or window.line_count != count

    # Drawing.

    def draw(self, index: int, width: int) -> list[Segment]:
        """A line with its gutter."""
        gutter, body = self._parts(index)
        return [*gutter, *body]

    def _parts(self, index: int) -> tuple[list[Segment], list[Segment]]:
        place, within, line = self._window.line(index)
        turn = self._window.turns[place]
        here = self.has_focus and place == self._place
        if not self._window.is_laid(place):
            return [Segment(" " * GUTTER, self.ink("plain"))], []
        blank = within == self._window.height_of(place) - 1
        mark = "▌" if here and not blank else " "
        label = self._window.layout(place).label if within == 0 else ""
        tone = _ROLE_TONES.get(turn.role, "muted")
        gutter = [
            Segment(mark + " ", self.ink("line--cursor")),
            Segment(label + " " * (GUTTER - 2 - cells(label)), self.ink(tone)),
        ]
        body = [Segment(run.text, self._style(run.look)) for run in line]
        if self._search.words:
            found = self._search.at == (place, within)
            body = highlight(body, self._search.words, self.ink, here=found)
        return gutter, body

    def _style(self, look: Look) -> Style:
        style = self._looks.get(look)
        if style is None:
            style = self.ink(look.tone) + Style(
                bold=look.bold or None,
                italic=look.italic or None,
                underline=look.underline or None,
                strike=look.strike or None,
            )
            self._looks[look] = style
        return style

    def render_line(self, y: int) -> Strip:
        """A line whose text, without the gutter, can be selected by mouse."""
        index = y + self._top
        width = self.text_width
        if index >= self.line_count or not self._window.turns:
            return self.strip([], self.content_size.width)
        gutter, body = self._parts(index)
        room = max(0, width - GUTTER)
        text = self._selected(self.strip(body, room), index).apply_offsets(0, index)
        thumb = THUMB if self._thumb_at(y) else " "
        return Strip([*gutter, *text, Segment(thumb, self.ink("line--thumb"))], GUTTER + room + 1)

    def _selected(self, strip: Strip, index: int) -> Strip:
        selection = self.text_selection
        span = selection.get_span(index) if selection is not None else None
        if span is None:
            return strip
        start, end = span
        style = self.screen.get_component_rich_style("screen--selection")
        parts: list[Segment] = []
        at = 0
        for segment in strip:
            stop = at + len(segment.text)
            low, high = max(at, start), stop if end < 0 else min(stop, end)
            for text, chosen in (
                (segment.text[: max(0, low - at)], False),
                (segment.text[max(0, low - at) : max(0, high - at)], True),
                (segment.text[max(0, low - at, high - at) :], False),
            ):
                if text:
                    look = segment.style or Style.null()
                    parts.append(Segment(text, look + style if chosen else look))
            at = stop
        return Strip(parts, strip.cell_length)

    # Selecting by mouse.

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text of the selected lines, without the gutter."""
        start, end = selection
        if not self._window.turns:
            return None
        first = start.y if start is not None else 0
        last = min(end.y if end is not None else self.line_count - 1, self.line_count - 1)
        lines: list[str] = []
        for index in range(first, last + 1):
            self._window.layout(self._window.place_at(index))
            line: Line = self._window.line(index)[2]
            low = start.x if start is not None and index == first else 0
            high = end.x if end is not None and index == last else 1_000_000
            lines.append("".join(run.text for run in between(line, low, high)).rstrip())
        return "\n".join(lines), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()
