"""Files: everything that was uploaded, whatever its purpose."""

from __future__ import annotations

from tui.api.operations import files as ops
from tui.api.operations import uploads
from tui.api.records import Record
from tui.catalog.cells import age, exact_size, moment, size, status, text, until
from tui.catalog.descriptor import (
    Action,
    Align,
    Column,
    Confirm,
    Context,
    Fact,
    FilterKind,
    Resource,
    Section,
    ServerFilter,
    Target,
)
from tui.core.formats import counted

PURPOSES = (
    "assistants",
    "assistants_output",
    "batch",
    "batch_output",
    "evals",
    "fine-tune",
    "fine-tune-results",
    "user_data",
    "vision",
)
"""The known ones, for the filter; others that a server returns are shown as they are."""

SEALED_PURPOSES = frozenset({"assistants", "user_data"})
"""The platform refuses to give these back (contract 5)."""


def effects_of_deletion(record: Record, context: Context) -> tuple[str, ...]:
    """What is lost with a file, as far as what is loaded can tell."""
    lines = []
    stores = context.count("vector_stores.files", "id", record.id)
    if stores:
        lines.append(f"It goes from {counted(stores, 'vector store')} that you have looked at.")
    else:
        lines.append("It goes from every vector store that holds it.")
    if record.get("purpose") in SEALED_PURPOSES:
        lines.append("The server does not give files of this purpose back: keep your own copy.")
    return tuple(lines)


FILES = Resource(
    key="files",
    title="Files",
    singular="file",
    section="Files",
    id_field="file_id",
    id_prefixes=("file-", "file_"),
    aliases=("file", "f"),
    list_op=ops.LIST_FILES,
    get_op=ops.GET_FILE,
    filters=(
        ServerFilter(param="purpose", title="Purpose", kind=FilterKind.CHOICE, choices=PURPOSES),
        ServerFilter(
            param="order",
            title="Order",
            kind=FilterKind.CHOICE,
            choices=("desc", "asc"),
            default="desc",
        ),
    ),
    columns=(
        Column(key="filename", title="Name", show=text("filename"), width=28, grow=True),
        Column(key="purpose", title="Purpose", show=text("purpose"), width=17, priority=1),
        Column(key="size", title="Size", show=size("bytes"), width=8, align=Align.RIGHT),
        Column(key="status", title="Status", show=status(), width=12, priority=4),
        Column(
            key="expires",
            title="Expires",
            show=until("expires_at"),
            width=10,
            priority=3,
            align=Align.RIGHT,
        ),
        Column(key="age", title="Age", show=age(), width=6, priority=2, align=Align.RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="purpose", label="purpose", show=text("purpose")),
                Fact(key="bytes", label="size", show=exact_size("bytes")),
                Fact(key="created_at", label="created", show=moment()),
                Fact(key="expires_at", label="expires", show=moment("expires_at")),
                Fact(key="status", label="status", show=status()),
            ),
        ),
        Section(title="Status details", text=lambda record: record.get("status_details") or ""),
    ),
    name=lambda record: record.get("filename") or record.id,
    actions=(
        Action(
            id="files.upload",
            title="Upload files",
            key="u",
            target=Target.COLLECTION,
            op=ops.CREATE_FILE,
            flow="upload",
            uses=(
                ops.CREATE_FILE,
                uploads.CREATE_UPLOAD,
                uploads.ADD_UPLOAD_PART,
                uploads.COMPLETE_UPLOAD,
                uploads.CANCEL_UPLOAD,
            ),
        ),
        Action(
            id="files.content",
            title="View the content",
            key="v",
            target=Target.ONE,
            flow="content",
            uses=(ops.DOWNLOAD_FILE,),
        ),
        Action(
            id="files.download",
            title="Download",
            key="s",
            target=Target.MARKED,
            flow="download",
            uses=(ops.DOWNLOAD_FILE,),
        ),
        Action(
            id="files.delete",
            title="Delete",
            key="ctrl+d",
            target=Target.MARKED,
            op=ops.DELETE_FILE,
            confirm=Confirm.TYPE,
            effects=effects_of_deletion,
            removes=True,
            invalidates=("vector_stores.files", "vector_stores"),
            done="deleted",
        ),
    ),
    empty="Files that you upload stand here: training sets, batches, documents for vector stores.",
)

RESOURCES = (FILES,)
