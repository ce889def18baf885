"""The runs of a thread as a tree: runs, their steps, the tool calls of a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size

from tui.core.formats import counted, duration
from tui.store.thread_runs import CallView, RunView, StepView, seconds_of
from tui.store.thread_text import status_tone, status_words
from tui.ui.text import cells, cut, line
from tui.ui.widgets.row_list import RowList

DOT = "●"
EMPTY_ROWS = 10
"""Lines for the words that stand where there are no runs."""
FOLDED, UNFOLDED = "▸ ", "▾ "


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One row: a run, a step of it, or a call of a step."""

    run: RunView
    step: StepView | None = None
    call: CallView | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is about, the same for as long as it grows."""
        step, call = self.step, self.call
        return (self.run.id, step.id if step else "", call.id if call else "")


class RunTree(RowList):
    """Newest run first; Enter opens a run or folds it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "fold(False)", "open", show=False),
        Binding("left,h", "fold(True)", "fold", show=False),
    ]

    class Unfolded(RowList.Posted):
        """A run was opened: its steps are wanted."""

        def __init__(self, rows: RowList, index: int, run_id: str) -> None:
            super().__init__(rows, index)
            self.run_id = run_id

    class NearEnd(RowList.Posted):
        """The oldest run that is known came in sight."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._runs: tuple[RunView, ...] = ()
        self._rows: tuple[TreeRow, ...] = ()
        self._open: set[str] = set()
        self._met = ""
        """The newest run so far: one that comes is opened by itself."""
        self._now = 0.0

    @property
    def line_count(self) -> int:
        return len(self._rows)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows) + 1 if self._rows else EMPTY_ROWS

    @property
    def row(self) -> TreeRow | None:
        """What is under the cursor."""
        return self._rows[self._cursor] if self.cursor is not None else None

    def show(self, runs: tuple[RunView, ...], now: float) -> None:
        """Show these runs; the cursor stays on its object."""
        newest = runs[0].id if runs else ""
        if newest and newest != self._met:
            follows = self._cursor == 0 or not self._met
            self._met = newest
            self._open.add(newest)
            if follows:
                self._cursor = 0
                self._rows = ()
        moving = any(run.active for run in runs)
        if runs == self._runs and (now == self._now or not moving):
            return
        held = self.row.key if self.row is not None else None
        self._runs, self._now = runs, now
        self._lay(held)

    def _lay(self, held: tuple[str, str, str] | None) -> None:
        rows: list[TreeRow] = []
        for run in self._runs:
            rows.append(TreeRow(run))
            if run.id in self._open:
                for step in run.steps:
                    rows.append(TreeRow(run, step))
                    if len(step.calls) > 1:
                        rows += [TreeRow(run, step, call) for call in step.calls]
        resized = len(rows) != len(self._rows)
        self._rows = tuple(rows)
        for index, row in enumerate(rows):
            if row.key == held:
                self._cursor = index
        self.redraw()
        if resized:
            self.refresh(layout=True)

    def scrolled(self) -> None:
        if self._rows and self._top + self.page >= len(self._rows):
            self.post_message(self.NearEnd(self, len(self._rows) - 1))

    def action_open(self) -> None:
        row = self.row
        if row is None or row.step is not None:
            super().action_open()
        else:
            self._turn(row, fold=row.run.id in self._open)

    def action_fold(self, fold: bool) -> None:
        row = self.row
        if row is None:
            return
        if fold and row.step is not None:
            self.place(next(i for i, one in enumerate(self._rows) if one.run.id == row.run.id))
        elif row.step is None:
            self._turn(row, fold=fold)

    def _turn(self, row: TreeRow, *, fold: bool) -> None:
        if fold:
            self._open.discard(row.run.id)
        else:
            self._open.add(row.run.id)
            self.post_message(self.Unfolded(self, self._cursor, row.run.id))
        self._lay(row.key)

    # Drawing.

    def draw_row(self, index: int, width: int, *, here: bool) -> list[Segment]:
        row = self._rows[index]
        if row.call is not None:
            return self._drawn(4, "", line(row.call.name), _came(row.call), "", width, here=here)
        if row.step is not None:
            passed = seconds_of(row.step, self._now)
            return self._drawn(
                2,
                row.step.status,
                did(row.step),
                found_words(row.step),
                took(passed),
                width,
                here=here,
            )
        run = row.run
        fold = UNFOLDED if run.id in self._open else FOLDED
        passed = run.seconds(self._now)
        return [
            Segment(fold, self.ink("muted")),
            *self._drawn(
                0,
                run.status,
                status_words(run.status),
                line(run.model),
                took(passed),
                width - 2,
                here=here,
            ),
        ]

    def _drawn(
        self, indent: int, status: str, words: str, more: str, right: str, width: int, *, here: bool
    ) -> list[Segment]:
        tone = status_tone(status)
        weight = Style(bold=True) if here else Style()
        segments = [Segment(" " * indent, self.ink("plain"))]
        room = width - indent
        if status:
            segments.append(Segment(f"{DOT} ", self.ink(tone)))
            room -= 2
        room -= cells(right) + 1 if right else 0
        words = cut(words, max(4, room))
        ink = self.ink("strong" if not indent else "plain")
        segments.append(Segment(words, ink + weight))
        room -= cells(words)
        if more and room > 6:
            more = cut(more, room - 2)
            segments.append(Segment(f"  {more}", self.ink("muted")))
            room -= cells(more) + 2
        segments.append(Segment(" " * max(0, room), self.ink("plain")))
        if right:
            segments.append(Segment(f" {right}", self.ink("muted")))
        return segments


def took(seconds: float | None) -> str:
    return duration(seconds) if seconds is not None else ""


def did(step: StepView) -> str:
    """What a step does, in words."""
    if len(step.calls) == 1:
        return line(step.calls[0].name) or "tool"
    if step.calls:
        return counted(len(step.calls), "tool call")
    if step.kind == "message_creation":
        return "writes a message" if step.status == "in_progress" else "message"
    return line(step.kind).replace("_", " ") or "step"


def found_words(step: StepView) -> str:
    """What came of a step with one call; of any other nothing is said in one line."""
    if step.error:
        return line(step.error)
    return _came(step.calls[0]) if len(step.calls) == 1 else ""


def _came(call: CallView) -> str:
    if call.found:
        return f"{counted(len(call.found), 'passage')}"
    if call.gave is not None:
        return line(call.gave)
    return "no output yet" if call.kind == "function" else ""
