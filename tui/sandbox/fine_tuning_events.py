"""What a job tells while it goes on: events and checkpoints, made from its times and its steps.

No event is stored: a job of ten thousand events costs its numbers, and a page costs its rows. An
event keeps its number for ever, since later ones only follow, and its id holds that number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui.sandbox.errors import invalid
from tui.sandbox.fine_tuning_records import (
    Run,
    Times,
    base62,
    checkpoint_name,
    derived_id,
    from_base62,
)
from tui.sandbox.records import PageRequest, Record
from tui.sandbox.training import KEPT_CHECKPOINTS, Measure
from tui.sandbox.wire import JsonObject

_ID_PREFIX = "ftevent-"
_NUMBER_DIGITS = 6
_STEP = "step"


@dataclass(frozen=True, slots=True, order=True)
class _Entry:
    """One event before it is written: when, its rank among those of the same time, and what."""

    at: float
    rank: int
    kind: str
    step: int = 0
    text: str = ""


def events_page(
    job: Record, run: Run, page: PageRequest, now: float
) -> tuple[list[JsonObject], bool]:
    """The newest events first, and whether older ones follow. Raises `ApiError` 400."""
    entries = sorted(_entries(job, run, now - job.created_at))
    end = len(entries)
    if page.after is not None:
        end = _number_of(job, page.after, end)
    start = max(0, end - page.limit)
    shown = [_event(job, run, number, entries[number]) for number in range(end - 1, start - 1, -1)]
    return shown, start > 0


def _entries(job: Record, run: Run, now: float) -> Iterator[_Entry]:
    times = Times.of(job)
    training, validation = job.body["training_file"], job.body["validation_file"]
    files = f"Validating training file: {training}"
    if validation is not None:
        files += f" and validation file: {validation}"
    yield _Entry(0.0, 0, "message", text=f"Created fine-tuning job: {job.id}")
    yield _Entry(0.0, 1, "message", text=files)
    if times.queued is not None:
        text = "Files validated, moving job to queued state"
        yield _Entry(times.queued, 2, "message", text=text)
        for rank, note in enumerate(job.private.get("notes", ()), 3):
            yield _Entry(times.queued, rank, "warn", text=note)
    if times.started is not None:
        yield _Entry(times.started, 20, "message", text="Fine-tuning job started")
        yield from _step_entries(job, run, times, now)
    for begin, end in times.holds:
        yield _Entry(begin, 23, "message", text="Fine-tuning job paused")
        if end is not None:
            yield _Entry(end, 24, "message", text="Fine-tuning job resumed")
    yield from _last_entries(job, times)


def _step_entries(job: Record, run: Run, times: Times, now: float) -> Iterator[_Entry]:
    kept = set(run.checkpoint_steps(KEPT_CHECKPOINTS))
    for step in range(1, times.released(run.total, now) + 1):
        at = times.step_at(step, run.total)
        yield _Entry(at, 21, _STEP, step)
        if step in kept:
            name = checkpoint_name(job, step, run.total)
            text = f"Checkpoint created at step {step} with Snapshot ID: {name}"
            yield _Entry(at, 22, "message", step, text)


def _last_entries(job: Record, times: Times) -> Iterator[_Entry]:
    if times.ended is None:
        return
    match job.body["status"]:
        case "succeeded":
            name = job.body["fine_tuned_model"]
            yield _Entry(times.ended, 30, "message", text=f"New fine-tuned model created: {name}")
            yield _Entry(times.ended, 31, "message", text="The job has successfully completed")
        case "failed":
            yield _Entry(times.ended, 30, "error", text=str(job.body["error"]["message"]))
        case "cancelled":
            yield _Entry(times.ended, 30, "message", text="Fine-tuning job cancelled")


def _event(job: Record, run: Run, number: int, entry: _Entry) -> JsonObject:
    measure = run.measures[entry.step - 1] if entry.kind == _STEP else None
    text, data = entry.text, {}
    if measure is not None:
        text = _words(entry.step, run.total, measure)
        data = {"step": entry.step, "total_steps": run.total, **metrics(measure)}
    return {
        "id": _event_id(job, number),
        "object": "fine_tuning.job.event",
        "created_at": job.created_at + int(entry.at),
        "level": entry.kind if entry.kind in ("warn", "error") else "info",
        "message": text,
        "type": "message" if measure is None else "metrics",
        "data": data,
    }


def _words(step: int, total: int, measure: Measure) -> str:
    said = f"Step {step}/{total}: training loss={measure.train_loss:.2f}"
    if measure.valid_loss is not None:
        said += f", validation loss={measure.valid_loss:.2f}"
    if measure.full_valid_loss is not None:
        said += f", full validation loss={measure.full_valid_loss:.2f}"
    return said


def metrics(measure: Measure) -> JsonObject:
    """The members that were measured, by the platform's names (contract 4)."""
    named = {
        "train_loss": measure.train_loss,
        "train_mean_token_accuracy": measure.train_accuracy,
        "valid_loss": measure.valid_loss,
        "valid_mean_token_accuracy": measure.valid_accuracy,
        "full_valid_loss": measure.full_valid_loss,
        "full_valid_mean_token_accuracy": measure.full_valid_accuracy,
        "train_preference_margin": measure.margin,
        "train_preference_accuracy": measure.preferred,
    }
    return {name: value for name, value in named.items() if value is not None}


def _event_id(job: Record, number: int) -> str:
    head = derived_id(_ID_PREFIX, f"{job.id}:{number}", 24 - _NUMBER_DIGITS)
    return head + base62(number, _NUMBER_DIGITS)


def _number_of(job: Record, id: str, count: int) -> int:
    """The number of an event. Raises `ApiError` 400 when the job has no such event."""
    number = from_base62(id[-_NUMBER_DIGITS:])
    if number is None or number >= count or _event_id(job, number) != id:
        raise invalid(
            f"Invalid 'after': no such object: '{id[:100]}'.", "after", code="invalid_value"
        )
    return number


def checkpoints(job: Record, run: Run, now: float) -> list[JsonObject]:
    """Those that are there by now, newest first."""
    times = Times.of(job)
    released = times.released(run.total, now - job.created_at)
    steps: Sequence[int] = run.checkpoint_steps(KEPT_CHECKPOINTS)
    return [
        {
            "id": derived_id("ftckpt_", f"{job.id}:{step}"),
            "object": "fine_tuning.job.checkpoint",
            "created_at": job.created_at + int(times.step_at(step, run.total)),
            "fine_tuned_model_checkpoint": checkpoint_name(job, step, run.total),
            "fine_tuning_job_id": job.id,
            "metrics": {"step": step, **metrics(run.measures[step - 1])},
            "step_number": step,
        }
        for step in reversed(steps)
        if step <= released
    ]


def result_csv(run: Run) -> bytes:
    """The result file in the platform's columns; empty cells where nothing was looked at."""
    lines = ["step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"]
    for step, measure in enumerate(run.measures, 1):
        values = (
            measure.train_loss,
            measure.train_accuracy,
            measure.valid_loss,
            measure.valid_accuracy,
        )
        cells = ("" if value is None else f"{value:.5f}" for value in values)
        lines.append(f"{step},{','.join(cells)}")
    return ("\n".join(lines) + "\n").encode()
