"""The list families of contract 2.6: how a page is asked for, and what it looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.sandbox.query import Query
from tui.sandbox.records import PageRequest
from tui.sandbox.wire import JsonObject


@dataclass(frozen=True, slots=True)
class Paging:
    """One endpoint's defaults and bounds."""

    default: int = 20
    maximum: int | None = 100
    order: str | None = "desc"
    """The default order; None where the endpoint takes no `order`."""
    before: bool = False
    """Whether it takes `before` beside `after` (family A)."""
    orders: tuple[str, str] = ("asc", "desc")
    """Checkpoint permissions spell them out."""

    def read(self, query: Query) -> PageRequest:
        """The page that the query asks for. Raises `ApiError` 400 with `param`."""
        order = self.order or "desc"
        if self.order is not None:
            chosen = query.choice("order", self.orders, None)
            order = order if chosen is None else ("asc", "desc")[self.orders.index(chosen)]
        return PageRequest(
            limit=query.integer("limit", self.default, minimum=1, maximum=self.maximum),
            order=order,
            after=query.text("after"),
            before=query.text("before") if self.before else None,
        )


AFTER_BEFORE = Paging(before=True)
"""Family A: 1..100, default 20, newest first."""
FILES = Paging(default=10_000, maximum=10_000)
ASCENDING = Paging(order="asc")
"""Chat, chat messages and evals: oldest first."""


def list_object(data: Sequence[JsonObject], *, has_more: bool = False) -> JsonObject:
    """Families A and B: a list with the ids at its ends, null when it is empty."""
    return {
        "object": "list",
        "data": list(data),
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": has_more,
    }


def bare_list_object(data: Sequence[JsonObject], *, has_more: bool | None = None) -> JsonObject:
    """Families C and F: a list without ids, and without `has_more` where it is never paged."""
    body: JsonObject = {"object": "list", "data": list(data)}
    if has_more is not None:
        body["has_more"] = has_more
    return body
