"""What a file upload asks for (contract 2.8)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from tui.api.requests.common import FileExpiration, RequestModel

Purpose = Literal["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]
"""The purposes that an upload may name; files may come back with others."""


class UploadFile(RequestModel):
    """Send one local file; above 64 MB it goes in parts."""

    file: Path = Field(description="The local file to upload, 512 MB at most.")
    purpose: Purpose = Field(
        description=(
            "What the file is for: assistants for vector stores and tools, batch for request "
            "files, fine-tune for training data, user_data for anything."
        )
    )
    expires_after: FileExpiration | None = Field(
        default=None,
        description="Delete the file by itself after a time; batch files default to 30 days.",
    )
