"""The operations of every section, found by id; a section's module is imported on first need."""

from __future__ import annotations

import importlib
from functools import cache

from tui.api.operation import Operation

MODULES: tuple[str, ...] = (
    "models",
    "files",
    "uploads",
    "vector_stores",
    "chat",
    "assistants",
    "fine_tuning",
)
"""The modules of this package that hold `OPERATIONS`."""


@cache
def operations_of(module: str) -> tuple[Operation, ...]:
    """The operations of one module of this package."""
    found: tuple[Operation, ...] = importlib.import_module(f"{__name__}.{module}").OPERATIONS
    return found


@cache
def all_operations() -> tuple[Operation, ...]:
    """Every operation that the client knows; imports all sections."""
    return tuple(operation for module in MODULES for operation in operations_of(module))


@cache
def _index() -> dict[str, Operation]:
    return {operation.id: operation for operation in all_operations()}


def by_id(identifier: str) -> Operation:
    """The operation with the contract's id, such as `listFiles`. Raises `KeyError`."""
    return _index()[identifier]
