"""The sandbox's SQLite: one writer thread, one reader thread, and a schema with a version.

The event loop never waits for the disk. WAL lets reads go on beside a write and keeps what was
committed through a SIGKILL.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tui.sandbox.records import Records

T = TypeVar("T")

_MIGRATIONS = (
    """
    CREATE TABLE records (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        parent TEXT NOT NULL,
        id TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        status TEXT NOT NULL,
        size INTEGER NOT NULL,
        expires_at INTEGER,
        body TEXT NOT NULL,
        private TEXT NOT NULL,
        UNIQUE (kind, parent, id)
    );
    CREATE INDEX records_by_time ON records (kind, parent, created_at, seq);
    CREATE INDEX records_by_status ON records (kind, parent, status, size);
    CREATE INDEX records_by_id ON records (kind, id);
    CREATE INDEX records_by_expiry ON records (kind, expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE chunks (
        vector_store_id TEXT NOT NULL,
        file_id TEXT NOT NULL,
        position INTEGER NOT NULL,
        text TEXT NOT NULL,
        vector BLOB NOT NULL,
        PRIMARY KEY (vector_store_id, file_id, position)
    ) WITHOUT ROWID;
    """,
)
"""One script per schema version; `PRAGMA user_version` says how many have run."""


class UnreadableDataError(Exception):
    """The data folder holds no database that this Cupola can read; the message says why."""


class Database:
    """Runs functions on the records, off the event loop, each in one transaction."""

    def __init__(self, path: Path | None) -> None:
        """`path=None` keeps all in memory. Raises `UnreadableDataError`."""
        self._path = path
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="sandbox-writer")
        self._reader = self._writer
        try:
            self._write_connection = _connect(path)
            _migrate(self._write_connection)
            self._read_connection = self._write_connection
            if path is not None:
                self._reader = ThreadPoolExecutor(1, thread_name_prefix="sandbox-reader")
                self._read_connection = _connect(path)
        except sqlite3.DatabaseError as error:
            raise UnreadableDataError(f"{path} is not a readable database: {error}") from error

    async def write(self, work: Callable[[Records], T]) -> T:
        """Run `work` in one transaction: all of it happens, or nothing when it raises.

        A cancelled caller does not undo it: what was begun is finished in the thread.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, self._transaction, work)

    async def read(self, work: Callable[[Records], T]) -> T:
        """Run `work` on one consistent state, beside the writer."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reader, self._snapshot, work)

    async def close(self) -> None:
        """Finish what was handed over, fold the log into the database, and close it."""
        loop = asyncio.get_running_loop()
        if self._read_connection is not self._write_connection:
            await loop.run_in_executor(self._reader, self._read_connection.close)
            self._reader.shutdown()
        await loop.run_in_executor(self._writer, self._write_connection.close)
        self._writer.shutdown()

    def _transaction(self, work: Callable[[Records], T]) -> T:
        connection = self._write_connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(Records(connection))
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return result

    def _snapshot(self, work: Callable[[Records], T]) -> T:
        connection = self._read_connection
        connection.execute("BEGIN")
        try:
            return work(Records(connection))
        finally:
            connection.execute("ROLLBACK")


def _connect(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(
        ":memory:" if path is None else path,
        isolation_level=None,
        check_same_thread=False,
        timeout=10.0,
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    if path is not None:
        path.chmod(0o600)
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(_MIGRATIONS):
        raise UnreadableDataError(
            f"the data was written by a newer Cupola (schema {version}, this one knows"
            f" {len(_MIGRATIONS)})"
        )
    for number, script in enumerate(_MIGRATIONS[version:], version + 1):
        connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")
