"""The person's desk: what was read and what is folded away, kept while the program runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.store.views import Notice

if TYPE_CHECKING:
    from tui.store.profiles import Profiles
    from tui.store.session import Session


TOLD_FOR = 6.0
"""Seconds that a notice is told, however many pages are opened meanwhile."""


class Desk:
    """Remembers across screens what no server knows."""

    def __init__(self) -> None:
        self.preview = True
        """Whether lists show the preview of the object under the cursor."""
        self.profiles: Profiles[Session] | None = None
        """Given by the composition root; outlives the session."""
        self.confirm_typed_from = 2
        """Doing something to this many objects wants their number typed (a setting)."""
        self.sidebar = True
        self._read = 0
        self._told = 0
        self._told_at = 0.0

    def unread(self, notices: tuple[Notice, ...]) -> int:
        """How many notices were not looked at yet."""
        return sum(notice.id > self._read for notice in notices)

    def read(self, notices: tuple[Notice, ...]) -> None:
        """All of these were looked at."""
        self._read = max((self._read, *(notice.id for notice in notices)))

    def to_tell(self, notices: tuple[Notice, ...], now: float) -> tuple[Notice, float] | None:
        """What a page has to tell now, and for how many seconds: once, across all pages."""
        newest = notices[-1] if notices else None
        if newest is None or newest.id <= max(self._read, self._told - 1):
            return None
        if newest.id != self._told:
            self._told, self._told_at = newest.id, now
        left = TOLD_FOR - (now - self._told_at)
        return (newest, left) if left > 0 else None

    def wave_off(self, notice: Notice) -> None:
        """It was told long enough: no other page shows it."""
        if notice.id >= self._told:
            self._told, self._told_at = notice.id, -TOLD_FOR
