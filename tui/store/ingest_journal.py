"""The journal of uploads: what was meant and what was done, so that a killed run can go on.

One file of JSON lines per upload, 0600, appended before and after each step. A line is written in
one piece; what a kill tore off at the end is ignored. The lock tells a run of another Cupola from
one that died. Everything here blocks and runs in a thread; `JournalWriter` brings it there.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.core.errors import ProblemError
from tui.core.paths import private_dir

KEPT = 50
"""Finished journals that stay: they know the contents of uploaded files."""
_SUFFIX = ".jsonl"


@dataclass(slots=True)
class JournalItem:
    """One file, as far as the journal tells."""

    path: str
    shown: str
    size: int
    modified: int
    attributes: dict[str, Any] = field(default_factory=dict)
    reused: bool = False
    state: str = "waiting"
    """`waiting`, `sending`, `uploaded`, `attached`, `done`, `failed`, `cancelled`."""
    sha256: str | None = None
    file_id: str | None = None
    sent_at: float | None = None
    """When the request that may have created the file went out."""


@dataclass(slots=True)
class JournalEntry:
    """One upload, as far as its journal tells."""

    id: str
    server: str
    title: str
    purpose: str
    vector_store: str | None
    started_at: float
    expires_after: int | None = None
    items: list[JournalItem] = field(default_factory=list)
    ended: bool = False
    forgotten: bool = False
    """A person took it from the list."""

    @property
    def failed(self) -> bool:
        """Whether something of it can be tried again."""
        return any(item.state == "failed" for item in self.items)


class Journal:
    """One open journal: held by a lock as long as its upload runs."""

    def __init__(self, path: Path) -> None:
        """Open or make it. Raises `OSError`; `BlockingIOError` when another Cupola runs it."""
        private_dir(path.parent)
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise

    def begin(self, entry: JournalEntry) -> None:
        """What is going to be done; once, before the first step."""
        self._write(
            {
                "kind": "ingest",
                "id": entry.id,
                "server": entry.server,
                "title": entry.title,
                "purpose": entry.purpose,
                "vector_store": entry.vector_store,
                "started_at": entry.started_at,
                "expires_after": entry.expires_after,
            },
            *(
                {
                    "kind": "item",
                    "path": item.path,
                    "shown": item.shown,
                    "size": item.size,
                    "modified": item.modified,
                    "attributes": item.attributes,
                    "reused": item.reused,
                    "file_id": item.file_id,
                }
                for item in entry.items
            ),
        )

    def note(self, index: int, state: str, **facts: Any) -> None:
        """One step of one file."""
        self._write({"kind": "state", "i": index, "state": state, **facts})

    def end(self) -> None:
        """All files came to an end."""
        self._write({"kind": "end"})

    def forget(self) -> None:
        """Nobody wants to see it again."""
        self._write({"kind": "forgotten"})

    def close(self) -> None:
        """Let go of the lock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, *lines: Mapping[str, Any]) -> None:
        if self._descriptor < 0:
            return
        text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
        # A torn line of an earlier run must not swallow the first of this one.
        if self._torn():
            text = "\n" + text
        data = memoryview(text.encode("utf-8"))
        while data:
            data = data[os.write(self._descriptor, data) :]

    def _torn(self) -> bool:
        end = os.lseek(self._descriptor, 0, os.SEEK_END)
        return end > 0 and os.pread(self._descriptor, 1, end - 1) != b"\n"


def read(path: Path) -> JournalEntry | None:
    """What a journal tells; `None` if it is none. Unreadable lines are passed over."""
    entry: JournalEntry | None = None
    try:
        with path.open("r", encoding="utf-8", errors="replace") as file:
            for line in file:
                with contextlib.suppress(ValueError, KeyError, TypeError, IndexError):
                    entry = _apply(entry, json.loads(line))
    except OSError:
        return None
    return entry


def _apply(entry: JournalEntry | None, line: dict[str, Any]) -> JournalEntry | None:
    match line["kind"]:
        case "ingest":
            return JournalEntry(
                id=str(line["id"]),
                server=str(line["server"]),
                title=str(line["title"]),
                purpose=str(line["purpose"]),
                vector_store=line.get("vector_store"),
                started_at=float(line["started_at"]),
                expires_after=line.get("expires_after"),
            )
        case "item" if entry is not None:
            entry.items.append(
                JournalItem(
                    path=str(line["path"]),
                    shown=str(line["shown"]),
                    size=int(line["size"]),
                    modified=int(line["modified"]),
                    attributes=dict(line.get("attributes") or {}),
                    reused=bool(line.get("reused")),
                    file_id=line.get("file_id"),
                )
            )
        case "state" if entry is not None:
            index = int(line["i"])
            if index < 0:
                raise IndexError(index)
            item = entry.items[index]
            item.state = str(line["state"])
            item.sha256 = line.get("sha256", item.sha256)
            item.file_id = line.get("file_id", item.file_id)
            item.sent_at = line.get("at", item.sent_at)
            entry.ended = False
        case "end" if entry is not None:
            entry.ended = True
        case "forgotten" if entry is not None:
            entry.forgotten = True
        case _:
            pass
    return entry


class JournalFolder:
    """All journals of one person, whatever the server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, id: str) -> Path:
        return self.folder / f"{id}{_SUFFIX}"

    def open(self, id: str) -> Journal:
        return Journal(self.path_of(id))

    def unfinished(self, server: str) -> list[JournalEntry]:
        """Uploads to that server which ended in the middle or failed in part, and which nobody
        runs now."""
        return [
            entry
            for path, entry in self._entries()
            if entry.server == server
            and (not entry.ended or entry.failed)
            and not entry.forgotten
            and not _held(path)
        ]

    def contents(self, server: str) -> dict[str, str]:
        """Of files that were sent to that server: id → sha256."""
        return {
            item.file_id: item.sha256
            for _, entry in self._entries()
            if entry.server == server
            for item in entry.items
            if item.file_id and item.sha256
        }

    def forget(self, id: str) -> None:
        self.path_of(id).unlink(missing_ok=True)

    def prune(self) -> None:
        """Remove the oldest finished journals beyond `KEPT`."""
        ended = [path for path, entry in self._entries() if entry.ended and not _held(path)]
        for path in ended[KEPT:]:
            path.unlink(missing_ok=True)

    def _entries(self) -> Iterator[tuple[Path, JournalEntry]]:
        """Newest first."""
        try:
            paths = [path for path in self.folder.iterdir() if path.suffix == _SUFFIX]
        except OSError:
            return
        for path in sorted(paths, key=_modified, reverse=True):
            if (entry := read(path)) is not None:
                yield path, entry


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _held(path: Path) -> bool:
    """Whether an upload that is alive holds it."""
    try:
        journal = Journal(path)
    except OSError:
        return True
    journal.close()
    return False


class JournalWriter:
    """Writes to a journal in the order of the calls, off the event loop.

    A disk that is full, or a program that is closing, loses lines and nothing else. Without a
    journal it does nothing.
    """

    def __init__(
        self,
        journal: Journal | None,
        in_thread: Callable[[Callable[[], None]], Awaitable[None]],
    ) -> None:
        self._journal = journal
        self._in_thread = in_thread
        self._last: asyncio.Task[None] | None = None

    def __call__(self, index: int, state: str, **facts: Any) -> Awaitable[None]:
        """Note one step of one file; await the result to know that it is on the disk."""
        return self.write(lambda journal: journal.note(index, state, **facts))

    def write(self, work: Callable[[Journal], None]) -> Awaitable[None]:
        self._last = asyncio.ensure_future(self._write(work, self._last))
        # Who waits for a line may be cancelled; the line is written all the same.
        return asyncio.shield(self._last)

    async def drain(self) -> None:
        """Wait until all that was asked for is written."""
        if self._last is not None:
            await self._last

    async def _write(
        self, work: Callable[[Journal], None], before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            await before
        journal = self._journal
        if journal is not None:

            def quietly() -> None:
                with contextlib.suppress(OSError):
                    work(journal)

            with contextlib.suppress(ProblemError):
                await self._in_thread(quietly)
