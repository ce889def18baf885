"""Scales with round numbers: where a value stands, and what is written beside it. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tui.core.formats import short_count

_ROUND = (1.0, 2.0, 5.0, 10.0)
_FROM_ZERO = 0.5
"""A scale begins at zero when the least value is below this share of the largest."""
_MOST_DECADES = 2.5
"""From so many powers of ten on, only they are named."""
_SMALLEST = 1e-12
_LARGEST_STEP = 1e18


@dataclass(frozen=True, slots=True)
class Scale:
    """A span of values, and the round numbers in it."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False
    step: float = 0.0
    """The distance of ticks on a linear scale."""

    def place(self, value: float) -> float | None:
        """0 at the low end to 1 at the high end; `None` for what a log scale cannot hold."""
        if self.log and value <= 0:
            return None
        value = max(self.low, min(self.high, value))
        if self.log:
            span = math.log(self.high / self.low)
            return math.log(value / self.low) / span if span else 0.5
        span = self.high - self.low
        return (value - self.low) / span if span else 0.5

    def label(self, tick: float) -> str:
        """A tick as it is written."""
        if self.log:
            return f"{tick:.0e}" if tick < 1e-3 or tick >= 1e5 else f"{tick:,g}"
        if abs(self.high) >= 10_000 or abs(self.low) >= 10_000:
            return short_count(tick) if tick else "0"
        decimals = max(0, -math.floor(math.log10(self.step) + 1e-9)) if self.step else 0
        return f"{tick:.0e}" if decimals > 5 and tick else f"{tick:,.{min(decimals, 5)}f}"


def round_step(span: float, most: int) -> float:
    """The smallest round distance that puts at most `most` steps into a span."""
    rough = max(span, _SMALLEST) / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * part for part in _ROUND if power * part >= rough * (1 - 1e-9))


def scale_of(values: Iterable[float], rows: int, *, log: bool = False) -> Scale:
    """The scale for values on so many lines; a steady one: it moves in round steps alone."""
    known = [value for value in values if math.isfinite(value) and abs(value) < _LARGEST_STEP]
    if log:
        known = [value for value in known if value > _SMALLEST]
    if not known:
        return Scale(0.0, 1.0, (0.0, 1.0), step=1.0)
    low, high = min(known), max(known)
    return _log_scale(low, high) if log else linear_scale(low, high, max(3, rows * 2 // 5))


def linear_scale(low: float, high: float, most: int) -> Scale:
    """From round to round, with ticks between."""
    if 0 <= low < high * _FROM_ZERO:
        low = 0.0
    if high - low < max(abs(high), abs(low)) * 1e-6:
        pad = abs(high) * 0.5 or 1.0
        low, high = low - pad, high + pad
    step = round_step(high - low, most)
    half = step / 2
    # Half steps: a full one would leave up to a third of the lines empty.
    bottom = math.floor(low / half + 1e-9) * half
    top = math.ceil(high / half - 1e-9) * half
    first = math.ceil(bottom / step - 1e-9)
    last = math.floor(top / step + 1e-9)
    ticks = tuple(number * step for number in range(first, last + 1))
    return Scale(bottom, top, ticks, step=step)


def _log_scale(low: float, high: float) -> Scale:
    low = max(low, high * 1e-9)
    bottom, top = _round_below(low), _round_above(high)
    if top <= bottom:
        bottom, top = bottom / 2, top * 2
    decades = math.log10(top / bottom)
    parts = (1, 2, 5) if decades <= _MOST_DECADES else (1,)
    first, last = math.floor(math.log10(bottom)), math.ceil(math.log10(top))
    stride = max(1, (last - first) // 6)
    ticks = tuple(
        tick
        for power in range(first, last + 1, stride)
        for part in parts
        if bottom * (1 - 1e-9) <= (tick := part * 10.0**power) <= top * (1 + 1e-9)
    )
    return Scale(bottom, top, ticks, log=True)


def _round_below(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return max(part * power for part in _ROUND if part * power <= value * (1 + 1e-9))


def _round_above(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return min(part * power for part in _ROUND if part * power >= value * (1 - 1e-9))


def step_ticks(end: float, columns: int) -> tuple[float, ...]:
    """Round steps from zero to the end, about one in twelve columns; never a part of a step."""
    if end <= 0:
        return (0.0,)
    distance = max(1.0, round_step(end, max(1, columns // 12)))
    return tuple(number * distance for number in range(math.floor(end / distance + 1e-9) + 1))
