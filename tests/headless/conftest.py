"""The commands from outside: a fresh person's environment, and servers to speak to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tui.sandbox.thread import RunningSandbox, running_sandbox

ROOT = Path(__file__).resolve().parent.parent.parent

Cupola = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of a person who has nothing yet."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "VIRTUAL_ENV"}}
    return kept | {
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": str(ROOT),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSandbox]:
    with running_sandbox(seed="empty") as sandbox:
        yield sandbox


@pytest.fixture
def environ(home: dict[str, str], server: RunningSandbox) -> dict[str, str]:
    """The same person with a key for the server of this module."""
    return home | {"OPENAI_API_KEY": server.api_key, "OPENAI_BASE_URL": server.base_url}


def run(environ: dict[str, str], *arguments: str, **options: Any) -> Any:
    settings: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }
    if "input" in options:
        del settings["stdin"]
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        env=environ,
        timeout=60,
        check=False,
        text=True,
        errors="replace",
        **(settings | options),
    )


@pytest.fixture
def cupola(environ: dict[str, str]) -> Cupola:
    """Runs the command against the server of this module."""

    def command(*arguments: str, **options: Any) -> Any:
        return run(environ, *arguments, **options)

    return command


@pytest.fixture(scope="module")
def api(server: RunningSandbox) -> Iterator[httpx.Client]:
    """Plain HTTP, to fill the server."""
    headers = {"Authorization": f"Bearer {server.api_key}", "OpenAI-Beta": "assistants=v2"}
    with httpx.Client(base_url=server.base_url, headers=headers, trust_env=False) as made:
        yield made


def upload(api: httpx.Client, name: str, content: bytes = b"text\n") -> str:
    """A file on the server; its id."""
    reply = api.post("/files", data={"purpose": "assistants"}, files={"file": (name, content)})
    reply.raise_for_status()
    return str(reply.json()["id"])
