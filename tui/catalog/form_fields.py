"""What can be filled in of a request model: its annotations read into field specifications."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tui.catalog.form_values import FieldKind, FieldSpec

_RESOURCES = {
    "model": "models",
    "file_id": "files",
    "file_ids": "files",
    "training_file": "files",
    "validation_file": "files",
    "input_file_id": "files",
    "vector_store_id": "vector_stores",
    "vector_store_ids": "vector_stores",
    "assistant_id": "assistants",
    "thread_id": "threads",
    "conversation": "conversations",
    "previous_response_id": "responses",
}
_LONG_TEXTS = frozenset(
    ("instructions", "additional_instructions", "content", "prompt", "input", "text", "suffix")
)
_MOMENTS = frozenset(("start_time", "end_time", "expires_at", "effective_at"))
_INNER_FIELDS = 4
"""An inner object with at most so many plain fields is filled in field by field."""


def specs_of(model: type[BaseModel], prefix: str = "") -> Iterator[FieldSpec]:
    """The fields of a model in its order; a small inner object's as `outer.inner`."""
    for python_name, info in model.model_fields.items():
        name = prefix + (info.alias or python_name)
        inner = None if prefix else _small_object(info.annotation)
        if inner is not None:
            for spec in specs_of(inner, f"{name}."):
                required = spec.required and info.is_required()
                yield _inner_spec(spec, info, required=required)
        elif not _is_constant(info):
            yield _spec(name, info)


def _is_constant(info: FieldInfo) -> bool:
    """Whether there is one word for it, which is its default: nothing to fill in."""
    annotation = info.annotation
    one = get_origin(annotation) is Literal and len(get_args(annotation)) == 1
    return one and not info.is_required()


def _inner_spec(spec: FieldSpec, outer: FieldInfo, *, required: bool) -> FieldSpec:
    help = f"{outer.description or ''} {spec.help}".strip()
    return replace(spec, required=required, help=help)


def _small_object(annotation: Any) -> type[BaseModel] | None:
    """The one model of an annotation, when all its fields are plain and few."""
    kinds = [kind for kind in _alternatives(annotation) if kind is not type(None)]
    if len(kinds) != 1 or not _is_model(kinds[0]):
        return None
    model: type[BaseModel] = kinds[0]
    if len(model.model_fields) > _INNER_FIELDS:
        return None
    plain = (FieldKind.JSON, FieldKind.PAIRS)
    if any(_spec(name, info).kind in plain for name, info in model.model_fields.items()):
        return None
    return model


def _spec(name: str, info: FieldInfo) -> FieldSpec:
    own = name.rpartition(".")[2]
    kinds = list(_alternatives(info.annotation))
    nullable = type(None) in kinds
    kinds = [kind for kind in kinds if kind is not type(None)]
    kind, choices = _kind(own, kinds)
    bounds = _bounds([*info.metadata, *_constraints(info.annotation)])
    default = None if info.is_required() else info.get_default()
    return FieldSpec(
        name=name,
        label=name.replace("_", " ").replace(".", " · "),
        help=info.description or "",
        kind=kind,
        required=info.is_required(),
        default=default if isinstance(default, str | int | float | bool) else None,
        choices=choices,
        minimum=bounds.get("minimum"),
        maximum=bounds.get("maximum"),
        max_length=int(bounds["max_length"]) if "max_length" in bounds else None,
        resource=_RESOURCES.get(own),
        nullable=nullable,
        typed_pairs=kind is FieldKind.PAIRS and not _text_pairs(kinds),
        plain_text=kind is FieldKind.JSON and str in kinds,
        chunking=kind is FieldKind.JSON and own == "chunking_strategy",
    )


def _kind(name: str, kinds: list[Any]) -> tuple[FieldKind, tuple[str, ...]]:
    """How a value is typed in, and the words that it may be."""
    words = tuple(
        str(word) for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)
    )
    rest = [kind for kind in kinds if get_origin(kind) is not Literal]
    return (_kind_of(name, rest) if rest else FieldKind.CHOICE), words


def _kind_of(name: str, kinds: list[Any]) -> FieldKind:
    only = kinds[0] if len(kinds) == 1 else None
    match sorted(getattr(kind, "__name__", "") for kind in set(map(_base, kinds))):
        case ["bool"]:
            kind = FieldKind.BOOL
        case ["int"] | ["float"] | ["float", "int"] if name in _MOMENTS:
            kind = FieldKind.DATE
        case ["int"]:
            kind = FieldKind.INTEGER
        case ["float"] | ["float", "int"]:
            kind = FieldKind.NUMBER
        case ["str"]:
            kind = _text_kind(name)
        case ["Path"]:
            kind = FieldKind.FILE
        case ["list"] if only is not None and get_args(only):
            kind = _list_kind(only)
        case ["dict"] if only is not None and _scalar_pairs(only):
            kind = FieldKind.PAIRS
        case _:
            kind = FieldKind.JSON
    return kind


def _text_kind(name: str) -> FieldKind:
    if name in _RESOURCES:
        return FieldKind.ID
    return FieldKind.MULTILINE if name in _LONG_TEXTS else FieldKind.TEXT


def _list_kind(annotation: Any) -> FieldKind:
    items = [_base(kind) for kind in _alternatives(get_args(annotation)[0])]
    texts = all(item is str or get_origin(item) is Literal for item in items)
    return FieldKind.LIST if texts else FieldKind.JSON


def _scalar_pairs(annotation: Any) -> bool:
    parts = get_args(annotation)
    if len(parts) != 2:
        return False
    return all(_base(kind) in {str, int, float, bool} for kind in _alternatives(parts[1]))


def _text_pairs(kinds: list[Any]) -> bool:
    return all(
        {_base(kind) for kind in _alternatives(get_args(pairs)[1])} == {str} for pairs in kinds
    )


def _alternatives(annotation: Any) -> Iterator[Any]:
    """The members of a union, without `Annotated`; a plain type is its own only member."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for member in get_args(annotation):
            yield from _alternatives(member)
    else:
        yield annotation


def _base(kind: Any) -> Any:
    return get_origin(kind) if get_origin(kind) in {list, dict} else kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _constraints(annotation: Any) -> Iterator[Any]:
    """What `Annotated` says inside a union, such as the bounds of an optional number."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *said = get_args(annotation)
        for remark in said:
            yield from remark.metadata if isinstance(remark, FieldInfo) else (remark,)
        yield from _constraints(inner)
    elif origin in {Union, types.UnionType}:
        for member in get_args(annotation):
            yield from _constraints(member)


def _bounds(remarks: list[Any]) -> dict[str, float]:
    names = {"ge": "minimum", "gt": "minimum", "le": "maximum", "lt": "maximum"}
    found: dict[str, float] = {}
    for remark in remarks:
        for attribute, name in (*names.items(), ("max_length", "max_length")):
            value = getattr(remark, attribute, None)
            if isinstance(value, int | float) and not isinstance(value, bool):
                found.setdefault(name, value)
    return found
