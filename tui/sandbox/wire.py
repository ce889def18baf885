"""JSON as the sandbox reads and writes it."""

from __future__ import annotations

import json
import math
import re
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
"""One JSON object; its values are whatever JSON allows."""

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


def dump_json(value: object) -> bytes:
    """Compact UTF-8. Raises `ValueError` for NaN and infinities, which JSON does not have."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8")


def load_json(content: bytes) -> Any:
    """Strict JSON: no NaN, no infinities, lone surrogates become U+FFFD. Raises `ValueError`."""
    try:
        value = json.loads(content, parse_constant=_refuse_constant, parse_float=_finite)
        return _without_surrogates(value) if _SURROGATE_ESCAPE.search(content) else value
    except RecursionError as error:
        raise ValueError("the document is nested too deeply") from error


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is beyond what a number can hold")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _without_surrogates(value: Any) -> Any:
    """SQLite and UTF-8 refuse lone surrogates, and JSON escapes can smuggle them in."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value
