"""The only road for text from outside to the terminal.

API data, file names, server errors and model output may carry escape sequences, control
characters, bidirectional overrides or lone surrogates. `clean` makes them visible and harmless;
what it returns may still look like markup, so widgets show it as `Text` or `Content`, never as a
plain `str` in a slot that reads markup.
"""

from __future__ import annotations

_ESCAPE_PICTURE = 0x2400
"""The control pictures: ESC (0x1b) is drawn as U+241B."""

_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE = (
    0x00AD,
    0x180E,
    0x2028,
    0x2029,
    0xFEFF,
    *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE0080),
)


def _table(keep: str) -> dict[int, str | None]:
    table: dict[int, str | None] = {}
    for code in range(0x20):
        table[code] = chr(_ESCAPE_PICTURE + code)
    table[0x7F] = "␡"
    for code in range(0x80, 0xA0):
        table[code] = "�"
    for code in (*_BIDI, *_INVISIBLE):
        table[code] = None
    for character in keep:
        del table[ord(character)]
    return table


_LINE = _table("")
_LINE.update({0x0A: "↵", 0x0D: None, 0x09: " "})
_BLOCK = _table("\n")
_BLOCK.update({0x0D: None, 0x09: "    "})

_SURROGATES = range(0xD800, 0xE000)


def _units(code: int) -> tuple[int, ...]:
    """A character's UTF-16 units, in which JSON escapes it."""
    if code < 0x10000:
        return (code,)
    return 0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 0x3FF)


def _without_surrogates(text: str) -> str:
    """Lone surrogates crash the clipboard, SQLite and TOML; each becomes U+FFFD."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join("�" if ord(c) in _SURROGATES else c for c in text)
    return text


def clean(text: object, *, limit: int | None = None) -> str:
    """One safe line: controls become pictures, line ends `↵`, tabs one space.

    `limit` cuts to that many characters, the last of them an ellipsis. Anything but a `str` is
    shown by `str()`; `None` is the empty line.
    """
    if text is None:
        return ""
    line = text if isinstance(text, str) else str(text)
    if limit is not None and len(line) > limit * 4:
        line = line[: limit * 4]
    if not (line.isascii() and line.isprintable()):
        line = _without_surrogates(line).translate(_LINE)
    if limit is not None and len(line) > limit:
        line = line[: max(0, limit - 1)] + "…"
    return line


def clean_block(text: object, *, limit: int | None = None) -> str:
    """Safe text of several lines: line ends stay, tabs become four spaces."""
    if text is None:
        return ""
    block = text if isinstance(text, str) else str(text)
    if limit is not None and len(block) > limit:
        block = block[: max(0, limit - 1)] + "…"
    if "\r" in block:
        block = block.replace("\r\n", "\n").replace("\r", "\n")
    # What is printable holds none of the characters that are replaced.
    if block.replace("\n", "").isprintable():
        return block
    return _without_surrogates(block).translate(_BLOCK)


_JSON_ESCAPES = {
    code: "".join(f"\\u{unit:04x}" for unit in _units(code))
    for code in (0x7F, *range(0x80, 0xA0), *_BIDI, *_INVISIBLE, *_SURROGATES)
}


def clean_json(document: str) -> str:
    """JSON with what could steer a terminal written as `\\u` escapes: the same values when it
    is read. The document is as `json.dumps` made it, with controls below 0x20 escaped already."""
    if document.isascii() and "\x7f" not in document:
        return document
    return document.translate(_JSON_ESCAPES)


def harmless(text: str) -> bool:
    """Whether nothing in the text can steer a terminal: the test that the last gate applies."""
    return all(
        not (ord(c) < 0x20 and c not in "\n\t")
        and not 0x7F <= ord(c) < 0xA0
        and ord(c) not in _BIDI
        and ord(c) not in _SURROGATES
        for c in text
    )
