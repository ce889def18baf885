"""Found chunks: a bar for the score, where it is from, and the text with the words set off."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from tui.store.vector_search import ChunkView, SearchView, matches
from tui.ui.navigation import CopyText
from tui.ui.text import cells, cut_middle, fold_line, line
from tui.ui.widgets.lines import Lines
from tui.ui.widgets.state import State, state_lines

EIGHTHS = " ▏▎▍▌▋▊▉█"
BAR = 12
FOLDED = 3
"""Lines of a chunk's text while it is not opened."""
INDENT = 4


def score_bar(score: float, full: float, width: int = BAR) -> str:
    """A bar in steps of an eighth of a cell; any score above nothing shows something."""
    share = max(0.0, min(1.0, score / full)) if full > 0 else 0.0
    eighths = round(share * width * 8)
    if score > 0:
        eighths = max(1, eighths)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (EIGHTHS[rest] if rest else "")).ljust(width)


def change_words(chunk: ChunkView, *, compared: bool) -> tuple[str, str]:
    """How the rank moved against the search before, and its tone."""
    if not compared:
        return "", "muted"
    if chunk.was is None:
        return "new", "accent"
    if chunk.was > chunk.rank:
        return f"▲{chunk.was - chunk.rank}", "good"
    if chunk.was < chunk.rank:
        return f"▼{chunk.rank - chunk.was}", "warn"
    return "=", "muted"


class ScoredChunks(Lines):
    """The results of a search, with a cursor over chunks."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "next", show=False),
        Binding("up,k", "step(-1)", "previous", show=False),
        Binding("pagedown,ctrl+f", "turn(1)", "page down", show=False),
        Binding("pageup,ctrl+b", "turn(-1)", "page up", show=False),
        Binding("home,g", "edge(False)", "first", show=False),
        Binding("end,G", "edge(True)", "last", show=False),
        Binding("enter", "open", "open file"),
        Binding("space", "unfold", "whole text"),
        Binding("y", "copy", "copy text"),
    ]

    class Opened(Message):
        """Enter on a chunk."""

        def __init__(self, chunk: ChunkView) -> None:
            super().__init__()
            self.chunk = chunk

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view = SearchView()
        self._state: State | None = None
        self._cursor = 0
        self._open: set[int] = set()
        self._rows: list[tuple[int, list[Segment]]] = []
        """Each line with the chunk that it belongs to."""
        self._width = -1

    def show(self, view: SearchView) -> None:
        """Show other results from their first on."""
        if view.chunks == self._view.chunks and view.compared == self._view.compared:
            self._view = view
            return
        self._view = view
        self._cursor = self._top = 0
        self._open = set()
        self._lay_out()

    def show_state(self, state: State | None) -> None:
        """Say something instead of results; `None` shows them again."""
        if state != self._state:
            self._state = state
            self.refresh()

    @property
    def chunk(self) -> ChunkView | None:
        """The chunk under the cursor."""
        chunks = self._view.chunks
        return chunks[self._cursor] if self._cursor < len(chunks) else None

    @property
    def line_count(self) -> int:
        return len(self._rows)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._width = -1

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        if self._state is not None:
            drawn = state_lines(self._state, width, self.ink)
            return self.strip(drawn[y] if y < len(drawn) else [], width)
        if self.text_width != self._width:
            self._lay_out()
        return super().render_line(y)

    def draw(self, index: int, width: int) -> list[Segment]:
        owner, segments = self._rows[index]
        here = owner == self._cursor
        first = index == 0 or self._rows[index - 1][0] != owner
        mark = "line--cursor" if self.has_focus else "line--cursor-away"
        shown = "▌ " if here and (first or segments) else "  "
        if first and here:
            strong = Style(bold=True)
            segments = [Segment(part.text, (part.style or Style()) + strong) for part in segments]
        return [Segment(shown, self.ink(mark)), *segments]

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def _lay_out(self) -> None:
        width = self._width = self.text_width
        self._rows = []
        if width <= INDENT + 8:
            return
        for number, chunk in enumerate(self._view.chunks):
            for segments in self._chunk_lines(number, chunk, width - 2):
                self._rows.append((number, segments))
        self._top = max(0, min(self._top, self.line_count - self.page))
        self.refresh()

    def _chunk_lines(self, number: int, chunk: ChunkView, width: int) -> list[list[Segment]]:
        lines = [self._headline(chunk, width)]
        if chunk.attributes:
            words = "  ".join(f"{line(key)}={line(value)}" for key, value in chunk.attributes)
            lines.append(
                [Segment(" " * INDENT, self.ink("plain")), Segment(words, self.ink("muted"))]
            )
        text = self._text_lines(chunk, width - INDENT)
        if number not in self._open and len(text) > FOLDED:
            left = len(text) - FOLDED
            text = text[:FOLDED]
            text.append([Segment(f"… {left:,} lines more, space shows them", self.ink("muted"))])
        lines += [[Segment(" " * INDENT, self.ink("plain")), *segments] for segments in text]
        lines.append([])
        return lines

    def _headline(self, chunk: ChunkView, width: int) -> list[Segment]:
        full = max(1.0, self._view.best)
        change, tone = change_words(chunk, compared=self._view.compared)
        head = f"{chunk.rank:>2}  "
        score = f" {chunk.score:.3f}  "
        room = width - cells(head) - BAR - cells(score) - 6
        name = cut_middle(line(chunk.file_name), max(8, room))
        return [
            Segment(head, self.ink("muted")),
            Segment(score_bar(chunk.score, full), self.ink("accent")),
            Segment(score, self.ink("strong")),
            Segment(name, self.ink("plain")),
            Segment(f"  {change}", self.ink(tone)),
        ]

    def _text_lines(self, chunk: ChunkView, width: int) -> list[list[Segment]]:
        return [
            self._marked(part)
            for paragraph in chunk.text.split("\n")
            for part in fold_line(line(paragraph), width)
        ]

    def _marked(self, part: str) -> list[Segment]:
        match = self.ink("line--match")
        found = self.ink("strong") + Style(bgcolor=match.bgcolor, reverse=match.reverse, bold=True)
        plain = self.ink("plain")
        segments: list[Segment] = []
        at = 0
        for begin, end in matches(part, self._view.query.text):
            segments += [Segment(part[at:begin], plain), Segment(part[begin:end], found)]
            at = end
        return [*segments, Segment(part[at:], plain)]

    def _place(self, number: int) -> None:
        self._cursor = max(0, min(number, len(self._view.chunks) - 1))
        lines = [index for index, (owner, _) in enumerate(self._rows) if owner == self._cursor]
        if lines:
            self.reveal(min(lines[-1], lines[0] + max(0, self.page - 1)))
            self.reveal(lines[0])
        self.refresh()

    def action_step(self, by: int) -> None:
        self._place(self._cursor + by)

    def action_turn(self, pages: int) -> None:
        """By a page of lines; the cursor goes to the chunk on top."""
        self.scroll_lines(pages * max(1, self.page - 1))
        if self._rows:
            at_end = pages > 0 and self.top >= self.line_count - self.page
            self._cursor = self._rows[-1 if at_end else self.top][0]
            self.refresh()

    def action_edge(self, last: bool) -> None:
        self._place(len(self._view.chunks) - 1 if last else 0)

    def action_unfold(self) -> None:
        """Show a chunk's whole text, or its beginning again."""
        self._open ^= {self._cursor}
        self._lay_out()
        self._place(self._cursor)

    def action_copy(self) -> None:
        if (chunk := self.chunk) is not None:
            self.post_message(CopyText(chunk.text, "The chunk"))

    def action_open(self) -> None:
        if (chunk := self.chunk) is not None:
            self.post_message(self.Opened(chunk))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        index = self.index_at(offset.y) if offset is not None else None
        if index is not None:
            event.stop()
            owner = self._rows[index][0]
            again = owner == self._cursor
            self._place(owner)
            if event.chain == 2:
                self.action_open()
            elif again:
                self.action_unfold()
