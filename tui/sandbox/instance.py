"""One server per data folder: a lock that dies with its process, and a file that tells where it is.

A second Cupola reads `running.json` and speaks to the sandbox that runs, with its keys.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from pathlib import Path

from tui.core.paths import private_dir, write_atomically
from tui.sandbox.wire import JsonObject

_LOCK = "lock"
_RUNNING = "running.json"


class AlreadyRunningError(Exception):
    """Another process serves this folder; the message says which."""


class Instance:
    """The right to serve one data folder, held until `release`."""

    def __init__(self, folder: Path) -> None:
        """Raises `AlreadyRunningError`, and `OSError` when the folder cannot be made."""
        self._folder = private_dir(folder)
        self._lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise AlreadyRunningError(_words(folder)) from error

    def announce(self, address: JsonObject) -> None:
        """Tell others where to find this server: pid, address and keys, for the owner's eyes."""
        content = json.dumps({"pid": os.getpid(), **address}).encode()
        self._running.unlink(missing_ok=True)
        write_atomically(self._running, content)

    def release(self) -> None:
        """Take the announcement back and let others serve the folder."""
        with contextlib.suppress(OSError):
            self._running.unlink(missing_ok=True)
        os.close(self._lock)

    @property
    def _running(self) -> Path:
        return self._folder / _RUNNING


def _words(folder: Path) -> str:
    where = ""
    with contextlib.suppress(OSError, ValueError, KeyError):
        found = json.loads((folder / _RUNNING).read_text("utf-8"))
        where = f" at {found['base_url']} (process {found['pid']})"
    return f"another sandbox already serves {folder}{where}"
