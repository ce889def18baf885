"""A sandbox in a thread of this process: for tests of every layer, on a clock that they move."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tui.core.clock import Clock, ManualClock
from tui.sandbox.app import create_app
from tui.sandbox.background import start_background
from tui.sandbox.seeding import Seed, prepare
from tui.sandbox.server import SandboxServer, base_url, bind
from tui.sandbox.world import Keys, World

T = TypeVar("T")

_PATIENCE = 60.0
"""Seconds of real time after which a call into the thread is given up."""


class RunningSandbox:
    """One server in its thread. All methods may be called from any thread."""

    def __init__(
        self, world: World, base_url: str, loop: asyncio.AbstractEventLoop, server: SandboxServer
    ) -> None:
        self.world = world
        self.base_url = base_url
        self.api_key = world.keys.api
        self.admin_key = world.keys.admin
        self._loop = loop
        self._server = server

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the sandbox's loop, where its world lives, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    def advance(self, seconds: float) -> None:
        """Move the manual clock, and wait until what came due is done."""
        self.run(self._advance(seconds))

    async def advanced(self, seconds: float) -> None:
        """As `advance`, without blocking the caller's loop."""
        future = asyncio.run_coroutine_threadsafe(self._advance(seconds), self._loop)
        await asyncio.wrap_future(future)

    def idle(self) -> None:
        """Wait until nothing is left to do before the clock moves."""
        self.run(self.world.idle())

    def stop(self) -> None:
        """Ask for a graceful end."""
        self._loop.call_soon_threadsafe(self._server.stop)

    async def _advance(self, seconds: float) -> None:
        clock = self.world.clock
        if not isinstance(clock, ManualClock):
            raise TypeError("only a ManualClock can be advanced")
        await self.world.idle()
        await clock.advance(seconds)
        await self.world.idle()


@contextmanager
def running_sandbox(
    *,
    clock: Clock | None = None,
    seed: Seed | str = Seed.EMPTY,
    data_dir: Path | None = None,
    api_key: str | None = None,
    admin_key: str | None = None,
    id_seed: int | None = None,
) -> Iterator[RunningSandbox]:
    """Serve a world on a free port until the block ends; without a clock time stands still."""
    ready: Future[RunningSandbox] = Future()
    options = _serve(
        ready,
        clock=clock or ManualClock(),
        seed=Seed(seed),
        data_dir=data_dir,
        keys=Keys.make(api_key, admin_key),
        id_seed=id_seed,
    )
    thread = threading.Thread(target=asyncio.run, args=(options,), name="sandbox", daemon=True)
    thread.start()
    sandbox = ready.result(_PATIENCE)
    try:
        yield sandbox
    finally:
        sandbox.stop()
        thread.join(_PATIENCE)


async def _serve(
    ready: Future[RunningSandbox],
    *,
    clock: Clock,
    seed: Seed,
    data_dir: Path | None,
    keys: Keys,
    id_seed: int | None,
) -> None:
    try:
        world = await World.open(data_dir, clock=clock, keys=keys, seed=id_seed)
        app = create_app(world)
        await prepare(world, seed)
        await start_background(world)
        listener = bind()
        server = SandboxServer(app, listener)
        serving = await server.start()
        sandbox = RunningSandbox(world, base_url(listener), asyncio.get_running_loop(), server)
    except BaseException as error:
        ready.set_exception(error)
        raise
    ready.set_result(sandbox)
    try:
        await serving
    finally:
        await world.close()
