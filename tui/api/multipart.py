"""A multipart body that is read from a file piece by piece, off the loop, and can begin again."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui.api.download import disk_problem
from tui.api.offloop import opened
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.safe_text import clean

PIECE = 512 * 1024
"""Bytes that are held in memory at a time."""

_QUOTED = {ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"}
"""What a name between quotes may not hold, as browsers write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipart:
    """Fields and one stretch of one file. `body()` may be called again for another attempt."""

    fields: Mapping[str, str]
    name: str
    """The form's name of the file: `file`, or `data` for parts of an upload."""
    filename: str
    media_type: str
    source: Path
    offset: int = 0
    length: int
    progress: Callable[[int], None] | None = None
    """Called on the loop with the bytes of the file that were handed to the network."""
    boundary: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def headers(self) -> dict[str, str]:
        size = len(self._head()) + self.length + len(self._tail())
        return {
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(size),
        }

    @property
    def preview(self) -> str:
        """What the request log shows in place of the bytes."""
        fields = "".join(f"{name}={value}\n" for name, value in self.fields.items())
        return f"{fields}{self.name}=@{self.filename} ({self.length} bytes)"

    async def body(self) -> AsyncIterator[bytes]:
        """The bytes of the body. Raises `ProblemError` when the file cannot be read or shrank."""
        yield self._head()
        try:
            file = await opened(lambda: self.source.open("rb", 0), lambda late: late.close())
        except OSError as error:
            raise ProblemError(disk_problem(error, self.source)) from None
        sent = 0
        try:
            while sent < self.length:
                # A read of its own place: one that a cancelled task left behind moves nothing.
                size, place = min(PIECE, self.length - sent), self.offset + sent
                piece = await asyncio.to_thread(os.pread, file.fileno(), size, place)
                if not piece:
                    raise ProblemError(_shrank(self.source))
                yield piece
                sent += len(piece)
                if self.progress is not None:
                    self.progress(sent)
        except OSError as error:
            raise ProblemError(disk_problem(error, self.source)) from None
        finally:
            file.close()
        yield self._tail()

    def _head(self) -> bytes:
        lines = []
        for name, value in self.fields.items():
            lines += [
                f"--{self.boundary}",
                f'Content-Disposition: form-data; name="{name.translate(_QUOTED)}"',
                "",
                value,
            ]
        lines += [
            f"--{self.boundary}",
            f'Content-Disposition: form-data; name="{self.name}"; '
            f'filename="{self.filename.translate(_QUOTED)}"',
            f"Content-Type: {self.media_type}",
            "",
            "",
        ]
        return "\r\n".join(lines).encode("utf-8", "replace")

    def _tail(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()


def _shrank(source: Path) -> Problem:
    return Problem(
        f"{clean(source.name, limit=80)} became shorter while it was sent",
        hint="Upload it again when nothing writes to it any more.",
        kind=ProblemKind.LOCAL,
    )
