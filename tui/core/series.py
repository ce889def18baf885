"""Series of measurements: smoothed, thinned to what can be seen, parted at gaps. Pure.

Steps rise. What was not measured is absent (or `None`), never zero.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

GAP = 3.0
"""Steps missing, in usual distances, from which on two points are not connected."""
_SAMPLED = 256


@dataclass(frozen=True, slots=True)
class Bucket:
    """What one place of a picture shows of many measurements."""

    place: int
    first: float
    low: float
    high: float
    last: float
    mean: float
    count: int
    joined: bool
    """Whether it goes on from the bucket before; `False` at the start and behind a gap."""


def spacing(steps: Sequence[float]) -> float:
    """The usual distance of neighbours; 0 for fewer than two."""
    count = len(steps)
    if count < 2:
        return 0.0
    stride = max(1, (count - 1) // _SAMPLED)
    distances = sorted(steps[i + 1] - steps[i] for i in range(0, count - 1, stride))
    return distances[len(distances) // 2]


def buckets(
    steps: Sequence[float],
    values: Sequence[float],
    *,
    start: float,
    end: float,
    places: int,
) -> list[Bucket]:
    """Measurements from `start` to `end` on so many places: extremes are kept, and the last value.

    Costs the places and not the measurements, but for the extremes of each stretch.
    """
    if places <= 0 or not steps or not end >= start:
        return []
    usual = spacing(steps)
    scale = (places - 1) / (end - start) if end > start else 0.0
    found: list[Bucket] = []
    at, stop = bisect_left(steps, start), bisect_right(steps, end)
    before: float | None = None
    while at < stop:
        place = round((steps[at] - start) * scale)
        edge = start + (place + 0.5) / scale if scale else math.inf
        past = max(at + 1, min(stop, bisect_left(steps, edge, at, stop)))
        part = values[at:past]
        joined = before is not None and steps[at] - before <= GAP * usual
        count = past - at
        found.append(
            Bucket(
                min(place, places - 1),
                part[0],
                min(part),
                max(part),
                part[-1],
                math.fsum(part) / count,
                count,
                joined,
            )
        )
        before = steps[past - 1]
        at = past
    return found


def smoothed(values: Sequence[float], weight: float) -> tuple[float, ...]:
    """The exponential moving average, freed of its start's bias; `weight` from 0 (as it is) to 1.

    What is no finite number passes unchanged and leaves the average alone.
    """
    if not 0 < weight < 1:
        return tuple(values)
    mean, share = 0.0, 1.0
    result: list[float] = []
    for value in values:
        if not math.isfinite(value):
            result.append(value)
            continue
        mean = weight * mean + (1 - weight) * value
        share *= weight
        result.append(mean / (1 - share))
    return tuple(result)


def thinned(values: Sequence[float | None], count: int) -> list[float | None]:
    """At most `count` values: the mean of each stretch, the last one as it is."""
    if len(values) <= count:
        return [value if value is not None and math.isfinite(value) else None for value in values]
    result: list[float | None] = []
    for place in range(count):
        part = values[place * len(values) // count : (place + 1) * len(values) // count]
        known = [value for value in part if value is not None and math.isfinite(value)]
        result.append(sum(known) / len(known) if known else None)
    last = values[-1]
    if last is not None and math.isfinite(last):
        result[-1] = last
    return result
