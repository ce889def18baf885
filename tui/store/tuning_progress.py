"""How far a job is, how fast, when it will be done, and whether it begins to learn by heart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui.core.formats import number, timestamp
from tui.core.series import smoothed
from tui.store.tuning_events import TuningEvent
from tui.store.tuning_metrics import Metrics

RECENT = 200
"""Events that the rate is taken from."""
RECENT_SECONDS = 180.0
_FEWEST = 6
"""Validations from which a trend can be told."""
_WIDER = 1.15
_CALM = 0.6
"""Weight of the smoothing before trends are compared."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job stands. Times are Unix seconds."""

    step: float | None = None
    total: float | None = None
    epoch: int | None = None
    epochs: int | None = None
    rate: float | None = None
    """Steps a second, measured on the newest events."""
    done_at: float | None = None
    """When the last step is due by that rate."""
    estimated: float | None = None
    """When the server thinks that the job will be done."""
    gap_grows: bool = False
    """Validation no longer follows training down."""

    @property
    def share(self) -> float | None:
        """0 to 1."""
        if self.step is None or not self.total:
            return None
        return max(0.0, min(1.0, self.step / self.total))


def progress_of(
    job: Mapping[str, Any],
    metrics: Metrics,
    events: Sequence[TuningEvent],
    *,
    running: bool,
    gap: bool = False,
) -> Progress:
    """The progress that the job, its figures and the times of its events tell."""
    step, total = metrics.last_step, metrics.total
    epochs = _epochs(job)
    epoch = None
    if epochs and step is not None and total:
        epoch = min(epochs, int(max(0.0, step - 1) * epochs // total) + 1)
    rate, done_at = None, None
    if running:
        rate, newest = step_rate(events)
        if rate is not None and newest is not None and step is not None and total:
            done_at = newest + max(0.0, total - step) / rate
    return Progress(
        step,
        total,
        epoch,
        epochs,
        rate,
        done_at,
        timestamp(job.get("estimated_finish")) if running else None,
        gap,
    )


def step_rate(events: Sequence[TuningEvent]) -> tuple[float | None, float | None]:
    """Steps a second over the newest events, and the time of the newest step.

    A pause between two events is left out: it is no part of the work.
    """
    marks: list[tuple[float, float]] = []
    for event in reversed(events):
        if event.step is not None and event.at is not None:
            if marks and marks[0][0] - event.at > RECENT_SECONDS:
                break
            marks.append((event.at, event.step))
        elif event.step is None and "resumed" in event.message.lower():
            break
        if len(marks) >= RECENT:
            break
    if len(marks) < 2:
        return None, marks[0][0] if marks else None
    seconds = marks[0][0] - marks[-1][0]
    steps = marks[0][1] - marks[-1][1]
    if seconds <= 0 or steps <= 0:
        return None, marks[0][0]
    return steps / seconds, marks[0][0]


def gap_grows(metrics: Metrics) -> bool:
    """Whether validation has turned away from training: it no longer falls, and they part.

    The last third of the validations is held against the third before it.
    """
    valid = metrics.series("valid_loss")
    train = metrics.series("train_loss")
    if len(valid.values) < _FEWEST or len(train.values) < _FEWEST:
        full = metrics.series("full_valid_loss")
        if len(full.values) < 3 or len(train.values) < _FEWEST:
            return False
        valid = full
    calm_valid = smoothed(valid.values, _CALM)
    calm_train = dict(zip(train.steps, smoothed(train.values, 0.9), strict=True))
    pairs = [
        (value, calm_train[step])
        for step, value in zip(valid.steps, calm_valid, strict=True)
        if step in calm_train
    ]
    third = len(pairs) // 3
    if not third:
        return False
    before, after = pairs[-2 * third : -third], pairs[-third:]
    valid_before, valid_after = _mean(before, 0), _mean(after, 0)
    gap_before = valid_before - _mean(before, 1)
    gap_after = valid_after - _mean(after, 1)
    return gap_after > 0 and gap_after > max(gap_before, 0) * _WIDER and valid_after >= valid_before


def _mean(pairs: Sequence[tuple[float, float]], place: int) -> float:
    return sum(pair[place] for pair in pairs) / len(pairs)


def _epochs(job: Mapping[str, Any]) -> int | None:
    """The number of epochs: on the job, or in its method; `auto` is none."""
    found = number(hyperparameters_of(job).get("n_epochs"))
    return int(found) if found is not None and found >= 1 else None


def hyperparameters_of(job: Mapping[str, Any]) -> dict[str, Any]:
    """A job's hyperparameters: those of its method, else the older ones on the job itself."""
    found: dict[str, Any] = {}
    old = job.get("hyperparameters")
    if isinstance(old, Mapping):
        found.update(old)
    method = job.get("method")
    if isinstance(method, Mapping):
        own = method.get(str(method.get("type")))
        inner = own.get("hyperparameters") if isinstance(own, Mapping) else None
        if isinstance(inner, Mapping):
            found.update({key: value for key, value in inner.items() if value is not None})
    return found
