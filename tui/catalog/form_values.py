"""A form's values: what a field is, and texts to values and back. Pure, without pydantic."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tui.core.formats import exact_time
from tui.core.safe_text import clean


class FieldKind(StrEnum):
    """How a value is typed in."""

    TEXT = "text"
    MULTILINE = "multiline"
    NUMBER = "number"
    INTEGER = "integer"
    BOOL = "bool"
    CHOICE = "choice"
    PAIRS = "pairs"
    """`key=value, key=value`."""
    JSON = "json"
    ID = "id"
    """The id of an object of `resource`."""
    FILE = "file"
    """A path on this machine."""
    LIST = "list"
    """Texts parted by commas."""
    DATE = "date"
    """A moment; sent as unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One field of a form."""

    name: str
    """As on the wire; `outer.inner` for a field of a small inner object."""
    label: str
    help: str = ""
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    default: object = None
    choices: tuple[str, ...] = ()
    """All there is for a choice; words that a number or a text may be instead, for the others."""
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    resource: str | None = None
    """Where ids come from."""
    nullable: bool = False
    typed_pairs: bool = False
    """Whether the values of pairs may be numbers and booleans."""
    plain_text: bool = False
    """Whether text that is no JSON stands for itself."""
    chunking: bool = False
    """A chunking strategy: `auto`, `static 800/400`, or the API's JSON."""


def parse(spec: FieldSpec, text: str) -> Any:
    """The value that a text stands for; raises `ValueError` with words for the person."""
    words = text.strip()
    if words in spec.choices:
        return words
    if spec.kind is FieldKind.CHOICE:
        raise ValueError(f"one of {', '.join(spec.choices)}")
    if spec.kind is FieldKind.PAIRS:
        return _pairs(words, typed=spec.typed_pairs)
    if spec.chunking and not words.startswith("{"):
        return _chunking(words)
    if spec.kind is FieldKind.JSON:
        return _json(text, plain=spec.plain_text)
    reader = _READERS.get(spec.kind)
    return reader(words) if reader is not None else text


def empty(spec: FieldSpec) -> Any:
    """What an existing value becomes when its text is taken away."""
    if spec.kind is FieldKind.PAIRS:
        return {}
    if spec.kind is FieldKind.LIST:
        return []
    return None if spec.nullable else ""


def text_of(spec: FieldSpec, value: Any) -> str:
    """A value as the text that `parse` makes it from."""
    match value:
        case None | bool():
            return {None: "", True: "yes", False: "no"}[value]
        case int() | float() if spec.kind is FieldKind.DATE:
            return exact_time(value)
        case str() | int() | float():
            return str(value)
        case list() | tuple() if spec.kind is FieldKind.LIST:
            plain = all(isinstance(item, str) and "," not in item for item in value)
            return ", ".join(value) if plain else json.dumps(value, ensure_ascii=False)
        case Mapping() if spec.kind is FieldKind.PAIRS:
            return _pairs_text(value, typed=spec.typed_pairs)
    said = _chunking_text(value) if spec.chunking else ""
    return said or json.dumps(value, ensure_ascii=False, default=str)


_SIZES = re.compile(r"(?:static\b)?\s*(\d+)\s*[/,\s]\s*(\d+)", re.ASCII)


def _chunking(words: str) -> dict[str, Any]:
    """`static 800/400`: chunks of 800 tokens that share 400 with the one before."""
    if words.casefold() == "auto":
        return {"type": "auto"}
    sizes = _SIZES.fullmatch(words.casefold())
    if sizes is None:
        raise ValueError("auto, or tokens and overlap such as static 800/400, or JSON")
    size, overlap = map(int, sizes.groups())
    return {
        "type": "static",
        "static": {"max_chunk_size_tokens": size, "chunk_overlap_tokens": overlap},
    }


def _chunking_text(value: Any) -> str:
    """A strategy as `_chunking` reads it; nothing for one that is not known."""
    match value:
        case {"type": "auto"}:
            return "auto"
        case {
            "type": "static",
            "static": {"max_chunk_size_tokens": int(size), "chunk_overlap_tokens": int(overlap)},
        }:
            return f"static {size}/{overlap}"
    return ""


def value_in(values: Mapping[str, Any], name: str) -> Any:
    """The value of a field, from values as they are on the wire."""
    outer, _, inner = name.partition(".")
    value = values.get(outer, values.get(name))
    return value.get(inner) if inner and isinstance(value, Mapping) else value


def _number(words: str, kind: type[int] | type[float], what: str) -> int | float:
    try:
        return kind(words.replace(",", "").replace(" ", ""))
    except (ValueError, OverflowError):
        raise ValueError(f"{what} is wanted") from None


def _boolean(words: str) -> bool:
    if words.lower() in {"yes", "true", "on", "y", "1"}:
        return True
    if words.lower() in {"no", "false", "off", "n", "0"}:
        return False
    raise ValueError("yes or no")


def _list(words: str) -> list[Any]:
    if words.startswith("["):
        value = _json(words, plain=False)
        if isinstance(value, list):
            return value
    return [item.strip() for item in words.split(",") if item.strip()]


def _pairs(words: str, *, typed: bool) -> dict[str, Any]:
    if words.startswith("{"):
        value = _json(words, plain=False)
        if isinstance(value, dict):
            return value
        raise ValueError("pairs of a key and a value")
    pairs: dict[str, Any] = {}
    for part in words.split(","):
        if not part.strip():
            continue
        key, equals, value = part.partition("=")
        if not equals or not key.strip():
            raise ValueError(f"key=value is wanted, not {clean(part.strip(), limit=24)}")
        pairs[key.strip()] = _scalar(value.strip()) if typed else value.strip()
    return pairs


def _scalar(words: str) -> str | int | float | bool:
    if words in {"true", "false"}:
        return words == "true"
    try:
        value = json.loads(words)
    except ValueError:
        return words
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return value if plain else words


def _pairs_text(pairs: Mapping[str, Any], *, typed: bool) -> str:
    """`key=value` where that can be read back, else JSON."""
    texts: list[str] = []
    for key, value in pairs.items():
        plain = str(value).lower() if isinstance(value, bool) else str(value)
        read = _scalar(plain) if typed else plain
        same = read == value and type(read) is type(value) and plain == plain.strip()
        if not same or not key or key != key.strip() or set(key + plain) & set(",={}\n"):
            return json.dumps(dict(pairs), ensure_ascii=False, default=str)
        texts.append(f"{key}={plain}")
    return ", ".join(texts)


def _json(text: str, *, plain: bool) -> Any:
    if plain and text.lstrip()[:1] not in {"{", "["}:
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        place = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise ValueError(f"not JSON: {said}{place}") from None
    except RecursionError:
        raise ValueError("not JSON: nested too deeply") from None


def _moment(words: str) -> int:
    if words.isdigit():
        return int(words)
    for form in ("%d %b %Y %H:%M", "%d %b %Y"):
        try:
            return int(datetime.strptime(words, form).timestamp())
        except (ValueError, OverflowError):
            continue
    try:
        return int(datetime.fromisoformat(words).timestamp())
    except (ValueError, OverflowError):
        raise ValueError("a date such as 2026-11-22 or 2026-11-22 14:02") from None


def _whole_number(words: str) -> int | float:
    return _number(words, int, "a whole number")


def _any_number(words: str) -> int | float:
    return _number(words, float, "a number")


_READERS: dict[FieldKind, Callable[[str], Any]] = {
    FieldKind.INTEGER: _whole_number,
    FieldKind.NUMBER: _any_number,
    FieldKind.BOOL: _boolean,
    FieldKind.LIST: _list,
    FieldKind.DATE: _moment,
    FieldKind.ID: str,
    FieldKind.FILE: str,
}
