"""Folders and files: private from the start, replaced whole or not at all."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.core.paths import Paths, private_dir, write_atomically


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
def test_new_folders_and_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "c.toml"
    write_atomically(file, b"x = 1\n")
    assert mode(file) == 0o600
    assert [mode(folder) for folder in (file.parent, file.parent.parent)] == [0o700, 0o700]


@pytest.mark.usefixtures("open_umask")
def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o755)
    private_dir(folder)
    assert mode(folder) == 0o755


def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"old")
    file.chmod(0o640)
    write_atomically(file, b"new")
    assert file.read_bytes() == b"new"
    assert mode(file) == 0o640


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "config.toml"
    write_atomically(real, b"old")
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_a_full_disk_leaves_the_old_file_and_no_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_kill_before_the_rename_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"old")
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from tui.core import paths\n"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "paths.write_atomically(Path(sys.argv[1]), b'new' * 100000)\n"
    )
    result = subprocess.run([sys.executable, "-c", code, str(file)], check=False)
    assert result.returncode == -signal.SIGKILL
    assert file.read_bytes() == b"old"


def test_the_settings_file_can_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.delenv("CUPOLA_CONFIG", raising=False)
    usual = Paths.of_user()
    assert usual.config_file.name == "config.toml"
    monkeypatch.setenv("CUPOLA_CONFIG", str(tmp_path / "variable.toml"))
    assert Paths.of_user().config_file == tmp_path / "variable.toml"
    assert Paths.of_user(tmp_path / "flag.toml").config_file == tmp_path / "flag.toml"
    assert Paths.of_user().log_file.parent == usual.state_dir
    assert usual.ledger_dir.parent == usual.sandbox_dir.parent == usual.data_dir
