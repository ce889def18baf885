"""Wire models of uploads in parts."""

from __future__ import annotations

from tui.api.models.common import Identified, Number
from tui.api.models.files import File


class Upload(Identified):
    """A large file under way: pending, completed, cancelled or expired."""

    bytes: Number = None
    created_at: Number = None
    expires_at: Number = None
    filename: str | None = None
    purpose: str | None = None
    status: str | None = None
    file: File | None = None
    """The finished file, once it is completed."""


class UploadPart(Identified):
    """One received part."""

    created_at: Number = None
    upload_id: str | None = None
