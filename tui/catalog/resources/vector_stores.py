"""Vector stores: create, fill, search, and see what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.api.operations import files as file_ops
from tui.api.operations import vector_stores as ops
from tui.api.records import Record
from tui.catalog.cells import (
    age,
    exact_size,
    moment,
    number,
    size,
    status,
    text,
    until,
)
from tui.catalog.descriptor import (
    Action,
    Align,
    Child,
    Column,
    Confirm,
    Context,
    Fact,
    Poll,
    Resource,
    Section,
    Shown,
    Target,
    Tone,
)
from tui.catalog.resources.vector_store_cells import (
    ORDER,
    file_counts,
)
from tui.core.formats import counted
from tui.core.formats import number as as_number


def expiry_rule(record: Record, _context: Context) -> Shown:
    days = as_number(record.get("expires_after.days"))
    if days is None:
        return Shown("never", Tone.MUTED)
    return Shown(f"{counted(days, 'day')} after it was last active")


def _store_prefill(record: Record) -> Mapping[str, Any]:
    rule = record.raw.get("expires_after")
    return {
        "name": record.get("name") or "",
        "expires_after": dict(rule) if isinstance(rule, Mapping) else None,
        "metadata": dict(record.raw.get("metadata") or {}),
    }


def _changed(_record: Record, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The server echoes these fields as they are sent, so they may be shown at once."""
    return {key: value for key, value in values.items() if key in {"name", "metadata"}}


def _store_effects(record: Record, _context: Context) -> tuple[str, ...]:
    total = as_number(record.get("file_counts.total")) or 0
    return (
        f"Its index of {counted(total, 'file')} is gone for good.",
        "The files themselves stay under Files, and go on costing storage.",
    )


SEARCH = Action(
    id="vector_stores.search",
    title="Search in the store",
    key="f",
    target=Target.ONE,
    flow="search",
    uses=(ops.SEARCH_VECTOR_STORE,),
)

VECTOR_STORES = Resource(
    key="vector_stores",
    title="Vector stores",
    singular="vector store",
    section="Vector stores",
    id_field="vector_store_id",
    id_prefixes=("vs_",),
    aliases=("vector_store", "vs", "stores", "store"),
    list_op=ops.LIST_VECTOR_STORES,
    get_op=ops.GET_VECTOR_STORE,
    filters=(ORDER,),
    poll=Poll(every=1.0, slow=10.0, terminal=frozenset({"completed", "expired"})),
    columns=(
        Column(key="name", title="Name", show=text("name"), width=24, grow=True),
        Column(key="status", title="Status", show=status(), width=13),
        Column(key="files", title="Files", show=file_counts, width=14, align=Align.RIGHT),
        Column(
            key="size",
            title="Size",
            show=size("usage_bytes"),
            width=8,
            priority=1,
            align=Align.RIGHT,
        ),
        Column(
            key="active",
            title="Active",
            show=age("last_active_at"),
            width=7,
            priority=3,
            align=Align.RIGHT,
        ),
        Column(
            key="expires",
            title="Expires",
            show=until("expires_at"),
            width=10,
            priority=4,
            align=Align.RIGHT,
        ),
        Column(key="age", title="Age", show=age(), width=6, priority=2, align=Align.RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="status", label="status", show=status()),
                Fact(key="usage_bytes", label="size", show=exact_size("usage_bytes")),
                Fact(key="created_at", label="created", show=moment()),
                Fact(key="last_active_at", label="active", show=moment("last_active_at")),
                Fact(key="expires_after", label="expiry", show=expiry_rule),
                Fact(key="expires_at", label="expires", show=moment("expires_at")),
            ),
        ),
        Section(
            title="Files",
            facts=(
                Fact(key="t", label="total", show=number("file_counts.total")),
                Fact(key="c", label="completed", show=number("file_counts.completed")),
                Fact(key="p", label="in progress", show=number("file_counts.in_progress")),
                Fact(key="f", label="failed", show=number("file_counts.failed")),
                Fact(key="x", label="cancelled", show=number("file_counts.cancelled")),
            ),
        ),
        Section(title="Metadata", pairs="metadata"),
    ),
    name=lambda record: record.get("name") or record.id,
    children=(
        Child("vector_stores.files", "Files", "enter"),
        Child("vector_stores.file_batches", "File batches", "B"),
    ),
    actions=(
        Action(
            id="vector_stores.create",
            title="New vector store",
            key="n",
            target=Target.COLLECTION,
            op=ops.CREATE_VECTOR_STORE,
            request="vector_stores:CreateVectorStore",
            invalidates=("vector_stores",),
            done="created",
        ),
        Action(
            id="vector_stores.upload",
            title="Upload files into the store",
            key="u",
            target=Target.ONE,
            op=file_ops.CREATE_FILE,
            flow="upload",
            uses=(file_ops.CREATE_FILE, ops.CREATE_FILE_BATCH, ops.CREATE_VECTOR_STORE_FILE),
        ),
        SEARCH,
        Action(
            id="vector_stores.modify",
            title="Edit name, expiry, metadata",
            key="e",
            target=Target.ONE,
            op=ops.MODIFY_VECTOR_STORE,
            request="vector_stores:ModifyVectorStore",
            prefill=_store_prefill,
            overlay=_changed,
            done="saved",
        ),
        Action(
            id="vector_stores.delete",
            title="Delete",
            key="ctrl+d",
            target=Target.MARKED,
            op=ops.DELETE_VECTOR_STORE,
            confirm=Confirm.TYPE,
            effects=_store_effects,
            removes=True,
            done="deleted",
        ),
    ),
    empty="A vector store makes files searchable by meaning: for assistants, responses and search.",
)

RESOURCES = (VECTOR_STORES,)
