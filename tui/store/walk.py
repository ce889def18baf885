"""The walk down a list's pages: which ids are known, and how far down they are confirmed.

Pure state. A refresh walks again from the top while what was known stays; each page that arrives
replaces the stretch that it covers, so that what vanished from the server vanishes here, and what
has not been confirmed yet is still shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class Walk:
    """Ids in the server's order; `ids[:confirmed]` came in this walk, the rest in an earlier."""

    __slots__ = (
        "_confirmed_ids",
        "_cursors",
        "_known",
        "_tail_is_end",
        "confirmed",
        "cursor",
        "end",
        "ids",
    )

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.confirmed = 0
        self.cursor: str | None = None
        """What to ask the next page after."""
        self.end = False
        """This walk has reached the end."""
        self._tail_is_end = False
        self._known: set[str] = set()
        self._confirmed_ids: set[str] = set()
        self._cursors: set[str] = set()

    @property
    def complete(self) -> bool:
        """Whether, as far as is known, the server has no more than `ids`."""
        return self.end or self._tail_is_end

    def holds(self, id: str) -> bool:
        """Whether it is in the list."""
        return id in self._known

    def restart(self) -> None:
        """Walk again from the top; what is known stays until pages replace it."""
        self._tail_is_end = self.complete
        self.confirmed = 0
        self.cursor = None
        self.end = False
        self._confirmed_ids.clear()
        self._cursors.clear()

    def take(self, page: Sequence[str], cursor: str | None) -> list[str]:
        """The page after what is confirmed; gives the ids that vanished.

        Ends at an empty page, a repeated cursor or a page without a new id (contract 2.6).
        """
        fresh = [id for id in dict.fromkeys(page) if id not in self._confirmed_ids]
        ends = cursor is None or cursor in self._cursors or not fresh
        covered = set(fresh)
        rest = self.ids[self.confirmed :]
        reach = len(rest) if ends else _last(rest, covered) + 1
        vanished = [id for id in rest[:reach] if id not in covered]
        if not rest:
            # In place: whoever holds the list with its old length still sees the same rows.
            self.ids.extend(fresh)
        elif rest[:reach] != fresh:
            self.ids = self.ids[: self.confirmed] + fresh + rest[reach:]
        self.confirmed += len(fresh)
        self._confirmed_ids |= covered
        self._known |= covered
        self._known.difference_update(vanished)
        self.end = ends
        # Without a row in common, unknown ones may lie between the page and the rest.
        known_on = self._tail_is_end and reach > 0 and self.confirmed < len(self.ids)
        self._tail_is_end = ends or known_on
        self.cursor = None if ends else cursor
        if self.cursor is not None:
            self._cursors.add(self.cursor)
        return vanished

    def renew_top(self, page: Sequence[str], cursor: str | None) -> list[str]:
        """The first page again, without losing what is confirmed below it; gives what vanished."""
        fresh = list(dict.fromkeys(page))
        covered = set(fresh)
        reach = _last(self.ids, covered) + 1
        if cursor is None or not fresh or not 0 < reach <= self.confirmed:
            self.restart()
            return self.take(page, cursor)
        vanished = [id for id in self.ids[:reach] if id not in covered]
        if self.ids[:reach] != fresh:
            self.ids = fresh + self.ids[reach:]
        self.confirmed += len(fresh) - reach
        self._known |= covered
        self._known.difference_update(vanished)
        self._confirmed_ids |= covered
        self._confirmed_ids.difference_update(vanished)
        self._heal_cursor(vanished)
        return vanished

    def insert_top(self, id: str) -> None:
        """A new object, shown on top until a refresh says where it belongs."""
        if id in self._known:
            return
        self._known.add(id)
        self.ids = [id, *self.ids]
        if self.confirmed or self.end:
            self.confirmed += 1
            self._confirmed_ids.add(id)

    def remove(self, gone: Iterable[str]) -> list[str]:
        """Objects that were deleted; gives those that were in the list."""
        doomed = self._known.intersection(gone)
        found = [id for id in self.ids if id in doomed] if doomed else []
        if found:
            self.confirmed -= sum(1 for id in self.ids[: self.confirmed] if id in doomed)
            self.ids = [id for id in self.ids if id not in doomed]
            self._known -= doomed
            self._confirmed_ids -= doomed
            self._heal_cursor(found)
        return found

    def _heal_cursor(self, gone: Sequence[str]) -> None:
        """A cursor that was the id of an object now gone: go on after the one before it."""
        if self.cursor in gone:
            self.cursor = self.ids[self.confirmed - 1] if self.confirmed else None


def _last(ids: Sequence[str], wanted: set[str]) -> int:
    """Position of the last id that is among the wanted ones, -1 without any."""
    for index in range(len(ids) - 1, -1, -1):
        if ids[index] in wanted:
            return index
    return -1
