"""Assistants: a model with instructions and tools, that threads are run with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.api.operations import assistants as ops
from tui.api.records import Record
from tui.catalog.cells import age, identity, moment, text
from tui.catalog.descriptor import (
    Action,
    Align,
    Column,
    Confirm,
    Context,
    Fact,
    Resource,
    Section,
    Shown,
    Target,
    Tone,
)
from tui.catalog.resources.thread_cells import ORDER, resources, tools
from tui.core.safe_text import clean

_EDITED = (
    "model",
    "name",
    "description",
    "instructions",
    "reasoning_effort",
    "tools",
    "tool_resources",
    "metadata",
    "temperature",
    "top_p",
    "response_format",
)


def _named(record: Record, _context: Context) -> Shown:
    name = record.get("name")
    return Shown(clean(name, limit=400)) if name else Shown("no name", Tone.MUTED, "")


def _prefill(record: Record) -> Mapping[str, Any]:
    return {name: record.raw[name] for name in _EDITED if record.raw.get(name) is not None}


def _overlay(_record: Record, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the server echoes as it is sent."""
    shown = {"name", "description", "instructions", "model", "metadata"}
    return {name: value for name, value in values.items() if name in shown}


def _effects(_record: Record, _context: Context) -> tuple[str, ...]:
    return ("Its threads and their runs stay; they can be run with another assistant.",)


ASSISTANTS = Resource(
    key=ops.ASSISTANTS,
    title="Assistants",
    singular="assistant",
    section=ops.SECTION,
    id_field="assistant_id",
    id_prefixes=("asst_",),
    aliases=("assistant", "asst"),
    list_op=ops.LIST_ASSISTANTS,
    get_op=ops.GET_ASSISTANT,
    filters=(ORDER,),
    columns=(
        Column(key="name", title="Name", show=_named, width=24, grow=True),
        Column(key="model", title="Model", show=text("model"), width=16, priority=1),
        Column(key="tools", title="Tools", show=tools, width=26, priority=2),
        Column(key="works", title="Works on", show=resources, width=16, priority=3),
        Column(key="age", title="Age", show=age(), width=6, align=Align.RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="model", label="model", show=text("model"), link="models"),
                Fact(key="description", label="for", show=text("description")),
                Fact(key="created_at", label="created", show=moment()),
                Fact(key="tools", label="tools", show=tools),
                Fact(key="temperature", label="temperature", show=text("temperature")),
                Fact(key="top_p", label="top p", show=text("top_p")),
                Fact(key="reasoning_effort", label="effort", show=text("reasoning_effort")),
            ),
        ),
        Section(
            title="Works on",
            facts=(
                Fact(
                    key="tool_resources.file_search.vector_store_ids.0",
                    label="store",
                    show=identity("tool_resources.file_search.vector_store_ids.0"),
                    link="vector_stores",
                ),
                Fact(key="files", label="in all", show=resources),
            ),
        ),
        Section(title="Metadata", pairs="metadata"),
        Section(title="Instructions", text=lambda record: str(record.get("instructions") or "")),
    ),
    name=lambda record: record.get("name") or record.id,
    actions=(
        Action(
            id="assistants.create",
            title="New assistant",
            key="n",
            target=Target.COLLECTION,
            op=ops.CREATE_ASSISTANT,
            request=ops.CREATE_ASSISTANT.body,
            invalidates=(ops.ASSISTANTS,),
            done="created",
        ),
        Action(
            id="assistants.try",
            title="Try it in a new thread",
            key="t",
            target=Target.ONE,
            flow="thread",
            uses=(ops.CREATE_THREAD_AND_RUN,),
        ),
        Action(
            id="assistants.modify",
            title="Edit",
            key="e",
            target=Target.ONE,
            op=ops.MODIFY_ASSISTANT,
            request=ops.MODIFY_ASSISTANT.body,
            prefill=_prefill,
            overlay=_overlay,
            done="saved",
        ),
        Action(
            id="assistants.delete",
            title="Delete",
            key="ctrl+d",
            target=Target.MARKED,
            op=ops.DELETE_ASSISTANT,
            confirm=Confirm.TYPE,
            effects=_effects,
            removes=True,
            done="deleted",
        ),
    ),
    empty="An assistant is a model with instructions and tools; threads are run with it.",
)

RESOURCES = (ASSISTANTS,)
