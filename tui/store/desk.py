"""The person's desk: what was read and what is folded away, kept while the program runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.store.views import Notice

if TYPE_CHECKING:
    from tui.store.profiles import Profiles
    from tui.store.session import Session


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

    def unread(self, notices: tuple[Notice, ...]) -> int:
        """How many notices were not looked at yet."""
        return sum(notice.id > self._read for notice in notices)

    def read(self, notices: tuple[Notice, ...]) -> None:
        """All of these were looked at."""
        self._read = max((self._read, *(notice.id for notice in notices)))

    def newest_unread(self, notices: tuple[Notice, ...]) -> Notice | None:
        """What to tell now."""
        return notices[-1] if notices and notices[-1].id > self._read else None
