"""The query string, read as the SDKs write it (contract 2.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl

from tui.sandbox.errors import invalid

_INDEX = re.compile(r"\[\d*\]$")
_INTEGER = re.compile(r"[+-]?\d{1,18}$")


class Query:
    """Parameters by name: arrays as `x[]`, `x[0]` or repeated `x`, maps as `x[key]`."""

    def __init__(self, query_string: bytes) -> None:
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, errors="replace")
        self._lists: dict[str, list[str]] = {}
        self._maps: dict[str, dict[str, str]] = {}
        for name, value in pairs:
            base = _INDEX.sub("", name)
            self._lists.setdefault(base, []).append(value)
            if base == name and name.endswith("]") and "[" in name:
                outer, _, key = name[:-1].partition("[")
                self._maps.setdefault(outer, {})[key] = value

    def text(self, name: str) -> str | None:
        """The last value given, or None when there is none or it is empty."""
        values = self._lists.get(name)
        return values[-1] or None if values else None

    def texts(self, name: str) -> list[str]:
        """All values of an array parameter."""
        return list(self._lists.get(name, ()))

    def mapping(self, name: str) -> dict[str, str]:
        """The values of `name[key]=…`."""
        return dict(self._maps.get(name, {}))

    def integer(
        self, name: str, default: int, *, minimum: int | None = None, maximum: int | None = None
    ) -> int:
        """A whole number within bounds. Raises `ApiError` 400."""
        text = self.text(name)
        if text is None:
            return default
        if not _INTEGER.match(text):
            raise invalid(
                f"Invalid type for '{name}': expected an integer, but got a string instead.",
                name,
                code="invalid_type",
            )
        value = int(text)
        if minimum is not None and value < minimum:
            raise invalid(
                f"Invalid '{name}': integer below minimum value. Expected a value >= {minimum},"
                f" but got {value} instead.",
                name,
                code="integer_below_min_value",
            )
        if maximum is not None and value > maximum:
            raise invalid(
                f"Invalid '{name}': integer above maximum value. Expected a value <= {maximum},"
                f" but got {value} instead.",
                name,
                code="integer_above_max_value",
            )
        return value

    def choice(self, name: str, choices: Sequence[str], default: str | None = None) -> str | None:
        """One of a closed set of words. Raises `ApiError` 400."""
        text = self.text(name)
        if text is None:
            return default
        if text not in choices:
            raise invalid(invalid_choice(text, choices), name, code="invalid_value")
        return text

    def boolean(self, name: str, default: bool = False) -> bool:
        """`true` or `false`. Raises `ApiError` 400."""
        return self.choice(name, ("true", "false"), str(default).lower()) == "true"


def invalid_choice(value: object, choices: Iterable[str]) -> str:
    """The platform's sentence about a value outside a closed set."""
    names = [f"'{choice}'" for choice in choices]
    if len(names) > 1:
        names[-1] = f"and {names[-1]}"
    shown = str(value)[:200]
    return f"Invalid value: '{shown}'. Supported values are: {', '.join(names)}."
