"""The work of a job: its files checked, a model trained, both off the loop in short stretches."""

from __future__ import annotations

import logging
import time
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from tui.sandbox import tokens
from tui.sandbox.blobs import BlobStore
from tui.sandbox.fine_tuning_records import JOB, Run
from tui.sandbox.fine_tuning_requests import data_format, resolved, settings_of
from tui.sandbox.models_table import BUILT_IN
from tui.sandbox.records import Record
from tui.sandbox.training import KEPT_CHECKPOINTS, Measure, Settings, Trainer, fitting
from tui.sandbox.training_examples import (
    LONGEST_TEXT,
    DataFormat,
    Dataset,
    Example,
    InvalidDataError,
    read_dataset,
)
from tui.sandbox.training_model import LanguageModel
from tui.sandbox.tuned_weights import TUNED, blob_name, hold, keep_weights, read_weights
from tui.sandbox.wire import JsonObject
from tui.sandbox.world import World

_STRETCH_SECONDS = 0.2
"""How long training computes before it lets other slow work take its turn."""
_MOST_BASES = 8
"""How many times a tuned model may be tuned again before its weights are given up."""

_log = logging.getLogger("cupola.sandbox")


class JobError(Exception):
    """Why a job fails, as its object tells."""

    def __init__(self, code: str, message: str, param: str | None) -> None:
        super().__init__(message)
        self.error: JsonObject = {"code": code, "message": message, "param": param}


@dataclass(frozen=True, slots=True)
class Checked:
    """What the files of a job hold."""

    training: Dataset
    validation: Dataset | None
    hyperparameters: JsonObject
    """Resolved."""
    settings: Settings
    notes: list[str]
    """What a person should know about how the sandbox trains on them."""


@dataclass(slots=True)
class Trained:
    """What training made."""

    run: Run
    snapshots: dict[int, bytes] = field(default_factory=dict)
    """The weights after the last steps of the last epochs."""


async def check_files(world: World, job: Record) -> Checked:
    """Read and check a job's files. Raises `JobError`."""
    method = str(job.body["method"]["type"])
    form = data_format(base_of(job), method)
    seed = int(job.body["seed"])
    training = await _read(world, str(job.body["training_file"]), "training_file", form, seed)
    validation = None
    if job.body["validation_file"] is not None:
        name = str(job.body["validation_file"])
        validation = await _read(world, name, "validation_file", form, seed)
    asked = job.private["hyperparameters"]
    settings = settings_of(resolved(asked, training.total), seed)
    fits = await world.compute(fitting, training.examples, settings)
    hyperparameters = resolved(asked, training.total, len(fits))
    notes = _notes(training, len(fits), job)
    settings = settings_of(hyperparameters, seed)
    return Checked(training, validation, hyperparameters, settings, notes)


def base_of(job: Record) -> str:
    """The built-in model below, whatever was tuned on top of it."""
    model = str(job.body["model"])
    return model.split(":")[1] if model.startswith("ft:") else model


async def _read(world: World, file_id: str, param: str, form: DataFormat, seed: int) -> Dataset:
    read = partial(_read_blob, world.blobs, file_id, form, seed, world.closing.is_set)
    if param == "validation_file":
        read = partial(read, least=1)
    try:
        return await world.compute(read)
    except InvalidDataError as error:
        raise data_error(error, param) from error
    except FileNotFoundError as error:
        message = f"The file {file_id} was deleted before the job could read it."
        raise JobError(f"invalid_{param}", message, param) from error
    except OSError as error:
        _log.warning("the content of %s cannot be read: %s", file_id, error)
        raise JobError("server_error", "An internal error occurred.", None) from error


def data_error(error: InvalidDataError, param: str) -> JobError:
    """A bad file as the job's failure; `param` is training_file or validation_file."""
    which = param.replace("_", " ")
    message = f"The job failed due to an invalid {which}. {error.message}"
    return JobError(error.code.replace("training_file", param), message, param)


def _read_blob(
    blobs: BlobStore,
    file_id: str,
    form: DataFormat,
    seed: int,
    stopped: Callable[[], bool],
    *,
    least: int = 10,
) -> Dataset:
    with blobs.open_now(file_id) as lines:
        return read_dataset(lines, form, seed=seed, least=least, stopped=stopped)


def _notes(training: Dataset, used: int, job: Record) -> list[str]:
    notes = []
    if used < training.total - training.without_text:
        notes.append(
            f"The sandbox trains on a sample of {used} of the {training.total} examples, drawn by"
            " the seed, to keep within its time."
        )
    if training.without_text:
        notes.append(
            f"{training.without_text} example(s) have no assistant's text; the sandbox's small"
            " model learns text only and leaves them out."
        )
    if training.shortened:
        notes.append(
            f"{training.shortened} example(s) are learned up to their first {LONGEST_TEXT}"
            " characters."
        )
    if job.body["integrations"]:
        notes.append("The sandbox sends nothing to Weights & Biases.")
    return notes


async def always() -> bool:
    """Nobody calls it off."""
    return True


async def train(
    world: World,
    job: Record,
    checked: Checked,
    wanted: Callable[[], Awaitable[bool]] = always,
) -> Trained | None:
    """Train to the end; None when it is no longer `wanted`. Raises `JobError`."""
    base = await _base_weights(world, job)
    validation = checked.validation.examples if checked.validation else []
    async with world.background_slot:
        trainer = await world.compute(
            Trainer, checked.training.examples, validation, checked.settings, base=base
        )
        count = partial(trained_tokens, trainer.examples, checked.settings.n_epochs)
        trained = Trained(Run([], trainer.steps_per_epoch, await world.compute(count)))
    measures = trainer.measures()
    while trained.run.total < trainer.total_steps:
        if not await wanted():
            return None
        async with world.background_slot:
            await world.compute(_stretch, trainer, measures, trained, world.closing.is_set)
    return trained


def _stretch(
    trainer: Trainer,
    measures: Iterator[Measure],
    trained: Trained,
    stopped: Callable[[], bool],
) -> None:
    """Some steps of training, with the weights of the epochs that are kept."""
    begun = time.monotonic()
    first_kept = trainer.total_steps - KEPT_CHECKPOINTS * trainer.steps_per_epoch
    for measure in measures:
        trained.run.measures.append(measure)
        step = trained.run.total
        if step > first_kept and step % trainer.steps_per_epoch == 0:
            trained.snapshots[step] = trainer.model.to_bytes()
        if stopped():
            raise CancelledError
        if time.monotonic() - begun > _STRETCH_SECONDS:
            return


def trained_tokens(examples: list[Example], epochs: int) -> int:
    """Tokens of all texts that were trained on, in all epochs together."""
    total = 0
    for example in examples:
        for turn in (*example.turns, *example.rejected):
            total += sum(tokens.count(text) for text in (turn.orders, turn.prompt, turn.target))
    return total * epochs


async def _base_weights(world: World, job: Record, depth: int = 0) -> LanguageModel | None:
    """A copy of the weights that training starts from; None for a built-in model."""
    name = str(job.body["model"])
    if name in BUILT_IN:
        return None
    record = await world.database.read(lambda records: records.get(TUNED, name))
    found = None if record is None else await weights_of(world, record, depth + 1)
    if found is None:
        message = f"The model {name} that training was to start from is no longer there."
        raise JobError("model_not_available", message, "model")
    return LanguageModel.from_bytes(await world.compute(found.to_bytes))


async def weights_of(world: World, record: Record, depth: int = 0) -> LanguageModel | None:
    """The weights of a tuned model: the stored ones, or the same ones trained once more.

    None when neither is possible, because its job or its file is gone.
    """
    private = record.private
    if "job" not in private or depth > _MOST_BASES:
        return None
    found = await read_weights(world, private)
    if found is not None:
        return found
    job = await world.database.read(lambda records: records.get(JOB, str(private["job"])))
    if job is None:
        return None
    try:
        checked = await check_files(world, job)
        trained = await train(world, job, checked)
    except JobError:
        return None
    if trained is None or int(private["step"]) not in trained.snapshots:
        return None
    step = int(private["step"])
    content = trained.snapshots[step]
    await keep_weights(world, job.id, step, content)
    model = await world.compute(LanguageModel.from_bytes, content)
    hold(world, blob_name(job.id, step), model)
    return model
