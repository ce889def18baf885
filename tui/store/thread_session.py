"""Open threads in their session: its client, its worker, its lists, its files' names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from tui.api.operations import assistants as ops
from tui.api.operations.files import GET_FILE
from tui.api.records import Record
from tui.core.errors import ProblemError
from tui.core.formats import short_id
from tui.store.entities import Change
from tui.store.ports import Api
from tui.store.threads import Threads
from tui.store.views import Ref
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope
from tui.worker.poller import Look, Pace, Poller

if TYPE_CHECKING:
    from tui.store.session import Session

PACE = Pace(every=1.0, slow=5.0)
FILES = "files"
MOST_NAMES = 500
"""Files whose names are asked for one by one."""


class RunWatch:
    """`Watching` by a poller that slows down unseen and never sleeps."""

    def __init__(self, poller: Poller, scope: Scope) -> None:
        self._poller = poller
        self._scope = scope
        poller.pinned = True
        scope.hidden = True

    @property
    def running(self) -> bool:
        return self._poller.running

    def start(self) -> None:
        self._poller.start(self._scope)

    def stop(self) -> None:
        self._poller.stop()

    def show(self, shown: bool) -> None:
        self._scope.hidden = not shown

    def close(self) -> None:
        self._scope.close()


class SessionThreadHost:
    """`ThreadHost` over a session; runs are followed in the app's scope, whatever is shown."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked: set[str] = set()
        self.threads: Threads | None = None
        """Who is told of what happens to threads elsewhere in the program."""
        for resource in (ops.THREADS, ops.MESSAGES, ops.RUNS):
            session.entities.listen(resource, self._changed)
        session.entities.listen(FILES, self._files_changed)

    @property
    def api(self) -> Api:
        return self._session.client

    @property
    def read_only(self) -> bool:
        return self._session.profile.value.read_only

    def stream(self, key: str, run: Callable[[], Awaitable[None]]) -> Job[None]:
        return self._session.scheduler.submit(
            key, scope=self._session.app_scope, lane=Lane.INTERACTIVE, run=run, holds_slot=False
        )

    def request(self, key: str, run: Callable[[], Awaitable[None]]) -> Job[None]:
        return self._session.scheduler.submit(
            key, scope=self._session.app_scope, lane=Lane.INTERACTIVE, run=run
        )

    def watch(
        self, key: str, look: Callable[[], Awaitable[Look]], on_end: Callable[[], None]
    ) -> RunWatch:
        poller = Poller(
            ("poll", key, id(look)),
            scheduler=self._session.scheduler,
            clock=self._session.clock,
            pace=PACE,
            look=look,
            on_end=on_end,
        )
        return RunWatch(poller, Scope(key))

    def saw(self, ref: Ref, record: Record, *, made: bool) -> None:
        if made and self._session.entities.get(ref) is None:
            self._session.made(ref, record)
        else:
            self._session.entities.put(ref, record)
            self._session.ledger.note(ref, record)

    def file_name(self, id: str) -> str:
        if not id:
            return ""
        record = self._session.context.find(FILES, id)
        if record is None:
            self._ask_name(id)
            return short_id(id)
        return str(record.get("filename") or short_id(id))

    def moving(self, ref: Ref, moves: bool) -> None:
        self._session.work.moving(ref, moves)

    def _ask_name(self, id: str) -> None:
        """Read a file that nothing at hand names; one that is gone keeps its id."""
        if id in self._asked or len(self._asked) >= MOST_NAMES:
            return
        self._asked.add(id)

        async def read() -> None:
            try:
                reply = await self.api.call(GET_FILE, path={"file_id": id})
            except ProblemError:
                return
            self._session.entities.put(Ref(FILES, id), reply.record)

        self._session.scheduler.submit(
            ("file name", id), scope=self._session.app_scope, lane=Lane.PREFETCH, run=read
        )

    def _files_changed(self, change: Change) -> None:
        if self.threads is not None and not self._asked.isdisjoint(change.ids):
            for thread in self.threads:
                thread.renamed()

    def _changed(self, change: Change) -> None:
        if self.threads is None:
            return
        for id in change.ids:
            held = change.parents[0] if change.parents else id
            thread = self.threads.get(held)
            if thread is not None:
                record = self._session.entities.get(Ref(change.resource, id, change.parents))
                thread.heard(change.resource, id, record if not change.removed else None)


def open_threads(session: Session) -> Threads:
    """The threads of a session, hearing what happens to them anywhere in it."""
    host = SessionThreadHost(session)
    host.threads = Threads(host)
    return host.threads
