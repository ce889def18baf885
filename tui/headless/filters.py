"""`--filter KEY=VALUE` and `--order`: what the server filters itself, and what is sifted here.

A key that is a parameter of the list goes to the server. Any other field of the objects is
compared here, page by page, so `--filter status=running` works on every list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tui.api.operation import Operation
from tui.api.records import Record, wire_model
from tui.catalog.descriptor import FilterKind, Resource
from tui.core.safe_text import clean
from tui.headless.output import UsageError

_INNER = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")
_PAGING = frozenset({"limit", "order", "after", "before", "page"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Fields that an object must hold, each as a path of steps and the value as text."""

    steps: tuple[str, ...]
    value: str

    def fits(self, record: Record) -> bool:
        found: Any = record.raw
        for step in self.steps:
            found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, bool):
            return self.value.casefold() == str(found).casefold()
        return ("" if found is None else str(found)) == self.value


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for."""

    query: dict[str, Any] = field(default_factory=dict)
    wanted: tuple[Wanted, ...] = ()

    def fits(self, record: Record) -> bool:
        """Whether a row passes what the server did not filter."""
        return all(one.fits(record) for one in self.wanted)


def read_filters(resource: Resource, filters: Sequence[str], order: str | None) -> Asked:
    """Raises `UsageError` for a filter that neither the server nor the objects know."""
    op = resource.list_op
    query: dict[str, Any] = dict(resource.query or {})
    wanted: list[Wanted] = []
    for text in filters:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals or not key:
            raise UsageError(f"a filter is KEY=VALUE, not {clean(text, limit=80)}")
        param, inner = _parameter(resource, key)
        if param is None:
            wanted.append(Wanted(_steps(resource, key), value))
        elif inner is None:
            query[param] = value
        else:
            query.setdefault(param, {})[inner] = value
    if order is not None:
        query["order"] = _order(resource, op, order)
    return Asked(query, tuple(wanted))


def _parameter(resource: Resource, key: str) -> tuple[str | None, str | None]:
    """The query parameter that a filter means, with the key inside it for `metadata[team]`."""
    op = resource.list_op
    if op is None:
        return None, None
    if inner := _INNER.fullmatch(key):
        name, step = inner.groups()
        kinds = {one.param: one.kind for one in resource.filters}
        nested = name in op.query and kinds.get(name, FilterKind.PAIRS) is FilterKind.PAIRS
        return (name, step) if nested else (None, None)
    if key in op.query and key not in _PAGING:
        return key, None
    for one in resource.filters:
        if key.casefold() == one.title.casefold() and one.param not in _PAGING:
            return one.param, None
    return None, None


def _steps(resource: Resource, key: str) -> tuple[str, ...]:
    """Where the objects hold a field. Raises `UsageError` when they have none of that name."""
    inner = _INNER.fullmatch(key)
    steps = inner.groups() if inner else tuple(key.split("."))
    fields = _fields(resource)
    if fields and steps[0] not in fields:
        names = sorted({*_server_filters(resource), *fields} - {"object"})
        raise UsageError(
            f"{resource.title.lower()} have no {clean(key, limit=60)} to filter by;"
            f" there are {', '.join(names)}"
        )
    return steps


def _fields(resource: Resource) -> set[str]:
    """The names of the fields that the objects are known to have."""
    op = resource.list_op or resource.get_op
    if op is None or op.item is None:
        return set()
    return set(wire_model(op.item).model_fields)


def _server_filters(resource: Resource) -> set[str]:
    op = resource.list_op
    return set() if op is None else {name for name in op.query if name not in _PAGING}


def _order(resource: Resource, op: Operation | None, order: str) -> str:
    if op is None or "order" not in op.query:
        raise UsageError(f"the server lists {resource.title.lower()} in its own order only")
    for one in resource.filters:
        if one.param == "order":
            # One list spells them `ascending` and `descending` (contract 2.6).
            return next((choice for choice in one.choices if choice.startswith(order)), order)
    return order
