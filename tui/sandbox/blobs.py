"""The bytes of files and upload parts, on disk under names that the sandbox itself makes.

A file's own name never reaches the file system: it is data (reliability E3).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import os
import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import BinaryIO

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}$")
_BUFFER = 1 << 20
"""Bytes gathered before a write, and read at a time: 1 MiB."""


class BlobStore:
    """Content by id; in memory when there is no folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, bytes] = {}
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for unfinished in folder.glob("*.part"):
                unfinished.unlink()

    def writer(self, name: str) -> BlobWriter:
        """Begin a blob; it exists once the writer is finished."""
        return BlobWriter(self, name)

    async def write(self, name: str, content: bytes) -> None:
        """Store a whole blob."""
        writer = self.writer(name)
        await writer.write(content)
        await writer.finish()

    async def join(self, name: str, parts: Iterable[str]) -> tuple[int, str]:
        """Make one blob out of others; its size in bytes and its MD5."""
        return await asyncio.to_thread(self._join, name, tuple(parts))

    async def read(self, name: str) -> bytes:
        """The whole content. Raises `FileNotFoundError`."""
        return await asyncio.to_thread(self.read_now, name)

    def read_now(self, name: str) -> bytes:
        """As `read`, for a thread that may wait for the disk."""
        if self._folder is not None:
            return self.path(name).read_bytes()
        if name not in self._memory:
            raise FileNotFoundError(name)
        return self._memory[name]

    def open_now(self, name: str) -> BinaryIO:
        """The content as a file to read, for a thread that may wait for the disk."""
        if self._folder is not None:
            return self.path(name).open("rb")
        return io.BytesIO(self.read_now(name))

    async def stream(self, name: str) -> AsyncIterator[bytes]:
        """The content a mebibyte at a time. Raises `FileNotFoundError` before the first."""
        if self._folder is None:
            content = self.read_now(name)
            for start in range(0, len(content), _BUFFER):
                yield content[start : start + _BUFFER]
            return
        file = await asyncio.to_thread(self.path(name).open, "rb")
        try:
            while block := await asyncio.to_thread(file.read, _BUFFER):
                yield block
        finally:
            file.close()

    async def delete(self, *names: str) -> None:
        """Forget blobs; those that are not there do not matter."""
        if self._folder is None:
            for name in names:
                self._memory.pop(name, None)
            return
        await asyncio.to_thread(self._unlink, names)

    def has(self, name: str) -> bool:
        """Whether the blob is there."""
        return name in self._memory if self._folder is None else self.path(name).exists()

    def names(self) -> set[str]:
        """All blobs there are."""
        if self._folder is None:
            return set(self._memory)
        return {path.name for path in self._folder.iterdir()}

    def path(self, name: str) -> Path:
        """Where a blob lies. Raises `ValueError` for a name that the sandbox did not make."""
        if self._folder is None or not _NAME.match(name):
            raise ValueError("no such blob name")
        return self._folder / name

    def open_part(self, name: str) -> BinaryIO:
        """The unfinished file behind a blob, private to its owner."""
        descriptor = os.open(
            self.path(name).with_suffix(".part"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600
        )
        return os.fdopen(descriptor, "wb")

    @property
    def in_memory(self) -> bool:
        return self._folder is None

    def keep(self, name: str, content: bytes) -> None:
        """Store a blob in memory."""
        self._memory[name] = content

    def _unlink(self, names: Iterable[str]) -> None:
        for name in names:
            with contextlib.suppress(FileNotFoundError, ValueError):
                self.path(name).unlink()

    def _join(self, name: str, parts: tuple[str, ...]) -> tuple[int, str]:
        digest, size = hashlib.md5(usedforsecurity=False), 0
        if self._folder is None:
            content = b"".join(self._memory[part] for part in parts)
            digest.update(content)
            self._memory[name] = content
            return len(content), digest.hexdigest()
        with self.open_part(name) as target:
            for part in parts:
                with self.path(part).open("rb") as source:
                    while block := source.read(_BUFFER):
                        digest.update(block)
                        size += len(block)
                        target.write(block)
        self.path(name).with_suffix(".part").replace(self.path(name))
        return size, digest.hexdigest()


class BlobWriter:
    """One blob in the making; it holds at most a buffer in memory when there is a disk."""

    def __init__(self, store: BlobStore, name: str) -> None:
        self._store = store
        self._name = name
        self._buffer = bytearray()
        self._file: BinaryIO | None = None
        self._digest = hashlib.md5(usedforsecurity=False)
        self.size = 0

    async def write(self, content: bytes) -> None:
        """Add bytes."""
        self._buffer += content
        self.size += len(content)
        if len(self._buffer) >= _BUFFER and not self._store.in_memory:
            await self._flush()

    async def finish(self) -> str:
        """Make the blob visible; its MD5 in hexadecimal."""
        if self._store.in_memory:
            content = bytes(self._buffer)
            self._digest.update(content)
            self._store.keep(self._name, content)
        else:
            await asyncio.to_thread(self._publish, bytes(self._buffer))
            self._buffer.clear()
        return self._digest.hexdigest()

    async def abandon(self) -> None:
        """Drop what was written."""
        self._buffer.clear()
        if self._file is not None:
            self._file.close()
            path = self._store.path(self._name).with_suffix(".part")
            await asyncio.to_thread(path.unlink, True)

    async def _flush(self) -> None:
        content = bytes(self._buffer)
        self._buffer.clear()
        await asyncio.to_thread(self._append, content)

    def _append(self, content: bytes) -> None:
        if self._file is None:
            self._file = self._store.open_part(self._name)
        self._digest.update(content)
        self._file.write(content)

    def _publish(self, rest: bytes) -> None:
        # No fsync, as in the database: what was written outlives the process, and thousands of
        # small files would each wait some 20 ms for the disk.
        self._append(rest)
        if self._file is not None:
            self._file.close()
        path = self._store.path(self._name)
        path.with_suffix(".part").replace(path)
