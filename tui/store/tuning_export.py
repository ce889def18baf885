"""A job's figures as a file: CSV by step, or JSON with the job's facts."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from tui.api.records import Record
from tui.core.errors import Problem, ProblemKind
from tui.core.paths import write_atomically
from tui.core.safe_text import clean
from tui.store.tuning_metrics import Metrics
from tui.store.tuning_views import Checkpoint

FORMULA_SIGNS = ("=", "+", "-", "@")


def export_text(
    suffix: str, job: Record | None, metrics: Metrics, checkpoints: tuple[Checkpoint, ...]
) -> str:
    """The file's content: JSON for `.json`, else CSV. Empty cells stand where nothing was
    measured."""
    if suffix.lower() == ".json":
        return _as_json(job, metrics, checkpoints)
    keys = sorted(metrics.keys)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["step", *map(_named, keys)])
    for row in metrics.rows():
        table.writerow([_plain(row["step"]), *(_plain(row.get(key)) for key in keys)])
    return out.getvalue()


def _as_json(job: Record | None, metrics: Metrics, checkpoints: tuple[Checkpoint, ...]) -> str:
    body: dict[str, Any] = {
        "job": dict(job.raw) if job is not None else None,
        "total_steps": _plain(metrics.total),
        "metrics": [{key: _plain(value) for key, value in row.items()} for row in metrics.rows()],
        "checkpoints": [
            {"id": one.id, "step": _plain(one.step), "model": one.model} for one in checkpoints
        ],
    }
    return json.dumps(body, indent=2, ensure_ascii=False, default=str) + "\n"


def _named(key: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{key}" if key.startswith(FORMULA_SIGNS) else key


def _plain(value: float | None) -> float | int | None:
    """Whole numbers without a point."""
    if value is None:
        return None
    return int(value) if value.is_integer() else value


def save(path: Path, text: str) -> Problem | None:
    """Write the file whole or not at all; gives why it could not be. Blocks."""
    try:
        write_atomically(path, text.encode("utf-8", errors="replace"))
    except OSError as error:
        return Problem("It was not saved", clean(error.strerror or error), kind=ProblemKind.LOCAL)
    return None


def default_name(job_id: str) -> str:
    """What the file is called when nobody says otherwise."""
    kept = "".join(c if c.isalnum() or c in "-_" else "-" for c in job_id)[:80]
    return f"{kept or 'job'}-metrics.csv"


def destination(text: str) -> Path:
    """The path that was typed, with `~` for the home folder."""
    return Path(text.strip()).expanduser()
