"""The first frame's guess: cheap, harmless, and never a wrong profile's name."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from tui.core.quick import QuickLook, quick_look, remember, state_dir


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path)}


def keep(environ: dict[str, str], **values: str) -> Path:
    remember(state_dir(environ), **{"theme": "light", "profile": "prod", "route": "files"} | values)
    return Path(state_dir(environ)) / "last-run"


def test_what_was_remembered_is_seen(environ: dict[str, str]) -> None:
    before = os.umask(0)
    try:
        file = keep(environ)
    finally:
        os.umask(before)
    assert quick_look(environ, []) == QuickLook("light", "prod", "files")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in file.parent.iterdir()] == ["last-run"]


def test_the_first_start_is_the_sandbox_unless_there_is_a_key(environ: dict[str, str]) -> None:
    assert quick_look(environ, []) == QuickLook("", "sandbox", "")
    assert quick_look(environ | {"OPENAI_API_KEY": "k"}, []).profile == ""


@pytest.mark.parametrize(
    ("argv", "more", "profile", "route"),
    [
        (["--profile", "lab"], {}, "lab", ""),
        (["--profile=lab"], {}, "lab", ""),
        (["files", "--profile", "prod"], {}, "prod", "files"),
        (["--sandbox"], {}, "sandbox", ""),
        (["--base-url", "http://x"], {}, "", ""),
        ([], {"CUPOLA_PROFILE": "lab"}, "lab", ""),
        (["--profile", "prod"], {"CUPOLA_PROFILE": "lab"}, "prod", "files"),
        (["--profile"], {}, "prod", "files"),
        (["--profile", "a\x1b[2J"], {}, "", ""),
    ],
)
def test_flags_and_variables_win(
    environ: dict[str, str], argv: list[str], more: dict[str, str], profile: str, route: str
) -> None:
    keep(environ)
    look = quick_look(environ | more, argv)
    assert (look.profile, look.route) == (profile, route)


def test_a_theme_by_flag_wins(environ: dict[str, str]) -> None:
    keep(environ)
    assert quick_look(environ, ["--theme", "nord"]).theme == "nord"


def test_a_key_that_came_or_went_changes_an_implicit_profile(environ: dict[str, str]) -> None:
    keep(environ, profile="sandbox", implicit="sandbox")
    assert quick_look(environ, []).profile == "sandbox"
    assert quick_look(environ | {"OPENAI_API_KEY": "k"}, []).profile == "openai"
    keep(environ, profile="openai", implicit="openai")
    assert quick_look(environ | {"OPENAI_ADMIN_KEY": "k"}, []).profile == "openai"
    assert quick_look(environ, []).profile == "sandbox"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"theme",
        b"theme=\x1b[31m\n",
        b"profile=" + b"x" * 9000,
        b"theme=dark\x00\nprofile=\xe2\x80\xae\n",
    ],
)
def test_a_damaged_file_shows_nothing_odd(environ: dict[str, str], content: bytes) -> None:
    keep(environ).write_bytes(content)
    look = quick_look(environ, [])
    assert all(text.isprintable() for text in (look.theme, look.profile, look.route))


def test_what_cannot_be_shown_is_not_kept(environ: dict[str, str]) -> None:
    keep(environ, profile="a\nroute=evil", route="\x1b")
    assert quick_look(environ, []) == QuickLook("light", "", "")


def test_a_folder_that_cannot_be_written_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    remember(str(tmp_path / "file"), theme="dark", profile="p", route="r")
    (tmp_path / "file").unlink()
    (tmp_path / "last-run").mkdir()
    remember(str(tmp_path), theme="dark", profile="p", route="r")
    assert quick_look({"XDG_STATE_HOME": str(tmp_path)}, []).theme == ""
    assert [entry.name for entry in tmp_path.iterdir()] == ["last-run"]


@pytest.mark.parametrize("home", ["", "  ", "/somewhere/state"])
def test_the_folder_is_the_one_that_paths_names(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", home)
    assert state_dir(os.environ) == platformdirs.user_state_dir("cupola")
    monkeypatch.delenv("XDG_STATE_HOME")
    assert state_dir(os.environ) == platformdirs.user_state_dir("cupola")


def test_it_imports_nothing_that_python_has_not_loaded_already() -> None:
    code = (
        "import sys; before = set(sys.modules); import tui.core.quick;"
        "print(*sorted(set(sys.modules) - before))"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": os.environ["PATH"]},
    )
    assert set(result.stdout.split()) <= {
        "__future__",
        "tui",
        "tui.core",
        "tui.core.quick",
        "os",
        "os.path",
        "stat",
        "_stat",
        "posixpath",
        "genericpath",
        "_collections_abc",
        "_sitebuiltins",
    }
