"""The installed program in a real pseudo-terminal: opened, each screen reached, left, restored.

Standard library alone: `python tests/pty/smoke.py PATH/TO/cupola`. Prints nothing when all is well.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from terminal import Terminal  # type: ignore[import-not-found]

SIZES = ((80, 24), (160, 48))
BAND = "no key found  "
"""What stands before the breadcrumb of every screen on a machine without a key."""
SCREENS = (
    (":files\r", BAND + "Files"),
    (":vs\r", BAND + "Vector stores"),
    (":chat\r", BAND + "Chat"),
    (":models\r", BAND + "Models"),
    ("@", BAND + "Requests"),
    ("\x1b", BAND + "Models"),
    ("T", BAND + "Transfers"),
    ("\x1b", BAND + "Models"),
    ("N", BAND + "Notices"),
    ("\x1b", BAND + "Models"),
    ("P", BAND + "Profiles"),
    ("\x1b", BAND + "Models"),
    ("H", BAND + "Overview"),
    ("?", "type to search"),
    ("\x1b", BAND + "Overview"),
)
"""Keys, and words that the screen they lead to shows."""


def environment(home: Path) -> dict[str, str]:
    """A machine of somebody who never ran it: a home, a terminal, no keys."""
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
    }


def opened(command: list[str], home: Path, columns: int, rows: int) -> Terminal:
    terminal = Terminal(command, env=environment(home), columns=columns, rows=rows)
    terminal.wait_for("Newest" if columns > 80 else "Objects", 60)
    terminal.settle()
    return terminal


def restored(terminal: Terminal, status: int) -> None:
    assert terminal.wait() == status, f"status {terminal.status}, not {status}"
    assert terminal.left_on() == [], f"left on: {terminal.left_on()}"


def reach_each_screen(cupola: str, home: Path) -> None:
    for columns, rows in SIZES:
        with opened([cupola], home, columns, rows) as terminal:
            for keys, words in SCREENS:
                terminal.type(keys)
                terminal.wait_for(words)
                terminal.settle(0.15)
            terminal.type("q")
            restored(terminal, 0)


def survive_resizing(cupola: str, home: Path) -> None:
    command = [cupola, "files"]
    with Terminal(command, env=environment(home), columns=120, rows=36) as terminal:
        terminal.wait_for("Purpose", 60)
        for columns, rows in ((40, 10), (1, 1), (200, 60), (80, 24)):
            terminal.resize(columns, rows)
            terminal.settle(0.15)
        terminal.type("q")
        restored(terminal, 0)


def end_by_signal(cupola: str, home: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        with opened([cupola], home, 120, 36) as terminal:
            terminal.signal(number)
            restored(terminal, 128 + number)


def refuse_without_a_terminal(cupola: str, home: Path) -> None:
    result = subprocess.run(
        [cupola], env=environment(home), stdin=subprocess.DEVNULL, capture_output=True, timeout=20
    )
    assert result.returncode == 2, result
    assert result.stderr.count(b"\n") == 1 and b"\x1b" not in result.stderr, result.stderr


def tell_version_and_info(cupola: str, home: Path) -> None:
    version = subprocess.run([cupola, "--version"], capture_output=True, text=True, timeout=20)
    assert version.stdout.startswith("cupola ") and version.returncode == 0, version
    info = subprocess.run(
        [cupola, "info"], env=environment(home), capture_output=True, text=True, timeout=20
    )
    assert info.returncode == 0 and "sandbox" in info.stdout, info


def run_the_sandbox(cupola: str, home: Path) -> None:
    process = subprocess.Popen(
        [cupola, "sandbox", "--memory", "--seed", "empty", "--json"],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    assert set(told) == {"base_url", "api_key", "admin_key"}, told
    assert told["base_url"].startswith("http://127.0.0.1:"), told
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process.stdout.close()


def serve_scripts(cupola: str, home: Path) -> None:
    """The commands without the app, on a sandbox that each starts for itself."""

    def said(*arguments: str) -> tuple[int, str]:
        result = subprocess.run(
            [cupola, *arguments],
            env=environment(home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return result.returncode, result.stdout

    status, lines = said("list", "files", "--limit", "120", "--jsonl")
    files = [json.loads(line) for line in lines.splitlines()]
    assert status == 0 and len(files) > 20, (status, lines[:500])
    status, text = said("get", files[0]["id"])
    assert status == 0 and json.loads(text)["filename"] == files[0]["filename"], (status, text)
    status, text = said("ledger", "search", files[0]["id"])
    assert status == 0 and files[0]["id"] in text, (status, text)
    assert said("list", "nonsense") == (2, "")
    assert said("get", "file-nowhere") == (3, "")
    assert said("list", "files", "--base-url", "http://127.0.0.1:9/v1") == (4, "")


STEPS: tuple[Callable[[str, Path], None], ...] = (
    tell_version_and_info,
    refuse_without_a_terminal,
    run_the_sandbox,
    serve_scripts,
    reach_each_screen,
    survive_resizing,
    end_by_signal,
)


def main() -> int:
    cupola = sys.argv[1]
    for step in STEPS:
        with tempfile.TemporaryDirectory() as home:
            step(cupola, Path(home))
    return 0


if __name__ == "__main__":
    sys.exit(main())
