"""Models: what the server can run."""

from __future__ import annotations

from tui.api.operation import Effect, Operation

SECTION = "Models"
RESOURCE = "models"
ITEM = "models:Model"

LIST_MODELS = Operation(
    id="listModels",
    method="GET",
    path="/models",
    section=SECTION,
    resource=RESOURCE,
    item=ITEM,
    list=True,
)
GET_MODEL = Operation(
    id="retrieveModel",
    method="GET",
    path="/models/{model}",
    section=SECTION,
    resource=RESOURCE,
    item=ITEM,
)
DELETE_MODEL = Operation(
    id="deleteModel",
    method="DELETE",
    path="/models/{model}",
    section=SECTION,
    resource=RESOURCE,
    item="common:Deleted",
    effect=Effect.DELETES,
)

OPERATIONS: tuple[Operation, ...] = (LIST_MODELS, GET_MODEL, DELETE_MODEL)
