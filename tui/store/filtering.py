"""The filter language of lists: a line of text becomes a test of a row's cells. Pure.

Terms stand apart by spaces and must all hold; quotes keep spaces together.

- `word`: a regular expression, case ignored, over each cell (literal text if it is none)
- `!word`: must not match; works before every other kind
- `~word` or `-f word`: its letters in order, with anything between
- `name:word`: one column only, found by the beginning of its key or title
- `size>1MB`, `age<3h`, `bytes>=100`, `status=failed`, `created>2026-01-31`: compares one column
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tui.catalog.descriptor import Column, Shown

CELL_LIMIT = 512
"""Characters of a cell that a term looks at: a slow pattern stays harmless."""
LONG_AGO = 5e8
"""A sort value from here on is a Unix time, not a number of seconds."""

Cells = Sequence[Shown]
Test = Callable[[Cells, str, float], bool]
"""Takes the cells, their joined text, and the time now."""

_COMPARISON = re.compile(r"(?P<name>[^\s<>=!:]+)(?P<sign><=|>=|!=|=|<|>)(?P<value>.*)", re.DOTALL)
_TERM = re.compile(r'(?:[^\s"]|"[^"]*(?:"|$))+')
_QUANTITY = re.compile(r"([+-]?[\d_,]*\.?\d+(?:e[+-]?\d+)?)\s*([a-zA-Zµ%]*)")

_BYTES = {
    unit: factor
    for power, letter in enumerate("kmgtp", 1)
    for unit, factor in (
        (letter, 1000.0**power),
        (f"{letter}b", 1000.0**power),
        (f"{letter}ib", 1024.0**power),
    )
}
_BYTES["b"] = 1.0
_SECONDS = {
    "ms": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86_400.0,
    "w": 604_800.0,
    "mo": 2_629_746.0,
    "y": 31_556_952.0,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter line. `error` says what could not be read as it was meant."""

    text: str
    tests: tuple[Test, ...] = ()
    error: str = ""

    def accepts(self, cells: Cells, joined: str, now: float) -> bool:
        """Whether a row passes; `joined` is `join(cells)`."""
        return all(test(cells, joined, now) for test in self.tests)


def join(cells: Cells) -> str:
    """The text that bare terms search: one cell a line, so that `^` and `$` mean a cell's."""
    return "\n".join(shown.text[:CELL_LIMIT] for shown in cells)


def parse(text: str, columns: Sequence[Column]) -> Filter:
    """The filter that a line means; never raises, an incomplete term lets everything pass."""
    tests: list[Test] = []
    errors: list[str] = []
    terms = iter(_TERM.findall(text))
    for term in terms:
        inverse = len(term) > 1 and term.startswith("!")
        body = term[1:] if inverse else term
        if body == "-f":
            body = "~" + next(terms, "")
        test, error = _term(body, columns)
        if error:
            errors.append(error)
        if test is not None:
            tests.append(_inverse(test) if inverse else test)
    return Filter(text, tuple(tests), "; ".join(errors))


def column_named(name: str, columns: Sequence[Column]) -> int | None:
    """The column that a name means: its key, its title, or how either begins."""
    wanted = name.casefold()
    if not wanted:
        return None
    names = [(c.key.casefold(), c.title.casefold()) for c in columns]
    for index, both in enumerate(names):
        if wanted in both:
            return index
    for index, (key, title) in enumerate(names):
        if key.startswith(wanted) or title.startswith(wanted):
            return index
    return None


def _term(body: str, columns: Sequence[Column]) -> tuple[Test | None, str]:
    if body.startswith("~"):
        return _fuzzy(_bare(body[1:])), ""
    if not body.startswith('"'):
        if comparison := _COMPARISON.fullmatch(body):
            index = column_named(comparison["name"], columns)
            if index is not None:
                return _compare(index, comparison["sign"], _bare(comparison["value"]))
        name, colon, rest = body.partition(":")
        if colon and (index := column_named(name, columns)) is not None:
            if rest.startswith("~"):
                return _in_column(index, _fuzzy(_bare(rest[1:]))), ""
            pattern, error = _pattern(_bare(rest))
            return (None if pattern is None else _in_column(index, _matching(pattern))), error
    pattern, error = _pattern(_bare(body))
    return (None if pattern is None else _matching(pattern)), error


def _bare(term: str) -> str:
    return term.replace('"', "")


def _pattern(text: str) -> tuple[re.Pattern[str] | None, str]:
    """What a term searches; text that is no regular expression is searched as it stands."""
    if not text:
        return None, ""
    flags = re.IGNORECASE | re.MULTILINE
    try:
        return re.compile(text, flags), ""
    except (re.error, OverflowError, RecursionError):
        literal = re.compile(re.escape(text), flags)
        return literal, "not a regular expression: taken as text"


def _matching(pattern: re.Pattern[str]) -> Test:
    search = pattern.search
    return lambda _cells, joined, _now: search(joined) is not None


def _fuzzy(text: str) -> Test | None:
    letters = text.casefold()
    if not letters:
        return None

    def test(_cells: Cells, joined: str, _now: float) -> bool:
        return any(_subsequence(letters, line) for line in joined.casefold().split("\n"))

    return test


def _subsequence(letters: str, line: str) -> bool:
    position = 0
    for letter in letters:
        position = line.find(letter, position) + 1
        if not position:
            return False
    return True


def _in_column(index: int, test: Test | None) -> Test | None:
    if test is None:
        return None
    return lambda cells, _joined, now: test(cells, cells[index].text[:CELL_LIMIT], now)


def _inverse(test: Test) -> Test:
    return lambda cells, joined, now: not test(cells, joined, now)


def _compare(index: int, sign: str, value: str) -> tuple[Test | None, str]:
    if not value:
        return None, ""
    if sign in {"=", "!="}:
        equal = _equal(index, value)
        return (equal if sign == "=" else _inverse(equal)), ""
    quantity = _quantity(value)
    if quantity is None:
        return None, f"{value} is no number, size, duration or date"
    wanted, is_duration = quantity
    before = sign.startswith("<")
    or_equal = sign.endswith("=")

    def test(cells: Cells, _joined: str, now: float) -> bool:
        held = _number(cells[index])
        if held is None:
            return False
        if is_duration and abs(held) >= LONG_AGO:
            held = abs(now - abs(held))
        if held == wanted:
            return or_equal
        return held < wanted if before else held > wanted

    return test, ""


def _equal(index: int, value: str) -> Test:
    text = value.casefold()
    quantity = _quantity(value)

    def test(cells: Cells, _joined: str, _now: float) -> bool:
        shown = cells[index]
        if shown.text.casefold() == text:
            return True
        if isinstance(shown.sort, str):
            return shown.sort.casefold() == text
        return quantity is not None and _number(shown) == quantity[0]

    return test


def _number(shown: Shown) -> float | None:
    """A cell's number: what it sorts by, else what its text says."""
    if isinstance(shown.sort, int | float):
        return float(shown.sort)
    if shown.sort is not None:
        return None
    quantity = _quantity(shown.text)
    return None if quantity is None else quantity[0]


def _quantity(text: str) -> tuple[float, bool] | None:
    """A number in base units, and whether it is a duration: `1.5MB`, `3h`, `40%`, a date."""
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        return _date(text)
    try:
        number = float(found[1].replace(",", "").replace("_", ""))
    except ValueError:
        return None
    unit = found[2]
    if not unit or unit == "%":
        return number, False
    # Alone, m is minutes and M is millions.
    low = "min" if unit == "m" else unit.lower()
    factor = _SECONDS.get(low) or _BYTES.get(low)
    return None if factor is None else (number * factor, low in _SECONDS)


def _date(text: str) -> tuple[float, bool] | None:
    try:
        return datetime.fromisoformat(text.strip()).timestamp(), False
    except (ValueError, OverflowError, OSError):
        return None
