"""The session: the façade of one profile that screens and feature stores get by constructor."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tui.api.operation import Operation
from tui.api.records import Record
from tui.catalog.descriptor import Action, Resource, Tone
from tui.core.cell import Cell, Readable
from tui.core.clock import Clock
from tui.core.errors import Problem, ProblemKind
from tui.core.formats import byte_size
from tui.core.log import RequestEntry, RequestLog
from tui.core.safe_text import clean
from tui.store.activity import Activity
from tui.store.chat_open import Chats
from tui.store.chat_session import SessionHost
from tui.store.collection import Collection
from tui.store.collections import Collections
from tui.store.content import Content
from tui.store.context import StoreContext
from tui.store.desk import Desk
from tui.store.documents import Documents
from tui.store.entities import Entities
from tui.store.entity import Entity, EntityBoard
from tui.store.finding import Finder, Named
from tui.store.ledger import Ledger
from tui.store.ledger_pages import LedgerPages
from tui.store.listed_pages import ListedPages
from tui.store.mutations import Act, Mutations
from tui.store.notices import Notices
from tui.store.ports import Api, PageSource
from tui.store.sources import row_id
from tui.store.thread_session import open_threads
from tui.store.tuning_board import Tunings
from tui.store.views import (
    ActivityView,
    CollectionKey,
    Completion,
    Destination,
    Notice,
    ProfileView,
    Ref,
)
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

__all__ = ["Act", "Collection", "Content", "Entity", "Scope", "Session"]


class Session:
    """Everything that a screen may ask of one profile. Only views and intents cross it."""

    def __init__(
        self,
        client: Api,
        *,
        scheduler: Scheduler,
        catalog: Mapping[str, Resource],
        clock: Clock,
        profile: ProfileView,
        request_log: RequestLog,
        ledger_path: Path | None = None,
        page_size: int | None = None,
        journals: Path | None = None,
        names: Sequence[Named] | None = None,
    ) -> None:
        """`names` is the catalogue's index; without it the descriptors are all asked."""
        self.client = client
        self.scheduler = scheduler
        self.catalog = catalog
        self.clock = clock
        self.request_log = request_log
        self.app_scope = Scope("app")
        """Writes, uploads and streams run in it: no navigation ends them."""
        self._watch_scope = Scope("watched")
        self._watch_scope.hidden = True
        self._profile = Cell(profile)
        self._keys = itertools.count()
        self.notice_board = Notices(clock)
        self.desk = Desk()
        self.entities = Entities(catalog, clock)
        self.context = StoreContext(self.entities, clock)
        self.work = Activity(scheduler)
        self.ledger = Ledger(
            ledger_path,
            catalog=catalog,
            scheduler=scheduler,
            clock=clock,
            scope=self.app_scope,
            notices=self.notice_board,
        )
        self.collections = Collections(
            catalog,
            api=client,
            entities=self.entities,
            context=self.context,
            scheduler=scheduler,
            clock=clock,
            page_size=page_size,
            on_rows=self._rows_arrived,
            from_ledger=self._from_ledger,
        )
        self._board = EntityBoard(self._make_entity, self.entities)
        self.mutations = Mutations(
            catalog=catalog,
            api=client,
            scheduler=scheduler,
            scope=self.app_scope,
            entities=self.entities,
            collections=self.collections,
            ledger=self.ledger,
            notices=self.notice_board,
            reread=self._board.reread,
            read_only=profile.read_only,
        )
        self.documents = Documents(
            client,
            scheduler=scheduler,
            scope=self.app_scope,
            clock=clock,
            profile=profile,
            notices=self.notice_board,
            work=self.work,
            outdate=self.invalidate,
            journals=journals,
            made=self.made,
        )
        self.chats = Chats(SessionHost(self), store=not profile.read_only)
        self.tunings = Tunings(self)
        self.threads = open_threads(self)
        self._finder = Finder(
            catalog,
            names=tuple(catalog.values()) if names is None else names,
            entities=self.entities,
            ledger=self.ledger,
        )
        scheduler.on_crash = self._crashed

    # What a screen shows.

    @property
    def profile(self) -> Readable[ProfileView]:
        return self._profile

    @property
    def activity(self) -> Readable[ActivityView]:
        return self.work.cell

    @property
    def notices(self) -> Readable[tuple[Notice, ...]]:
        return self.notice_board.cell

    @property
    def requests(self) -> Readable[tuple[RequestEntry, ...]]:
        return self.request_log.entries

    @property
    def completions(self) -> Readable[int]:
        """Grows when `complete` has more to offer than it had."""
        return self._finder.news

    # What a screen intends.

    def scope(self, name: str) -> Scope:
        """A scope for a screen: hide it when the screen is covered, close it with the screen."""
        return Scope(name)

    def collection(self, key: CollectionKey, scope: Scope) -> Collection:
        """A list, loading for that scope. Raises `KeyError` for a resource that is not in the
        catalogue, `ValueError` when the parents do not fit."""
        return self.collections.open(key, scope)

    def entity(self, ref: Ref, scope: Scope) -> Entity:
        """One object, read if it is not at hand and watched while it moves and is looked at.
        Raises `KeyError` for a resource that is not in the catalogue."""
        return self._board.open(ref, scope)

    def watch(self, ref: Ref) -> Entity:
        """Watch an object on when no screen shows it; the header counts it."""
        entity = self._board.open(ref, self._watch_scope)
        entity.pin(self._watch_scope)
        return entity

    def act(
        self,
        action: Action,
        refs: Sequence[Ref] = (),
        values: Mapping[str, Any] | None = None,
        *,
        on: CollectionKey | None = None,
    ) -> Act:
        """Run an action over objects, or over the list `on` when there are none. Raises
        `ValueError` when there is neither."""
        if refs:
            return self.mutations.act(action, self.catalog[refs[0].resource], refs, values)
        if on is None:
            raise ValueError("an action needs objects or a list")
        resource = self.catalog[on.resource]
        return self.mutations.act(action, resource, (), values, parents=on.parents)

    def refusal(self, action: Action, ref: Ref | None = None) -> Problem | None:
        """Why an action cannot be done to an object here and now; `None`: it can."""
        return self.mutations.refusal(action, ref)

    def read_content(self, ref: Ref, op: Operation, scope: Scope) -> Content:
        """The beginning of a file's content, read for that scope."""
        return Content(
            ref,
            op,
            path=self.path_of(ref, op),
            api=self.client,
            scheduler=self.scheduler,
            scope=scope,
        )

    def download(self, ref: Ref, op: Operation, destination: Path) -> Act:
        """Save a file's content in the app's scope; the act's `done` says that it is there."""
        act = Act(f"Download {ref.id}", 1)
        received = 0

        async def run() -> int:
            return await self.client.download(
                op, path=self.path_of(ref, op), destination=destination, progress=progress
            )

        def progress(sent: int, total: int | None) -> None:
            nonlocal received
            received = sent
            act.advance(sent / total if total else None)

        def ended(job: Job[int]) -> None:
            if job.problem is not None:
                act.report(ref, job.problem)
                if job.problem.kind is not ProblemKind.CANCELLED:
                    self.notice_board.fail(f"Download of {ref.id}", job.problem)
            else:
                act.report(ref, None)
                size = byte_size(job.result)
                self.notice_board.tell(f"Saved {destination} ({size})", tone=Tone.GOOD)
            act.end()

        job = self.scheduler.submit(
            ("download", ref, str(destination), next(self._keys)),
            scope=self.app_scope,
            lane=Lane.INTERACTIVE,
            run=run,
        )
        act.track(job)
        job.on_done(ended)
        return act

    def dismiss(self, notice: Notice) -> None:
        self.notice_board.dismiss(notice.id)

    # Finding and copying.

    def resolve(self, text: str) -> Destination | None:
        """Where a name, an alias or an id leads, from memory."""
        return self._finder.resolve(text)

    async def locate(self, text: str) -> Destination | None:
        """As `resolve`, with the ledger's help."""
        return await self._finder.locate(text)

    def complete(self, text: str) -> tuple[Completion, ...]:
        """What a beginning may complete to, from memory; see `completions`."""
        return self._finder.complete(text)

    def curl(
        self,
        op: Operation,
        *,
        ref: Ref | None = None,
        key: CollectionKey | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> str:
        """A request as a shell command, with the key's variable in the place of the key."""
        path: dict[str, str] = {}
        query: dict[str, str] = {}
        if ref is not None:
            path = self.path_of(ref, op)
        elif key is not None:
            resource = self.catalog[key.resource]
            path = resource.path(key.parents)
            query = {**(resource.query or {}), **dict(key.query)}
        path = {name: value for name, value in path.items() if name in op.fields}
        return self.client.curl(op, path=path, query=query or None, body=body)

    def path_of(self, ref: Ref, op: Operation) -> dict[str, str]:
        """The fields of an operation's path, filled from an object."""
        fields = self.catalog[ref.resource].path(ref.parents, ref.id)
        return {name: value for name, value in fields.items() if name in op.fields}

    # What feature stores need.

    def invalidate(self, resource: str) -> None:
        """The lists of a resource are stale: those in sight refresh now, others when opened."""
        self.collections.outdate(resource)

    def made(self, ref: Ref, record: Record) -> None:
        """An object was made by a feature store: show it, find it again."""
        self.entities.put(ref, record)
        self.ledger.note(ref, record, made=True)
        self.collections.show_new(ref)

    async def idle(self, *, streams: bool = True) -> None:
        """Wait until nothing is under way."""
        await self.scheduler.idle(streams=streams)

    async def close(self) -> None:
        """End everything: jobs stop, the ledger is written, the client is closed."""
        await self.documents.close()
        await self.ledger.close()
        self.tunings.close()
        self.collections.close()
        self.threads.close()
        self._board.close()
        self.app_scope.close()
        self._watch_scope.close()
        await self.scheduler.close()
        self.work.close()
        await self.client.aclose()

    def _from_ledger(self, api: Api, resource: Resource, key: CollectionKey) -> PageSource:
        """What only the ledger lists, or the server first where it may."""
        if resource.list_op is not None:
            return ListedPages(api, resource, key, self.ledger)
        return LedgerPages(api, resource, key, self.ledger)

    def _make_entity(self, ref: Ref) -> Entity:
        return Entity(
            ref,
            catalog=self.catalog,
            api=self.client,
            entities=self.entities,
            context=self.context,
            scheduler=self.scheduler,
            clock=self.clock,
            on_record=self.ledger.note,
            on_moving=self._moves,
        )

    def _moves(self, ref: Ref, moves: bool) -> None:
        """Parts of an object that itself moves with them count as that one thing."""
        whole = None
        for depth, parent in enumerate(self.catalog[ref.resource].parents):
            poll = self.catalog[parent.resource].poll
            if poll is not None and poll.counts:
                whole = Ref(parent.resource, ref.parents[depth], ref.parents[:depth])
                break
        self.work.moving(ref, moves, counts_as=whole)

    def _rows_arrived(self, key: CollectionKey, records: tuple[Record, ...]) -> None:
        self.ledger.note_all(
            (Ref(key.resource, row_id(record), key.parents), record) for record in records
        )

    def _crashed(self, problem: Problem, _failure: BaseException) -> None:
        self.notice_board.tell(clean(str(problem)), tone=Tone.BAD, problem=problem)
