"""What lists say of fine-tuning jobs: their names, how far they are, what they measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.api.operations.fine_tuning import EVENTS
from tui.api.records import Record
from tui.catalog.cells import NOTHING
from tui.catalog.descriptor import Context, Show, Shown, Tone
from tui.core import formats
from tui.core.safe_text import clean

MOVING = frozenset({"validating_files", "queued", "running"})
OVER = frozenset({"succeeded", "failed", "cancelled"})
LIMIT = 200


def job_name(record: Record) -> str:
    """What a person calls a job: the word in its model's name, a name in its metadata, its id."""
    suffix = record.raw.get("suffix") or record.raw.get("user_provided_suffix")
    if isinstance(suffix, str) and suffix:
        return suffix
    parts = str(record.raw.get("fine_tuned_model") or "").split(":")
    if len(parts) >= 5 and parts[3]:
        return parts[3]
    metadata = record.raw.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return name if isinstance(name, str) and name else record.id


def name(record: Record, _context: Context) -> Shown:
    found = job_name(record)
    if found == record.id:
        return Shown(clean(formats.short_id(found)), Tone.MUTED, clean(found))
    return Shown(clean(found, limit=LIMIT))


def method(record: Record, _context: Context) -> Shown:
    kind = record.get("method.type")
    return Shown(clean(kind, limit=20)) if kind else NOTHING


def progress(record: Record, context: Context) -> Shown:
    """How far a watched job is: its newest figures stand under its own id."""
    if record.get("status") == "succeeded":
        return Shown("100 %", Tone.MUTED, 1.0)
    newest = context.find(EVENTS, record.id)
    if newest is None:
        return NOTHING
    step = formats.number(newest.raw.get("step"))
    total = formats.number(newest.raw.get("total_steps"))
    if step is None or not total:
        return NOTHING
    return Shown(formats.percent(step, total), Tone.PLAIN, step / total)


def loss(record: Record, context: Context) -> Shown:
    """The newest figure, behind the curve that led to it."""
    newest = context.find(EVENTS, record.id)
    value = formats.number(newest.raw.get("figure")) if newest is not None else None
    if newest is None or value is None:
        return NOTHING
    curve = clean(newest.raw.get("curve"), limit=20)
    return Shown(f"{curve} {short_figure(value)}".strip(), Tone.PLAIN, value)


def short_figure(value: float) -> str:
    """A measurement in few characters: two or three digits that tell."""
    size = abs(value)
    if size >= 10_000 or 0 < size < 0.001:
        return f"{value:.1e}"
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 1 else f"{value:.3f}"


def metric(key: str) -> Show:
    """One figure of an event or a checkpoint; absent stays absent."""

    def show(record: Record, _context: Context) -> Shown:
        held: Any = record.raw.get("metrics", record.raw.get("data"))
        value = formats.number(held.get(key)) if isinstance(held, Mapping) else None
        return NOTHING if value is None else Shown(short_figure(value), sort=value)

    return show


def level(record: Record, _context: Context) -> Shown:
    word = record.get("level")
    if not word:
        return NOTHING
    tones = {"warn": Tone.WARN, "error": Tone.BAD, "info": Tone.MUTED}
    said = clean(word, limit=20)
    return Shown(f"● {said}", tones.get(said, Tone.PLAIN), said)


def settings_of(record: Record) -> dict[str, Any]:
    """The hyperparameters of a job: of its method, else those on the job itself."""
    method = record.raw.get("method")
    own = method.get(str(method.get("type"))) if isinstance(method, Mapping) else None
    found = own.get("hyperparameters") if isinstance(own, Mapping) else None
    if not isinstance(found, Mapping):
        found = record.raw.get("hyperparameters")
    if not isinstance(found, Mapping):
        return {}
    return {str(key): value for key, value in found.items() if value is not None}


def hyperparameters(record: Record) -> str:
    """`n_epochs 3 · batch_size 4`."""
    return " · ".join(f"{key} {value}" for key, value in settings_of(record).items())


def error_text(record: Record) -> str:
    """Why it failed; `{}` and all nulls say nothing (contract 7.2)."""
    error = record.raw.get("error")
    message = error.get("message") if isinstance(error, Mapping) else None
    return message if isinstance(message, str) else ""
