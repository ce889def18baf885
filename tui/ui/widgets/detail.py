"""One object to read: its heading, its facts in sections, its texts; links can be followed."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from tui.store.views import EntityView, FactView, Phase, Ref
from tui.ui.navigation import CopyText
from tui.ui.text import Ink
from tui.ui.widgets.detail_layout import DetailLayout, lay_out
from tui.ui.widgets.reader import Reader
from tui.ui.widgets.state import LOADING, State, phase_state, state_lines

GUTTER = 2
NOTHING = State("Nothing chosen")
RETRY = (("r", "try again"),)


class Detail(Reader):
    """Shows an `EntityView`; the cursor goes from fact to fact while the detail has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "follow", "follow", show=False),
        Binding("c", "copy", "copy value", show=False),
    ]

    class Followed(Message):
        """A link was followed."""

        def __init__(self, ref: Ref) -> None:
            super().__init__()
            self.ref = ref

    def __init__(self, *, id: str | None = None, heading: bool = True) -> None:
        super().__init__(id=id)
        self._heading = heading
        self._view: EntityView | None = None
        self._state: State | None = NOTHING
        self._layout = DetailLayout()
        self._fact = 0
        self._laid_to = 0
        """The width that the lines were made for."""

    def show(self, view: EntityView) -> None:
        """Show an object; only lines that differ are drawn again, and nothing for an equal view."""
        if view == self._view:
            return
        same = self._view is not None and self._view.ref == view.ref
        self._view = view
        self._arrange(keep=same)

    def show_state(self, state: State | None) -> None:
        """Say something instead, such as that nothing is chosen; `None`: the object again."""
        self._view = None if state is not None else self._view
        if state != self._state:
            self._state = state
            self._layout = DetailLayout() if state is not None else self._layout
            self.refresh()

    @property
    def line_count(self) -> int:
        return len(self._layout.lines)

    @property
    def cursor_fact(self) -> FactView | None:
        """The fact under the cursor."""
        facts = self._layout.facts
        return facts[self._fact] if self._fact < len(facts) else None

    def line_text(self, index: int) -> str:
        return self._layout.lines[index].text

    def draw_text(self, index: int, width: int) -> list[Segment]:
        shown = self._layout.lines[index]
        here = self.has_focus and shown.fact == self._fact and shown.fact is not None
        segments = [Segment("▌ " if here else "  ", self.ink("line--cursor"))]
        weight = Style(bold=True) if here else Style()
        for text, tone in shown.parts:
            segments.append(Segment(text, part_style(tone, self.ink) + weight))
        return segments

    def render_line(self, y: int) -> Strip:
        state = self._state
        if state is None:
            return super().render_line(y)
        width = self.content_size.width
        drawn = state_lines(state, width, self.ink)
        return self.strip(drawn[y] if y < len(drawn) else [], width)

    def scrolled(self) -> None:
        width = self.text_width - GUTTER
        if self._view is not None and self._state is None and width not in (self._laid_to, 0):
            self._laid_to = width
            self._layout = lay_out(self._view, width, heading=self._heading)
            self._top = max(0, min(self._top, self.line_count - self.page))

    def action_step(self, by: int) -> None:
        """To the next fact, or by a line where the next one is far."""
        fact = self._fact + by
        at = self._layout.line_of(fact) if 0 <= fact < len(self._layout.facts) else None
        if at is None or not -1 <= at - self.top <= self.page:
            self.scroll_lines(by)
        else:
            self._place(fact)

    def action_edge(self, last: bool) -> None:
        self._place(len(self._layout.facts) - 1 if last else 0)
        super().action_edge(last)

    def action_follow(self) -> None:
        link = self._layout.link(self._fact)
        if link is not None:
            self.post_message(self.Followed(link))

    def action_copy(self) -> None:
        fact = self.cursor_fact
        if fact is not None:
            text = fact.link.id if fact.link is not None else fact.value.text
            self.post_message(CopyText(text, fact.label))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        index = self.index_at(offset.y) if offset is not None and self._state is None else None
        if index is None:
            return
        event.stop()
        fact = self._layout.lines[index].fact
        if fact is not None:
            again = fact == self._fact and self.has_focus
            self._place(fact)
            if event.chain == 2 or again:
                self.action_follow()

    def found(self, index: int) -> None:
        super().found(index)
        fact = self._layout.lines[index].fact
        if fact is not None:
            self._place(fact)

    def _place(self, fact: int) -> None:
        old, self._fact = self._fact, max(0, min(fact, len(self._layout.facts) - 1))
        at = self._layout.line_of(self._fact)
        if (at is None or not self.reveal(at)) and old != self._fact:
            self.refresh_index(*self._lines_of(old), *self._lines_of(self._fact))

    def _lines_of(self, fact: int) -> list[int]:
        return [index for index, shown in enumerate(self._layout.lines) if shown.fact == fact]

    def _arrange(self, *, keep: bool) -> None:
        """Lay the new view out, and draw again what differs from the old."""
        view, before, top = self._view, self._layout.lines, self.top
        assert view is not None
        state = None
        if not view.sections and view.record is None:
            empty = State(view.title or "Nothing to show")
            state = phase_state(view.phase, view.problem, empty=empty, keys=RETRY)
            if view.phase is Phase.UNASKED:
                state = LOADING
        was, self._state = self._state, state
        if not keep:
            self._top = self._fact = 0
        self._laid_to = 0
        if state is not None:
            self._layout = DetailLayout()
        self.scrolled()
        self._fact = max(0, min(self._fact, len(self._layout.facts) - 1))
        lines = self._layout.lines
        if was != state or not keep or top != self.top or len(before) != len(lines):
            self.refresh()
            return
        self.refresh_index(
            *(i for i, (a, b) in enumerate(zip(before, lines, strict=True)) if a != b)
        )


def part_style(tone: str, ink: Ink) -> Style:
    """The style of a part: a tone, a link, or the title of a section."""
    if tone == "link":
        return ink("accent") + Style(underline=True)
    if tone == "section":
        return ink("strong")
    return ink(tone)
