"""A chart of curves over steps: drawn in braille, read with a cursor, still when nothing moves."""

from __future__ import annotations

from bisect import bisect_left
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tui.ui.text import cells, cut, line
from tui.ui.widgets.chart_plot import Plot, figure, plot
from tui.ui.widgets.chart_view import ChartView
from tui.ui.widgets.lines import Inked
from tui.ui.widgets.state import state_lines

HEAD = 1
Words = list[tuple[str, str]]


class Chart(Inked, can_focus=True):
    """Shows a `ChartView`. Left and right put a cursor on a step and tell its values."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "inspect(-1)", "inspect", key_display="← →", show=True),
        Binding("right", "inspect(1)", "inspect", show=False),
        Binding("shift+left", "inspect(-10)", "ten back", show=False),
        Binding("shift+right", "inspect(10)", "ten on", show=False),
        Binding("home", "edge(False)", "first step", show=False),
        Binding("end", "edge(True)", "last step", show=False),
    ]

    class Inspected(Message):
        """The cursor is on another step of `chart`; `None`: it was taken away."""

        def __init__(self, chart: Chart, step: float | None) -> None:
            super().__init__()
            self.chart = chart
            self.step = step

        @property
        def control(self) -> Chart:
            return self.chart

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._view = ChartView("")
        self._plot = Plot(())
        self._cursor: float | None = None
        self._head: Words = []

    def show(self, view: ChartView) -> None:
        """Show other curves; only cells that differ are drawn again, none for an equal view."""
        if view == self._view:
            return
        before, self._view = self._view, view
        if before.state != view.state:
            self.refresh()
        self._redraw()

    @property
    def cursor(self) -> float | None:
        """The step under the cursor."""
        return self._cursor

    def inspect(self, step: float | None) -> None:
        """Put the cursor on a step without telling anybody; `None` takes it away."""
        if step != self._cursor:
            self._cursor = step
            self._redraw()

    def clear_cursor(self) -> bool:
        """Take the cursor away; whether there was one."""
        had = self._cursor is not None
        self.inspect(None)
        return had

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        if self._view.state is not None:
            drawn = state_lines(self._view.state, width, self.ink)
            return self.strip(drawn[y] if y < len(drawn) else [], width)
        if y < HEAD:
            # Whether it has the focus is known when it is drawn, not when that is told.
            mark = Segment("▌" if self.has_focus else " ", self.ink("line--cursor"))
            head = [Segment(text, self.ink(ink)) for text, ink in self._head]
            return self.strip([mark, *head], width)
        row = self._plot.grid[y - HEAD] if y - HEAD < len(self._plot.grid) else ()
        segments: list[Segment] = []
        text, ink = "", "plain"
        for character, of in row:
            if of != ink and text:
                segments.append(Segment(text, self.ink(ink)))
                text = ""
            ink = of
            text += character
        if text:
            segments.append(Segment(text, self.ink(ink)))
        return self.strip(segments, width)

    def on_resize(self, _event: events.Resize) -> None:
        self._redraw()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and self._view.state is None:
            event.stop()
            self._inspect_near(self._plot.step_at(offset.x))

    def action_inspect(self, by: int) -> None:
        """To the measured step in a column further on; at first, to the last step."""
        steps = self._steps()
        if not steps:
            return
        if self._cursor is None:
            self._inspect_near(steps[-1] if by < 0 else steps[0])
            return
        at = min(len(steps) - 1, bisect_left(steps, self._cursor))
        column = self._plot.column_of(self._cursor)
        way = 1 if by > 0 else -1
        for _ in range(abs(by)):
            while 0 <= at + way < len(steps):
                at += way
                if self._plot.column_of(steps[at]) != column:
                    break
            column = self._plot.column_of(steps[at])
        self._inspect_near(steps[at])

    def action_edge(self, last: bool) -> None:
        steps = self._steps()
        if steps:
            self._inspect_near(steps[-1] if last else steps[0])

    def _inspect_near(self, step: float) -> None:
        """The cursor goes to the measured step that is nearest."""
        steps = self._steps()
        if steps:
            self.inspect(min(steps, key=lambda one: abs(one - step)))
            self.post_message(self.Inspected(self, self._cursor))

    def _steps(self) -> list[float]:
        """All steps of which any curve tells."""
        curves = self._view.curves
        if len(curves) == 1:
            return list(curves[0].steps)
        return sorted({step for curve in curves for step in curve.steps})

    def _redraw(self) -> None:
        """Make the picture anew, and send what differs from the one before."""
        size = self.content_size
        if self._view.state is not None or not size.width:
            return
        before, self._plot = (
            self._plot,
            plot(self._view, size.width, size.height - HEAD, cursor=self._cursor),
        )
        head = self._heading(size.width - 1)
        if head != self._head:
            self._head = head
            self.refresh(Region(0, 0, size.width, HEAD))
        if len(before.grid) != len(self._plot.grid):
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before.grid, self._plot.grid, strict=True)):
            if old == new:
                continue
            if len(old) != len(new):
                self.refresh()
                return
            differing = [x for x, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
            first, last = differing[0], differing[-1]
            self.refresh(Region(first, y + HEAD, last - first + 1, 1))

    def _heading(self, width: int) -> Words:
        """The title, how it is drawn, and at the right what is under the cursor; the mark of the
        focus stands before it."""
        view = self._view
        words: Words = [(line(view.title), "strong")]
        words += [(f"  {line(note)}", "muted") for note in view.notes]
        if self._cursor is None:
            return words
        told: Words = [(f"step {self._cursor:,.0f}", "plain")]
        for curve in view.curves:
            if not curve.label:
                continue
            at = bisect_left(curve.steps, self._cursor)
            if at < len(curve.steps) and curve.steps[at] == self._cursor:
                told.append((f"  {line(curve.label)} {figure(curve.values[at])}", curve.tone))
        used = sum(cells(text) for text, _ink in words)
        size = sum(cells(text) for text, _ink in told)
        if used + 2 + size > width:
            words, used = words[:1], cells(words[0][0])
        gap = max(2, width - used - size)
        return [*words, (" " * gap, "plain"), *((cut(t, width), ink) for t, ink in told)]
