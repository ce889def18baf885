"""Every scene, held against its accepted picture. Look at a changed one before you accept it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.ui.house import House, demo_sandbox
from tests.ui.scenes import SCENES, Scene
from tui.options import AppOptions
from tui.sandbox.thread import RunningSandbox


@contextmanager
def world_of(scene: Scene, demo: RunningSandbox) -> Iterator[RunningSandbox]:
    """The shared demo world, or one of the scene's own."""
    if scene.world == "demo":
        yield demo
        return
    with demo_sandbox("empty" if scene.world == "empty" else "demo") as sandbox:
        for fault in scene.faults:
            sandbox.world.faults.add(fault)
        yield sandbox


def house_of(scene: Scene, sandbox: RunningSandbox, folder: Path) -> House:
    options = AppOptions(target=scene.target, theme=scene.theme, read_only=scene.read_only)
    return House(sandbox, folder, options)


async def play(scene: Scene, house: House, pilot: Pilot[None]) -> None:
    """Press the scene's keys, each when the one before has done all that it does."""
    await house.settle(pilot, idle=scene.settles)
    for key in scene.keys:
        await pilot.press(key)
        await house.settle(pilot, idle=scene.settles)


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_scene(
    scene: Scene,
    demo: RunningSandbox,
    tmp_path: Path,
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with world_of(scene, demo) as sandbox:
        house = house_of(scene, sandbox, tmp_path)

        async def run_before(pilot: Pilot[None]) -> None:
            await play(scene, house, pilot)

        assert snap_compare(house.app, terminal_size=scene.size, run_before=run_before)


def test_names_are_unique() -> None:
    names = [scene.name for scene in SCENES]
    assert len(names) == len(set(names))
