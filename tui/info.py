"""`cupola info`: what is in effect and where it comes from, for people and bug reports; no keys."""

from __future__ import annotations

import os
import platform
import stat
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from tui import __version__, terminal
from tui.core import formats
from tui.core.errors import ProblemError
from tui.core.keys import EnvironmentKey, KeySource, RefusedKey
from tui.core.paths import Paths
from tui.core.resolution import Flags, Resolved, load
from tui.core.safe_text import clean
from tui.core.settings import Profile, Settings
from tui.options import AppOptions

PACKAGES = (
    "textual",
    "rich",
    "httpx",
    "pydantic",
    "truststore",
    "starlette",
    "uvicorn",
    "tiktoken",
    "keyring",
)
_WIDTH = 20


def show_info(options: AppOptions) -> int:
    """Write the report to standard output. Status 2 if the profile asked for cannot be had."""
    paths = Paths.of_user(options.config)
    flags = Flags(
        profile=options.profile,
        sandbox=options.sandbox,
        read_only=options.read_only,
        base_url=options.base_url,
        theme=options.theme,
    )
    lines = [*_versions(), "", *_places(paths), ""]
    problem = None
    try:
        lines += _in_effect(load(flags, environ=os.environ, paths=paths), os.environ)
    except ProblemError as error:
        problem = error.problem
    lines += ["", *_terminal(os.environ)]
    if sys.stdout is not None:
        sys.stdout.write("\n".join(line.rstrip() for line in lines) + "\n")
    if problem is None:
        return 0
    if sys.stderr is not None:
        sys.stderr.write(f"cupola: {clean(problem)}\n")
    return 2


def _line(name: str, value: object, source: str = "") -> str:
    if isinstance(value, bool):
        value = "yes" if value else "no"
    text = clean("–" if value is None or value == "" or value == () else value, limit=300)
    return f"{name:<{_WIDTH}}{text}" + (f"   ({clean(source)})" if source else "")


def _versions() -> Iterator[str]:
    yield _line("cupola", __version__)
    yield _line("python", f"{platform.python_version()}  {sys.executable}")
    yield _line("system", f"{platform.system()} {platform.release()} {platform.machine()}")
    for package in PACKAGES:
        try:
            yield _line(package, metadata.version(package))
        except metadata.PackageNotFoundError:
            yield _line(package, "not installed")


def _places(paths: Paths) -> Iterator[str]:
    yield _line("settings file", paths.config_file, _mode(paths.config_file))
    yield _line("data", paths.data_dir, _mode(paths.data_dir))
    yield _line("state", paths.state_dir, _mode(paths.state_dir))
    yield _line("log", paths.log_file, _mode(paths.log_file))
    yield _line("ledger", paths.ledger_dir, _size(paths.ledger_dir))
    yield _line("sandbox data", paths.sandbox_dir, _size(paths.sandbox_dir))


def _mode(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        return "not there" if isinstance(error, FileNotFoundError) else str(error.strerror)
    return f"{mode:04o}" + (", others can read it" if mode & 0o077 else "")


def _size(folder: Path) -> str:
    if not folder.is_dir():
        return "not there"
    sizes = []
    for path in folder.rglob("*"):
        try:
            state = path.lstat()
        except OSError:
            continue  # It went away while we looked: another Cupola is at work.
        if stat.S_ISREG(state.st_mode):
            sizes.append(state.st_size)
    return f"{formats.counted(len(sizes), 'file')}, {formats.byte_size(sum(sizes))}"


def _in_effect(resolved: Resolved, environ: Mapping[str, str]) -> Iterator[str]:
    chosen = resolved.values["profile"]
    nobody = "nobody chose one and there is no key" if resolved.implicit_sandbox else ""
    yield _line("profile", chosen.value, nobody or chosen.source)
    profile = resolved.profile
    for name in Profile.model_fields:
        if name == "name":
            continue
        value = resolved.values[f"profile.{name}"].value
        if name in {"key", "admin_key"}:
            value = _key_state(getattr(profile, name), environ)
        elif name == "base_url" and profile.starts_sandbox:
            value = "chosen at start, on 127.0.0.1"
        elif isinstance(value, tuple):
            value = ", ".join(value)
        yield _line(f"  {name}", value, resolved.values[f"profile.{name}"].source)
    yield ""
    for name in Settings.model_fields:
        entry = resolved.values[name]
        yield _line(name, entry.value, entry.source)
    yield ""
    yield _line("profiles", ", ".join(sorted(resolved.profiles)))
    for warning in resolved.warnings:
        yield _line("warning", warning)


def _key_state(source: KeySource | None, environ: Mapping[str, str]) -> str:
    """Whether a key is there, never any of it. Commands and keyrings are not asked."""
    match source:
        case None:
            return "none"
        case EnvironmentKey(name):
            there = environ.get(name, "").strip()
            return f"set, from {source}" if there else f"missing: {source} is not set"
        case RefusedKey():
            return str(source)
        case _:
            return f"from {source}"


def _terminal(environ: Mapping[str, str]) -> Iterator[str]:
    yield _line("terminal", terminal.refusal(environ) or "can run the app")
    for name in ("TERM", "COLORTERM", "TERM_PROGRAM", "NO_COLOR", "LANG", "LC_ALL"):
        if name in environ:
            yield _line(f"  {name}", environ[name])
    for descriptor, name in ((0, "input"), (1, "output"), (2, "error")):
        yield _line(f"  {name}", "a terminal" if os.isatty(descriptor) else "not a terminal")
    try:
        size = os.get_terminal_size(2)
        yield _line("  size", f"{size.columns} x {size.lines}")
    except OSError:
        yield _line("  size", "unknown")
    yield _line("  encoding", getattr(sys.stdout, "encoding", None))
