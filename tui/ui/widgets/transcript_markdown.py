"""Markdown read line by line, so that a text that is still coming is never read twice.

What a finished line says is final, but for two things: a fence that closes turns its lines into one
block of code, and a line with bars may become the head of a table. Line ends are kept as they were
written: a poem stays one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST_LINE = 4_000
"""Characters; a longer line is read in pieces, so that one without an end costs no more."""
MOST_ROWS = 200
"""Rows of a table that are laid out; what follows is shown as it was written."""


class Kind(StrEnum):
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"
    QUOTE = "quote"
    RULE = "rule"
    BLANK = "blank"
    TABLE = "table"
    CODE = "code"
    OPEN_CODE = "open code"
    """One line inside of a fence that has not closed yet."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text as it was written; cleaning it is the layout's work."""

    kind: Kind
    text: str = ""
    level: int = 0
    """Of a heading 1 to 6, of a quote its depth."""
    indent: int = 0
    marker: str = ""
    """Of an item: `-`, `1.`; of code: its language."""


_FENCE = re.compile(r"( *)(`{3,}|~{3,}) *([^`]*)$")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$")
_RULE = re.compile(r" {0,3}([-*_])(?: *\1){2,} *$")
_QUOTE = re.compile(r" {0,3}((?:> ?)+)(.*)$")
_ITEM = re.compile(r"( *)([-*+•]|\d{1,9}[.)])(?: +(.*)|$)")
_DELIMITER = re.compile(r" *\|? *:?-+:? *(?:\| *:?-+:? *)*\|? *$")


@dataclass(frozen=True, slots=True)
class _Fence:
    sign: str
    indent: int
    language: str
    start: int
    """Index of the piece that is its first line."""

    def closes(self, line: str) -> bool:
        text = line.strip(" ")
        return len(text) >= len(self.sign) and not text.strip(self.sign[0])

    def inside(self, line: str) -> str:
        """A line of the code without the fence's own indentation."""
        cut = 0
        while cut < self.indent and line[cut : cut + 1] == " ":
            cut += 1
        return line[cut:]


class MarkdownReader:
    """Text in, pieces out. `pieces` are read lines; `tail()` is what is open."""

    __slots__ = (
        "_blank",
        "_fence",
        "_hang",
        "_head",
        "_held",
        "_partial",
        "_rows",
        "pieces",
        "rewound",
    )

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.rewound = 0
        """Pieces from here on may differ from those that were there before: set by whoever
        laid them out, lowered when a fence closes."""
        self._partial = ""
        self._held = ""
        """A carriage return whose line feed may come yet."""
        self._fence: _Fence | None = None
        self._head: str | None = None
        """A line that becomes a table's head if the next one says so."""
        self._rows: list[str] = []
        self._hang = 0
        """Where the text of the last item stands."""
        self._blank = True
        """Whether the last piece was blank, or none was."""

    def feed(self, text: str) -> None:
        """Take more of the text, cut anywhere."""
        text = self._held + text
        self._held = ""
        if text.endswith("\r"):
            self._held, text = "\r", text[:-1]
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        *lines, self._partial = (self._partial + text).split("\n")
        for line in lines:
            self._long_line(line)
        while len(self._partial) > LONGEST_LINE:
            self._line(self._partial[:LONGEST_LINE])
            self._partial = self._partial[LONGEST_LINE:]

    def finish(self) -> None:
        """The text is whole."""
        if self._held:
            self._held = ""
            self.feed("\n")
        if self._partial:
            partial, self._partial = self._partial, ""
            self._line(partial)
        self._end_table()
        if self._fence is not None:
            self._close_fence()

    def tail(self) -> tuple[Piece, ...]:
        """What the open end would be if the text ended here."""
        if not (self._partial or self._head is not None or self._rows):
            return ()
        if self._fence is not None:
            if self._fence.closes(self._partial):
                return ()
            return (Piece(Kind.OPEN_CODE, self._fence.inside(self._partial)),)
        probe = MarkdownReader()
        probe._head, probe._rows = self._head, list(self._rows)
        probe._hang, probe._blank = self._hang, self._blank
        if self._partial:
            probe._line(self._partial)
        probe._end_table()
        return tuple(probe.pieces)

    def _long_line(self, line: str) -> None:
        while len(line) > LONGEST_LINE:
            self._line(line[:LONGEST_LINE])
            line = line[LONGEST_LINE:]
        self._line(line)

    def _emit(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self._blank = piece.kind is Kind.BLANK

    def _line(self, line: str) -> None:
        if self._fence is not None:
            if self._fence.closes(line):
                self._close_fence()
            else:
                self._emit(Piece(Kind.OPEN_CODE, self._fence.inside(line)))
            return
        if self._in_table(line):
            return
        if not line.strip():
            if not self._blank:
                self._emit(Piece(Kind.BLANK))
            return
        if (fence := _FENCE.match(line)) and (fence[2][0] == "`" or "~" not in fence[3]):
            language = fence[3].strip().split(" ")[0].strip("{}.")
            self._fence = _Fence(fence[2], len(fence[1]), language, len(self.pieces))
            return
        self._block(line)

    def _in_table(self, line: str) -> bool:
        """Whether a line belongs to a table, which it may begin or end."""
        if self._rows:
            if "|" in line and len(self._rows) < MOST_ROWS:
                self._rows.append(line)
                return True
            self._end_table()
        elif self._head is not None:
            head = self._head
            self._head = None
            if _DELIMITER.match(line) and "-" in line and "|" in line:
                self._rows = [head, line]
                return True
            self._block(head, table=False)
        return False

    def _end_table(self) -> None:
        if self._head is not None:
            head, self._head = self._head, None
            self._block(head, table=False)
        if self._rows:
            self._emit(Piece(Kind.TABLE, "\n".join(self._rows)))
            self._rows = []

    def _block(self, line: str, *, table: bool = True) -> None:
        if heading := _HEADING.match(line):
            self._hang = 0
            self._emit(Piece(Kind.HEADING, heading[2] or "", level=len(heading[1])))
        elif _RULE.match(line):
            self._hang = 0
            self._emit(Piece(Kind.RULE))
        elif quote := _QUOTE.match(line):
            self._emit(Piece(Kind.QUOTE, quote[2], level=quote[1].count(">")))
        elif item := _ITEM.match(line):
            self._hang = len(item[1]) + len(item[2]) + 1
            self._emit(Piece(Kind.ITEM, item[3] or "", indent=len(item[1]), marker=item[2]))
        elif table and "|" in line and line.strip(" |"):
            self._head = line
        else:
            text = line.lstrip(" ")
            indent = len(line) - len(text)
            if not indent:
                self._hang = 0
            self._emit(Piece(Kind.PARAGRAPH, text, indent=indent))

    def _close_fence(self) -> None:
        fence, self._fence = self._fence, None
        if fence is None:
            return
        code = "\n".join(piece.text for piece in self.pieces[fence.start :])
        del self.pieces[fence.start :]
        self.rewound = min(self.rewound, fence.start)
        self._emit(Piece(Kind.CODE, code, indent=fence.indent, marker=fence.language))
