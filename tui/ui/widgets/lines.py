"""A window onto lines that are drawn when they are seen: the base of every list and text here.

Built on `Widget.render_line` rather than `ScrollView`: the offset is a number of ours, so neither a
longer list nor a scrollbar that comes or goes costs a layout, and what did not change is not sent.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui.ui.text import cells, crop

TONES = frozenset(
    f"tone--{tone}"
    for tone in ("plain", "strong", "muted", "accent", "good", "warn", "bad", "busy")
)
LINE_PARTS = frozenset(
    f"line--{part}"
    for part in (
        "hair",
        "thumb",
        "cursor",
        "cursor-away",
        "match",
        "match-here",
        "key",
    )
)

WHEEL_LINES = 3
THUMB = "▐"


class Inked(Widget):
    """A widget that draws its own lines in the styles of its component classes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*TONES, *LINE_PARTS}
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._inks: dict[str, Style] = {}

    @property
    def content_size(self) -> Size:
        """The same as Textual's, without its walk through the screen: every line asks for it."""
        return self.outer_size - self.styles.gutter.totals

    def notify_style_update(self) -> None:
        """Forget the styles that were looked up: the theme or the focus changed."""
        self._inks = {}
        super().notify_style_update()

    def ink(self, name: str) -> Style:
        """The style of a tone (`good`) or a component (`line--thumb`), on the widget's ground."""
        style = self._inks.get(name)
        if style is None:
            part = name if "--" in name else f"tone--{name}"
            style = self.rich_style + self.get_component_rich_style(part, partial=True)
            self._inks[name] = style
        return style

    def strip(self, segments: list[Segment], width: int) -> Strip:
        """Segments in exactly `width` cells, cut or filled up on the widget's ground."""
        return Strip(self.fitted(segments, width), width)

    def fitted(self, segments: list[Segment], width: int) -> list[Segment]:
        """The segments cut or filled up to `width` cells."""
        room = width
        fitted: list[Segment] = []
        for segment in segments:
            size = cells(segment.text)
            if size > room:
                if room > 0:
                    fitted.append(Segment(crop(segment.text, room), segment.style))
                room = 0
                break
            if size:
                fitted.append(segment)
            room -= size
        if room:
            fitted.append(Segment(" " * room, self.ink("plain")))
        return fitted


class Lines(Inked, can_focus=True):
    """Scrolls over `line_count` lines, of which `draw` makes the ones in sight."""

    HEAD: ClassVar[int] = 0
    """Lines on top that stay: `draw_head` makes them."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._top = 0
        self._grabbed = False

    @property
    def line_count(self) -> int:
        """How many lines there are to scroll over."""
        raise NotImplementedError

    def draw(self, index: int, width: int) -> list[Segment]:
        """One line, by its index; what is missing to `width` is filled up."""
        raise NotImplementedError

    def draw_head(self, y: int, width: int) -> list[Segment]:
        """One of the lines that stay on top."""
        raise NotImplementedError

    def scrolled(self) -> None:
        """Called when other lines came in sight: by scrolling, resizing, or new lines."""

    @property
    def top(self) -> int:
        """Index of the first line in sight."""
        return self._top

    @property
    def page(self) -> int:
        """How many lines are in sight at once."""
        return max(0, self.content_size.height - self.HEAD)

    @property
    def text_width(self) -> int:
        """Cells for a line: the last column is the thumb's."""
        return max(0, self.content_size.width - 1)

    def scroll_lines(self, by: int) -> None:
        self.scroll_to_top(self._top + by)

    def scroll_to_top(self, index: int) -> None:
        """Make `index` the first line in sight, as far as there are lines."""
        index = max(0, min(index, self.line_count - self.page))
        if index != self._top:
            self._top = index
            self.scrolled()
            self.refresh()

    def reveal(self, index: int) -> bool:
        """Scroll as little as needed to see a line; whether that moved anything."""
        before = self._top
        if index < self._top:
            self.scroll_to_top(index)
        elif index >= self._top + self.page:
            self.scroll_to_top(index - self.page + 1)
        return self._top != before

    def refresh_index(self, *indices: int) -> None:
        """Draw some lines again, those that are in sight."""
        width = self.content_size.width
        for index in indices:
            if self._top <= index < self._top + self.page:
                self.refresh(Region(0, index - self._top + self.HEAD, width, 1))

    def index_at(self, y: int) -> int | None:
        """Index of the line at a row of the widget; `None` for the head and below the end."""
        index = y - self.HEAD + self._top
        return index if y >= self.HEAD and index < self.line_count else None

    def render_line(self, y: int) -> Strip:
        width = self.text_width
        if y < self.HEAD:
            return self.strip(self.draw_head(y, width), self.content_size.width)
        index = y - self.HEAD + self._top
        if index >= self.line_count:
            return self.strip([], self.content_size.width)
        segments = self.fitted(self.draw(index, width), width)
        thumb = THUMB if self._thumb_at(y - self.HEAD) else " "
        segments.append(Segment(thumb, self.ink("line--thumb")))
        return Strip(segments, width + 1)

    def _thumb(self) -> tuple[int, int]:
        """First row and height of the thumb; a height of 0 where everything is in sight."""
        count, page = self.line_count, self.page
        if count <= page or page < 2:
            return 0, 0
        height = max(1, page * page // count)
        return round((page - height) * self._top / (count - page)), height

    def _thumb_at(self, row: int) -> bool:
        start, height = self._thumb()
        return start <= row < start + height

    def on_resize(self, _event: events.Resize) -> None:
        self._top = max(0, min(self._top, self.line_count - self.page))
        self.scrolled()
        # The new size was painted before this told of it, with the lines of the old one.
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(-WHEEL_LINES)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if self._thumb()[1] and event.get_content_offset(self) is not None:
            offset = event.get_content_offset(self)
            if offset is not None and offset.x >= self.text_width and offset.y >= self.HEAD:
                event.stop()
                self._grabbed = True
                self.capture_mouse()
                self._drag_to(offset.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._grabbed:
            event.stop()
            self._drag_to(event.y - self.gutter.top)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._grabbed:
            event.stop()
            self._grabbed = False
            self.release_mouse()

    def _drag_to(self, y: int) -> None:
        height = self._thumb()[1]
        rows = max(1, self.page - height)
        share = max(0, min(y - self.HEAD - height // 2, rows)) / rows
        self.scroll_to_top(round(share * (self.line_count - self.page)))
