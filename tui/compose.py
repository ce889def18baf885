"""The one composition root: argv → settings → clients, stores and the sandbox → the app.

Nothing heavy is imported here: the app paints first, then asks the workspace to open a profile,
and only then do settings, httpx and the stores come in.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui.core.errors import Problem, ProblemError
from tui.core.quick import quick_look, remember
from tui.core.safe_text import clean
from tui.options import AppOptions

if TYPE_CHECKING:
    from tui.app import CupolaApp
    from tui.core.log import RequestLog
    from tui.core.paths import Paths
    from tui.core.resolution import Resolved
    from tui.core.settings import Profile
    from tui.sandbox_child import SandboxChild
    from tui.store.profiles import Profiles
    from tui.store.session import Session

NO_KEY_NOTE = "no key found"


class Workspace:
    """What lives as long as the program: settings, the request log, the sandbox, the sessions."""

    def __init__(self, options: AppOptions, environ: Mapping[str, str]) -> None:
        self._options = options
        self._environ = environ
        self._resolved: Resolved | None = None
        self._paths: Paths | None = None
        self._log: RequestLog | None = None
        self._child: SandboxChild | None = None
        self._profiles: Profiles[Session] | None = None
        self._retired: list[Session] = []
        self._warned = False
        self.session: Session | None = None

    @property
    def resolved(self) -> Resolved:
        """The settings of this run; raises `RuntimeError` before `load`."""
        if self._resolved is None:
            raise RuntimeError("the workspace is not loaded yet")
        return self._resolved

    @property
    def loaded(self) -> bool:
        return self._resolved is not None

    def warnings(self) -> tuple[str, ...]:
        """What is wrong in the settings without stopping anything; told once."""
        if self._warned:
            return ()
        self._warned = True
        return self.resolved.warnings

    def remember(self, theme: str, route: str) -> None:
        """Keep what the next start shows first."""
        if self._resolved is None or self.session is None:
            return
        implicit = self._resolved.values["profile"].source == "default"
        remember(
            str(self.paths.state_dir),
            theme=theme,
            profile=self.session.profile.value.name,
            route=route,
            implicit=self.session.profile.value.name if implicit else "",
        )

    @property
    def paths(self) -> Paths:
        if self._paths is None:
            raise RuntimeError("the workspace is not loaded yet")
        return self._paths

    def load(self) -> Resolved:
        """Read the settings. Blocking and heavy to import: run it in a thread, after the paint.

        Raises `ProblemError` when the command line asks for what cannot be had.
        """
        from pathlib import Path

        from tui.core import log, resolution
        from tui.core.clock import SystemClock
        from tui.core.paths import Paths

        options = self._options
        self._paths = Paths.of_user(Path(options.config) if options.config else None)
        log.open_file_log(self._paths.log_file)
        self._log = log.RequestLog(SystemClock())
        self._resolved = resolution.load(
            resolution.Flags(
                profile=options.profile,
                sandbox=options.sandbox,
                read_only=options.read_only,
                base_url=options.base_url,
                theme=options.theme,
            ),
            environ=self._environ,
            paths=self._paths,
        )
        return self._resolved

    def reload_profiles(self) -> tuple[Profile, ...]:
        """All profiles, read again: one may have been added from inside."""
        from tui.core import resolution

        fresh = resolution.load(
            resolution.Flags(read_only=self._options.read_only),
            environ=self._environ,
            paths=self.paths,
        )
        known = dict(self.resolved.profiles)
        known.update({p.name: p for p in fresh.profiles.values() if p.name not in known})
        known.update(
            {name: p for name, p in fresh.profiles.items() if name != self.resolved.profile.name}
        )
        return tuple(known.values())

    async def open(self, profile: Profile) -> Session:
        """A session that speaks through a profile; the one before it lives until `retire`.

        Raises `ProblemError` when the key cannot be fetched or the sandbox does not start.
        """
        session = await self._session(profile)
        if self.session is not None:
            self._retired.append(self.session)
        self.session = session
        return session

    async def retire(self) -> None:
        """Close the sessions that no screen shows any more."""
        while self._retired:
            await self._retired.pop().close()

    async def _session(self, profile: Profile) -> Session:
        from tui.api.client import Client
        from tui.catalog.index import ENTRIES
        from tui.catalog.registry import Catalog
        from tui.core.clock import SystemClock
        from tui.profile_endpoint import endpoint_of, ledger_file, view_of
        from tui.store.session import Session
        from tui.worker.scheduler import Scheduler

        clock = SystemClock()
        assert self._log is not None
        endpoint, note = await endpoint_of(profile, self._environ, self.sandbox)
        if self.resolved.implicit_sandbox and profile.starts_sandbox:
            note = NO_KEY_NOTE
        session = Session(
            Client(endpoint, clock=clock, log=self._log),
            scheduler=Scheduler(clock),
            catalog=Catalog(),
            clock=clock,
            profile=view_of(profile, endpoint, note),
            request_log=self._log,
            ledger_path=ledger_file(self.paths.ledger_dir, endpoint),
            page_size=self.resolved.settings.page_size,
            names=ENTRIES,
            journals=self.paths.state_dir / "uploads",
        )
        session.documents.ingest.at_once = self.resolved.settings.uploads_at_once
        session.desk.confirm_typed_from = self.resolved.settings.confirm_typed_from
        session.desk.profiles = self.profiles
        return session

    @property
    def profiles(self) -> Profiles[Session]:
        """All profiles, and the way to another one; lives as long as the program."""
        if self._profiles is None:
            from tui.core.clock import SystemClock
            from tui.core.profiles import remove_profile, save_profile
            from tui.store.profiles import Profiles
            from tui.worker.scheduler import Scheduler

            self._profiles = Profiles(
                load=self.reload_profiles,
                save=lambda profile: save_profile(self.paths, profile),
                remove=lambda name: remove_profile(self.paths, name),
                open_session=self.open,
                test=self._try_key,
                scheduler=Scheduler(SystemClock()),
                current=self.resolved.profile.name,
            )
        return self._profiles

    async def switch(self, name: str | None = None) -> Session:
        """A session on the profile of that name, or on the one that this run asked for.

        Raises `ProblemError`.
        """
        if name is None:
            return await self.open(self.resolved.profile)
        await self.profiles.refresh()
        return await self.profiles.switch(name)

    async def _try_key(self, profile: Profile) -> int:
        """How many models the server names to this profile's key. Raises `ProblemError`."""
        from tui.api.client import Client
        from tui.api.operations.models import LIST_MODELS
        from tui.core.clock import SystemClock
        from tui.profile_endpoint import endpoint_of

        assert self._log is not None
        endpoint, note = await endpoint_of(profile, self._environ, self.sandbox)
        if endpoint.key is None and note:
            raise ProblemError(Problem("The key cannot be had", detail=note))
        client = Client(endpoint, clock=SystemClock(), log=self._log)
        try:
            return len((await client.page(LIST_MODELS)).items)
        finally:
            await client.aclose()

    @property
    def sandbox(self) -> SandboxChild:
        """The embedded sandbox of this run; started when it is first spoken to."""
        if self._child is None:
            from tui.sandbox_child import SandboxChild

            self._child = SandboxChild(
                self.paths.sandbox_dir, log=self.paths.state_dir / "sandbox.log"
            )
            self._child.on_trouble = self._sandbox_lost
        return self._child

    def _sandbox_lost(self, problem: Problem) -> None:
        if self.session is not None:
            self.session.notice_board.fail("The sandbox ended", problem)

    async def close(self) -> None:
        """End the session and the sandbox; nothing that was shown as saved is lost."""
        await self.retire()
        if self.session is not None:
            await self.session.close()
            self.session = None
        if self._profiles is not None:
            self._profiles.close()
        if self._child is not None:
            await self._child.close()


def run_app(options: AppOptions) -> int:
    """Run the application; the exit status is as the README's table has it."""
    from tui.app import CupolaApp

    environ = dict(os.environ)
    workspace = Workspace(options, environ)
    app = CupolaApp(workspace, options, quick_look(environ, sys.argv[1:]))
    asyncio.run(_run(app, workspace))
    if app.refusal is not None:
        _tell(f"cupola: {clean(app.refusal, limit=400)}")
    status = _told_crash(app.crash, workspace) if app.crash is not None else app.return_code or 0
    _release_streams()
    return status


def _tell(line: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{line}\n")


def _release_streams() -> None:
    """A terminal that is gone cannot be flushed; Python would end with status 120 over it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


async def _run(app: CupolaApp, workspace: Workspace) -> None:
    try:
        await app.run_async()
    finally:
        workspace.remember(app.theme, app.root)
        await workspace.close()


def _told_crash(words: str, workspace: Workspace) -> int:
    """One line for a crash, and where the rest is; the terminal is back by now."""
    where = f" The log is {workspace.paths.log_file}" if workspace.loaded else ""
    _tell(f"cupola crashed: {words}.{where}")
    return 1
