"""What a fine-tuning job measured: every numeric leaf a series by step (contract 4).

Events, checkpoints and the result file tell of the same steps in different words; all are merged
here. What was not measured stays absent, so that a gap is never drawn as a zero.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tui.core.formats import number
from tui.core.safe_text import clean

TRAIN, VALID, FULL = "train", "valid", "full valid"
"""Which examples a series was measured on."""

MOST_LEAVES = 400
"""Series of one job; what nests further is left out."""
MOST_DEPTH = 8
NAME_LIMIT = 120
MOST_LINE = 100_000

_COUNTERS = frozenset({"step", "total_steps"})
_ALIASES = {
    "training_loss": "train_loss",
    "validation_loss": "valid_loss",
    "full_validation_loss": "full_valid_loss",
    "train_accuracy": "train_mean_token_accuracy",
    "training_accuracy": "train_mean_token_accuracy",
    "valid_accuracy": "valid_mean_token_accuracy",
    "train_token_accuracy": "train_mean_token_accuracy",
    "valid_token_accuracy": "valid_mean_token_accuracy",
}
"""Names that servers and result files have for the platform's own."""
_SETS = (("full_valid_", FULL), ("valid_", VALID), ("train_", TRAIN))
_ORDER = {TRAIN: 0, VALID: 1, FULL: 2}
_TITLES = {"mean_token_accuracy": "accuracy", "preference_accuracy": "preferred"}
_FIRST = ("loss", "mean_token_accuracy", "mean_reward")
"""The groups that come first, where a job has them."""
_SPOKEN = re.compile(r"^Step (\d+)/(\d+): (.+)$")
_SAID = re.compile(r"([a-z ]+?)\s*=\s*(-?[\d.]+(?:e[+-]?\d+)?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Measured:
    """One set of metrics: its step, and each number by the name of its leaf."""

    step: float
    total: float | None
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Series:
    """One leaf over the steps; an equal version means equal numbers."""

    key: str
    name: str
    """What tells it from the others of its group: `train`, `valid`, `full valid`."""
    steps: tuple[float, ...] = field(compare=False)
    values: tuple[float, ...] = field(compare=False)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Series that belong into one picture: the same figure on different examples."""

    key: str
    title: str
    series: tuple[Series, ...]


def leaves(data: Any) -> dict[str, float]:
    """Every number in a set of metrics, by its dotted path; the counters of steps are none."""
    found: dict[str, float] = {}
    for path, value in _walk(data, "", 0):
        if len(found) >= MOST_LEAVES:
            break
        found.setdefault(_ALIASES.get(path, path), value)
    return found


def _walk(value: Any, path: str, depth: int) -> Iterator[tuple[str, float]]:
    if depth > MOST_DEPTH:
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            key = clean(name, limit=NAME_LIMIT)
            if not (depth == 0 and key in _COUNTERS):
                yield from _walk(inner, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            named = inner.get("name") if isinstance(inner, Mapping) else None
            key = clean(named, limit=NAME_LIMIT) if isinstance(named, str) and named else str(place)
            yield from _walk(inner, f"{path}.{key}" if path else key, depth + 1)
    elif path and (amount := number(value)) is not None:
        # Numbers in strings are numbers; "nan" and the like are not.
        yield path, amount


def measured(data: Any, message: str = "") -> Measured | None:
    """What one event tells, from its data or, where that is empty, from its words."""
    if isinstance(data, Mapping) and (step := number(data.get("step"))) is not None:
        values = leaves(data)
        if values:
            return Measured(step, number(data.get("total_steps")), values)
    said = _SPOKEN.match(message[:2000])
    if said is None:
        return None
    spoken: dict[str, float] = {}
    for words, text in _SAID.findall(said[3]):
        name = words.strip().lower().replace(" ", "_")
        if (amount := number(text)) is not None:
            spoken[_ALIASES.get(name, name)] = amount
    return Measured(float(said[1]), float(said[2]), spoken) if spoken else None


class Metrics:
    """All that is known of a job's figures, merged by step whatever order it comes in."""

    def __init__(self) -> None:
        self.total: float | None = None
        """Steps of the whole job, where it is known."""
        self.version = 0
        self.first_step: float | None = None
        self.last_step: float | None = None
        """The furthest step of which anything is known."""
        self._leaves: dict[str, dict[float, float]] = {}
        self._made: dict[str, Series] = {}
        self._stale: set[str] = set()

    def add(self, found: Measured) -> None:
        """Merge one step. A later word on the same step and leaf replaces the earlier one."""
        if found.total is not None and found.total > 0:
            self.total = max(self.total or 0, found.total)
        if self.last_step is None or found.step > self.last_step:
            self.last_step = found.step
        if self.first_step is None or found.step < self.first_step:
            self.first_step = found.step
        for key, value in found.values.items():
            points = self._leaves.get(key)
            if points is None:
                if len(self._leaves) >= MOST_LEAVES:
                    continue
                points = self._leaves[key] = {}
            if points.get(found.step) != value:
                points[found.step] = value
                self._stale.add(key)
                self.version += 1

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._leaves)

    def at(self, step: float) -> dict[str, float]:
        """What was measured at one step."""
        return {key: points[step] for key, points in self._leaves.items() if step in points}

    def last(self, key: str) -> float | None:
        """The newest value of a leaf."""
        values = self.series(key).values
        return values[-1] if values else None

    def series(self, key: str) -> Series:
        """One leaf over the steps, in their order; empty where there is none."""
        made = self._made.get(key)
        if made is None or key in self._stale:
            points = self._leaves.get(key, {})
            steps = tuple(sorted(points))
            version = made.version + 1 if made is not None else 1
            values = tuple(points[step] for step in steps)
            made = self._made[key] = Series(key, split(key)[1], steps, values, version)
            self._stale.discard(key)
        return made

    def groups(self) -> tuple[Group, ...]:
        """Leaves of the same figure together, the most telling first."""
        found: dict[str, list[str]] = {}
        for key in self._leaves:
            found.setdefault(split(key)[0], []).append(key)
        return tuple(
            Group(key, title_of(key), tuple(self.series(leaf) for leaf in _ordered(keys)))
            for key, keys in sorted(found.items(), key=lambda pair: _rank(pair[0]))
        )

    def rows(self) -> Iterator[dict[str, float]]:
        """One row a step with what was measured then, for exports."""
        steps = sorted({step for points in self._leaves.values() for step in points})
        for step in steps:
            yield {"step": step, **self.at(step)}


def split(key: str) -> tuple[str, str]:
    """A leaf's group, and which examples it was measured on: `loss`, `train`."""
    head, dot, own = key.rpartition(".")
    for prefix, name in _SETS:
        if own.startswith(prefix) and len(own) > len(prefix):
            return head + dot + own[len(prefix) :], name
    return key, title_of(key)


def title_of(group: str) -> str:
    """A group in words: `accuracy`, `scores · reward mean`."""
    return " · ".join(_TITLES.get(part, part.replace("_", " ")) for part in group.split("."))


def _ordered(keys: Sequence[str]) -> list[str]:
    return sorted(keys, key=lambda key: (_ORDER.get(split(key)[1], 3), key))


def _rank(group: str) -> tuple[int, int, str]:
    place = _FIRST.index(group) if group in _FIRST else len(_FIRST)
    return place, group.count("."), group


def result_rows(text: str) -> list[Measured] | None:
    """The rows of a result file, plain or in base64 (contract 4); `None` when it is neither."""
    table = _as_table(text)
    if table is None:
        table = _as_table(_decoded(text))
    if table is None:
        return None
    found: list[Measured] = []
    csv.field_size_limit(MOST_LINE)
    try:
        for row in csv.DictReader(io.StringIO(table)):
            if None in row.values():
                # A line that was cut: its last number may be too.
                continue
            step = number(row.pop("step", None))
            values = leaves({key: text for key, text in row.items() if key and text})
            if step is not None and values:
                found.append(Measured(step, None, values))
    except csv.Error:
        return found or None
    return found


def _as_table(text: str) -> str | None:
    text = text.lstrip("\ufeff \r\n")
    return text if text[:5].lower() == "step," else None


def _decoded(text: str) -> str:
    """The text that base64 hides; a cut file is read as far as it goes."""
    body = "".join(text.split())
    try:
        return base64.b64decode(body[: len(body) // 4 * 4], validate=True).decode(
            "utf-8", errors="replace"
        )
    except (binascii.Error, ValueError):
        return ""
