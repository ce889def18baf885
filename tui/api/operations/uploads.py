"""Uploads: a large file sent in parts (contract 2.8). There is no way to read one back."""

from __future__ import annotations

from tui.api.operation import Effect, Operation

SECTION = "Uploads"
RESOURCE = "uploads"
ITEM = "uploads:Upload"

CREATE_UPLOAD = Operation(
    id="createUpload",
    method="POST",
    path="/uploads",
    section=SECTION,
    resource=RESOURCE,
    item=ITEM,
    body="uploads:CreateUpload",
    effect=Effect.CREATES,
)
ADD_UPLOAD_PART = Operation(
    id="addUploadPart",
    method="POST",
    path="/uploads/{upload_id}/parts",
    section=SECTION,
    resource="uploads.parts",
    item="uploads:UploadPart",
    body="uploads:AddUploadPart",
    # A part that arrived twice is harmless: the completing request names the parts that count.
    effect=Effect.CHANGES,
    multipart=True,
)
COMPLETE_UPLOAD = Operation(
    id="completeUpload",
    method="POST",
    path="/uploads/{upload_id}/complete",
    section=SECTION,
    resource=RESOURCE,
    item=ITEM,
    body="uploads:CompleteUpload",
    effect=Effect.CREATES,
)
CANCEL_UPLOAD = Operation(
    id="cancelUpload",
    method="POST",
    path="/uploads/{upload_id}/cancel",
    section=SECTION,
    resource=RESOURCE,
    item=ITEM,
    effect=Effect.CHANGES,
)

OPERATIONS: tuple[Operation, ...] = (
    CREATE_UPLOAD,
    ADD_UPLOAD_PART,
    COMPLETE_UPLOAD,
    CANCEL_UPLOAD,
)
