"""Runs of threads, and their steps: what an assistant did, and what it waits for."""

from __future__ import annotations

from tui.api.operations import assistants as ops
from tui.api.records import Record
from tui.catalog.cells import age, identity, joined, moment, number, status, text, until
from tui.catalog.descriptor import (
    Action,
    Align,
    Child,
    Column,
    Confirm,
    Fact,
    Parent,
    Poll,
    Resource,
    Section,
    Target,
)
from tui.catalog.resources.thread_cells import (
    ORDER,
    RUN_ENDS,
    calls_text,
    failure,
    metadata_overlay,
    metadata_prefill,
    run_status,
    step_did,
    took,
    tools,
)

_RUN_MOVES = Poll(every=1.0, slow=5.0, terminal=RUN_ENDS)
_STEP_MOVES = Poll(
    every=1.0,
    slow=5.0,
    terminal=frozenset({"completed", "failed", "cancelled", "expired"}),
    counts=False,
)


def _cannot_cancel(record: Record) -> str | None:
    state = str(record.get("status") or "")
    if state in RUN_ENDS:
        return f"The run is {state} already"
    return "The run is being cancelled already" if state == "cancelling" else None


def _waits_for_nothing(record: Record) -> str | None:
    if record.get("status") == "requires_action":
        return None
    return "The run waits for no tool outputs"


RUNS = Resource(
    key=ops.RUNS,
    title="Runs",
    singular="run",
    section=ops.SECTION,
    id_field="run_id",
    id_prefixes=("run_",),
    parents=(Parent(ops.THREADS, "thread_id"),),
    list_op=ops.LIST_RUNS,
    get_op=ops.GET_RUN,
    filters=(ORDER,),
    fresh_for=5.0,
    poll=_RUN_MOVES,
    joins=(ops.ASSISTANTS,),
    columns=(
        Column(key="status", title="Status", show=run_status, width=19),
        Column(
            key="assistant",
            title="Assistant",
            show=joined("assistant_id", ops.ASSISTANTS, "name"),
            width=22,
            grow=True,
        ),
        Column(key="model", title="Model", show=text("model"), width=16, priority=3),
        Column(
            key="took",
            title="Took",
            show=took("started_at", "completed_at", "failed_at", "cancelled_at"),
            width=11,
            priority=1,
            align=Align.RIGHT,
        ),
        Column(
            key="tokens",
            title="Tokens",
            show=number("usage.total_tokens"),
            width=7,
            priority=2,
            align=Align.RIGHT,
        ),
        Column(key="age", title="Age", show=age(), width=6, align=Align.RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="status", label="status", show=run_status),
                Fact(key="why", label="why", show=failure),
                Fact(
                    key="assistant_id",
                    label="assistant",
                    show=joined("assistant_id", ops.ASSISTANTS, "name"),
                    link=ops.ASSISTANTS,
                ),
                Fact(key="model", label="model", show=text("model")),
                Fact(key="tools", label="tools", show=tools),
                Fact(
                    key="took",
                    label="took",
                    show=took("started_at", "completed_at", "failed_at", "cancelled_at"),
                ),
                Fact(key="in", label="prompt", show=number("usage.prompt_tokens")),
                Fact(key="out", label="answer", show=number("usage.completion_tokens")),
                Fact(key="created_at", label="created", show=moment()),
                Fact(key="started_at", label="started", show=moment("started_at")),
                Fact(key="completed_at", label="completed", show=moment("completed_at")),
                Fact(key="failed_at", label="failed", show=moment("failed_at")),
                Fact(key="cancelled_at", label="cancelled", show=moment("cancelled_at")),
                Fact(key="expires_at", label="expires", show=until("expires_at")),
            ),
        ),
        Section(title="Metadata", pairs="metadata"),
        Section(title="Instructions", text=lambda record: str(record.get("instructions") or "")),
    ),
    children=(Child(ops.STEPS, "Steps", "enter"),),
    actions=(
        Action(
            id="threads.runs.create",
            title="New run",
            key="n",
            target=Target.COLLECTION,
            op=ops.CREATE_RUN,
            request=ops.CREATE_RUN.body,
            invalidates=(ops.RUNS, ops.MESSAGES),
            done="started",
        ),
        Action(
            id="threads.runs.submit_tool_outputs",
            title="Outputs for its tool calls",
            key="o",
            target=Target.ONE,
            flow="thread",
            uses=(ops.SUBMIT_TOOL_OUTPUTS,),
            blocked=_waits_for_nothing,
        ),
        Action(
            id="threads.runs.cancel",
            title="Stop the run",
            key="x",
            target=Target.MARKED,
            op=ops.CANCEL_RUN,
            confirm=Confirm.ASK,
            blocked=_cannot_cancel,
            done="is being cancelled",
        ),
        Action(
            id="threads.runs.modify",
            title="Edit metadata",
            key="e",
            target=Target.ONE,
            op=ops.MODIFY_RUN,
            request=ops.MODIFY_RUN.body,
            prefill=metadata_prefill,
            overlay=metadata_overlay,
            done="saved",
        ),
    ),
    empty="A run lets an assistant read the thread, use its tools, and answer.",
)

STEPS = Resource(
    key=ops.STEPS,
    title="Steps",
    singular="run step",
    section=ops.SECTION,
    id_field="step_id",
    id_prefixes=("step_",),
    parents=(Parent(ops.THREADS, "thread_id"), Parent(ops.RUNS, "run_id")),
    list_op=ops.LIST_RUN_STEPS,
    get_op=ops.GET_RUN_STEP,
    filters=(ORDER,),
    fresh_for=5.0,
    poll=_STEP_MOVES,
    columns=(
        Column(key="status", title="Status", show=status(), width=14),
        Column(key="did", title="Did", show=step_did, width=30, grow=True),
        Column(
            key="took",
            title="Took",
            show=took("created_at", "completed_at", "failed_at", "cancelled_at", "expired_at"),
            width=11,
            priority=1,
            align=Align.RIGHT,
        ),
        Column(
            key="tokens",
            title="Tokens",
            show=number("usage.total_tokens"),
            width=7,
            priority=2,
            align=Align.RIGHT,
        ),
        Column(key="age", title="Age", show=age(), width=6, align=Align.RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="status", label="status", show=status()),
                Fact(key="why", label="why", show=failure),
                Fact(key="did", label="did", show=step_did),
                Fact(
                    key="step_details.message_creation.message_id",
                    label="message",
                    show=identity("step_details.message_creation.message_id"),
                    link=ops.MESSAGES,
                ),
                Fact(
                    key="took",
                    label="took",
                    show=took(
                        "created_at", "completed_at", "failed_at", "cancelled_at", "expired_at"
                    ),
                ),
                Fact(key="in", label="prompt", show=number("usage.prompt_tokens")),
                Fact(key="out", label="answer", show=number("usage.completion_tokens")),
                Fact(key="created_at", label="created", show=moment()),
            ),
        ),
        Section(title="Tool calls", text=calls_text),
        Section(title="Metadata", pairs="metadata"),
    ),
    empty="A run's steps: messages that it wrote, and tools that it called.",
)

RESOURCES = (RUNS, STEPS)
