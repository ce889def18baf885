"""Wire model of a file."""

from __future__ import annotations

from tui.api.models.common import Identified, Number


class File(Identified):
    """An uploaded or made file; its purpose may be one that no document lists."""

    bytes: Number = None
    created_at: Number = None
    expires_at: Number = None
    filename: str | None = None
    purpose: str | None = None
    status: str | None = None
    """Deprecated: uploaded, processed or error."""
    status_details: str | None = None
