"""Which projects may use a checkpoint's model (three operations, admin key)."""

from __future__ import annotations

from starlette.responses import Response

from tui.sandbox.call import Call, answer
from tui.sandbox.errors import not_found
from tui.sandbox.paging import Paging, list_object
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.registry import serves
from tui.sandbox.tuned_weights import TUNED

PERMISSION = "checkpoint.permission"
"""The record kind; its parent is the checkpoint's model, its status the project."""

_PERMISSIONS = Paging(default=10, orders=("ascending", "descending"))
_MOST_PROJECTS = 100


@serves("createFineTuningCheckpointPermission")
async def create_permissions(call: Call) -> Response:
    fields = await call.fields()
    fields.only(("project_ids",))
    fields.required("project_ids")
    projects = fields.strings("project_ids", minimum=1, maximum=_MOST_PROJECTS) or []
    made = [_permission(call, project) for project in dict.fromkeys(projects)]

    def insert(records: Records) -> list[Record]:
        name = _require_checkpoint(records, call)
        for record in made:
            # Granting twice renews the permission: a project has one.
            for older in records.select(
                PERMISSION, Where("status = ?", (record.status,)), parent=name
            ):
                records.delete(PERMISSION, older.id, parent=name)
            records.insert(record)
        return made

    granted = await call.world.database.write(insert)
    return answer(list_object([record.body for record in granted]))


def _permission(call: Call, project: str) -> Record:
    id = call.world.ids.new("cp_")
    body = {
        "id": id,
        "object": "checkpoint.permission",
        "created_at": call.now,
        "project_id": project,
    }
    return Record(PERMISSION, id, body, parent=_name(call), created_at=call.now, status=project)


@serves("listFineTuningCheckpointPermissions")
async def list_permissions(call: Call) -> Response:
    page = _PERMISSIONS.read(call.query)
    project = call.query.text("project_id")
    where = [] if project is None else [Where("status = ?", (project,))]

    def read(records: Records) -> Response:
        name = _require_checkpoint(records, call)
        found = records.page(PERMISSION, page, *where, parent=name)
        rows = [record.body for record in found.records]
        return answer(list_object(rows, has_more=found.has_more))

    return await call.world.database.read(read)


@serves("deleteFineTuningCheckpointPermission")
async def delete_permission(call: Call) -> Response:
    id = call.path["permission_id"]

    def delete(records: Records) -> None:
        name = _require_checkpoint(records, call)
        if not records.delete(PERMISSION, id, parent=name):
            raise not_found(f"No checkpoint permission found with id '{id}'.", "permission_id")

    await call.world.database.write(delete)
    return answer({"id": id, "object": "checkpoint.permission", "deleted": True})


def _name(call: Call) -> str:
    return call.path["fine_tuned_model_checkpoint"]


def _require_checkpoint(records: Records, call: Call) -> str:
    name = _name(call)
    if records.get(TUNED, name) is None:
        raise not_found(
            f"No fine-tuned model checkpoint found with id '{name[:200]}'.",
            "fine_tuned_model_checkpoint",
        )
    return name
