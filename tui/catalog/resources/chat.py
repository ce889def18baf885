"""Stored chat completions and their messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.api.operations import chat as ops
from tui.api.records import Record
from tui.catalog.cells import NOTHING, age, computed, moment, number, pairs, text
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
    Resource,
    Section,
    ServerFilter,
    Shown,
    Target,
    Tone,
)
from tui.core.safe_text import clean

REPLY_LIMIT = 400


def content_text(content: object) -> str:
    """The words of a message's content, whether it is a text or a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list | tuple):
        words = []
        for part in content:
            if isinstance(part, Mapping):
                words.append(str(part.get("text") or f"[{part.get('type', 'part')}]"))
        return " ".join(words)
    return ""


def _message(record: Record) -> Mapping[str, Any]:
    choices = record.raw.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        message = choices[0].get("message")
        if isinstance(message, Mapping):
            return message
    return {}


def reply(record: Record, _context: Context) -> Shown:
    """The answer's first words; a refusal and a tool call say what they are."""
    message = _message(record)
    if refusal := message.get("refusal"):
        return Shown(clean(f"refused: {refusal}", limit=REPLY_LIMIT), Tone.WARN)
    if words := content_text(message.get("content")):
        # Markdown fences and line ends would take the room of words.
        return Shown(clean(" ".join(words.split()), limit=REPLY_LIMIT))
    calls = message.get("tool_calls")
    if isinstance(calls, list) and calls:
        names = []
        for call in calls:
            function = call.get("function") if isinstance(call, Mapping) else None
            if isinstance(function, Mapping):
                names.append(f"{function.get('name', '?')}({function.get('arguments', '')})")
        return Shown(clean("→ " + ", ".join(names), limit=REPLY_LIMIT), Tone.ACCENT)
    return NOTHING


FINISH_TONES = {
    "stop": Tone.MUTED,
    "tool_calls": Tone.ACCENT,
    "length": Tone.WARN,
    "content_filter": Tone.BAD,
}


def finish(record: Record, _context: Context) -> Shown:
    reason = record.get("choices.0.finish_reason")
    if not reason:
        return NOTHING
    word = clean(reason, limit=24)
    return Shown(word.replace("_", " "), FINISH_TONES.get(word, Tone.PLAIN))


def _metadata_prefill(record: Record) -> Mapping[str, Any]:
    return {"metadata": dict(record.raw.get("metadata") or {})}


def _overlay(_record: Record, values: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(values)


COMPLETIONS = Resource(
    key="chat.completions",
    title="Chat",
    singular="stored completion",
    section="Chat",
    id_field="completion_id",
    id_prefixes=("chatcmpl-",),
    aliases=("chat", "completions", "completion", "cc"),
    list_op=ops.LIST_CHAT_COMPLETIONS,
    get_op=ops.GET_CHAT_COMPLETION,
    # The platform's own default is oldest first; who opens the list wants the newest.
    query={"order": "desc"},
    filters=(
        ServerFilter(param="model", title="Model", kind=FilterKind.TEXT, resource="models"),
        ServerFilter(param="metadata", title="Metadata", kind=FilterKind.PAIRS),
        ServerFilter(
            param="order",
            title="Order",
            kind=FilterKind.CHOICE,
            choices=("desc", "asc"),
            default="desc",
        ),
    ),
    columns=(
        Column(key="reply", title="Reply", show=reply, width=34, grow=True),
        Column(key="model", title="Model", show=text("model"), width=16, priority=1),
        Column(key="finish", title="Finish", show=finish, width=12, priority=3),
        Column(
            key="tokens",
            title="Tokens",
            show=number("usage.total_tokens"),
            width=7,
            priority=2,
            align=Align.RIGHT,
        ),
        Column(key="metadata", title="Metadata", show=pairs("metadata"), width=26, priority=4),
        Column(key="age", title="Age", show=age("created"), width=6, align=Align.RIGHT),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="model", label="model", show=text("model")),
                Fact(key="created", label="created", show=moment("created")),
                Fact(key="finish", label="finish", show=finish),
                Fact(key="in", label="prompt", show=number("usage.prompt_tokens")),
                Fact(key="out", label="answer", show=number("usage.completion_tokens")),
                Fact(key="service_tier", label="tier", show=text("service_tier")),
                Fact(key="fp", label="fingerprint", show=text("system_fingerprint")),
            ),
        ),
        Section(title="Metadata", pairs="metadata"),
        Section(
            title="Reply",
            text=lambda record: (
                content_text(_message(record).get("content"))
                or str(_message(record).get("refusal") or "")
            ),
        ),
    ),
    screen="completion",
    uses=(ops.LIST_CHAT_COMPLETION_MESSAGES,),
    children=(Child("chat.completions.messages", "Messages", "M"),),
    actions=(
        Action(
            id="chat.completions.new",
            title="New chat",
            key="n",
            target=Target.COLLECTION,
            op=ops.CREATE_CHAT_COMPLETION,
            flow="chat",
            uses=(ops.CREATE_CHAT_COMPLETION,),
        ),
        Action(
            id="chat.completions.continue",
            title="Continue in a chat",
            key="t",
            target=Target.ONE,
            flow="chat",
            uses=(ops.CREATE_CHAT_COMPLETION,),
        ),
        Action(
            id="chat.completions.metadata",
            title="Edit metadata",
            key="e",
            target=Target.ONE,
            op=ops.UPDATE_CHAT_COMPLETION,
            request="chat:UpdateChatCompletion",
            prefill=_metadata_prefill,
            overlay=_overlay,
            done="saved",
        ),
        Action(
            id="chat.completions.delete",
            title="Delete",
            key="ctrl+d",
            target=Target.MARKED,
            op=ops.DELETE_CHAT_COMPLETION,
            confirm=Confirm.TYPE,
            removes=True,
            done="deleted",
        ),
    ),
    empty="Completions that were made with store: true stand here.",
)

MESSAGES = Resource(
    key="chat.completions.messages",
    title="Messages",
    singular="message",
    section="Chat",
    id_field="message_id",
    parents=(Parent("chat.completions", "completion_id"),),
    list_op=ops.LIST_CHAT_COMPLETION_MESSAGES,
    columns=(
        Column(key="role", title="Role", show=text("role"), width=10),
        Column(
            key="content",
            title="Text",
            show=computed(lambda record: content_text(record.raw.get("content"))),
            width=40,
            grow=True,
        ),
    ),
    sections=(
        Section(
            title="",
            facts=(
                Fact(key="id", label="id", show=text("id")),
                Fact(key="role", label="role", show=text("role")),
                Fact(key="name", label="name", show=text("name")),
            ),
        ),
        Section(title="Text", text=lambda record: content_text(record.raw.get("content"))),
    ),
    empty="This completion keeps no messages.",
)

RESOURCES = (COMPLETIONS, MESSAGES)
