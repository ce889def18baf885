"""Threads and their messages.

The platform cannot list threads (contract 5): the ledger's ids are listed, and what a server lists
itself where it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.api.operations import assistants as ops
from tui.api.records import Record
from tui.catalog.cells import age, computed, identity, joined, moment, status, text
from tui.catalog.descriptor import (
    Action,
    Align,
    Child,
    Column,
    Confirm,
    Context,
    Fact,
    Parent,
    Resource,
    Section,
    Target,
)
from tui.catalog.resources.thread_cells import (
    ORDER,
    failure,
    message_files,
    message_text,
    metadata_overlay,
    metadata_prefill,
    resources,
    rest_of_metadata,
    thread_title,
    title_of,
)


def _thread_prefill(record: Record) -> Mapping[str, Any]:
    found = record.raw.get("tool_resources")
    kept = {"tool_resources": dict(found)} if isinstance(found, Mapping) and found else {}
    return {**metadata_prefill(record), **kept}


def _thread_effects(_record: Record, _context: Context) -> tuple[str, ...]:
    return (
        "Its messages and runs are gone with it.",
        "Files and vector stores stay, and go on costing storage.",
    )


THREADS = Resource(
    key=ops.THREADS,
    title="Threads",
    singular="thread",
    section=ops.SECTION,
    id_field="thread_id",
    id_prefixes=("thread_",),
    aliases=("thread", "th"),
    list_op=ops.LIST_THREADS,
    get_op=ops.GET_THREAD,
    ledger=True,
    section_op=ops.LIST_ASSISTANTS,
    columns=(
        Column(key="title", title="Title", show=thread_title, width=28, grow=True),
        Column(key="metadata", title="Metadata", show=rest_of_metadata, width=26, priority=2),
        Column(key="works", title="Works on", show=resources, width=16, priority=3),
        Column(key="age", title="Age", show=age(), width=6, align=Align.RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="created_at", label="created", show=moment()),
                Fact(
                    key="tool_resources.file_search.vector_store_ids.0",
                    label="store",
                    show=identity("tool_resources.file_search.vector_store_ids.0"),
                    link="vector_stores",
                ),
                Fact(key="works", label="works on", show=resources),
            ),
        ),
        Section(title="Metadata", pairs="metadata"),
    ),
    name=title_of,
    screen="thread",
    uses=(
        ops.LIST_MESSAGES,
        ops.CREATE_MESSAGE,
        ops.LIST_RUNS,
        ops.GET_RUN,
        ops.CREATE_RUN,
        ops.CANCEL_RUN,
        ops.SUBMIT_TOOL_OUTPUTS,
        ops.LIST_RUN_STEPS,
    ),
    children=(
        Child(ops.MESSAGES, "Messages", "M"),
        Child(ops.RUNS, "Runs", "R"),
    ),
    actions=(
        Action(
            id="threads.create",
            title="New thread",
            key="n",
            target=Target.COLLECTION,
            op=ops.CREATE_THREAD,
            request=ops.CREATE_THREAD.body,
            invalidates=(ops.THREADS,),
            done="created",
        ),
        Action(
            id="threads.create_and_run",
            title="Thread and run in one",
            key="t",
            target=Target.COLLECTION,
            flow="thread",
            uses=(ops.CREATE_THREAD_AND_RUN,),
        ),
        Action(
            id="threads.modify",
            title="Rename by metadata",
            key="e",
            target=Target.ONE,
            op=ops.MODIFY_THREAD,
            request=ops.MODIFY_THREAD.body,
            prefill=_thread_prefill,
            overlay=metadata_overlay,
            done="saved",
        ),
        Action(
            id="threads.delete",
            title="Delete",
            key="ctrl+d",
            target=Target.MARKED,
            op=ops.DELETE_THREAD,
            confirm=Confirm.TYPE,
            effects=_thread_effects,
            removes=True,
            done="deleted",
        ),
    ),
    empty="A thread is a conversation that the server keeps. The platform does not list threads: "
    "those that were made or opened here stand here. Paste an id after : to open another one.",
)

MESSAGES = Resource(
    key=ops.MESSAGES,
    title="Messages",
    singular="message",
    section=ops.SECTION,
    id_field="message_id",
    id_prefixes=("msg_",),
    parents=(Parent(ops.THREADS, "thread_id"),),
    list_op=ops.LIST_MESSAGES,
    get_op=ops.GET_MESSAGE,
    filters=(ORDER,),
    fresh_for=5.0,
    columns=(
        Column(key="role", title="Role", show=text("role"), width=10),
        Column(key="text", title="Text", show=computed(message_text), width=40, grow=True),
        Column(key="files", title="Files", show=message_files, width=8, priority=2),
        Column(key="status", title="Status", show=status(), width=13, priority=3),
        Column(key="age", title="Age", show=age(), width=6, priority=1, align=Align.RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="role", label="role", show=text("role")),
                Fact(key="status", label="status", show=status()),
                Fact(key="why", label="why", show=failure),
                Fact(key="created_at", label="created", show=moment()),
                Fact(
                    key="assistant_id",
                    label="assistant",
                    show=joined("assistant_id", ops.ASSISTANTS, "name"),
                    link=ops.ASSISTANTS,
                ),
                Fact(key="run_id", label="run", show=identity("run_id"), link=ops.RUNS),
                Fact(key="files", label="attached", show=message_files),
            ),
        ),
        Section(title="Metadata", pairs="metadata"),
        Section(title="Text", text=message_text),
    ),
    actions=(
        Action(
            id="threads.messages.create",
            title="New message",
            key="n",
            target=Target.COLLECTION,
            op=ops.CREATE_MESSAGE,
            request=ops.CREATE_MESSAGE.body,
            invalidates=(ops.MESSAGES,),
            done="added",
        ),
        Action(
            id="threads.messages.modify",
            title="Edit metadata",
            key="e",
            target=Target.ONE,
            op=ops.MODIFY_MESSAGE,
            request=ops.MODIFY_MESSAGE.body,
            prefill=metadata_prefill,
            overlay=metadata_overlay,
            done="saved",
        ),
        Action(
            id="threads.messages.delete",
            title="Delete",
            key="ctrl+d",
            target=Target.MARKED,
            op=ops.DELETE_MESSAGE,
            confirm=Confirm.ASK,
            removes=True,
            done="deleted",
        ),
    ),
    empty="What is said in this thread, by people and by assistants.",
)

RESOURCES = (THREADS, MESSAGES)
