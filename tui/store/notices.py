"""Notices: results and failures to tell, kept until they are read."""

from __future__ import annotations

import itertools

from tui.catalog.descriptor import Tone
from tui.core.cell import Cell
from tui.core.clock import Clock
from tui.core.errors import Problem
from tui.core.safe_text import clean
from tui.store.views import Notice

KEPT = 100


class Notices:
    """The notices of a session, oldest first; the oldest fall out."""

    def __init__(self, clock: Clock) -> None:
        self.cell: Cell[tuple[Notice, ...]] = Cell(())
        self._clock = clock
        self._ids = itertools.count(1)

    def tell(self, text: str, *, tone: Tone = Tone.PLAIN, problem: Problem | None = None) -> Notice:
        """File a notice. `text` may hold foreign words: it is made safe here."""
        notice = Notice(
            id=next(self._ids),
            text=clean(text, limit=500),
            tone=tone,
            problem=problem,
            at=self._clock.now(),
        )
        self.cell.set((*self.cell.value, notice)[-KEPT:])
        return notice

    def fail(self, what: str, problem: Problem) -> Notice:
        """Tell of a failure: what was wanted, and why it did not work."""
        return self.tell(f"{what}: {problem}", tone=Tone.BAD, problem=problem)

    def dismiss(self, id: int) -> None:
        """Take one away; unknown ids are fine, it may have fallen out."""
        self.cell.update(lambda notices: tuple(n for n in notices if n.id != id))

    def clear(self) -> None:
        self.cell.set(())
