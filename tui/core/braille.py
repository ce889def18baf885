"""Pictures of numbers in characters: a canvas of braille dots, and sparklines of one line. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tui.core.series import thinned

DOTS_ACROSS, DOTS_DOWN = 2, 4
"""Dots of one character."""
BLANK = 0x2800
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BARS = "▁▂▃▄▅▆▇█"


class Canvas:
    """Dots that are set by their place, read as characters. Dots beyond the edges are left out."""

    __slots__ = ("_cells", "columns", "rows")

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = max(0, columns)
        self.rows = max(0, rows)
        self._cells = [0] * (self.columns * self.rows)

    @property
    def width(self) -> int:
        """Dots across."""
        return self.columns * DOTS_ACROSS

    @property
    def height(self) -> int:
        """Dots down."""
        return self.rows * DOTS_DOWN

    def dot(self, x: int, y: int) -> None:
        """Set one dot; `y` grows downwards."""
        if 0 <= x < self.width and 0 <= y < self.height:
            column, row = x // DOTS_ACROSS, y // DOTS_DOWN
            self._cells[row * self.columns + column] |= _BITS[y % DOTS_DOWN][x % DOTS_ACROSS]

    def line(self, x0: int, y0: int, x1: int, y1: int) -> None:
        """Set the dots from one place to another, both included."""
        across, down = abs(x1 - x0), -abs(y1 - y0)
        right, below = (1 if x0 < x1 else -1), (1 if y0 < y1 else -1)
        error = across + down
        while True:
            self.dot(x0, y0)
            if x0 == x1 and y0 == y1:
                return
            doubled = 2 * error
            if doubled >= down:
                error += down
                x0 += right
            if doubled <= across:
                error += across
                y0 += below

    def bits(self, column: int, row: int) -> int:
        """The dots of one character, as the low byte of its code; 0 where none is set."""
        return self._cells[row * self.columns + column]

    def lines(self) -> list[str]:
        """The whole canvas as text; characters without a dot are spaces."""
        return [
            "".join(
                chr(BLANK | bits) if bits else " "
                for bits in self._cells[row * self.columns : (row + 1) * self.columns]
            )
            for row in range(self.rows)
        ]


def sparkline(values: Sequence[float | None], width: int) -> str:
    """Values as bars in exactly `width` characters, oldest first; what is missing is a space.

    Fewer values than characters stand at the left; more are thinned to the mean of each stretch,
    the last one kept as it is.
    """
    if width <= 0:
        return ""
    means = thinned(values, width)
    known = [value for value in means if value is not None]
    if not known:
        return " " * width
    low, high = min(known), max(known)
    spread = high - low
    top = len(_BARS) - 1
    bars = []
    for value in means:
        if value is None:
            bars.append(" ")
        elif not spread > 0:
            bars.append(_BARS[top // 2])
        else:
            bars.append(_BARS[min(top, int((value - low) / spread * (top + 1)))])
    return "".join(bars).ljust(width)
