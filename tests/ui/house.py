"""The whole program in one process, on a sandbox in a thread, with everything frozen.

Clocks stand still, ids come from a seed, the time zone is UTC: what a scene shows is the same on
every machine. `settle` waits until nothing is under way, so that no test needs to sleep.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr
from textual.pilot import Pilot

from tui.api.client import Client
from tui.api.endpoint import Endpoint
from tui.app import CupolaApp
from tui.catalog.registry import Catalog
from tui.compose import Workspace
from tui.core.clock import ManualClock
from tui.core.log import RequestLog
from tui.core.quick import QuickLook
from tui.core.settings import Profile, ServerKind
from tui.options import AppOptions
from tui.sandbox.thread import RunningSandbox, running_sandbox
from tui.store.session import Session
from tui.store.views import ProfileView
from tui.worker.scheduler import Scheduler

NOW = 1_795_000_000.0
"""18 Nov 2026, 12:26:40 UTC."""
HOST = "127.0.0.1:1142"
"""What the screens say; the true port differs from run to run."""


class HouseWorkspace(Workspace):
    """A workspace whose every profile speaks to one sandbox in this process."""

    def __init__(self, sandbox: RunningSandbox, options: AppOptions, folder: Path) -> None:
        super().__init__(options, {"HOME": str(folder)})
        self._server = sandbox
        self._folder = folder
        self.clock = ManualClock(sandbox.world.clock.now())
        self.read_only = options.read_only
        self.sessions: list[Session] = []

    async def _session(self, profile: Profile) -> Session:
        log = RequestLog(self.clock)
        endpoint = Endpoint(
            name=profile.name,
            kind=ServerKind.SANDBOX,
            base_url=self._server.base_url,
            key=SecretStr(self._server.api_key),
            admin_key=SecretStr(self._server.admin_key),
            read_only=self.read_only,
        )
        session = Session(
            Client(endpoint, clock=self.clock, log=log),
            scheduler=Scheduler(self.clock),
            catalog=Catalog(),
            clock=self.clock,
            profile=ProfileView(
                profile.name,
                str(profile.kind),
                HOST,
                read_only=self.read_only,
                has_key=True,
                has_admin_key=True,
            ),
            request_log=log,
            ledger_path=self._folder / "ledger.sqlite3",
        )
        self.sessions.append(session)
        return session


class HouseApp(CupolaApp):
    """The program; it takes its workspace with it, since a snapshot's loop ends with the app."""

    few_colors = False

    async def on_unmount(self) -> None:
        await self._workspace.close()


class House:
    """An app that is not running yet, and what is behind it."""

    def __init__(self, sandbox: RunningSandbox, folder: Path, options: AppOptions) -> None:
        self.sandbox = sandbox
        self.workspace = HouseWorkspace(sandbox, options, folder)
        self.app = HouseApp(self.workspace, options, QuickLook(profile="sandbox"))

    @property
    def session(self) -> Session:
        session = self.workspace.session
        assert session is not None, "no profile is open"
        return session

    async def settle(self, pilot: Pilot[None] | None = None, *, idle: bool = True) -> None:
        """Until the profile is open, nothing is under way, and everything is drawn.

        With `idle=False` requests may hang: only the drawing is waited for.
        """
        app = self.app
        for _ in range(4):
            if self.workspace.session is None:
                await app.workers.wait_for_complete(
                    [worker for worker in app.workers if worker.group == "open"]
                )
            await _drawn(app)
            opening = app._opening
            if opening is not None:
                # Keys are held while a dialog opens; they are pressed once this is over.
                await asyncio.wait([opening], timeout=5)
            if self.workspace.session is not None and idle:
                await self.session.idle()
            await _drawn(app)

    async def close(self) -> None:
        await self.workspace.close()


async def _drawn(app: CupolaApp) -> None:
    """Until all messages are handled and the screen shows the result."""
    from textual._wait import wait_for_idle

    await wait_for_idle(0)
    app.screen._on_timer_update()
    await wait_for_idle(0)


class SameId:
    """Gives every request the same id, so that pictures of failures agree."""

    def new(self, prefix: str) -> str:
        return f"{prefix}{'0' * 24}"


@contextmanager
def demo_sandbox(seed: str = "demo") -> Iterator[RunningSandbox]:
    """A sandbox whose clock stands still."""
    with running_sandbox(
        clock=ManualClock(NOW), seed=seed, id_seed=7, api_key="sk-t", admin_key="sk-a"
    ) as sandbox:
        sandbox.idle()
        # How many requests came before one depends on what ran beside it.
        sandbox.world.request_ids = SameId()  # type: ignore[assignment]
        yield sandbox
