"""The last gate before the terminal: whatever a widget drew, no control byte gets past here.

`safe_text` cleans what enters the views; this filter stands behind it, for every slot of every
widget, Textual's own included. It deletes, since by now nobody can be told any more.
"""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.core.safe_text import harmless

_BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}


@lru_cache(4096)
def stripped(text: str) -> str:
    """The text without anything that could steer a terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        for character in text
        if not (
            ord(character) < 0x20
            or 0x7F <= ord(character) < 0xA0
            or ord(character) in _BIDI
            or 0xD800 <= ord(character) < 0xE000
        )
    )


class LastGate(LineFilter):
    """Deletes control characters, bidi overrides, lone surrogates, and links that hold any."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments where they are clean, which is nearly always."""
        if all(_clean(segment) for segment in segments):
            return segments
        return [segment if _clean(segment) else _cleaned(segment) for segment in segments]


def _clean(segment: Segment) -> bool:
    text, style, control = segment
    if control:
        return True
    link = style.link if style is not None else None
    return stripped(text) == text and (link is None or harmless(link))


def _cleaned(segment: Segment) -> Segment:
    text, style, _ = segment
    if style is not None and style.link is not None and not harmless(style.link):
        style = style.update_link(None)
    return Segment(stripped(text), style)
