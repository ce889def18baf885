"""Files: uploaded, listed, read back and deleted (contract 2.8)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from tui.sandbox.background import at_start, sweeps
from tui.sandbox.blobs import BlobWriter
from tui.sandbox.call import Call, answer
from tui.sandbox.errors import ApiError, invalid, not_found
from tui.sandbox.fields import Fields
from tui.sandbox.gate import MIB, too_large
from tui.sandbox.jsonl import check_jsonl_blob
from tui.sandbox.multipart import Form, read_form
from tui.sandbox.paging import FILES, list_object
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.registry import serves
from tui.sandbox.tuned_weights import WEIGHTS
from tui.sandbox.vector_store_records import FILE as STORE_FILE
from tui.sandbox.vector_store_records import detach
from tui.sandbox.wire import JsonObject
from tui.sandbox.world import World

FILE = "file"
"""The record kind; the blob of a file has its id as name."""
PART = "upload.part"

PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
DOWNLOADABLE = frozenset(
    {"assistants_output", "batch", "batch_output", "evals", "fine-tune", "fine-tune-results"}
)
"""Purposes whose content the platform gives back (contract 5)."""
MAX_BYTES = 512 * MIB
_BATCH_BYTES = 200 * MIB
_NAME_LENGTH = 1000
_EXPIRY_SECONDS = (3600, 2_592_000)


@dataclass(frozen=True, slots=True)
class NewFile:
    """What makes a file, apart from its bytes."""

    filename: str
    purpose: str
    size: int
    expires_at: int | None = None
    id: str = ""


def file_record(new: NewFile, created_at: int) -> Record:
    """The complete file object as a record."""
    body: JsonObject = {
        "id": new.id,
        "object": "file",
        "bytes": new.size,
        "created_at": created_at,
        "expires_at": new.expires_at,
        "filename": new.filename,
        "purpose": new.purpose,
        "status": "processed",
        "status_details": None,
    }
    return Record(
        FILE,
        new.id,
        body,
        created_at=created_at,
        status=new.purpose,
        size=new.size,
        expires_at=new.expires_at,
    )


async def store_file(
    world: World,
    filename: str,
    content: bytes,
    *,
    purpose: str,
    created_at: int | None = None,
    id: str | None = None,
) -> Record:
    """Store a file that the sandbox itself makes: results, demo content."""
    id = id or world.ids.new("file-")
    await world.blobs.write(id, content)
    at = int(world.clock.now()) if created_at is None else created_at
    record = file_record(NewFile(filename, purpose, len(content), id=id), at)
    await world.database.write(lambda records: records.insert(record))
    return record


async def find_file(world: World, id: str) -> Record | None:
    """A file that is there and has not expired."""
    return await world.database.read(lambda records: living_file(records, id, world.clock.now()))


def living_file(records: Records, id: str, now: float) -> Record | None:
    """As `find_file`, inside a transaction."""
    record = records.get(FILE, id)
    if record is None or (record.expires_at is not None and record.expires_at <= now):
        return None
    return record


def no_such_file(id: str, param: str = "id") -> ApiError:
    """404 as the platform words it."""
    return not_found(f"No such File object: {id}", param)


@serves("createFile")
async def create_file(call: Call) -> Response:
    id = call.world.ids.new("file-")
    writer = call.world.blobs.writer(id)
    try:
        form = await read_form(call, "file", writer)
        new = _checked(form, id, call.now)
        await writer.finish()
        if new.purpose == "fine-tune":
            await _check_training_lines(call.world, id)
    except BaseException:
        await _discard(call.world, writer, id)
        raise
    record = file_record(new, call.now)
    await call.world.database.write(lambda records: records.insert(record))
    return answer(record.body)


@serves("listFiles")
async def list_files(call: Call) -> Response:
    page = FILES.read(call.query)
    purpose = call.query.text("purpose")
    where = [Where("expires_at IS NULL OR expires_at > ?", (call.now,))]
    if purpose is not None:
        where.append(Where("status = ?", (purpose,)))
    found = await call.world.database.read(lambda records: records.page(FILE, page, *where))
    return answer(list_object([record.body for record in found.records], has_more=found.has_more))


@serves("retrieveFile")
async def retrieve_file(call: Call) -> Response:
    return answer((await _file(call)).body)


@serves("downloadFile")
async def download_file(call: Call) -> Response:
    record = await _file(call)
    purpose = record.body["purpose"]
    if purpose not in DOWNLOADABLE:
        raise invalid(f"Not allowed to download files of purpose: {purpose}")
    if not call.world.blobs.has(record.id):
        raise no_such_file(record.id)
    name = quote(str(record.body["filename"]), safe="")
    return StreamingResponse(
        call.world.blobs.stream(record.id),
        media_type="application/octet-stream",
        headers={
            "content-length": str(record.size),
            "content-disposition": f"attachment; filename*=UTF-8''{name}",
        },
    )


@serves("deleteFile")
async def delete_file(call: Call) -> Response:
    record = await _file(call)
    await forget_files(call.world, record.id)
    return answer({"id": record.id, "object": "file", "deleted": True})


async def forget_files(world: World, *ids: str) -> None:
    """Delete files, their bytes, and their entries in all vector stores."""

    def forget(records: Records) -> None:
        for id in ids:
            records.delete(FILE, id)
            for entry in records.select(STORE_FILE, Where("id = ?", (id,))):
                detach(records, entry.parent, id)

    await world.database.write(forget)
    await world.blobs.delete(*ids)


@sweeps
async def sweep_files(world: World) -> None:
    """Delete the files whose time has come."""
    due = Where("expires_at <= ?", (int(world.clock.now()),))
    expired = await world.database.read(lambda records: records.select(FILE, due))
    if expired:
        await forget_files(world, *(record.id for record in expired))


@at_start
async def drop_orphans(world: World) -> None:
    """Delete bytes whose file or part was never recorded, since the process died in between."""

    def owners(records: Records) -> set[str]:
        rows = records.connection.execute(
            "SELECT id FROM records WHERE kind IN (?, ?, ?)", (FILE, PART, WEIGHTS)
        )
        return {str(row[0]) for row in rows}

    owned = await world.database.read(owners)
    await world.blobs.delete(*(world.blobs.names() - owned))


async def _file(call: Call) -> Record:
    record = await find_file(call.world, call.path["file_id"])
    if record is None:
        raise no_such_file(call.path["file_id"])
    return record


def check_name(name: str, param: str) -> str:
    """A name that can be kept and shown. Raises `ApiError` 400."""
    if not name or "\0" in name or len(name) > _NAME_LENGTH:
        raise invalid(f"Invalid '{param}': the file name is empty, too long or has a NUL.", param)
    return name


def check_format(filename: str, purpose: str, size: int) -> None:
    """What the platform demands of files for training and batches. Raises `ApiError` 400."""
    names = {"fine-tune": "Fine-Tuning", "batch": "Batch"}
    if purpose in names and not filename.lower().endswith(".jsonl"):
        raise invalid(f"Invalid file format for {names[purpose]} API. Must be .jsonl", "file")
    if purpose == "batch" and size > _BATCH_BYTES:
        raise invalid("File is too large for Batch API. Must be at most 200 MB.", "file")


def expiry(fields: Fields, created_at: int) -> int | None:
    """When a file with `expires_after` ends. Raises `ApiError` 400."""
    after = fields.fields("expires_after")
    if after is None:
        return None
    after.required_string("anchor", choices=["created_at"])
    after.required("seconds")
    low, high = _EXPIRY_SECONDS
    return created_at + (after.integer("seconds", minimum=low, maximum=high) or 0)


def _checked(form: Form, id: str, now: int) -> NewFile:
    fields = Fields(_nested(form.fields))
    fields.only(("purpose", "expires_after"))
    if form.filename is None:
        raise invalid(
            "Missing required parameter: 'file'.", "file", code="missing_required_parameter"
        )
    if form.size > MAX_BYTES:
        raise too_large(MAX_BYTES)
    purpose = fields.required_string("purpose", choices=PURPOSES)
    filename = check_name(form.filename, "file")
    check_format(filename, purpose, form.size)
    return NewFile(filename, purpose, form.size, expires_at=expiry(fields, now), id=id)


def _nested(fields: dict[str, str]) -> JsonObject:
    """Form fields such as `expires_after[seconds]` as the nested object they stand for."""
    body: JsonObject = {}
    for name, value in fields.items():
        outer, bracket, inner = name.partition("[")
        if not bracket:
            body[outer] = value
            continue
        member = inner.rstrip("]")
        number = int(value) if member == "seconds" and value.isdigit() else value
        nested = body.setdefault(outer, {})
        if isinstance(nested, dict):
            nested[member] = number
    return body


async def _check_training_lines(world: World, id: str) -> None:
    complaint = await world.compute(check_jsonl_blob, world.blobs, id)
    if complaint is not None:
        raise invalid(complaint, "file", code="invalid_file_format")


async def _discard(world: World, writer: BlobWriter, id: str) -> None:
    await writer.abandon()
    await world.blobs.delete(id)
