"""How far something is, from what the server says of it. Pure.

Counts of files or requests stand in the object; a fine-tuning job tells its steps by events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui.api.records import Record
from tui.catalog.cells import STATUS_TONES
from tui.catalog.descriptor import Tone
from tui.core import formats
from tui.core.safe_text import clean

_STEP = re.compile(r"^Step (\d+)/(\d+): training loss=([-\d.eE+]+|nan)")
"""A message that says what a metrics event says too (contract 4)."""
_COUNTS = (
    ("file_counts", "files", ("completed", "failed", "cancelled")),
    ("request_counts", "requests", ("completed", "failed")),
    ("result_counts", "items", ("passed", "failed", "errored")),
)
_REASONS = (
    "error.message",
    "last_error.message",
    "incomplete_details.reason",
    "errors.data.0.message",
)
_TOOLS = "required_action.submit_tool_outputs.tool_calls"
REASON_LIMIT = 200
LOSSES = 2_000
"""Losses that are kept for the curve, the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """So much of so much."""

    done: float
    total: float
    unit: str
    failed: float = 0
    loss: float | None = None

    def __str__(self) -> str:
        words = [f"{self.unit} {formats.count(self.done)}/{formats.count(self.total)}"]
        if self.total > 0:
            words.append(formats.percent(self.done, self.total))
        if self.failed:
            words.append(f"{formats.count(self.failed)} failed")
        if self.loss is not None:
            words.append(f"loss {self.loss:.4f}")
        return " · ".join(words)


def counts_of(record: Record) -> Progress | None:
    """The progress that an object's own counts tell."""
    for field, unit, parts in _COUNTS:
        counts = record.raw.get(field)
        total = formats.number(counts.get("total")) if isinstance(counts, Mapping) else None
        if total is not None and isinstance(counts, Mapping):
            amounts = {part: formats.number(counts.get(part)) or 0.0 for part in parts}
            failed = amounts.get("failed", 0) + amounts.get("errored", 0)
            return Progress(done=sum(amounts.values()), total=total, unit=unit, failed=failed)
    return None


def remarks_of(record: Record) -> Iterator[str]:
    """What a person should know beside the state: why it failed, what it waits for or made."""
    for path in _REASONS:
        if (reason := record.get(path)) and isinstance(reason, str):
            yield clean(reason, limit=REASON_LIMIT)
            break
    calls = record.raw
    for step in _TOOLS.split("."):
        calls = calls.get(step) if isinstance(calls, Mapping) else None  # type: ignore[assignment]
    if isinstance(calls, list):
        names = (_function(call) for call in calls)
        yield "wants the outputs of " + ", ".join(clean(name, limit=60) for name in names)
    if isinstance(model := record.raw.get("fine_tuned_model"), str):
        yield clean(model, limit=REASON_LIMIT)


def _function(call: Any) -> str:
    function = call.get("function") if isinstance(call, Mapping) else None
    return str(function.get("name")) if isinstance(function, Mapping) else "a tool"


def has_failed(record: Record, status: str) -> bool:
    """Whether something at rest did not come to a good end; nothing done right is no good end."""
    if STATUS_TONES.get(status) is not Tone.GOOD:
        return True
    counts = counts_of(record)
    return counts is not None and counts.failed > 0 and counts.failed >= counts.total


class Pace:
    """When it will be done, from how fast it went since it was first seen to move."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None
        self._last: tuple[float, float] | None = None

    def note(self, now: float, progress: Progress) -> None:
        point = now, progress.done
        if self._first is None or progress.done < self._first[1]:
            self._first = point
        if self._last is None or progress.done != self._last[1]:
            self._last = point

    def left(self, now: float, progress: Progress) -> float | None:
        """Seconds; `None` when nothing tells, or when it should be over."""
        if self._first is None or self._last is None or progress.done >= progress.total:
            return None
        seconds, done = self._last[0] - self._first[0], self._last[1] - self._first[1]
        if seconds <= 0 or done <= 0:
            return None
        due = self._last[0] + (progress.total - progress.done) * seconds / done
        return due - now if due > now else None


class Training:
    """A fine-tuning job's events, folded: steps and losses into progress, the rest as messages."""

    def __init__(self) -> None:
        self.pace = Pace()
        self._seen: set[str] = set()
        self._losses: dict[int, float | None] = {}
        self._step: tuple[float, float, float | None] | None = None

    @property
    def begun(self) -> bool:
        return bool(self._seen)

    @property
    def losses(self) -> list[float | None]:
        """By step, for the curve."""
        return [self._losses[step] for step in sorted(self._losses)]

    @property
    def progress(self) -> Progress | None:
        if self._step is None:
            return None
        step, total, loss = self._step
        return Progress(done=step, total=total, unit="step", loss=loss)

    def knows(self, records: Sequence[Record]) -> bool:
        """Whether any of these was seen: nothing older is news."""
        return any(record.id in self._seen for record in records)

    def take(self, newest_first: Sequence[Record]) -> list[str]:
        """The messages that are new, oldest first."""
        messages = []
        for record in reversed(newest_first):
            if record.id and record.id in self._seen:
                continue
            self._seen.add(record.id)
            message = record.raw.get("message")
            text = message if isinstance(message, str) else ""
            if not self._measured(record, text) and text:
                level = record.raw.get("level")
                sign = f"{level}: " if level in ("warn", "error") else ""
                messages.append(clean(sign + text, limit=400))
        return messages

    def _measured(self, record: Record, message: str) -> bool:
        """Whether it tells of a step."""
        values = record.raw.get("data")
        if isinstance(values, Mapping) and (step := formats.number(values.get("step"))):
            total = formats.number(values.get("total_steps"))
            loss = formats.number(values.get("train_loss"))
        elif match := _STEP.match(message):
            step, total = float(match[1]), float(match[2])
            loss = formats.number(match[3])
        else:
            return False
        self._note(record, step, total, loss)
        return True

    def _note(self, record: Record, step: float, total: float | None, loss: float | None) -> None:
        if loss is not None or int(step) not in self._losses:
            self._losses[int(step)] = loss
        if len(self._losses) > LOSSES:
            del self._losses[min(self._losses)]
        before = self._step
        if before is not None and step < before[0]:
            return
        known_total = total or (before[1] if before is not None else 0.0)
        known_loss = loss if loss is not None or before is None else before[2]
        self._step = (step, known_total, known_loss)
        when = formats.timestamp(record.raw.get("created_at"))
        if when is not None and (progress := self.progress) is not None:
            self.pace.note(when, progress)
