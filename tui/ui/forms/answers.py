"""What a form holds while it is filled in: texts, what was changed, and what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.catalog.forms import (
    Checked,
    FieldKind,
    FieldSpec,
    check,
    empty,
    fields_of,
    parse,
    text_of,
    value_in,
)
from tui.ui.questions import FormView

FEW = 12
"""A form with more fields shows those that are needed or set, until the rest is asked for."""


class Answers:
    """The texts of a form's fields."""

    def __init__(self, view: FormView) -> None:
        self._request = view.request
        self._changes = view.changes
        self._own = bool(view.fields)
        self.fields = view.fields or fields_of(view.request)
        self._before = {
            spec.name: text_of(spec, value_in(view.values, spec.name)) for spec in self.fields
        }
        self._texts = dict(self._before)
        for spec in self.fields:
            if has_value(view.filled, spec.name):
                self._texts[spec.name] = text_of(spec, value_in(view.filled, spec.name))
        self.errors: dict[str, str] = dict(refusals(view, self.fields))
        self.all_shown = len(self.fields) <= FEW

    @property
    def shown(self) -> tuple[FieldSpec, ...]:
        """The fields to show now."""
        if self.all_shown:
            return self.fields
        wanted = [
            spec
            for spec in self.fields
            if spec.required or self._texts[spec.name] or self._bad(spec)
        ]
        for spec in self.fields:
            if len(wanted) >= FEW:
                break
            if spec not in wanted and spec.kind is not FieldKind.JSON:
                wanted.append(spec)
        return tuple(spec for spec in self.fields if spec in wanted)

    @property
    def hidden(self) -> int:
        """How many fields are not shown."""
        return len(self.fields) - len(self.shown)

    @property
    def changed(self) -> bool:
        return self._texts != self._before

    def text(self, spec: FieldSpec) -> str:
        return self._texts[spec.name]

    def put(self, spec: FieldSpec, text: str) -> None:
        """Another text for a field; its old error is gone."""
        if text != self._texts[spec.name]:
            self._texts[spec.name] = text
            self.errors.pop(spec.name, None)

    def turn(self, spec: FieldSpec, by: int) -> None:
        """The next of a field's choices, the empty one between the last and the first."""
        around = ("", *(("yes", "no") if spec.kind is FieldKind.BOOL else spec.choices))
        if spec.required:
            around = around[1:]
        text = self.text(spec)
        at = around.index(text) if text in around else 0 if not spec.required else -1
        self.put(spec, around[(at + by) % len(around)])

    def review(self, spec: FieldSpec) -> str:
        """Check one field as far as it was filled in; its error, or nothing."""
        self.errors.pop(spec.name, None)
        values, errors = self._values()
        found = errors or dict(self._check(values).errors)
        if spec.name in found and self.text(spec):
            self.errors[spec.name] = found[spec.name]
        return self.errors.get(spec.name, "")

    def body(self) -> Mapping[str, Any] | None:
        """The body to send; `None` while something is wrong, which `errors` tells."""
        values, errors = self._values()
        checked = self._check(values)
        self.errors = {**checked.errors, **errors}
        return None if self.errors else checked.body

    def _check(self, values: Mapping[str, Any]) -> Checked:
        """By the request model; fields of a form's own only have to be there."""
        if not self._own:
            return check(self._request, values)
        missing = {
            spec.name: "is needed"
            for spec in self.fields
            if spec.required and spec.name not in values
        }
        return Checked(errors=missing) if missing else Checked(body=dict(values))

    def first_error(self) -> FieldSpec | None:
        """The first field that is wrong."""
        return next((spec for spec in self.fields if spec.name in self.errors), None)

    def _bad(self, spec: FieldSpec) -> bool:
        return spec.name in self.errors

    def _values(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The values of what was filled in, for changes: of what differs; and what is no value."""
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for spec in self.fields:
            text = self._texts[spec.name]
            if self._changes and not self._goes_along(spec):
                continue
            if not text:
                if self._changes:
                    self._take_away(spec, values)
                continue
            try:
                values[spec.name] = parse(spec, text)
            except ValueError as error:
                errors[spec.name] = str(error)
        return values, errors

    def _goes_along(self, spec: FieldSpec) -> bool:
        """Whether a field is sent: it was changed, or another of its inner object was."""
        outer, _, inner = spec.name.partition(".")
        family = [each for each in self.fields if each.name.partition(".")[0] == outer]
        if not inner:
            family = [spec]
        return any(self._texts[each.name] != self._before[each.name] for each in family)

    def _take_away(self, spec: FieldSpec, values: dict[str, Any]) -> None:
        outer, _, inner = spec.name.partition(".")
        if not inner:
            values[spec.name] = empty(spec)
        elif not any(
            self._texts[each.name] for each in self.fields if each.name.startswith(f"{outer}.")
        ):
            values[outer] = None


def has_value(values: Mapping[str, object], name: str) -> bool:
    """Whether a field was filled in, be it with nothing: the inner ones as `outer.inner`."""
    outer, _, inner = name.partition(".")
    held = values.get(outer)
    return outer in values and (not inner or held is None or isinstance(held, Mapping))


def refusals(view: FormView, fields: Sequence[FieldSpec]) -> Mapping[str, str]:
    """What the server said, at the field that it means; `""`: of the whole."""
    names = [spec.name for spec in fields]
    errors = {"": view.error} if view.error else {}
    for param, words in view.errors.items():
        plain = param.replace("[", ".").replace("]", "")
        parts = plain.split(".")
        tried = [".".join(parts[:size]) for size in (2, 1)]
        inner = [name for name in names if name.startswith(f"{parts[0]}.")]
        at = next((name for name in (*tried, *inner) if name in names), "")
        errors[at] = words if at or not param else f"{param}: {words}"
    return errors
