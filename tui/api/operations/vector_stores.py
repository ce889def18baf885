"""Vector stores, their files and file batches. All want the beta header (contract 2.1)."""

from __future__ import annotations

from tui.api.operation import Effect, Operation, Paging

SECTION = "Vector stores"
STORES = "vector_stores"
FILES = "vector_stores.files"
BATCHES = "vector_stores.file_batches"
BETA = "assistants=v2"
STORE_ITEM = "vector_stores:VectorStore"
FILE_ITEM = "vector_stores:VectorStoreFile"
BATCH_ITEM = "vector_stores:FileBatch"
PAGE_QUERY = ("limit", "order", "after", "before")

LIST_VECTOR_STORES = Operation(
    id="listVectorStores",
    method="GET",
    path="/vector_stores",
    section=SECTION,
    resource=STORES,
    item=STORE_ITEM,
    query=PAGE_QUERY,
    paging=Paging.AFTER_BEFORE,
    beta=BETA,
    list=True,
)
CREATE_VECTOR_STORE = Operation(
    id="createVectorStore",
    method="POST",
    path="/vector_stores",
    section=SECTION,
    resource=STORES,
    item=STORE_ITEM,
    body="vector_stores:CreateVectorStore",
    beta=BETA,
    effect=Effect.CREATES,
)
GET_VECTOR_STORE = Operation(
    id="getVectorStore",
    method="GET",
    path="/vector_stores/{vector_store_id}",
    section=SECTION,
    resource=STORES,
    item=STORE_ITEM,
    beta=BETA,
)
MODIFY_VECTOR_STORE = Operation(
    id="modifyVectorStore",
    method="POST",
    path="/vector_stores/{vector_store_id}",
    section=SECTION,
    resource=STORES,
    item=STORE_ITEM,
    body="vector_stores:ModifyVectorStore",
    beta=BETA,
    effect=Effect.CHANGES,
)
DELETE_VECTOR_STORE = Operation(
    id="deleteVectorStore",
    method="DELETE",
    path="/vector_stores/{vector_store_id}",
    section=SECTION,
    resource=STORES,
    item="common:Deleted",
    beta=BETA,
    effect=Effect.DELETES,
)
SEARCH_VECTOR_STORE = Operation(
    id="searchVectorStore",
    method="POST",
    path="/vector_stores/{vector_store_id}/search",
    section=SECTION,
    resource=STORES,
    item="vector_stores:SearchResult",
    body="vector_stores:SearchVectorStore",
    beta=BETA,
    billable=True,
    list=True,
)
LIST_VECTOR_STORE_FILES = Operation(
    id="listVectorStoreFiles",
    method="GET",
    path="/vector_stores/{vector_store_id}/files",
    section=SECTION,
    resource=FILES,
    item=FILE_ITEM,
    query=(*PAGE_QUERY, "filter"),
    paging=Paging.AFTER_BEFORE,
    beta=BETA,
    list=True,
)
CREATE_VECTOR_STORE_FILE = Operation(
    id="createVectorStoreFile",
    method="POST",
    path="/vector_stores/{vector_store_id}/files",
    section=SECTION,
    resource=FILES,
    item=FILE_ITEM,
    body="vector_stores:AttachFile",
    beta=BETA,
    effect=Effect.CREATES,
)
GET_VECTOR_STORE_FILE = Operation(
    id="getVectorStoreFile",
    method="GET",
    path="/vector_stores/{vector_store_id}/files/{file_id}",
    section=SECTION,
    resource=FILES,
    item=FILE_ITEM,
    beta=BETA,
)
UPDATE_VECTOR_STORE_FILE = Operation(
    id="updateVectorStoreFileAttributes",
    method="POST",
    path="/vector_stores/{vector_store_id}/files/{file_id}",
    section=SECTION,
    resource=FILES,
    item=FILE_ITEM,
    body="vector_stores:UpdateAttributes",
    beta=BETA,
    effect=Effect.CHANGES,
)
DELETE_VECTOR_STORE_FILE = Operation(
    id="deleteVectorStoreFile",
    method="DELETE",
    path="/vector_stores/{vector_store_id}/files/{file_id}",
    section=SECTION,
    resource=FILES,
    item="common:Deleted",
    beta=BETA,
    effect=Effect.DELETES,
)
GET_VECTOR_STORE_FILE_CONTENT = Operation(
    id="retrieveVectorStoreFileContent",
    method="GET",
    path="/vector_stores/{vector_store_id}/files/{file_id}/content",
    section=SECTION,
    resource=FILES,
    item="vector_stores:ContentPart",
    beta=BETA,
    list=True,
)
CREATE_FILE_BATCH = Operation(
    id="createVectorStoreFileBatch",
    method="POST",
    path="/vector_stores/{vector_store_id}/file_batches",
    section=SECTION,
    resource=BATCHES,
    item=BATCH_ITEM,
    body="vector_stores:CreateFileBatch",
    beta=BETA,
    effect=Effect.CREATES,
)
GET_FILE_BATCH = Operation(
    id="getVectorStoreFileBatch",
    method="GET",
    path="/vector_stores/{vector_store_id}/file_batches/{batch_id}",
    section=SECTION,
    resource=BATCHES,
    item=BATCH_ITEM,
    beta=BETA,
)
CANCEL_FILE_BATCH = Operation(
    id="cancelVectorStoreFileBatch",
    method="POST",
    path="/vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel",
    section=SECTION,
    resource=BATCHES,
    item=BATCH_ITEM,
    beta=BETA,
    effect=Effect.CHANGES,
)
LIST_FILE_BATCH_FILES = Operation(
    id="listFilesInVectorStoreBatch",
    method="GET",
    path="/vector_stores/{vector_store_id}/file_batches/{batch_id}/files",
    section=SECTION,
    resource="vector_stores.file_batches.files",
    item=FILE_ITEM,
    query=(*PAGE_QUERY, "filter"),
    paging=Paging.AFTER_BEFORE,
    beta=BETA,
    list=True,
)

OPERATIONS: tuple[Operation, ...] = (
    LIST_VECTOR_STORES,
    CREATE_VECTOR_STORE,
    GET_VECTOR_STORE,
    MODIFY_VECTOR_STORE,
    DELETE_VECTOR_STORE,
    SEARCH_VECTOR_STORE,
    LIST_VECTOR_STORE_FILES,
    CREATE_VECTOR_STORE_FILE,
    GET_VECTOR_STORE_FILE,
    UPDATE_VECTOR_STORE_FILE,
    DELETE_VECTOR_STORE_FILE,
    GET_VECTOR_STORE_FILE_CONTENT,
    CREATE_FILE_BATCH,
    GET_FILE_BATCH,
    CANCEL_FILE_BATCH,
    LIST_FILE_BATCH_FILES,
)
