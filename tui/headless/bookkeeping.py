"""`cupola ledger`: what the ledger of a profile holds; searched, exported, filled, emptied.

All of it works without a server; only `--check` asks one (see `checking`).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from tui.catalog.descriptor import Column, Shown, Tone
from tui.catalog.index import ENTRIES, resource_named
from tui.core.clock import SystemClock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.formats import age, byte_size, counted
from tui.core.safe_text import clean, clean_json
from tui.headless.book import Book
from tui.headless.output import Output, UsageError
from tui.headless.place import Place, settle
from tui.headless.table import Table
from tui.headless.writers import Form
from tui.profile_endpoint import ledger_file
from tui.store.ledger_entries import (
    FIELDS,
    EntryReader,
    Refused,
    csv_line,
    json_line,
    values_of,
)
from tui.store.ledger_file import Entry, LedgerFile

WRONG_USE = 2
REFUSED_SAID = 10
"""Lines of an import that are named one by one."""
AT_ONCE = 1_000
"""Entries that are written at once."""
NO_LIMIT = 2**31
_TITLES = (("id", "ID"), ("kind", "Resource"), ("title", "Title"), ("in", "In"), ("seen", "Seen"))
_COLUMNS = tuple(
    Column(
        key=key,
        title=title,
        show=lambda record, context: Shown(""),
        width=10,
        priority=place,
        grow=key == "title",
    )
    for place, (key, title) in enumerate(_TITLES)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOptions:
    """What `cupola ledger` was asked for."""

    place: Place
    act: str | None = None
    text: str = ""
    file: Path | None = None
    """`-` is standard input."""
    kind: str | None = None
    limit: int | None = 50
    parents: tuple[str, ...] = ()
    form: Form = Form.TABLE
    yes: bool = False
    check: bool = False
    """Import: ask the server for each id."""


def keep_book(options: LedgerOptions, *, environ: Mapping[str, str], output: Output) -> int:
    """Do it; 0, or 2 when lines of an import were refused. Raises `UsageError`, `ProblemError`."""
    with opened_book(options.place, environ=environ, output=output) as book:
        match options.act:
            case "search":
                _search(book, options, output)
            case "export":
                _export(book, options, output)
            case "import":
                return _import(book, options, environ, output)
            case "purge":
                _purge(book, options, output)
            case _:
                _show(book, output)
        output.flush()
    return 0


@contextmanager
def opened_book(place: Place, *, environ: Mapping[str, str], output: Output) -> Iterator[Book]:
    """The ledger of a profile. Raises `ProblemError`."""
    resolved, paths = settle(place, environ)
    for warning in resolved.warnings:
        output.say(warning)
    book = Book(ledger_file(paths.ledger_dir, resolved.profile), clock=SystemClock())
    try:
        yield book
    finally:
        for aside in book.file.set_aside:
            output.say(f"the ledger was damaged: it is begun anew, the old one is {aside.name}")
        book.close()


def _show(book: Book, output: Output) -> None:
    entries, size = book.patiently(lambda file: file.size())
    output.line(f"{counted(entries, 'object')}, {byte_size(size)}, in {clean(book.file.path)}")
    kinds = book.patiently(lambda file: file.kinds())
    wide = max((len(f"{count:,}") for count in kinds.values()), default=0)
    for kind, count in kinds.items():
        output.line(f"{count:>{wide},}  {clean(kind)}")


def _search(book: Book, options: LedgerOptions, output: Output) -> None:
    kind = _kind(options.kind)
    limit = options.limit or NO_LIMIT
    found = book.patiently(lambda file: file.search(options.text, kind=kind, limit=limit + 1))
    _write(found[:limit], options.form, output)
    if not found:
        output.say("nothing in the ledger fits")
    elif len(found) > limit and options.form is Form.TABLE:
        output.say(f"the latest {limit:,}; there are more: --limit N, or --limit all")


def _export(book: Book, options: LedgerOptions, output: Output) -> None:
    kind = _kind(options.kind)
    form = Form.JSONL if options.form is Form.TABLE else options.form
    # Read whole before it is written: a slow reader must not hold the ledger.
    entries = book.patiently(lambda file: list(file.each()))
    _write([one for one in entries if kind in (None, one.kind)], form, output)


def _write(entries: Iterable[Entry], form: Form, output: Output) -> None:
    match form:
        case Form.JSON:
            values = [values_of(one) for one in entries]
            output.line(clean_json(json.dumps(values, ensure_ascii=False, indent=2)))
        case Form.JSONL:
            output.write("".join(f"{json_line(one)}\n" for one in entries))
        case Form.CSV:
            output.write(",".join(FIELDS) + "\n")
            output.write("".join(f"{csv_line(one)}\n" for one in entries))
        case Form.TABLE:
            now = SystemClock().now()
            table = Table(_COLUMNS, width=output.width, style=output.style)
            rows = [_row(one, now) for one in entries]
            for line in table.lines(rows) if rows else ():
                output.line(line)
    output.flush()


def _row(entry: Entry, now: float) -> list[Shown]:
    return [
        Shown(clean(entry.id), Tone.ACCENT),
        Shown(clean(entry.kind)),
        Shown(clean(entry.title) or "–"),
        Shown(clean("/".join(entry.parents)) or "–", Tone.MUTED),
        Shown(age(entry.last_seen, now), Tone.MUTED),
    ]


def _note(entries: list[Entry], file: LedgerFile) -> None:
    file.note(entries)


def _import(book: Book, options: LedgerOptions, environ: Mapping[str, str], output: Output) -> int:
    """Take in a file of ids; 2 when a line of it is none. Raises `ProblemError`."""
    count, refused = 0, 0
    with _opened(options.file) as lines:
        reader = EntryReader(
            ENTRIES,
            now=SystemClock().now(),
            parents=options.parents,
            whereabouts=lambda id: book.patiently(lambda file: file.locate(id)),
        )
        results = reader.read(lines)
        while part := list(itertools.islice(results, AT_ONCE)):
            if options.check:
                part = _checked(part, options.place, environ, output)
            entries = [one for one in part if isinstance(one, Entry)]
            book.patiently(partial(_note, entries))
            count += len(entries)
            for one in part:
                if isinstance(one, Refused):
                    refused += 1
                    if refused <= REFUSED_SAID:
                        output.say(f"line {one.line}: {one.reason}" if one.line else one.reason)
    if refused > REFUSED_SAID:
        output.say(f"and {counted(refused - REFUSED_SAID, 'other line')}")
    output.say(f"{counted(count, 'id')} imported, {counted(refused, 'line')} refused")
    return WRONG_USE if refused else 0


def _checked(
    part: list[Entry | Refused], place: Place, environ: Mapping[str, str], output: Output
) -> list[Entry | Refused]:
    # Whoever stays offline need not wait for the client's import.
    from tui.headless.checking import checked

    return asyncio.run(checked(place, part, environ=environ, output=output))


@contextmanager
def _opened(file: Path | None) -> Iterator[TextIO]:
    """The lines of a file, or of standard input. Raises `ProblemError`."""
    if file is None or str(file) == "-":
        if sys.stdin is None:
            raise UsageError("there is no standard input")
        yield sys.stdin
        return
    try:
        with open(file.expanduser(), encoding="utf-8", errors="replace") as lines:
            yield lines
    except OSError as error:
        words = f"{clean(file, limit=200)} cannot be read"
        raise ProblemError(
            Problem(words, detail=error.strerror or "", kind=ProblemKind.LOCAL)
        ) from error


def _purge(book: Book, options: LedgerOptions, output: Output) -> None:
    entries, _ = book.patiently(lambda file: file.size())
    if not options.yes:
        if sys.stdin is None or not sys.stdin.isatty() or not output.watched:
            raise UsageError("purge forgets every id: say --yes")
        output.say(f"forget {counted(entries, 'object')}? Type yes")
        if sys.stdin.readline().strip().casefold() != "yes":
            output.say("nothing was forgotten")
            return
    gone = book.patiently(lambda file: file.purge())
    output.say(f"forgot {counted(gone, 'object')}; nothing changed on any server")


def _kind(name: str | None) -> str | None:
    if name is None:
        return None
    key = resource_named(name)
    if key is None:
        raise UsageError(f"there is no resource {clean(name, limit=80)}")
    return key
