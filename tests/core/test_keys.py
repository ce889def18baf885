"""Key sources: fetched from where they say, never shown, never in a child's environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from pydantic import SecretStr

from tui.core import keys
from tui.core import log as log_module
from tui.core.errors import Problem
from tui.core.keys import (
    CommandKey,
    EnvironmentKey,
    KeyringKey,
    LiteralKey,
    RefusedKey,
    key_source_as_toml,
    parse_key_source,
    resolve_key,
    resolve_key_async,
    without_keys,
)
from tui.core.log import redact

CANARY = "cAnArY-0123456789"


@pytest.fixture(autouse=True)
def forget_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "_known", {})


def python(code: str) -> CommandKey:
    return CommandKey((sys.executable, "-S", "-c", code))


def secret_of(found: SecretStr | Problem) -> str:
    assert isinstance(found, SecretStr), found
    return found.get_secret_value()


def problem_of(found: SecretStr | Problem) -> Problem:
    assert isinstance(found, Problem)
    assert CANARY not in f"{found!r}"
    return found


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("env:MY_KEY", EnvironmentKey("MY_KEY")),
        (" env: MY_KEY ", EnvironmentKey("MY_KEY")),
        ("command:pass show 'my key'", CommandKey(("pass", "show", "my key"))),
        (["pass", "show", "a b"], CommandKey(("pass", "show", "a b"))),
        ("keyring:cupola/me", KeyringKey("cupola", "me")),
        ("keyring:https://host/v1/me", KeyringKey("https://host/v1", "me")),
        ("sk-abc", LiteralKey(SecretStr("sk-abc"))),
        ("abc:def", LiteralKey(SecretStr("abc:def"))),
    ],
)
def test_sources_as_they_are_written(written: object, source: object) -> None:
    assert parse_key_source(written) == source


@pytest.mark.parametrize(
    "written",
    [
        "",
        "  ",
        "env:",
        "env:A B",
        "env:A=B",
        "command:",
        "command:'open",
        "keyring:",
        "keyring:a",
        "keyring:/b",
        [],
        [1],
        ["", "x"],
        ["a\0b"],
        5,
        None,
        {},
    ],
)
def test_what_is_no_source(written: object) -> None:
    with pytest.raises(ValueError):
        parse_key_source(written)


@pytest.mark.parametrize(
    "written", ["env:MY_KEY", "keyring:cupola/me", "sk-abc", ["pass", "show", "my key"]]
)
def test_a_source_is_written_as_it_was_read(written: object) -> None:
    assert key_source_as_toml(parse_key_source(written)) == written


def test_a_refused_key_is_not_written() -> None:
    with pytest.raises(ValueError):
        key_source_as_toml(RefusedKey("others can read it"))


def test_sources_show_no_secret() -> None:
    source = LiteralKey(SecretStr(CANARY))
    assert CANARY not in f"{source} {source!r}"
    assert str(CommandKey(("vault", "read", "secret/prod"))) == "command:vault"


def test_the_environment() -> None:
    assert secret_of(resolve_key(EnvironmentKey("K"), environ={"K": f" {CANARY}\n"})) == CANARY
    assert "K" in problem_of(resolve_key(EnvironmentKey("K"), environ={"K": " "})).detail
    assert problem_of(resolve_key(EnvironmentKey("K"), environ={})).hint


def test_a_found_key_is_hidden_from_then_on() -> None:
    resolve_key(EnvironmentKey("K"), environ={"K": CANARY})
    assert CANARY not in redact(f"401: bad key {CANARY}")


def test_no_source_and_a_refused_one() -> None:
    assert "no key source" in problem_of(resolve_key(None)).detail
    refused = problem_of(resolve_key(RefusedKey("others can read it", "chmod 600 f")))
    assert (refused.detail, refused.hint) == ("others can read it", "chmod 600 f")


@pytest.mark.parametrize("value", ["two words", "line\nline", "schlüssel", "\x1b[2J", "x" * 20_000])
def test_a_key_is_one_line_of_plain_characters(value: str) -> None:
    problem = problem_of(resolve_key(LiteralKey(SecretStr(value))))
    assert value not in f"{problem!r}"


def test_a_command_prints_the_key() -> None:
    assert secret_of(resolve_key(python(f"print('{CANARY}')"))) == CANARY


def test_a_command_gets_no_shell_and_no_input() -> None:
    assert secret_of(resolve_key(CommandKey(("echo", "$HOME;x")))) == "$HOME;x"
    code = f"import sys; print(sys.stdin.read() + '{CANARY}')"
    assert secret_of(resolve_key(python(code))) == CANARY


def test_a_command_does_not_inherit_other_keys() -> None:
    code = "import os; print(os.environ.get('OPENAI_API_KEY', 'none') + os.environ['KEEP'])"
    environ = {**os.environ, "OPENAI_API_KEY": CANARY, "KEEP": "-kept"}
    assert secret_of(resolve_key(python(code), environ=environ)) == "none-kept"


def test_a_failing_command_says_only_its_status(capfd: pytest.CaptureFixture[str]) -> None:
    code = f"import sys; print('{CANARY}'); sys.stderr.write('{CANARY}'); sys.exit(3)"
    problem = problem_of(resolve_key(python(code)))
    assert "status 3" in problem.detail
    assert CANARY not in "".join(capfd.readouterr())


def test_a_command_that_is_not_there() -> None:
    problem = problem_of(resolve_key(CommandKey(("no-such-program-here", CANARY))))
    assert "no-such-program-here" in problem.detail


def test_a_command_that_says_nothing() -> None:
    assert "gave nothing" in problem_of(resolve_key(python("pass"))).detail


def test_a_late_command_is_ended_with_its_children(tmp_path: Path) -> None:
    """A grandchild that holds the pipe must not keep us waiting, nor stay behind."""
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    script = f"exec 3>{fifo}; sleep 600 & echo started >&3; wait"
    found = keys._from_command(("sh", "-c", script), os.environ, timeout=0.5)
    assert isinstance(found, Problem)
    assert "longer than 0.5 seconds" in found.detail
    os.set_blocking(reader, True)
    assert os.read(reader, 100) == b"started\n"
    assert os.read(reader, 100) == b""
    os.close(reader)


def test_a_command_that_prints_without_end_is_ended() -> None:
    problem = problem_of(resolve_key(CommandKey(("yes", CANARY))))
    assert "without end" in problem.detail


async def test_the_async_way_gives_the_same() -> None:
    assert secret_of(await resolve_key_async(python(f"print('{CANARY}')"))) == CANARY
    found = await resolve_key_async(EnvironmentKey("K"), environ={"K": CANARY})
    assert secret_of(found) == CANARY


class KeyringError(Exception):
    """As the package's own."""


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[tuple[str, str], str | Exception]]:
    held: dict[tuple[str, str], str | Exception] = {}

    def get_password(service: str, user: str) -> str | None:
        value = held.get((service, user))
        if isinstance(value, Exception):
            raise value
        return value

    module = ModuleType("keyring")
    module.__dict__.update(
        get_password=get_password, errors=SimpleNamespace(KeyringError=KeyringError)
    )
    monkeypatch.setitem(sys.modules, "keyring", module)
    yield held


def test_the_keyring(keyring: dict[tuple[str, str], str | Exception]) -> None:
    keyring["cupola", "me"] = CANARY
    assert secret_of(resolve_key(KeyringKey("cupola", "me"))) == CANARY
    assert "gave nothing" in problem_of(resolve_key(KeyringKey("cupola", "you"))).detail


def test_a_locked_keyring_says_so_and_nothing_else(
    keyring: dict[tuple[str, str], str | Exception],
) -> None:
    keyring["cupola", "me"] = KeyringError(f"locked {CANARY}")
    assert "KeyringError" in problem_of(resolve_key(KeyringKey("cupola", "me"))).detail


def test_without_the_keyring_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    problem = problem_of(resolve_key(KeyringKey("cupola", "me")))
    assert "not installed" in problem.detail


def test_children_get_no_credentials() -> None:
    environ = {
        "PATH": "/bin",
        "OPENAI_API_KEY": "1",
        "openai_admin_key": "2",
        "AZURE_OPENAI_API_KEY": "3",
        "CUPOLA_SANDBOX_ADMIN_KEY": "4",
        "GROQ_API_KEY": "5",
        "EDITOR": "vi",
    }
    assert without_keys(environ, EnvironmentKey("GROQ_API_KEY"), None) == {
        "PATH": "/bin",
        "EDITOR": "vi",
    }
