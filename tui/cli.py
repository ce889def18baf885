"""The command line: what was asked for, and the exit status (design 11).

`cupola [RESOURCE|ID]` opens the app; the words in `COMMANDS` are commands, and win over resources
of the same name. Wrong use, or no terminal: status 2 and one line on standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tui import __version__, terminal
from tui.arguments import (
    Parser,
    add_profile_options,
    check_place,
    complain,
    descriptor,
    port,
    speed,
    text,
)
from tui.options import AppOptions

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


def _add_settings(parser: argparse.ArgumentParser) -> None:
    """The options that choose the profile and the settings; the app and `info` share them."""
    add_profile_options(parser)
    parser.add_argument("--theme", metavar="NAME", type=text, help="dark, light, …")


def _app_parser() -> Parser:
    parser = Parser(
        prog="cupola",
        description="A terminal window onto an OpenAI-style platform.",
        epilog="commands, each with --help of its own: list, get and watch (objects, for scripts),"
        " ledger (the ids that were seen),"
        " info (what is in effect, and where from),"
        " sandbox (the embedded platform, for any client)",
        allow_abbrev=False,
    )
    parser.add_argument(
        "target",
        nargs="?",
        metavar="RESOURCE|ID",
        type=text,
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
    check_place(parser, parsed)
    return AppOptions(**vars(parsed))


def _app(argv: Sequence[str]) -> int:
    options = app_options(argv)
    if reason := terminal.refusal(os.environ):
        return complain(reason)
    from tui.compose import run_app

    return run_app(options)


def _info(argv: Sequence[str]) -> int:
    parser = Parser(
        prog="cupola info",
        description="Paths, versions, the profile and where each setting comes from.",
        allow_abbrev=False,
    )
    _add_settings(parser)
    parsed = parser.parse_args(argv)
    check_place(parser, parsed)
    from tui.info import show_info

    return show_info(AppOptions(**vars(parsed)))


def _sandbox(argv: Sequence[str]) -> int:
    parser = Parser(
        prog="cupola sandbox",
        description="Run the embedded platform in the foreground, for any client.",
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=port, default=0, help="0 (default): any free port")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--data", metavar="DIR", type=Path, help="where its world is kept")
    place.add_argument("--memory", action="store_true", help="keep nothing")
    parser.add_argument("--seed", choices=("demo", "empty"), default="demo")
    parser.add_argument(
        "--speed", metavar="X", type=speed, default=1.0, help="time passes X times as fast"
    )
    parser.add_argument("--json", action="store_true", help="tell address and keys as JSON")
    parser.add_argument("--lifeline", metavar="FD", type=descriptor, help=argparse.SUPPRESS)
    parsed = parser.parse_args(argv)
    # The server has handlers of its own once it runs; told to end before that, it ends as well.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    from tui.sandbox import serve

    return serve.main(parsed)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _list(argv: Sequence[str]) -> int:
    from tui.headless import commands

    return commands.list_command(argv)


def _get(argv: Sequence[str]) -> int:
    from tui.headless import commands

    return commands.get_command(argv)


def _watch(argv: Sequence[str]) -> int:
    from tui.headless import commands

    return commands.watch_command(argv)


def _ledger(argv: Sequence[str]) -> int:
    from tui.headless import commands

    return commands.ledger_command(argv)


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "info": _info,
    "sandbox": _sandbox,
    "list": _list,
    "get": _get,
    "watch": _watch,
    "ledger": _ledger,
}
