"""Which operations are served, and which handler a request reaches.

`@serves("listFiles")` binds a handler to an operation of `known_operations`; method, path, key and
beta header come from there. Among paths that match, static segments win (contract 1).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import unquote

from starlette.responses import Response

from tui.sandbox.call import Call
from tui.sandbox.known_operations import KNOWN_OPERATIONS, KnownOperation

Handler: TypeAlias = Callable[[Call], Awaitable[Response]]
"""Answers one call; refusals are raised as `ApiError`."""

_BY_ID = {operation.id: operation for operation in KNOWN_OPERATIONS}
_HANDLERS: dict[str, Handler] = {}
_EXTENSIONS: dict[str, KnownOperation] = {}


def serves(operation_id: str) -> Callable[[Handler], Handler]:
    """Declare the handler of one operation. Raises `ValueError` for an unknown or taken id."""

    def declare(handler: Handler) -> Handler:
        if operation_id not in _BY_ID and operation_id not in _EXTENSIONS:
            raise ValueError(f"{operation_id} is no known operation")
        if operation_id in _HANDLERS:
            raise ValueError(f"{operation_id} is served twice")
        _HANDLERS[operation_id] = handler
        return handler

    return declare


def serves_extension(
    operation_id: str, method: str, path: str, *, admin: bool = False, beta: str | None = None
) -> Callable[[Handler], Handler]:
    """Declare an operation that the platform does not have, with its handler."""
    _EXTENSIONS[operation_id] = KnownOperation(
        operation_id, method, path, admin=admin, beta=beta, extension=True
    )
    return serves(operation_id)


def declared_operations() -> frozenset[str]:
    """The ids of the platform's operations that have a handler so far."""
    return frozenset(_HANDLERS.keys() - _EXTENSIONS.keys())


@dataclass(frozen=True, slots=True)
class Match:
    """Where a request leads: the operation, its path values, and its handler if it is built."""

    operation: KnownOperation
    path: dict[str, str]
    handler: Handler | None


@dataclass(slots=True)
class _Node:
    static: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    operations: dict[str, KnownOperation] = field(default_factory=dict)


class Router:
    """A tree of path segments; made once per application."""

    def __init__(self, operations: Iterable[KnownOperation] | None = None) -> None:
        self._root = _Node()
        for operation in operations or (*KNOWN_OPERATIONS, *_EXTENSIONS.values()):
            self._add(operation)

    def _add(self, operation: KnownOperation) -> None:
        node = self._root
        for segment in operation.path.strip("/").split("/"):
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.static.setdefault(segment, _Node())
        node.operations[operation.method] = operation

    def match(self, method: str, raw_path: str) -> Match | frozenset[str]:
        """The operation, or the methods that the path has: none means that there is no such path.

        `raw_path` is below the base URL and still percent-encoded, so that an id may hold `/`.
        """
        segments = [unquote(part) for part in raw_path.removeprefix("/").split("/")]
        methods: set[str] = set()
        found = self._find(self._root, segments, method, methods)
        if found is None:
            return frozenset(methods)
        names = [part[1:-1] for part in found.path.strip("/").split("/") if part.startswith("{")]
        slots = (
            segment
            for part, segment in zip(found.path.strip("/").split("/"), segments, strict=True)
            if part.startswith("{")
        )
        return Match(found, dict(zip(names, slots, strict=True)), _HANDLERS.get(found.id))

    def _find(
        self, node: _Node, segments: list[str], method: str, methods: set[str]
    ) -> KnownOperation | None:
        if not segments:
            methods.update(node.operations)
            return node.operations.get(method)
        head, rest = segments[0], segments[1:]
        if head in node.static:
            found = self._find(node.static[head], rest, method, methods)
            if found is not None:
                return found
        if node.parameter is not None and head:
            return self._find(node.parameter, rest, method, methods)
        return None
