"""An operation is a frozen value: everything the one client needs to know of one request.

Authentication, the beta header, the read-only gate, copy-as-curl, the request log, retry safety
and the contract tests read these facts, so each lives in one place for all operations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Paging(StrEnum):
    """The six families of lists (contract 2.6)."""

    NONE = "none"
    AFTER_BEFORE = "after_before"
    """`after=last_id`, `before=first_id`."""
    AFTER = "after"
    """`after=last_id`."""
    LAST_ITEM = "last_item"
    """`after=data[-1].id`: the reply carries no ids (fine-tuning jobs and events)."""
    NEXT = "next"
    """`after=next`, an opaque token."""
    PAGE = "page"
    """`page=next_page`: buckets of usage and costs."""


class Streaming(StrEnum):
    """The families of server-sent events (contract 2.7)."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    ASSISTANTS = "assistants"
    RESPONSES = "responses"


class Effect(StrEnum):
    """What a request does to the server: the gates and the retry rule go by it."""

    READS = "reads"
    """Nothing is kept: lists, reads, searches, counting, unstored inference."""
    CREATES = "creates"
    """Repeating it may make a second one."""
    CHANGES = "changes"
    DELETES = "deletes"


_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the API, as the contract's `operations.json` has it."""

    id: str
    method: str
    path: str
    """Below the base URL, with `{fields}`."""
    section: str
    resource: str
    """The contract's resource, such as `vector_stores.files`."""
    item: str | None = None
    """Wire model of the object, or of a list's rows, as `module:Class` below `tui.api.models`."""
    body: str | None = None
    """Request model, as `module:Class` below `tui.api.requests`."""
    query: tuple[str, ...] = ()
    """Names of the query parameters that it takes."""
    paging: Paging = Paging.NONE
    page_limit: int = 100
    """What to ask for per page: the largest that is polite, never over the maximum."""
    streaming: Streaming | None = None
    admin: bool = False
    beta: str | None = None
    """Value of the `OpenAI-Beta` header."""
    effect: Effect = Effect.READS
    billable: bool = False
    multipart: bool = False
    binary: bool = False
    """The reply is bytes, not JSON."""
    list: bool = False
    """The reply is a list object with `data`, whatever its paging."""
    storable: bool = False
    """Inference: the server keeps the answer only when the body says `store: true`."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names in the path, in order."""
        return tuple(_FIELD.findall(self.path))

    @property
    def collection(self) -> bool:
        """Whether it reads a top collection: the call that capabilities are learned from.

        A list below a parent is none: its 404 may speak of the parent.
        """
        return self.method == "GET" and self.list and not self.fields

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice does what sending it once does, and is billed once."""
        return not self.billable and self.effect is not Effect.CREATES

    def effect_of(self, body: Mapping[str, Any] | None) -> Effect:
        """What it does with this body: inference that is stored creates something."""
        if self.storable and body is not None and body.get("store"):
            return Effect.CREATES
        return self.effect
