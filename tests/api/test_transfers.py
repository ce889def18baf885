"""Uploads and downloads: progress, cancelling, memory, broken files and disks."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import re
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tests.api import fault_server as faults
from tests.api.conftest import MakeClient
from tests.api.fault_server import FaultServer, Received, Wire
from tui.api import download as downloading
from tui.api import upload as uploading
from tui.api.multipart import Multipart
from tui.api.operations.files import DOWNLOAD_FILE
from tui.core.errors import ProblemError, ProblemKind

FILE = {"id": "file-1", "object": "file"}
PATH = {"file_id": "file-1"}


class Platform:
    """Takes uploads in parts, and knows what became of them."""

    def __init__(self, *, refuse_part: int | None = None, absent: bool = False) -> None:
        self.parts: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.at_once = self.most_at_once = 0
        self.arrived = 0
        self.first_three = asyncio.Barrier(3)
        self.refuse_part = refuse_part
        self.absent = absent
        self.whole = b""
        self.md5 = ""

    async def __call__(self, wire: Wire, received: Received) -> None:
        action = received.target.removeprefix("/v1")
        self.calls.append(action)
        if action == "/files":
            await faults.reply(FILE)(wire, received)
        elif action == "/uploads":
            answer = faults.error(404) if self.absent else faults.reply({"id": "upload_1"})
            await answer(wire, received)
        elif action.endswith("/parts"):
            await self._part(wire, received)
        elif action.endswith("/complete"):
            self.whole = b"".join(self.parts[part] for part in received.json["part_ids"])
            self.md5 = received.json["md5"]
            await faults.reply({"id": "upload_1", "file": FILE})(wire, received)
        else:
            await faults.reply({"id": "upload_1", "status": "cancelled"})(wire, received)

    async def _part(self, wire: Wire, received: Received) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.arrived < 3:
            self.arrived += 1
            await self.first_three.wait()
        number = len(self.parts)
        self.at_once -= 1
        if number == self.refuse_part:
            await faults.error(400, "no more parts")(wire, received)
            return
        part = f"part_{number}"
        self.parts[part] = content_of(received)
        await faults.reply({"id": part, "object": "upload.part"})(wire, received)


def content_of(received: Received) -> bytes:
    """The bytes of the file in a multipart body."""
    boundary = received.headers["content-type"].partition("boundary=")[2].encode()
    last = received.body.split(b"--" + boundary)[-2]
    return last.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    path.write_bytes(bytes(range(256)) * 4096)
    return path


async def test_an_upload_may_begin_again(make_client: MakeClient, source: Path) -> None:
    seen: list[tuple[int, int]] = []
    limited = faults.error(429, headers={"Retry-After": "1"})
    async with FaultServer(limited, faults.reply(FILE)) as server:
        client = make_client(server.base_url)
        reply = await client.upload(
            source, purpose="batch", expires_after=3600, progress=lambda *now: seen.append(now)
        )
        assert reply.record.id == "file-1"
        for received in server.requests:
            assert content_of(received) == source.read_bytes()
            assert b'name="purpose"\r\n\r\nbatch\r\n' in received.body
            assert b'name="expires_after[seconds]"\r\n\r\n3600\r\n' in received.body
            assert b"Content-Type: application/jsonl" in received.body
        size = source.stat().st_size
        assert seen.count((size, size)) == 2
        preview = client._sender._log.entries.value[0].request_preview
        assert "purpose=batch" in preview and "data.jsonl" in preview


async def test_a_lost_answer_to_an_upload_is_not_sent_again(
    make_client: MakeClient, source: Path
) -> None:
    async with FaultServer(faults.rst) as server:
        with pytest.raises(ProblemError) as caught:
            await make_client(server.base_url).upload(source, purpose="batch")
        assert caught.value.problem.kind is ProblemKind.UNCERTAIN
        assert len(server.requests) == 1


@pytest.mark.parametrize("name", ['a"b.txt', "a\r\nX-Evil: 1.txt", "日本.txt", "\udc80.txt"])
def test_names_cannot_leave_their_quotes(name: str) -> None:
    multipart = Multipart(
        fields={"purpose": "x"},
        name="file",
        filename=name,
        media_type="text/plain",
        source=Path("x"),
        length=0,
    )
    lines = multipart._head().split(b"\r\n")
    assert len(lines) == 9
    assert re.fullmatch(rb'Content-Disposition: form-data; name="file"; filename="[^"]*"', lines[5])


async def test_files_that_cannot_be_uploaded(
    make_client: MakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client("http://127.0.0.1:9/v1")
    empty = tmp_path / "empty.txt"
    empty.touch()
    large = tmp_path / "large.txt"
    large.write_bytes(b"x" * 100)
    monkeypatch.setattr(uploading, "FILE_LIMIT", 50)
    for path in (tmp_path / "none.txt", tmp_path, empty, large):
        with pytest.raises(ProblemError) as caught:
            await client.upload(path, purpose="user_data")
        assert caught.value.problem.kind is ProblemKind.LOCAL
        assert path.name in caught.value.problem.title
    assert client._sender._log.entries.value == ()


async def test_a_file_that_shrinks(
    make_client: MakeClient, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shrink(sent: int, total: int) -> None:
        source.write_bytes(b"short")

    async with FaultServer(faults.hang) as server:
        with pytest.raises(ProblemError) as caught:
            await make_client(server.base_url).upload(source, purpose="batch", progress=shrink)
        assert caught.value.problem.kind is ProblemKind.LOCAL
        assert "shorter" in caught.value.problem.title


async def test_stopping_an_upload(make_client: MakeClient, source: Path) -> None:
    stop = asyncio.Event()
    async with FaultServer(faults.hang) as server:
        client = make_client(server.base_url)
        with pytest.raises(ProblemError) as caught:
            await client.upload(source, purpose="batch", progress=lambda *_: stop.set(), stop=stop)
        assert caught.value.problem.kind is ProblemKind.CANCELLED


async def test_parts_travel_side_by_side(
    make_client: MakeClient, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "WHOLE_LIMIT", 1000)
    monkeypatch.setattr(uploading, "PART_BYTES", 100_000)
    seen: list[tuple[int, int]] = []
    platform = Platform()
    async with FaultServer(platform) as server:
        reply = await make_client(server.base_url).upload(
            source, purpose="fine-tune", progress=lambda *now: seen.append(now)
        )
    content = source.read_bytes()
    assert reply.record.id == "file-1" and reply.record.malformed is None
    assert platform.whole == content
    assert platform.md5 == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert len(platform.parts) == 11 and platform.most_at_once == 3
    assert seen == sorted(seen) and seen[-1] == (len(content), len(content))


async def test_a_failed_part_cancels_the_upload(
    make_client: MakeClient, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "WHOLE_LIMIT", 1000)
    monkeypatch.setattr(uploading, "PART_BYTES", 100_000)
    platform = Platform(refuse_part=4)
    async with FaultServer(platform) as server:
        with pytest.raises(ProblemError) as caught:
            await make_client(server.base_url).upload(source, purpose="batch")
        assert caught.value.problem.detail == "no more parts"
        assert platform.calls[-1] == "/uploads/upload_1/cancel"


async def test_stopping_parts_cancels_the_upload(
    make_client: MakeClient, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "WHOLE_LIMIT", 1000)
    monkeypatch.setattr(uploading, "PART_BYTES", 100_000)
    stop = asyncio.Event()
    platform = Platform()
    async with FaultServer(platform) as server:
        with pytest.raises(ProblemError) as caught:
            await make_client(server.base_url).upload(
                source, purpose="batch", progress=lambda *_: stop.set(), stop=stop
            )
        assert caught.value.problem.kind is ProblemKind.CANCELLED
        assert platform.calls[-1] == "/uploads/upload_1/cancel"


@pytest.mark.parametrize("purpose", ["batch", "user_data"])
async def test_without_uploads_a_file_goes_whole(
    make_client: MakeClient, source: Path, monkeypatch: pytest.MonkeyPatch, purpose: str
) -> None:
    monkeypatch.setattr(uploading, "WHOLE_LIMIT", 1000)
    platform = Platform(absent=True)
    async with FaultServer(platform) as server:
        reply = await make_client(server.base_url).upload(source, purpose=purpose)
        assert reply.record.id == "file-1" and platform.calls[-1] == "/files"
        assert ("/uploads" in platform.calls) == (purpose == "batch")


async def test_memory_stays_constant(make_client: MakeClient, tmp_path: Path) -> None:
    size = 48 * 1024 * 1024
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(size)
    got = 0

    async def sink(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal got
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.findall(rb"(?i)content-length: (\d+)", head)[0])
        while got < length:
            got += len(await reader.read(65536))
        writer.write(faults.response(b'{"id": "file-1"}'))
        writer.close()

    server = await asyncio.start_server(sink, "127.0.0.1", 0)
    client = make_client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
    tracemalloc.start()
    try:
        await client.upload(large, purpose="user_data")
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    server.close()
    assert got > size and most < 16 * 1024 * 1024


async def test_a_download_appears_when_it_is_whole(
    make_client: MakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloading, "BLOCK", 1000)
    content = bytes(range(256)) * 2000
    target = tmp_path / "new" / "out.bin"
    seen: list[tuple[int, int | None]] = []

    def look(done: int, total: int | None) -> None:
        assert not target.exists()
        seen.append((done, total))

    async with FaultServer(faults.raw(faults.response(content))) as server:
        client = make_client(server.base_url)
        count = await client.download(DOWNLOAD_FILE, path=PATH, destination=target, progress=look)
        assert server.requests[0].headers["accept"] == "application/binary"
    assert count == len(content) and target.read_bytes() == content
    assert target.stat().st_mode & 0o777 == 0o600
    assert seen == sorted(seen) and seen[-1] == (len(content), len(content))
    assert [entry.name for entry in target.parent.iterdir()] == ["out.bin"]


async def test_a_download_that_breaks_off_leaves_nothing(
    make_client: MakeClient, tmp_path: Path
) -> None:
    target = tmp_path / "out.bin"
    target.write_bytes(b"old")
    async with FaultServer(faults.short) as server:
        with pytest.raises(ProblemError) as caught:
            await make_client(server.base_url).download(
                DOWNLOAD_FILE, path=PATH, destination=target
            )
        assert caught.value.problem.kind is ProblemKind.NETWORK and len(server.requests) == 3
    assert target.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.bin"]


async def test_cancelling_a_download_leaves_nothing(
    make_client: MakeClient, tmp_path: Path
) -> None:
    begun = asyncio.Event()
    async with FaultServer(faults.drip) as server:
        task = asyncio.create_task(
            make_client(server.base_url).download(
                DOWNLOAD_FILE,
                path=PATH,
                destination=tmp_path / "out.bin",
                progress=lambda done, total: begun.set(),
            )
        )
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert list(tmp_path.iterdir()) == []


async def test_a_full_disk(
    make_client: MakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(downloading, "_commit", full)
    async with FaultServer(faults.raw(faults.response(b"x"))) as server:
        client = make_client(server.base_url)
        for target in (tmp_path / "out.bin", tmp_path):
            with pytest.raises(ProblemError) as caught:
                await client.download(DOWNLOAD_FILE, path=PATH, destination=target)
            assert caught.value.problem.kind is ProblemKind.LOCAL
        assert len(server.requests) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "limit", "text", "truncated"),
    [
        (b"plain", 100, "plain", False),
        (b"\xef\xbb\xbfmarked", 100, "marked", False),
        ("Grüße".encode(), 3, "Gr", True),
        (b"\x89PNG\r\n\x1a\n\x00\x00", 100, None, False),
        (b"latin \xe9 one", 100, None, False),
        (b"", 100, "", False),
        (b"x" * 1000, 10, "x" * 10, True),
        (b"exactly", 7, "exactly", False),
    ],
)
async def test_a_look_into_a_file(
    make_client: MakeClient, body: bytes, limit: int, text: str | None, truncated: bool
) -> None:
    async with FaultServer(faults.raw(faults.response(body))) as server:
        content = await make_client(server.base_url).read_text(
            DOWNLOAD_FILE, path=PATH, limit=limit
        )
    assert (content.text, content.truncated) == (text, truncated)
    assert content.size == len(body) and content.body == body[:limit]
    assert content.request_id == faults.REQUEST_ID
