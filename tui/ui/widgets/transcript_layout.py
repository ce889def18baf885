"""Pieces of a text laid out as lines of a width: headings, lists, quotes, tables, code."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest

from tui.ui.text import cut
from tui.ui.widgets.transcript_code import coloured
from tui.ui.widgets.transcript_markdown import Kind, Piece
from tui.ui.widgets.transcript_text import (
    MUTED,
    PLAIN,
    STRONG,
    Line,
    Look,
    Run,
    chopped,
    folded,
    inline,
    printable,
    width_of,
)

HAIR = Look("line--hair")
MARK = Look("accent")
GROUND = Look("transcript--code")
CODE_INDENT = "  "
DEEPEST = 16
"""Cells of indentation that are kept: what is deeper has no room to be read in."""
NARROWEST = 4
"""Cells of a table's column; where there is less for each, the rows are shown as written."""
GAP = 2
_BULLETS = "•◦▪"


def laid(piece: Piece, width: int) -> list[Line]:
    """The lines of one piece. Nothing here depends on the pieces around it."""
    return _LAYOUTS[piece.kind](piece, width)


def _blank(_piece: Piece, _width: int) -> list[Line]:
    return [()]


def _rule(_piece: Piece, width: int) -> list[Line]:
    return [(Run("─" * min(width, 24), HAIR),)]


def _heading(piece: Piece, width: int) -> list[Line]:
    look = STRONG if piece.level < 3 else PLAIN._replace(bold=True)
    return folded(inline(printable(piece.text), look), width)


def _quote(piece: Piece, width: int) -> list[Line]:
    bar = (Run("▎ " * min(piece.level, 4), HAIR),)
    return folded(inline(printable(piece.text), MUTED), width, first=bar, rest=bar)


def _paragraph(piece: Piece, width: int) -> list[Line]:
    space = _space(piece.indent)
    return folded(inline(printable(piece.text)), width, first=space, rest=space)


def _code(piece: Piece, width: int) -> list[Line]:
    return code_lines(piece.text, piece.marker, width, indent=piece.indent)


def _open_code(piece: Piece, width: int) -> list[Line]:
    text = printable(piece.text)
    line = (Run(text, PLAIN),) if text else ()
    return chopped(line, width, before=(Run(CODE_INDENT, PLAIN),))


def _space(indent: int) -> Line:
    return (Run(" " * min(indent, DEEPEST), PLAIN),) if indent else ()


def _item(piece: Piece, width: int) -> list[Line]:
    text = printable(piece.text)
    sign = piece.marker
    if sign in "-*+•":
        sign = _BULLETS[min(piece.indent // 2, len(_BULLETS) - 1)]
        if text.startswith(("[ ] ", "[x] ", "[X] ")):
            sign, text = ("☐" if text[1] == " " else "☑"), text[4:]
    space = " " * min(piece.indent, DEEPEST)
    first = (Run(f"{space}{sign} ", MARK),)
    rest = (Run(" " * width_of(first), PLAIN),)
    return folded(inline(text), width, first=first, rest=rest)


def code_lines(code: str, language: str, width: int, *, indent: int = 0) -> list[Line]:
    """A finished block of code, coloured, its language above it."""
    before = (Run(" " * min(indent, DEEPEST) + CODE_INDENT, PLAIN),)
    language = printable(language)
    lines: list[Line] = []
    if language:
        # One line, whatever a model calls a language.
        room = max(1, width - len(before[0].text))
        lines.append((*before, Run(cut(language, min(room, 40)), MUTED)))
    for line in coloured(printable(code), language):
        lines.extend(chopped(line, width, before=before))
    return lines


def plain_lines(text: str, width: int, look: Look = PLAIN) -> list[Line]:
    """A text as it was written, nothing in it read as a mark."""
    lines: list[Line] = []
    for line in printable(text).split("\n"):
        body = line.lstrip(" ")
        space = _space(len(line) - len(body))
        lines.extend(folded((Run(body, look),) if body else (), width, first=space, rest=space))
    return lines


def _cells_of(row: str) -> list[str]:
    """The cells of a row; a bar behind a backslash is no border."""
    row = row.strip().removeprefix("|")
    if row.endswith("|") and not row.endswith("\\|"):
        row = row[:-1]
    return [cell.replace("\0", "|").strip() for cell in row.replace("\\|", "\0").split("|")]


def _table(piece: Piece, width: int) -> list[Line]:
    text = piece.text
    head, delimiter, *body = printable(text.replace("\0", "")).split("\n")
    titles = _cells_of(head)
    columns = len(titles)
    rows = [(_cells_of(row) + [""] * columns)[:columns] for row in body]
    inner = [[inline(cell) for cell in row] for row in rows]
    heads = [inline(title, STRONG) for title in titles]
    natural = [
        max(1, width_of(heads[at]), *(width_of(row[at]) for row in inner))
        if inner
        else max(1, width_of(heads[at]))
        for at in range(columns)
    ]
    room = width - GAP * (columns - 1)
    if room < NARROWEST * columns:
        return plain_lines(text, width)
    widths = _shares(natural, room)
    right = [sign.endswith(":") and not sign.startswith(":") for sign in _cells_of(delimiter)]
    right = (right + [False] * columns)[:columns]
    lines = _row(heads, widths, right)
    lines.append(_joined([(Run("─" * size, HAIR),) for size in widths]))
    for row in inner:
        lines.extend(_row(row, widths, right))
    return lines


def _shares(natural: list[int], room: int) -> list[int]:
    """Widths that fit: what is narrow keeps its own, the wide ones share what is left."""
    widths = [0] * len(natural)
    left, open_ = room, len(natural)
    for at in sorted(range(len(natural)), key=lambda place: natural[place]):
        widths[at] = min(natural[at], left // open_)
        left -= widths[at]
        open_ -= 1
    return widths


def _row(row: list[Line], widths: list[int], right: list[bool]) -> list[Line]:
    columns = [folded(cell, size) for cell, size in zip(row, widths, strict=True)]
    lines: list[Line] = []
    for parts in zip_longest(*columns, fillvalue=()):
        padded: list[Line] = []
        for part, size, to_right in zip(parts, widths, right, strict=True):
            filler = Run(" " * max(0, size - width_of(part)), PLAIN)
            padded.append((filler, *part) if to_right else (*part, filler))
        lines.append(_joined(padded))
    return lines


def _joined(parts: list[Line]) -> Line:
    line: list[Run] = []
    for part in parts:
        if line:
            line.append(Run(" " * GAP, PLAIN))
        line.extend(run for run in part if run.text)
    while line and not line[-1].text.strip():
        line.pop()
    return tuple(line)


def cut_line(line: Line, width: int) -> Line:
    """A line cut hard to a width: for what must stay one line."""
    return line if width_of(line) <= width else chopped(line, width)[0]


_LAYOUTS: dict[Kind, Callable[[Piece, int], list[Line]]] = {
    Kind.PARAGRAPH: _paragraph,
    Kind.HEADING: _heading,
    Kind.ITEM: _item,
    Kind.QUOTE: _quote,
    Kind.RULE: _rule,
    Kind.BLANK: _blank,
    Kind.TABLE: _table,
    Kind.CODE: _code,
    Kind.OPEN_CODE: _open_code,
}
