"""What a chart is given: curves, marks and how to draw them. Frozen, and safe text throughout."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.ui.widgets.state import State


@dataclass(frozen=True, slots=True)
class Curve:
    """One series. An equal key and version mean equal numbers."""

    key: str
    label: str
    """Written at the end of the line, before its last value."""
    tone: str
    steps: tuple[float, ...] = field(compare=False)
    """Rising."""
    values: tuple[float, ...] = field(compare=False)
    version: int = 0
    points: bool = False
    """Measured so seldom that a line would lie: points alone."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A step that is worth a word, such as a checkpoint."""

    step: float
    label: str


@dataclass(frozen=True, slots=True)
class ChartView:
    """One picture."""

    title: str
    curves: tuple[Curve, ...] = ()
    """The first is the lowest: later ones are drawn over it."""
    marks: tuple[Mark, ...] = ()
    end: float | None = None
    """The step that the axis goes to; `None`: as far as is measured."""
    log: bool = False
    notes: tuple[str, ...] = ()
    """How it is drawn, in a word each: `log`, `smoothed`."""
    state: State | None = None
    """Said instead of a picture."""
