"""The embedded sandbox as a child process: started, attached to, and gone when the app goes.

The child holds the read end of a pipe whose write end is ours: when this process ends, in whatever
way, the pipe closes and the child ends too. A second Cupola finds the running one by the file that
the sandbox keeps beside its data, and speaks to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.log import hide
from tui.core.paths import private_dir

START_LIMIT = 30.0
"""Seconds that a sandbox may take until it accepts connections; the first start seeds a world."""

RUNNING = "running.json"
"""What a sandbox keeps beside its data: process id, address, keys."""
LOOK_EVERY = 2.0
"""Seconds between two looks whether another Cupola's sandbox still runs."""
MOST_REVIVALS, REVIVAL_SPAN = 5, 60.0
"""So many times within so many seconds it is started again."""

ATTEMPTS = 3
"""Another Cupola may be starting the same sandbox at this moment."""

PACKAGE_PARENT = Path(__file__).resolve().parent.parent

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "VIRTUAL_ENV")
"""What the child gets of our environment: no keys."""


@dataclass(frozen=True, slots=True)
class SandboxAddress:
    """Where a sandbox answers, and with which keys."""

    base_url: str
    api_key: SecretStr
    admin_key: SecretStr

    @property
    def port(self) -> int:
        return urlsplit(self.base_url).port or 0


class SandboxChild:
    """The sandbox of this program: started by us, or another's that we speak to."""

    def __init__(self, folder: Path, *, log: Path, seed: str = "demo") -> None:
        self._folder = folder
        self._log = log
        self._seed = seed
        self._process: asyncio.subprocess.Process | None = None
        self._lifeline: int | None = None
        self._lock = asyncio.Lock()
        self._address: SandboxAddress | None = None
        self._guard: asyncio.Task[None] | None = None
        self.on_trouble: Callable[[Problem], None] = lambda _problem: None
        """Hears when a sandbox that ended could not be started again."""

    async def address(self) -> SandboxAddress:
        """Where the sandbox answers now, started if need be. Raises `ProblemError`.

        From then on it is guarded: when it ends, by whatever hand, it is started again at the same
        address with the same keys, so that whoever speaks to it goes on.
        """
        async with self._lock:
            self._address = await self._reach()
            if self._guard is None or self._guard.done():
                self._guard = asyncio.create_task(self._keep_alive(), name="sandbox guard")
            return self._address

    async def _reach(self) -> SandboxAddress:
        """The running sandbox, or a new one."""
        words = ""
        for _ in range(ATTEMPTS):
            running = await _running(self._folder)
            if running is not None:
                return running
            await self._reap()
            line, words = await self._start()
            if line is not None:
                return _address(json.loads(line))
        raise ProblemError(
            Problem(
                "The sandbox did not start",
                detail=words,
                hint=f"Its log is {self._log}",
                kind=ProblemKind.LOCAL,
                retryable=True,
            )
        )

    async def _keep_alive(self) -> None:
        """Start it again whenever it ends; not for ever when it ends at once each time."""
        revivals: list[float] = []
        loop = asyncio.get_running_loop()
        while True:
            await self._ended()
            now = loop.time()
            revivals = [*(at for at in revivals if now - at < REVIVAL_SPAN), now]
            try:
                if len(revivals) > MOST_REVIVALS:
                    raise ProblemError(Problem("The sandbox ends again and again"))
                async with self._lock:
                    await self._reap()
                    found = await self._reach()
                if found != self._address:
                    raise ProblemError(Problem("The sandbox runs at another address now"))
            except ProblemError as error:
                self.on_trouble(
                    replace(error.problem, hint=f"Open the profile again (P). {self._log}")
                )
                return

    async def _ended(self) -> None:
        """Until the sandbox is gone; another Cupola's is looked after by its process id."""
        if self._process is not None:
            await self._process.wait()
            return
        # Another program's process tells nobody that it ends: only looking helps.
        while await asyncio.to_thread(_alive, self._folder):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY)

    async def _start(self) -> tuple[bytes | None, str]:
        """The child's line of JSON, or what it said instead."""
        private_dir(self._folder)
        private_dir(self._log.parent)
        theirs, ours = os.pipe()
        log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                # -P: a folder named `tui` where the person stands is not ours.
                *("-P", "-m", "tui", "sandbox", "--data", str(self._folder), "--seed", self._seed),
                *("--json", "--lifeline", str(theirs)),
                *(("--port", str(self._address.port)) if self._address else ()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                pass_fds=(theirs,),
                # Ctrl+C in the terminal is the app's, not the child's.
                start_new_session=True,
                cwd=self._folder,
                env=_environment(self._address),
            )
        except OSError as error:
            os.close(ours)
            return None, str(error)
        finally:
            os.close(theirs)
            os.close(log)
        self._lifeline = ours
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), START_LIMIT)
        except TimeoutError:
            await self._reap()
            return None, f"no answer within {START_LIMIT:.0f} seconds"
        if line.strip():
            return line, ""
        status = await self._process.wait()
        return None, f"it ended with status {status}"

    async def _reap(self) -> None:
        if self._lifeline is not None:
            with contextlib.suppress(OSError):
                os.close(self._lifeline)
            self._lifeline = None
        if self._process is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), 5.0)
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
                await self._process.wait()
            self._process = None

    async def close(self) -> None:
        """End the child, if it is ours; it saves what it has and goes."""
        if self._guard is not None:
            self._guard.cancel()
        async with self._lock:
            await self._reap()


def _environment(before: SandboxAddress | None) -> dict[str, str]:
    """What the child may see; one that is started again gets the keys that it had."""
    found = {name: os.environ[name] for name in INHERITED if name in os.environ}
    if before is not None:
        found["CUPOLA_SANDBOX_API_KEY"] = before.api_key.get_secret_value()
        found["CUPOLA_SANDBOX_ADMIN_KEY"] = before.admin_key.get_secret_value()
    return found | {"PYTHONPATH": str(PACKAGE_PARENT)}


def _alive(folder: Path) -> bool:
    """Whether the process that announced itself in the folder is there."""
    try:
        os.kill(int(json.loads((folder / RUNNING).read_text("utf-8"))["pid"]), 0)
    except PermissionError:
        return True
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def _address(found: dict[str, Any]) -> SandboxAddress:
    address = SandboxAddress(
        base_url=str(found["base_url"]),
        api_key=SecretStr(str(found["api_key"])),
        admin_key=SecretStr(str(found["admin_key"])),
    )
    # They need not look like keys where the environment fixed them.
    hide(address.api_key)
    hide(address.admin_key)
    return address


async def _running(folder: Path) -> SandboxAddress | None:
    """The sandbox that runs on a folder now, if its file says so and its port answers."""
    try:
        text = await asyncio.to_thread((folder / RUNNING).read_text, "utf-8")
        found = _address(json.loads(text))
        host, _, port = found.base_url.split("/")[2].rpartition(":")
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), 2.0)
    except (OSError, ValueError, KeyError, IndexError, TimeoutError):
        return None
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return found
