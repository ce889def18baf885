"""An entity: one object on a screen, read when asked for and watched while it moves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tui.api.records import Record
from tui.catalog.descriptor import Context, Poll, Resource
from tui.core.cell import LazyCell
from tui.core.clock import Clock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.store.audience import Audience
from tui.store.detail import sections_of, status_of, title_of
from tui.store.entities import Change, Entities
from tui.store.phases import phase_of
from tui.store.ports import Api
from tui.store.views import EntityView, Phase, Ref
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope
from tui.worker.poller import Look, Pace, Poller, Seen
from tui.worker.scheduler import Scheduler

KEPT_ENTITIES = 200
"""Entities kept although nobody listens to them."""

OnRecord = Callable[[Ref, Record], None]
OnMoving = Callable[[Ref, bool], None]


class Companion(Protocol):
    """Reads more of an object whenever its poller looks at it: one rhythm for both."""

    async def look(self) -> None:
        """Called once the object was read. Raises `ProblemError`."""
        ...

    def missed(self, problem: Problem) -> None:
        """A look failed; the poller goes on."""
        ...


class Entity:
    """One object, shared by all screens that show it. `view` is all that they see."""

    def __init__(
        self,
        ref: Ref,
        *,
        catalog: Mapping[str, Resource],
        api: Api,
        entities: Entities,
        context: Context,
        scheduler: Scheduler,
        clock: Clock,
        on_record: OnRecord | None = None,
        on_moving: OnMoving | None = None,
    ) -> None:
        self.ref = ref
        self.resource = catalog[ref.resource]
        self._catalog = catalog
        self._api = api
        self._entities = entities
        self._context = context
        self._scheduler = scheduler
        self._on_record = on_record
        self._on_moving = on_moving
        self._counts = self.resource.poll is not None and self.resource.poll.counts
        self._screens = Audience()
        self._companions: list[Companion] = []
        self._job: Job[Any] | None = None
        self._problem: Problem | None = None
        self._poller = self._make_poller(clock)
        self._deaf = [entities.listen(ref.resource, self._changed)]
        self._deaf += [entities.listen(joined, self._joined) for joined in self.resource.joins]
        self.view: LazyCell[EntityView] = LazyCell(self._compute)

    def __repr__(self) -> str:
        return f"Entity({self.ref})"

    @property
    def record(self) -> Record | None:
        """The object as it is shown, with changes under way; `None` before it was read."""
        return self._entities.get(self.ref)

    def open(self, scope: Scope) -> None:
        """A screen shows it: read it if it is not at hand, watch it if it moves."""
        self._screens.join(scope)
        if self._entities.get(self.ref) is None:
            self._problem = None
            self._ask(Lane.VISIBLE)
        self._watch()

    def refresh(self) -> None:
        """Read it again; what is shown stays until the answer is here."""
        self._problem = None
        self._ask(Lane.VISIBLE)

    retry = refresh

    def pin(self, scope: Scope) -> None:
        """Watch it on while no screen shows it, in a scope that is never shown."""
        if self._poller is not None:
            self._poller.pinned = True
            self.open(scope)

    def accompany(self, companion: Companion) -> None:
        """Let another read along with each look, from now on."""
        self._companions.append(companion)

    @property
    def pinned(self) -> bool:
        return self._poller is not None and self._poller.pinned

    @property
    def moving(self) -> bool:
        """Whether it has not come to rest, as far as is known."""
        poll, record = self.resource.poll, self.record
        return poll is not None and record is not None and _seen(record, poll) is Seen.MOVING

    def close(self) -> None:
        for stop in self._deaf:
            stop()
        self._screens.close()
        if self._poller is not None:
            self._poller.stop()

    def _ask(self, lane: Lane) -> None:
        if self.resource.get_op is None:
            if self._entities.get(self.ref) is None:
                self._problem = Problem(
                    f"One {self.resource.singular} cannot be read alone",
                    hint="Open its list",
                    kind=ProblemKind.ABSENT,
                )
                self.view.invalidate()
            return
        for scope in self._screens:
            job = self._scheduler.submit(
                ("object", self.ref), scope=scope, lane=lane, run=self._read
            )
            if self._job is not job and not job.done:
                self._job = job
                job.on_done(self._settled)
        self.view.invalidate()

    async def _read(self) -> float | None:
        """Read it; gives the seconds after which the server wants to be asked again."""
        op = self.resource.get_op
        if op is None:
            return None
        path = self.resource.path(self.ref.parents, self.ref.id)
        reply = await self._api.call(op, path=path)
        self._problem = None
        self._entities.put(self.ref, reply.record)
        if self._on_record is not None:
            self._on_record(self.ref, reply.record)
        self._watch()
        return reply.poll_after

    def _settled(self, job: Job[Any]) -> None:
        if job is not self._job:
            return
        self._job = None
        self._fail(job.problem)

    def _fail(self, problem: Problem | None) -> None:
        if problem is not None and problem.kind is not ProblemKind.CANCELLED:
            self._problem = problem
            if problem.kind is ProblemKind.NOT_FOUND and self._entities.get(self.ref) is not None:
                self._entities.remove(self.ref)
        self.view.invalidate()

    def _changed(self, change: Change) -> None:
        if change.parents == self.ref.parents and self.ref.id in change.ids:
            if change.removed and self._problem is None:
                self._problem = Problem(
                    f"This {self.resource.singular} is gone",
                    detail=f"It was {self._ways_to_go()}",
                    kind=ProblemKind.NOT_FOUND,
                )
            self.view.invalidate()
            self._watch()

    def _ways_to_go(self) -> str:
        """What may have happened to it: a file in a store is detached or deleted."""
        ways = dict.fromkeys(act.done for act in self.resource.actions if act.removes and act.done)
        return " or ".join(ways) or "deleted"

    def _joined(self, _change: Change) -> None:
        self.view.invalidate()

    def _compute(self) -> EntityView:
        record = self._entities.get(self.ref)
        if self._problem is not None:
            phase = phase_of(self._problem)
        elif record is not None:
            phase = Phase.READY
        else:
            phase = Phase.UNASKED if self._job is None else Phase.LOADING
        if record is None:
            return EntityView(self.ref, phase, title=self.ref.id, problem=self._problem)
        resource, context = self.resource, self._context
        return EntityView(
            ref=self.ref,
            phase=phase,
            title=title_of(resource, self.ref, record, context=context, catalog=self._catalog),
            status=status_of(resource, record, context=context),
            sections=sections_of(
                resource, self.ref, record, context=context, catalog=self._catalog
            ),
            record=record,
            malformed=record.malformed,
            pending=self._entities.pending(self.ref),
            refreshing=self._job is not None,
            problem=self._problem,
        )

    def _make_poller(self, clock: Clock) -> Poller | None:
        poll = self.resource.poll
        if poll is None or self.resource.get_op is None:
            return None
        return Poller(
            ("poll", self.ref),
            scheduler=self._scheduler,
            clock=clock,
            pace=Pace(poll.every, poll.slow),
            look=self._look,
            awake=lambda: self.view.watched,
            on_end=self._rested,
        )

    def _watch(self) -> None:
        if self._poller is None:
            return
        if not self.moving:
            # Its poller may sleep, unseen, and would tell only when it is looked at again.
            self._rested()
            return
        for scope in self._screens:
            self._poller.start(scope)
        if self._counts and self._on_moving is not None and self._poller.running:
            self._on_moving(self.ref, not self._resting)

    @property
    def _resting(self) -> bool:
        """Whether only a person can move it on."""
        poll, record = self.resource.poll, self.record
        return poll is not None and record is not None and record.get(poll.status) in poll.resting

    def _rested(self) -> None:
        if self._counts and self._on_moving is not None:
            self._on_moving(self.ref, False)

    async def _look(self) -> Look:
        read = False
        try:
            hint = await self._read()
            read = True
            for companion in self._companions:
                await companion.look()
        except ProblemError as error:
            for companion in self._companions:
                companion.missed(error.problem)
            if error.problem.kind is ProblemKind.NOT_FOUND and not read:
                self._fail(error.problem)
            raise
        poll, record = self.resource.poll, self.record
        if poll is None or record is None:
            return Look(Seen.GONE)
        return Look(_seen(record, poll), hint)


def _seen(record: Record, poll: Poll) -> Seen:
    status = record.get(poll.status)
    if status is None:
        return Seen.UNKNOWN
    return Seen.TERMINAL if str(status) in poll.terminal else Seen.MOVING


class EntityBoard:
    """The entities of a session; those that nobody listens to are forgotten in time."""

    def __init__(self, make: Callable[[Ref], Entity], entities: Entities) -> None:
        self._make = make
        self._held: OrderedDict[Ref, Entity] = OrderedDict()
        entities.held_by(self._holds)

    def open(self, ref: Ref, scope: Scope) -> Entity:
        """The entity, read and watched for that scope. Raises `KeyError` for a resource that is
        not in the catalogue."""
        entity = self._held.get(ref)
        if entity is None:
            entity = self._held[ref] = self._make(ref)
            self._forget_some()
        self._held.move_to_end(ref)
        entity.open(scope)
        return entity

    def reread(self, ref: Ref) -> None:
        """Something was done to an object: read it again if a screen has it."""
        if (entity := self._held.get(ref)) is not None:
            entity.refresh()

    def close(self) -> None:
        for entity in self._held.values():
            entity.close()
        self._held.clear()

    def _holds(self, ref: Ref) -> bool:
        entity = self._held.get(ref)
        return entity is not None and (entity.view.watched or entity.pinned)

    def _forget_some(self) -> None:
        for ref in tuple(self._held)[: max(0, len(self._held) - KEPT_ENTITIES)]:
            if not self._holds(ref):
                self._held.pop(ref).close()
