"""What the demo's jobs measured: real runs of the sandbox's training, made once and kept.

Training them anew would take half a minute at the first start. `python -m` this module trains
all of them again and rewrites the file; a test trains some and compares.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

from tui.sandbox.demo_fine_tuning_jobs import Plan, own_files, plans
from tui.sandbox.fine_tuning_records import Run
from tui.sandbox.fine_tuning_requests import data_format, resolved, settings_of
from tui.sandbox.fine_tuning_work import trained_tokens
from tui.sandbox.training import Measure, Trainer
from tui.sandbox.training_examples import Example, read_dataset
from tui.sandbox.training_model import LanguageModel
from tui.sandbox.wire import JsonObject

_FILE = Path(__file__).with_name("demo_fine_tuning_runs.json.gz")


@cache
def kept_runs() -> dict[str, JsonObject]:
    """Every job's run by its plan's key: `rows`, `steps_per_epoch`, `trained_tokens`."""
    found: dict[str, JsonObject] = json.loads(gzip.decompress(_FILE.read_bytes()))
    return found


def kept_run(key: str) -> Run:
    """The run of one job."""
    kept = kept_runs()[key]
    measures = [Measure(*row) for row in kept["rows"]]
    return Run(measures, kept["steps_per_epoch"], kept["trained_tokens"])


def hyperparameters_of(plan: Plan) -> JsonObject:
    """As they were asked for, `auto` where nothing was said."""
    known = ("n_epochs", "batch_size", "learning_rate_multiplier")
    names = (*known, "beta") if plan.method == "dpo" else known
    return {name: plan.hyperparameters.get(name, "auto") for name in names}


def train_plan(plan: Plan, contents: dict[str, bytes], known: dict[str, Plan]) -> Trainer:
    """A trainer for a job, as the sandbox would make it; its base is trained first."""

    def examples(name: str, least: int) -> list[Example]:
        form = data_format(plan.model, plan.method)
        lines = contents[name].splitlines()
        return read_dataset(lines, form, seed=plan.seed, least=least).examples

    training = examples(plan.training, 10)
    validation = examples(plan.validation, 1) if plan.validation else []
    settings = settings_of(resolved(hyperparameters_of(plan), len(training)), plan.seed)
    base = None
    if plan.tuned_from is not None:
        trainer = train_plan(known[plan.tuned_from], contents, known)
        for _ in trainer.measures():
            pass
        base = LanguageModel.from_bytes(trainer.model.to_bytes())
    return Trainer(training, validation, settings, base=base)


def all_contents() -> dict[str, bytes]:
    """The demo's training files by name."""
    from tui.sandbox.demo_datasets import datasets

    found = {one.filename: one.content for one in datasets() if one.purpose == "fine-tune"}
    return {**found, **own_files()}


def _make() -> None:
    contents, known = all_contents(), {plan.key: plan for plan in plans()}
    made: dict[str, JsonObject] = {}
    for plan in known.values():
        if plan.trains:
            trainer = train_plan(plan, contents, known)
            rows = [measure.row() for measure in trainer.measures()]
            made[plan.key] = {
                "rows": rows,
                "steps_per_epoch": trainer.steps_per_epoch,
                "trained_tokens": trained_tokens(trainer.examples, trainer.settings.n_epochs),
            }
    text = json.dumps(made, separators=(",", ":"))
    _FILE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    _make()
