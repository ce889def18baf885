"""Fine-tuning: jobs, their events and checkpoints, and who may use a checkpoint.

Jobs and events page by their last row's id (contract 2.6); permissions want the admin key.
"""

from __future__ import annotations

from tui.api.operation import Effect, Operation, Paging

SECTION = "Fine-tuning"
JOBS = "fine_tuning.jobs"
EVENTS = "fine_tuning.jobs.events"
CHECKPOINTS = "fine_tuning.jobs.checkpoints"
PERMISSIONS = "fine_tuning.checkpoints.permissions"
JOB_ITEM = "fine_tuning:FineTuningJob"
EVENT_ITEM = "fine_tuning:FineTuningEvent"
CHECKPOINT_ITEM = "fine_tuning:FineTuningCheckpoint"
PERMISSION_ITEM = "fine_tuning:FineTuningCheckpointPermission"

LIST_JOBS = Operation(
    id="listPaginatedFineTuningJobs",
    method="GET",
    path="/fine_tuning/jobs",
    section=SECTION,
    resource=JOBS,
    item=JOB_ITEM,
    query=("after", "limit", "metadata"),
    paging=Paging.LAST_ITEM,
    list=True,
)
CREATE_JOB = Operation(
    id="createFineTuningJob",
    method="POST",
    path="/fine_tuning/jobs",
    section=SECTION,
    resource=JOBS,
    item=JOB_ITEM,
    body="fine_tuning:CreateFineTuningJob",
    effect=Effect.CREATES,
    billable=True,
)
GET_JOB = Operation(
    id="retrieveFineTuningJob",
    method="GET",
    path="/fine_tuning/jobs/{fine_tuning_job_id}",
    section=SECTION,
    resource=JOBS,
    item=JOB_ITEM,
)


def _change(id: str, word: str) -> Operation:
    """A POST without a body that moves a job to another state."""
    return Operation(
        id=id,
        method="POST",
        path=f"/fine_tuning/jobs/{{fine_tuning_job_id}}/{word}",
        section=SECTION,
        resource=JOBS,
        item=JOB_ITEM,
        effect=Effect.CHANGES,
    )


CANCEL_JOB = _change("cancelFineTuningJob", "cancel")
PAUSE_JOB = _change("pauseFineTuningJob", "pause")
RESUME_JOB = _change("resumeFineTuningJob", "resume")
LIST_EVENTS = Operation(
    id="listFineTuningEvents",
    method="GET",
    path="/fine_tuning/jobs/{fine_tuning_job_id}/events",
    section=SECTION,
    resource=EVENTS,
    item=EVENT_ITEM,
    query=("after", "limit"),
    paging=Paging.LAST_ITEM,
    list=True,
)
LIST_CHECKPOINTS = Operation(
    id="listFineTuningJobCheckpoints",
    method="GET",
    path="/fine_tuning/jobs/{fine_tuning_job_id}/checkpoints",
    section=SECTION,
    resource=CHECKPOINTS,
    item=CHECKPOINT_ITEM,
    query=("after", "limit"),
    paging=Paging.AFTER,
    list=True,
)
LIST_PERMISSIONS = Operation(
    id="listFineTuningCheckpointPermissions",
    method="GET",
    path="/fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions",
    section=SECTION,
    resource=PERMISSIONS,
    item=PERMISSION_ITEM,
    query=("project_id", "after", "limit", "order"),
    paging=Paging.AFTER,
    admin=True,
    list=True,
)
CREATE_PERMISSION = Operation(
    id="createFineTuningCheckpointPermission",
    method="POST",
    path="/fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions",
    section=SECTION,
    resource=PERMISSIONS,
    item=PERMISSION_ITEM,
    body="fine_tuning:CreateCheckpointPermission",
    admin=True,
    effect=Effect.CREATES,
    list=True,
)
DELETE_PERMISSION = Operation(
    id="deleteFineTuningCheckpointPermission",
    method="DELETE",
    path="/fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions/{permission_id}",
    section=SECTION,
    resource=PERMISSIONS,
    item="common:Deleted",
    admin=True,
    effect=Effect.DELETES,
)

OPERATIONS = (
    LIST_JOBS,
    CREATE_JOB,
    GET_JOB,
    CANCEL_JOB,
    PAUSE_JOB,
    RESUME_JOB,
    LIST_EVENTS,
    LIST_CHECKPOINTS,
    LIST_PERMISSIONS,
    CREATE_PERMISSION,
    DELETE_PERMISSION,
)
