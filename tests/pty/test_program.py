"""The real program in a real pseudo-terminal: what reaches it, what is left on, what is written."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal
from tests.ui.house import demo_sandbox
from tui.sandbox.faults import Effect, Fault
from tui.sandbox.thread import RunningSandbox

pytestmark = pytest.mark.pty

CONTROLS = re.compile(
    rb"\x1b\](?!8;|22;)[^\x07\x1b]*|\x1bc|\x1b\[6n|\x1b\]52|[\x00-\x06\x0e-\x1a\x7f]|\xc2[\x80-\x9f]"
    rb"|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]"
)
"""What no server may make us write: titles, clipboard, resets, reports, C0, C1, bidi overrides.

OSC 8 and 22, links and the pointer's shape, are Textual's own."""


IGNORES_HANGUP = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh")
"""Starts a program that ignores SIGHUP, as nohup does."""


@pytest.fixture(scope="module")
def world() -> Iterator[RunningSandbox]:
    with demo_sandbox() as sandbox:
        yield sandbox


@contextmanager
def program(
    sandbox: RunningSandbox,
    home: Path,
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    wrapper: Sequence[str] = (),
) -> Iterator[Terminal]:
    """Cupola on that sandbox, by a profile of the settings file."""
    config = home / "config.toml"
    config.write_text(
        f'[profiles.here]\nkind = "compatible"\nbase_url = "{sandbox.base_url}"\n'
        'key = "env:HERE_KEY"\n'
    )
    env = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "HERE_KEY": sandbox.api_key,
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        **(environ or {}),
    }
    command = [*wrapper, sys.executable, "-m", "tui", *arguments]
    command += ["--profile", "here", "--config", str(config)]
    with Terminal(command, env=env) as terminal:
        yield terminal


def test_a_hostile_server_steers_nothing(world: RunningSandbox, tmp_path: Path) -> None:
    fault = world.world.faults.add(Fault(Effect.HOSTILE))
    try:
        with program(world, tmp_path, "files") as terminal:
            terminal.wait_for("Purpose")
            for keys in (
                "j",
                "y",
                "\x1b",
                ":chat\r",
                "\r",
                "\x1b",
                ":vs\r",
                "\r",
                ":models\r",
                "@",
            ):
                terminal.type(keys)
                terminal.settle(0.2)
            start = terminal.raw.index(b"Purpose")
            terminal.type("q")
            assert terminal.wait() == 0
        shown = terminal.raw[start:]
        # What ends the program's own modes is ours; everything before it came from the server.
        found = CONTROLS.findall(shown[: shown.rfind(b"\x1b[?1049l")])
        assert found == []
        assert b"[/x]" in shown, "markup is shown literally"
    finally:
        world.world.faults.remove(fault.id)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_leaves_the_terminal_as_it_was(
    world: RunningSandbox, tmp_path: Path, number: signal.Signals
) -> None:
    with program(world, tmp_path, "files") as terminal:
        before = terminal.modes_before
        terminal.wait_for("Purpose")
        terminal.signal(number)
        assert terminal.wait() == 128 + number
        assert terminal.left_on() == []
        after = termios.tcgetattr(terminal.master)
        assert after[:4] == before[:4], "echo and line mode are back"


def test_an_idle_screen_writes_nothing(world: RunningSandbox, tmp_path: Path) -> None:
    with program(world, tmp_path, "files") as terminal:
        terminal.wait_for("Purpose")
        terminal.settle(0.5)
        written = len(terminal.raw)
        assert terminal.read(1.5) == b""
        assert len(terminal.raw) == written
        terminal.type("q")
        assert terminal.wait() == 0


def test_a_profile_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    config = tmp_path / "empty.toml"
    config.write_text("")
    command = [sys.executable, "-m", "tui", "--profile", "nobody", "--config", str(config)]
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8"}
    with Terminal(command, env=env) as terminal:
        assert terminal.wait(20) == 2
        assert terminal.left_on() == []
        assert "nobody" in terminal.text()


def test_a_server_that_is_gone_is_told_and_survived(tmp_path: Path) -> None:
    with demo_sandbox("empty") as sandbox:
        base_url, key = sandbox.base_url, sandbox.api_key
    gone = type("Gone", (), {"base_url": base_url, "api_key": key})()
    with program(gone, tmp_path, "files") as terminal:
        terminal.wait_for("refused")
        terminal.type("r")
        terminal.wait_for("refused")
        terminal.type("q")
        assert terminal.wait() == 0
        assert terminal.left_on() == []


def test_bytes_that_are_no_text_end_nothing(world: RunningSandbox, tmp_path: Path) -> None:
    with program(world, tmp_path, "files") as terminal:
        terminal.wait_for("Purpose")
        os.write(terminal.master, b"\xff\xfe\xe9\x1b[M\xff\xff\xff\xc3")
        terminal.settle(0.3)
        assert terminal.poll() is None
        terminal.type("q")
        assert terminal.wait() == 0


def test_a_terminal_that_goes_away_ends_the_program(world: RunningSandbox, tmp_path: Path) -> None:
    """Even where SIGHUP is ignored, as under nohup."""
    with program(world, tmp_path, "files", wrapper=IGNORES_HANGUP) as terminal:
        terminal.wait_for("Purpose")
        os.close(terminal.master)
        terminal.master = os.open(os.devnull, os.O_RDONLY)
        deadline = time.monotonic() + 20
        while terminal.poll() is None:
            assert time.monotonic() < deadline, "still running without a terminal"
            select.select([], [], [], 0.05)
        assert terminal.status == 129


def test_no_color_means_no_colour_and_readable(world: RunningSandbox, tmp_path: Path) -> None:
    with program(world, tmp_path, "files", environ={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("Purpose")
        terminal.settle()
        terminal.type("q")
        assert terminal.wait() == 0
        assert not re.search(rb"\x1b\[[0-9;]*[34]8;[25];", terminal.raw), "a colour was written"
