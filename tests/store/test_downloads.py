"""Downloads: names that harm nobody, destinations that are looked at, nothing replaced unasked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.api.operation import Operation
from tui.api.operations.files import DOWNLOAD_FILE
from tui.core.clock import ManualClock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.safe_text import harmless
from tui.store.downloads import (
    LONGEST_NAME,
    Downloads,
    look_at_target,
    refusal_of,
    safe_file_name,
)
from tui.store.ingest_views import DownloadState
from tui.store.notices import Notices
from tui.worker.lanes import Scope
from tui.worker.scheduler import Scheduler


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "_._etc_passwd"),
        ("/etc/passwd", "_etc_passwd"),
        (".bashrc", "bashrc"),
        ("...", "download"),
        ("", "download"),
        ("a\x00b\x1b[2J.md", "a_b_[2J.md"),
        ("C:\\x\\y.txt", "C__x_y.txt"),
        ("über straße.md", "über straße.md"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("x" * 300 + ".jsonl", "x" * (LONGEST_NAME - 6) + ".jsonl"),
    ],
)
def test_names_from_a_server_become_names_for_a_disk(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


@given(st.text(max_size=300))
def test_any_name_stays_in_its_folder(name: str) -> None:
    safe = safe_file_name(name)
    assert safe and "/" not in safe and not safe.startswith(".")
    assert harmless(safe) and "\n" not in safe and "\t" not in safe
    assert len(safe.encode()) <= 250
    assert safe_file_name(safe) == safe


def test_a_destination_is_looked_at(tmp_path: Path) -> None:
    assert look_at_target(str(tmp_path), "a.md").path == tmp_path / "a.md"
    assert look_at_target(f"{tmp_path}/b.md", "a.md").path == tmp_path / "b.md"
    (tmp_path / "a.md").touch()
    (tmp_path / "a (1).md").touch()
    taken = look_at_target(str(tmp_path), "a.md")
    assert taken.exists and taken.free_name == "a (2).md"
    assert "no folder" in look_at_target(f"{tmp_path}/none/x", "a.md").problem
    (tmp_path / "link.md").symlink_to(tmp_path / "nowhere")
    assert look_at_target(f"{tmp_path}/link.md", "a.md").exists


@dataclass
class FakeApi:
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    failure: Problem | None = None

    async def download(
        self,
        op: Operation,
        *,
        path: Mapping[str, str],
        destination: Path,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> int:
        assert progress is not None
        progress(3, 10)
        await self.gate.wait()
        if self.failure is not None:
            raise ProblemError(self.failure)
        destination.write_bytes(b"0123456789")
        return 10


@dataclass
class World:
    api: FakeApi
    downloads: Downloads
    notices: Notices
    scheduler: Scheduler

    def start(self, target: Path, *, overwrite: bool = False) -> str:
        return self.downloads.start(
            DOWNLOAD_FILE, {"file_id": "file-1"}, target, name="a.md", overwrite=overwrite
        )

    async def until(self, id: str, state: DownloadState) -> None:
        cell = self.downloads.view(id)
        reached = asyncio.Event()
        stop = cell.subscribe(lambda view: reached.set() if view.state is state else None)
        if cell.value.state is not state:
            await asyncio.wait_for(reached.wait(), 10)
        stop()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock = ManualClock()
    scheduler, notices, api = Scheduler(clock), Notices(clock), FakeApi()
    downloads = Downloads(
        api,  # type: ignore[arg-type]
        scheduler=scheduler,
        scope=Scope("app"),
        clock=clock,
        notices=notices,
    )
    yield World(api, downloads, notices, scheduler)
    await scheduler.close()


async def test_a_download_tells_how_far_it_is_and_where_it_went(
    world: World, tmp_path: Path
) -> None:
    id = world.start(tmp_path / "a.md")
    await world.until(id, DownloadState.RUNNING)
    assert world.downloads.busy
    assert world.downloads.view(id).value.share == 0.3
    world.api.gate.set()
    await world.until(id, DownloadState.DONE)
    assert (tmp_path / "a.md").read_bytes() == b"0123456789"
    assert world.notices.cell.value[-1].text == f"Saved {tmp_path / 'a.md'} (10 B)"
    world.downloads.forget(id)
    assert world.downloads.views.value == ()


async def test_what_is_there_is_not_replaced_unasked(world: World, tmp_path: Path) -> None:
    world.api.gate.set()
    target = tmp_path / "a.md"
    target.write_text("mine")
    id = world.start(target)
    await world.until(id, DownloadState.FAILED)
    assert target.read_text() == "mine"
    second = world.start(target, overwrite=True)
    await world.until(second, DownloadState.DONE)
    assert target.read_text() == "0123456789"


async def test_a_download_is_stopped_and_begun_again(world: World, tmp_path: Path) -> None:
    id = world.start(tmp_path / "a.md")
    await world.until(id, DownloadState.RUNNING)
    world.downloads.cancel(id)
    await world.until(id, DownloadState.CANCELLED)
    assert not world.downloads.busy
    world.api.gate.set()
    world.downloads.retry(id)
    await world.until(id, DownloadState.DONE)


async def test_a_failure_is_told(world: World, tmp_path: Path) -> None:
    world.api.failure = Problem("Broken", kind=ProblemKind.SERVER)
    world.api.gate.set()
    id = world.start(tmp_path / "a.md")
    await world.until(id, DownloadState.FAILED)
    assert world.notices.cell.value[-1].text == "a.md was not saved: Broken"


def test_a_refused_purpose_has_a_way_out() -> None:
    words = "Not allowed to download files of purpose: assistants"
    refused = Problem("Refused", words, kind=ProblemKind.INVALID, status=400)
    assert refusal_of(refused, None) is not None
    assert refusal_of(Problem("No", kind=ProblemKind.INVALID, status=400), "user_data") is not None
    assert refusal_of(Problem("No", kind=ProblemKind.INVALID, status=400), "batch") is None
    assert refusal_of(Problem("No", kind=ProblemKind.SERVER, status=500), "assistants") is None
