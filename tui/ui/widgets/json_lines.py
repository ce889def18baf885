"""JSON as lines that fold: pure, so that megabytes can be tried without a screen.

Children are made when their parent unfolds; what is folded costs one line, however large it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tui.core.formats import counted
from tui.ui.text import line

OPEN_DEPTH = 4
OPEN_CHILDREN = 40
OPEN_LINES = 400
"""What unfolds by itself: not too deep, not too many, not too long."""
PIECE = 88
"""Cells of a long string's lines when it is unfolded."""


@dataclass(frozen=True, slots=True)
class JsonLine:
    """One line: a value, the end of a container, or a piece of a long string."""

    depth: int
    value: Any
    label: str = ""
    """Key or position, with its colon; empty in the middle of nothing."""
    closing: str = ""
    """The bracket, for the line that ends a container."""
    piece: str | None = None
    folded: bool = True
    last: bool = True
    """Whether no comma follows."""

    @property
    def folds(self) -> bool:
        """Whether there is something to unfold."""
        if self.closing or self.piece is not None:
            return False
        if isinstance(self.value, str):
            return len(self.value) > PIECE
        return is_container(self.value) and bool(self.value)


def is_container(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple)


def brackets(value: Any) -> tuple[str, str]:
    return ("{", "}") if isinstance(value, Mapping) else ("[", "]")


def plain_json(value: Any, *, indent: int | None = None) -> str:
    """The value as JSON text; what JSON cannot hold is shown by `str`."""
    return json.dumps(value, ensure_ascii=False, indent=indent, default=str)


def scalar_text(value: Any) -> str:
    """A scalar on one safe line, the way JSON writes it."""
    return line(plain_json(value))


def summary(value: Any) -> str:
    """What stands for a folded container: `{ … 12 keys }`."""
    begin, end = brackets(value)
    if not value:
        return begin + end
    words = ("key", "keys") if isinstance(value, Mapping) else ("item", "items")
    return f"{begin} … {counted(len(value), *words)} {end}"


def children(parent: JsonLine) -> list[JsonLine]:
    """The lines directly below a container or a long string, all folded."""
    value, depth = parent.value, parent.depth + 1
    if isinstance(value, str):
        text = line(value)
        pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
        return [JsonLine(depth, value, piece=piece) for piece in pieces]
    end = len(value) - 1
    if isinstance(value, Mapping):
        return [
            JsonLine(depth, child, f"{line(plain_json(str(key)))}: ", last=index == end)
            for index, (key, child) in enumerate(value.items())
        ]
    return [JsonLine(depth, child, last=index == end) for index, child in enumerate(value)]


def unfolded(parent: JsonLine) -> list[JsonLine]:
    """The lines that take the place of a folded one."""
    opened = JsonLine(parent.depth, parent.value, parent.label, folded=False, last=parent.last)
    below = children(parent)
    if isinstance(parent.value, str):
        return [opened, *below]
    end = JsonLine(
        parent.depth,
        parent.value,
        closing=brackets(parent.value)[1],
        folded=False,
        last=parent.last,
    )
    return [opened, *below, end]


class JsonDocument:
    """The lines of one value; folding and unfolding change them."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.lines: list[JsonLine] = [JsonLine(0, value)]
        self._open_what_fits()

    def toggle(self, index: int) -> int:
        """Fold or unfold at a line; returns the line that stands for it afterwards."""
        if self.lines[index].folds:
            at = index
        elif self.lines[index].closing or self.lines[index].piece is not None:
            at = self._opening(index)
        else:
            return index
        if self.lines[at].folded:
            self.lines[at : at + 1] = unfolded(self.lines[at])
        else:
            self._fold(at)
        return at

    def fold_all(self) -> None:
        """Leave only the first level open."""
        self.lines = [JsonLine(0, self.value)]
        if self.lines[0].folds:
            self.lines[0:1] = unfolded(self.lines[0])

    def unfold_words(self, words: str) -> None:
        """Unfold what holds `words` (casefolded) in its keys or values."""
        index = 0
        while index < len(self.lines):
            shown = self.lines[index]
            if shown.folds and shown.folded and words in plain_json(shown.value).casefold():
                self.lines[index : index + 1] = unfolded(shown)
            index += 1

    def text(self, index: int) -> str:
        """The text of a line, to be searched."""
        return "".join(text for text, _tone in self.parts(index))

    def parts(self, index: int) -> list[tuple[str, str]]:
        """The texts of a line with their tones, without the indent."""
        shown = self.lines[index]
        comma = [] if shown.last or shown.piece is not None else [(",", "muted")]
        if shown.closing:
            return [(shown.closing, "muted"), *comma]
        if shown.piece is not None:
            return [(shown.piece, "plain")]
        label = [(shown.label, "accent")] if shown.label else []
        if is_container(shown.value):
            if not shown.folded:
                return [*label, (brackets(shown.value)[0], "muted")]
            return [*label, (summary(shown.value), "muted"), *comma]
        if isinstance(shown.value, str) and shown.folds and not shown.folded:
            return [*label, (f"text of {counted(len(shown.value), 'character')}", "muted"), *comma]
        return [*label, (scalar_text(shown.value), _tone(shown.value)), *comma]

    def _opening(self, index: int) -> int:
        depth = self.lines[index].depth - (1 if self.lines[index].piece is not None else 0)
        while index > 0:
            index -= 1
            shown = self.lines[index]
            if shown.depth == depth and not shown.closing and shown.piece is None:
                break
        return index

    def _fold(self, index: int) -> None:
        opened = self.lines[index]
        end = index + 1
        while end < len(self.lines) and self.lines[end].depth > opened.depth:
            end += 1
        if is_container(opened.value):
            end += 1
        folded = JsonLine(opened.depth, opened.value, opened.label, last=opened.last)
        self.lines[index:end] = [folded]

    def _open_what_fits(self) -> None:
        for depth in range(OPEN_DEPTH):
            for index in reversed(list(self._folded_at(depth))):
                shown = self.lines[index]
                room = OPEN_LINES - len(self.lines)
                if depth and len(shown.value) > min(OPEN_CHILDREN, room):
                    continue
                self.lines[index : index + 1] = unfolded(shown)

    def _folded_at(self, depth: int) -> Iterator[int]:
        for index, shown in enumerate(self.lines):
            if shown.depth == depth and shown.folds and shown.folded and is_container(shown.value):
                yield index


def _tone(value: Any) -> str:
    if isinstance(value, str):
        return "plain"
    return "good" if isinstance(value, bool) or value is None else "busy"
