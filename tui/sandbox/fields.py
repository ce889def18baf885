"""Reads one request body, and refuses what the contract refuses: 400 that names the parameter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tui.sandbox.errors import ApiError, invalid
from tui.sandbox.query import invalid_choice
from tui.sandbox.wire import JsonObject

METADATA_PAIRS = 16
METADATA_KEY = 64
METADATA_VALUE = 512


class Fields:
    """The members of one JSON object; every getter raises `ApiError` 400 with `param`.

    A member that is null counts as absent.
    """

    def __init__(self, body: JsonObject, prefix: str = "") -> None:
        self.body = body
        self._prefix = prefix

    def name(self, name: str) -> str:
        """The parameter as errors call it, such as `ranking_options.ranker`."""
        return f"{self._prefix}.{name}" if self._prefix else name

    def has(self, name: str) -> bool:
        """Whether the member is there, be it null."""
        return name in self.body

    def only(self, allowed: Iterable[str]) -> None:
        """Refuse members that the operation does not know."""
        for name in self.body.keys() - set(allowed):
            raise invalid(
                f"Unknown parameter: '{self.name(name)}'.",
                self.name(name),
                code="unknown_parameter",
            )

    def required(self, name: str) -> Any:
        """The member, which must be there and not null."""
        value = self.body.get(name)
        if value is None:
            raise invalid(
                f"Missing required parameter: '{self.name(name)}'.",
                self.name(name),
                code="missing_required_parameter",
            )
        return value

    def string(
        self,
        name: str,
        default: str | None = None,
        *,
        choices: Sequence[str] | None = None,
        maximum: int | None = None,
    ) -> str | None:
        """A string, within a closed set or a length."""
        value = self.body.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.wrong_type(name, "a string", value)
        if choices is not None and value not in choices:
            raise invalid(invalid_choice(value, choices), self.name(name), code="invalid_value")
        if maximum is not None and len(value) > maximum:
            raise invalid(
                f"Invalid '{self.name(name)}': string too long. Expected a string with maximum"
                f" length {maximum}, but got a string with length {len(value)} instead.",
                self.name(name),
                code="string_above_max_length",
            )
        return value

    def required_string(
        self, name: str, *, choices: Sequence[str] | None = None, maximum: int | None = None
    ) -> str:
        """A string that must be there."""
        self.required(name)
        return self.string(name, choices=choices, maximum=maximum) or ""

    def integer(
        self,
        name: str,
        default: int | None = None,
        *,
        minimum: int | None = None,
        maximum: int | None = None,
    ) -> int | None:
        """A whole number within bounds."""
        value = self.body.get(name)
        if value is None:
            return default
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong_type(name, "an integer", value)
        self._bounded(name, value, minimum, maximum, "integer")
        return value

    def number(
        self,
        name: str,
        default: float | None = None,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
    ) -> float | None:
        """A number within bounds."""
        value = self.body.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong_type(name, "a number", value)
        self._bounded(name, value, minimum, maximum, "decimal")
        return value

    def boolean(self, name: str, default: bool = False) -> bool:
        """True or false."""
        value = self.body.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong_type(name, "a boolean", value)
        return value

    def fields(self, name: str) -> Fields | None:
        """A nested object, or None."""
        value = self.body.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong_type(name, "an object", value)
        return Fields(value, self.name(name))

    def items(self, name: str, *, minimum: int = 0, maximum: int | None = None) -> list[Any] | None:
        """An array within a length, or None."""
        value = self.body.get(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise self.wrong_type(name, "an array", value)
        if len(value) < minimum:
            raise invalid(
                f"Invalid '{self.name(name)}': array too short. Expected an array with minimum"
                f" length {minimum}, but got an array with length {len(value)} instead.",
                self.name(name),
                code="array_below_min_length",
            )
        if maximum is not None and len(value) > maximum:
            raise invalid(
                f"Invalid '{self.name(name)}': array too long. Expected an array with maximum"
                f" length {maximum}, but got an array with length {len(value)} instead.",
                self.name(name),
                code="array_above_max_length",
            )
        return value

    def strings(
        self, name: str, *, minimum: int = 0, maximum: int | None = None
    ) -> list[str] | None:
        """An array of strings, or None."""
        values = self.items(name, minimum=minimum, maximum=maximum)
        for index, value in enumerate(values or ()):
            if not isinstance(value, str):
                raise self.wrong_type(f"{name}[{index}]", "a string", value)
        return values

    def metadata(self, name: str = "metadata") -> dict[str, str] | None:
        """16 pairs, keys up to 64 and string values up to 512 characters (contract 2.9)."""
        pairs = self.attributes(name)
        for key, value in (pairs or {}).items():
            if not isinstance(value, str):
                raise self.wrong_type(f"{name}.{key}", "a string", value)
        return pairs  # type: ignore[return-value]

    def attributes(self, name: str = "attributes") -> dict[str, str | float | bool] | None:
        """As metadata; values may be numbers and booleans too."""
        nested = self.fields(name)
        if nested is None:
            return None
        if len(nested.body) > METADATA_PAIRS:
            raise invalid(
                f"Invalid '{self.name(name)}': too many properties. Expected an object with at"
                f" most {METADATA_PAIRS} properties, but got an object with {len(nested.body)}"
                " properties instead.",
                self.name(name),
                code="object_above_max_properties",
            )
        for key, value in nested.body.items():
            if len(key) > METADATA_KEY:
                raise invalid(
                    f"Invalid '{self.name(name)}': property name too long. Expected a string with"
                    f" maximum length {METADATA_KEY}, but got a string with length {len(key)}"
                    " instead.",
                    self.name(name),
                    code="property_name_above_max_length",
                )
            if isinstance(value, str):
                nested.string(key, maximum=METADATA_VALUE)
            elif not isinstance(value, bool | int | float):
                raise nested.wrong_type(key, "a string, a number or a boolean", value)
        return dict(nested.body)

    def wrong_type(self, name: str, expected: str, value: object) -> ApiError:
        """The platform's sentence about a value of another type."""
        return invalid(
            f"Invalid type for '{self.name(name)}': expected {expected}, but got"
            f" {_type_name(value)} instead.",
            self.name(name),
            code="invalid_type",
        )

    def _bounded(
        self, name: str, value: float, minimum: float | None, maximum: float | None, kind: str
    ) -> None:
        for bound, broken, side, word in (
            (minimum, minimum is not None and value < minimum, ">=", "below_min"),
            (maximum, maximum is not None and value > maximum, "<=", "above_max"),
        ):
            if broken:
                raise invalid(
                    f"Invalid '{self.name(name)}': {kind} {word.split('_')[0]}"
                    f" {'minimum' if side == '>=' else 'maximum'} value. Expected a value {side}"
                    f" {bound}, but got {value} instead.",
                    self.name(name),
                    code=f"{kind}_{word}_value",
                )


_TYPE_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    str: "a string",
    list: "an array",
    dict: "an object",
}


def _type_name(value: object) -> str:
    return _TYPE_NAMES[type(value)]
