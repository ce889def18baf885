"""The bodies of an upload in parts (contract 2.8)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from tui.api.requests.common import FileExpiration, RequestModel

MAX_PART_BYTES = 67_108_864
MAX_UPLOAD_BYTES = 8 * 1024**3


class CreateUpload(RequestModel):
    """Announce a large file; its parts follow within one hour."""

    filename: str = Field(min_length=1, description="The name that the file will have.")
    purpose: Literal["assistants", "batch", "fine-tune", "vision"] = Field(
        description="What the file is for; files for other purposes cannot come in parts."
    )
    bytes: int = Field(
        ge=1, le=MAX_UPLOAD_BYTES, description="The exact size of the whole file, 8 GB at most."
    )
    mime_type: str = Field(
        min_length=1, description="The file's media type, which must fit its purpose."
    )
    expires_after: FileExpiration | None = Field(
        default=None, description="Delete the finished file by itself after a time."
    )


class AddUploadPart(RequestModel):
    """One stretch of the file's bytes."""

    data: Path = Field(description="The bytes of this part, 64 MB at most.")


class CompleteUpload(RequestModel):
    """Join the parts into one file."""

    part_ids: list[str] = Field(
        min_length=1, description="The ids of the parts, in the order of the file's bytes."
    )
    md5: str | None = Field(
        default=None,
        pattern=r"^[0-9a-fA-F]{32}$",
        description="The MD5 of the whole file, for the server to compare.",
    )
