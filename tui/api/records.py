"""Records: the rows that come from the wire, kept raw and read tolerantly.

A page is parsed once; a row becomes a model only when somebody looks at it. One bad row never
fails a list: what its model refuses is read raw, and the record says so.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    # Descriptors and views are imported before the first paint, pydantic (47 ms) is not.
    from pydantic import BaseModel

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Raw: TypeAlias = Mapping[str, Any]


@cache
def wire_model(name: str) -> type[BaseModel]:
    """The wire model `module:Class` below `tui.api.models`, imported on first use."""
    module, _, attribute = name.partition(":")
    found: type[BaseModel] = getattr(importlib.import_module(f"tui.api.models.{module}"), attribute)
    return found


class Record:
    """One object of the API: its raw JSON, and on demand its wire model.

    Equal raw JSON means equal records, so that a refresh that brought nothing new is silent.
    """

    __slots__ = ("_item", "_malformed", "_model", "raw")

    def __init__(self, raw: Raw, item: str | None = None) -> None:
        self.raw = raw
        self._item = item
        self._model: BaseModel | None = None
        self._malformed: str | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"Record({self.object or '?'} {self.id or '?'})"

    @property
    def id(self) -> str:
        value = self.raw.get("id")
        return value if isinstance(value, str) else "" if value is None else str(value)

    @property
    def object(self) -> str:
        value = self.raw.get("object")
        return value if isinstance(value, str) else ""

    @property
    def model(self) -> BaseModel | None:
        """The wire model, validated on first look; `None` where there is none or it refuses."""
        if self._model is None and self._item is not None and self._malformed is None:
            from pydantic import ValidationError

            try:
                self._model = wire_model(self._item).model_validate(self.raw)
            except ValidationError as refusal:
                first = refusal.errors(include_url=False, include_context=False)[0]
                place = ".".join(str(part) for part in first["loc"])
                self._malformed = f"{place}: {first['msg']}" if place else str(first["msg"])
        return self._model

    @property
    def malformed(self) -> str | None:
        """Why the model refused this object, if it did."""
        return None if self.model is not None else self._malformed

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a dotted path, from the model where it has one, else raw.

        Missing steps, steps through a scalar and nulls give `default`.
        """
        value: Any = self.model if self.model is not None else self.raw
        for step in path.split("."):
            if isinstance(value, Mapping):
                value = value.get(step)
            elif hasattr(type(value), "model_fields"):
                value = getattr(value, step, None)
            elif isinstance(value, list | tuple) and step.lstrip("-").isdigit():
                index = int(step)
                value = value[index] if -len(value) <= index < len(value) else None
            else:
                return default
            if value is None:
                return default
        return value
