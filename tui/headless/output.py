"""Where the commands write: data on standard output, words on standard error.

Everything on a terminal passes `safe_text`. A reader who left raises `BrokenPipeError`, which the
command line turns into the status of SIGPIPE.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from tui.catalog.descriptor import Shown, Tone
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.safe_text import clean

_CODES: Mapping[Tone, str] = {
    Tone.GOOD: "32",
    Tone.WARN: "33",
    Tone.BAD: "31",
    Tone.BUSY: "36",
    Tone.MUTED: "2",
    Tone.ACCENT: "34",
}
"""Tones as the terminal's own colours, so that they fit any theme."""

WIDEST = 1_000
"""Cells of a line; terminals tell nonsense at times."""
BEGIN_AGAIN = "\r\x1b[K"
"""To the beginning of the line, and clear it."""


class UsageError(Exception):
    """Wrong use; the message says what and why."""


class Output:
    """Both streams of one command."""

    def __init__(
        self, environ: Mapping[str, str], out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        self._out = out if out is not None else sys.stdout
        self._err = err if err is not None else sys.stderr
        self.terminal = _is_terminal(self._out)
        """Whether a person reads the data."""
        self.watched = _is_terminal(self._err)
        """Whether a person reads the words."""
        plain = environ.get("TERM", "") in {"", "dumb", "unknown"}
        self.styled = self.terminal and not plain and "NO_COLOR" not in environ
        self.redraws = self.terminal and not plain
        """Whether a line can be written over."""
        self._live = False

    @property
    def width(self) -> int | None:
        """Cells of a line on the terminal, as it is now; `None` where nothing limits it."""
        if not self.terminal or self._out is None:
            return None
        try:
            columns = os.get_terminal_size(self._out.fileno()).columns
        except (OSError, ValueError):
            columns = 0
        return min(columns, WIDEST) or 80

    def write(self, text: str) -> None:
        """Data, as it is."""
        if self._out is not None:
            with self._writable():
                self._out.write(text)

    def line(self, text: str) -> None:
        """One line of data."""
        self.end_live()
        self.write(f"{text}\n")

    def live(self, text: str) -> None:
        """A line that the next one takes the place of."""
        self.write(f"{BEGIN_AGAIN}{text}")
        self._live = True
        self.flush()

    def end_live(self) -> None:
        """What is written next takes the live line's place."""
        if self._live:
            self.write(BEGIN_AGAIN)
            self._live = False

    def flush(self) -> None:
        """Let the reader have what was written."""
        if self._out is not None:
            with self._writable():
                self._out.flush()

    @contextmanager
    def _writable(self) -> Iterator[None]:
        """A full disk as a problem; a reader who left is another matter."""
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            # Python flushes at exit as well: give it somewhere to flush to.
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            title = "The output cannot be written"
            raise ProblemError(
                Problem(title, error.strerror or "", kind=ProblemKind.LOCAL)
            ) from error

    def style(self, shown: Shown, text: str | None = None) -> str:
        """A value, or its text cut to fit, in the colour of its tone where colours are seen."""
        words = shown.text if text is None else text
        code = _CODES.get(shown.tone)
        return f"\x1b[{code}m{words}\x1b[0m" if self.styled and code and words.strip() else words

    def say(self, words: str) -> None:
        """One line for the person beside the data."""
        if self._live:
            self.end_live()
            self.flush()
        if self._err is not None:
            with contextlib.suppress(OSError):
                self._err.write(f"cupola: {clean(words, limit=400)}\n")
                self._err.flush()

    def tell(self, problem: Problem) -> None:
        """A problem in one line: what happened, the server's words, what to do, which request."""
        words = str(problem)
        if problem.hint:
            words = f"{words.rstrip('.')}. {problem.hint}"
        if problem.request_id:
            words = f"{words} (request {problem.request_id})"
        self.say(words)


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False
