"""Files from the server: streamed to disk under a temporary name, or the beginning for a look."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tui.api.exchange import Deadline, Exchange
from tui.api.offloop import opened
from tui.api.problems import request_id_of
from tui.api.replies import Content, header_map, text_of
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.log import PREVIEW_LIMIT, RequestHandle
from tui.core.paths import private_dir
from tui.core.safe_text import clean

SILENCE = 60.0
"""Seconds without a byte after which a download counts as lost."""
BLOCK = 1024 * 1024
"""Bytes collected before a thread writes them."""

Progress = Callable[[int, int | None], None]
"""Called on the loop with the bytes so far, and the whole size where it is known."""


@dataclass(frozen=True, slots=True)
class ToFile:
    """Reads an answer into a file that appears only when it is whole, mode 0600."""

    destination: Path
    progress: Progress | None = None

    async def __call__(self, exchange: Exchange, handle: RequestHandle, deadline: Deadline) -> int:
        """The number of bytes written. Raises `ProblemError` for disks that refuse."""
        headers = header_map(exchange.response)
        status = exchange.response.status_code
        handle.responded(status=status, request_id=request_id_of(headers))
        try:
            file, temporary = await opened(
                lambda: _begin(self.destination), lambda late: _discard(*late)
            )
        except OSError as error:
            raise ProblemError(disk_problem(error, self.destination)) from None
        try:
            received = await self._copy(exchange, file)
            await asyncio.to_thread(_commit, file, temporary, self.destination)
        except OSError as error:
            raise ProblemError(disk_problem(error, self.destination)) from None
        finally:
            # After a rename there is nothing left under the temporary name.
            await asyncio.shield(asyncio.to_thread(_discard, file, temporary))
        handle.finish(received_bytes=received)
        return received

    async def _copy(self, exchange: Exchange, file: BinaryIO) -> int:
        total = size_of(exchange)
        received = 0
        block: list[bytes] = []
        held = 0
        while chunk := await exchange.chunk():
            block.append(chunk)
            held += len(chunk)
            received += len(chunk)
            if held >= BLOCK:
                await asyncio.to_thread(file.write, b"".join(block))
                block, held = [], 0
            if self.progress is not None:
                self.progress(received, total)
        if block:
            await asyncio.to_thread(file.write, b"".join(block))
        return received


@dataclass(frozen=True, slots=True)
class Beginning:
    """Reads at most `limit` bytes of an answer and closes it."""

    limit: int

    async def __call__(
        self, exchange: Exchange, handle: RequestHandle, deadline: Deadline
    ) -> Content:
        parts: list[bytes] = []
        held = 0
        while held <= self.limit and (chunk := await exchange.chunk()):
            parts.append(chunk)
            held += len(chunk)
        body = b"".join(parts)[: self.limit]
        truncated = held > self.limit
        exchange.close_soon()
        headers = header_map(exchange.response)
        handle.finish(
            status=exchange.response.status_code,
            request_id=request_id_of(headers),
            received_bytes=exchange.received,
            response=body[: PREVIEW_LIMIT * 2],
        )
        return Content(
            body=body,
            text=text_of(body, truncated=truncated),
            truncated=truncated,
            size=size_of(exchange) if truncated else len(body),
            media_type=clean(headers.get("content-type", "").partition(";")[0], limit=80),
            request_id=request_id_of(headers),
        )


def size_of(exchange: Exchange) -> int | None:
    """The size of the whole content, where the answer tells it before it is unpacked."""
    headers = exchange.response.headers
    length = headers.get("content-length", "")
    packed = headers.get("content-encoding", "identity").strip().lower() != "identity"
    return int(length) if length.isascii() and length.isdigit() and not packed else None


def disk_problem(error: OSError, path: Path) -> Problem:
    """A file on this side that cannot be written or read."""
    return Problem(
        f"{clean(path.name, limit=80)} cannot be used",
        clean(error.strerror or str(error), limit=200),
        "Check the folder, its permissions and the free space.",
        kind=ProblemKind.LOCAL,
    )


def _begin(destination: Path) -> tuple[BinaryIO, Path]:
    folder = destination.parent
    if not folder.exists():
        private_dir(folder)
    if destination.is_dir():
        raise IsADirectoryError(21, "it is a folder")
    # mkstemp makes it 0600, whatever the umask.
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
    return os.fdopen(descriptor, "wb"), Path(name)


def _commit(file: BinaryIO, temporary: Path, destination: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()
    os.replace(temporary, destination)


def _discard(file: BinaryIO, temporary: Path) -> None:
    with contextlib.suppress(OSError):
        file.close()
    with contextlib.suppress(OSError):
        temporary.unlink()
