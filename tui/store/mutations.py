"""Mutations: an action of the catalogue over objects: overlay, call, commit or drop, outdate."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from tui.api.operation import Effect
from tui.api.records import Record
from tui.catalog.descriptor import Action, Resource, Tone
from tui.core.cell import Cell
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.safe_text import clean
from tui.store.act_words import ActWords, Task
from tui.store.collections import Collections
from tui.store.entities import Entities, Overlay, Parents
from tui.store.ledger import Ledger
from tui.store.notices import Notices
from tui.store.ports import Api
from tui.store.sources import NAMELESS
from tui.store.views import ActPhase, ActView, Ref
from tui.worker.job import CANCELLED, Job
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

AT_ONCE = 4
"""Objects of one act that are changed at the same time."""

_UNCERTAIN_HINT = "It may have happened: look at the refreshed list before you try again"


class Act:
    """An action under way. Await `finished` for its end; `view` shows how far it is."""

    def __init__(self, title: str, total: int) -> None:
        self.view: Cell[ActView] = Cell(ActView(title, ActPhase.RUNNING, total))
        self._waiting: list[Callable[[], None]] = []
        self._jobs: set[Job[Any]] = set()
        self._over = asyncio.Event()
        self._stopped = False

    async def finished(self) -> ActView:
        """Wait for the end, however it is; gives the last view."""
        await self._over.wait()
        return self.view.value

    def stop(self) -> None:
        """Begin no further object. What was sent already cannot be called back."""
        self._stopped = True
        waiting, self._waiting = self._waiting, []
        for start in waiting:
            start()

    @property
    def stopped(self) -> bool:
        """Whether nothing further may begin."""
        return self._stopped

    def queue(self, start: Callable[[], None]) -> None:
        """One more part; a few are under way at the same time."""
        self._waiting.append(start)
        self._fill()

    def track(self, job: Job[Any]) -> None:
        """A part is under way."""
        self._jobs.add(job)
        job.on_done(self._one_less)

    def report(self, ref: Ref | None, outcome: Record | Problem | None) -> None:
        """One part is over."""
        view = self.view.value
        if isinstance(outcome, Problem):
            failed = (*view.failed, (ref or Ref("", ""), outcome))
            self.view.set(replace(view, failed=failed))
        else:
            self.view.set(replace(view, done=view.done + 1, result=outcome or view.result))

    def advance(self, share: float | None) -> None:
        """How much of its bytes has passed, 0 to 1."""
        self.view.update(lambda view: replace(view, share=share))

    def end(self) -> ActView:
        """Every part is over; gives the last view."""
        view = self.view.value
        phase = ActPhase.FAILED if view.failed else ActPhase.DONE
        self.view.set(replace(view, phase=phase))
        self._over.set()
        return self.view.value

    def _one_less(self, job: Job[Any]) -> None:
        self._jobs.discard(job)
        self._fill()

    def _fill(self) -> None:
        while self._waiting and len(self._jobs) < AT_ONCE:
            self._waiting.pop(0)()


class Mutations:
    """Runs the actions of a session, in the app's scope: navigation does not stop them."""

    def __init__(
        self,
        *,
        catalog: Mapping[str, Resource],
        api: Api,
        scheduler: Scheduler,
        scope: Scope,
        entities: Entities,
        collections: Collections,
        ledger: Ledger,
        notices: Notices,
        reread: Callable[[Ref], None],
        read_only: bool,
    ) -> None:
        self._catalog = catalog
        self._api = api
        self._scheduler = scheduler
        self._scope = scope
        self._entities = entities
        self._collections = collections
        self._ledger = ledger
        self._notices = notices
        self._spoken = ActWords(catalog, entities)
        self._reread = reread
        self._read_only = read_only
        self._keys = itertools.count()
        self._under_way: set[tuple[str, Ref]] = set()

    def act(
        self,
        action: Action,
        resource: Resource,
        refs: Sequence[Ref],
        values: Mapping[str, Any] | None,
        *,
        parents: Parents = (),
    ) -> Act:
        """Run an action over objects, or over a list below `parents` when there are none."""
        tasks = [Task(resource, ref.parents, ref) for ref in dict.fromkeys(refs)]
        tasks = tasks or [Task(resource, parents, None)]
        act = Act(action.title, len(tasks))
        # Named now: afterwards it may be gone.
        what = self._spoken.what(tasks)
        left = itertools.count(len(tasks) - 1, -1)

        def over(task: Task, outcome: Record | Problem | None) -> None:
            act.report(task.ref, outcome)
            if next(left) == 0:
                self._conclude(action, tasks, act.end(), what)

        for task in tasks:
            act.queue(partial(self._start, act, action, task, dict(values or {}), over))
        return act

    def refusal(
        self, action: Action, ref: Ref | None, values: Mapping[str, Any] | None = None
    ) -> Problem | None:
        """Why an action cannot be done here and now; `None`: it can."""
        ops = action.uses if action.op is None else (action.op,)
        if action.op is None and action.flow is None:
            return Problem("This is not done by one request", kind=ProblemKind.BLOCKED)
        # A flow that only may write, as a chat does, minds the profile itself.
        if self._read_only and ops and all(o.effect_of(values) is not Effect.READS for o in ops):
            return Problem(
                "This profile is read-only",
                hint="Change the profile, or open one that may write",
                kind=ProblemKind.READ_ONLY,
            )
        if ref is None:
            return None
        if ref.id.startswith(NAMELESS):
            return Problem("It has no id to be named by", kind=ProblemKind.BLOCKED)
        if (action.id, ref) in self._under_way:
            return Problem("It is under way already", kind=ProblemKind.BLOCKED)
        record = self._entities.get(ref)
        reason = None if record is None else action.blocked(record)
        return None if reason is None else Problem(clean(reason), kind=ProblemKind.BLOCKED)

    def _start(
        self,
        act: Act,
        action: Action,
        task: Task,
        values: Mapping[str, Any],
        over: Callable[[Task, Record | Problem | None], None],
    ) -> None:
        problem = CANCELLED if act.stopped else self.refusal(action, task.ref, values)
        if problem is not None:
            over(task, problem)
            return
        overlay = self._overlay(action, task, values)
        if task.ref is not None:
            self._under_way.add((action.id, task.ref))
        job = self._scheduler.submit(
            ("act", action.id, next(self._keys)),
            scope=self._scope,
            lane=Lane.INTERACTIVE,
            run=partial(self._send, action, task, values),
        )

        def ended(job: Job[Record]) -> None:
            if task.ref is not None:
                self._under_way.discard((action.id, task.ref))
            if job.problem is not None:
                if overlay is not None:
                    self._entities.drop(overlay)
                over(task, job.problem)
            else:
                over(task, self._arrived(action, task, values, overlay, job.result))

        job.on_done(ended)
        act.track(job)

    def _overlay(self, action: Action, task: Task, values: Mapping[str, Any]) -> Overlay | None:
        record = None if task.ref is None else self._entities.get(task.ref)
        if task.ref is None or record is None:
            return None
        changes = {} if action.overlay is None else action.overlay(record, values)
        return self._entities.overlay(task.ref, changes, removes=action.removes)

    async def _send(self, action: Action, task: Task, values: Mapping[str, Any]) -> Record:
        op = action.op
        assert op is not None
        fields = task.resource.path(task.parents, None if task.ref is None else task.ref.id)
        path = {name: fields.get(name, values.get(name, "")) for name in op.fields}
        query = {name: value for name, value in values.items() if name in op.query}
        body = {
            name: value
            for name, value in values.items()
            if name not in op.query and name not in op.fields
        }
        sends = op.method not in {"GET", "DELETE"}
        reply = await self._api.call(
            op, path=path, query=query or None, body=body if sends else None
        )
        if action.removes and reply.record.raw.get("deleted") is False:
            raise ProblemError(Problem("The server did not delete it", kind=ProblemKind.UNEXPECTED))
        return reply.record

    def _arrived(
        self,
        action: Action,
        task: Task,
        values: Mapping[str, Any],
        overlay: Overlay | None,
        record: Record,
    ) -> Record:
        """The server did it: what it sent becomes the truth."""
        op = action.op
        assert op is not None
        ref = task.ref
        if action.removes and ref is not None:
            self._entities.remove(ref)
            self._ledger.forget(ref)
        elif ref is not None and self._same_kind(action, task) and record.id in {ref.id, ""}:
            if overlay is not None:
                self._entities.commit(overlay, record if record.id else None)
            elif record.id:
                self._entities.put(ref, record)
        else:
            if overlay is not None:
                self._entities.commit(overlay, None)
            if ref is not None and op.effect is not Effect.READS:
                self._reread(ref)
        if op.effect is Effect.CREATES and record.id and not action.removes:
            self._made(action, task, values, record)
        return record

    def _made(self, action: Action, task: Task, values: Mapping[str, Any], record: Record) -> None:
        """A new object: it goes on top of its lists, and into the ledger."""
        assert action.op is not None
        kind = self._catalog.get(action.op.resource, task.resource)
        fields = task.resource.path(task.parents, None if task.ref is None else task.ref.id)
        parents = [fields.get(p.field) or values.get(p.field) for p in kind.parents]
        if not all(isinstance(parent, str) for parent in parents):
            return
        ref = Ref(kind.key, record.id, tuple(str(parent) for parent in parents))
        if ref == task.ref or not self._is_a(action, kind):
            return
        self._entities.put(ref, record)
        self._ledger.note(ref, record, made=True)
        self._collections.show_new(ref)

    def _same_kind(self, action: Action, task: Task) -> bool:
        return self._is_a(action, task.resource)

    def _is_a(self, action: Action, resource: Resource) -> bool:
        """Whether the reply is an object of that resource, by its wire model."""
        item = None if action.op is None else action.op.item
        return item is not None and any(
            op is not None and op.item == item for op in (resource.get_op, resource.list_op)
        )

    def _conclude(self, action: Action, tasks: Sequence[Task], view: ActView, what: str) -> None:
        """Outdate what changed, and say how it went."""
        stale = dict.fromkeys((*action.invalidates, *(task.resource.key for task in tasks)))
        sent = any(p.kind not in _NOT_SENT for _, p in view.failed) or view.done
        if sent and action.op is not None and action.op.effect is not Effect.READS:
            for resource in stale:
                self._collections.outdate(resource)
        if view.failed:
            self._tell_failures(action, tasks, view, what)
        elif action.done:
            self._notices.tell(self._spoken.done(action, tasks, view, what), tone=Tone.GOOD)

    def _tell_failures(
        self, action: Action, tasks: Sequence[Task], view: ActView, what: str
    ) -> None:
        problem = view.failed[0][1]
        uncertain = next((p for _, p in view.failed if p.kind is ProblemKind.UNCERTAIN), None)
        if uncertain is not None:
            problem = replace(uncertain, hint=uncertain.hint or _UNCERTAIN_HINT)
        if problem.kind is ProblemKind.CANCELLED and view.total == len(view.failed) == 1:
            return
        if view.total > 1:
            what = f"{len(view.failed)} of {what}"
        self._notices.fail(self._spoken.wanted(action, tasks, what), problem)


_NOT_SENT = frozenset({ProblemKind.BLOCKED, ProblemKind.READ_ONLY, ProblemKind.CANCELLED})
