"""A watched job in words: what stands beside its curves, and why it failed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tui.api.records import Record
from tui.catalog.descriptor import Context, Shown, Tone
from tui.core.formats import (
    clock_time,
    count,
    duration,
    exact_time,
    number,
    percent,
    rate,
    short_id,
)
from tui.core.safe_text import clean
from tui.store.tuning_metrics import Group
from tui.store.tuning_progress import Progress, hyperparameters_of
from tui.store.tuning_views import Checkpoint, Failure, Stage
from tui.store.views import EntityView, FactView, Ref, SectionView

FILES = "files"
MODELS = "models"
VALUE_LIMIT = 200
MESSAGE_LIMIT = 4_000
_LINE = re.compile(r"\blines?\s+#?(\d{1,9})\b", re.IGNORECASE)
_SHORT = {"accuracy": "acc"}
_LABELS = {"n_epochs": "epochs", "learning_rate_multiplier": "rate ×"}
_SHOWN_APART = frozenset({"Files", "Hyperparameters", "Checkpoints", "Progress", "Error"})


def figure(value: float) -> str:
    """A measurement in about four characters: `0.412`, `12.5`, `1,204`, `1.2e-05`."""
    size = abs(value)
    if size >= 1000:
        return count(value)
    if size >= 100:
        return f"{value:.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size >= 1:
        return f"{value:.2f}"
    if size >= 0.001 or size == 0:
        return f"{value:.3f}"
    return f"{value:.1e}"


def facts_of(
    view: EntityView,
    *,
    stage: Stage,
    progress: Progress,
    groups: Iterable[Group],
    checkpoints: Iterable[Checkpoint],
    context: Context,
) -> EntityView:
    """The job's facts: progress and figures first, then what the descriptor shows of it."""
    if view.record is None:
        return view
    sections = [SectionView("", _progress(stage, progress, groups, context.now))]
    kept = [section for section in view.sections if section.title not in _SHOWN_APART]
    raw = view.record.raw
    if kept:
        # The heading has told of these already.
        facts = tuple(fact for fact in kept[0].facts if fact.label not in {"id", "status"})
        sections.append(replace(kept[0], facts=facts))
    sections.append(SectionView("Files", _files(raw, context)))
    sections.append(SectionView("Checkpoints", _checkpoints(checkpoints)))
    sections.append(SectionView("Hyperparameters", _hyperparameters(raw)))
    sections += kept[1:]
    return replace(view, sections=tuple(s for s in sections if s.facts or s.text))


def _progress(
    stage: Stage, progress: Progress, groups: Iterable[Group], now: float
) -> tuple[FactView, ...]:
    facts: list[FactView] = []
    if progress.step is not None:
        words = f"{progress.step:,.0f}"
        if progress.total:
            words += f" of {progress.total:,.0f}"
            words += "" if stage.over else f" · {percent(progress.share)}"
        facts.append(FactView("step", Shown(words)))
    if progress.epoch is not None:
        facts.append(FactView("epoch", Shown(f"{progress.epoch} of {progress.epochs}")))
    if progress.rate is not None:
        slow = progress.rate < 0.1
        words = f"{progress.rate * 60:.1f} steps/min" if slow else rate(progress.rate, "steps")
        facts.append(FactView("rate", Shown(words)))
    if stage is Stage.RUNNING and (left := eta(progress, now)):
        facts.append(FactView("done in", Shown(left)))
    if progress.estimated is not None and not stage.over:
        facts.append(FactView("estimated", Shown(exact_time(progress.estimated))))
    facts += _figures(list(groups)[:2])
    if progress.gap_grows:
        facts.append(FactView("", Shown("▲ the gap grows: it learns by heart", Tone.WARN)))
    return tuple(facts)


def _figures(groups: list[Group]) -> list[FactView]:
    """The newest figures, one line for each set of examples: `train  0.412 · acc 0.88`."""
    told: dict[str, list[str]] = {}
    for group in groups:
        for one in group.series:
            if one.values:
                words = figure(one.values[-1])
                named = group.key == "loss" or one.name == group.title
                title = _SHORT.get(group.title, group.title)
                told.setdefault(one.name, []).append(words if named else f"{title} {words}")
    return [FactView(name, Shown(" · ".join(words))) for name, words in told.items()]


def eta(progress: Progress, now: float) -> str:
    """How long it will still take: by the measured rate, else by the server's estimate."""
    end = progress.done_at if progress.done_at is not None else progress.estimated
    if end is None:
        return ""
    left = end - now
    if left < 1:
        return "a moment"
    return duration(left if left < 60 else round(left / 60) * 60 if left < 3600 else left)


def _files(raw: Mapping[str, Any], context: Context) -> tuple[FactView, ...]:
    named = [("training", raw.get("training_file")), ("validation", raw.get("validation_file"))]
    results = raw.get("result_files")
    if isinstance(results, list):
        named += [("result", id) for id in results[:3]]
    facts = []
    for label, id in named:
        if isinstance(id, str) and id:
            facts.append(FactView(label, Shown(file_name(id, context), sort=id), Ref(FILES, id)))
    return tuple(facts)


def file_name(id: str, context: Context) -> str:
    """A file's name where it is known, else its short id."""
    record = context.find(FILES, id)
    name = record.get("filename") if record is not None else None
    return clean(name or short_id(id), limit=VALUE_LIMIT)


def _checkpoints(checkpoints: Iterable[Checkpoint]) -> tuple[FactView, ...]:
    facts = []
    for one in checkpoints:
        label = "step" if one.step is None else f"step {one.step:,.0f}"
        loss = "–" if one.loss is None else figure(one.loss)
        facts.append(FactView(label, Shown(f"{loss}  {one.model}"), Ref(MODELS, one.model)))
    return tuple(facts)


def _hyperparameters(raw: Mapping[str, Any]) -> tuple[FactView, ...]:
    values = dict(hyperparameters_of(raw))
    if raw.get("seed") is not None:
        values["seed"] = raw["seed"]
    return tuple(
        FactView(
            _LABELS.get(key, clean(key, limit=40).replace("_", " ")),
            Shown(clean(_plain(value), limit=80)),
        )
        for key, value in values.items()
        if value is not None
    )


def _plain(value: Any) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def checkpoint_of(record: Record) -> Checkpoint:
    """A checkpoint from its object; every metric may be missing."""
    metrics = record.raw.get("metrics")
    metrics = metrics if isinstance(metrics, Mapping) else {}
    loss = next(
        (
            value
            for key in ("full_valid_loss", "valid_loss", "train_loss")
            if (value := number(metrics.get(key))) is not None
        ),
        None,
    )
    step = number(record.raw.get("step_number"))
    if step is None:
        step = number(metrics.get("step"))
    model = record.raw.get("fine_tuned_model_checkpoint")
    return Checkpoint(record.id, step, clean(model or record.id, limit=VALUE_LIMIT), loss)


def failure_of(raw: Mapping[str, Any], context: Context) -> Failure | None:
    """Why a job failed; `error` may be `{}` or all nulls on healthy jobs (contract 7.2)."""
    error = raw.get("error")
    if not isinstance(error, Mapping):
        return None
    message, code, param = (error.get(key) for key in ("message", "code", "param"))
    if not (message or code):
        return None
    found = _LINE.search(message) if isinstance(message, str) else None
    field = param if param in {"training_file", "validation_file"} else None
    if field is None and isinstance(message, str) and "validation file" in message.lower():
        field = "validation_file"
    id = raw.get(field or "training_file")
    file = Ref(FILES, id) if isinstance(id, str) and id and (found or field) else None
    return Failure(
        clean(message or code, limit=MESSAGE_LIMIT),
        clean(code, limit=80),
        int(found[1]) if found else None,
        file,
        file_name(file.id, context) if file is not None else "",
    )


def seen(at: float | None) -> str:
    """When the server last answered, as a time of day."""
    return "never" if at is None else clock_time(at)
