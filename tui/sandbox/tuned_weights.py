"""The weights of tuned models: blobs beside the records, read when a model answers."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from tui.sandbox.records import Record, Records
from tui.sandbox.training_model import LanguageModel
from tui.sandbox.wire import JsonObject
from tui.sandbox.world import World

WEIGHTS = "fine_tuning.weights"
"""The record kind that owns a blob of weights, under the blob's name; its parent is the job."""
TUNED = "model"
"""The record kind of fine-tuned models; private `job` and `step` say where it comes from."""
_KEPT = 4
"""Models held ready in memory."""

_ready: WeakKeyDictionary[World, OrderedDict[str, LanguageModel]] = WeakKeyDictionary()
_log = logging.getLogger("cupola.sandbox")


def blob_name(job_id: str, step: int) -> str:
    """Where the weights after a step lie."""
    return f"weights-{job_id}-{step}"


async def keep_weights(world: World, job_id: str, step: int, content: bytes) -> None:
    """Store the weights after a step; the record comes first, so that no start drops the blob."""
    name = blob_name(job_id, step)
    record = Record(WEIGHTS, name, {}, parent=job_id, size=len(content))

    def insert(records: Records) -> None:
        records.delete(WEIGHTS, name, parent=job_id)
        records.insert(record)

    await world.database.write(insert)
    await world.blobs.write(name, content)


async def read_weights(world: World, private: JsonObject) -> LanguageModel | None:
    """The weights of a model, by its record's private members; None when they are not stored."""
    name = blob_name(str(private["job"]), int(private["step"]))
    ready = _ready.setdefault(world, OrderedDict())
    if name in ready:
        ready.move_to_end(name)
        return ready[name]
    try:
        content = await world.blobs.read(name)
        model = await world.compute(LanguageModel.from_bytes, content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError) as error:
        _log.warning("the weights %s cannot be read: %s", name, error)
        return None
    hold(world, name, model)
    return model


def hold(world: World, name: str, model: LanguageModel) -> None:
    """Keep a model ready, and let go of the one not used for longest."""
    ready = _ready.setdefault(world, OrderedDict())
    ready[name] = model
    while len(ready) > _KEPT:
        ready.popitem(last=False)


async def drop_weights(world: World, job_id: str, steps: Iterable[int]) -> None:
    """Forget the weights after some steps."""
    names = [blob_name(job_id, step) for step in steps]

    def delete(records: Records) -> None:
        for name in names:
            records.delete(WEIGHTS, name, parent=job_id)

    await world.database.write(delete)
    await world.blobs.delete(*names)
    for name in names:
        _ready.get(world, OrderedDict()).pop(name, None)


async def forget_model(world: World, record: Record) -> None:
    """Delete a tuned model with its weights."""
    await world.database.write(lambda records: records.delete(TUNED, record.id))
    if "job" in record.private:
        await drop_weights(world, str(record.private["job"]), [int(record.private["step"])])
