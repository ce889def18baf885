"""One gate per section while the server limits the rate, shared by all who ask for it.

Fifty watchers that are told to wait do not come back together: they pass one by one, at the
interval that the server last allowed, which shrinks while answers are good.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.core.clock import Clock

SLOWEST = 1.0
"""Seconds between requests right after a limit."""
RELIEF = 0.8
"""What an answer that was not limited does to the interval."""
SOON = 0.001
"""Seconds that are not worth a wait; also what clocks may be wrong by."""
OPEN_BELOW = 0.05
"""An interval this short, in seconds, is none."""


@dataclass(slots=True)
class _Gate:
    until: float
    interval: float


class Throttle:
    """Who may send when. Times are the clock's monotonic seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._gates: dict[str, _Gate] = {}

    def wait_of(self, section: str) -> float:
        """Seconds until the next request of a section may go out; 0 when nothing limits it."""
        gate = self._gates.get(section)
        return max(0.0, gate.until - self._clock.monotonic()) if gate else 0.0

    async def admit(self, section: str) -> None:
        """Wait for this section's turn. Each that passes moves the next one's turn back."""
        while (gate := self._gates.get(section)) is not None:
            wait = gate.until - self._clock.monotonic()
            if wait <= SOON:
                gate.until = self._clock.monotonic() + gate.interval
                return
            await self._clock.sleep(wait)

    def limited(self, section: str, wait: float) -> None:
        """The server said no: nobody of this section sends for `wait` seconds."""
        until = self._clock.monotonic() + wait
        gate = self._gates.get(section)
        if gate is None:
            self._gates[section] = _Gate(until, SLOWEST)
        else:
            gate.until = max(gate.until, until)
            gate.interval = SLOWEST

    def answered(self, section: str) -> None:
        """An answer that was not limited: the next may come sooner."""
        gate = self._gates.get(section)
        if gate is None:
            return
        gate.interval *= RELIEF
        if gate.interval < OPEN_BELOW:
            del self._gates[section]
