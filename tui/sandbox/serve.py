"""`cupola sandbox`: the embedded platform as a process of its own, in front or behind the app.

One JSON line on stdout once connections are accepted, everything else on stderr. SIGTERM, SIGINT,
SIGHUP and the end of the lifeline end it gracefully with status 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
from argparse import Namespace
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui.core.clock import SystemClock
from tui.core.paths import Paths
from tui.sandbox.app import create_app
from tui.sandbox.background import start_background
from tui.sandbox.database import UnreadableDataError
from tui.sandbox.instance import AlreadyRunningError, Instance
from tui.sandbox.seeding import Seed, prepare
from tui.sandbox.server import SandboxServer, base_url, bind
from tui.sandbox.wire import JsonObject
from tui.sandbox.world import Keys, World

FAILED = 1
"""Exit status when the sandbox could not start."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_SWITCH_SECONDS = 0.001
"""How long a computing thread may keep the loop from running; Python's default is 5 ms."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What the command line says."""

    port: int = 0
    folder: Path | None = None
    """Where the world is kept; None keeps it in memory."""
    seed: Seed = Seed.DEMO
    speed: float = 1.0
    lifeline: int | None = None
    """A pipe's read end: when it closes, the sandbox ends."""
    quiet: bool = False
    """Say nothing for people on stderr."""


def main(parsed: Namespace) -> int:
    """Run until told to end; the exit status. `parsed` is what `cupola sandbox` was given."""
    folder = None if parsed.memory else parsed.data or Paths.of_user().sandbox_dir
    return serve(
        ServeOptions(
            port=parsed.port,
            folder=folder,
            seed=Seed(parsed.seed),
            speed=parsed.speed,
            lifeline=parsed.lifeline,
            quiet=parsed.json,
        )
    )


def serve(options: ServeOptions) -> int:
    """Take the folder and the port, and serve them; the exit status."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    keys = Keys.make(
        os.environ.get("CUPOLA_SANDBOX_API_KEY"), os.environ.get("CUPOLA_SANDBOX_ADMIN_KEY")
    )
    if keys.api == keys.admin:
        return _fail("the project key and the admin key must differ")
    instance: Instance | None = None
    try:
        if options.folder is not None:
            instance = Instance(options.folder)
        try:
            listener = bind(options.port)
        except OSError as error:
            return _fail(f"port {options.port} cannot be used: {error.strerror}")
        with listener:
            sys.setswitchinterval(_SWITCH_SECONDS)
            return asyncio.run(_run(options, listener, instance, keys))
    except AlreadyRunningError as error:
        return _fail(str(error))
    except UnreadableDataError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"the data folder cannot be used: {error}")
    finally:
        if instance is not None:
            instance.release()


def _fail(words: str) -> int:
    print(f"cupola sandbox: {words}", file=sys.stderr)  # noqa: T201 - what a command says
    return FAILED


async def _run(
    options: ServeOptions, listener: socket.socket, instance: Instance | None, keys: Keys
) -> int:
    stop = asyncio.Event()
    _stop_on_signals(stop.set)
    if options.lifeline is not None:
        _hold(options.lifeline, stop.set)
    clock = SystemClock(options.speed)
    world = await World.open(options.folder, clock=clock, keys=keys)
    try:
        app = create_app(world)
        if not await _unless_stopped(stop, prepare(world, options.seed)):
            return 0
        await start_background(world)
        server = SandboxServer(app, listener)
        serving = await server.start()
        if _tell(options, listener, keys, instance):
            stopped = asyncio.ensure_future(stop.wait())
            await asyncio.wait((stopped, serving), return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
        # What is cut off at the end is no error that a person should read about.
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
        server.stop()
        await serving
    finally:
        await world.close()
    return 0


def _stop_on_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)


def _hold(lifeline: int, stop: Callable[[], None]) -> None:
    """End when the pipe's other end closes, in whatever way its owner ended."""
    loop = asyncio.get_running_loop()
    os.set_blocking(lifeline, False)

    def readable() -> None:
        try:
            if os.read(lifeline, 4096):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        loop.remove_reader(lifeline)
        stop()

    loop.add_reader(lifeline, readable)


async def _unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do the work to its end, or leave it when told to stop; whether it was done."""
    working = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if working.done():
        working.result()
        return not stop.is_set()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    return False


def _tell(
    options: ServeOptions, listener: socket.socket, keys: Keys, instance: Instance | None
) -> bool:
    """Announce the server; False when nobody is left to read it."""
    address: JsonObject = {
        "base_url": base_url(listener),
        "api_key": keys.api,
        "admin_key": keys.admin,
    }
    if instance is not None:
        instance.announce({**address, "port": listener.getsockname()[1]})
    try:
        sys.stdout.write(json.dumps(address) + "\n")
        sys.stdout.flush()
        if not options.quiet:
            place = "in memory" if options.folder is None else f"in {options.folder}"
            sys.stderr.write(f"The sandbox answers; its data is {place}. Ctrl+C ends it.\n")
    except OSError:
        return False
    return True
