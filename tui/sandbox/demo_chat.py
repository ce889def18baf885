"""The demo's stored chat completions."""

from __future__ import annotations

from tui.sandbox.demo import seeds
from tui.sandbox.world import World


@seeds
async def seed_chat(world: World, now: int) -> None:
    """Add the stored completions."""
