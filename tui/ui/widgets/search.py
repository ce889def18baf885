"""Finding text in what is shown: the words looked for, and the line where we are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style

from tui.ui.text import Ink


class Search:
    """Looks for words, without regard to case, in lines that are asked for one by one."""

    def __init__(self) -> None:
        self.words = ""
        self.at: int | None = None
        """Index of the line that was found last."""

    def start(self, words: str) -> None:
        """Look for other words from now on; nothing for the empty text."""
        self.words = words.casefold()
        self.at = None

    def matches(self, text: str) -> bool:
        return bool(self.words) and self.words in text.casefold()

    def find(self, count: int, text_of: Callable[[int], str], *, begin: int, by: int) -> int | None:
        """The next line of `count` that matches, from `begin` on in a direction, around the end."""
        if not self.words or not count:
            return None
        for step in range(count):
            index = (begin + step * by) % count
            if self.matches(text_of(index)):
                self.at = index
                return index
        return None


def highlight(
    segments: Sequence[Segment], words: str, ink: Ink, *, here: bool = False
) -> list[Segment]:
    """The segments with each place where `words` (casefolded) stand set off."""
    text = "".join(segment.text for segment in segments)
    folded = text.casefold()
    if not words or len(folded) != len(text) or words not in folded:
        return list(segments)
    style = ink("line--match-here" if here else "line--match")
    spans: list[tuple[int, int]] = []
    start = folded.find(words)
    while start >= 0:
        spans.append((start, start + len(words)))
        start = folded.find(words, start + len(words))
    return _set_off(segments, spans, style)


def _set_off(
    segments: Sequence[Segment], spans: Sequence[tuple[int, int]], style: Style
) -> list[Segment]:
    found = Style(bgcolor=style.bgcolor, bold=style.bold, reverse=style.reverse)
    result: list[Segment] = []
    position = 0
    for text, own, _control in segments:
        end = position + len(text)
        cut = position
        for begin, stop in spans:
            low, high = max(begin, position), min(stop, end)
            if low >= high:
                continue
            if low > cut:
                result.append(Segment(text[cut - position : low - position], own))
            result.append(Segment(text[low - position : high - position], (own or Style()) + found))
            cut = high
        if cut < end:
            result.append(Segment(text[cut - position :], own))
        position = end
    return result
