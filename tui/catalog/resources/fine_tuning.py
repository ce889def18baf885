"""Fine-tuning: jobs, their events and checkpoints, and which projects may use a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.api.operations import fine_tuning as ops
from tui.api.operations.files import DOWNLOAD_FILE
from tui.api.records import Record
from tui.catalog.cells import age, computed, identity, joined, moment, number, status, text
from tui.catalog.descriptor import (
    Action,
    Align,
    Child,
    Column,
    Confirm,
    Context,
    Fact,
    FilterKind,
    Parent,
    Poll,
    Resource,
    Section,
    ServerFilter,
    Target,
)
from tui.catalog.resources import fine_tuning_cells as cells

RIGHT = Align.RIGHT


def _not_over(record: Record) -> str | None:
    word = record.raw.get("status")
    return f"The job is over: it {_ENDED[word]}" if word in cells.OVER else None


_ENDED = {"succeeded": "succeeded", "failed": "failed", "cancelled": "was cancelled"}


def _pausable(record: Record) -> str | None:
    if record.raw.get("status") == "paused":
        return "The job is paused already"
    return _not_over(record)


def _resumable(record: Record) -> str | None:
    if record.raw.get("status") == "paused":
        return None
    return _not_over(record) or "Only a paused job can be resumed"


def _cancel_effects(_record: Record, _context: Context) -> tuple[str, ...]:
    return (
        "Training ends now, and no tuned model comes of it.",
        "Checkpoints that are there already stay. It cannot be taken up again.",
    )


def _again(record: Record) -> Mapping[str, Any]:
    """What a job was asked with, for another like it."""
    raw = record.raw
    found = {key: raw.get(key) for key in ("model", "training_file", "validation_file", "seed")}
    if record.get("method.type") in {None, "supervised"}:
        found["hyperparameters"] = cells.settings_of(record)
    else:
        found["method"] = raw.get("method")
    return {key: value for key, value in found.items() if value is not None}


JOBS = Resource(
    key=ops.JOBS,
    title="Fine-tuning",
    singular="fine-tuning job",
    section=ops.SECTION,
    id_field="fine_tuning_job_id",
    id_prefixes=("ftjob-",),
    aliases=("ft", "jobs", "job", "ftjobs"),
    list_op=ops.LIST_JOBS,
    get_op=ops.GET_JOB,
    filters=(ServerFilter(param="metadata", title="Metadata", kind=FilterKind.PAIRS),),
    poll=Poll(every=10.0, slow=60.0, terminal=cells.OVER, resting=frozenset({"paused"})),
    columns=(
        Column(key="name", title="Name", show=cells.name, width=14, grow=True),
        Column(key="status", title="Status", show=status(), width=13),
        Column(key="progress", title="Done", show=cells.progress, width=6, align=RIGHT),
        Column(key="loss", title="Loss", show=cells.loss, width=14, priority=1, align=RIGHT),
        Column(key="model", title="Base", show=text("model"), width=16, priority=3),
        Column(key="method", title="Method", show=cells.method, width=11, priority=5),
        Column(
            key="file",
            title="Training file",
            show=joined("training_file", "files", "filename"),
            width=22,
            priority=4,
        ),
        Column(key="age", title="Age", show=age(), width=6, priority=2, align=RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="status", label="status", show=status()),
                Fact(key="model", label="base", show=text("model"), link="models"),
                Fact(
                    key="fine_tuned_model",
                    label="tuned",
                    show=text("fine_tuned_model"),
                    link="models",
                ),
                Fact(key="method", label="method", show=cells.method),
                Fact(key="trained_tokens", label="trained on", show=number("trained_tokens")),
                Fact(key="created_at", label="created", show=moment()),
                Fact(key="finished_at", label="finished", show=moment("finished_at")),
            ),
        ),
        Section(title="Error", text=cells.error_text),
        Section(
            title="Files",
            facts=(
                Fact(
                    key="training_file",
                    label="training",
                    show=joined("training_file", "files", "filename"),
                    link="files",
                ),
                Fact(
                    key="validation_file",
                    label="validation",
                    show=joined("validation_file", "files", "filename"),
                    link="files",
                ),
                Fact(
                    key="result_files.0",
                    label="result",
                    show=joined("result_files.0", "files", "filename"),
                    link="files",
                ),
            ),
        ),
        Section(
            title="Hyperparameters",
            facts=(
                Fact(key="h", label="settings", show=computed(cells.hyperparameters)),
                Fact(key="seed", label="seed", show=text("seed")),
            ),
        ),
        Section(title="Metadata", pairs="metadata"),
    ),
    name=cells.job_name,
    children=(
        Child(ops.EVENTS, "Events", "E"),
        Child(ops.CHECKPOINTS, "Checkpoints", "K"),
    ),
    actions=(
        Action(
            id="fine_tuning.jobs.create",
            title="New fine-tuning job",
            key="n",
            target=Target.COLLECTION,
            op=ops.CREATE_JOB,
            request="fine_tuning:CreateFineTuningJob",
            invalidates=(ops.JOBS,),
            done="created",
        ),
        Action(
            id="fine_tuning.jobs.again",
            title="Another job like this",
            key="A",
            target=Target.ONE,
            op=ops.CREATE_JOB,
            request="fine_tuning:CreateFineTuningJob",
            prefill=_again,
            invalidates=(ops.JOBS,),
            done="created",
        ),
        Action(
            id="fine_tuning.jobs.cancel",
            title="Stop",
            key="X",
            target=Target.MARKED,
            op=ops.CANCEL_JOB,
            confirm=Confirm.ASK,
            blocked=_not_over,
            effects=_cancel_effects,
            done="cancelled",
        ),
        Action(
            id="fine_tuning.jobs.pause",
            title="Pause",
            key="Z",
            target=Target.MARKED,
            op=ops.PAUSE_JOB,
            blocked=_pausable,
            done="paused",
        ),
        Action(
            id="fine_tuning.jobs.resume",
            title="Resume",
            key="R",
            target=Target.MARKED,
            op=ops.RESUME_JOB,
            blocked=_resumable,
            done="resumed",
        ),
    ),
    joins=("files", ops.EVENTS),
    screen="tuning",
    uses=(ops.LIST_EVENTS, ops.LIST_CHECKPOINTS, DOWNLOAD_FILE),
    empty="A fine-tuning job teaches a model by examples: a JSONL file with the purpose fine-tune.",
)

EVENTS = Resource(
    key=ops.EVENTS,
    title="Events",
    singular="event",
    section=ops.SECTION,
    id_field="event_id",
    parents=(Parent(ops.JOBS, "fine_tuning_job_id"),),
    list_op=ops.LIST_EVENTS,
    fresh_for=5.0,
    columns=(
        Column(key="created_at", title="Time", show=moment(), width=18),
        Column(key="level", title="Level", show=cells.level, width=8, priority=2),
        Column(key="message", title="Message", show=text("message"), width=40, grow=True),
        Column(
            key="train_loss",
            title="Train",
            show=cells.metric("train_loss"),
            width=8,
            priority=1,
            align=RIGHT,
        ),
        Column(
            key="valid_loss",
            title="Valid",
            show=cells.metric("valid_loss"),
            width=8,
            priority=1,
            align=RIGHT,
        ),
        Column(key="age", title="Age", show=age(), width=6, priority=3, align=RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="created_at", label="time", show=moment()),
                Fact(key="level", label="level", show=cells.level),
                Fact(key="type", label="kind", show=text("type")),
            ),
        ),
        Section(title="Message", text=lambda record: str(record.raw.get("message") or "")),
        Section(title="Figures", pairs="data"),
    ),
    name=lambda record: str(record.raw.get("message") or record.id),
    empty="The job has not told anything yet.",
)

CHECKPOINTS = Resource(
    key=ops.CHECKPOINTS,
    title="Checkpoints",
    singular="checkpoint",
    section=ops.SECTION,
    id_field="checkpoint_id",
    parents=(Parent(ops.JOBS, "fine_tuning_job_id"),),
    list_op=ops.LIST_CHECKPOINTS,
    columns=(
        Column(key="step", title="Step", show=number("step_number"), width=7, align=RIGHT),
        Column(
            key="model",
            title="Model",
            show=text("fine_tuned_model_checkpoint"),
            width=36,
            grow=True,
        ),
        Column(
            key="train_loss",
            title="Train",
            show=cells.metric("train_loss"),
            width=8,
            priority=2,
            align=RIGHT,
        ),
        Column(
            key="valid_loss",
            title="Full valid",
            show=cells.metric("full_valid_loss"),
            width=10,
            priority=1,
            align=RIGHT,
        ),
        Column(
            key="accuracy",
            title="Accuracy",
            show=cells.metric("full_valid_mean_token_accuracy"),
            width=9,
            priority=3,
            align=RIGHT,
        ),
        Column(key="age", title="Age", show=age(), width=6, priority=2, align=RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="step_number", label="step", show=number("step_number")),
                Fact(
                    key="fine_tuned_model_checkpoint",
                    label="model",
                    show=text("fine_tuned_model_checkpoint"),
                    link="models",
                ),
                Fact(key="created_at", label="created", show=moment()),
            ),
        ),
        Section(title="Figures", pairs="metrics"),
    ),
    name=lambda record: str(record.raw.get("fine_tuned_model_checkpoint") or record.id),
    empty="A checkpoint is kept at the end of each of the last three epochs.",
)

PERMISSIONS = Resource(
    key=ops.PERMISSIONS,
    title="Checkpoint permissions",
    singular="permission",
    section=ops.SECTION,
    id_field="permission_id",
    # A checkpoint is named by its model, not by the checkpoint's own id.
    parents=(Parent("models", "fine_tuned_model_checkpoint"),),
    list_op=ops.LIST_PERMISSIONS,
    filters=(
        ServerFilter(param="project_id", title="Project", kind=FilterKind.TEXT),
        ServerFilter(
            param="order",
            title="Order",
            kind=FilterKind.CHOICE,
            choices=("descending", "ascending"),
            default="descending",
        ),
    ),
    columns=(
        Column(key="project", title="Project", show=text("project_id"), width=30, grow=True),
        Column(key="id", title="Id", show=identity(), width=20, priority=1),
        Column(key="age", title="Age", show=age(), width=6, priority=2, align=RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="project_id", label="project", show=text("project_id")),
                Fact(key="created_at", label="created", show=moment()),
            ),
        ),
    ),
    name=lambda record: str(record.raw.get("project_id") or record.id),
    actions=(
        Action(
            id="fine_tuning.checkpoints.permissions.create",
            title="Let projects use it",
            key="n",
            target=Target.COLLECTION,
            op=ops.CREATE_PERMISSION,
            request="fine_tuning:CreateCheckpointPermission",
            done="granted",
        ),
        Action(
            id="fine_tuning.checkpoints.permissions.delete",
            title="Take the permission away",
            key="ctrl+d",
            target=Target.MARKED,
            op=ops.DELETE_PERMISSION,
            confirm=Confirm.ASK,
            removes=True,
            done="taken away",
        ),
    ),
    empty="A permission lets another project use a tuned model. This needs an admin key.",
)

RESOURCES = (JOBS, EVENTS, CHECKPOINTS, PERMISSIONS)
