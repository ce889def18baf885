"""Lanes and scopes: how much a job matters, and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Protocol


class Lane(IntEnum):
    """How much a job matters; the smaller goes first."""

    INTERACTIVE = 0
    """A person did something and waits for it."""
    VISIBLE = 1
    """It fills what is on the screen."""
    PREFETCH = 2
    """It fills what will likely be on the screen next."""
    BACKGROUND = 3

    @property
    def speculative(self) -> bool:
        """Whether nobody waits: capped, and held back while the server asks for patience."""
        return self >= Lane.PREFETCH


class Member(Protocol):
    """What a scope holds: a job that has to be told when the scope closes."""

    def leave(self, scope: Scope) -> None: ...


class Scope:
    """Whose a job is: a screen's, or the app's. Closing it ends what only it wanted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._hidden = False
        self._closed = False
        self._members: dict[Member, None] = {}
        self._hearers: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        state = "closed" if self._closed else "hidden" if self._hidden else "visible"
        return f"Scope({self.name!r}, {state})"

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def hidden(self) -> bool:
        """Not on the screen: its jobs come last, its pollers sleep. A closed scope is hidden."""
        return self._hidden or self._closed

    @hidden.setter
    def hidden(self, hidden: bool) -> None:
        if hidden is not self._hidden:
            self._hidden = hidden
            self._tell()

    def on_change(self, hear: Callable[[], None]) -> Callable[[], None]:
        """Hear when it is hidden, shown or closed. Returns how to stop."""
        self._hearers.append(hear)

        def stop() -> None:
            if hear in self._hearers:
                self._hearers.remove(hear)

        return stop

    def enter(self, member: Member) -> None:
        """A job belongs to it from now on."""
        self._members[member] = None

    def exit(self, member: Member) -> None:
        """A job is over, or no longer its."""
        self._members.pop(member, None)

    def close(self) -> None:
        """Queued jobs drop, running ones are asked to stop, unless another scope wants them."""
        if self._closed:
            return
        self._closed = True
        for member in tuple(self._members):
            member.leave(self)
        self._members.clear()
        self._tell()
        self._hearers.clear()

    def _tell(self) -> None:
        for hear in tuple(self._hearers):
            if hear in self._hearers:
                hear()
