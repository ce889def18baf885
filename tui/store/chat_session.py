"""Chats in their session: its client, its worker, its lists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from tui.api.capabilities import Capabilities, Presence
from tui.api.operations.chat import (
    CREATE_CHAT_COMPLETION,
    ITEM,
    LIST_CHAT_COMPLETIONS,
    RESOURCE,
    SECTION,
)
from tui.api.records import Record
from tui.core.clock import Clock
from tui.core.errors import ProblemError, ProblemKind
from tui.store.ports import EventStream
from tui.store.views import Ref
from tui.worker.job import Job
from tui.worker.lanes import Lane

if TYPE_CHECKING:
    from tui.store.session import Session


class SessionHost:
    """`ChatHost` over a session; answers stream in the app's scope and survive navigation."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._unkept = False
        """Stored completions were asked for, and the server has none of them at all."""

    @property
    def clock(self) -> Clock:
        return self._session.clock

    def open(self, body: Mapping[str, Any]) -> EventStream:
        return self._session.client.stream(CREATE_CHAT_COMPLETION, body=body)

    def start(self, key: str, run: Callable[[], Awaitable[None]]) -> Job[None]:
        return self._session.scheduler.submit(
            key,
            scope=self._session.app_scope,
            lane=Lane.INTERACTIVE,
            run=run,
            holds_slot=False,
        )

    def aside(self, key: str, run: Callable[[], Awaitable[None]]) -> None:
        self._session.scheduler.local(
            key, scope=self._session.app_scope, lane=Lane.INTERACTIVE, run=run
        )

    @property
    def keeps(self) -> bool:
        return self._presence() is not Presence.ABSENT

    def check(self, id: str, tell: Callable[[bool], None]) -> None:
        if not self.keeps or self._presence() is Presence.PRESENT:
            tell(self.keeps)
            return

        async def look() -> None:
            try:
                # The list tells, not the completion: platforms take seconds to have a new one.
                await self._session.client.page(LIST_CHAT_COMPLETIONS, limit=1)
            except ProblemError as failure:
                if failure.problem.kind is ProblemKind.ABSENT:
                    self._unkept = True
                    tell(False)
            else:
                tell(True)

        self._session.scheduler.submit(
            ("chat-kept", id), scope=self._session.app_scope, lane=Lane.BACKGROUND, run=look
        )

    def _presence(self) -> Presence:
        """What the list of stored completions taught; a client of a test may know nothing."""
        if self._unkept:
            return Presence.ABSENT
        known: Capabilities | None = getattr(self._session.client, "capabilities", None)
        return Presence.UNKNOWN if known is None else known.presence(SECTION)

    def made(self, completion: Mapping[str, Any]) -> None:
        record = Record(completion, ITEM)
        self._session.made(Ref(RESOURCE, record.id), record)
        self._session.invalidate(RESOURCE)
