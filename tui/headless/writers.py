"""The forms of a list: a table for people, JSON as it came, CSV with exact values.

JSON and JSONL hold the objects as the server sent them; only their spelling keeps a terminal safe.
CSV and the table are safe text.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

from tui.api.records import Record
from tui.catalog.cells import exact_value
from tui.catalog.descriptor import Context, Resource
from tui.core.safe_text import clean, clean_json
from tui.headless.output import Output
from tui.headless.table import Table, columns_of


class Form(StrEnum):
    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


class Writer(Protocol):
    """Takes the rows of a list as they come."""

    def begin(self) -> None: ...

    def rows(self, records: Sequence[Record]) -> None: ...

    def end(self) -> None: ...


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON in UTF-8 that cannot steer a terminal; numbers that JSON has not become null."""
    try:
        text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, indent=indent)
    return clean_json(text)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class JsonLines:
    """One object a line, written as pages arrive."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def begin(self) -> None:
        pass

    def rows(self, records: Sequence[Record]) -> None:
        self._output.write("".join(f"{json_text(dict(one.raw))}\n" for one in records))
        self._output.flush()

    def end(self) -> None:
        pass


class JsonArray:
    """One array, whole or not at all: half an array would be no JSON."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._all: list[Any] = []

    def begin(self) -> None:
        pass

    def rows(self, records: Sequence[Record]) -> None:
        self._all.extend(dict(one.raw) for one in records)

    def end(self) -> None:
        self._output.line(json_text(self._all, indent=2))


class CsvLines:
    """A line for each object, with whole ids, bytes and counts as numbers, times in UTC."""

    def __init__(self, output: Output, resource: Resource, context: Context) -> None:
        self._output = output
        self._context = context
        self._columns = columns_of(resource)

    def begin(self) -> None:
        self._write([[column.key for column in self._columns]])

    def rows(self, records: Sequence[Record]) -> None:
        self._write([self._exact(record) for record in records])
        self._output.flush()

    def end(self) -> None:
        self._output.flush()

    def _exact(self, record: Record) -> list[str]:
        _, *others = self._columns
        values = [exact_value(column.show, record, self._context) for column in others]
        return [clean(record.id), *(_field(value) for value in values)]

    def _write(self, rows: Sequence[Sequence[str]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._output.write(text.getvalue())


def _field(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | list):
        return json_text(value)
    return clean(value)


class TableLines:
    """The columns of the app's list."""

    def __init__(self, output: Output, resource: Resource, context: Context) -> None:
        self._output = output
        self._context = context
        self._columns = columns_of(resource)
        self._table = Table(self._columns, width=output.width, style=output.style)

    def begin(self) -> None:
        pass

    def rows(self, records: Sequence[Record]) -> None:
        shown = [[c.show(one, self._context) for c in self._columns] for one in records]
        for line in self._table.lines(shown):
            self._output.line(line)
        self._output.flush()

    def end(self) -> None:
        pass


def writer_of(form: Form, output: Output, resource: Resource, context: Context) -> Writer:
    """The writer of a form."""
    match form:
        case Form.JSON:
            return JsonArray(output)
        case Form.JSONL:
            return JsonLines(output)
        case Form.CSV:
            return CsvLines(output, resource, context)
        case Form.TABLE:
            return TableLines(output, resource, context)
