"""The text inside an uploaded file, or the reason why there is none."""

from __future__ import annotations

import codecs
import importlib
import io
import re
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Any

_PROSE = "txt text md markdown mdx rst adoc tex log srt vtt po"
_RECORDS = "json jsonl ndjson csv tsv xml yaml yml toml ini cfg conf properties env svg"
_SOURCE = (
    "py pyi ipynb c h cc cpp cxx hpp cs java kt kts scala go rs rb php pl pm lua r jl swift m mm "
    "js mjs cjs jsx ts tsx vue svelte css scss sass less sql sh bash zsh fish ps1 bat cmake gradle "
    "ex exs erl hs ml clj lisp el dart proto graphql tf dockerfile makefile diff patch tcss"
)
TEXT_SUFFIXES = frozenset(f"{_PROSE} {_RECORDS} {_SOURCE}".split())
HTML_SUFFIXES = frozenset({"html", "htm", "xhtml"})
_BARE = "readme license notice changelog authors makefile dockerfile"
BARE_NAMES = frozenset(_BARE.split())

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class ExtractionError(Exception):
    """Why a file has no text; `code` is a vector store file's `last_error.code` (contract 3)."""

    code = "server_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UnsupportedFile(ExtractionError):
    """A kind of file that is not read here."""

    code = "unsupported_file"


class InvalidFile(ExtractionError):
    """A readable kind of file with unreadable content."""

    code = "invalid_file"


def extract_text(filename: str, content: bytes) -> str:
    """The file's text, by its suffix. Raises `UnsupportedFile` or `InvalidFile`."""
    name = PurePosixPath(filename.replace("\\", "/")).name.lower()
    suffix = name.rpartition(".")[2] if "." in name else ""
    kind = suffix or (name if name in BARE_NAMES else "")
    if not kind or not (kind in TEXT_SUFFIXES | HTML_SUFFIXES | BARE_NAMES or kind == "pdf"):
        label = f"'.{suffix}'" if suffix else "without a suffix"
        raise UnsupportedFile(f"The file type is not supported: {label}.")
    if not content:
        raise InvalidFile("The file is empty.")
    if kind == "pdf":
        text = _pdf_text(content)
    else:
        text = decode_text(content)
        if kind in HTML_SUFFIXES:
            text = html_text(text)
    if not text.strip():
        raise InvalidFile("The file contains no text.")
    return text


def decode_text(content: bytes) -> str:
    """Bytes as text: by byte order mark, else UTF-8, UTF-16 by its zeros, or Windows-1252.

    Raises `InvalidFile` for what is none of them.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    if b"\0" in content[:4096]:
        sample = content[:4096]
        pairs = max(1, len(sample) // 2)
        odd, even = sample[1::2].count(0) / pairs, sample[0::2].count(0) / pairs
        if max(odd, even) > 0.6 and min(odd, even) < 0.1:
            return _decoded(content, "utf-16-le" if odd > even else "utf-16-be")
        raise InvalidFile("The file could not be parsed: it is binary.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        if len(_CONTROLS.findall(content[:65_536])) > len(content[:65_536]) // 200:
            raise InvalidFile("The file could not be parsed: it is binary.") from None
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError:
            return content.decode("latin-1")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidFile(f"The file could not be parsed as {encoding}: {error.reason}.") from None


_BLOCK_TAGS = (
    "address article aside blockquote br dd details div dl dt figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hr li main nav ol option p pre section summary table tbody tfoot thead "
    "title tr ul"
)


class _Words(HTMLParser):
    """Collects what a reader of the page would see, one block per line."""

    HIDDEN = frozenset({"script", "style", "template", "noscript"})
    BLOCKS = frozenset(_BLOCK_TAGS.split())
    CELLS = frozenset({"td", "th"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.HIDDEN:
            self._hidden += 1
        elif tag in self.BLOCKS:
            self.parts.append("\n")
        elif tag == "img":
            self.parts.extend(f" {value} " for name, value in attrs if name == "alt" and value)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in self.BLOCKS:
            self.parts.append("\n")
        elif tag in self.CELLS:
            self.parts.append("\t")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def html_text(page: str) -> str:
    """A page's visible text: tags, scripts and styles gone, entities resolved."""
    parser = _Words()
    parser.feed(page)
    parser.close()
    lines = (line.strip() for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def _pdf_text(content: bytes) -> str:
    if not content.startswith(b"%PDF-"):
        raise InvalidFile("The file could not be parsed: it is not a PDF document.")
    try:
        pypdf: Any = importlib.import_module("pypdf")
    except ImportError:
        raise UnsupportedFile(
            "PDF documents are read with the 'pdf' extra (pip install '.[pdf]')."
        ) from None
    try:
        pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    except (pypdf.errors.PyPdfError, ValueError, KeyError, TypeError) as error:
        raise InvalidFile(f"The PDF could not be parsed: {type(error).__name__}.") from None
    return "\n\n".join(pages)
