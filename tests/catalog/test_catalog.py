"""The catalogue held against its own index, the contract's index, and the rules of the house."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tui.api.operation import Effect, Operation
from tui.api.records import Record
from tui.catalog.descriptor import Confirm, Resource, Target, Tone
from tui.catalog.index import ENTRIES, resource_named
from tui.catalog.registry import Catalog
from tui.core.safe_text import harmless

INDEX = Path(__file__).parent.parent / "contract" / "operations.json"
CATALOG = Catalog()
RESOURCES = [CATALOG[key] for key in CATALOG]

REACHABLE_AT_LEAST = 59
"""A ratchet: files (5), vector stores (16), chat (6), fine-tuning (9), assistants with threads and
runs (23)."""


class Nothing:
    """A context that knows the time and nothing else."""

    now = 1_795_000_000.0

    def find(self, resource: str, id: str) -> Record | None:
        return None

    def count(self, resource: str, path: str, value: str) -> int | None:
        return None


def operations_of(resource: Resource) -> set[Operation]:
    """Every operation that a key, a list or a screen of the resource sends."""
    found = {resource.list_op, resource.get_op, *resource.uses}
    for action in resource.actions:
        found |= {action.op, *action.uses}
    return {op for op in found if op is not None}


def test_seed_operations_reachable(capsys: pytest.CaptureFixture[str]) -> None:
    seed = {row["id"] for row in json.loads(INDEX.read_text("utf-8")) if row["tier"] == "seed"}
    reached = {op.id for resource in RESOURCES for op in operations_of(resource)} & seed
    with capsys.disabled():
        print(f"\nseed operations reachable: {len(reached)} / {len(seed)}")
    assert len(seed) == 123
    assert len(reached) >= REACHABLE_AT_LEAST


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_index_and_descriptor_agree(entry: tuple[object, ...]) -> None:
    resource = CATALOG[entry.key]  # type: ignore[attr-defined]
    assert (resource.key, resource.title, resource.section) == entry[:3]
    assert resource.aliases == entry.aliases or not resource.aliases  # type: ignore[attr-defined]
    assert resource.id_prefixes == entry.id_prefixes  # type: ignore[attr-defined]
    assert tuple(p.resource for p in resource.parents) == entry.parents  # type: ignore[attr-defined]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.key)
def test_descriptor_is_whole(resource: Resource) -> None:
    assert resource.columns, "a list without columns"
    assert resource.empty, "an empty list must say what would be here"
    assert sum(column.grow for column in resource.columns) in {1, 2}
    assert min(column.priority for column in resource.columns) == 0
    keys = [action.key for action in resource.actions] + [c.key for c in resource.children]
    assert len(keys) == len(set(keys)), "two actions on one key"
    for child in resource.children:
        assert CATALOG[child.resource].parents[-1].resource == resource.key
    for join in resource.joins:
        assert join in CATALOG
    assert resource.list_op is not None or resource.ledger


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.key)
def test_deleting_asks(resource: Resource) -> None:
    for action in resource.actions:
        assert action.op is not None or action.flow is not None
        if action.op is not None and action.op.effect == Effect.DELETES:
            assert action.confirm != Confirm.NONE, action.id
            assert action.key not in {"enter", "y"}, action.id
        if action.target == Target.COLLECTION:
            assert not action.removes


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.key)
@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"id": "x", "object": None, "created_at": None, "file_counts": None, "choices": []},
        {"id": 7, "bytes": "12", "created_at": "soon", "choices": [None], "metadata": []},
        {
            "id": "file-\x1b[31m",
            "filename": "[/x]\x1b]52;c;aGk=\x07\u202e",
            "status": "never heard of\x9b",
            "name": "[@click=app.quit]go[/]",
            "metadata": {"\x00": "\x07"},
            "attributes": {"k": "\u2066"},
            "last_error": {"code": "\x1bc", "message": "\x1b[6n"},
            "choices": [{"message": {"content": "\x1b]0;t\x07"}, "finish_reason": "\x08"}],
        },
    ],
    ids=["empty", "nulls", "wrong types", "hostile"],
)
def test_any_row_can_be_shown(resource: Resource, raw: dict[str, object]) -> None:
    item = resource.list_op.item if resource.list_op else None
    record = Record(raw, item)
    shows = [column.show for column in resource.columns]
    shows += [fact.show for section in resource.sections for fact in section.facts]
    for show in shows:
        shown = show(record, Nothing())
        assert shown.text, "an empty cell says so with a dash"
        assert harmless(shown.text) and "\n" not in shown.text
        assert shown.tone in Tone


def test_names_of_resources() -> None:
    assert resource_named("vector-stores") == "vector_stores"
    assert resource_named("Vector_Stores.files") == "vector_stores.files"
    assert resource_named("VS") == "vector_stores"
    assert resource_named("nothing") is None
