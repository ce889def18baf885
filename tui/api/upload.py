"""Files to the server: whole up to 64 MB, above that in parts that travel side by side."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import mimetypes
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from tui.api.download import disk_problem
from tui.api.endpoint import EMPTY
from tui.api.multipart import Multipart
from tui.api.operation import Operation
from tui.api.operations.files import CREATE_FILE
from tui.api.operations.uploads import (
    ADD_UPLOAD_PART,
    CANCEL_UPLOAD,
    COMPLETE_UPLOAD,
    CREATE_UPLOAD,
)
from tui.api.problems import cancelled
from tui.api.records import Record
from tui.api.replies import Reply
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.safe_text import clean

WHOLE_LIMIT = 64 * 1024 * 1024
"""Bytes up to which a file goes in one request."""
PART_BYTES = 64 * 1024 * 1024
PARTS_AT_ONCE = 3
FILE_LIMIT = 512 * 1024 * 1024
"""Bytes that `POST /files` takes at most."""
UPLOAD_LIMIT = 8 * 1024**3
PART_PURPOSES = frozenset({"assistants", "batch", "fine-tune", "vision"})
"""The purposes that uploads in parts accept (contract 2.8); others must go whole."""

_DIGEST_BLOCK = 1024 * 1024
_MEDIA_TYPES = {
    ".jsonl": "application/jsonl",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".log": "text/plain",
}

Progress = Callable[[int, int], None]
"""Called on the loop with the bytes sent so far and the size of the file."""


class Caller(Protocol):
    """What an upload needs of the client."""

    async def call(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] = EMPTY,
        body: Mapping[str, Any] | None = None,
    ) -> Reply: ...

    async def send_file(
        self, operation: Operation, multipart: Multipart, *, path: Mapping[str, str] = EMPTY
    ) -> Reply: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file on its way. Only reads it; memory stays constant whatever its size."""

    source: Path
    purpose: str
    expires_after: int | None = None
    """Seconds after which the server deletes the file."""
    progress: Progress | None = None

    async def run(self, caller: Caller) -> Reply:
        """The finished file. Raises `ProblemError`."""
        try:
            status = await asyncio.to_thread(self.source.stat)
        except OSError as error:
            raise ProblemError(disk_problem(error, self.source)) from None
        size = status.st_size
        if not self.source.is_file():
            raise ProblemError(self._unfit("it is not a file"))
        if size == 0:
            raise ProblemError(self._unfit("it is empty"))
        in_parts = size > WHOLE_LIMIT and self.purpose in PART_PURPOSES
        if size > (UPLOAD_LIMIT if in_parts else FILE_LIMIT):
            raise ProblemError(self._unfit("it is larger than the platform takes"))
        if in_parts:
            try:
                return await self._in_parts(caller, size)
            except ProblemError as error:
                if error.problem.kind is not ProblemKind.ABSENT or size > FILE_LIMIT:
                    raise
        return await self._whole(caller, size)

    async def _whole(self, caller: Caller, size: int) -> Reply:
        fields = {"purpose": self.purpose}
        for name, value in self._expiry().items():
            fields[f"expires_after[{name}]"] = str(value)
        multipart = Multipart(
            fields=fields,
            name="file",
            filename=self.source.name,
            media_type=media_type(self.source),
            source=self.source,
            length=size,
            progress=self._report(size),
        )
        return await caller.send_file(CREATE_FILE, multipart)

    async def _in_parts(self, caller: Caller, size: int) -> Reply:
        body: dict[str, Any] = {
            "filename": self.source.name,
            "purpose": self.purpose,
            "bytes": size,
            "mime_type": media_type(self.source),
        }
        if self.expires_after is not None:
            body["expires_after"] = self._expiry()
        upload = (await caller.call(CREATE_UPLOAD, body=body)).record.id
        path = {"upload_id": upload}
        try:
            digest, part_ids = await self._send_parts(caller, path, size)
            body = {"part_ids": part_ids, "md5": digest}
            reply = await caller.call(COMPLETE_UPLOAD, path=path, body=body)
        except (ProblemError, asyncio.CancelledError):
            # The parts would be kept, and count, for an hour.
            await _finish_quietly(caller.call(CANCEL_UPLOAD, path=path))
            raise
        file = reply.raw.get("file")
        return replace(reply, record=Record(file, "files:File")) if file else reply

    async def _send_parts(
        self, caller: Caller, path: Mapping[str, str], size: int
    ) -> tuple[str, list[str]]:
        slots = asyncio.Semaphore(PARTS_AT_ONCE)
        sent: dict[int, int] = {}

        async def part(offset: int) -> str:
            def report(count: int) -> None:
                sent[offset] = count
                if self.progress is not None:
                    self.progress(sum(sent.values()), size)

            multipart = Multipart(
                fields={},
                name="data",
                filename=self.source.name,
                media_type="application/octet-stream",
                source=self.source,
                offset=offset,
                length=min(PART_BYTES, size - offset),
                progress=report,
            )
            async with slots:
                reply = await caller.send_file(ADD_UPLOAD_PART, multipart, path=path)
            return reply.record.id

        offsets = range(0, size, PART_BYTES)
        tasks = [asyncio.ensure_future(part(offset)) for offset in offsets]
        halt = threading.Event()
        digest = asyncio.ensure_future(asyncio.to_thread(_md5, self.source, halt))
        try:
            part_ids = await asyncio.gather(*tasks)
            return await digest, part_ids
        except OSError as error:
            raise ProblemError(disk_problem(error, self.source)) from None
        finally:
            halt.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(digest, *tasks, return_exceptions=True)

    def _expiry(self) -> dict[str, Any]:
        if self.expires_after is None:
            return {}
        return {"anchor": "created_at", "seconds": self.expires_after}

    def _report(self, size: int) -> Callable[[int], None] | None:
        progress = self.progress
        return None if progress is None else lambda sent: progress(sent, size)

    def _unfit(self, why: str) -> Problem:
        name = clean(self.source.name, limit=80)
        return Problem(f"{name} cannot be uploaded", why, kind=ProblemKind.LOCAL)


async def stoppable(work: asyncio.Task[Reply], stop: asyncio.Event) -> Reply:
    """Wait for an upload unless it is asked to stop. Raises `ProblemError` CANCELLED then."""
    asked = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError, ProblemError):
            return await work
        raise ProblemError(cancelled())
    finally:
        asked.cancel()
        work.cancel()


def media_type(source: Path) -> str:
    """What kind of file it is, by its name."""
    suffix = source.suffix.lower()
    return (
        _MEDIA_TYPES.get(suffix)
        or mimetypes.guess_type(source.name)[0]
        or "application/octet-stream"
    )


async def _finish_quietly(work: Any) -> None:
    """Do it to the end, also when this task is being cancelled; its failure changes nothing."""
    task = asyncio.ensure_future(work)
    with contextlib.suppress(ProblemError):
        await asyncio.shield(task)


def _md5(source: Path, halt: threading.Event) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with source.open("rb") as file:
        while not halt.is_set() and (block := file.read(_DIGEST_BLOCK)):
            digest.update(block)
    return digest.hexdigest()
