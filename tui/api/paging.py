"""Six families of lists behind one page (contract 2.6), and the guards of "load more"."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from tui.api.operation import Operation, Paging
from tui.api.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A stretch of a list: its rows, and where the next stretch begins."""

    items: tuple[Record, ...]
    next: str | None
    """What to pass as `after` for the page behind this one; `None` at the end."""
    first_id: str | None = None
    last_id: str | None = None
    raw: Mapping[str, Any]
    """The whole answer, for what stands beside the rows."""
    request_id: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(item.id for item in self.items)


def rows_of(answer: Any) -> list[Any] | None:
    """The rows of a list's answer; `None` when it is no list. A null `data` means no rows."""
    if isinstance(answer, list):
        return answer
    if isinstance(answer, Mapping) and "data" in answer:
        data = answer["data"]
        return [] if data is None else data if isinstance(data, list) else None
    return None


def page_of(operation: Operation, answer: Any, *, request_id: str | None = None) -> Page | None:
    """The page in a list's answer; `None` when the answer is no list.

    A row that is no object becomes a record all the same, one that its model refuses.
    """
    rows = rows_of(answer)
    if rows is None:
        return None
    raw: Mapping[str, Any] = answer if isinstance(answer, Mapping) else {"data": answer}
    items = tuple(
        Record(row if isinstance(row, Mapping) else {"value": row}, operation.item) for row in rows
    )
    return Page(
        items=items,
        next=_next(operation.paging, raw, items),
        first_id=_text(raw.get("first_id")) or (items[0].id or None if items else None),
        last_id=_last_id(raw, items),
        raw=raw,
        request_id=request_id,
    )


def cursor_query(operation: Operation, *, after: str | None, limit: int | None) -> dict[str, Any]:
    """The parameters that ask for the stretch behind `after`."""
    query: dict[str, Any] = {}
    if "limit" in operation.query:
        query["limit"] = limit or operation.page_limit
    if after is not None:
        match operation.paging:
            case Paging.PAGE:
                query["page"] = after
            case Paging.NONE:
                pass
            case _:
                query["after"] = after
    return query


def ends_after(page: Page, *, asked: str | None, seen: Container[str]) -> bool:
    """Whether a list ends with this page, whatever the server says.

    It does when the page is empty, when its cursor is the one that was asked with, or when none
    of its rows is new (`seen` holds the ids of earlier pages): some servers repeat for ever.
    """
    if page.next is None or not page.items or page.next == asked:
        return True
    ids = [identifier for identifier in page.ids if identifier]
    return bool(ids) and all(identifier in seen for identifier in ids)


class Pager:
    """The guards with their history, for whoever walks one list from its start."""

    __slots__ = ("_cursors", "_seen", "after", "ended")

    def __init__(self) -> None:
        self.after: str | None = None
        """What the next request passes as `after`."""
        self.ended = False
        self._seen: set[str] = set()
        self._cursors: set[str] = set()

    def take(self, page: Page) -> tuple[Record, ...]:
        """The page's rows that were not seen before; afterwards `after` and `ended` hold."""
        self.ended = ends_after(page, asked=self.after, seen=self._seen)
        self.ended = self.ended or page.next in self._cursors
        fresh = tuple(item for item in page.items if not item.id or item.id not in self._seen)
        self._seen.update(page.ids)
        if page.next is not None:
            self._cursors.add(page.next)
        self.after = page.next
        return fresh


def _next(paging: Paging, raw: Mapping[str, Any], items: tuple[Record, ...]) -> str | None:
    more = raw.get("has_more")
    if paging is Paging.NONE or not items or more is False:
        return None
    match paging:
        case Paging.NEXT:
            return _text(raw.get("next"))
        case Paging.PAGE:
            return _text(raw.get("next_page"))
        case Paging.LAST_ITEM:
            return items[-1].id or None
        case _:
            return _last_id(raw, items)


def _last_id(raw: Mapping[str, Any], items: tuple[Record, ...]) -> str | None:
    return _text(raw.get("last_id")) or (items[-1].id or None if items else None)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
