"""Uploads: large files in parts, joined at the end (contract 2.8). None of them can be listed."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from tui.sandbox.background import sweeps
from tui.sandbox.call import Call, answer
from tui.sandbox.errors import ApiError, invalid, not_found
from tui.sandbox.fields import Fields
from tui.sandbox.files import (
    PART,
    NewFile,
    check_format,
    check_name,
    expiry,
    file_record,
)
from tui.sandbox.gate import MIB, too_large
from tui.sandbox.jsonl import check_jsonl_blob
from tui.sandbox.multipart import read_form
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.registry import serves
from tui.sandbox.wire import JsonObject
from tui.sandbox.world import World

UPLOAD = "upload"
PURPOSES = ("assistants", "batch", "fine-tune", "vision")
PART_BYTES = 64 * MIB
MAX_BYTES = 8 << 30
LIFETIME_SECONDS = 3600


@serves("createUpload")
async def create_upload(call: Call) -> Response:
    fields = await call.fields()
    fields.only(("filename", "purpose", "bytes", "mime_type", "expires_after"))
    filename = check_name(fields.required_string("filename"), "filename")
    purpose = fields.required_string("purpose", choices=PURPOSES)
    fields.required("bytes")
    size = fields.integer("bytes", minimum=1, maximum=MAX_BYTES) or 0
    fields.required_string("mime_type", maximum=200)
    check_format(filename, purpose, size)
    now = call.now
    expires_at = expiry(fields, now)
    body: JsonObject = {
        "id": call.world.ids.new("upload_"),
        "object": "upload",
        "bytes": size,
        "created_at": now,
        "filename": filename,
        "purpose": purpose,
        "status": "pending",
        "expires_at": now + LIFETIME_SECONDS,
        "file": None,
    }
    record = Record(
        UPLOAD,
        body["id"],
        body,
        created_at=now,
        status="pending",
        private={"lifetime": None if expires_at is None else expires_at - now},
    )
    await call.world.database.write(lambda records: records.insert(record))
    return answer(body)


@serves("addUploadPart")
async def add_upload_part(call: Call) -> Response:
    world, id = call.world, call.path["upload_id"]
    _pending(await world.database.read(lambda records: records.get(UPLOAD, id)), call)
    part_id = world.ids.new("part_")
    writer = world.blobs.writer(part_id)
    body: JsonObject = {
        "id": part_id,
        "object": "upload.part",
        "created_at": call.now,
        "upload_id": id,
    }
    try:
        form = await read_form(call, "data", writer)
        if form.filename is None:
            raise invalid(
                "Missing required parameter: 'data'.", "data", code="missing_required_parameter"
            )
        if form.size > PART_BYTES:
            raise too_large(PART_BYTES)
        await writer.finish()
        part = Record(PART, part_id, body, parent=id, created_at=call.now, size=form.size)

        def insert(records: Records) -> None:
            _pending(records.get(UPLOAD, id), call)
            records.insert(part)

        await world.database.write(insert)
    except BaseException:
        await writer.abandon()
        await world.blobs.delete(part_id)
        raise
    return answer(body)


@serves("completeUpload")
async def complete_upload(call: Call) -> Response:
    fields = await call.fields()
    fields.only(("part_ids", "md5"))
    fields.required("part_ids")
    part_ids = fields.strings("part_ids", minimum=1) or []
    world, id = call.world, call.path["upload_id"]
    upload = _pending(await world.database.read(lambda records: records.get(UPLOAD, id)), call)
    parts = await world.database.read(lambda records: records.many(PART, part_ids, parent=id))
    _check_parts(upload, parts, part_ids)
    file_id = world.ids.new("file-")
    try:
        size, md5 = await world.blobs.join(file_id, part_ids)
        await _check_content(world, upload, file_id, md5, fields)
        lifetime = upload.private.get("lifetime")
        new = NewFile(
            upload.body["filename"],
            upload.body["purpose"],
            size,
            expires_at=None if lifetime is None else call.now + lifetime,
            id=file_id,
        )
        file = file_record(new, call.now)
        done = await world.database.write(
            lambda records: _finish(records, call, "completed", file=file)
        )
    except BaseException:
        await world.blobs.delete(file_id)
        raise
    await _drop_parts(world, id)
    return answer(done.body)


@serves("cancelUpload")
async def cancel_upload(call: Call) -> Response:
    done = await call.world.database.write(lambda records: _finish(records, call, "cancelled"))
    await _drop_parts(call.world, done.id)
    return answer(done.body)


@sweeps
async def sweep_uploads(world: World) -> None:
    """Let pending uploads expire after their hour, and drop their parts."""
    latest = int(world.clock.now()) - LIFETIME_SECONDS

    def expire(records: Records) -> list[str]:
        due = records.select(UPLOAD, Where("status = 'pending' AND created_at <= ?", (latest,)))
        for record in due:
            records.put(replace(record.with_body(status="expired"), status="expired"))
        return [record.id for record in due]

    for id in await world.database.write(expire):
        await _drop_parts(world, id)


def _pending(record: Record | None, call: Call) -> Record:
    """The upload, if it still takes parts. Raises `ApiError` 404 or 400."""
    id = call.path["upload_id"]
    if record is None:
        raise not_found(f"No upload found with id '{id}'.", "upload_id")
    status = "expired" if call.now >= record.body["expires_at"] else record.status
    if record.status != "pending" or status != "pending":
        raise invalid(f"Upload '{id}' is {status}, no longer pending.", "upload_id")
    return record


def _finish(records: Records, call: Call, status: str, *, file: Record | None = None) -> Record:
    upload = _pending(records.get(UPLOAD, call.path["upload_id"]), call)
    done = replace(upload.with_body(status=status), status=status)
    if file is not None:
        records.insert(file)
        done = done.with_body(file=file.body)
    records.put(done)
    return done


def _check_parts(upload: Record, parts: dict[str, Record], part_ids: list[str]) -> None:
    if len(set(part_ids)) != len(part_ids):
        raise invalid("Invalid 'part_ids': a part is named twice.", "part_ids")
    for part_id in part_ids:
        if part_id not in parts:
            raise invalid(f"No part found with id '{part_id}' in this upload.", "part_ids")
    total = sum(part.size for part in parts.values())
    if total != upload.body["bytes"]:
        raise invalid(
            f"The parts hold {total} bytes, but the upload was declared with"
            f" {upload.body['bytes']} bytes.",
            "part_ids",
        )


async def _check_content(
    world: World, upload: Record, file_id: str, md5: str, fields: Fields
) -> None:
    expected = fields.string("md5", maximum=64)
    if expected is not None and expected.lower() != md5:
        raise invalid("The checksum does not match the content.", "md5")
    if upload.body["purpose"] == "fine-tune":
        complaint = await world.compute(check_jsonl_blob, world.blobs, file_id)
        if complaint is not None:
            raise ApiError(400, complaint, param="file", code="invalid_file_format")


async def _drop_parts(world: World, id: str) -> None:
    def drop(records: Records) -> list[str]:
        parts = [record.id for record in records.select(PART, parent=id)]
        records.delete_children(PART, id)
        return parts

    await world.blobs.delete(*await world.database.write(drop))
