"""Loading: which page of a list is asked for next, when, and how urgently.

Intents are idempotent: asking for what is under way joins it, and may make it more urgent. An
answer to a question of an old epoch is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tui.api.operation import Paging
from tui.catalog.descriptor import Resource
from tui.core.clock import Clock
from tui.core.errors import Problem, ProblemKind
from tui.store.audience import Audience
from tui.store.listing import Listing
from tui.store.ports import Page, PageSource, problem_of
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope
from tui.worker.poller import Look, Pace, Poller, Seen
from tui.worker.scheduler import Scheduler

FIRST_PAGE = 50
"""Rows of the first request: enough for a screen, and quick."""
EVERYTHING = 1 << 62

_BY_ID = frozenset({Paging.AFTER_BEFORE, Paging.AFTER, Paging.LAST_ITEM})
"""Lists that can be read on from any object."""
_LOST_CURSOR = frozenset({ProblemKind.NOT_FOUND, ProblemKind.INVALID})


class Loading:
    """Drives the walk of one list by what its audience sees."""

    def __init__(
        self,
        listing: Listing,
        *,
        source: PageSource,
        scheduler: Scheduler,
        clock: Clock,
        page_size: int,
        on_page: Callable[[Page], None],
        on_change: Callable[[], None],
    ) -> None:
        self.problem: Problem | None = None
        self.loaded_at: float | None = None
        """Unix time of the last answer."""
        self.screens = Audience(self.freshen)
        self.followers = Audience(self.freshen)
        self._listing = listing
        self._walk = listing.walk
        self._source = source
        self._scheduler = scheduler
        self._clock = clock
        self._page_size = page_size
        self._on_page = on_page
        self._on_change = on_change
        self._sight = 0
        self._behind = 0
        self._epoch = 0
        self._healed = False
        self._outdated = False
        self._fresh_until = 0.0
        self._job: Job[None] | None = None
        op = listing.resource.list_op
        self._cursor_is_id = op is not None and op.paging in _BY_ID
        self._poller = self._make_poller(listing.resource)

    @property
    def asking(self) -> bool:
        """Whether a request is queued or under way."""
        return self._job is not None

    def open(self, scope: Scope) -> None:
        """A screen shows it."""
        self.screens.join(scope)
        self.freshen()

    def follow(self, scope: Scope, rows: int) -> None:
        """Another list looks into it: load so many rows when nothing else waits."""
        self._behind = max(self._behind, rows)
        if scope not in self.screens and self.followers.join(scope):
            self.freshen()

    def need(self, last_visible: int) -> None:
        """Rows up to this position are in sight: keep a page ahead of it."""
        self._sight = max(0, last_visible)
        self.advance()
        self._watch()

    def refresh(self) -> None:
        """Walk again from the top; a walk that has just begun is not begun again."""
        if self._job is not None and self._walk.confirmed == 0 and not self._outdated:
            return
        self._outdated = False
        self._healed = False
        self.problem = None
        self._restart()
        self.advance()

    def retry(self) -> None:
        """Ask again for what failed."""
        if self.problem is not None:
            self.problem = None
            self._on_change()
            self.advance()

    def outdate(self) -> None:
        """It is stale: refresh now if it is on a screen, else when it is."""
        self._outdated = True
        if self.screens.shown or self.followers.shown:
            self.refresh()

    def freshen(self) -> None:
        """Somebody looks: load what was not, refresh what is too old to be shown as it is."""
        if self._job is None and self.problem is None and self.loaded_at is not None:
            if self._outdated or self._clock.monotonic() > self._fresh_until:
                self.refresh()
        elif self._job is None:
            self.problem = None
        self.advance()
        self._watch()

    def advance(self) -> None:
        """Ask for the next page if it is wanted, or ask for it sooner."""
        if self.problem is not None or not (self.screens or self.followers):
            return
        confirmed = self._walk.confirmed
        if self.loaded_at is not None and (self._walk.end or confirmed >= self._target()):
            return
        cursor = self._walk.cursor
        in_sight = cursor is None or (self._sight >= confirmed and not self._listing.active)
        for scope in (*self.screens, *self.followers):
            awaited = in_sight and scope in self.screens
            job = self._scheduler.submit(
                ("page", self._listing.key, self._epoch, cursor),
                scope=scope,
                lane=Lane.VISIBLE if awaited else Lane.PREFETCH,
                run=partial(self._load, self._epoch, cursor),
            )
            if self._job is not job and not job.done:
                self._job = job
                job.on_done(self._ended)
        self._on_change()

    def close(self) -> None:
        self.screens.close()
        self.followers.close()
        if self._poller is not None:
            self._poller.stop()
        if self._job is not None:
            self._job.cancel()

    def _target(self) -> int:
        """How many rows should be confirmed."""
        followed = self._behind if self.followers else 0
        if not self.screens:
            return followed
        if self._listing.active and not self._walk.complete:
            return EVERYTHING
        return max(self._sight + 1 + self._page_size, followed)

    async def _load(self, epoch: int, cursor: str | None) -> None:
        first = cursor is None and self.loaded_at is None
        limit = min(FIRST_PAGE, self._page_size) if first else self._page_size
        page = await self._source.fetch(cursor, limit)
        if epoch == self._epoch:
            self._listing.take(page, self._walk.take)
            self._arrived(page)

    def _arrived(self, page: Page) -> None:
        self.loaded_at = self._clock.now()
        self._fresh_until = self._clock.monotonic() + self._listing.resource.fresh_for
        self.problem = problem_of(page)
        self._on_page(page)
        self._watch()

    def _ended(self, job: Job[Any]) -> None:
        if job is not self._job:
            return
        self._job = None
        problem = job.problem
        if problem is not None and problem.kind is not ProblemKind.CANCELLED:
            if problem.kind in _LOST_CURSOR and self._walk.cursor is not None and not self._healed:
                # The object that the cursor names may have been deleted elsewhere.
                self._restart()
                self._healed = True
            else:
                self.problem = problem
        self._on_change()
        self.advance()

    def _restart(self) -> None:
        self._epoch += 1
        self._walk.restart()
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
        self._on_change()

    def _make_poller(self, resource: Resource) -> Poller | None:
        poll = resource.poll
        if poll is None or resource.list_op is None:
            return None
        return Poller(
            ("poll", self._listing.key),
            scheduler=self._scheduler,
            clock=self._clock,
            pace=Pace(poll.every, poll.slow),
            look=self._look,
        )

    def _watch(self) -> None:
        """Look again at a list in which something moves."""
        if self._poller is None or not self.screens:
            return
        if not self._poller.running and not self._moving():
            return
        for scope in self.screens:
            self._poller.start(scope)

    def _moving(self) -> bool:
        """Whether anything moves on the first page, or in sight."""
        top = self._listing.moving(0, self._page_size)
        return top is not None or self._moving_below() is not None

    def _moving_below(self) -> int | None:
        if not self._cursor_is_id:
            return None
        start = max(self._page_size, self._sight - self._page_size)
        return self._listing.moving(start, min(self._sight, self._walk.confirmed) + 1)

    async def _look(self) -> Look:
        epoch = self._epoch
        if self._listing.moving(0, self._page_size) is not None:
            page = await self._source.fetch(None, self._page_size)
            if epoch == self._epoch and self._job is None:
                self._listing.take(page, self._walk.renew_top)
                self._arrived(page)
        below = self._moving_below()
        if below is not None:
            page = await self._source.fetch(self._walk.ids[below - 1], self._page_size)
            self._listing.renew(page)
        return Look(Seen.MOVING if self._moving() else Seen.TERMINAL)
