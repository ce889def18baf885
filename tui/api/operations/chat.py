"""Chat completions: made live, and stored ones to browse (stored only with `store: true`)."""

from __future__ import annotations

from tui.api.operation import Effect, Operation, Paging, Streaming

SECTION = "Chat"
RESOURCE = "chat.completions"
ITEM = "chat:ChatCompletion"

LIST_CHAT_COMPLETIONS = Operation(
    id="listChatCompletions",
    method="GET",
    path="/chat/completions",
    section=SECTION,
    resource=RESOURCE,
    item=ITEM,
    query=("model", "metadata", "after", "limit", "order"),
    paging=Paging.AFTER,
    list=True,
)
CREATE_CHAT_COMPLETION = Operation(
    id="createChatCompletion",
    method="POST",
    path="/chat/completions",
    section=SECTION,
    resource=RESOURCE,
    item=ITEM,
    body="chat:CreateChatCompletion",
    streaming=Streaming.CHAT,
    effect=Effect.READS,
    storable=True,
    billable=True,
)
GET_CHAT_COMPLETION = Operation(
    id="getChatCompletion",
    method="GET",
    path="/chat/completions/{completion_id}",
    section=SECTION,
    resource=RESOURCE,
    item=ITEM,
)
UPDATE_CHAT_COMPLETION = Operation(
    id="updateChatCompletion",
    method="POST",
    path="/chat/completions/{completion_id}",
    section=SECTION,
    resource=RESOURCE,
    item=ITEM,
    body="chat:UpdateChatCompletion",
    effect=Effect.CHANGES,
)
DELETE_CHAT_COMPLETION = Operation(
    id="deleteChatCompletion",
    method="DELETE",
    path="/chat/completions/{completion_id}",
    section=SECTION,
    resource=RESOURCE,
    item="common:Deleted",
    effect=Effect.DELETES,
)
LIST_CHAT_COMPLETION_MESSAGES = Operation(
    id="getChatCompletionMessages",
    method="GET",
    path="/chat/completions/{completion_id}/messages",
    section=SECTION,
    resource="chat.completions.messages",
    item="chat:StoredMessage",
    query=("after", "limit", "order"),
    paging=Paging.AFTER,
    list=True,
)

OPERATIONS: tuple[Operation, ...] = (
    LIST_CHAT_COMPLETIONS,
    CREATE_CHAT_COMPLETION,
    GET_CHAT_COMPLETION,
    UPDATE_CHAT_COMPLETION,
    DELETE_CHAT_COMPLETION,
    LIST_CHAT_COMPLETION_MESSAGES,
)
