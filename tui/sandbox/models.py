"""Models: the built-in table, and the fine-tuned ones that the sandbox's jobs made."""

from __future__ import annotations

from starlette.responses import Response

from tui.sandbox.call import Call, answer
from tui.sandbox.errors import ApiError, model_not_found, not_found
from tui.sandbox.models_table import BUILT_IN, Engine, ModelEntry
from tui.sandbox.paging import bare_list_object
from tui.sandbox.records import Record
from tui.sandbox.registry import serves
from tui.sandbox.tuned_weights import TUNED, forget_model
from tui.sandbox.world import World


async def resolve_model(world: World, name: str) -> ModelEntry | None:
    """What answers under a name, or None when the sandbox does not know it."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    record = await world.database.read(lambda records: records.get(TUNED, name))
    return None if record is None else _tuned(record)


async def require_model(world: World, name: str, *engines: Engine) -> ModelEntry:
    """As `resolve_model`. Raises `ApiError` 404 for an unknown name, 400 for another engine's."""
    entry = await resolve_model(world, name)
    if entry is None:
        raise model_not_found(name)
    if engines and entry.engine not in engines:
        raise ApiError(400, f"The model `{name}` does not support this operation.", param="model")
    return entry


@serves("listModels")
async def list_models(call: Call) -> Response:
    tuned = await call.world.database.read(lambda records: records.select(TUNED))
    entries = [*BUILT_IN.values(), *(_tuned(record) for record in tuned)]
    return answer(bare_list_object([entry.as_object() for entry in entries]))


@serves("retrieveModel")
async def retrieve_model(call: Call) -> Response:
    return answer((await _model(call)).as_object())


@serves("deleteModel")
async def delete_model(call: Call) -> Response:
    entry = await _model(call)
    record = await call.world.database.read(lambda records: records.get(TUNED, entry.id))
    if record is None:
        raise ApiError(403, "You can only delete fine-tuned models of your own.", param="model")
    await forget_model(call.world, record)
    return answer({"id": entry.id, "object": "model", "deleted": True})


async def _model(call: Call) -> ModelEntry:
    name = call.path["model"]
    entry = await resolve_model(call.world, name)
    if entry is None:
        raise not_found(f"The model '{name}' does not exist", "model", code="model_not_found")
    return entry


def _tuned(record: Record) -> ModelEntry:
    engine = Engine(record.private.get("engine", Engine.ECHO.value))
    return ModelEntry(record.id, engine, record.created_at, tuned=True)
