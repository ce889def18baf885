"""The sandbox's world: its data, its clock, its keys, and the work behind the calls."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from tui.core.clock import Clock, SystemClock
from tui.core.paths import private_dir
from tui.sandbox.blobs import BlobStore
from tui.sandbox.database import Database
from tui.sandbox.faults import Faults
from tui.sandbox.identifiers import Identifiers
from tui.sandbox.limits import RateLimits
from tui.sandbox.run_hub import RunHub

P = ParamSpec("P")
T = TypeVar("T")

ORGANIZATION = "org-sandbox"
PROJECT = "proj_sandbox"

_log = logging.getLogger("cupola.sandbox")


@dataclass(frozen=True, slots=True)
class Keys:
    """The two credentials, kept apart as on the platform; neither shows in a repr."""

    api: str = field(repr=False)
    admin: str = field(repr=False)

    @classmethod
    def make(cls, api: str | None = None, admin: str | None = None) -> Keys:
        """Those given, and fresh random ones for the rest."""
        return cls(
            api or f"sk-cupola-{secrets.token_urlsafe(32)}",
            admin or f"sk-admin-cupola-{secrets.token_urlsafe(32)}",
        )


class World:
    """Everything that one sandbox holds. Made by `World.open`, on the loop that serves it."""

    def __init__(
        self, database: Database, blobs: BlobStore, *, clock: Clock, keys: Keys, seed: int | None
    ) -> None:
        self.database = database
        self.blobs = blobs
        self.clock = clock
        self.keys = keys
        self.ids = Identifiers(seed)
        """Ids of objects; the same ones in the same order when the world has a seed."""
        self.request_ids = Identifiers()
        self.faults = Faults()
        self.limits = RateLimits(clock)
        self.runs = RunHub()
        self.background_slot = asyncio.Semaphore(1)
        """Held by slow work behind the calls, so that one compute thread stays free for calls."""
        self._compute = ThreadPoolExecutor(2, thread_name_prefix="sandbox-compute")
        self.closing = threading.Event()
        """Set when the world ends; long computations look at it between their steps."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    @classmethod
    async def open(
        cls,
        data_dir: Path | None = None,
        *,
        clock: Clock | None = None,
        keys: Keys | None = None,
        seed: int | None = None,
    ) -> World:
        """Open the data of a folder, or an empty world in memory.

        Raises `UnreadableDataError` and `OSError`.
        """
        path = None
        if data_dir is not None:
            path = private_dir(data_dir) / "sandbox.sqlite3"
        blobs = BlobStore(None if data_dir is None else data_dir / "blobs")
        database = await asyncio.to_thread(Database, path)
        return cls(
            database, blobs, clock=clock or SystemClock(), keys=keys or Keys.make(), seed=seed
        )

    async def compute(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run slow, pure work off the loop: extraction, embedding, ranking."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._compute, lambda: work(*args, **kwargs))

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work behind the calls; it ends with the world."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Mark work under way that does not wait for the clock; `idle` waits for its end."""
        self._busy += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._quiet.set()

    async def idle(self) -> None:
        """Wait until nothing is left to do before the clock moves."""
        for _ in range(10):
            await asyncio.sleep(0)
        while self._busy:
            await self._quiet.wait()
            for _ in range(10):
                await asyncio.sleep(0)

    async def close(self) -> None:
        """Stop the work behind the calls and close the data; what was committed stays."""
        self.closing.set()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._compute.shutdown)
        await self.database.close()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("work behind the calls failed", exc_info=error)
