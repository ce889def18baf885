"""A pseudo-terminal with a program in it: type, wait for words, look at the screen. POSIX only.

Standard library alone, since the smoke run drives the installed wheel where nothing else is.
The screen is what is left when the escape sequences are taken from the bytes; who wants exact cells
replays `raw` through an emulator.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence

_ESCAPES = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    rb"|\x1bP[^\x1b]*\x1b\\"
    rb"|\x1b[@-Z\\-_=>78]"
)

MODES = {
    b"1049": "alternate screen",
    b"1000": "mouse",
    b"1002": "mouse drag",
    b"1003": "mouse motion",
    b"1004": "focus",
    b"1006": "mouse sgr",
    b"2004": "bracketed paste",
}
"""Private modes that a program may switch on, and has to switch off again."""


class Terminal:
    """One program in one pseudo-terminal."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        columns: int = 120,
        rows: int = 36,
    ) -> None:
        self.raw = b""
        self._seen = 0
        self.status: int | None = None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], list(command), dict(env))
        self.resize(columns, rows)
        self.modes_before = termios.tcgetattr(self.master)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Send keys as bytes; `\\x1b` is escape."""
        self._seen = len(self.raw)
        os.write(self.master, keys.encode("utf-8"))

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def read(self, seconds: float) -> bytes:
        """What comes within the time; ends at once when the program is gone."""
        until = time.monotonic() + seconds
        came = b""
        while (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([self.master], [], [], left)
            if not ready:
                break
            try:
                chunk = os.read(self.master, 65_536)
            except OSError:
                break
            if not chunk:
                break
            came += chunk
            self.raw += chunk
            break
        return came

    def text(self, since: int = 0) -> str:
        """The words that were written, without the escapes."""
        return _ESCAPES.sub(b"", self.raw[since:]).decode("utf-8", "replace")

    def wait_for(self, words: str, seconds: float = 20.0) -> None:
        """Until the words were written after the last keys; raises `AssertionError` otherwise."""
        until = time.monotonic() + seconds
        while words not in self.text(self._seen):
            if time.monotonic() > until:
                tail = self.text(self._seen)[-3000:]
                raise AssertionError(f"{words!r} did not come within {seconds} s; came: {tail!r}")
            if not self.read(0.2) and self.poll() is not None:
                tail = self.text()[-3000:]
                raise AssertionError(f"ended with {self.status} before {words!r}: {tail!r}")

    def settle(self, quiet: float = 0.3, limit: float = 10.0) -> None:
        """Until nothing was written for `quiet` seconds."""
        until = time.monotonic() + limit
        while time.monotonic() < until and self.read(quiet):
            pass

    def poll(self) -> int | None:
        """The exit status as the shell tells it (128+n for a signal), or `None`: it runs."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                if self.status < 0:
                    self.status = 128 - self.status
        return self.status

    def wait(self, seconds: float = 10.0) -> int:
        """The exit status; raises `AssertionError` when it does not end in time."""
        until = time.monotonic() + seconds
        while self.poll() is None:
            self.read(0.05)
            assert time.monotonic() < until, f"still running after {seconds} s"
        while self.read(0.05):
            pass
        assert self.status is not None
        return self.status

    def left_on(self) -> list[str]:
        """The modes that were switched on and not off again, and a hidden cursor."""
        left = []
        for number, name in MODES.items():
            changes = re.findall(rb"\x1b\[\?" + number + rb"([hl])", self.raw)
            if changes and changes[-1] == b"h":
                left.append(name)
        cursor = re.findall(rb"\x1b\[\?25([hl])", self.raw)
        if cursor and cursor[-1] == b"l":
            left.append("hidden cursor")
        return left

    def close(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.status = 137
        os.close(self.master)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
