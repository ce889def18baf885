"""The audience of a list or an object: the scopes of the screens that have it open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from tui.worker.lanes import Scope


class Audience:
    """Scopes that want something; a scope that closes leaves by itself."""

    def __init__(self, on_shown: Callable[[], None] | None = None) -> None:
        self._on_shown = on_shown
        self._scopes: dict[Scope, Callable[[], None]] = {}

    def __iter__(self) -> Iterator[Scope]:
        return iter(tuple(self._scopes))

    def __contains__(self, scope: Scope) -> bool:
        return scope in self._scopes

    def __bool__(self) -> bool:
        return bool(self._scopes)

    @property
    def shown(self) -> bool:
        """Whether any of them is on the screen."""
        return any(not scope.hidden for scope in self._scopes)

    def join(self, scope: Scope) -> bool:
        """A scope wants it; gives whether that is news. A closed one wants nothing."""
        if scope.closed or scope in self._scopes:
            return False
        self._scopes[scope] = scope.on_change(partial(self._changed, scope))
        return True

    def close(self) -> None:
        for stop in self._scopes.values():
            stop()
        self._scopes.clear()

    def _changed(self, scope: Scope) -> None:
        if scope.closed:
            self._scopes.pop(scope)()
        elif not scope.hidden and self._on_shown is not None:
            self._on_shown()
