"""The fields of a form as lines: a label, its text, and below what is wrong with it."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from tui.catalog.forms import FieldKind, FieldSpec
from tui.ui.forms.answers import Answers
from tui.ui.text import cells, cut, line
from tui.ui.widgets.lines import Lines

LABEL_WIDEST = 26
TURNED = frozenset((FieldKind.BOOL, FieldKind.CHOICE))
"""Kinds that are turned instead of typed."""
MORE = "more"
DONE = "done"


class FormRows(Lines):
    """Shows answers; the form's one typing field lies over the value under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "move(1)", show=False),
        Binding("up,shift+tab", "move(-1)", show=False),
        Binding("right,space,l", "turn(1)", show=False),
        Binding("left,h", "turn(-1)", show=False),
        Binding("enter", "enter", show=False),
        Binding("backspace,delete", "clear", show=False),
    ]

    class Moved(Message):
        """The cursor came to another row, or the rows lie elsewhere."""

    class Entered(Message):
        """Enter on the row that shows more (`more`) or sends (`done`)."""

        def __init__(self, row: str) -> None:
            super().__init__()
            self.row = row

    def __init__(self, answers: Answers, verb: str) -> None:
        super().__init__()
        self._answers = answers
        self._verb = line(verb)
        self._lines: list[tuple[FieldSpec | str, bool]] = []
        """A field or a special row, and whether the line tells its error."""
        self._cursor = 0
        self.relist()

    @property
    def line_count(self) -> int:
        return len(self._lines)

    @property
    def spec(self) -> FieldSpec | None:
        """The field under the cursor."""
        row = self._lines[self._cursor][0]
        return row if isinstance(row, FieldSpec) else None

    @property
    def typed(self) -> bool:
        """Whether the field under the cursor is typed."""
        return self.spec is not None and self.spec.kind not in TURNED

    @property
    def value_left(self) -> int:
        """Where the values begin."""
        labels = [cells(line(spec.label)) for spec in self._answers.shown]
        return min(max(labels, default=0), LABEL_WIDEST, max(8, self.text_width // 3)) + 5

    @property
    def cursor_y(self) -> int:
        """Row of the widget that the cursor is on."""
        return self._cursor - self.top

    def relist(self) -> None:
        """Make the lines from the answers; the cursor stays on its row."""
        held = self._lines[self._cursor][0] if self._lines else None
        before = len(self._lines)
        self._lines = []
        for spec in self._answers.shown:
            self._lines.append((spec, False))
            if spec.name in self._answers.errors:
                self._lines.append((spec, True))
        if self._answers.hidden:
            self._lines.append((MORE, False))
        self._lines.append(("", False))
        self._lines.append((DONE, False))
        self._cursor = self._index(held) if held is not None else 0
        if self.is_mounted:
            self.refresh(layout=before != len(self._lines))

    def go_to(self, spec: FieldSpec) -> None:
        self._place(self._index(spec))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(3, min(len(self._lines), viewport.height - 12))

    def draw(self, index: int, width: int) -> list[Segment]:
        row, is_error = self._lines[index]
        here = index == self._cursor
        edge = Segment("▌ " if here else "  ", self.ink("line--cursor"))
        if isinstance(row, str):
            return [edge, *self._special(row, here)] if row else []
        if is_error:
            said = cut(line(self._answers.errors.get(row.name, "")), width - self.value_left - 2)
            gap = Segment(" " * (self.value_left - 2), self.ink("plain"))
            return [Segment("  ", self.ink("plain")), gap, Segment(f"✕ {said}", self.ink("bad"))]
        column = self.value_left - 5
        label = cut(line(row.label), column)
        needed = row.required and not self._answers.text(row)
        return [
            edge,
            Segment(label + " " * (column - cells(label)), self.ink("strong" if here else "muted")),
            Segment(" * " if needed else "   ", self.ink("warn")),
            *self._value(row, here, width - self.value_left),
        ]

    def action_move(self, by: int) -> None:
        at = self._cursor + by
        while 0 <= at < len(self._lines) and (self._lines[at][1] or not self._lines[at][0]):
            at += by
        if 0 <= at < len(self._lines):
            self._place(at)

    def action_turn(self, by: int) -> None:
        spec = self.spec
        if spec is not None and spec.kind in TURNED:
            self._answers.turn(spec, by)
            self.refresh_index(self._cursor)

    def action_clear(self) -> None:
        spec = self.spec
        if spec is not None and spec.kind in TURNED and not spec.required:
            self._answers.put(spec, "")
            self.refresh_index(self._cursor)

    def action_enter(self) -> None:
        row = self._lines[self._cursor][0]
        if isinstance(row, str):
            self.post_message(self.Entered(row))
        else:
            self.action_move(1)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        index = self.index_at(offset.y) if offset is not None else None
        if index is None or self._lines[index][1] or not self._lines[index][0]:
            return
        event.stop()
        again = index == self._cursor
        self._place(index)
        if isinstance(self._lines[index][0], str):
            self.action_enter()
        elif again:
            self.action_turn(1)

    def scrolled(self) -> None:
        self.post_message(self.Moved())

    def _place(self, index: int) -> None:
        old, self._cursor = self._cursor, index
        if not self.reveal(index):
            self.refresh_index(old, index)
        self.post_message(self.Moved())

    def _index(self, row: FieldSpec | str) -> int:
        return next((i for i, (each, bad) in enumerate(self._lines) if each == row and not bad), 0)

    def _special(self, row: str, here: bool) -> list[Segment]:
        if row == MORE:
            words = f"▸ {self._answers.hidden} more fields"
            return [Segment(words, self.ink("strong" if here else "muted"))]
        style = self.ink("accent") + Style(bold=True, reverse=here)
        return [Segment(f" {self._verb} ", style), Segment("  ^s", self.ink("muted"))]

    def _value(self, spec: FieldSpec, here: bool, width: int) -> list[Segment]:
        text = line(self._answers.text(spec))
        if spec.kind in TURNED:
            shown = text or "–"
            style = self.ink("strong" if here else "plain" if text else "muted")
            return [Segment(f"‹ {shown} ›" if here else shown, style)]
        if text:
            return [Segment(cut(text, width), self.ink("strong" if here else "plain"))]
        return [Segment(cut(placeholder(spec), width), self.ink("muted"))]


def placeholder(spec: FieldSpec) -> str:
    """What an empty field says: its default, or how it is typed."""
    if spec.default is not None:
        return line(spec.default)
    shapes = {
        FieldKind.PAIRS: "key=value, key=value",
        FieldKind.LIST: "one, two",
        FieldKind.JSON: "JSON",
        FieldKind.DATE: "2026-11-22 14:02",
        FieldKind.FILE: "path",
    }
    if spec.chunking:
        return "auto, or static 800/400"
    words = " or ".join(spec.choices[:4])
    if spec.minimum is not None and spec.maximum is not None:
        bounds = f"{spec.minimum:g} to {spec.maximum:g}"
        return f"{words} or {bounds}" if words else bounds
    return words or shapes.get(spec.kind, "–")
