"""Filters on the attributes of vector store files: comparisons, `in`, `nin`, nested `and`/`or`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

COMPARISONS = ("eq", "ne", "gt", "gte", "lt", "lte")
MEMBERSHIPS = ("in", "nin")
COMPOUNDS = ("and", "or")
MAX_DEPTH = 16

Attributes = Mapping[str, Any]
Predicate = Callable[[Attributes], bool]


class FilterError(ValueError):
    """A filter that does not hold, with the path of the wrong part, such as `filters.key`."""

    def __init__(self, message: str, param: str) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


def compile_filter(condition: object, *, param: str = "filters") -> Predicate:
    """A filter as a function of a file's attributes; `None` lets everything pass.

    A missing attribute passes only `ne` and `nin`; values of different types are never equal and
    never in order. Raises `FilterError`.
    """
    if condition is None:
        return lambda attributes: True
    return _compiled(condition, param, 1)


def matches(condition: object, attributes: Attributes | None) -> bool:
    """Whether attributes pass a filter. Raises `FilterError`."""
    return compile_filter(condition)(attributes or {})


def _compiled(condition: object, param: str, depth: int) -> Predicate:
    if not isinstance(condition, Mapping):
        raise FilterError(
            f"Invalid type for '{param}': expected an object, but got {_name(condition)} instead.",
            param,
        )
    if depth > MAX_DEPTH:
        raise FilterError(f"Invalid '{param}': filters are nested too deeply.", param)
    kind = condition.get("type")
    if kind in COMPOUNDS:
        return _compound(condition, param, depth)
    if kind in COMPARISONS or kind in MEMBERSHIPS:
        return _simple(condition, param)
    if kind is None:
        raise FilterError(f"Missing required parameter: '{param}.type'.", f"{param}.type")
    known = ", ".join(f"'{name}'" for name in (*COMPARISONS, *MEMBERSHIPS, *COMPOUNDS))
    raise FilterError(f"Invalid value: {kind!r}. Supported values are: {known}.", f"{param}.type")


def _compound(condition: Mapping[str, Any], param: str, depth: int) -> Predicate:
    inner = condition.get("filters")
    if not isinstance(inner, list) or not inner:
        raise FilterError(
            f"Invalid '{param}.filters': expected a non-empty array of filters.", f"{param}.filters"
        )
    parts = [
        _compiled(part, f"{param}.filters[{index}]", depth + 1) for index, part in enumerate(inner)
    ]
    combine = all if condition["type"] == "and" else any
    return lambda attributes: combine(part(attributes) for part in parts)


def _simple(condition: Mapping[str, Any], param: str) -> Predicate:
    kind, key = condition["type"], condition.get("key")
    if not isinstance(key, str) or not key:
        raise FilterError(f"Missing required parameter: '{param}.key'.", f"{param}.key")
    if "value" not in condition:
        raise FilterError(f"Missing required parameter: '{param}.value'.", f"{param}.value")
    value = condition["value"]
    where = f"{param}.value"
    if kind in MEMBERSHIPS:
        if not isinstance(value, list):
            raise FilterError(
                f"Invalid type for '{where}': '{kind}' takes an array, but got {_name(value)}.",
                where,
            )
        for index, member in enumerate(value):
            _check_value(member, f"{where}[{index}]")
        wanted = kind == "in"
        return lambda attributes: any(_equal(attributes.get(key), m) for m in value) is wanted
    _check_value(value, where)
    if kind not in ("eq", "ne") and isinstance(value, bool):
        raise FilterError(f"Invalid '{where}': '{kind}' compares numbers or strings.", where)
    return _comparison(kind, key, value)


def _comparison(kind: str, key: str, value: str | float | bool) -> Predicate:
    match kind:
        case "eq":
            return lambda attributes: _equal(attributes.get(key), value)
        case "ne":
            return lambda attributes: not _equal(attributes.get(key), value)
        case "gt":
            return lambda attributes: _ordered(attributes.get(key), value, lambda a, b: a > b)
        case "gte":
            return lambda attributes: _ordered(attributes.get(key), value, lambda a, b: a >= b)
        case "lt":
            return lambda attributes: _ordered(attributes.get(key), value, lambda a, b: a < b)
        case _:
            return lambda attributes: _ordered(attributes.get(key), value, lambda a, b: a <= b)


def _check_value(value: object, param: str) -> None:
    if not isinstance(value, str | int | float | bool):
        raise FilterError(
            f"Invalid type for '{param}': expected a string, number or boolean, "
            f"but got {_name(value)} instead.",
            param,
        )


def _sort(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    return (
        "number" if isinstance(value, int | float) else "string" if isinstance(value, str) else ""
    )


def _equal(held: object, wanted: object) -> bool:
    return held is not None and _sort(held) == _sort(wanted) and held == wanted


def _ordered(held: Any, wanted: Any, holds: Callable[[Any, Any], bool]) -> bool:
    return _sort(held) == _sort(wanted) != "boolean" and holds(held, wanted)


def _name(value: object) -> str:
    """The JSON name of a value's type, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"
