"""Tolerant wire models: what servers send, not what they should (contract 7.2).

Everything but the id may be missing or null, states are free text, numbers may come as strings,
unknown fields are kept. What still does not fit is refused, and its record is shown raw.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _number(value: Any) -> Any:
    """A number from its text; empty text is none. What is no number goes on and is refused."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return value
    return number if math.isfinite(number) else None


def _mapping(value: Any) -> Any:
    """An object; an empty list or text in its place means none (some servers write `[]`)."""
    return None if value in ([], "") else value


Number = Annotated[int | float | None, BeforeValidator(_number)]
"""A count, a size, a time in Unix seconds or an amount."""

Mapped = Annotated[dict[str, Any] | None, BeforeValidator(_mapping)]
"""Metadata, attributes and other free objects."""


class Wire(BaseModel):
    """Any object from the wire."""

    model_config = ConfigDict(
        extra="allow", defer_build=True, coerce_numbers_to_str=True, protected_namespaces=()
    )


class Identified(Wire):
    """An object that has an id."""

    id: str
    object: str | None = None


class Deleted(Identified):
    """The answer to a deletion."""

    deleted: bool | None = None


class ErrorNote(Wire):
    """Why something failed. On healthy objects it may be null, `{}` or all null."""

    code: str | None = None
    message: str | None = None
    param: str | None = None

    def __bool__(self) -> bool:
        return bool(self.code or self.message)


Error = Annotated[ErrorNote | None, BeforeValidator(_mapping)]
