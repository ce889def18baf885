"""Every object of the sandbox as a row: what the API shows as JSON, and what it keeps to itself.

One table serves all kinds, so that a new resource needs no new table: the columns are what lists
filter and sort by, the rest is JSON. All values are bound parameters.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from tui.sandbox.errors import invalid
from tui.sandbox.wire import JsonObject

_COLUMNS = "kind, parent, id, created_at, status, size, expires_at, body, private, seq"


@dataclass(frozen=True, slots=True)
class Record:
    """One stored object."""

    kind: str
    """Its resource, such as `file` or `vector_store.file`."""
    id: str
    body: JsonObject
    """The object as the API answers it."""
    parent: str = ""
    """The id of the object that it lives in; empty at the top."""
    created_at: int = 0
    """Unix seconds; lists sort by it, ties by the order of insertion."""
    status: str = ""
    """The state that lists filter by."""
    size: int = 0
    """Bytes, where a parent adds them up."""
    expires_at: int | None = None
    """Unix seconds after which the object counts as gone."""
    private: JsonObject = field(default_factory=dict)
    """What the sandbox remembers and never answers."""
    seq: int = 0

    def with_body(self, **changes: object) -> Record:
        """The record with some members of its body replaced."""
        return replace(self, body={**self.body, **changes})


@dataclass(frozen=True, slots=True)
class Where:
    """A further SQL condition of a list, with its bound values."""

    condition: str
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page of a list, as the query asked for it."""

    limit: int
    order: str = "desc"
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of one page."""

    records: Sequence[Record]
    has_more: bool


class Records:
    """Reads and writes records on one connection; used inside `Database.read` and `.write` only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def insert(self, record: Record) -> None:
        """Add a new object. Raises `sqlite3.IntegrityError` when the id is taken."""
        self.connection.execute(
            "INSERT INTO records (kind, parent, id, created_at, status, size, expires_at, body,"
            " private) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            _bound(record),
        )

    def put(self, record: Record) -> None:
        """Replace an object that is there; it keeps its place in lists."""
        kind, parent, id_, created_at, *rest = _bound(record)
        self.connection.execute(
            "UPDATE records SET created_at=?, status=?, size=?, expires_at=?, body=?, private=?"
            " WHERE kind=? AND parent=? AND id=?",
            (created_at, *rest, kind, parent, id_),
        )

    def get(self, kind: str, id: str, *, parent: str = "") -> Record | None:
        """The object, or None."""
        row = self.connection.execute(
            f"SELECT {_COLUMNS} FROM records WHERE kind=? AND parent=? AND id=?",
            (kind, parent, id),
        ).fetchone()
        return None if row is None else _record(row)

    def many(self, kind: str, ids: Iterable[str], *, parent: str = "") -> dict[str, Record]:
        """Those of the ids that are there."""
        found = (self.get(kind, id, parent=parent) for id in dict.fromkeys(ids))
        return {record.id: record for record in found if record is not None}

    def delete(self, kind: str, id: str, *, parent: str = "") -> bool:
        """Remove an object; whether it was there."""
        cursor = self.connection.execute(
            "DELETE FROM records WHERE kind=? AND parent=? AND id=?", (kind, parent, id)
        )
        return cursor.rowcount > 0

    def delete_children(self, kind: str, parent: str) -> None:
        """Remove all objects of a kind that live in one parent."""
        self.connection.execute("DELETE FROM records WHERE kind=? AND parent=?", (kind, parent))

    def count(self, kind: str, *where: Where, parent: str | None = None) -> int:
        """How many objects of a kind there are."""
        condition, values = _conditions(kind, parent, where)
        row = self.connection.execute(
            f"SELECT count(*) FROM records WHERE {condition}", values
        ).fetchone()
        return int(row[0])

    def select(
        self, kind: str, *where: Where, parent: str | None = None, limit: int = -1
    ) -> list[Record]:
        """All objects of a kind, oldest first; `parent=None` looks in every parent."""
        condition, values = _conditions(kind, parent, where)
        rows = self.connection.execute(
            f"SELECT {_COLUMNS} FROM records WHERE {condition} ORDER BY created_at, seq LIMIT ?",
            (*values, limit),
        )
        return [_record(row) for row in rows]

    def page(
        self, kind: str, request: PageRequest, *where: Where, parent: str | None = ""
    ) -> Slice:
        """One page by `created_at`, with `after` and `before` as exclusive bounds (contract 2.6).

        Raises `ApiError` 400 when a cursor names no object of this list.
        """
        condition, values = _conditions(kind, parent, where)
        for name, cursor in (("after", request.after), ("before", request.before)):
            if cursor is None:
                continue
            place = self._place(kind, cursor, parent, name)
            later = (request.order == "asc") == (name == "after")
            condition += f" AND (created_at, seq) {'>' if later else '<'} (?, ?)"
            values = (*values, *place)
        # `before` alone wants the rows nearest to its cursor, so it walks backwards from there.
        backwards = request.before is not None and request.after is None
        direction = "ASC" if (request.order == "asc") != backwards else "DESC"
        rows = self.connection.execute(
            f"SELECT {_COLUMNS} FROM records WHERE {condition}"
            f" ORDER BY created_at {direction}, seq {direction} LIMIT ?",
            (*values, request.limit + 1),
        ).fetchall()
        records = [_record(row) for row in rows[: request.limit]]
        if backwards:
            records.reverse()
        return Slice(records, has_more=len(rows) > request.limit)

    def _place(self, kind: str, id: str, parent: str | None, name: str) -> tuple[int, int]:
        condition, values = _conditions(kind, parent, (Where("id = ?", (id,)),))
        row = self.connection.execute(
            f"SELECT created_at, seq FROM records WHERE {condition}", values
        ).fetchone()
        if row is None:
            raise invalid(f"Invalid '{name}': no such object: '{id}'.", name, code="invalid_value")
        return int(row[0]), int(row[1])


def _conditions(
    kind: str, parent: str | None, where: Iterable[Where]
) -> tuple[str, tuple[object, ...]]:
    condition, values = "kind = ?", (kind,)
    parts, bound = [condition], list[object](values)
    if parent is not None:
        parts.append("parent = ?")
        bound.append(parent)
    for extra in where:
        parts.append(f"({extra.condition})")
        bound.extend(extra.values)
    return " AND ".join(parts), tuple(bound)


def _bound(record: Record) -> tuple[object, ...]:
    return (
        record.kind,
        record.parent,
        record.id,
        record.created_at,
        record.status,
        record.size,
        record.expires_at,
        json.dumps(record.body, ensure_ascii=False, separators=(",", ":")),
        json.dumps(record.private, ensure_ascii=False, separators=(",", ":")),
    )


def _record(row: Sequence[object]) -> Record:
    kind, parent, id_, created_at, status, size, expires_at, body, private, seq = row
    return Record(
        kind=str(kind),
        parent=str(parent),
        id=str(id_),
        created_at=int(created_at),  # type: ignore[call-overload]
        status=str(status),
        size=int(size),  # type: ignore[call-overload]
        expires_at=None if expires_at is None else int(expires_at),  # type: ignore[call-overload]
        body=json.loads(str(body)),
        private=json.loads(str(private)),
        seq=int(seq),  # type: ignore[call-overload]
    )
