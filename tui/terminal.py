"""Whether there is a terminal to draw on, told by `os` and `sys` alone."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def refusal(environ: Mapping[str, str]) -> str | None:
    """Why the app cannot run here, in one line; `None` if it can (reliability L4)."""
    if not os.isatty(0):
        return "standard input is not a terminal"
    if not os.isatty(2):
        return "standard error is not a terminal (the app draws there)"
    term = environ.get("TERM", "")
    if term in {"", "dumb", "unknown"}:
        return f"the terminal type is {term or 'not set'} (TERM): it cannot place text"
    for name, stream in (("standard output", sys.stdout), ("standard error", sys.stderr)):
        encoding = getattr(stream, "encoding", None) or "utf-8"
        if encoding.lower().replace("-", "").replace("_", "") not in {"utf8", "utf8sig"}:
            return f"{name} is encoded as {encoding}, UTF-8 is needed (LANG, PYTHONIOENCODING)"
    return None
