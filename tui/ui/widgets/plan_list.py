"""A plan of uploads to review: each file, what becomes of it, and why."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.catalog.descriptor import Align
from tui.core.formats import byte_size
from tui.store.ingest_plan import IngestPlan, PlanItem, Verdict
from tui.ui.text import cut_middle, line, pad
from tui.ui.widgets.row_list import RowList

SIZE = 8
_NAME_WIDEST = 72
_REASON_WIDEST = 44
_TONES = {
    Verdict.UPLOAD: "good",
    Verdict.REUSE: "accent",
    Verdict.ATTACHED: "muted",
    Verdict.ON_SERVER: "muted",
    Verdict.DUPLICATE: "muted",
    Verdict.UNSUPPORTED: "warn",
    Verdict.EMPTY: "warn",
    Verdict.TOO_LARGE: "bad",
    Verdict.UNREADABLE: "bad",
}


def words_of(item: PlanItem) -> tuple[str, str]:
    """What becomes of a file, in words, and the tone of it."""
    if item.verdict is Verdict.UPLOAD:
        return ("upload", "good") if item.chosen else ("left out", "muted")
    if item.chosen and item.verdict is not Verdict.REUSE:
        return f"upload, though {item.reason}", "warn"
    return item.reason, _TONES[item.verdict]


class PlanList(RowList):
    """The files of a plan; space takes one in or leaves it out."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "upload"),
        Binding("space", "take", "take or leave"),
    ]
    HEAD: ClassVar[int] = 1

    class Toggled(Message):
        """Space on a file that may be chosen."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class Locked(Message):
        """Space on a file that no server would take."""

        def __init__(self, reason: str) -> None:
            super().__init__()
            self.reason = reason

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._plan: IngestPlan | None = None

    def show(self, plan: IngestPlan) -> None:
        """Show a plan; the cursor keeps its place."""
        if plan != self._plan:
            self._plan = plan
            self.show_state(None)
            self.redraw()

    @property
    def line_count(self) -> int:
        return len(self._plan.items) if self._plan is not None else 0

    def action_take(self) -> None:
        index = self.cursor
        if self._plan is None or index is None:
            return
        item = self._plan.items[index]
        if item.choosable:
            self.post_message(self.Toggled(index))
        else:
            self.post_message(self.Locked(item.reason))
        self.place(index + 1)

    def _columns(self, width: int) -> tuple[int, int]:
        reason = min(_REASON_WIDEST, max(12, width * 2 // 5))
        return max(8, min(_NAME_WIDEST, width - reason - SIZE - 6)), reason

    @property
    def item(self) -> PlanItem | None:
        """The file under the cursor."""
        if self._plan is None or self.cursor is None:
            return None
        return self._plan.items[self.cursor]

    def draw_head(self, y: int, width: int) -> list[Segment]:
        name, reason = self._columns(width - 2)
        title = f"    {pad('File', name)}  {pad('Size', SIZE, Align.RIGHT)}  {pad('', reason)}"
        return [Segment(title, self.ink("muted"))]

    def draw_row(self, index: int, width: int, *, here: bool) -> list[Segment]:
        assert self._plan is not None
        item = self._plan.items[index]
        name, reason = self._columns(width)
        words, tone = words_of(item)
        mark = "●" if item.chosen else "○" if item.choosable else "–"
        weight = "strong" if here else "plain" if item.chosen else "muted"
        return [
            Segment(f"{mark} ", self.ink("good" if item.chosen else "muted")),
            Segment(pad(cut_middle(line(item.shown), name), name), self.ink(weight)),
            Segment("  ", self.ink("plain")),
            Segment(pad(byte_size(item.size), SIZE, Align.RIGHT), self.ink("muted")),
            Segment("  ", self.ink("plain")),
            Segment(pad(line(words), reason), self.ink(tone)),
        ]
