"""Filters of a vector store search: a typed line such as `lang = en and year >= 2024` as JSON.

The API wants nested objects (contract 2.8: comparison and compound filters); a person wants to
type. Both directions are here, so that a pasted JSON filter can be shown as a line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from tui.store.ingest_attributes import AttributeValue, format_attribute, parse_attribute

Filter: TypeAlias = dict[str, Any]

COMPARISONS: Mapping[str, str] = {
    "=": "eq",
    "==": "eq",
    ":": "eq",
    "!=": "ne",
    "<>": "ne",
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
}
_SIGNS = {"eq": "=", "ne": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_ORDERED = frozenset({"gt", "gte", "lt", "lte"})
_DEEPEST = 20

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<sign>==|!=|<>|>=|<=|=|:|>|<)
      | (?P<mark>[(),\[\]])
      | (?P<quoted>"(?:[^"\\]|\\.)*"|'[^']*')
      | (?P<word>[^\s=!<>:(),\[\]"']+)
    )""",
    re.VERBOSE,
)


class FilterError(ValueError):
    """A filter that cannot be read: what was expected, and at which character."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.lower() in words


def parse_filter(text: str) -> Filter | None:
    """The API's filter from a typed line or from JSON; `None` for an empty one.

    Raises `FilterError` with the character where it stops making sense.
    """
    if not text.strip():
        return None
    if text.lstrip().startswith("{"):
        return _from_json(text)
    return _Parser(_tokens(text), len(text)).whole()


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            raise FilterError(f"cannot read “{text[start : start + 12]}”", start)
        kind = match.lastgroup or ""
        found.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return found


class _Parser:
    """Recursive descent: `or` binds weaker than `and`; parentheses group."""

    def __init__(self, tokens: Sequence[_Token], end: int) -> None:
        self._tokens = tokens
        self._next = 0
        self._end = end
        self._depth = 0

    def whole(self) -> Filter:
        found = self._any_of()
        if (token := self._peek()) is not None:
            raise FilterError(f"expected “and” or “or” before “{token.text}”", token.at)
        return found

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, expected: str) -> _Token:
        token = self._peek()
        if token is None:
            raise FilterError(f"expected {expected} at the end", self._end)
        self._next += 1
        return token

    def _any_of(self) -> Filter:
        parts = [self._all_of()]
        while (token := self._peek()) is not None and token.is_word("or"):
            self._next += 1
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else {"type": "or", "filters": parts}

    def _all_of(self) -> Filter:
        parts = [self._term()]
        while (token := self._peek()) is not None and token.is_word("and"):
            self._next += 1
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else {"type": "and", "filters": parts}

    def _term(self) -> Filter:
        token = self._take("an attribute")
        if token.text == "(" and token.kind == "mark":
            self._depth += 1
            if self._depth > _DEEPEST:
                raise FilterError("nested too deep", token.at)
            inner = self._any_of()
            closing = self._take("“)”")
            if closing.text != ")":
                raise FilterError(f"expected “)” before “{closing.text}”", closing.at)
            self._depth -= 1
            return inner
        if token.is_word("not"):
            raise FilterError("the API has no “not”: use != or “not in”", token.at)
        if token.kind not in ("word", "quoted") or token.is_word("and", "or"):
            raise FilterError(f"expected an attribute before “{token.text}”", token.at)
        return self._comparison(_bare(token))

    def _comparison(self, key: str) -> Filter:
        token = self._take("a comparison such as = or >=")
        if token.kind == "sign":
            type_ = COMPARISONS[token.text]
            place = self._take("a value")
            value = self._value(place)
            if type_ in _ORDERED and isinstance(value, bool | str):
                raise FilterError(f"{token.text} compares numbers", place.at)
            return {"type": type_, "key": key, "value": value}
        if token.is_word("in"):
            return {"type": "in", "key": key, "value": self._values()}
        if token.is_word("not"):
            following = self._take("“in”")
            if not following.is_word("in"):
                raise FilterError("expected “in” after “not”", following.at)
            return {"type": "nin", "key": key, "value": self._values()}
        raise FilterError(f"expected = != > >= < <= in before “{token.text}”", token.at)

    def _values(self) -> list[AttributeValue]:
        opening = self._take("a list such as (a, b)")
        if opening.text not in ("(", "[") or opening.kind != "mark":
            raise FilterError("expected a list such as (a, b)", opening.at)
        closer = ")" if opening.text == "(" else "]"
        values = []
        while True:
            place = self._take("a value")
            value = self._value(place)
            if isinstance(value, bool):
                raise FilterError("a list holds texts and numbers", place.at)
            values.append(value)
            mark = self._take(f"“,” or “{closer}”")
            if mark.kind == "mark" and mark.text == closer:
                return values
            if mark.text != ",":
                raise FilterError(f"expected “,” or “{closer}” before “{mark.text}”", mark.at)

    def _value(self, token: _Token) -> AttributeValue:
        if token.kind not in ("word", "quoted"):
            raise FilterError(f"expected a value before “{token.text}”", token.at)
        return parse_attribute(token.text)


def _bare(token: _Token) -> str:
    return str(parse_attribute(token.text)) if token.kind == "quoted" else token.text


def _from_json(text: str) -> Filter:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise FilterError(f"not JSON: {error.msg}", error.pos) from None
    except RecursionError:
        raise FilterError("nested too deep", 0) from None
    _check(value, 0)
    return cast(Filter, value)


def _check(value: object, depth: int) -> None:
    """Whether JSON has the shape of a filter; positions inside are not known."""
    if depth > _DEEPEST:
        raise FilterError("nested too deep", 0)
    if not isinstance(value, dict):
        raise FilterError("a filter is an object", 0)
    match value.get("type"):
        case "and" | "or":
            inner = value.get("filters")
            if not isinstance(inner, list) or not inner:
                raise FilterError("a compound filter wants “filters”, a list", 0)
            for part in inner:
                _check(part, depth + 1)
        case "eq" | "ne" | "gt" | "gte" | "lt" | "lte" | "in" | "nin":
            if not isinstance(value.get("key"), str) or not value["key"]:
                raise FilterError("a comparison wants “key”, a text", 0)
            if "value" not in value:
                raise FilterError("a comparison wants “value”", 0)
            if value["type"] in ("in", "nin") and not isinstance(value["value"], list):
                raise FilterError(f"{value['type']} wants a list as “value”", 0)
            if value["type"] not in ("in", "nin") and isinstance(value["value"], list | dict):
                raise FilterError(f"{value['type']} wants one value", 0)
        case other:
            raise FilterError(f"unknown type {json.dumps(other)[:20]}", 0)


def format_filter(filter: Filter | None) -> str:
    """A filter as one would type it; `parse_filter` reads it back."""
    return "" if filter is None else _formatted(filter, inside=None)


def _formatted(filter: Filter, *, inside: str | None) -> str:
    kind = filter["type"]
    if kind in ("and", "or"):
        parts = [_formatted(part, inside=kind) for part in filter["filters"]]
        line = f" {kind} ".join(parts)
        return f"({line})" if inside is not None and len(parts) > 1 else line
    key = filter["key"]
    if not _PLAIN.fullmatch(key) or key.lower() in ("and", "or", "not"):
        key = json.dumps(key, ensure_ascii=False)
    if kind in ("in", "nin"):
        values = ", ".join(_value_text(value) for value in filter["value"])
        return f"{key} {'in' if kind == 'in' else 'not in'} ({values})"
    return f"{key} {_SIGNS[kind]} {_value_text(filter['value'])}"


_PLAIN = re.compile(r"[^\s=!<>:(),\[\]\"']+")


def _value_text(value: AttributeValue) -> str:
    text = format_attribute(value)
    if isinstance(value, str) and not text.startswith('"') and not _PLAIN.fullmatch(text):
        return json.dumps(value, ensure_ascii=False)
    return text
