"""Reads what requests say about vector stores: strategies, expiry, and the files to attach."""

from __future__ import annotations

from typing import Any

from tui.sandbox.chunking import MAX_TOKENS, OVERLAP_TOKENS
from tui.sandbox.errors import invalid
from tui.sandbox.fields import Fields
from tui.sandbox.vector_store_records import Attachment
from tui.sandbox.wire import JsonObject

MAX_FILE_IDS = 500
MAX_BATCH = 2000
_SIZES = (100, 4096)
_DAYS = (1, 365)


def read_expiry(fields: Fields) -> JsonObject | None:
    """`expires_after`: anchor and days (contract 2.9). Raises `ApiError` 400."""
    after = fields.fields("expires_after")
    if after is None:
        return None
    after.only(("anchor", "days"))
    after.required_string("anchor", choices=["last_active_at"])
    after.required("days")
    return {
        "anchor": "last_active_at",
        "days": after.integer("days", minimum=_DAYS[0], maximum=_DAYS[1]),
    }


def read_strategy(fields: Fields) -> tuple[int, int]:
    """`chunking_strategy` resolved to window and overlap in tokens. Raises `ApiError` 400."""
    strategy = fields.fields("chunking_strategy")
    if strategy is None:
        return MAX_TOKENS, OVERLAP_TOKENS
    kind = strategy.required_string("type", choices=["auto", "static"])
    if kind == "auto":
        strategy.only(("type",))
        return MAX_TOKENS, OVERLAP_TOKENS
    strategy.only(("type", "static"))
    strategy.required("static")
    static = strategy.fields("static") or Fields({})
    static.only(("max_chunk_size_tokens", "chunk_overlap_tokens"))
    for name in ("max_chunk_size_tokens", "chunk_overlap_tokens"):
        static.required(name)
    size = static.integer("max_chunk_size_tokens", minimum=_SIZES[0], maximum=_SIZES[1]) or 0
    overlap = static.integer("chunk_overlap_tokens", minimum=0) or 0
    if overlap * 2 > size:
        name = static.name("chunk_overlap_tokens")
        raise invalid(
            f"Invalid '{name}': the overlap must not exceed half of max_chunk_size_tokens.",
            name,
            code="invalid_value",
        )
    return size, overlap


def read_attachment(fields: Fields) -> Attachment:
    """One file with its attributes and strategy. Raises `ApiError` 400."""
    fields.only(("file_id", "attributes", "chunking_strategy"))
    file_id = fields.required_string("file_id")
    size, overlap = read_strategy(fields)
    return Attachment(file_id, fields.attributes() or {}, size, overlap)


def read_batch(fields: Fields) -> list[Attachment]:
    """The files of a batch: `file_ids` with common settings, or `files` with their own.

    Raises `ApiError` 400, also for both or neither.
    """
    fields.only(("file_ids", "files", "attributes", "chunking_strategy"))
    file_ids = fields.strings("file_ids", minimum=1, maximum=MAX_BATCH)
    files = fields.items("files", minimum=1, maximum=MAX_BATCH)
    if file_ids is not None and files is not None:
        raise invalid("'file_ids' and 'files' are mutually exclusive.", "file_ids")
    if files is not None:
        return _distinct([_nested_attachment(fields, i, file) for i, file in enumerate(files)])
    if file_ids is None:
        fields.required("file_ids")
    size, overlap = read_strategy(fields)
    attributes = fields.attributes() or {}
    return _distinct([Attachment(id, attributes, size, overlap) for id in file_ids or ()])


def _nested_attachment(fields: Fields, index: int, value: Any) -> Attachment:
    name = f"files[{index}]"
    if not isinstance(value, dict):
        raise fields.wrong_type(name, "an object", value)
    return read_attachment(Fields(value, name))


def _distinct(attachments: list[Attachment]) -> list[Attachment]:
    return list({attachment.file_id: attachment for attachment in attachments}.values())
