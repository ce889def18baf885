"""Where a key comes from and how it is fetched: never shown, logged or put on a command line."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import SecretStr

from tui.core.errors import Problem, ProblemKind
from tui.core.log import hide
from tui.core.safe_text import clean

COMMAND_TIMEOUT = 10.0
"""Seconds that a key command may take (design 11)."""
_LONGEST_KEY = 16 * 1024
_CREDENTIAL_VARIABLES = ("OPENAI_", "AZURE_OPENAI_", "CUPOLA_SANDBOX_")


@dataclass(frozen=True, slots=True)
class EnvironmentKey:
    """`env:NAME`."""

    name: str

    def __str__(self) -> str:
        return f"env:{self.name}"


@dataclass(frozen=True, slots=True)
class CommandKey:
    """`command:…` or `key_command = [...]`: a program that prints the key; no shell is involved."""

    argv: tuple[str, ...]

    def __str__(self) -> str:
        # Arguments may name vaults and accounts: the program is enough to recognise it by.
        return f"command:{self.argv[0]}"


@dataclass(frozen=True, slots=True)
class KeyringKey:
    """`keyring:service/user`: the system's credential store, when the keyring package is there."""

    service: str
    user: str

    def __str__(self) -> str:
        return f"keyring:{self.service}/{self.user}"


@dataclass(frozen=True, slots=True)
class LiteralKey:
    """The key itself, in a settings file that only its owner can read."""

    secret: SecretStr

    def __str__(self) -> str:
        return "the settings file"


@dataclass(frozen=True, slots=True)
class RefusedKey:
    """A key that is there and must not be used; the reason is shown instead."""

    reason: str
    hint: str = ""

    def __str__(self) -> str:
        return f"refused: {self.reason}"


KeySource: TypeAlias = EnvironmentKey | CommandKey | KeyringKey | LiteralKey | RefusedKey


def parse_key_source(value: object) -> KeySource:
    """A source as the settings write it: a string, or an argument list. Raises `ValueError`.

    What has no known prefix is the key itself.
    """
    if isinstance(value, list | tuple):
        return _command(value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a key source is a text such as env:NAME, or a list of arguments")
    scheme, colon, rest = value.strip().partition(":")
    rest = rest.strip()
    match scheme if colon else "":
        case "env":
            if not rest or any(c in rest for c in "=\0 \t\n"):
                raise ValueError("env: wants the name of an environment variable")
            return EnvironmentKey(rest)
        case "command":
            try:
                return _command(shlex.split(rest))
            except ValueError as error:
                raise ValueError(f"command: {error}") from None
        case "keyring":
            service, slash, user = rest.rpartition("/")
            if not (slash and service and user):
                raise ValueError("keyring: wants SERVICE/USER")
            return KeyringKey(service, user)
        case _:
            return LiteralKey(SecretStr(value.strip()))


def _command(arguments: Sequence[object]) -> CommandKey:
    if not arguments or not all(isinstance(part, str) and "\0" not in part for part in arguments):
        raise ValueError("a key command is a list of texts, the program first")
    if not str(arguments[0]).strip():
        raise ValueError("a key command begins with a program")
    return CommandKey(tuple(str(part) for part in arguments))


def key_source_as_toml(source: KeySource) -> str | list[str]:
    """The source as the settings file keeps it. A literal key is written out: its file is 0600."""
    match source:
        case CommandKey(argv):
            return list(argv)
        case LiteralKey(secret):
            return secret.get_secret_value()
        case RefusedKey():
            raise ValueError("a refused key is not saved")
        case _:
            return str(source)


def resolve_key(
    source: KeySource | None, *, environ: Mapping[str, str] | None = None
) -> SecretStr | Problem:
    """The key, or why there is none. Runs a command or asks the keyring: not on the event loop."""
    found: str | Problem
    match source:
        case None:
            found = _problem("No key is set", "this profile names no key source")
        case RefusedKey(reason, hint):
            found = _problem("The key is not used", reason, hint=hint)
        case LiteralKey(secret):
            found = secret.get_secret_value()
        case EnvironmentKey(name):
            found = _from_environment(name, os.environ if environ is None else environ)
        case CommandKey(argv):
            found = _from_command(argv, os.environ if environ is None else environ)
        case KeyringKey(service, user):
            found = _from_keyring(service, user)
    return found if isinstance(found, Problem) else _checked(found, source)


async def resolve_key_async(
    source: KeySource | None, *, environ: Mapping[str, str] | None = None
) -> SecretStr | Problem:
    """`resolve_key` off the event loop."""
    if isinstance(source, CommandKey | KeyringKey):
        return await asyncio.to_thread(resolve_key, source, environ=environ)
    return resolve_key(source, environ=environ)


def without_keys(environ: Mapping[str, str], *sources: KeySource | None) -> dict[str, str]:
    """An environment for children (editor, pager, key command) that holds no credential.

    Leaves out `OPENAI_*` and the like, and the variables that the given sources name.
    """
    named = {source.name for source in sources if isinstance(source, EnvironmentKey)}
    return {
        name: value
        for name, value in environ.items()
        if name not in named and not name.upper().startswith(_CREDENTIAL_VARIABLES)
    }


def _from_environment(name: str, environ: Mapping[str, str]) -> str | Problem:
    value = environ.get(name, "").strip()
    if value:
        return value
    return _problem(
        "No key is set",
        f"the environment variable {clean(name)} is empty or missing",
        hint=f"export {clean(name)} before starting, or name another key source",
    )


def _from_command(
    argv: tuple[str, ...], environ: Mapping[str, str], *, timeout: float = COMMAND_TIMEOUT
) -> str | Problem:
    program = clean(argv[0])
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=without_keys(environ),
            start_new_session=True,
        )
    except OSError as error:
        return _problem("The key command did not start", f"{program}: {error.strerror}")
    with process:
        output = _read_until(process, time.monotonic() + timeout)
        if output is None:
            # Its whole session goes: a grandchild that holds the pipe would keep us waiting.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if output is None:
        return _problem(
            "The key command did not answer",
            f"{program} took longer than {timeout:g} seconds, or printed without end",
            hint="run it once in a terminal: it may be waiting for a password",
        )
    if process.returncode != 0:
        return _problem(
            "The key command failed",
            f"{program} ended with status {process.returncode}",
            hint="run it in a terminal to see what it says",
        )
    return output.decode("utf-8", "replace").strip()


def _read_until(process: subprocess.Popen[bytes], deadline: float) -> bytes | None:
    """All that a process prints until it ends; `None` if it is late or prints too much."""
    assert process.stdout is not None
    output = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while len(output) <= _LONGEST_KEY:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return None
            part = os.read(process.stdout.fileno(), 4096)
            if not part:
                break
            output += part
        else:
            return None
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return None
    return output


def _from_keyring(service: str, user: str) -> str | Problem:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return _problem(
            "The keyring is not available",
            "the Python package keyring is not installed",
            hint="install it beside Cupola, or name another key source",
        )
    # Backends raise what they like; the package's own base class is the documented one.
    failures = (keyring.errors.KeyringError, RuntimeError, OSError)
    try:
        value = keyring.get_password(service, user)
    except failures as error:
        return _problem("The keyring did not answer", f"{service}/{user}: {type(error).__name__}")
    return str(value or "").strip()


def _checked(value: str, source: KeySource | None) -> SecretStr | Problem:
    """A key goes into a header: printable ASCII on one line, or it is not one."""
    if not value:
        return _problem("No key is set", f"{clean(source)} gave nothing")
    if len(value) > _LONGEST_KEY or not value.isascii() or not value.isprintable() or " " in value:
        return _problem(
            "The key cannot be used",
            f"{clean(source)} gave something that is not one line of plain characters",
        )
    secret = SecretStr(value)
    hide(secret)
    return secret


def _problem(title: str, detail: str, *, hint: str = "") -> Problem:
    return Problem(title, detail, hint, kind=ProblemKind.LOCAL)
