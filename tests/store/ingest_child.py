"""A program that uploads a folder into a vector store, to be killed in the middle.

Arguments: base URL, key, vector store, folder with the files, folder of the journals. It goes on
with what an earlier run left, writes a line for each file that arrived, and `done` at the end.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pydantic import SecretStr

from tui.api.client import Client
from tui.api.endpoint import Endpoint
from tui.core.clock import SystemClock
from tui.core.log import RequestLog
from tui.core.settings import ServerKind
from tui.store.ingest import IngestStore
from tui.store.ingest_views import IngestView
from tui.worker.lanes import Scope
from tui.worker.scheduler import Scheduler


async def main(base_url: str, key: str, store: str, docs: str, journals: str) -> None:
    clock = SystemClock()
    endpoint = Endpoint(
        name="kill",
        kind=ServerKind.COMPATIBLE,
        base_url=base_url,
        key=SecretStr(key),
        admin_key=None,
        read_only=False,
    )
    client = Client(endpoint, clock=clock, log=RequestLog(clock))
    ingest = IngestStore(
        client,
        scheduler=Scheduler(clock),
        scope=Scope("app"),
        clock=clock,
        server="kill",
        folder=Path(journals),
    )
    over = asyncio.Event()
    arrived: set[str] = set()

    def hear(views: tuple[IngestView, ...]) -> None:
        for view in views:
            for item in view.items:
                if item.file_id and item.file_id not in arrived:
                    arrived.add(item.file_id)
                    print(f"arrived {item.file_id}", flush=True)
        if views and all(view.phase == "done" for view in views):
            over.set()

    ingest.views.subscribe(hear)
    if await ingest.load_interrupted():
        for view in ingest.views.value:
            assert await ingest.resume(view.id)
    else:
        plan = await ingest.plan([docs], vector_store=store)
        if not plan.totals.chosen:
            print("done", flush=True)
            return
        await ingest.start(plan)
    await over.wait()
    failed = [i.problem for v in ingest.views.value for i in v.items if i.problem is not None]
    print("failed" if failed else "done", *failed, flush=True)
    await ingest.close()
    await client.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
