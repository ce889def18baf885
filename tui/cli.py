"""The command line: what was asked for, and the exit status (design 11).

`cupola [RESOURCE|ID]` opens the app; `info` and `sandbox` are commands, and win over resources of
the same name. Wrong use, or no terminal: status 2 and one line on standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tui import __version__, terminal
from tui.core.safe_text import clean
from tui.options import AppOptions

WRONG_USE = 2
INTERRUPTED = 130
READER_GONE = 141
"""128 + SIGPIPE: whoever read our output left."""

_WITH_VALUE = frozenset({"--profile", "--base-url", "--config", "--theme"})


def main(argv: Sequence[str]) -> int:
    """Do what the arguments ask; returns the exit status."""
    try:
        prepare_process()
        command, rest = split_command(argv)
        status = COMMANDS[command](rest) if command else _app(rest)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes at exit as well: give it somewhere to flush to.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return READER_GONE


def prepare_process() -> None:
    """No core dumps (they hold keys), and an empty NO_COLOR means what no-color.org says: unset."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    if not os.environ.get("NO_COLOR", "unset"):
        del os.environ["NO_COLOR"]
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def complain(text: str) -> int:
    """One safe line on standard error; returns the status of wrong use."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"cupola: {clean(text, limit=400)}\n")
            sys.stderr.flush()
    return WRONG_USE


def split_command(argv: Sequence[str]) -> tuple[str | None, list[str]]:
    """The command word, if the first word that is no option is one, and all the rest."""
    skip = False
    for index, word in enumerate(argv):
        if skip:
            skip = False
        elif word == "--":
            break
        elif word in _WITH_VALUE:
            skip = True
        elif not word.startswith("-"):
            if word in COMMANDS:
                return word, [*argv[:index], *argv[index + 1 :]]
            break
    return None, list(argv)


class _Parser(argparse.ArgumentParser):
    """One line for an error, and safe text in it: arguments are text from outside too."""

    def error(self, message: str) -> NoReturn:
        complain(f"{message} (see {self.prog} --help)")
        raise SystemExit(WRONG_USE)


def _text(value: str) -> str:
    if not value.strip():
        raise argparse.ArgumentTypeError("is empty")
    return value


def _port(value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value[:6]) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(value)


def _speed(value: str) -> float:
    try:
        speed = float(value)
    except ValueError:
        speed = math.nan
    if not 0 < speed <= 1_000_000:
        raise argparse.ArgumentTypeError("a speed is a number above 0, such as 10")
    return speed


def _descriptor(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 8):
        raise argparse.ArgumentTypeError("a file descriptor is a number")
    return int(value)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    """The options that choose the profile and the settings; the app and `info` share them."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--profile", metavar="NAME", type=_text, help="the profile to open")
    where.add_argument(
        "--sandbox", action="store_true", help="open the embedded sandbox; no key needed"
    )
    parser.add_argument(
        "--base-url",
        metavar="URL",
        type=_text,
        help="a server by its address; with --profile that profile's key goes there, else a key"
        " goes only to the address that the environment's key was given for",
    )
    parser.add_argument(
        "--read-only", action="store_true", help="change and store nothing on the server"
    )
    parser.add_argument("--theme", metavar="NAME", type=_text, help="dark, light, …")
    parser.add_argument("--config", metavar="FILE", type=Path, help="another settings file")


def _app_parser() -> _Parser:
    parser = _Parser(
        prog="cupola",
        description="A terminal window onto an OpenAI-style platform.",
        epilog="commands: cupola info (what is in effect, and where from),"
        " cupola sandbox (the embedded platform, for any client)",
        allow_abbrev=False,
    )
    parser.add_argument(
        "target",
        nargs="?",
        metavar="RESOURCE|ID",
        type=_text,
        help="what to open: files, vector-stores, chat, …, or the id of any object",
    )
    _add_settings(parser)
    parser.add_argument("--stock-driver", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"cupola {__version__}")
    return parser


def app_options(argv: Sequence[str]) -> AppOptions:
    """The arguments as options. Exits with status 2 on wrong use."""
    parser = _app_parser()
    parsed = parser.parse_args(argv)
    _check_place(parser, parsed)
    return AppOptions(**vars(parsed))


def _check_place(parser: _Parser, parsed: argparse.Namespace) -> None:
    if parsed.sandbox and parsed.base_url:
        parser.error("--sandbox and --base-url name two servers")


def _app(argv: Sequence[str]) -> int:
    options = app_options(argv)
    if reason := terminal.refusal(os.environ):
        return complain(reason)
    from tui.compose import run_app

    return run_app(options)


def _info(argv: Sequence[str]) -> int:
    parser = _Parser(
        prog="cupola info",
        description="Paths, versions, the profile and where each setting comes from.",
        allow_abbrev=False,
    )
    _add_settings(parser)
    parsed = parser.parse_args(argv)
    _check_place(parser, parsed)
    from tui.info import show_info

    return show_info(AppOptions(**vars(parsed)))


def _sandbox(argv: Sequence[str]) -> int:
    parser = _Parser(
        prog="cupola sandbox",
        description="Run the embedded platform in the foreground, for any client.",
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=_port, default=0, help="0 (default): any free port")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--data", metavar="DIR", type=Path, help="where its world is kept")
    place.add_argument("--memory", action="store_true", help="keep nothing")
    parser.add_argument("--seed", choices=("demo", "empty"), default="demo")
    parser.add_argument(
        "--speed", metavar="X", type=_speed, default=1.0, help="time passes X times as fast"
    )
    parser.add_argument("--json", action="store_true", help="tell address and keys as JSON")
    parser.add_argument("--lifeline", metavar="FD", type=_descriptor, help=argparse.SUPPRESS)
    parsed = parser.parse_args(argv)
    # The server has handlers of its own once it runs; told to end before that, it ends as well.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    from tui.sandbox import serve

    return serve.main(parsed)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {"info": _info, "sandbox": _sandbox}
