"""The header's figures: distinct things that move now, a part counting as its whole."""

from __future__ import annotations

from tui.core.clock import ManualClock
from tui.store.activity import Activity
from tui.store.views import Ref
from tui.worker.scheduler import Scheduler

STORE = Ref("vector_stores", "vs_1")
FILES = tuple(Ref("vector_stores.files", id, ("vs_1",)) for id in ("file-1", "file-2"))


async def test_a_store_and_its_files_are_one_thing_that_moves() -> None:
    scheduler = Scheduler(ManualClock())
    activity = Activity(scheduler)
    activity.moving(STORE, True)
    for file in FILES:
        activity.moving(file, True, counts_as=STORE)
        activity.moving(file, True, counts_as=STORE)
    assert activity.cell.value.jobs == 1
    activity.moving(FILES[0], False)
    activity.moving(STORE, False)
    assert activity.cell.value.jobs == 1, "one of its files still moves"
    activity.moving(FILES[1], False)
    activity.moving(FILES[1], False)
    assert activity.cell.value.jobs == 0
    activity.close()
    await scheduler.close()
