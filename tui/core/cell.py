"""Cells: a frozen value, its subscribers, and at most one notification per loop tick.

The store speaks to the screens through cells only. Setting an equal value tells nobody; setting
ten values in one tick tells everybody once, with the last. Without a running loop (tests of pure
state) a notification goes out at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Unsubscribe = Callable[[], None]


class Readable(Protocol[T_co]):
    """What a screen may do with a cell: read it and hear of changes."""

    @property
    def value(self) -> T_co: ...

    def subscribe(self, hear: Callable[[T_co], None]) -> Unsubscribe: ...


class Cell(Generic[T]):
    """A value that tells its subscribers when it changed, coalesced per loop tick."""

    __slots__ = ("_hearers", "_told", "_value")

    def __init__(self, value: T) -> None:
        self._value = value
        self._told = value
        self._hearers: list[Callable[[T], None]] = []

    def __repr__(self) -> str:
        return f"Cell({type(self._value).__name__}, {len(self._hearers)} subscribers)"

    @property
    def value(self) -> T:
        return self._value

    @property
    def watched(self) -> bool:
        """Whether anybody listens; what is unwatched may sleep."""
        return bool(self._hearers)

    def set(self, value: T) -> None:
        """Replace the value; subscribers hear of it once this tick, unless it is equal."""
        if value is self._value or value == self._value:
            return
        self._value = value
        _pending.add(self)

    def update(self, change: Callable[[T], T]) -> None:
        """Replace the value by a function of it."""
        self.set(change(self._value))

    def subscribe(self, hear: Callable[[T], None]) -> Unsubscribe:
        """Hear of later values; the present one is not sent. Returns how to stop."""
        self._hearers.append(hear)

        def stop() -> None:
            if hear in self._hearers:
                self._hearers.remove(hear)

        return stop

    def _tell(self) -> None:
        if self._value is self._told or self._value == self._told:
            return
        self._told = self._value
        for hear in tuple(self._hearers):
            if hear in self._hearers:
                hear(self._value)


class LazyCell(Cell[T]):
    """A cell computed from state that lives elsewhere: when it is read, or told, not before.

    Whoever changes that state calls `invalidate`; ten changes in a tick cost one computation,
    and none as long as nobody listens or looks.
    """

    __slots__ = ("_compute", "_outdated")

    def __init__(self, compute: Callable[[], T]) -> None:
        super().__init__(compute())
        self._compute = compute
        self._outdated = False

    @property
    def value(self) -> T:
        if self._outdated:
            self._outdated = False
            self._value = self._compute()
        return self._value

    def invalidate(self) -> None:
        """What it is computed from has changed."""
        self._outdated = True
        if self._hearers:
            _pending.add(self)

    def set(self, value: T) -> None:
        """Raises `TypeError`: its value follows from state and is not set."""
        raise TypeError("a lazy cell is computed, not set")

    def _tell(self) -> None:
        if self._hearers:
            self._value = self.value
            super()._tell()


class _Pending:
    """The cells that changed in this tick, in the order of their first change."""

    def __init__(self) -> None:
        self._cells: dict[Cell[Any], None] = {}
        self._scheduled_on: asyncio.AbstractEventLoop | None = None

    def add(self, cell: Cell[Any]) -> None:
        self._cells[cell] = None
        if not self._schedule():
            self.flush()

    def _schedule(self) -> bool:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        if self._scheduled_on is not loop:
            self._scheduled_on = loop
            loop.call_soon(self.flush)
        return True

    def flush(self) -> None:
        self._scheduled_on = None
        try:
            while self._cells:
                cell = next(iter(self._cells))
                del self._cells[cell]
                cell._tell()
        finally:
            # A hearer that failed must not keep the other cells from being told.
            if self._cells:
                self._schedule()

    def __bool__(self) -> bool:
        return bool(self._cells)


_pending = _Pending()


def flush() -> None:
    """Tell what is pending now. For tests, and before a snapshot of the screen is taken."""
    _pending.flush()


def pending() -> bool:
    """Whether a notification is still to be told."""
    return bool(_pending)


def derived(compute: Callable[[], T], *sources: Readable[Any]) -> Cell[T]:
    """A cell that follows others: recomputed when a source tells, told when the result differs."""
    cell = Cell(compute())
    for source in sources:
        source.subscribe(lambda _value: cell.set(compute()))
    return cell
