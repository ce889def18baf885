"""Assistants, threads, messages, runs and steps. All want the beta header (contract 2.1).

They are gone from api.openai.com since 26 Aug 2026 (contract 6); sandboxes and emulators have them.
"""

from __future__ import annotations

from tui.api.operation import Effect, Operation, Paging, Streaming

SECTION = "Assistants"
ASSISTANTS = "assistants"
THREADS = "threads"
MESSAGES = "threads.messages"
RUNS = "threads.runs"
STEPS = "threads.runs.steps"
BETA = "assistants=v2"
ASSISTANT_ITEM = "assistants:Assistant"
THREAD_ITEM = "assistants:Thread"
MESSAGE_ITEM = "assistants:ThreadMessage"
RUN_ITEM = "assistants:Run"
STEP_ITEM = "assistants:RunStep"
PAGE_QUERY = ("limit", "order", "after", "before")

LIST_ASSISTANTS = Operation(
    id="listAssistants",
    method="GET",
    path="/assistants",
    section=SECTION,
    resource=ASSISTANTS,
    item=ASSISTANT_ITEM,
    query=PAGE_QUERY,
    paging=Paging.AFTER_BEFORE,
    beta=BETA,
    list=True,
)
CREATE_ASSISTANT = Operation(
    id="createAssistant",
    method="POST",
    path="/assistants",
    section=SECTION,
    resource=ASSISTANTS,
    item=ASSISTANT_ITEM,
    body="assistants:CreateAssistant",
    beta=BETA,
    effect=Effect.CREATES,
)
GET_ASSISTANT = Operation(
    id="getAssistant",
    method="GET",
    path="/assistants/{assistant_id}",
    section=SECTION,
    resource=ASSISTANTS,
    item=ASSISTANT_ITEM,
    beta=BETA,
)
MODIFY_ASSISTANT = Operation(
    id="modifyAssistant",
    method="POST",
    path="/assistants/{assistant_id}",
    section=SECTION,
    resource=ASSISTANTS,
    item=ASSISTANT_ITEM,
    body="assistants:ModifyAssistant",
    beta=BETA,
    effect=Effect.CHANGES,
)
DELETE_ASSISTANT = Operation(
    id="deleteAssistant",
    method="DELETE",
    path="/assistants/{assistant_id}",
    section=SECTION,
    resource=ASSISTANTS,
    item="common:Deleted",
    beta=BETA,
    effect=Effect.DELETES,
)
CREATE_THREAD = Operation(
    id="createThread",
    method="POST",
    path="/threads",
    section=SECTION,
    resource=THREADS,
    item=THREAD_ITEM,
    body="threads:CreateThread",
    beta=BETA,
    effect=Effect.CREATES,
)
CREATE_THREAD_AND_RUN = Operation(
    id="createThreadAndRun",
    method="POST",
    path="/threads/runs",
    section=SECTION,
    resource=RUNS,
    item=RUN_ITEM,
    body="runs:CreateThreadAndRun",
    streaming=Streaming.ASSISTANTS,
    beta=BETA,
    effect=Effect.CREATES,
    billable=True,
)
GET_THREAD = Operation(
    id="getThread",
    method="GET",
    path="/threads/{thread_id}",
    section=SECTION,
    resource=THREADS,
    item=THREAD_ITEM,
    beta=BETA,
)
MODIFY_THREAD = Operation(
    id="modifyThread",
    method="POST",
    path="/threads/{thread_id}",
    section=SECTION,
    resource=THREADS,
    item=THREAD_ITEM,
    body="threads:ModifyThread",
    beta=BETA,
    effect=Effect.CHANGES,
)
DELETE_THREAD = Operation(
    id="deleteThread",
    method="DELETE",
    path="/threads/{thread_id}",
    section=SECTION,
    resource=THREADS,
    item="common:Deleted",
    beta=BETA,
    effect=Effect.DELETES,
)
LIST_MESSAGES = Operation(
    id="listMessages",
    method="GET",
    path="/threads/{thread_id}/messages",
    section=SECTION,
    resource=MESSAGES,
    item=MESSAGE_ITEM,
    query=(*PAGE_QUERY, "run_id"),
    paging=Paging.AFTER_BEFORE,
    beta=BETA,
    list=True,
)
CREATE_MESSAGE = Operation(
    id="createMessage",
    method="POST",
    path="/threads/{thread_id}/messages",
    section=SECTION,
    resource=MESSAGES,
    item=MESSAGE_ITEM,
    body="threads:CreateMessage",
    beta=BETA,
    effect=Effect.CREATES,
)
GET_MESSAGE = Operation(
    id="getMessage",
    method="GET",
    path="/threads/{thread_id}/messages/{message_id}",
    section=SECTION,
    resource=MESSAGES,
    item=MESSAGE_ITEM,
    beta=BETA,
)
MODIFY_MESSAGE = Operation(
    id="modifyMessage",
    method="POST",
    path="/threads/{thread_id}/messages/{message_id}",
    section=SECTION,
    resource=MESSAGES,
    item=MESSAGE_ITEM,
    body="threads:ModifyMessage",
    beta=BETA,
    effect=Effect.CHANGES,
)
DELETE_MESSAGE = Operation(
    id="deleteMessage",
    method="DELETE",
    path="/threads/{thread_id}/messages/{message_id}",
    section=SECTION,
    resource=MESSAGES,
    item="common:Deleted",
    beta=BETA,
    effect=Effect.DELETES,
)
LIST_RUNS = Operation(
    id="listRuns",
    method="GET",
    path="/threads/{thread_id}/runs",
    section=SECTION,
    resource=RUNS,
    item=RUN_ITEM,
    query=PAGE_QUERY,
    paging=Paging.AFTER_BEFORE,
    beta=BETA,
    list=True,
)
CREATE_RUN = Operation(
    id="createRun",
    method="POST",
    path="/threads/{thread_id}/runs",
    section=SECTION,
    resource=RUNS,
    item=RUN_ITEM,
    body="runs:CreateRun",
    query=("include",),
    streaming=Streaming.ASSISTANTS,
    beta=BETA,
    effect=Effect.CREATES,
    billable=True,
)
GET_RUN = Operation(
    id="getRun",
    method="GET",
    path="/threads/{thread_id}/runs/{run_id}",
    section=SECTION,
    resource=RUNS,
    item=RUN_ITEM,
    beta=BETA,
)
MODIFY_RUN = Operation(
    id="modifyRun",
    method="POST",
    path="/threads/{thread_id}/runs/{run_id}",
    section=SECTION,
    resource=RUNS,
    item=RUN_ITEM,
    body="runs:ModifyRun",
    beta=BETA,
    effect=Effect.CHANGES,
)
CANCEL_RUN = Operation(
    id="cancelRun",
    method="POST",
    path="/threads/{thread_id}/runs/{run_id}/cancel",
    section=SECTION,
    resource=RUNS,
    item=RUN_ITEM,
    beta=BETA,
    effect=Effect.CHANGES,
)
SUBMIT_TOOL_OUTPUTS = Operation(
    # The published document's own spelling.
    id="submitToolOuputsToRun",
    method="POST",
    path="/threads/{thread_id}/runs/{run_id}/submit_tool_outputs",
    section=SECTION,
    resource=RUNS,
    item=RUN_ITEM,
    body="runs:SubmitToolOutputs",
    streaming=Streaming.ASSISTANTS,
    beta=BETA,
    effect=Effect.CHANGES,
    billable=True,
)
LIST_RUN_STEPS = Operation(
    id="listRunSteps",
    method="GET",
    path="/threads/{thread_id}/runs/{run_id}/steps",
    section=SECTION,
    resource=STEPS,
    item=STEP_ITEM,
    query=(*PAGE_QUERY, "include"),
    paging=Paging.AFTER_BEFORE,
    beta=BETA,
    list=True,
)
GET_RUN_STEP = Operation(
    id="getRunStep",
    method="GET",
    path="/threads/{thread_id}/runs/{run_id}/steps/{step_id}",
    section=SECTION,
    resource=STEPS,
    item=STEP_ITEM,
    query=("include",),
    beta=BETA,
)

LIST_THREADS = Operation(
    id="listThreads",
    method="GET",
    path="/threads",
    section=SECTION,
    resource=THREADS,
    item=THREAD_ITEM,
    query=PAGE_QUERY,
    paging=Paging.AFTER_BEFORE,
    beta=BETA,
    list=True,
)
"""No operation of the platform (contract 5): the sandbox and some emulators have it. Probe it."""

INCLUDE_CONTENT = "step_details.tool_calls[*].file_search.results[*].content"
"""The one value of `include`: steps then show the text that a search found."""

OPERATIONS: tuple[Operation, ...] = (
    LIST_ASSISTANTS,
    CREATE_ASSISTANT,
    GET_ASSISTANT,
    MODIFY_ASSISTANT,
    DELETE_ASSISTANT,
    CREATE_THREAD,
    CREATE_THREAD_AND_RUN,
    GET_THREAD,
    MODIFY_THREAD,
    DELETE_THREAD,
    LIST_MESSAGES,
    CREATE_MESSAGE,
    GET_MESSAGE,
    MODIFY_MESSAGE,
    DELETE_MESSAGE,
    LIST_RUNS,
    CREATE_RUN,
    GET_RUN,
    MODIFY_RUN,
    CANCEL_RUN,
    SUBMIT_TOOL_OUTPUTS,
    LIST_RUN_STEPS,
    GET_RUN_STEP,
)
