"""What a world does on its own: taken up again at start, and swept now and then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from tui.sandbox.world import World

Hook: TypeAlias = Callable[[World], Awaitable[None]]

SWEEP_SECONDS = 60.0

_AT_START: list[Hook] = []
_SWEEPS: list[Hook] = []


def at_start(hook: Hook) -> Hook:
    """Declare what takes up interrupted work when a world is opened again."""
    _AT_START.append(hook)
    return hook


def sweeps(hook: Hook) -> Hook:
    """Declare what removes expired objects; it runs every minute of the world's clock."""
    _SWEEPS.append(hook)
    return hook


async def start_background(world: World) -> None:
    """Take up interrupted work and begin the sweeping. Handlers must be loaded before."""
    for hook in _AT_START:
        await hook(world)
    world.spawn(_sweep_for_ever(world))


async def _sweep_for_ever(world: World) -> None:
    while True:
        with world.busy():
            for hook in _SWEEPS:
                await hook(world)
        await world.clock.sleep(SWEEP_SECONDS)
