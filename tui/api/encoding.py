"""Query strings and paths as the platform reads them (contract 2.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

_FIELD = re.compile(r"\{(\w+)\}")


def encode_query(*queries: Mapping[str, Any] | None) -> str:
    """The query string without `?`: arrays as `name[]=`, objects as `name[key]=`.

    Later mappings win over earlier ones. `None` leaves a parameter out; booleans are lower case.
    """
    merged: dict[str, Any] = {}
    for query in queries:
        merged.update(query or {})
    return "&".join(
        f"{name}={_quoted(_text(value))}"
        for first, values in merged.items()
        for name, value in _pairs(_quoted(first), values)
    )


def _pairs(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if value is None:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _pairs(f"{name}[{_quoted(str(key))}]", inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from _pairs(f"{name}[]", inner)
    else:
        yield name, value


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def fill_path(template: str, values: Mapping[str, str]) -> str:
    """The path with its `{fields}` filled, each quoted as one segment.

    Raises `ValueError` where a value is missing, empty or would walk the tree (`.` and `..`).
    """

    def fill(match: re.Match[str]) -> str:
        value = values.get(match[1], "")
        if value in ("", ".", ".."):
            raise ValueError(f"{match[1]} cannot be {value!r}")
        return quote(value, safe=":", errors="replace")

    return _FIELD.sub(fill, template)
