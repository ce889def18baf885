"""Files: uploaded and made documents (contract 2.8)."""

from __future__ import annotations

from tui.api.operation import Effect, Operation, Paging

SECTION = "Files"
RESOURCE = "files"
ITEM = "files:File"

LIST_FILES = Operation(
    id="listFiles",
    method="GET",
    path="/files",
    section=SECTION,
    resource=RESOURCE,
    item=ITEM,
    query=("purpose", "limit", "order", "after"),
    paging=Paging.AFTER,
    list=True,
)
CREATE_FILE = Operation(
    id="createFile",
    method="POST",
    path="/files",
    section=SECTION,
    resource=RESOURCE,
    item=ITEM,
    body="files:UploadFile",
    effect=Effect.CREATES,
    multipart=True,
)
GET_FILE = Operation(
    id="retrieveFile",
    method="GET",
    path="/files/{file_id}",
    section=SECTION,
    resource=RESOURCE,
    item=ITEM,
)
DELETE_FILE = Operation(
    id="deleteFile",
    method="DELETE",
    path="/files/{file_id}",
    section=SECTION,
    resource=RESOURCE,
    item="common:Deleted",
    effect=Effect.DELETES,
)
DOWNLOAD_FILE = Operation(
    id="downloadFile",
    method="GET",
    path="/files/{file_id}/content",
    section=SECTION,
    resource=RESOURCE,
    binary=True,
)

OPERATIONS: tuple[Operation, ...] = (
    LIST_FILES,
    CREATE_FILE,
    GET_FILE,
    DELETE_FILE,
    DOWNLOAD_FILE,
)
