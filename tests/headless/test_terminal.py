"""The commands in a real pseudo-terminal: what servers send cannot steer it."""

from __future__ import annotations

import re
import sys

import httpx
import pytest

from tests.headless.conftest import upload
from tests.pty.terminal import Terminal
from tui.core.safe_text import harmless
from tui.sandbox.thread import RunningSandbox

pytestmark = pytest.mark.pty

OURS = re.compile(rb"\x1b\[(?:\d\d?m|K)")
"""The colours and the line clearing that are ours."""
NAME = "inv\x1b]0;owned\x1b\\oice\x9b2J\u202egnp\u2066.日本語 [@click=app.quit]x[/].txt"


@pytest.fixture(scope="module")
def hostile(api: httpx.Client) -> str:
    return upload(api, NAME)


def shown(environ: dict[str, str], *arguments: str, columns: int = 80) -> tuple[int, list[str]]:
    """Status and lines, after a check that nothing in them steers the terminal."""
    command = [sys.executable, "-m", "tui", *arguments]
    with Terminal(command, env=environ, columns=columns, rows=24) as terminal:
        status = terminal.wait(60)
        plain = OURS.sub(b"", terminal.raw).decode("utf-8").replace("\r\n", "\n")
        assert harmless(plain.replace("\r", "")), plain
        assert terminal.left_on() == []
    return status, plain.splitlines()


def test_a_table_fits_its_terminal(environ: dict[str, str], hostile: str) -> None:
    for columns in (200, 80, 50, 20):
        status, lines = shown(environ, "list", "files", columns=columns)
        assert status == 0
        assert all(len(line) <= columns for line in lines), lines
        assert lines[1].startswith(hostile[:15])
    assert "␛]0;owned" in shown(environ, "list", "files", columns=200)[1][1]


def test_every_form_is_harmless(environ: dict[str, str], hostile: str) -> None:
    for form in ("--json", "--jsonl", "--csv"):
        assert shown(environ, "list", "files", form)[0] == 0
    assert shown(environ, "get", hostile, "--json")[0] == 0
    assert shown(environ, "ledger", "search")[0] == 0
    assert shown(environ, "ledger", "export")[0] == 0


def test_details_for_a_person(environ: dict[str, str], hostile: str) -> None:
    status, lines = shown(environ, "get", hostile)
    assert status == 0
    assert lines[0].startswith("inv␛]0;owned")
    assert any(line.split() == ["id", hostile] for line in lines)
    assert any(line.split() == ["purpose", "assistants"] for line in lines)


def test_a_line_of_progress_is_written_over(
    environ: dict[str, str], api: httpx.Client, server: RunningSandbox, hostile: str
) -> None:
    made = api.post("/vector_stores", json={"name": NAME, "file_ids": [hostile]}).json()
    command = [sys.executable, "-m", "tui", "watch", made["id"], "--interval", "0.1"]
    with Terminal(command, env=environ, columns=60, rows=24) as terminal:
        terminal.wait_for("files 0/1", 60)
        server.advance(60)
        assert terminal.wait(60) == 0
        plain = OURS.sub(b"", terminal.raw).decode("utf-8")
        assert b"\r\x1b[K" in terminal.raw
        assert plain.rstrip().endswith("completed · files 1/1 · 100 %")
        assert all(len(line) < 60 for line in re.split(r"[\r\n]+", plain))


def test_plain_terminals_get_plain_text(environ: dict[str, str], hostile: str) -> None:
    for changes in ({"TERM": "dumb"}, {"NO_COLOR": "1"}):
        command = [sys.executable, "-m", "tui", "list", "files"]
        with Terminal(command, env=environ | changes, columns=80, rows=24) as terminal:
            assert terminal.wait(60) == 0
            assert b"\x1b" not in terminal.raw
