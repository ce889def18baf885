"""The house for tests of the ui: one demo world for reading, a fresh one for whoever changes it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ui.house import House, demo_sandbox
from tui.options import AppOptions
from tui.sandbox.thread import RunningSandbox

MakeHouse = Callable[..., House]


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """UTC, true colour, and a home of its own."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "CUPOLA_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def demo() -> Iterator[RunningSandbox]:
    """The demo world, shared: only for tests that change nothing."""
    with demo_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def own_demo() -> Iterator[RunningSandbox]:
    """A demo world of the test's own."""
    with demo_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def empty() -> Iterator[RunningSandbox]:
    """An empty world of the test's own."""
    with demo_sandbox("empty") as sandbox:
        yield sandbox


@pytest.fixture
def make_house(tmp_path: Path) -> MakeHouse:
    """Builds the program on a sandbox: `make_house(demo, target="files")`."""

    def make(sandbox: RunningSandbox, **options: object) -> House:
        return House(sandbox, tmp_path, AppOptions(**options))  # type: ignore[arg-type]

    return make
