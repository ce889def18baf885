"""The client's operations against the index that was written from the published document."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tui.api.operation import Effect, Operation, Paging, Streaming
from tui.api.operations import MODULES, all_operations, by_id, operations_of
from tui.api.records import wire_model

INDEX: dict[str, dict[str, Any]] = {
    row["id"]: row
    for row in json.loads(Path(__file__).with_name("operations.json").read_text("utf-8"))
}
SEED = {identifier for identifier, row in INDEX.items() if row["tier"] == "seed"}

FOUNDATION = 27
"""Seed operations that the client must know at least: files, vector stores and chat."""

STYLES: dict[Paging, set[str]] = {
    Paging.NONE: {"none"},
    Paging.AFTER_BEFORE: {"cursor-after-before"},
    Paging.AFTER: {"cursor-after"},
    Paging.LAST_ITEM: {"cursor-after"},
    Paging.NEXT: {"next-token"},
    Paging.PAGE: {"page-token"},
}
EFFECTS: dict[str, set[Effect]] = {
    "list": {Effect.READS},
    "get": {Effect.READS},
    "download": {Effect.READS},
    "search": {Effect.READS},
    "create": {Effect.CREATES},
    "update": {Effect.CHANGES},
    "cancel": {Effect.CHANGES},
    "delete": {Effect.DELETES},
    "add_part": {Effect.CHANGES},
    "complete": {Effect.CREATES},
}
BYTES = {"downloadFile", "downloadFineTuningResult"}


def operations() -> list[Operation]:
    return list(all_operations())


def request_model(name: str) -> type[BaseModel]:
    module, _, attribute = name.partition(":")
    found: type[BaseModel] = getattr(
        importlib.import_module(f"tui.api.requests.{module}"), attribute
    )
    return found


def test_seed_operations_known() -> None:
    known = {operation.id for operation in operations()} & SEED
    print(f"seed operations known to the client: {len(known)} / {len(SEED)}")
    assert len(SEED) == 123
    assert len(known) >= FOUNDATION


def test_ids_are_unique_and_found() -> None:
    ids = [operation.id for operation in operations()]
    assert len(ids) == len(set(ids))
    for module in MODULES:
        for operation in operations_of(module):
            assert by_id(operation.id) is operation
    with pytest.raises(KeyError):
        by_id("listNothing")


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.id)
def test_operation_is_as_the_contract_has_it(operation: Operation) -> None:
    row = INDEX[operation.id]
    assert (operation.method, operation.path) == (row["method"], row["path"])
    assert operation.section == row["section"]
    assert operation.resource == row["resource"]
    assert set(operation.query) == set(row["query"])
    assert operation.admin == row["admin_key"]
    assert operation.beta == row["beta_header"]
    assert row["pagination"] in STYLES[operation.paging]
    assert (operation.streaming is not None) == row["streaming"]
    assert operation.binary == (operation.id in BYTES)
    if operation.streaming is not None and operation.section == "Chat":
        assert operation.streaming is Streaming.CHAT
    if operation.storable:
        assert operation.effect is Effect.READS
        assert operation.effect_of({"store": True}) is Effect.CREATES
    elif not operation.billable:
        assert operation.effect in EFFECTS.get(row["action"], set(Effect))


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.id)
def test_bodies_hold_what_the_contract_names(operation: Operation) -> None:
    row = INDEX[operation.id]
    assert (operation.body is None) == (not row["body"])
    if operation.body is None:
        return
    model = request_model(operation.body)
    names = {field.alias or name for name, field in model.model_fields.items()}
    assert names <= set(row["body"])
    required = {
        field.alias or name for name, field in model.model_fields.items() if field.is_required()
    }
    assert required == set(row["required_body"])


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.id)
def test_every_field_is_documented(operation: Operation) -> None:
    """What forms and help show: one sentence for each field, on every level."""
    if operation.body is None:
        return
    schema = request_model(operation.body).model_json_schema(by_alias=False)
    objects = [schema, *schema.get("$defs", {}).values()]
    for shape in objects:
        for name, field in shape.get("properties", {}).items():
            text = field.get("description", "")
            assert text.endswith(".") and len(text) < 200, f"{shape.get('title')}.{name}: {text!r}"


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.id)
def test_items_exist(operation: Operation) -> None:
    if operation.item is None:
        assert operation.binary
    else:
        assert issubclass(wire_model(operation.item), BaseModel)
    if INDEX[operation.id]["action"] in {"list", "search"}:
        assert operation.list
