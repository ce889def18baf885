"""What the command lines share: a parser that complains in one safe line, and the profile options.

Standard library only: `cupola --help` and wrong use must not wait for pydantic.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
from pathlib import Path
from typing import NoReturn

from tui.core.safe_text import clean

WRONG_USE = 2


def complain(text: str) -> int:
    """One safe line on standard error; returns the status of wrong use."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"cupola: {clean(text, limit=400)}\n")
            sys.stderr.flush()
    return WRONG_USE


class Parser(argparse.ArgumentParser):
    """One line for an error, and safe text in it: arguments are text from outside too."""

    def error(self, message: str) -> NoReturn:
        complain(f"{message} (see {self.prog} --help)")
        raise SystemExit(WRONG_USE)


def text(value: str) -> str:
    """An option's text; not empty."""
    if not value.strip():
        raise argparse.ArgumentTypeError("is empty")
    return value


def port(value: str) -> int:
    """A port, 0 for any."""
    if not (value.isascii() and value.isdigit() and int(value[:6]) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(value)


def speed(value: str) -> float:
    """How many times as fast; above 0."""
    number = _number(value)
    if not 0 < number <= 1_000_000:
        raise argparse.ArgumentTypeError("a speed is a number above 0, such as 10")
    return number


def seconds(value: str) -> float:
    """A pause between two looks."""
    number = _number(value)
    if not 0.05 <= number <= 86_400:
        raise argparse.ArgumentTypeError("an interval is a number of seconds, such as 5")
    return number


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def descriptor(value: str) -> int:
    """The number of an open file."""
    if not (value.isascii() and value.isdigit() and len(value) < 8):
        raise argparse.ArgumentTypeError("a file descriptor is a number")
    return int(value)


def row_limit(value: str) -> int | None:
    """How many rows: a number, or `all`, which is `None`."""
    if value == "all":
        return None
    if not (value.isascii() and value.isdigit() and 0 < int(value[:12]) < 10**11):
        raise argparse.ArgumentTypeError("a limit is a number from 1, or all")
    return int(value)


def add_profile_options(parser: argparse.ArgumentParser) -> None:
    """The options that choose the profile; every command that speaks to a server has them."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--profile", metavar="NAME", type=text, help="the profile to open")
    where.add_argument(
        "--sandbox", action="store_true", help="open the embedded sandbox; no key needed"
    )
    parser.add_argument(
        "--base-url",
        metavar="URL",
        type=text,
        help="a server by its address; with --profile that profile's key goes there, else a key"
        " goes only to the address that the environment's key was given for",
    )
    parser.add_argument(
        "--read-only", action="store_true", help="change and store nothing on the server"
    )
    parser.add_argument("--config", metavar="FILE", type=Path, help="another settings file")


def check_place(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    """Exits with status 2 when the options name two servers."""
    if parsed.sandbox and parsed.base_url:
        parser.error("--sandbox and --base-url name two servers")
