"""The demo's assistants and forty threads, with runs in every state and four that go on.

What was found in the stores was really found: the questions are searched when the world is seeded.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from tui.sandbox import demo_threads_office, demo_threads_talks
from tui.sandbox.assistants import assistant_record
from tui.sandbox.demo import SEED, generator, marked, renews, seeds
from tui.sandbox.demo_files import RENEW  # It seeds before: threads refer to files and stores.
from tui.sandbox.demo_talk import Talk
from tui.sandbox.demo_thread_records import Surroundings, TalkWriter
from tui.sandbox.demo_threads_assistants import ASSISTANTS
from tui.sandbox.files import FILE
from tui.sandbox.identifiers import Identifiers
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.run_records import STEP, with_private
from tui.sandbox.thread_records import ASSISTANT, MESSAGE, RUN, active_run
from tui.sandbox.vector_store_records import DAY, STORE
from tui.sandbox.vector_store_search import Hit, Search, search_store
from tui.sandbox.world import World

WAITS_SECONDS = DAY
"""How long the demo's waiting run waits: ten minutes would be over before it is looked at."""
_DUE = {"queued": 540, "cancelling": 300, "in_progress": 0, "requires_action": 0}
"""Seconds after the start when a run that is under way moves on."""
_FOUND = 6
_KEY = "key"
"""The private member of an assistant by which talks name it."""


@seeds
async def seed_threads(world: World, now: int) -> None:
    """Add assistants and threads; the files and stores are there already."""
    files = await world.database.read(_file_ids)
    stores = await world.database.read(_store_ids)
    draw = generator("threads")
    payouts = await world.blobs.read(files[demo_threads_talks.PAYOUT_FILE])
    over = [
        *demo_threads_talks.talks(draw, payouts.decode()),
        *demo_threads_office.talks(draw),
    ]
    hits = await _searched(world, over, stores)
    made = await world.compute(_make, over, files, stores, hits, now)

    def insert(records: Records) -> None:
        for record in made:
            records.insert(marked(record))

    await world.database.write(insert)


@renews
async def renew_threads(world: World, now: int) -> None:
    """Put back the runs that are under way; a deleted thread stays deleted."""

    def renew(records: Records) -> None:
        known = {
            str(record.private[_KEY]): record
            for record in records.select(ASSISTANT)
            if _KEY in record.private
        }
        surroundings = Surroundings(known, {}, {})
        for made in _under_way(surroundings, now):
            _put_back(records, made)

    await world.database.write(renew)


def _put_back(records: Records, made: list[Record]) -> None:
    run = next(record for record in made if record.kind == RUN)
    if records.get(RUN, run.id, parent=run.parent) is None:
        return
    locked = active_run(records, run.parent)
    if locked is not None and locked.id != run.id:
        return
    records.delete_children(STEP, run.id)
    of_run = Where("json_extract(body, '$.run_id') = ?", (run.id,))
    for message in records.select(MESSAGE, of_run, parent=run.parent):
        records.delete(MESSAGE, message.id, parent=run.parent)
    for record in made:
        if record.kind == RUN:
            records.put(marked(record))
        elif record.kind == STEP or record.body.get("run_id") == run.id:
            records.insert(marked(record))


def _make(
    over: list[Talk],
    files: dict[str, str],
    stores: dict[str, str],
    hits: dict[str, list[Hit]],
    now: int,
) -> list[Record]:
    """Everything, the oldest thread first."""
    assistants = _assistants(files, stores, now)
    surroundings = Surroundings(assistants, files, hits)
    ids, draw = Identifiers(SEED + 3), generator("threads.times")
    made: list[Record] = list(assistants.values())
    moments = sorted(_moment(draw, now) for _ in over)
    draw.shuffle(over)
    for talk, at in zip(over, moments, strict=True):
        made += TalkWriter(talk, surroundings, ids=ids, draw=draw, at=at).write()
    for records in _under_way(surroundings, now):
        made += records
    return made


def _moment(draw: random.Random, now: int) -> int:
    """When a thread began: in the last month, by day, and not within the last two hours."""
    day = now - now % DAY - draw.randint(1, 29) * DAY
    return day + draw.randint(7 * 3600, 19 * 3600)


def _assistants(files: dict[str, str], stores: dict[str, str], now: int) -> dict[str, Record]:
    ids = Identifiers(SEED + 4)
    made = {}
    for one in sorted(ASSISTANTS, key=lambda one: -one.days):
        resources: dict[str, object] = {}
        if one.store:
            resources["file_search"] = {"vector_store_ids": [stores[one.store]]}
        if one.files:
            resources["code_interpreter"] = {"file_ids": [files[name] for name in one.files]}
        created = now - one.days * DAY - 3600 * (one.days % 7)
        record = assistant_record(
            ids.new("asst_"), created, name=one.name, tool_resources=resources, **one.members
        )
        made[one.key] = replace(record, private={_KEY: one.key})
    return made


def _under_way(surroundings: Surroundings, now: int) -> Iterable[list[Record]]:
    """The threads whose run goes on, always with the same ids."""
    draw = generator("threads.moving")
    for number, talk in enumerate(demo_threads_office.under_way(draw)):
        if talk.assistant not in surroundings.assistants:
            continue
        ids, at = Identifiers(SEED + 50 + number), now - 100 - 7 * number
        writer = TalkWriter(talk, surroundings, ids=ids, draw=random.Random(number), at=at)
        made = writer.write()
        yield [_moving(record, now) if record.kind == RUN else record for record in made]


def _moving(run: Record, now: int) -> Record:
    """A run that has its time before it."""
    lasts = WAITS_SECONDS if run.status == "requires_action" else 600
    run = run.with_body(expires_at=now + lasts)
    return with_private(run, due=float(now + _DUE[run.status]), **{RENEW: run.status})


async def _searched(
    world: World, talks: list[Talk], stores: dict[str, str]
) -> dict[str, list[Hit]]:
    """What the questions find in their stores."""
    found = {}
    for turn in (turn for talk in talks for turn in talk.turns if turn.searched):
        search = Search((turn.asked,), limit=_FOUND)
        found[turn.asked] = await search_store(world, stores[turn.searched], search)
    return found


def _file_ids(records: Records) -> dict[str, str]:
    return {str(file.body["filename"]): file.id for file in records.select(FILE)}


def _store_ids(records: Records) -> dict[str, str]:
    return {str(store.body["name"]): store.id for store in records.select(STORE)}
