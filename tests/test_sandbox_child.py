"""The sandbox as a child: shared, revived at the same address, and gone with its parent."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from tui.core.errors import Problem
from tui.sandbox_child import RUNNING, SandboxChild

PATIENCE = 30.0


def child(tmp_path: Path) -> SandboxChild:
    return SandboxChild(tmp_path / "sandbox", log=tmp_path / "sandbox.log", seed="empty")


def running_pid(tmp_path: Path) -> int | None:
    try:
        return int(json.loads((tmp_path / "sandbox" / RUNNING).read_text())["pid"])
    except (OSError, ValueError):
        return None


async def until_other_than(tmp_path: Path, pid: int | None) -> int:
    """The next process that announces itself."""
    async with asyncio.timeout(PATIENCE):
        while (found := running_pid(tmp_path)) in (None, pid):
            await asyncio.sleep(0.02)
    assert found is not None
    return found


async def gone(pid: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.02)


async def test_a_second_cupola_speaks_to_the_running_one(tmp_path: Path) -> None:
    first, second = child(tmp_path), child(tmp_path)
    try:
        assert await first.address() == await second.address()
        assert (tmp_path / "sandbox" / RUNNING).stat().st_mode & 0o777 == 0o600
    finally:
        await second.close()
        pid = running_pid(tmp_path)
        assert pid is not None, "the second one's end must not end the first one's sandbox"
        await first.close()
    await gone(pid)


async def test_a_killed_sandbox_comes_back_at_the_same_address(tmp_path: Path) -> None:
    sandbox = child(tmp_path)
    troubles: list[Problem] = []
    sandbox.on_trouble = troubles.append
    try:
        before = await sandbox.address()
        pid = running_pid(tmp_path)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until_other_than(tmp_path, pid)
        assert await sandbox.address() == before
        assert troubles == []
    finally:
        await sandbox.close()


async def test_who_is_left_takes_the_sandbox_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.sandbox_child.LOOK_EVERY", 0.05)
    first, second = child(tmp_path), child(tmp_path)
    before = await first.address()
    assert await second.address() == before
    pid = running_pid(tmp_path)
    await first.close()
    try:
        await until_other_than(tmp_path, pid)
        assert await second.address() == before
    finally:
        await second.close()
