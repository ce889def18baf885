"""Models: what the server can be asked for by name."""

from __future__ import annotations

from tui.api.operations import models as ops
from tui.api.records import Record
from tui.catalog.cells import age, moment, text, until
from tui.catalog.descriptor import (
    Action,
    Align,
    Child,
    Column,
    Confirm,
    Fact,
    Resource,
    Section,
    Target,
)

TUNED_PREFIX = "ft:"


def _only_tuned(record: Record) -> str | None:
    if record.id.startswith(TUNED_PREFIX):
        return None
    return "Only fine-tuned models can be deleted"


MODELS = Resource(
    key="models",
    title="Models",
    singular="model",
    section="Models",
    id_field="model",
    aliases=("model", "m"),
    list_op=ops.LIST_MODELS,
    get_op=ops.GET_MODEL,
    fresh_for=300.0,
    columns=(
        Column(key="id", title="Model", show=text("id"), width=30, grow=True),
        Column(key="owned_by", title="Owner", show=text("owned_by"), width=18, priority=1),
        Column(
            key="shutdown_date",
            title="Ends",
            show=until("shutdown_date"),
            width=10,
            priority=3,
            align=Align.RIGHT,
        ),
        Column(key="age", title="Age", show=age("created"), width=6, priority=2, align=Align.RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="owned_by", label="owner", show=text("owned_by")),
                Fact(key="created", label="created", show=moment("created")),
                Fact(key="shutdown_date", label="ends", show=moment("shutdown_date")),
                Fact(key="description", label="what it is", show=text("description")),
            ),
        ),
    ),
    children=(Child("fine_tuning.checkpoints.permissions", "Permissions", "K"),),
    actions=(
        Action(
            id="models.chat",
            title="Chat with this model",
            key="n",
            target=Target.ONE,
            flow="chat",
        ),
        Action(
            id="models.delete",
            title="Delete the tuned model",
            key="ctrl+d",
            target=Target.ONE,
            op=ops.DELETE_MODEL,
            confirm=Confirm.TYPE,
            blocked=_only_tuned,
            removes=True,
            invalidates=("models",),
            done="deleted",
        ),
    ),
    empty="This server names no models.",
)

RESOURCES = (MODELS,)
