"""The live side of runs: who reads their events, and what they have said so far.

A run tells its events to all readers that it has, be there none. A reader that goes away changes
nothing for the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from tui.sandbox.wire import JsonObject

Event: TypeAlias = tuple[str, JsonObject]
"""Its name, and the object that it carries."""


@dataclass(eq=False, slots=True)
class Reader:
    """One open stream."""

    content: bool
    """Whether steps show what a search found."""
    queue: asyncio.Queue[Event | None] = field(default_factory=asyncio.Queue)


@dataclass(eq=False, slots=True)
class LiveRun:
    """What is in memory of one run that has not ended."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the run changes, so that its events come in the order of its changes."""
    generation: int = 0
    """Counts its drivers: one that is not the latest does nothing more."""
    drivers: int = 0
    """How many are at work or asleep; none means that nothing moves the run any more."""
    said: list[str] = field(default_factory=list)
    """The pieces of the message that is being written, as far as they were told."""
    readers: set[Reader] = field(default_factory=set)

    def tell(self, events: Iterable[Event]) -> None:
        """Pass events on."""
        for event in events:
            for reader in self.readers:
                reader.queue.put_nowait(event)

    def end(self) -> None:
        """Close the streams: the run rests, or waits for tool outputs."""
        for reader in self.readers:
            reader.queue.put_nowait(None)
        self.readers.clear()


class RunHub:
    """The live runs of a world, by id. Used from the sandbox's own event loop."""

    def __init__(self) -> None:
        self._runs: dict[str, LiveRun] = {}

    def of(self, run_id: str) -> LiveRun:
        """The live side of a run."""
        return self._runs.setdefault(run_id, LiveRun())

    def moves(self, run_id: str) -> bool:
        """Whether something moves the run along."""
        return run_id in self._runs and self._runs[run_id].drivers > 0

    def read(self, run_id: str, *, content: bool) -> Reader:
        """Begin to collect a run's events; `events` gives them."""
        reader = Reader(content)
        self.of(run_id).readers.add(reader)
        return reader

    def leave(self, run_id: str, reader: Reader) -> None:
        """Stop collecting; the run goes on."""
        if run_id in self._runs:
            self._runs[run_id].readers.discard(reader)

    def forget(self, run_id: str) -> None:
        """Let go of a run that is over, closing its streams."""
        live = self._runs.pop(run_id, None)
        if live is not None:
            live.generation += 1
            live.end()
