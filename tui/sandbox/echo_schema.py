"""Values that fit a JSON schema, filled with the words, names and numbers of a prompt.

`pattern` is the one keyword that is not followed: a string with a pattern gets an ordinary word.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from tui.sandbox.echo_words import names_in, numbers_in, salient_words
from tui.sandbox.terms import fold

MAX_DEPTH = 12
_FORMATS = {
    "date-time": "2026-01-15T09:30:00Z",
    "date": "2026-01-15",
    "time": "09:30:00Z",
    "duration": "PT15M",
    "email": "echo@example.com",
    "hostname": "example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


@dataclass(slots=True)
class Filler:
    """Hands out the prompt's own words and numbers, in turn."""

    prompt: str
    preferred: str = ""
    """The name that the first free string takes, for parallel calls of one tool."""
    _folded: str = field(init=False)
    _words: cycle[str] = field(init=False)
    _numbers: cycle[float] = field(init=False)

    def __post_init__(self) -> None:
        self._folded = fold(self.prompt)
        words = [*names_in(self.prompt), *salient_words(self.prompt)]
        if self.preferred:
            words = [self.preferred, *(word for word in words if word != self.preferred)]
        self._words = cycle(list(dict.fromkeys(words)) or ["echo"])
        self._numbers = cycle(numbers_in(self.prompt) or [1.0])

    def mentioned(self, value: object) -> bool:
        """Whether the prompt names the value."""
        return isinstance(value, str) and bool(value) and fold(value) in self._folded

    def word(self) -> str:
        return next(self._words)

    def number(self) -> float:
        return next(self._numbers)


def instance(schema: object, filler: Filler) -> Any:
    """A value that the schema accepts; an unreadable schema gives an empty object."""
    root = schema if isinstance(schema, Mapping) else {}
    return _value(root, root, filler, 0)


def _value(schema: object, root: Mapping[str, Any], filler: Filler, depth: int) -> Any:
    if not isinstance(schema, Mapping):
        return filler.word()
    schema = _resolved(schema, root)
    if "const" in schema:
        return schema["const"]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        named = (value for value in schema["enum"] if filler.mentioned(value))
        return next(named, schema["enum"][0])
    for word in ("anyOf", "oneOf"):
        options = schema.get(word)
        if isinstance(options, list) and options:
            return _value(_simplest(options, root, depth), root, filler, depth + 1)
    kind = _type(schema)
    if kind in ("object", "array"):
        return (_object if kind == "object" else _array)(schema, root, filler, depth)
    return _scalar(kind, schema, filler)


def _scalar(kind: str, schema: Mapping[str, Any], filler: Filler) -> Any:
    match kind:
        case "integer":
            return int(_number(schema, filler, whole=True))
        case "number":
            return _number(schema, filler, whole=False)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return _string(schema, filler)


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with `$ref` followed and `allOf` merged."""
    for _ in range(MAX_DEPTH):
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#"):
            break
        target: Any = root
        for part in reference[1:].strip("/").split("/") if len(reference) > 1 else ():
            part = part.replace("~1", "/").replace("~0", "~")
            target = target.get(part, {}) if isinstance(target, Mapping) else {}
        schema = target if isinstance(target, Mapping) else {}
    parts = schema.get("allOf")
    if isinstance(parts, list):
        merged: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
        for part in parts:
            if isinstance(part, Mapping):
                for key, value in _resolved(part, root).items():
                    if key == "properties" and isinstance(merged.get(key), Mapping):
                        value = {**merged[key], **value}
                    elif key == "required" and isinstance(merged.get(key), list):
                        value = [*merged[key], *value]
                    merged[key] = value
        return merged
    return schema


def _simplest(options: list[Any], root: Mapping[str, Any], depth: int) -> Any:
    """The first option that says something; deep down one that ends, so that recursion does."""
    readable = [option for option in options if isinstance(option, Mapping)]
    flat = [o for o in readable if _type(_resolved(o, root)) not in ("object", "array")]
    if depth >= MAX_DEPTH // 3 and flat:
        nulls = [option for option in flat if _type(option) == "null"]
        return (nulls or flat)[0]
    spoken = [option for option in readable if _type(option) != "null"]
    return (spoken or options)[0]


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if isinstance(kind, str):
        return kind
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def _object(
    schema: Mapping[str, Any], root: Mapping[str, Any], filler: Filler, depth: int
) -> dict[str, Any]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    required = schema.get("required")
    needed = set(required) if isinstance(required, list) else set()
    wanted = [key for key in properties if key in needed or depth < MAX_DEPTH // 3]
    if depth >= MAX_DEPTH:
        return {}
    return {key: _value(properties[key], root, filler, depth + 1) for key in wanted}


def _array(
    schema: Mapping[str, Any], root: Mapping[str, Any], filler: Filler, depth: int
) -> list[Any]:
    least, most = schema.get("minItems"), schema.get("maxItems")
    count = 0 if depth >= MAX_DEPTH // 3 else 2
    count = max(count, least) if isinstance(least, int) else count
    count = min(count, max(most, 0) if isinstance(most, int) else count, 100)
    items = schema.get("items")
    if isinstance(schema.get("prefixItems"), list):
        return [_value(item, root, filler, depth + 1) for item in schema["prefixItems"]]
    values = [_value(items or {}, root, filler, depth + 1) for _ in range(count)]
    if schema.get("uniqueItems") is True:
        return [value for index, value in enumerate(values) if value not in values[:index]]
    return values


def _number(schema: Mapping[str, Any], filler: Filler, *, whole: bool) -> float:
    """A number of the prompt, moved into the bounds and onto the step."""
    value = filler.number()
    low, high = _bound(schema, "minimum"), _bound(schema, "maximum")
    above, below = _bound(schema, "exclusiveMinimum"), _bound(schema, "exclusiveMaximum")
    step = _bound(schema, "multipleOf") or (1.0 if whole else 0.0)
    nudge = step or (0.5 if below is None or above is None else (below - above) / 2)
    if above is not None:
        low = max(above + nudge, low if low is not None else -math.inf)
    if below is not None:
        high = min(below - nudge, high if high is not None else math.inf)
    if low is not None and value < low:
        value = low
    if high is not None and value > high:
        value = high
    if step:
        scaled = value / step
        value = step * (
            math.ceil(scaled) if low is not None and value <= low else math.floor(scaled)
        )
    return int(value) if value == int(value) else value


def _bound(schema: Mapping[str, Any], name: str) -> float | None:
    value = schema.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _string(schema: Mapping[str, Any], filler: Filler) -> str:
    known = _FORMATS.get(str(schema.get("format", "")))
    if known is not None:
        return known
    text = filler.word()
    least, most = schema.get("minLength"), schema.get("maxLength")
    if isinstance(least, int) and len(text) < least <= 10_000:
        text = (text + " ") * (least // (len(text) + 1) + 1)
        text = text[:least]
    if isinstance(most, int) and len(text) > most >= 0:
        text = text[:most]
    return text
