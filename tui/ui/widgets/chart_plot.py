"""A chart as characters in tones: curves in braille, round labels, last values at the lines' ends.

Pure: from a view and a size to a grid of cells, for the widget and for the tests.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tui.core.braille import BLANK, DOTS_ACROSS, Canvas
from tui.core.series import Bucket, buckets
from tui.ui.text import cells, cut, line
from tui.ui.widgets.chart_scale import Scale, round_step, scale_of, step_ticks
from tui.ui.widgets.chart_view import ChartView, Curve

Cell = tuple[str, str]
"""A character and its ink: a tone, or a component of lines."""
HAIR = "line--hair"
EMPTY: Cell = (" ", "plain")
POINT = "•"
MARK, CURSOR = "┊", "│"
GRID = "┈"
LABEL_GAP = 1
DENSE = 4
"""Values in one place of the picture from which on their mean is the line."""
LONGEST_LABEL = 28
_NEAR_ROWS = (0, -1, 1, -2, 2, -3, 3)
"""Where the words of a curve are tried: at its end, then above and below."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawn chart: `grid` has the rows of the picture and, last, the steps below it."""

    grid: tuple[tuple[Cell, ...], ...]
    left: int = 0
    """Where the picture begins: the labels stand before it."""
    columns: int = 0
    end: float = 0.0
    """The step at the right edge."""

    def step_at(self, x: int) -> float:
        """The step at a column of the grid."""
        if self.columns < 2:
            return 0.0
        share = (x - self.left) / (self.columns - 1)
        return max(0.0, min(1.0, share)) * self.end

    def column_of(self, step: float) -> int:
        """The column of the grid where a step stands."""
        if not self.end:
            return self.left
        return self.left + round(step / self.end * (self.columns - 1))


def plot(view: ChartView, width: int, height: int, *, cursor: float | None = None) -> Plot:
    """The chart in exactly `width` by `height` cells."""
    rows = height - 1
    if width < 8 or rows < 2:
        return Plot(tuple((EMPTY,) * max(0, width) for _ in range(max(0, height))))
    scale = scale_of(_extremes(view.curves), rows, log=view.log)
    labels = {tick: scale.label(tick) for tick in scale.ticks}
    left = min(max((len(label) for label in labels.values()), default=0) + 1, width // 2)
    end = _end_of(view)
    endings = [_ending(curve, scale) for curve in view.curves]
    columns = width - left - _margin(view.curves, endings, end, width - left)
    picture = _Picture(rows, width, left, columns, end)
    for tick, label in labels.items():
        picture.tick(scale.place(tick), label)
    for mark in view.marks:
        picture.upright(mark.step, MARK, HAIR)
    for curve in view.curves:
        picture.draw(curve, scale)
    if cursor is not None:
        picture.upright(cursor, CURSOR, "accent")
    for curve, words in zip(view.curves, endings, strict=True):
        picture.write_ending(curve, words, scale)
    for mark in view.marks:
        picture.write_mark(mark.step, line(mark.label))
    below = _steps_row(width, left, columns, end)
    grid = (*(tuple(row) for row in picture.grid), below)
    return Plot(grid, left, columns, end)


def _extremes(curves: Iterable[Curve]) -> list[float]:
    """Least and largest of each curve, and the least that a log scale can hold."""
    found: list[float] = []
    for curve in curves:
        if curve.values:
            found += (min(curve.values), max(curve.values))
            if found[-2] <= 0:
                found += [min((v for v in curve.values if v > 0), default=found[-1])]
    return found


def _end_of(view: ChartView) -> float:
    """The step at the right edge: the last of the job, else a round one beyond what is known."""
    last = max((curve.steps[-1] for curve in view.curves if curve.steps), default=0.0)
    if view.end is not None and view.end >= last:
        return max(1.0, view.end)
    distance = round_step(max(last, 1.0), 10)
    return max(1.0, math.ceil(last / distance - 1e-9) * distance)


def _ending(curve: Curve, scale: Scale) -> str:
    """What is written at the end of a curve."""
    if not curve.values or not curve.label:
        return ""
    return cut(line(f"{curve.label} {figure(curve.values[-1])}".strip()), LONGEST_LABEL)


def figure(value: float) -> str:
    """A measurement in few characters: two or three digits that tell."""
    size = abs(value)
    if not math.isfinite(value):
        return "–"
    if size >= 10_000 or (0 < size < 0.001):
        return f"{value:.1e}"
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 1 else f"{value:.3f}"


def _margin(curves: Sequence[Curve], endings: Sequence[str], end: float, room: int) -> int:
    """Columns kept free at the right, as few as the words at the lines' ends need."""
    widest = max((cells(words) for words in endings), default=0) + LABEL_GAP + 1
    for margin in range(min(widest, room // 2) + 1):
        columns = room - margin
        if all(
            round(curve.steps[-1] / end * (columns - 1)) + 1 + LABEL_GAP + cells(words) <= room
            for curve, words in zip(curves, endings, strict=True)
            if curve.steps and words
        ):
            return margin
    return min(widest, room // 2)


def _steps_row(width: int, left: int, columns: int, end: float) -> tuple[Cell, ...]:
    row: list[Cell] = [EMPTY] * width
    free = 0
    for tick in step_ticks(end, columns):
        label = f"{tick:,.0f}"
        at = min(left + round(tick / end * (columns - 1)), width - len(label))
        if at >= max(free, 0):
            row[at : at + len(label)] = [(character, "muted") for character in label]
            free = at + len(label) + 2
    return tuple(row)


class _Picture:
    """The grid while it is drawn."""

    def __init__(self, rows: int, width: int, left: int, columns: int, end: float) -> None:
        self.rows, self.width, self.left, self.columns, self.end = rows, width, left, columns, end
        self.grid: list[list[Cell]] = [[EMPTY] * width for _ in range(rows)]
        self._worded: set[tuple[int, int]] = set()

    def tick(self, place: float | None, label: str) -> None:
        """A round number at the left, and a hairline to read it by."""
        if place is None:
            return
        row = self._row(place)
        start = max(0, self.left - 1 - len(label))
        self._put(row, start, label[: self.left - 1], "muted")
        for x in range(self.left, self.left + self.columns):
            self.grid[row][x] = (GRID, HAIR)

    def upright(self, step: float, character: str, ink: str) -> None:
        """A line from top to bottom, behind the curves."""
        x = self._column(step)
        if self.left <= x < self.left + self.columns:
            for row in range(self.rows):
                if not _is_dots(self.grid[row][x][0]):
                    self.grid[row][x] = (character, ink)

    def draw(self, curve: Curve, scale: Scale) -> None:
        """A curve, over what is there; where curves meet, their dots stand together."""
        canvas = Canvas(self.columns, self.rows)
        found = buckets(curve.steps, curve.values, start=0.0, end=self.end, places=canvas.width)
        if curve.points:
            for bucket in found:
                self._point(bucket, scale, curve.tone)
            return
        band = Canvas(self.columns, self.rows)
        before: tuple[int, int] | None = None
        for bucket in found:
            if scale.place(bucket.low) is None:
                before = None
                continue
            # Of many values in one place the mean is the line, their extremes a band behind it.
            dense = bucket.count >= DENSE
            values = (bucket.mean, bucket.mean) if dense else (bucket.first, bucket.last)
            if bucket is found[-1]:
                values = (values[0], bucket.last)
            first, last, low, high = (
                _dot(scale.place(value) or 0.0, canvas.height)
                for value in (*values, bucket.low, bucket.high)
            )
            if before is not None and bucket.joined:
                canvas.line(*before, bucket.place, first)
            (band if dense else canvas).line(bucket.place, low, bucket.place, high)
            canvas.line(bucket.place, first, bucket.place, last)
            before = (bucket.place, last)
        self._lay(band, HAIR)
        self._lay(canvas, curve.tone)

    def _lay(self, canvas: Canvas, tone: str) -> None:
        for row in range(self.rows):
            for column in range(self.columns):
                if bits := canvas.bits(column, row):
                    self._mix(row, self.left + column, bits, tone)

    def write_ending(self, curve: Curve, words: str, scale: Scale) -> None:
        """The last value behind the end of its line, as near to it as there is room."""
        if not words or not curve.steps:
            return
        place = scale.place(curve.values[-1])
        if place is None:
            return
        start = self._column(curve.steps[-1]) + 1 + LABEL_GAP
        start = max(self.left, min(start, self.width - cells(words)))
        row = self._row(place)
        nearby = [row + by for by in _NEAR_ROWS if 0 <= row + by < self.rows]
        span = range(start - 1, min(self.width, start + cells(words)))
        free = [at for at in nearby if not any((at, x) in self._worded for x in span)]
        clear = [at for at in free if not any(self._drawn(at, x) for x in span if x > start - 1)]
        chosen = next(iter(clear or free or nearby))
        self._put(chosen, start, words, curve.tone)
        if start - 1 > self.left and not self._drawn(chosen, start - 1):
            self.grid[chosen][start - 1] = EMPTY

    def write_mark(self, step: float, words: str) -> None:
        """The word of a mark, on top where nothing else is; else it is left out."""
        x = self._column(step)
        if not self.left <= x < self.left + self.columns:
            return
        for at in (x + 1, x - cells(words)):
            span = range(at, at + cells(words))
            if at < self.left or span.stop > self.width:
                continue
            for row in range(min(2, self.rows)):
                taken = any(
                    (row, one) in self._worded or self.grid[row][one][0] not in (" ", GRID)
                    for one in span
                )
                if not taken:
                    self._put(row, at, words, "muted")
                    return

    def _mix(self, row: int, x: int, bits: int, tone: str) -> None:
        """Add dots to a cell: it takes the tone of whoever has more of them. Bands stay behind."""
        held, held_tone = self.grid[row][x]
        if _is_dots(held) and HAIR in (held_tone, tone):
            if held_tone != HAIR:
                return
        elif _is_dots(held):
            before = ord(held) - BLANK
            if before.bit_count() > bits.bit_count():
                tone = held_tone
            bits |= before
        self.grid[row][x] = (chr(BLANK | bits), tone)

    def _point(self, bucket: Bucket, scale: Scale, tone: str) -> None:
        place = scale.place(bucket.last)
        if place is not None:
            column = min(self.columns - 1, bucket.place // DOTS_ACROSS)
            self.grid[self._row(place)][self.left + column] = (POINT, tone)

    def _put(self, row: int, x: int, words: str, ink: str) -> None:
        """Write words, a cell each; what is wide takes its second cell too."""
        for character in words:
            size = cells(character)
            if size == 0 or x < 0 or x + size > self.width:
                continue
            self.grid[row][x] = (character, ink)
            self._worded.add((row, x))
            for more in range(1, size):
                self.grid[row][x + more] = ("", ink)
                self._worded.add((row, x + more))
            x += size

    def _drawn(self, row: int, x: int) -> bool:
        character = self.grid[row][x][0] if 0 <= x < self.width else " "
        return _is_dots(character) or character == POINT

    def _row(self, place: float) -> int:
        return max(0, min(self.rows - 1, int((1 - place) * self.rows)))

    def _column(self, step: float) -> int:
        return self.left + round(step / self.end * (self.columns - 1))


def _dot(place: float, height: int) -> int:
    return max(0, min(height - 1, round((1 - place) * (height - 1))))


def _is_dots(character: str) -> bool:
    return character > "\u2800" and character <= "\u28ff"
