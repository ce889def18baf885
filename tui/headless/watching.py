"""`cupola watch`: an object that moves, one line a change, until it comes to rest (contract 3).

A server that goes away is waited for; that is said beside the data, not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tui.api.operation import Operation
from tui.api.records import Record
from tui.catalog.cells import STATUS_TONES
from tui.catalog.descriptor import Poll, Shown, Tone
from tui.catalog.index import ENTRIES
from tui.core import formats
from tui.core.braille import sparkline
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.safe_text import clean
from tui.headless.access import Access, opened
from tui.headless.output import Output, UsageError
from tui.headless.place import Place
from tui.headless.progress import (
    Pace,
    Progress,
    Training,
    counts_of,
    has_failed,
    remarks_of,
)
from tui.headless.table import cells, cut
from tui.headless.targets import Target, object_target
from tui.store.views import Ref

SLOW_AFTER = 600.0
"""Seconds after which it is looked at less often."""
LONGEST_LOSS = 600.0
"""Seconds for which a server that went away is waited for."""
FIRST_RETRY, LAST_RETRY = 1.0, 30.0
LONGEST = 86_400.0
"""Seconds after which watching ends, whatever the state is (contract 3)."""
EVENT_PAGES = 50
"""Pages of events that are read to catch up."""
CURVE = 32
"""Cells of the loss curve."""
FAILED, DONE = 1, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """What `cupola watch` was asked for."""

    place: Place
    words: tuple[str, ...]
    parents: tuple[str, ...] = ()
    exit_status: bool = False
    interval: float | None = None
    """Seconds between two looks; `None`: as the server and the catalogue say."""


async def watch_object(options: WatchOptions, *, environ: Mapping[str, str], output: Output) -> int:
    """Write its changes until it rests; 1 when it failed and that was asked for.

    Raises `UsageError` and `ProblemError`.
    """
    async with opened(options.place, environ=environ, output=output) as access:
        target = await object_target(access, options.words, options.parents)
        poll, op = target.resource.poll, target.resource.get_op
        if poll is None or op is None:
            raise UsageError(f"{target.resource.title.lower()} do not change by themselves")
        watch = Watch(access, target, poll, op, interval=options.interval)
        try:
            failed = await watch.run()
        finally:
            output.end_live()
            output.flush()
    return FAILED if failed and options.exit_status else DONE


class Watch:
    """One object under watch: looks, what was said of it, and how to go on after a failure."""

    def __init__(
        self,
        access: Access,
        target: Target,
        poll: Poll,
        op: Operation,
        *,
        interval: float | None,
    ) -> None:
        self._access = access
        self._target = target
        self._poll = poll
        self._op = op
        self._interval = interval
        self._output = access.output
        self._clock = access.clock
        self._began = self._clock.monotonic()
        self._pace = Pace()
        self._training = Training()
        self._events = _events_op(access, target)
        self._status: str | None = None
        self._said = ""
        self._lost_at: float | None = None
        self._retry = FIRST_RETRY

    async def run(self) -> bool:
        """Until it rests; whether it failed. Raises `ProblemError`."""
        while self._clock.monotonic() - self._began < LONGEST:
            try:
                record, hint = await self._look()
            except ProblemError as error:
                await self._wait_after(error)
                continue
            self._found_again()
            status = str(record.get(self._poll.status) or "")
            if status in self._poll.terminal:
                self._show(record, status, rests=True)
                return has_failed(record, status)
            self._show(record, status, rests=False)
            await self._clock.sleep(self._pause(hint))
        raise ProblemError(
            Problem("Still not done after a day", kind=ProblemKind.TIMEOUT, hint="Watch it again")
        )

    async def _look(self) -> tuple[Record, float | None]:
        reply = await self._access.call(self._op, self._target.path)
        resource, id = self._target.resource, self._target.id or ""
        if self._status is None:
            ref = Ref(resource.key, id, self._target.parents)
            await self._access.book.note(resource, [(ref, reply.record)])
        if self._events is not None:
            await self._catch_up(self._events)
        return reply.record, reply.poll_after

    async def _catch_up(self, op: Operation) -> None:
        """The events since the last look; of those before the first, the newest page."""
        fresh: list[Record] = []
        after: str | None = None
        first = not self._training.begun
        path = {**self._target.path}
        for _ in range(1 if first else EVENT_PAGES):
            limit = op.page_limit if "limit" in op.query else None
            page = await self._access.page(op, path, query={}, after=after, limit=limit)
            fresh += page.items
            if page.next is None or page.next == after or self._training.knows(page.items):
                break
            after = page.next
        messages = self._training.take(fresh)
        if not first:
            for message in messages:
                self._line(message)

    def _show(self, record: Record, status: str, *, rests: bool) -> None:
        """Say what is new: a state, a progress; on a terminal progress stays one line."""
        now = self._clock.now()
        progress = self._training.progress or counts_of(record)
        words = [self._words(status)]
        if progress is not None:
            words.append(str(progress))
            if not rests and (left := self._left(record, progress, now)) is not None:
                words.append(f"ETA {formats.duration(round(left))}")
        told = " · ".join([*words, *remarks_of(record)])
        # An ETA alone is no change.
        news = " · ".join([status, str(progress), *remarks_of(record)])
        if rests or status != self._status:
            self._line(told, curve=rests)
        elif news != self._said and not self._output.redraws:
            self._line(told)
        if self._output.redraws and not rests:
            self._output.live(self._fitted(self._stamped(told), self._curve()))
        self._status, self._said = status, news
        self._output.flush()

    def _words(self, status: str) -> str:
        word = clean(status.replace("_", " "), limit=60) or "no state"
        return self._output.style(Shown(word, STATUS_TONES.get(status, Tone.PLAIN)))

    def _left(self, record: Record, progress: Progress, now: float) -> float | None:
        """Seconds until it is done, by the server or else by how fast it goes."""
        due = formats.timestamp(record.raw.get("estimated_finish"))
        if due is not None and due > now:
            return due - now
        pace = self._training.pace if self._training.progress is not None else self._pace
        if pace is self._pace:
            pace.note(now, progress)
        return pace.left(now, progress)

    def _curve(self) -> str:
        losses = self._training.losses if self._output.terminal else []
        return sparkline(losses, CURVE).rstrip() if len(losses) > 1 else ""

    def _line(self, text: str, *, curve: bool = False) -> None:
        stamped = self._stamped(text)
        if curve and (bars := self._curve()):
            stamped = f"{stamped}  {bars}"
        self._output.line(stamped)
        self._output.flush()

    def _stamped(self, text: str) -> str:
        now = self._clock.now()
        time = formats.clock_time(now) if self._output.terminal else formats.utc_time(now)
        return f"{time}  {text}"

    def _fitted(self, text: str, curve: str) -> str:
        """A line that can be written over: it must not wrap."""
        width = (self._output.width or 80) - 1
        if curve and _shown_cells(text) + 2 + cells(curve) <= width:
            return f"{text}  {curve}"
        return text if _shown_cells(text) <= width else cut(_unstyled(text), width)

    def _pause(self, hint: float | None) -> float:
        if self._interval is not None:
            return self._interval
        if hint:
            return hint
        slow = self._clock.monotonic() - self._began > SLOW_AFTER
        return self._poll.slow if slow else self._poll.every

    async def _wait_after(self, error: ProblemError) -> None:
        """Wait for a server that went away; raises what waiting does not cure."""
        now = self._clock.monotonic()
        if self._status is None or not self._passes(error.problem):
            raise error
        if self._lost_at is None:
            self._lost_at = now
            self._output.say(f"{error.problem}; trying again")
        elif now - self._lost_at > LONGEST_LOSS:
            raise error
        await self._access.let_go()
        pause = error.problem.retry_after or self._retry
        await self._clock.sleep(pause if self._interval is None else min(pause, LAST_RETRY))
        self._retry = min(self._retry * 2, LAST_RETRY)

    def _passes(self, problem: Problem) -> bool:
        """Whether it may be over in a while."""
        if self._access.profile.starts_sandbox and problem.kind is ProblemKind.UNAUTHORIZED:
            # Another sandbox on the port of the one before: its keys are asked for anew.
            return True
        return problem.retryable

    def _found_again(self) -> None:
        if self._lost_at is not None:
            self._output.say("connected again")
        self._lost_at, self._retry = None, FIRST_RETRY


def _events_op(access: Access, target: Target) -> Operation | None:
    """The list of an object's events, where its kind has one."""
    key = f"{target.resource.key}.events"
    known = any(one.key == key for one in ENTRIES)
    return access.catalog[key].list_op if known else None


def _unstyled(text: str) -> str:
    """Without our own colours; nothing else has any escape in it."""
    parts = text.split("\x1b[")
    return parts[0] + "".join(part.partition("m")[2] for part in parts[1:])


def _shown_cells(text: str) -> int:
    return cells(_unstyled(text))
