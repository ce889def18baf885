"""A collection: one list of the server, loaded as it comes in sight.

The screen says what it sees (`need`), and the collection keeps a page ahead of that. Every intent
is idempotent. What is shown stays until something newer arrives; late answers are dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from tui.api.records import Record
from tui.catalog.descriptor import Context, Resource
from tui.core.cell import LazyCell
from tui.core.clock import Clock
from tui.core.errors import Problem, ProblemKind
from tui.store.entities import Change, Entities
from tui.store.filtering import Filter, parse
from tui.store.phases import phase_of
from tui.store.ports import Page, PageSource
from tui.store.projection import Projection
from tui.store.rows import RowMaker, Rows
from tui.store.sources import row_id
from tui.store.views import CollectionKey, CollectionView, Phase, Ref, SortOrder
from tui.store.walk import Walk
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope
from tui.worker.poller import Look, Pace, Poller, Seen
from tui.worker.scheduler import Scheduler

FIRST_PAGE = 50
"""Rows of the first request: enough for a screen, and quick."""

OnRows = Callable[[CollectionKey, tuple[Record, ...]], None]


class Collection:
    """One list, shared by all screens that show it. `view` is all that they see."""

    def __init__(
        self,
        key: CollectionKey,
        *,
        resource: Resource,
        source: PageSource,
        entities: Entities,
        context: Context,
        scheduler: Scheduler,
        clock: Clock,
        page_size: int | None = None,
        on_rows: OnRows | None = None,
    ) -> None:
        self.key = key
        self.resource = resource
        self.cursor: Ref | None = None
        """Where the person's cursor was, for when the list is opened again."""
        self._source = source
        self._entities = entities
        self._scheduler = scheduler
        self._clock = clock
        limit = resource.list_op.page_limit if resource.list_op is not None else 100
        self._page_size = min(page_size or limit, limit)
        self._on_rows = on_rows
        self._walk = Walk()
        self._maker = RowMaker(resource, key.parents, entities=entities, context=context)
        self._projection = Projection(
            resource.columns, cells=self._maker.cells, now=lambda: context.now
        )
        self._filter = Filter("")
        self._sort: SortOrder | None = None
        self._scopes: dict[Scope, Callable[[], None]] = {}
        self._followers: dict[Scope, Callable[[], None]] = {}
        self._sight = 0
        self._behind = 0
        self._epoch = 0
        self._restarted = False
        self._job: Job[None] | None = None
        self._problem: Problem | None = None
        self._loaded_at: float | None = None
        self._loaded_tick = 0.0
        self._outdated = False
        self._version = 0
        self._poller = self._make_poller()
        self._deaf = [entities.listen(resource.key, self._changed)]
        self._deaf += [entities.listen(joined, self._joined) for joined in resource.joins]
        self.view: LazyCell[CollectionView] = LazyCell(self._compute)

    def __repr__(self) -> str:
        return f"Collection({self.key}, {len(self._walk.ids)} ids)"

    # What a screen intends.

    def open(self, scope: Scope) -> None:
        """A screen shows it: load it, or show what is there and refresh behind if it is old."""
        if scope.closed:
            return
        if scope not in self._scopes:
            self._scopes[scope] = scope.on_change(partial(self._scope_changed, scope))
        self._freshen()
        self._watch()

    def need(self, last_visible: int) -> None:
        """The screen shows rows up to this position: keep one page ahead of it."""
        self._sight = max(0, last_visible)
        self._advance()

    def refresh(self) -> None:
        """Read the list again from the top; what is shown stays until the answer is here."""
        if self._job is not None and self._walk.confirmed == 0 and not self._outdated:
            return
        self._outdated = False
        self._problem = None
        self._restarted = False
        self._restart()
        self._advance()

    def retry(self) -> None:
        """Try again what failed; nothing if nothing did."""
        if self._problem is None:
            return
        self._problem = None
        self._touch()
        self._advance()

    def load_behind(self, scope: Scope, rows: int) -> None:
        """Another list looks into this one: load so many rows for it, when nothing else waits."""
        self._behind = max(self._behind, rows)
        if scope in self._scopes or scope in self._followers or scope.closed:
            return
        self._followers[scope] = scope.on_change(partial(self._follower_changed, scope))
        self._freshen()

    def set_filter(self, text: str) -> None:
        """Show only what a filter line lets pass; the rest is loaded behind to be searched too."""
        if text == self._filter.text:
            return
        self._filter = parse(text, self.resource.columns)
        self._project()

    def sort_by(self, sort: SortOrder | None) -> None:
        """Order what is loaded by a column, or as the server does; the rest is loaded behind."""
        if sort == self._sort:
            return
        self._sort = sort
        self._project()

    def remember_cursor(self, ref: Ref | None) -> None:
        """Where the cursor is, so that the list opens there again."""
        self.cursor = ref

    # What other parts of the store tell.

    def outdate(self) -> None:
        """An action made it stale: refresh now if it is shown, else when it is."""
        self._outdated = True
        if self.shown or any(not scope.hidden for scope in self._followers):
            self.refresh()

    def insert_top(self, id: str) -> None:
        """A new object; a refresh behind puts it where it belongs."""
        self._walk.insert_top(id)
        self._projection.replace(self._walk.ids)
        self._decide()

    def holds(self, id: str) -> bool:
        return id in self._walk.ids

    def close(self) -> list[str]:
        """Forget it; gives the ids that it held."""
        for stop in (*self._deaf, *self._scopes.values(), *self._followers.values()):
            stop()
        self._scopes.clear()
        self._followers.clear()
        if self._poller is not None:
            self._poller.stop()
        if self._job is not None:
            self._job.cancel()
        return self._walk.ids

    @property
    def open_now(self) -> bool:
        """Whether a screen has it open, shown or hidden, or somebody listens."""
        return bool(self._scopes or self._followers) or self.view.watched

    @property
    def shown(self) -> bool:
        """Whether a screen shows it now."""
        return any(not scope.hidden for scope in self._scopes)

    @property
    def loaded(self) -> int:
        return len(self._walk.ids)

    # Loading.

    def _freshen(self) -> None:
        """Refresh what is too old to be shown as it is."""
        if self._job is not None:
            self._advance()
        elif self._loaded_at is None or self._problem is not None:
            self._problem = None
            self._advance()
        elif (
            self._outdated or self._clock.monotonic() - self._loaded_tick > self.resource.fresh_for
        ):
            self.refresh()

    def _target(self) -> int:
        """How many rows should be confirmed."""
        if not self._scopes:
            return self._behind
        if self._projection.active:
            return 1 << 62
        return max(self._sight + 1 + self._page_size, self._behind if self._followers else 0)

    def _advance(self) -> None:
        """Ask for the next page, or ask for it sooner, if it is wanted and nothing stands
        against it."""
        if self._problem is not None or not (self._scopes or self._followers):
            return
        confirmed = self._walk.confirmed
        if self._loaded_at is not None and (self._walk.end or confirmed >= self._target()):
            return
        first = self._walk.cursor is None
        sight = first or (self._sight >= confirmed and not self._projection.active)
        epoch = self._epoch
        for scope in (*self._scopes, *self._followers):
            seen = sight and scope in self._scopes
            job = self._scheduler.submit(
                ("page", self.key, epoch, self._walk.cursor),
                scope=scope,
                lane=Lane.VISIBLE if seen else Lane.PREFETCH,
                run=partial(self._load, epoch, self._walk.cursor),
            )
            if self._job is not job and not job.done:
                self._job = job
                job.on_done(self._settled)
        self._touch()

    async def _load(self, epoch: int, cursor: str | None) -> None:
        first = cursor is None and self._loaded_at is None
        limit = min(FIRST_PAGE, self._page_size) if first else self._page_size
        page = await self._source.fetch(cursor, limit)
        if epoch == self._epoch:
            self._take(page, self._walk.take)

    def _take(self, page: Page, merge: Callable[[list[str], str | None], list[str]]) -> None:
        records = {row_id(record): record for record in page.items}
        alive = self._entities.put_page(self.key.resource, self.key.parents, records)
        vanished = merge(list(records), page.next)
        # Lists lag behind: what was deleted a moment ago may still be in them.
        self._walk.remove(records.keys() - alive)
        self._entities.release(self.key.resource, self.key.parents, vanished)
        self._loaded_at = self._clock.now()
        self._loaded_tick = self._clock.monotonic()
        self._problem = None
        self._maker.forget_all()
        self._projection.replace(self._walk.ids)
        self._decide()
        self._watch()
        if self._on_rows is not None:
            self._on_rows(self.key, page.items)

    def _settled(self, job: Job[Any]) -> None:
        if job is not self._job:
            return
        self._job = None
        problem = job.problem
        if problem is not None and problem.kind is not ProblemKind.CANCELLED:
            lost = problem.kind in {ProblemKind.NOT_FOUND, ProblemKind.INVALID}
            if lost and self._walk.cursor is not None and not self._restarted:
                # The object that the cursor names may have been deleted elsewhere.
                self._restart()
                self._restarted = True
            else:
                self._problem = problem
        self._touch()
        self._advance()

    def _restart(self) -> None:
        self._epoch += 1
        self._walk.restart()
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
        self._touch()

    def _scope_changed(self, scope: Scope) -> None:
        if scope.closed:
            self._scopes.pop(scope)()
        elif not scope.hidden:
            self._freshen()
            self._watch()

    def _follower_changed(self, scope: Scope) -> None:
        if scope.closed:
            self._followers.pop(scope)()
        elif not scope.hidden:
            self._freshen()

    # Showing.

    def _changed(self, change: Change) -> None:
        if change.parents != self.key.parents:
            return
        if change.removed:
            self._walk.remove(change.ids)
            self._projection.replace(self._walk.ids)
            if self.cursor is not None and self.cursor.id in change.ids:
                self.cursor = None
        self._projection.forget(change.ids)
        self._decide()

    def _joined(self, _change: Change) -> None:
        self._maker.forget_all()
        self._projection.forget_all()
        self._decide()

    def _project(self) -> None:
        self._projection.choose(self._filter, self._sort)
        self._decide()
        self._advance()

    def _decide(self) -> None:
        """Decide about new rows: at once while they are few, else in slices behind."""
        if not self._projection.work():
            for scope in self._scopes:
                self._scheduler.local(
                    ("project", self.key), scope=scope, lane=Lane.INTERACTIVE, run=self._decide_all
                )
        self._touch()

    async def _decide_all(self) -> None:
        while not self._projection.work():
            self._touch()
            await asyncio.sleep(0)
        self._touch()

    def _touch(self) -> None:
        self._version += 1
        self.view.invalidate()

    def _compute(self) -> CollectionView:
        order = self._projection.order
        return CollectionView(
            key=self.key,
            phase=self._phase(),
            rows=Rows(self._maker, order),
            version=self._version,
            loaded=len(self._walk.ids),
            shown=len(order),
            end=self._walk.complete,
            refreshing=self._loaded_at is not None
            and (self._job is not None or not self._projection.settled),
            stale=self._loaded_at is not None and self._problem is not None,
            problem=self._problem,
            filter_text=self._filter.text,
            filter_error=self._filter.error,
            sort=self._sort,
            loaded_at=self._loaded_at,
        )

    def _phase(self) -> Phase:
        if self._problem is not None:
            return phase_of(self._problem)
        if self._loaded_at is not None:
            return Phase.READY
        return Phase.UNASKED if self._job is None else Phase.LOADING

    # Watching what moves.

    def _make_poller(self) -> Poller | None:
        poll = self.resource.poll
        if poll is None or self.resource.list_op is None:
            return None
        return Poller(
            ("poll", self.key),
            scheduler=self._scheduler,
            clock=self._clock,
            pace=Pace(poll.every, poll.slow),
            look=self._look,
        )

    def _watch(self) -> None:
        if self._poller is not None and self._moving():
            for scope in self._scopes:
                self._poller.start(scope)

    def _moving(self) -> bool:
        """Whether any of the first page's objects has not come to rest."""
        poll = self.resource.poll
        if poll is None:
            return False
        for id in self._walk.ids[: self._page_size]:
            record = self._entities.get(self._maker.ref(id))
            status = None if record is None else record.get(poll.status)
            if status is not None and str(status) not in poll.terminal:
                return True
        return False

    async def _look(self) -> Look:
        epoch = self._epoch
        page = await self._source.fetch(None, self._page_size)
        if epoch == self._epoch and self._job is None:
            self._take(page, self._walk.renew_top)
        return Look(Seen.MOVING if self._moving() else Seen.TERMINAL)
