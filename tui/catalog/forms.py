"""Forms from request models: what can be filled in, and the check before anything is sent.

The request models are the one source of fields, help, choices and bounds; the ui sees only the
frozen specifications made here and never imports pydantic.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from tui.catalog.form_fields import specs_of
from tui.catalog.form_values import FieldKind, FieldSpec, empty, parse, text_of, value_in
from tui.core.safe_text import clean

__all__ = [
    "Checked",
    "FieldKind",
    "FieldSpec",
    "check",
    "empty",
    "fields_of",
    "parse",
    "text_of",
    "value_in",
]

_ERROR_LIMIT = 160


@dataclass(frozen=True, slots=True)
class Checked:
    """The body to send, or what is wrong with which field (`""`: with the whole)."""

    body: Mapping[str, Any] | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


@cache
def request_model(request: str) -> type[BaseModel]:
    """The request model `module:Class` below `tui.api.requests`, imported on first use.

    A name that begins with a dot is a form of our own, below `tui.catalog`.
    """
    module, _, attribute = request.partition(":")
    place = f"tui.catalog{module}" if module.startswith(".") else f"tui.api.requests.{module}"
    found: type[BaseModel] = getattr(importlib.import_module(place), attribute)
    return found


@cache
def fields_of(request: str) -> tuple[FieldSpec, ...]:
    """The fields of a request model, the required ones first."""
    specs = tuple(specs_of(request_model(request), ""))
    return tuple(sorted(specs, key=lambda spec: not spec.required))


def check(request: str, values: Mapping[str, Any]) -> Checked:
    """The body made of the given values alone, or the error of each field."""
    model = request_model(request)
    given: dict[str, Any] = {}
    for name, value in values.items():
        outer, _, inner = name.partition(".")
        if not inner:
            given[outer] = value
        else:
            part = given.setdefault(outer, {})
            if isinstance(part, dict):
                part[inner] = value
    try:
        filled = model.model_validate(given)
    except ValidationError as refusal:
        names = [spec.name for spec in fields_of(request)]
        return Checked(errors=_errors(refusal, names))
    return Checked(body=filled.model_dump(mode="json", by_alias=True, exclude_unset=True))


def _errors(refusal: ValidationError, names: list[str]) -> dict[str, str]:
    """The first message for each field; what belongs to no field stands under `""`."""
    errors: dict[str, str] = {}
    for error in refusal.errors(include_url=False, include_context=False, include_input=False):
        parts = [str(part) for part in error["loc"]]
        name = next(
            (".".join(parts[:size]) for size in (2, 1) if ".".join(parts[:size]) in names), ""
        )
        if not name and parts:
            # The inner object as a whole: said at its first field.
            name = next((each for each in names if each.startswith(f"{parts[0]}.")), "")
        deeper = ".".join(parts[name.count(".") + 1 :]) if name else ".".join(parts)
        said = _plainly(error["msg"])
        text = f"{deeper}: {said}" if deeper and not deeper.startswith("function-") else said
        errors.setdefault(name, clean(text, limit=_ERROR_LIMIT))
    return errors


def _plainly(message: str) -> str:
    if message == "Field required":
        return "is needed"
    said = message.removeprefix("Value error, ").replace("Input should be", "should be")
    return said[:1].lower() + said[1:]
