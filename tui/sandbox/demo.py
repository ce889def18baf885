"""The demo world: a small company's data, the same in every sandbox, its times near the present.

Each part builds its own records from hand-written tables. `seed` fills an empty world; `reanchor`
moves the times of what was seeded when a world is opened again, so that yesterday stays yesterday.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from tui.sandbox.records import Record, Records
from tui.sandbox.world import World

Part: TypeAlias = Callable[[World, int], Awaitable[None]]
"""Adds its objects to a world, with times up to the given one (Unix seconds)."""

SEED = 20_261_122
"""What every generator of the demo starts from."""

MARK = "demo"
"""The private member that tells seeded records from those that people made."""

_KIND = "sandbox.demo"
_ID = "anchor"
_STILL = 3600
"""Seconds since a world was last opened below which its times are left alone: what a person
looked at before lunch is as old after it."""

_TIMES = frozenset(
    {
        "created",
        "created_at",
        "expires_at",
        "last_active_at",
        "completed_at",
        "started_at",
        "finished_at",
        "in_progress_at",
        "cancelled_at",
        "failed_at",
        "expired_at",
        "incomplete_at",
        "estimated_finish",
    }
)
"""Members that hold Unix seconds, at any depth of a body."""


@dataclass(frozen=True, slots=True)
class _Parts:
    seeds: list[Part]
    renewals: list[Part]


_PARTS = _Parts([], [])


def seeds(part: Part) -> Part:
    """Declare what adds one part of the demo to a new world."""
    _PARTS.seeds.append(part)
    return part


def renews(part: Part) -> Part:
    """Declare what puts back what is under way, each time a demo world is opened again."""
    _PARTS.renewals.append(part)
    return part


def generator(part: str) -> random.Random:
    """The random numbers of one part; other parts do not disturb them."""
    return random.Random(f"{SEED}:{part}")


def marked(record: Record) -> Record:
    """The record as one of the demo's."""
    return replace(record, private={**record.private, MARK: True})


async def seed(world: World) -> None:
    """Fill an empty world."""
    _load_parts()
    now = int(world.clock.now())
    for part in _PARTS.seeds:
        await part(world, now)
    anchor = Record(_KIND, _ID, {"anchored_at": now, "opened_at": now}, created_at=now)
    await world.database.write(lambda records: records.insert(anchor))


async def reanchor(world: World) -> None:
    """Move what was seeded to the present, and put back what is under way."""
    _load_parts()
    now = int(world.clock.now())
    await world.database.write(lambda records: _shift_all(records, now))
    for part in _PARTS.renewals:
        await part(world, now)


def _load_parts() -> None:
    """Import the parts: each declares itself, once."""
    from tui.sandbox import demo_chat, demo_files, demo_fine_tuning, demo_threads  # noqa: F401


def _shift_all(records: Records, now: int) -> None:
    anchor = records.get(_KIND, _ID)
    if anchor is None:
        return
    anchored = int(anchor.body["anchored_at"])
    if abs(now - int(anchor.body.get("opened_at", anchored))) < _STILL:
        records.put(replace(anchor, body={**anchor.body, "opened_at": now}))
        return
    seconds = now - anchored
    kinds = records.connection.execute("SELECT DISTINCT kind FROM records").fetchall()
    for (kind,) in kinds:
        for record in records.select(str(kind)):
            if record.private.get(MARK):
                records.put(shifted(record, seconds))
    records.put(replace(anchor, body={"anchored_at": now, "opened_at": now}, created_at=now))


def shifted(record: Record, seconds: int) -> Record:
    """The record, so many seconds later."""
    expires = record.expires_at
    return replace(
        record,
        created_at=record.created_at + seconds,
        expires_at=None if expires is None else expires + seconds,
        body=_later(record.body, seconds),
    )


def _later(value: Any, seconds: int) -> Any:
    if isinstance(value, list):
        return [_later(item, seconds) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: item + seconds
        if key in _TIMES and isinstance(item, int) and not isinstance(item, bool) and item > 0
        else _later(item, seconds)
        for key, item in value.items()
    }
