"""A fine-tuning job as the sandbox keeps it: its object, its times, its measured steps.

Times are seconds since the job was made, so that they move with it; what a job shows between two
changes of state follows from them and the clock alone. Nothing runs on while the server is down,
and nothing is missed.
"""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass, field, replace

from tui.sandbox.errors import ApiError, not_found
from tui.sandbox.records import Record, Records
from tui.sandbox.training import Measure
from tui.sandbox.wire import JsonObject

JOB = "fine_tuning.job"
RUN = "fine_tuning.run"
"""The measured steps of a job, under the job's id."""

VALIDATING_SECONDS = 6.0
QUEUED_SECONDS = 10.0
RUNNING_SECONDS = 240.0
"""How long a job's steps take to appear, however many there are."""

MOVING = frozenset({"validating_files", "queued", "running"})
"""States that the clock ends."""
_BASE62 = string.digits + string.ascii_letters


@dataclass(frozen=True, slots=True)
class Times:
    """When a job changed its state, in seconds since it was made; None for not yet."""

    queued: float | None = None
    started: float | None = None
    ended: float | None = None
    holds: tuple[tuple[float, float | None], ...] = ()
    """From when to when it was paused; the last is open while it is."""
    validating_seconds: float = VALIDATING_SECONDS
    queued_seconds: float = QUEUED_SECONDS
    running_seconds: float = RUNNING_SECONDS

    def as_object(self) -> JsonObject:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of(cls, job: Record) -> Times:
        """Those of a stored job."""
        kept: JsonObject = dict(job.private["times"])
        kept["holds"] = tuple((hold[0], hold[1]) for hold in kept["holds"])
        return cls(**kept)

    def step_at(self, step: int, total: int) -> float:
        """When a step appears: evenly over the running time, pauses left out."""
        at = (self.started or 0.0) + self.running_seconds * step / max(1, total)
        for begin, end in self.holds:
            if at > begin:
                at += float("inf") if end is None else end - begin
        return at

    def released(self, total: int, now: float) -> int:
        """How many steps have appeared; `now` in seconds since the job was made."""
        if self.started is None:
            return 0
        until = now if self.ended is None else min(now, self.ended)
        low, high = 0, total
        while low < high:
            middle = (low + high + 1) // 2
            if self.step_at(middle, total) <= until:
                low = middle
            else:
                high = middle - 1
        return low


@dataclass(frozen=True, slots=True)
class Run:
    """What training measured, and where its epochs end."""

    measures: list[Measure] = field(default_factory=list)
    steps_per_epoch: int = 1
    trained_tokens: int = 0

    @property
    def total(self) -> int:
        """How many steps there are."""
        return len(self.measures)

    def checkpoint_steps(self, kept: int) -> list[int]:
        """The last steps of the last epochs, oldest first."""
        ends = range(self.steps_per_epoch, self.total + 1, self.steps_per_epoch)
        return list(ends)[-kept:]

    def record(self, job: Record) -> Record:
        """The run as it is stored."""
        rows = [measure.row() for measure in self.measures]
        private = {
            "rows": rows,
            "steps_per_epoch": self.steps_per_epoch,
            "trained_tokens": self.trained_tokens,
        }
        return Record(RUN, job.id, {}, created_at=job.created_at, private=private)

    @classmethod
    def of(cls, record: Record | None) -> Run:
        """A stored run; an empty one where there is none yet."""
        if record is None:
            return cls()
        kept = record.private
        measures = [Measure(*row) for row in kept["rows"]]
        return cls(measures, kept["steps_per_epoch"], kept["trained_tokens"])


def with_times(job: Record, times: Times, **changes: object) -> Record:
    """The job with other times, and with some members of its object replaced."""
    private = {**job.private, "times": times.as_object()}
    changed = replace(job, private=private).with_body(**changes)
    return replace(changed, status=str(changed.body["status"]))


def held(job: Record, at: float) -> Record:
    """The job, paused from then on."""
    times = Times.of(job)
    holds = (*times.holds, (at, None))
    return with_times(job, replace(times, holds=holds), status="paused", estimated_finish=None)


def released_hold(job: Record, at: float) -> Record:
    """The job, going on again."""
    times = Times.of(job)
    *before, (begin, _) = times.holds
    times = replace(times, holds=(*before, (begin, at)))
    finish = job.created_at + int(times.step_at(1, 1))
    return with_times(job, times, status="running", estimated_finish=finish)


def require_job(records: Records, id: str) -> Record:
    """The job, or `ApiError` 404."""
    job = records.get(JOB, id)
    if job is None:
        raise no_such_job(id)
    return job


def no_such_job(id: str) -> ApiError:
    """404 as the platform words it."""
    return not_found(
        f"Could not find fine tune: {id[:100]}", "fine_tuning_job_id", code="fine_tune_not_found"
    )


def model_name(job: Record) -> str:
    """What the tuned model is called, such as `ft:gpt-4o-mini:sandbox:suffix:Ab3dE5fG`."""
    base = str(job.body["model"])
    if base.startswith("ft:"):
        base = base.split(":")[1]
    return f"ft:{base}:sandbox:{job.private.get('suffix') or ''}:{job.id[-8:]}"


def checkpoint_name(job: Record, step: int, total: int) -> str:
    """What a checkpoint's model is called; the last one is the tuned model itself."""
    name = model_name(job)
    return name if step == total else f"{name}:ckpt-step-{step}"


def derived_id(prefix: str, seed: str, length: int = 24) -> str:
    """An id that follows from what it names, always the same."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
    letters = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        letters.append(_BASE62[digit])
    return prefix + "".join(letters)


def base62(number: int, length: int) -> str:
    """A number in so many digits."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    return "".join(reversed(digits))


def from_base62(text: str) -> int | None:
    """The number again; None for other characters."""
    number = 0
    for letter in text:
        digit = _BASE62.find(letter)
        if digit < 0:
            return None
        number = number * 62 + digit
    return number
