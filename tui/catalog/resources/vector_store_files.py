"""Files in a vector store, and the batches by which they are attached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.api.operations import files as file_ops
from tui.api.operations import vector_stores as ops
from tui.api.records import Record
from tui.catalog.cells import (
    age,
    exact_size,
    identity,
    joined,
    moment,
    number,
    pairs,
    size,
    status,
    text,
)
from tui.catalog.descriptor import (
    Action,
    Align,
    Child,
    Column,
    Confirm,
    Context,
    Fact,
    Parent,
    Resource,
    Section,
    Target,
    Tone,
)
from tui.catalog.resources.vector_store_cells import (
    INGESTION,
    ORDER,
    STATE,
    STORE,
    chunking,
    file_counts,
    last_error,
)
from tui.core.safe_text import clean_block


def _attributes_prefill(record: Record) -> Mapping[str, Any]:
    return {"attributes": dict(record.raw.get("attributes") or {})}


def _attributes(_record: Record, values: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(values)


def _detach_effects(_record: Record, _context: Context) -> tuple[str, ...]:
    return ("The file itself stays under Files; it can be attached again.",)


def _delete_effects(_record: Record, _context: Context) -> tuple[str, ...]:
    return ("The file goes from this store, from Files, and from every other vector store.",)


def _only_running(record: Record) -> str | None:
    state = record.get("status")
    return None if state in (None, "in_progress") else f"The batch is {state} already"


def _error_text(record: Record) -> str:
    message = record.get("last_error.message")
    return clean_block(message) if message else ""


ATTACH = Action(
    id="vector_stores.files.attach",
    title="Attach a file that is uploaded",
    key="a",
    target=Target.COLLECTION,
    op=ops.CREATE_VECTOR_STORE_FILE,
    request="vector_stores:AttachFile",
    invalidates=("vector_stores.files", "vector_stores"),
    done="attached",
)

STORE_FILES = Resource(
    key="vector_stores.files",
    title="Files in the store",
    singular="file in the store",
    section="Vector stores",
    id_field="file_id",
    parents=(STORE,),
    list_op=ops.LIST_VECTOR_STORE_FILES,
    get_op=ops.GET_VECTOR_STORE_FILE,
    filters=(STATE, ORDER),
    fresh_for=10.0,
    poll=INGESTION,
    joins=("files",),
    columns=(
        Column(
            key="name", title="Name", show=joined("id", "files", "filename"), width=26, grow=True
        ),
        Column(key="status", title="Status", show=status(), width=13),
        Column(key="error", title="Error", show=last_error, width=22, priority=3),
        Column(
            key="size",
            title="Size",
            show=size("usage_bytes"),
            width=8,
            priority=1,
            align=Align.RIGHT,
        ),
        Column(key="chunks", title="Chunking", show=chunking, width=9, priority=5),
        Column(
            key="attributes", title="Attributes", show=pairs("attributes"), width=24, priority=4
        ),
        Column(key="age", title="Age", show=age(), width=6, priority=2, align=Align.RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="file", show=text("id"), link="files"),
                Fact(key="n", label="name", show=joined("id", "files", "filename")),
                Fact(
                    key="vector_store_id",
                    label="store",
                    show=text("vector_store_id"),
                    link="vector_stores",
                ),
                Fact(key="status", label="status", show=status()),
                Fact(key="usage_bytes", label="size", show=exact_size("usage_bytes")),
                Fact(key="chunking_strategy", label="chunking", show=chunking),
                Fact(key="created_at", label="attached", show=moment()),
                Fact(key="last_error", label="error", show=text("last_error.code", tone=Tone.BAD)),
            ),
            text=_error_text,
        ),
        Section(title="Attributes", pairs="attributes"),
    ),
    actions=(
        Action(
            id="vector_stores.files.upload",
            title="Upload files into the store",
            key="u",
            target=Target.COLLECTION,
            op=file_ops.CREATE_FILE,
            flow="upload",
            uses=(file_ops.CREATE_FILE, ops.CREATE_FILE_BATCH, ops.CREATE_VECTOR_STORE_FILE),
        ),
        ATTACH,
        Action(
            id="vector_stores.files.batch",
            title="Attach many files as a batch",
            key="b",
            target=Target.COLLECTION,
            op=ops.CREATE_FILE_BATCH,
            request="vector_stores:CreateFileBatch",
            invalidates=("vector_stores.files", "vector_stores", "vector_stores.file_batches"),
            done="started",
        ),
        Action(
            id="vector_stores.files.search",
            title="Search in the store",
            key="f",
            target=Target.COLLECTION,
            flow="search",
            uses=(ops.SEARCH_VECTOR_STORE,),
        ),
        Action(
            id="vector_stores.files.content",
            title="View the parsed content",
            key="v",
            target=Target.ONE,
            flow="content",
            uses=(ops.GET_VECTOR_STORE_FILE_CONTENT,),
        ),
        Action(
            id="vector_stores.files.attributes",
            title="Edit attributes",
            key="e",
            target=Target.ONE,
            op=ops.UPDATE_VECTOR_STORE_FILE,
            request="vector_stores:UpdateAttributes",
            prefill=_attributes_prefill,
            overlay=_attributes,
            done="saved",
        ),
        Action(
            id="vector_stores.files.detach",
            title="Detach from the store",
            key="ctrl+d",
            target=Target.MARKED,
            op=ops.DELETE_VECTOR_STORE_FILE,
            confirm=Confirm.ASK,
            effects=_detach_effects,
            removes=True,
            invalidates=("vector_stores",),
            done="detached",
        ),
        Action(
            id="vector_stores.files.delete",
            title="Delete the file everywhere",
            key="D",
            target=Target.MARKED,
            op=file_ops.DELETE_FILE,
            confirm=Confirm.TYPE,
            effects=_delete_effects,
            removes=True,
            invalidates=("files", "vector_stores"),
            done="deleted",
        ),
    ),
    empty="No files in this store yet: upload some, or attach what is uploaded.",
)

FILE_BATCHES = Resource(
    key="vector_stores.file_batches",
    title="File batches",
    singular="file batch",
    section="Vector stores",
    id_field="batch_id",
    id_prefixes=("vsfb_",),
    aliases=("vsb",),
    parents=(STORE,),
    get_op=ops.GET_FILE_BATCH,
    poll=INGESTION,
    ledger=True,
    columns=(
        Column(key="id", title="Batch", show=identity(), width=20, grow=True),
        Column(key="status", title="Status", show=status(), width=13),
        Column(key="files", title="Files", show=file_counts, width=14, align=Align.RIGHT),
        Column(key="age", title="Age", show=age(), width=6, priority=2, align=Align.RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(
                    key="vector_store_id",
                    label="store",
                    show=text("vector_store_id"),
                    link="vector_stores",
                ),
                Fact(key="status", label="status", show=status()),
                Fact(key="created_at", label="created", show=moment()),
                Fact(key="t", label="total", show=number("file_counts.total")),
                Fact(key="c", label="completed", show=number("file_counts.completed")),
                Fact(key="p", label="in progress", show=number("file_counts.in_progress")),
                Fact(key="f", label="failed", show=number("file_counts.failed")),
                Fact(key="x", label="cancelled", show=number("file_counts.cancelled")),
            ),
        ),
    ),
    children=(Child("vector_stores.file_batches.files", "Files of the batch", "enter"),),
    actions=(
        Action(
            id="vector_stores.file_batches.cancel",
            title="Cancel the batch",
            key="x",
            target=Target.ONE,
            op=ops.CANCEL_FILE_BATCH,
            confirm=Confirm.ASK,
            blocked=_only_running,
            invalidates=("vector_stores.files", "vector_stores"),
            done="cancelled",
        ),
    ),
    empty="The API cannot list file batches. Those that Cupola started or saw stand here: b in the "
    "store's files starts one, an upload of several files makes one too.",
)

BATCH_FILES = Resource(
    key="vector_stores.file_batches.files",
    title="Files of the batch",
    singular="file of the batch",
    section="Vector stores",
    id_field="file_id",
    parents=(STORE, Parent("vector_stores.file_batches", "batch_id")),
    list_op=ops.LIST_FILE_BATCH_FILES,
    filters=(STATE, ORDER),
    fresh_for=5.0,
    joins=("files",),
    columns=STORE_FILES.columns,
    sections=STORE_FILES.sections,
    empty="This batch has no files.",
)

RESOURCES = (STORE_FILES, FILE_BATCHES, BATCH_FILES)
