"""Runs of text with a look, the inline marks of Markdown, and lines folded to a width.

Everything from outside passes `printable` here before it is measured or drawn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import split_graphemes

from tui.core.safe_text import clean_block
from tui.ui.text import cells, spacing, steady


class Look(NamedTuple):
    """How a run looks: the name of a tone or component, and its weight."""

    tone: str = "plain"
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False


class Run(NamedTuple):
    """A piece of a line in one look; its text is printable."""

    text: str
    look: Look


Line = tuple[Run, ...]

PLAIN = Look()
MUTED = Look("muted")
STRONG = Look("strong", bold=True)
CODE = Look("transcript--inline")
LINK = Look("accent", underline=True)

_MARKS = re.compile(r"[`*_~\[!\\]")
_LINK = re.compile(
    r"!?\[([^\[\]]{0,500})\]\(\s*<?([^\s()<>]{0,2000}(?:\([^\s()]{0,200}\))?)>?"
    r"(?:\s+\"[^\"]{0,200}\")?\s*\)"
)
_ESCAPABLE = frozenset("\\`*_{}[]()#+-.!|~<>\"'$&,/:;=?@^%")
_MOST_INLINE = 4_000
"""Characters of a line beyond which its marks are left as they are."""
_DEPTH = 6


def printable(text: str) -> str:
    """A line or block from outside, harmless and of steady width."""
    if text.isascii() and text.isprintable():
        return text
    return steady(clean_block(text))


def inline(text: str, look: Look = PLAIN) -> Line:
    """The runs of a printable line: `code`, *emphasis*, **weight**, ~~struck~~ and links."""
    if not text:
        return ()
    if len(text) > _MOST_INLINE or not _MARKS.search(text):
        return (Run(text, look),)
    runs: list[Run] = []
    _inline(text, look, runs, _DEPTH)
    return joined(runs)


def _inline(text: str, look: Look, runs: list[Run], depth: int) -> None:
    at = begun = 0
    missing: set[str] = set()
    while match := _MARKS.search(text, at):
        place = match.start()
        taken = _mark(text, place, look, missing, depth)
        if taken is None:
            at = place + _run_length(text, place)
            continue
        inner, end = taken
        if begun < place:
            runs.append(Run(text[begun:place], look))
        runs.extend(inner)
        at = begun = end
    if begun < len(text):
        runs.append(Run(text[begun:], look))


def _run_length(text: str, place: int) -> int:
    end = place + 1
    while end < len(text) and text[end] == text[place]:
        end += 1
    return end - place


def _mark(
    text: str, place: int, look: Look, missing: set[str], depth: int
) -> tuple[list[Run], int] | None:
    """What a mark at a place means, and where its meaning ends; `None`: it is just a character."""
    sign = text[place]
    if sign == "\\":
        following = text[place + 1 : place + 2]
        return ([Run(following, look)], place + 2) if following in _ESCAPABLE else None
    if sign in "[!":
        return _link(text, place, look)
    length = _run_length(text, place)
    if sign == "`":
        return _code(text, place, length, look, missing)
    if depth <= 0 or (sign == "~" and length != 2) or length > 3:
        return None
    return _emphasis(text, place, sign * length, look, missing, depth)


def _link(text: str, place: int, look: Look) -> tuple[list[Run], int] | None:
    match = _LINK.match(text, place)
    if match is None or not match[2]:
        return None
    label, address = match[1], match[2]
    if text[place] == "!":
        return [
            Run(f"[image {label}]" if label else "[image]", MUTED),
            Run(f" {address}", MUTED),
        ], match.end()
    link = look._replace(tone="accent", underline=True)
    if label in ("", address):
        return [Run(address, link)], match.end()
    return [Run(label, link), Run(f" ({address})", MUTED)], match.end()


def _code(
    text: str, place: int, length: int, look: Look, missing: set[str]
) -> tuple[list[Run], int] | None:
    fence = "`" * length
    if fence in missing:
        return None
    start = place + length
    end = text.find(fence, start)
    while end >= 0 and text[end + length : end + length + 1] == "`":
        end = text.find(fence, end + _run_length(text, end))
    if end < 0:
        missing.add(fence)
        return None
    body = text[start:end]
    if len(body) > 2 and body[0] == body[-1] == " " and body.strip():
        body = body[1:-1]
    return [Run(body, look._replace(tone=CODE.tone))] if body else [], end + length


def _emphasis(
    text: str, place: int, sign: str, look: Look, missing: set[str], depth: int
) -> tuple[list[Run], int] | None:
    start = place + len(sign)
    if sign in missing or text[start : start + 1].isspace() or start >= len(text):
        return None
    if sign[0] == "_" and place and text[place - 1].isalnum():
        return None
    end = text.find(sign, start + 1)
    while end >= 0 and not _closes(text, end, sign):
        end = text.find(sign, end + 1)
    if end < 0:
        missing.add(sign)
        return None
    inner: list[Run] = []
    _inline(text[start:end], _weighted(look, sign), inner, depth - 1)
    return inner, end + len(sign)


def _closes(text: str, end: int, sign: str) -> bool:
    if text[end - 1].isspace():
        return False
    after = text[end + len(sign) : end + len(sign) + 1]
    if len(sign) < 3 and (after == sign[0] or text[end - 1] == sign[0]):
        # Part of a longer run: the end of a mark around this one.
        return False
    if sign[0] == "_":
        # `__init__.py` is a name, whatever the standard says.
        rest = text[end + len(sign) :]
        return not (after.isalnum() or (after == "." and rest[1:2].isalnum()))
    return True


def _weighted(look: Look, sign: str) -> Look:
    if sign[0] == "~":
        return look._replace(strike=True)
    bold, italic = len(sign) >= 2, len(sign) % 2 == 1
    return look._replace(bold=look.bold or bold, italic=look.italic or italic)


def joined(runs: Sequence[Run]) -> Line:
    """Neighbours of one look as one run."""
    line: list[Run] = []
    for run in runs:
        if line and line[-1].look == run.look:
            line[-1] = Run(line[-1].text + run.text, run.look)
        elif run.text:
            line.append(run)
    return tuple(line)


def width_of(line: Line) -> int:
    return sum(cells(run.text) for run in line)


def folded(line: Line, width: int, *, first: Line = (), rest: Line = ()) -> list[Line]:
    """A line of runs over lines of at most `width` cells, broken between words where it can be.

    `first` stands before the first line and `rest` before the others; they count.
    """
    room = max(4, width - width_of(first))
    text = "".join(run.text for run in line)
    if cells(text) <= room:
        return [(*first, *line)]
    later = max(4, width - width_of(rest))
    spans = spans_of(text, room, later)
    return [
        (*(first if place == 0 else rest), *between(line, start, end))
        for place, (start, end) in enumerate(spans)
    ]


def chopped(line: Line, width: int, *, before: Line = ()) -> list[Line]:
    """Like `folded` but for code: broken where the width ends, no space is lost."""
    room = max(4, width - width_of(before))
    text = "".join(run.text for run in line)
    if cells(text) <= room:
        return [(*before, *line)]
    return [
        (*before, *between(line, start, end))
        for start, end in spans_of(text, room, room, words=False)
    ]


def spans_of(text: str, room: int, later: int, *, words: bool = True) -> list[tuple[int, int]]:
    """Where a printable line breaks: character ranges that fit `room` first, `later` after it."""
    ends = _Fits(text)
    spans: list[tuple[int, int]] = []
    start, size = 0, len(text)
    while True:
        end = ends(start, room)
        if end >= size:
            spans.append((start, size))
            return spans
        following = end
        if words:
            if text[end] != " ":
                space = text.rfind(" ", start, end)
                if space > start + (end - start) // 3:
                    end = space
            following = end
            while following < size and text[following] == " ":
                following += 1
            while end > start + 1 and text[end - 1] == " ":
                end -= 1
        spans.append((start, end))
        if following >= size:
            return spans
        start, room = following, later


class _Fits:
    """Where a text that begins at a place stops to fit in some cells."""

    def __init__(self, text: str) -> None:
        self._size = len(text)
        self._starts: list[int] | None = None
        if not text.isascii():
            graphemes, _total = split_graphemes(text)
            self._starts = [start for start, _end, _cells in graphemes]
            self._cells = [size + spacing(text[start:end]) for start, end, size in graphemes]
            self._at = 0

    def __call__(self, start: int, room: int) -> int:
        if self._starts is None:
            return min(self._size, start + room)
        starts, at = self._starts, self._at
        while at < len(starts) and starts[at] < start:
            at += 1
        used = 0
        first = at
        while at < len(starts):
            used += self._cells[at]
            if used > room and at > first:
                break
            at += 1
        self._at = first
        return starts[at] if at < len(starts) else self._size


def between(line: Line, start: int, end: int) -> Line:
    """The runs between two characters of a line."""
    runs: list[Run] = []
    at = 0
    for run in line:
        stop = at + len(run.text)
        if stop > start and at < end:
            text = run.text[max(0, start - at) : end - at]
            if text:
                runs.append(Run(text, run.look))
        at = stop
        if at >= end:
            break
    return tuple(runs)
