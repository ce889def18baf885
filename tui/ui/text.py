"""Text on cells: measured, cut and padded so that nothing shifts, whatever script it is in.

Everything that a widget draws passes here last, so what a view forgot to clean is harmless too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from rich.cells import cell_len, split_graphemes
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from tui.catalog.descriptor import Align, Shown, Tone
from tui.core.safe_text import clean, clean_block

ELLIPSIS = "…"

_JOINERS = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0x034F, *range(0xFE00, 0xFE10)))
"""Joiners and variation selectors: terminals disagree on the width of what they make."""

_MAY_SPACE = re.compile("[\u0903-\u1cff\ua823-\uabff\U00011000-\U0001d1ff]")
"""Where the scripts with spacing marks lie: all else is not looked at letter by letter."""

_KEPT_LENGTH = 120

_MOST_MARKS = 2
"""Combining marks kept on one letter; towers of them spill over the lines around."""

Ink = Callable[[str], Style]
"""From the name of a tone or a component to its style."""


def steady(text: str) -> str:
    """The text without what terminals measure differently; expects clean text."""
    if text.isascii():
        return text
    text = text.translate(_JOINERS)
    if not any(map(unicodedata.combining, text)):
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def line(text: object) -> str:
    """One safe line of steady width."""
    if isinstance(text, str) and len(text) <= _KEPT_LENGTH:
        return _kept_line(text)
    return steady(clean(text))


@lru_cache(maxsize=4096)
def _kept_line(text: str) -> str:
    """Short texts come back with every repaint: a page of a table is drawn from here."""
    return steady(clean(text))


def cells(text: str) -> int:
    """How many cells a steady line takes."""
    return len(text) if text.isascii() else cell_len(text) + spacing(text)


def spacing(text: str) -> int:
    """Cells of vowel signs that stand beside their letter (category Mc, as in Devanagari).

    Terminals give each a cell, by the sum of `wcwidth`; Rich counts the cluster as one.
    """
    if _MAY_SPACE.search(text) is None:
        return 0
    return sum(unicodedata.category(character) == "Mc" for character in text)


def crop(text: str, width: int) -> str:
    """The first `width` cells of a steady line; half a wide character becomes a space."""
    if width <= 0:
        return ""
    if text.isascii():
        return text[:width]
    if len(text) > 4 * width + 16:
        text = text[: 4 * width + 16]
    if cells(text) <= width:
        return text
    used = 0
    spans, _length = split_graphemes(text)
    for start, end, size in spans:
        size += spacing(text[start:end])
        if used + size > width:
            return text[:start] + " " * (width - used)
        used += size
    return text


def cut(text: str, width: int) -> str:
    """A steady line in at most `width` cells, with an ellipsis where it was cut."""
    if cells(text) <= width:
        return text
    return crop(text, width - 1).rstrip() + ELLIPSIS if width > 0 else ""


def cut_middle(text: str, width: int) -> str:
    """A steady line in at most `width` cells, its middle left out: for ids and paths."""
    if cells(text) <= width:
        return text
    if width <= 4:
        return cut(text, width)
    tail = (width - 1) // 2
    return crop(text, width - 1 - tail) + ELLIPSIS + _last(text, tail)


def _last(text: str, width: int) -> str:
    if text.isascii():
        return text[-width:]
    used = 0
    begin = len(text)
    tail = text[-4 * width :]
    for start, end, size in reversed(split_graphemes(tail)[0]):
        size += spacing(tail[start:end])
        if used + size > width:
            break
        used += size
        begin = start
    return text[-4 * width :][begin:] if len(text) > 4 * width else text[begin:]


def pad(text: str, width: int, align: Align = Align.LEFT) -> str:
    """A steady line in exactly `width` cells."""
    text = cut(text, width)
    room = " " * (width - cells(text))
    return room + text if align is Align.RIGHT else text + room


def fold(text: str, width: int) -> list[str]:
    """A safe block as lines of at most `width` cells, broken between words where it can be."""
    lines: list[str] = []
    for paragraph in steady(clean_block(text)).split("\n"):
        lines.extend(fold_line(paragraph, width))
    return lines


def fold_line(paragraph: str, width: int) -> list[str]:
    """One steady line, broken between words, inside words only where they are too long."""
    width = max(1, width)
    rest, lines = paragraph.rstrip(), list[str]()
    while cells(rest) > width:
        head = crop(rest, width).rstrip() if not rest.isascii() else rest[:width]
        at = len(head)
        if at < len(rest) and rest[at] != " " and (space := head.rfind(" ")) > width // 3:
            at = space
        at = max(1, at)
        lines.append(rest[:at].rstrip())
        rest = rest[at:].lstrip(" ")
    lines.append(rest)
    return lines


def shown_text(shown: Shown, ink: Ink) -> Text:
    """A value as Rich text in the style of its tone."""
    return Text(line(shown.text), style=ink(shown.tone), no_wrap=True, end="")


def tone_class(tone: Tone) -> str:
    """The component class of a tone, such as `tone--good`."""
    return f"tone--{tone}"


def segments_width(segments: Iterable[Segment]) -> int:
    return sum(cells(segment.text) for segment in segments)
