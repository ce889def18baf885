"""The command from outside: what it prints, and its exit status."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tui import __version__, cli
from tui.options import AppOptions

ROOT = Path(__file__).resolve().parent.parent
CANARY = "sk-cAnArY0123456789"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A person who has nothing yet."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "VIRTUAL_ENV"}}
    return kept | {
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }


def run(
    environ: dict[str, str], *arguments: str, **options: Any
) -> subprocess.CompletedProcess[str]:
    settings = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        env=environ,
        timeout=30,
        check=False,
        text=True,
        errors="replace",
        **(settings | options),
    )


def assert_refused(result: subprocess.CompletedProcess[str], *, says: str) -> None:
    assert result.returncode == 2
    assert result.stdout in (None, "")
    assert result.stderr.count("\n") == 1
    assert "\x1b" not in result.stderr
    assert says in result.stderr


# Version and help.


def test_version(environ: dict[str, str]) -> None:
    for arguments in (["--version"], ["--theme", "dark", "--version"]):
        result = run(environ, *arguments)
        assert (result.returncode, result.stdout) == (0, f"cupola {__version__}\n")
        assert result.stderr == ""


def test_version_needs_no_import(environ: dict[str, str]) -> None:
    code = (
        "import sys; sys.argv = ['cupola', '--version']; from tui.__main__ import main; main();"
        "assert not {'argparse', 'dataclasses', 'textual', 'tui.cli'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-S", "-c", code], env=environ, check=True, timeout=30)


@pytest.mark.parametrize("command", [(), ("info",), ("sandbox",)])
def test_help(environ: dict[str, str], command: tuple[str, ...]) -> None:
    result = run(environ, *command, "--help")
    assert result.returncode == 0
    assert result.stdout.startswith(f"usage: {' '.join(('cupola', *command))}")


# Wrong use.


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--nope"], "--nope"),
        (["files", "extra"], "extra"),
        (["--profile"], "--profile"),
        (["--profile", ""], "--profile"),
        (["--profile", "a", "--sandbox"], "--sandbox"),
        (["--sandbox", "--base-url", "http://x"], "two servers"),
        (["--prof", "a"], "--prof"),
        (["bad\x1b[2J", "x\ny\x1b]0;t\x07"], "␛"),
        (["info", "extra"], "extra"),
        (["info", "--port", "1"], "--port"),
        (["sandbox", "--port", "99999"], "port"),
        (["sandbox", "--port", "-1"], "port"),
        (["sandbox", "--port", "x"], "port"),
        (["sandbox", "--seed", "x"], "seed"),
        (["sandbox", "--speed", "0"], "speed"),
        (["sandbox", "--speed", "nan"], "speed"),
        (["sandbox", "--memory", "--data", "d"], "--memory"),
        (["sandbox", "--lifeline", "x"], "descriptor"),
        (["sandbox", "files"], "files"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(
    environ: dict[str, str], arguments: list[str], says: str
) -> None:
    assert_refused(run(environ, *arguments), says=says)


def test_undecodable_arguments(environ: dict[str, str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tui", b"x", b"caf\xe9\xff"],
        env=environ,
        capture_output=True,
        timeout=30,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert result.returncode == 2
    assert result.stderr.count(b"\n") == 1


# Where the app cannot draw.


@pytest.fixture
def terminal() -> Iterator[int]:
    """The program's side of a pseudo-terminal."""
    ours, theirs = pty.openpty()
    yield theirs
    os.close(ours)
    os.close(theirs)


def test_without_a_terminal(environ: dict[str, str]) -> None:
    began = time.monotonic()
    assert_refused(run(environ), says="standard input is not a terminal")
    assert time.monotonic() - began < 5
    assert_refused(run(environ, "files"), says="not a terminal")


def test_input_from_a_file(environ: dict[str, str], terminal: int) -> None:
    with open(os.devnull) as nothing:
        result = run(environ, stdin=nothing, stdout=terminal)
    assert_refused(result, says="standard input")


def test_screen_to_a_file(environ: dict[str, str], terminal: int) -> None:
    assert_refused(run(environ, stdin=terminal, stdout=terminal), says="standard error")


@pytest.mark.parametrize("redirection", ["<&-", "2>&-", "<&- >&- 2>&-", "</dev/null >/dev/null"])
def test_closed_streams(environ: dict[str, str], redirection: str) -> None:
    result = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m tui {redirection}'],
        env=environ,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 2
    assert b"\x1b" not in result.stderr + result.stdout
    assert b"Traceback" not in result.stderr


def in_terminal(environ: dict[str, str], *arguments: str) -> tuple[int, bytes]:
    """Run with all three streams on a pseudo-terminal: status and all that was written."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", *arguments],
        env=environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    try:
        while part := os.read(ours, 4096):
            written += part
    except OSError:
        pass  # The other side is closed: on Linux that reads as EIO.
    os.close(ours)
    return process.wait(30), written


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"TERM": "dumb"}, b"dumb"),
        ({"TERM": ""}, b"not set"),
        ({"TERM": None}, b"not set"),
        ({"PYTHONIOENCODING": "latin-1"}, b"UTF-8 is needed"),
        ({"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}, b"UTF-8 is needed"),
    ],
)
def test_terminals_that_cannot_show_it(
    environ: dict[str, str], changes: dict[str, str | None], says: bytes
) -> None:
    for name, value in changes.items():
        environ.pop(name, None)
        if value is not None:
            environ[name] = value
    status, written = in_terminal(environ)
    assert status == 2
    assert says in written
    assert b"\x1b" not in written
    assert written.count(b"\n") == 1


# Info.


def info(environ: dict[str, str], *arguments: str) -> dict[str, str]:
    result = run(environ, "info", *arguments)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "\x1b" not in result.stdout
    lines = [line.split(None, 1) for line in result.stdout.splitlines() if line.strip()]
    return {line[0]: line[-1] for line in lines}


def test_info_of_a_fresh_machine(environ: dict[str, str], tmp_path: Path) -> None:
    found = info(environ)
    assert found["cupola"] == __version__
    assert found["textual"].startswith("8.")
    assert found["profile"] == "sandbox   (nobody chose one and there is no key)"
    assert found["log"] == f"{tmp_path}/state/cupola/cupola.log   (not there)"
    assert found["ledger"].endswith("(not there)")
    assert not (tmp_path / "config").exists()
    assert not (tmp_path / "state").exists()


def test_info_masks_keys_and_names_sources(environ: dict[str, str], tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text(
        f'theme = "light"\n[profiles.a]\nkey = "{CANARY}"\nadmin_key = "env:NOT_SET"\n'
        f'headers = {{ X-Token = "{CANARY}" }}\ncolor = "red"\n'
    )
    config.chmod(0o600)
    environ |= {"OPENAI_API_KEY": CANARY, "CUPOLA_CONFIG": str(config)}
    result = run(environ, "info", "--profile", "a", "--read-only")
    assert result.returncode == 0
    assert "cAnArY" not in result.stdout + result.stderr
    assert "from the settings file" in result.stdout
    assert "missing: env:NOT_SET is not set" in result.stdout
    found = info(environ)
    assert found["profile"] == "openai   (env:OPENAI_API_KEY)"
    assert found["key"] == "set, from env:OPENAI_API_KEY   (env:OPENAI_API_KEY)"
    assert found["theme"] == "light   (file)"
    assert info(environ, "--profile", "a", "--theme", "nord")["theme"] == "nord   (flag --theme)"
    assert f"{config}   (0600)" in result.stdout
    environ["CUPOLA_CONFIG"] = str(tmp_path / "other.toml")
    assert info(environ, "--config", str(config))["theme"] == "light   (file)"


def test_info_survives_a_broken_file(environ: dict[str, str], tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('theme = "dark\n\x1b[2J')
    found = info(environ, "--config", str(config))
    assert "line 1" in found["warning"]
    result = run(environ, "info", "--config", str(config), "--profile", "prod")
    assert result.returncode == 2
    assert "line 1" in result.stderr and result.stderr.count("\n") == 1
    assert result.stdout.startswith("cupola ")


def test_info_counts_the_ledger(environ: dict[str, str], tmp_path: Path) -> None:
    ledger = tmp_path / "data" / "cupola" / "ledger"
    ledger.mkdir(parents=True)
    (ledger / "a.sqlite3").write_bytes(b"x" * 4200)
    assert info(environ)["ledger"].endswith("(1 file, 4.2 kB)")


def test_info_into_a_closed_pipe(environ: dict[str, str]) -> None:
    result = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m tui info | true; exit 0'],
        env=environ,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert b"Traceback" not in result.stderr and b"Exception" not in result.stderr


def test_info_on_a_terminal_that_is_not_utf8(environ: dict[str, str]) -> None:
    result = run(environ | {"PYTHONIOENCODING": "ascii"}, "info")
    assert result.returncode == 0
    assert "Traceback" not in result.stderr


# The sandbox.


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_sandbox_says_where_it_is_and_ends_when_told(
    environ: dict[str, str], number: signal.Signals
) -> None:
    environ |= {"CUPOLA_SANDBOX_API_KEY": "sk-one-abcdef", "CUPOLA_SANDBOX_ADMIN_KEY": "sk-two-abc"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "sandbox", "--memory", "--seed", "empty", "--json"],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    process.send_signal(number)
    rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest, errors) == (0, b"", b"")
    assert told["base_url"].startswith("http://127.0.0.1:") and told["base_url"].endswith("/v1")
    assert (told["api_key"], told["admin_key"]) == ("sk-one-abcdef", "sk-two-abc")


# Inside.


@pytest.mark.parametrize(
    ("argv", "command", "rest"),
    [
        ([], None, []),
        (["files"], None, ["files"]),
        (["info"], "info", []),
        (["--profile", "info"], None, ["--profile", "info"]),
        (["--profile", "a", "info", "--theme", "x"], "info", ["--profile", "a", "--theme", "x"]),
        (["--profile=a", "info"], "info", ["--profile=a"]),
        (["files", "info"], None, ["files", "info"]),
        (["--", "info"], None, ["--", "info"]),
        (["--sandbox"], None, ["--sandbox"]),
        (["sandbox", "--json"], "sandbox", ["--json"]),
    ],
)
def test_command_words_win_over_resources(
    argv: list[str], command: str | None, rest: list[str]
) -> None:
    assert cli.split_command(argv) == (command, rest)


def test_the_apps_options() -> None:
    assert cli.app_options([]) == AppOptions()
    given = cli.app_options(
        [
            "vs_1",
            "--profile",
            "p",
            "--read-only",
            "--base-url",
            "http://x",
            "--config",
            "c",
            "--theme",
            "t",
            "--stock-driver",
        ]
    )
    assert given == AppOptions(
        target="vs_1",
        profile="p",
        read_only=True,
        base_url="http://x",
        config=Path("c"),
        theme="t",
        stock_driver=True,
    )
    assert cli.app_options(["--", "info"]).target == "info"
    assert cli.app_options(["--sandbox"]).sandbox


def test_the_process_is_prepared(environ: dict[str, str]) -> None:
    code = (
        "import os, resource; from tui import cli; cli.prepare_process();"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0], os.environ.get('NO_COLOR'))"
    )

    def prepared(**more: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code],
            env=environ | more,
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout.strip()

    assert prepared() == "0 None"
    assert prepared(NO_COLOR="") == "0 None"
    assert prepared(NO_COLOR="1") == "0 1"


def test_an_interrupt_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(cli.COMMANDS, "info", interrupted)
    monkeypatch.setattr(cli, "prepare_process", lambda: None)
    assert cli.main(["info"]) == 130
