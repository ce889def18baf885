"""The ledger's file: a SQLite index of every id that was seen. Blocking: for threads only.

It holds ids, kinds, titles and times, never contents, and it can always be rebuilt: a damaged file
is set aside, reported and begun anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tui.core.paths import private_dir

T = TypeVar("T")

SCHEMA = 1
BUSY_MS = 250
"""How long another Cupola's write is waited for; after that the caller tries again later."""

_CREATE = """
CREATE TABLE IF NOT EXISTS objects (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    parents TEXT NOT NULL,
    title TEXT NOT NULL,
    first_seen REAL NOT NULL,
    last_seen REAL NOT NULL,
    created REAL,
    made INTEGER NOT NULL,
    PRIMARY KEY (kind, id, parents)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS objects_by_id ON objects (id);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, last_seen);
"""
_NOTE = """
INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, id, parents) DO UPDATE SET
    title = CASE WHEN excluded.title = '' THEN title ELSE excluded.title END,
    last_seen = max(last_seen, excluded.last_seen),
    created = coalesce(excluded.created, created),
    made = max(made, excluded.made)
"""
PART = 1_000
"""Entries that are read at once where all are wanted."""
_COLUMNS = "kind, id, parents, title, first_seen, last_seen, created, made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One object that was seen or made."""

    kind: str
    """Resource, such as `vector_stores.files`."""
    id: str
    parents: tuple[str, ...] = ()
    title: str = ""
    first_seen: float
    """Unix times, in seconds."""
    last_seen: float
    created: float | None = None
    """When the server says that it was made."""
    made: bool = False
    """Made from here."""


class LedgerBusyError(Exception):
    """Another process is writing; nothing was done, try again later."""


class LedgerUnusableError(Exception):
    """The file cannot be used at all: disk full, no permission, a newer Cupola's."""


class LedgerFile:
    """Opens on first use. Every method raises `LedgerBusyError` or `LedgerUnusableError`."""

    def __init__(self, path: Path, *, now: Callable[[], float]) -> None:
        self.path = path
        self.set_aside: list[Path] = []
        """Damaged files that were put out of the way, for whoever reports them."""
        self._now = now
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def note(self, entries: Iterable[Entry]) -> None:
        """Add or renew entries, all or none."""
        rows = [
            (
                _storable(e.kind),
                _storable(e.id),
                json.dumps(e.parents),
                _storable(e.title),
                e.first_seen,
                e.last_seen,
                e.created,
                int(e.made),
            )
            for e in entries
        ]

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany(_NOTE, rows)

        self._do(write)

    def forget(self, kind: str, id: str) -> None:
        """The object is gone from the server."""

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.execute("DELETE FROM objects WHERE kind = ? AND id = ?", (kind, id))

        self._do(write)

    def search(self, text: str, *, kind: str | None = None, limit: int = 50) -> list[Entry]:
        """Entries whose id begins with the text, or whose title holds it; latest first."""
        like = _like(text)
        only, kinds = ("", ()) if kind is None else (" AND kind = ?", (kind,))
        return self._read(
            f"SELECT {_COLUMNS} FROM objects WHERE (id LIKE ? ESCAPE '\\' "
            f"OR title LIKE ? ESCAPE '\\'){only} ORDER BY last_seen DESC, id LIMIT ?",
            (f"{like}%", f"%{like}%", *kinds, limit),
        )

    def locate(self, id: str) -> list[Entry]:
        """Every place where an id was seen, latest first."""
        return self._read(
            f"SELECT {_COLUMNS} FROM objects WHERE id = ? ORDER BY last_seen DESC", (id,)
        )

    def by_kind(
        self, kind: str, *, parents: tuple[str, ...] | None = None, limit: int = 100, skip: int = 0
    ) -> list[Entry]:
        """Entries of one resource, latest first; `parents` keeps those inside one object."""
        inside = "" if parents is None else "AND parents = ? "
        values = () if parents is None else (json.dumps(parents),)
        return self._read(
            f"SELECT {_COLUMNS} FROM objects WHERE kind = ? {inside}"
            "ORDER BY last_seen DESC, id LIMIT ? OFFSET ?",
            (kind, *values, limit, skip),
        )

    def each(self) -> Iterator[Entry]:
        """Every entry, by kind and id, read in parts."""
        last = ("", "", "")
        while True:
            part = self._read(
                f"SELECT {_COLUMNS} FROM objects WHERE (kind, id, parents) > (?, ?, ?) "
                "ORDER BY kind, id, parents LIMIT ?",
                (*last, PART),
            )
            yield from part
            if len(part) < PART:
                return
            last = part[-1].kind, part[-1].id, json.dumps(part[-1].parents)

    def kinds(self) -> dict[str, int]:
        """How many entries there are of each resource, most first."""
        query = "SELECT kind, count(*) FROM objects GROUP BY kind ORDER BY count(*) DESC, kind"
        return self._do(lambda connection: dict(connection.execute(query).fetchall()))

    def purge(self) -> int:
        """Forget everything; gives how many entries there were."""

        def write(connection: sqlite3.Connection) -> int:
            with connection:
                gone = connection.execute("DELETE FROM objects").rowcount
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return gone

        return self._do(write)

    def size(self) -> tuple[int, int]:
        """How many entries, and how many bytes on the disk."""

        def read(connection: sqlite3.Connection) -> int:
            found: tuple[int] = connection.execute("SELECT count(*) FROM objects").fetchone()
            return found[0]

        entries = self._do(read)
        return entries, sum(p.stat().st_size for p in _family(self.path) if p.exists())

    def close(self) -> None:
        with self._lock:
            self._close()

    def _read(self, query: str, values: Sequence[str | int]) -> list[Entry]:
        return self._do(lambda c: [_entry(row) for row in c.execute(query, values)])

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run it; a damaged file is set aside and the work done once more on a new one."""
        with self._lock, _told_apart():
            try:
                return work(self._open())
            except sqlite3.DatabaseError as error:
                if not _damaged(error):
                    raise
                self._put_aside()
                return work(self._open())

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            private_dir(self.path.parent)
            # SQLite gives its side files the mode of the main file: private from the first byte.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = sqlite3.connect(self.path, check_same_thread=False)
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA:
            raise LedgerUnusableError(f"{self.path.name} was written by a newer Cupola")
        if version == SCHEMA:
            return
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(f"BEGIN IMMEDIATE; {_CREATE} PRAGMA user_version = {SCHEMA}; END;")

    def _put_aside(self) -> None:
        self._close()
        stamp = int(self._now())
        aside = self.path.with_name(f"{self.path.name}.corrupt-{stamp}")
        number = 0
        while aside.exists():
            number += 1
            aside = self.path.with_name(f"{self.path.name}.corrupt-{stamp}-{number}")
        main, *beside = _family(self.path)
        with contextlib.suppress(FileNotFoundError):
            os.replace(main, aside)
            self.set_aside.append(aside)
        for path in beside:
            # The log of a file that is gone would be replayed into the new one.
            path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


@contextmanager
def _told_apart() -> Iterator[None]:
    """SQLite's errors as the two that a caller can do something about."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise LedgerBusyError(str(error)) from error
        raise LedgerUnusableError(str(error)) from error
    except (sqlite3.Error, OSError) as error:
        raise LedgerUnusableError(str(error)) from error


def _damaged(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    missing = "no such table" in str(error) or "no such column" in str(error)
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB} or missing


def _family(path: Path) -> tuple[Path, Path, Path]:
    return path, Path(f"{path}-wal"), Path(f"{path}-shm")


def _like(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", _storable(text))


def _storable(text: str) -> str:
    """SQLite takes UTF-8: lone surrogates become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _entry(row: tuple[str, str, str, str, float, float, float | None, int]) -> Entry:
    kind, id, parents, title, first_seen, last_seen, created, made = row
    return Entry(
        kind=kind,
        id=id,
        parents=tuple(json.loads(parents)),
        title=title,
        first_seen=first_seen,
        last_seen=last_seen,
        created=created,
        made=bool(made),
    )
