"""One command's way to a server and a ledger: settings read, keys fetched, the sandbox up.

The sandbox may belong to another Cupola that ends while we read: it is found again, or started on
the same data, and the request is sent once more. Nothing here changes anything on a server.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tui.api.client import Client
from tui.api.operation import Operation
from tui.api.paging import Page
from tui.api.replies import Reply
from tui.catalog.registry import Catalog
from tui.core.clock import Clock, SystemClock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.log import RequestLog, close_file_log, open_file_log
from tui.core.paths import Paths
from tui.core.settings import Profile
from tui.headless.book import Book
from tui.headless.output import Output
from tui.headless.place import Place, settle
from tui.profile_endpoint import endpoint_of, ledger_file
from tui.sandbox_child import SandboxChild

PATIENCE = 1.5
"""Seconds after which a person at a terminal is told what is waited for."""
TRIES = 3
"""Times that a request goes to a sandbox that ended under it."""

UNREACHED = frozenset({ProblemKind.NETWORK, ProblemKind.INTERRUPTED})


class Access:
    """Requests to one profile's server, and its ledger."""

    def __init__(
        self,
        profile: Profile,
        *,
        paths: Paths,
        environ: Mapping[str, str],
        clock: Clock,
        output: Output,
    ) -> None:
        self.profile = profile
        self.catalog = Catalog()
        self.clock = clock
        self.output = output
        self.book = Book(ledger_file(paths.ledger_dir, profile), clock=clock)
        self._environ = environ
        self._log = RequestLog(clock)
        self._child = SandboxChild(paths.sandbox_dir, log=paths.state_dir / "sandbox.log")
        self._client: Client | None = None
        self._opening = asyncio.Lock()

    async def call(self, op: Operation, path: Mapping[str, str]) -> Reply:
        """One object. Raises `ProblemError`."""
        fields = {name: value for name, value in path.items() if name in op.fields}
        for _ in range(TRIES - 1):
            client = await self._reach()
            try:
                return await client.call(op, path=fields)
            except ProblemError as error:
                await self._again(error, client)
        return await (await self._reach()).call(op, path=fields)

    async def page(
        self,
        op: Operation,
        path: Mapping[str, str],
        *,
        query: Mapping[str, Any],
        after: str | None,
        limit: int | None,
    ) -> Page:
        """A stretch of a list. Raises `ProblemError`."""
        fields = {name: value for name, value in path.items() if name in op.fields}
        for _ in range(TRIES - 1):
            client = await self._reach()
            try:
                return await client.page(op, path=fields, query=query, after=after, limit=limit)
            except ProblemError as error:
                await self._again(error, client)
        client = await self._reach()
        return await client.page(op, path=fields, query=query, after=after, limit=limit)

    async def let_go(self) -> None:
        """Forget the connection: the next request looks for the server anew."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def close(self) -> None:
        """End what was opened; a sandbox that was started for this call ends too."""
        await self.let_go()
        await self._child.close()
        await asyncio.to_thread(self.book.close)

    async def _reach(self) -> Client:
        async with self._opening:
            if self._client is None:
                async with self._patience():
                    endpoint, note = await endpoint_of(self.profile, self._environ, self._child)
                if endpoint.key is None and note:
                    raise ProblemError(
                        Problem("The key cannot be had", note, kind=ProblemKind.LOCAL)
                    )
                self._client = Client(endpoint, clock=self.clock, log=self._log)
            return self._client

    async def _again(self, error: ProblemError, client: Client) -> None:
        """Let a request be sent once more if the sandbox went away under it; raises otherwise."""
        if not (self.profile.starts_sandbox and error.problem.kind in UNREACHED):
            raise error
        if client is self._client:
            await self.let_go()

    @asynccontextmanager
    async def _patience(self) -> AsyncIterator[None]:
        """Say what is waited for, to a person, when it takes long."""

        async def tell() -> None:
            await self.clock.sleep(PATIENCE)
            self.output.say("starting the sandbox, the first time takes some seconds …")

        speaks = self.profile.starts_sandbox and self.output.watched
        teller = asyncio.get_running_loop().create_task(tell()) if speaks else None
        try:
            yield
        finally:
            if teller is not None:
                teller.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await teller


@asynccontextmanager
async def opened(
    place: Place, *, environ: Mapping[str, str], output: Output
) -> AsyncIterator[Access]:
    """Access to the place that the command line named. Raises `ProblemError`."""
    resolved, paths = settle(place, environ)
    for warning in resolved.warnings:
        output.say(warning)
    log = open_file_log(paths.log_file)
    access = Access(
        resolved.profile, paths=paths, environ=environ, clock=SystemClock(), output=output
    )
    try:
        yield access
    finally:
        try:
            await access.close()
        finally:
            close_file_log(log)
