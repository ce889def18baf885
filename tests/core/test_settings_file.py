"""The settings file: no content stops the start, no save loses a comment or another's change."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from tui.core.errors import ProblemError
from tui.core.keys import CommandKey, EnvironmentKey, LiteralKey
from tui.core.paths import Paths
from tui.core.profiles import (
    profile_as_table,
    profile_of,
    remove_profile,
    save_profile,
    save_settings,
)
from tui.core.settings import Profile, ServerKind
from tui.core.settings_file import change_table, read_settings_file, remove_table


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    before = os.umask(0)
    yield tmp_path / "config" / "config.toml"
    os.umask(before)


@pytest.fixture
def paths(path: Path, tmp_path: Path) -> Paths:
    return Paths(config_file=path, data_dir=tmp_path / "data", state_dir=tmp_path / "state")


def write(path: Path, text: str | bytes, mode: int = 0o600) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


COMMENTED = """\
# My settings. Do not touch.
theme = "light"  # easier on the eyes

[profiles.prod]  # careful
# the real one
kind = "openai"
key = "env:PROD_KEY"  # from the vault
read_only = true
color = "#aa0000" # red

# what follows is a toy
[profiles."local box"]
kind = "compatible"
base_url = "http://localhost:8080/v1"

[unknown.future]
kept = [1, 2]
"""


# Reading.


def test_a_file_that_is_not_there_is_empty(path: Path) -> None:
    file = read_settings_file(path)
    assert (file.exists, file.table, file.problem) == (False, {}, None)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'theme = "dark"\nread_only = yes\n', 2),
        (b'theme = "dark\n', 1),
        (b"\n\n[profiles.x\n", 3),
        (b"a = 1\n\na = 2\n", 3),
        (b'a = "\x1b[2J"\n', 1),
        (b'# fine\nname = "caf\xe9"\n', 2),
        (b"theme = ", 1),
        (b'[a]\nx = """never\nended\n', 4),
    ],
)
def test_a_broken_file_names_its_line(path: Path, content: bytes, line: int) -> None:
    write(path, content)
    file = read_settings_file(path)
    assert file.problem is not None
    assert f"line {line}" in file.problem.detail
    assert "\x1b" not in str(file.problem)
    assert file.table == {}


@pytest.mark.parametrize(
    "content",
    [b"x = " + b"[" * 50_000, b"x = 1\n" * 400_000, b"x = " + b"9" * 10_000],
    ids=["deep", "large", "long number"],
)
def test_monstrous_files(path: Path, content: bytes) -> None:
    write(path, content)
    assert read_settings_file(path).problem is not None


def test_a_folder_and_a_forbidden_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.mkdir(parents=True)
    assert read_settings_file(path).problem is not None

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    problem = read_settings_file(path).problem
    assert problem is not None and "Permission denied" in problem.detail


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(content)
    file = read_settings_file(path)
    assert file.problem is None or file.table == {}


def test_a_byte_order_mark_is_passed_over(path: Path) -> None:
    write(path, b'\xef\xbb\xbftheme = "light"\n')
    assert read_settings_file(path).table == {"theme": "light"}


@pytest.mark.parametrize(
    ("bits", "private"), [(0o600, True), (0o400, True), (0o640, False), (0o604, False)]
)
def test_whether_others_can_read_it(path: Path, bits: int, private: bool) -> None:
    write(path, "x = 1\n", bits)
    assert read_settings_file(path).private is private


# Saving.


def test_a_first_save_makes_a_private_file(paths: Paths) -> None:
    save_profile(paths, Profile(name="work", key=EnvironmentKey("WORK_KEY")))
    assert mode(paths.config_file) == 0o600
    assert mode(paths.config_file.parent) == 0o700
    assert read_settings_file(paths.config_file).table == {
        "profiles": {"work": {"kind": "openai", "key": "env:WORK_KEY"}}
    }


def test_a_new_profile_is_appended_and_all_else_stays(paths: Paths) -> None:
    write(paths.config_file, COMMENTED)
    save_profile(
        paths,
        Profile(
            name="azure.eu",
            kind=ServerKind.AZURE,
            base_url="https://r.openai.azure.com",
            key=CommandKey(("pass", "show", 'a "b"')),
            query={"api-version": "preview"},
            headers={"X-Team": "a, b"},
            read_timeout=30.0,
            ca_bundle=Path("/etc/ca.pem"),
        ),
    )
    text = paths.config_file.read_text()
    assert text.startswith(COMMENTED)
    assert not (paths.config_file.parent / "config.toml.bak").exists()
    assert tomllib.loads(text)["profiles"]["azure.eu"] == {
        "kind": "azure",
        "base_url": "https://r.openai.azure.com/openai/v1",
        "key_command": ["pass", "show", 'a "b"'],
        "query": {"api-version": "preview"},
        "headers": {"X-Team": "a, b"},
        "read_timeout": 30.0,
        "ca_bundle": "/etc/ca.pem",
    }


def test_a_changed_profile_keeps_comments_and_unknown_keys(paths: Paths) -> None:
    write(paths.config_file, COMMENTED.replace("read_only = true", "read_only = true\nmy_own = 1"))
    prod = profile_of("prod", read_settings_file(paths.config_file).table["profiles"]["prod"])
    save_profile(
        paths,
        prod.model_copy(
            update={"read_only": False, "key": EnvironmentKey("NEW_KEY"), "organization": "org-1"}
        ),
    )
    text = paths.config_file.read_text()
    for comment in (
        "# My settings. Do not touch.",
        "# easier on the eyes",
        "# careful",
        "# the real one",
        "# from the vault",
        "# red",
        "# what follows is a toy",
    ):
        assert comment in text
    assert tomllib.loads(text)["profiles"]["prod"] == {
        "kind": "openai",
        "key": "env:NEW_KEY",
        "color": "#aa0000",
        "my_own": 1,
        "organization": "org-1",
    }
    assert tomllib.loads(text)["unknown"] == {"future": {"kept": [1, 2]}}


def test_a_setting_is_changed_in_its_line(paths: Paths) -> None:
    write(paths.config_file, COMMENTED)
    save_settings(paths, {"theme": "dark", "default_profile": "prod"})
    text = paths.config_file.read_text()
    assert 'theme = "dark"  # easier on the eyes\ndefault_profile = "prod"\n' in text
    save_settings(paths, {"theme": None})
    assert "theme" not in read_settings_file(paths.config_file).table
    with pytest.raises(ValueError):
        save_settings(paths, {"theem": "dark"})
    with pytest.raises(ValueError):
        save_settings(paths, {"page_size": 0})


def test_a_profile_can_become_the_default(paths: Paths) -> None:
    save_profile(paths, Profile(name="a"), make_default=True)
    table = read_settings_file(paths.config_file).table
    assert table["default_profile"] == "a" and "a" in table["profiles"]


def test_what_the_text_edit_cannot_do_is_rewritten_with_a_copy(paths: Paths) -> None:
    original = (
        '# remember\n[profiles.a]\nkind = "compatible"\nbase_url = "http://h/v1"\n'
        'key_command = [\n  "pass",\n  "x",\n]\n\n[profiles.a.query]\nx = "1"\n'
    )
    write(paths.config_file, original)
    save_profile(
        paths,
        Profile(
            name="a",
            kind=ServerKind.COMPATIBLE,
            base_url="http://h/v1",
            key=EnvironmentKey("K"),
            query={"y": "2"},
        ),
    )
    copy = paths.config_file.parent / "config.toml.bak"
    assert copy.read_text() == original
    assert mode(copy) == 0o600
    assert read_settings_file(paths.config_file).table["profiles"]["a"] == {
        "kind": "compatible",
        "base_url": "http://h/v1",
        "key": "env:K",
        "query": {"y": "2"},
    }


def test_lines_that_only_look_like_tables_are_not_edited(paths: Paths) -> None:
    write(paths.config_file, 'note = """\n[profiles.a]\ntheme = "x"\n"""\n')
    save_profile(paths, Profile(name="a"))
    table = read_settings_file(paths.config_file).table
    assert table["note"] == '[profiles.a]\ntheme = "x"\n'
    assert table["profiles"] == {"a": {"kind": "openai"}}


def test_a_removed_profile_leaves_the_others_and_their_comments(paths: Paths) -> None:
    write(paths.config_file, COMMENTED)
    remove_profile(paths, "prod")
    text = paths.config_file.read_text()
    assert "# My settings" in text and "# what follows is a toy" in text
    assert list(tomllib.loads(text)["profiles"]) == ["local box"]
    remove_profile(paths, "never was")
    assert paths.config_file.read_text() == text


def test_a_broken_file_is_never_overwritten(paths: Paths) -> None:
    write(paths.config_file, "[profiles\n")
    with pytest.raises(ProblemError, match="line 1"):
        save_profile(paths, Profile(name="a"))
    with pytest.raises(ProblemError):
        remove_profile(paths, "a")
    assert paths.config_file.read_text() == "[profiles\n"


def test_profiles_that_are_no_table_are_told(path: Path) -> None:
    write(path, "profiles = 1\n")
    with pytest.raises(ProblemError, match="not a table"):
        change_table(path, ("profiles", "a"), {"kind": "openai"})


def test_a_literal_key_closes_the_file_first(paths: Paths) -> None:
    write(paths.config_file, "# mine\n", 0o644)
    save_profile(paths, Profile(name="a", key=LiteralKey(SecretStr("sk-abcdefgh"))))
    assert mode(paths.config_file) == 0o600
    assert "sk-abcdefgh" in paths.config_file.read_text()


def test_another_save_leaves_the_mode_alone(paths: Paths) -> None:
    write(paths.config_file, "# mine\n", 0o640)
    save_profile(paths, Profile(name="a"))
    assert mode(paths.config_file) == 0o640


def test_a_linked_file_stays_linked(paths: Paths, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "cupola.toml"
    write(real, "# here\n")
    paths.config_file.parent.mkdir()
    paths.config_file.symlink_to(real)
    save_profile(paths, Profile(name="a"))
    assert paths.config_file.is_symlink()
    assert real.read_text().startswith("# here\n")
    assert "a" in read_settings_file(real).table["profiles"]


def test_a_full_disk_is_told_and_changes_nothing(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(paths.config_file, COMMENTED)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProblemError, match="No space left"):
        save_profile(paths, Profile(name="a"))
    assert paths.config_file.read_text() == COMMENTED


def test_the_sandbox_name_is_taken(paths: Paths) -> None:
    with pytest.raises(ProblemError, match="taken"):
        save_profile(paths, Profile(name="sandbox"))
    save_profile(paths, Profile(name="sandbox", kind=ServerKind.SANDBOX, color="green"))


ODD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(ODD, ODD, st.one_of(ODD, st.integers(), st.booleans(), st.lists(ODD, max_size=3)))
@settings(deadline=None, max_examples=60)
def test_any_table_key_and_value_survive(
    tmp_path_factory: pytest.TempPathFactory, table: str, key: str, value: object
) -> None:
    path = tmp_path_factory.mktemp("odd") / "c.toml"
    write(path, COMMENTED)
    change_table(path, ("profiles", table), {key: value})
    change_table(path, ("profiles", table), {key: [value]})
    found = tomllib.loads(path.read_text("utf-8"))
    assert found["profiles"][table][key] == [value]
    assert found["unknown"] == {"future": {"kept": [1, 2]}}
    remove_table(path, ("profiles", table))
    assert table not in tomllib.loads(path.read_text("utf-8"))["profiles"]


@pytest.mark.parametrize(
    "profile",
    [
        Profile(name="a"),
        Profile(name="b", kind=ServerKind.SANDBOX),
        Profile(name="c d", base_url="http://localhost:1", admin_key=CommandKey(("x", "y"))),
        Profile(
            name="e",
            key=LiteralKey(SecretStr("sk-abcdefgh")),
            project="proj_1",
            read_only=True,
            headers={"X-A": "1"},
            connect_timeout=1.5,
            color="red",
        ),
    ],
)
def test_a_profile_is_read_as_it_was_written(profile: Profile) -> None:
    assert profile_of(profile.name, profile_as_table(profile)) == profile


# Two at once, and killed ones.

WRITER = """
import sys
from pathlib import Path
from tui.core.settings_file import change_table
for number in range(int(sys.argv[3])):
    change_table(Path(sys.argv[1]), ("profiles", f"{sys.argv[2]}{number}"), {"kind": "openai"})
    print(number, flush=True)
"""


def writer(path: Path, name: str, times: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(times)], stdout=subprocess.PIPE
    )


def test_two_writers_lose_nothing(path: Path) -> None:
    write(path, COMMENTED)
    both = [writer(path, name, 25) for name in "xy"]
    for process in both:
        process.communicate()
        assert process.returncode == 0
    found = tomllib.loads(path.read_text())["profiles"]
    assert set(found) == {"prod", "local box"} | {f"{n}{i}" for n in "xy" for i in range(25)}
    assert path.read_text().startswith(COMMENTED)


def test_killed_writers_lose_nothing_that_was_saved(path: Path) -> None:
    write(path, COMMENTED)
    for name, lines in zip("abcde", (1, 3, 2, 5, 4), strict=True):
        process = writer(path, name, 10_000)
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(lines)]
        process.kill()
        process.communicate()
        saved = tomllib.loads(path.read_text())["profiles"]
        assert {f"{name}{number}" for number in told} <= set(saved)
    (path.parent / ".config.toml.leftover").write_text("x")
    change_table(path, ("profiles", "last"), {"kind": "openai"})
    assert sorted(file.name for file in path.parent.iterdir()) == [
        ".config.toml.lock",
        "config.toml",
    ]
