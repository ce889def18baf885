"""The settings file: read without ever failing the start, changed without losing a comment.

A change is made in the text, and then read back: only where that does not give what was meant
(values over several lines, unusual tables) is the file written anew, with a copy kept beside it.
Two Cupolas may save at once: reading, changing and writing happen under one lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import tomli_w

from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.paths import private_dir, write_atomically
from tui.core.safe_text import clean

Table: TypeAlias = dict[str, Any]
"""A TOML table as `tomllib` gives it."""

_LARGEST = 1024 * 1024
_POSITION = re.compile(r"\(at line (\d+), column \d+\)")
_END = re.compile(r"\(at .*\)$")


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """What the file held, or why it could not be read; then the table is empty."""

    path: Path
    table: Table = field(default_factory=dict)
    text: str = ""
    exists: bool = False
    problem: Problem | None = None
    private: bool = True
    """Whether it is ours and nobody else can read it: only then may it hold a key."""


class _UnreadableError(Exception):
    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def read_settings_file(path: Path) -> SettingsFile:
    """The file as it is; never raises. A file that is not there is an empty one."""
    try:
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            text, table = _decoded(file.read(_LARGEST + 1))
    except FileNotFoundError:
        return SettingsFile(path)
    except OSError as error:
        return _unreadable(path, error.strerror or type(error).__name__)
    except _UnreadableError as error:
        return _unreadable(path, error.reason, line=error.line)
    private = state.st_uid == os.geteuid() and not stat.S_IMODE(state.st_mode) & 0o077
    return SettingsFile(path, table, text, exists=True, private=private)


def _decoded(content: bytes) -> tuple[str, Table]:
    if len(content) > _LARGEST:
        raise _UnreadableError("it is larger than 1 MiB")
    try:
        text = content.decode("utf-8-sig")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _UnreadableError("it is not UTF-8", line) from None
    except tomllib.TOMLDecodeError as error:
        place = _POSITION.search(str(error))
        line = int(place[1]) if place else content.count(b"\n") + 1
        reason = _END.sub("", str(error)).strip()
        raise _UnreadableError(clean(reason, limit=120), line) from None
    except (RecursionError, ValueError):
        # Thousands of brackets, or digits: valid TOML by the letter.
        raise _UnreadableError("it is nested too deeply or holds too long a number") from None


def _unreadable(path: Path, reason: str, *, line: int | None = None) -> SettingsFile:
    where = f"{clean(path)}, line {line}" if line else clean(path)
    problem = Problem(
        "The settings file cannot be read",
        f"{where}: {reason}",
        "It was left as it is; repair it and start again",
        kind=ProblemKind.LOCAL,
    )
    return SettingsFile(path, exists=True, problem=problem)


def change_table(
    path: Path, keys: tuple[str, ...], changes: Mapping[str, object], *, private: bool = False
) -> None:
    """Set values (`None` removes one) in the table at `keys`, which is made if it is not there.

    `private` makes the file 0600 first. Not on the event loop: it waits for the lock. Raises
    `ProblemError` when the file is broken (it is left alone) or cannot be written.
    """

    def change(table: Table) -> None:
        for key in keys:
            table = table.setdefault(key, {})
            if not isinstance(table, dict):
                raise _refused(path, f"{key} is not a table")
        for name, value in changes.items():
            if value is None:
                table.pop(name, None)
            else:
                table[name] = value

    _rewrite(path, change, lambda text: _text_with(text, keys, changes), private=private)


def remove_table(path: Path, keys: tuple[str, ...]) -> None:
    """Take a table out, with all below it. Raises `ProblemError` as `change_table` does."""

    def change(table: Table) -> None:
        for key in keys[:-1]:
            table = table.get(key, {})
        table.pop(keys[-1], None)

    _rewrite(path, change, lambda text: _text_without(text, keys))


def _rewrite(
    path: Path,
    change: Callable[[Table], None],
    change_text: Callable[[str], str],
    *,
    private: bool = False,
) -> None:
    target = path.resolve()
    try:
        with _locked(target):
            before = read_settings_file(target)
            if before.problem is not None:
                raise ProblemError(before.problem)
            wanted = tomllib.loads(before.text)
            change(wanted)
            text = change_text(before.text)
            if _parsed(text) != wanted:
                text = tomli_w.dumps(wanted)
                if before.exists:
                    write_atomically(_beside(target, ".bak"), before.text.encode())
            content = text.encode()
            if private and before.exists and not before.private:
                os.chmod(target, 0o600)
            write_atomically(target, content)
    except (OSError, UnicodeEncodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it would not be UTF-8"
        raise _refused(path, reason or type(error).__name__) from error


def _refused(path: Path, reason: str) -> ProblemError:
    return ProblemError(
        Problem(
            "The settings were not saved",
            f"{clean(path)}: {clean(reason)}",
            "The file is as it was",
            kind=ProblemKind.LOCAL,
        )
    )


def _beside(target: Path, ending: str) -> Path:
    return target.with_name(target.name + ending)


@contextlib.contextmanager
def _locked(target: Path) -> Iterator[None]:
    """One writer at a time; what killed writers left behind is swept by the next."""
    private_dir(target.parent)
    lock = target.with_name(f".{target.name}.lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for left in target.parent.glob(f".{_literal(target.name)}.*"):
            if left != lock and left.is_file():
                left.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)


def _literal(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def _parsed(text: str) -> Table | None:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


# Changes in the text. All of these guess at TOML line by line; `_rewrite` checks the result.


def _header_keys(line: str) -> tuple[str, ...] | None:
    """The keys of a `[table.header]` line; `()` for a header of another sort, else `None`."""
    if not line.lstrip().startswith("["):
        return None
    table = _parsed(line)
    keys: list[str] = []
    while isinstance(table, dict) and len(table) == 1:
        (key, table) = next(iter(table.items()))
        keys.append(key)
    return tuple(keys) if table == {} else ()


def _section(lines: list[str], keys: tuple[str, ...]) -> tuple[int, int] | None:
    """From the line after the table's header to the line before the next header."""
    headers = [(n, found) for n, line in enumerate(lines) if (found := _header_keys(line))]
    starts = [n for n, found in headers if found == keys] if keys else [-1]
    if not starts:
        return None
    after = [n for n, line in enumerate(lines) if n > starts[0] and line.lstrip()[:1] == "["]
    return starts[0] + 1, after[0] if after else len(lines)


def _text_with(text: str, keys: tuple[str, ...], changes: Mapping[str, object]) -> str:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    section = _section(lines, keys)
    if section is None:
        new = [f"{_key(name)} = {_value(v)}\n" for name, v in changes.items() if v is not None]
        gap = ["\n"] if lines and lines[-1].strip() else []
        return "".join([*lines, *gap, f"[{'.'.join(map(_key, keys))}]\n", *new])
    start, end = section
    body = lines[start:end]
    for name, value in changes.items():
        body = _body_with(body, name, value)
    return "".join([*lines[:start], *body, *lines[end:]])


def _body_with(body: list[str], name: str, value: object) -> list[str]:
    assignment = [] if value is None else [f"{_key(name)} = {_value(value)}"]
    for index, line in enumerate(body):
        if "=" in line and (found := _parsed(line)) is not None and list(found) == [name]:
            comment = _comment(line, found)
            new = [f"{text}{comment}\n" for text in assignment]
            return [*body[:index], *new, *body[index + 1 :]]
    last = max((n for n, line in enumerate(body) if line.split("#")[0].strip()), default=-1)
    return [*body[: last + 1], *(f"{text}\n" for text in assignment), *body[last + 1 :]]


def _comment(line: str, found: Table) -> str:
    for index, character in enumerate(line):
        if character == "#" and _parsed(line[:index]) == found:
            return "  " + line[index:].rstrip()
    return ""


def _text_without(text: str, keys: tuple[str, ...]) -> str:
    kept: list[str] = []
    remarks: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        found = _header_keys(line)
        if found is not None:
            inside = found[: len(keys)] == keys
            # What stands right above the next header speaks of that one.
            kept += remarks
            remarks = []
        if not inside:
            kept.append(line)
        elif line.lstrip()[:1] == "#" or (remarks and not line.strip()):
            remarks.append(line)
        else:
            remarks = []
    return "".join([*kept, *remarks])


def _key(name: str) -> str:
    return tomli_w.dumps({name: 0}).rpartition("=")[0].strip()


def _value(value: object) -> str:
    """A value on one line: tables and lists inline."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(str(k))} = {_value(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return tomli_w.dumps({"v": value}).partition("=")[2].strip()
