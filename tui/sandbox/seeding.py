"""Fills a new world, once: with the demo, or with nothing."""

from __future__ import annotations

from enum import StrEnum

from tui.sandbox.records import Record, Records
from tui.sandbox.world import World

_KIND = "sandbox.seed"
_ID = "world"


class Seed(StrEnum):
    """What a new world holds."""

    DEMO = "demo"
    EMPTY = "empty"


async def prepare(world: World, seed: Seed) -> None:
    """Seed a world that is new; one that was seeded as the demo has its times re-anchored.

    The mark is written last: a world without it was interrupted while it was seeded, and is
    seeded again from nothing.
    """
    mark = await world.database.read(lambda records: records.get(_KIND, _ID))
    if mark is None:
        await world.database.write(_empty)
        await world.blobs.delete(*world.blobs.names())
        if seed is Seed.DEMO:
            from tui.sandbox import demo

            await demo.seed(world)
        made = Record(
            _KIND, _ID, {"seed": seed.value}, created_at=int(world.clock.now()), status=seed.value
        )
        await world.database.write(lambda records: records.insert(made))
    elif mark.status == Seed.DEMO:
        from tui.sandbox import demo

        await demo.reanchor(world)


def _empty(records: Records) -> None:
    records.connection.execute("DELETE FROM records")
    records.connection.execute("DELETE FROM chunks")
