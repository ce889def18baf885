"""Chats in their session: its client, its worker, its lists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from tui.api.operations.chat import CREATE_CHAT_COMPLETION, ITEM, RESOURCE
from tui.api.records import Record
from tui.core.clock import Clock
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

    def made(self, completion: Mapping[str, Any]) -> None:
        record = Record(completion, ITEM)
        self._session.made(Ref(RESOURCE, record.id), record)
        self._session.invalidate(RESOURCE)
