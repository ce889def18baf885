"""Attributes of files in vector stores, as a person types them: texts, numbers, true and false.

The API keeps three types (contract 2.8), and a filter `year >= 2024` finds nothing when the year
was stored as a text. So what looks like a number is one, and quotes make it a text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

AttributeValue: TypeAlias = str | int | float | bool

MOST_PAIRS = 16
LONGEST_KEY = 64
LONGEST_VALUE = 512

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?P<fraction>\.\d+)?(?P<exponent>[eE][+-]?\d+)?")
_LARGEST_EXACT = 2**53
"""Whole numbers beyond it change their digits on a server that reads doubles."""


def parse_attribute(text: str) -> AttributeValue:
    """The value that was meant: `2024`, `0.5`, `true`, `false`; anything else is a text.

    Quotes, double or single, force a text: `"2024"`. Numbers that would not survive the trip
    (leading zeros, 17 digits and more) stay texts. Never raises.
    """
    word = text.strip()
    if word in ("true", "false"):
        return word == "true"
    if match := _NUMBER.fullmatch(word):
        if match["fraction"] is None and match["exponent"] is None:
            # The length goes first: int() refuses thousands of digits.
            if len(word) <= 17 and abs(int(word)) <= _LARGEST_EXACT:
                return int(word)
            return word
        value = float(word)
        return value if math.isfinite(value) else word
    if (quoted := unquote(word)) is not None:
        return quoted
    return word


def unquote(word: str) -> str | None:
    """What stands between the quotes, with its escapes read; `None` if there are none."""
    if len(word) < 2 or word[0] not in "\"'" or word[-1] != word[0]:
        return None
    inner = word[1:-1]
    if word[0] == "'":
        return inner if "'" not in inner else None
    try:
        value = json.loads(word, strict=False)
    except ValueError:
        return inner if '"' not in inner else None
    return value if isinstance(value, str) else None


def format_attribute(value: AttributeValue) -> str:
    """The value as one would type it: `parse_attribute` gives it back, with its type."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    plain = bool(value) and value[0] not in "\"'" and parse_attribute(value) == value
    return value if plain and isinstance(parse_attribute(value), str) else quote(value)


def quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def type_name(value: AttributeValue) -> str:
    """`text`, `number` or `yes/no`, to show beside a value while it is typed."""
    if isinstance(value, bool):
        return "yes/no"
    return "number" if isinstance(value, int | float) else "text"


def parse_attributes(pairs: Iterable[tuple[str, str]]) -> dict[str, AttributeValue]:
    """Typed attributes from rows of name and text; rows with neither are left out.

    Raises `ValueError` in words, for the form, when the API would refuse them.
    """
    found: dict[str, AttributeValue] = {}
    for name, text in pairs:
        key = name.strip()
        if not key:
            if text.strip():
                raise ValueError(f"the value {text.strip()[:40]} has no name")
            continue
        if key in found:
            raise ValueError(f"{key} is there twice")
        if len(key) > LONGEST_KEY:
            raise ValueError(f"{key[:20]}… is longer than {LONGEST_KEY} characters")
        value = parse_attribute(text)
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            raise ValueError(f"the value of {key} is longer than {LONGEST_VALUE} characters")
        found[key] = value
    if len(found) > MOST_PAIRS:
        raise ValueError(f"at most {MOST_PAIRS} attributes, and these are {len(found)}")
    return found


_PAIR = re.compile(
    r"""\s*(?P<key>"[^"]*"|[^\s=,"']+)\s*=\s*
        (?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^,]*)\s*(?:,|$)""",
    re.VERBOSE,
)


def parse_attribute_line(line: str) -> dict[str, AttributeValue]:
    """Typed attributes from one line: `lang = en, year = 2024, title = "a, b"`.

    Raises `ValueError` with the place that cannot be read.
    """
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(line) and line[at:].strip():
        match = _PAIR.match(line, at)
        if match is None or match.end() == at:
            raise ValueError(f"expected name = value at “{line[at:].strip()[:20]}”")
        pairs.append((match["key"].strip('"'), match["value"]))
        at = match.end()
    return parse_attributes(pairs)


def format_attribute_line(attributes: Mapping[str, AttributeValue]) -> str:
    """One line that `parse_attribute_line` reads back."""
    parts = []
    for key, value in attributes.items():
        text = format_attribute(value)
        if "," in text or text != text.strip():
            text = text if text.startswith('"') else quote(str(value))
        name = f'"{key}"' if re.search(r"[\s=,']", key) else key
        parts.append(f"{name} = {text}")
    return ", ".join(parts)
