"""Assistants, threads and their messages as records: kinds, look-ups, and how the objects look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tui.sandbox.errors import ApiError, invalid, not_found
from tui.sandbox.files import living_file, no_such_file
from tui.sandbox.identifiers import Identifiers
from tui.sandbox.ingestion import attach
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.vector_store_records import STORE, Attachment, store_record
from tui.sandbox.wire import JsonObject

ASSISTANT = "assistant"
THREAD = "thread"
MESSAGE = "thread.message"
RUN = "thread.run"

ACTIVE = ("queued", "in_progress", "requires_action", "cancelling")
"""The states of a run that lock its thread (contract 3)."""

_STORE_DAYS = 7
"""A store that a thread makes for its attachments expires so long after its last use."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message as a request gives it."""

    role: str
    content: list[JsonObject]
    attachments: list[JsonObject] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def file_ids(self) -> list[str]:
        """The files that it names, as attachments and as pictures."""
        pictures = (part["image_file"]["file_id"] for part in self.content if "image_file" in part)
        return [*(one["file_id"] for one in self.attachments), *pictures]

    def attached_to(self, tool: str) -> list[str]:
        """The attachments that are meant for one tool."""
        return [
            one["file_id"]
            for one in self.attachments
            if any(each["type"] == tool for each in one["tools"])
        ]


def thread_record(
    id: str,
    created_at: int,
    *,
    resources: JsonObject | None = None,
    metadata: dict[str, str] | None = None,
) -> Record:
    """A new thread."""
    body: JsonObject = {
        "id": id,
        "object": "thread",
        "created_at": created_at,
        "metadata": metadata or {},
        "tool_resources": resources or {},
    }
    return Record(THREAD, id, body, created_at=created_at)


def message_body(id: str, thread_id: str, created_at: int, new: NewMessage) -> JsonObject:
    """A complete message that a person made."""
    return {
        "id": id,
        "object": "thread.message",
        "created_at": created_at,
        "assistant_id": None,
        "thread_id": thread_id,
        "run_id": None,
        "status": "completed",
        "incomplete_details": None,
        "incomplete_at": None,
        "completed_at": created_at,
        "role": new.role,
        "content": new.content,
        "attachments": new.attachments,
        "metadata": new.metadata,
    }


def message_record(body: JsonObject) -> Record:
    """A message as a record of its thread."""
    return Record(
        MESSAGE,
        body["id"],
        body,
        parent=body["thread_id"],
        created_at=body["created_at"],
        status=body["status"],
    )


def text_part(text: str, annotations: Sequence[JsonObject] = ()) -> JsonObject:
    """A content part of text."""
    return {"type": "text", "text": {"value": text, "annotations": list(annotations)}}


def add_messages(
    records: Records,
    thread: Record,
    messages: Sequence[NewMessage],
    *,
    ids: Identifiers,
    now: float,
) -> tuple[list[Record], list[Record]]:
    """Put messages into a thread, and their attachments into its tools' resources.

    Gives the messages, and the files that are to be ingested. Raises `ApiError` 404 for a file
    that is not there.
    """
    for message in messages:
        for id in message.file_ids:
            if living_file(records, id, now) is None:
                raise no_such_file(id, "file_id")
    made = []
    for message in messages:
        body = message_body(ids.new("msg_"), thread.id, int(now), message)
        made.append(message_record(body))
        records.insert(made[-1])
    return made, _attach(records, thread, messages, ids=ids, now=now)


def _attach(
    records: Records,
    thread: Record,
    messages: Sequence[NewMessage],
    *,
    ids: Identifiers,
    now: float,
) -> list[Record]:
    """Give attachments to the thread's tools; a thread without a store gets one."""
    resources: JsonObject = dict(thread.body["tool_resources"])
    searched = _distinct(id for one in messages for id in one.attached_to("file_search"))
    computed = _distinct(id for one in messages for id in one.attached_to("code_interpreter"))
    entries: list[Record] = []
    if computed:
        known = resources.get("code_interpreter", {}).get("file_ids", [])
        resources["code_interpreter"] = {"file_ids": _distinct([*known, *computed])}
    if searched:
        stores = resources.get("file_search", {}).get("vector_store_ids") or []
        if not stores or records.get(STORE, stores[0]) is None:
            expiry = {"anchor": "last_active_at", "days": _STORE_DAYS}
            store = store_record(ids.new("vs_"), int(now), expires_after=expiry)
            records.insert(store)
            stores = [store.id]
            resources["file_search"] = {"vector_store_ids": stores}
        entries = attach(records, stores[0], [Attachment(id) for id in searched], now)
    if searched or computed:
        records.put(thread.with_body(tool_resources=resources))
    return entries


def _distinct(ids: Any) -> list[str]:
    return list(dict.fromkeys(ids))


def active_run(records: Records, thread_id: str) -> Record | None:
    """The run that locks a thread, if one does."""
    states = ", ".join(f"'{state}'" for state in ACTIVE)
    found = records.select(RUN, Where(f"status IN ({states})"), parent=thread_id, limit=1)
    return found[0] if found else None


def check_unlocked(records: Records, thread_id: str, *, doing: str) -> None:
    """Refuse a message or a second run while one is active: 400 as the platform words it."""
    run = active_run(records, thread_id)
    if run is None:
        return
    if doing == "run":
        raise invalid(f"Thread {thread_id} already has an active run {run.id}.")
    raise invalid(f"Can't add messages to {thread_id} while a run {run.id} is active.")


def require_assistant(records: Records, id: str) -> Record:
    """Raises `ApiError` 404."""
    return _require(records.get(ASSISTANT, id), "assistant", id)


def require_thread(records: Records, id: str) -> Record:
    """Raises `ApiError` 404."""
    return _require(records.get(THREAD, id), "thread", id)


def require_message(records: Records, thread_id: str, id: str) -> Record:
    """Raises `ApiError` 404, for the thread too."""
    require_thread(records, thread_id)
    return _require(records.get(MESSAGE, id, parent=thread_id), "message", id)


def require_run(records: Records, thread_id: str, id: str) -> Record:
    """Raises `ApiError` 404, for the thread too."""
    require_thread(records, thread_id)
    return _require(records.get(RUN, id, parent=thread_id), "run", id)


def _require(record: Record | None, what: str, id: str) -> Record:
    if record is None:
        raise no_such(what, id)
    return record


def no_such(what: str, id: str) -> ApiError:
    """404 as the platform words it."""
    return not_found(f"No {what} found with id '{id}'.")
