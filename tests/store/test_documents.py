"""The documents of a session: the header's figures, notices, and where a file can be read."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.store.ingest_world import FakeApi, World
from tui.core.clock import ManualClock
from tui.store.activity import Activity
from tui.store.documents import Documents
from tui.store.ingest_views import IngestPhase
from tui.store.notices import Notices
from tui.store.views import ProfileView
from tui.worker.lanes import Scope
from tui.worker.scheduler import Scheduler


def make(api: FakeApi, scheduler: Scheduler, folder: Path, host: str = "h:1") -> Documents:
    return Documents(
        api,  # type: ignore[arg-type]
        scheduler=scheduler,
        scope=Scope("app"),
        clock=scheduler._clock,
        profile=ProfileView("sandbox", "sandbox", host),
        notices=Notices(scheduler._clock),
        work=Activity(scheduler),
        outdate=lambda _resource: None,
        journals=folder / "journals",
    )


async def test_uploads_are_counted_and_an_interrupted_one_is_told_of(tmp_path: Path) -> None:
    world = World(tmp_path, journal=False)
    docs = world.write("a.md", "b.md")
    world.api.gates["a.md"] = asyncio.Event()
    documents = make(world.api, world.scheduler, tmp_path)
    world.ingest = documents.ingest
    id = await documents.ingest.start(await documents.ingest.plan([str(docs)]))
    await world.settle()
    assert documents.busy
    assert documents._work.cell.value.uploads == 1
    assert documents._work.cell.value.upload_share is not None
    await documents.close()
    await world.scheduler.close()

    # The sandbox listens on another port after a restart: it is the same server all the same.
    scheduler = Scheduler(ManualClock())
    later = make(world.api, scheduler, tmp_path, host="h:2")
    await later.look_back()
    assert later._notices.cell.value[-1].text == "1 upload was interrupted: open Transfers to go on"
    assert later.ingest.views.value[0].phase is IngestPhase.INTERRUPTED
    world.api.gates["a.md"].set()
    world.scheduler, world.ingest = scheduler, later.ingest
    assert await later.ingest.resume(id)
    await world.settle(10)
    assert len(world.api.named("a.md")) == len(world.api.named("b.md")) == 1
    await later.close()
    await scheduler.close()


async def test_a_search_keeps_its_history_for_the_run(tmp_path: Path) -> None:
    world = World(tmp_path, journal=False)
    documents = make(world.api, world.scheduler, tmp_path)
    assert documents.search("vs_1") is documents.search("vs_1")
    assert documents.search("vs_1") is not documents.search("vs_2")
    await documents.close()
    await world.stop()


async def test_the_number_of_places_can_be_set(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.ingest.at_once = 1
    docs = world.write("a.md", "b.md", "c.md")
    await world.ingest.start(await world.ingest.plan([str(docs)]))
    await world.settle()
    assert world.api.most_at_once == 1
    assert len(world.api.files) == 3
    await world.stop()
