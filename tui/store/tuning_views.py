"""The frozen dataclasses of a fine-tuning job that is watched."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from tui.core.errors import Problem
from tui.store.tuning_events import TuningEvent
from tui.store.tuning_metrics import Group
from tui.store.tuning_progress import Progress
from tui.store.views import EntityView, Phase, Ref


class Stage(StrEnum):
    """Where a job stands; what a server calls otherwise is `UNKNOWN`, and goes on being watched."""

    UNKNOWN = "unknown"
    VALIDATING = "validating_files"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        return self in {Stage.SUCCEEDED, Stage.FAILED, Stage.CANCELLED}

    @property
    def at_rest(self) -> bool:
        """Nothing happens to it by itself."""
        return self.over or self in {Stage.PAUSED, Stage.UNKNOWN}


def stage_of(status: object) -> Stage:
    """The stage that a status means."""
    try:
        return Stage(str(status))
    except ValueError:
        return Stage.UNKNOWN


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A kept state of the model; all text is safe."""

    id: str
    step: float | None
    model: str
    loss: float | None = None
    """On the whole validation file, else on a part of it, else on the training examples."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed, and where in which file."""

    message: str
    code: str = ""
    line: int | None = None
    file: Ref | None = None
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class TuningView:
    """A job as its screen sees it."""

    ref: Ref
    phase: Phase
    """Of the object itself."""
    stage: Stage = Stage.UNKNOWN
    name: str = ""
    status: str = ""
    """The server's word, safe."""
    facts: EntityView | None = None
    """What stands beside the curves; its record is the job."""
    progress: Progress = field(default_factory=Progress)
    groups: tuple[Group, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    events: tuple[TuningEvent, ...] = field(default=(), compare=False)
    """All that are known, oldest first; the same tuple as long as nothing came."""
    known: int = 0
    """How many those are."""
    filling: bool = False
    """Older events are being read behind what is shown."""
    failure: Failure | None = None
    problem: Problem | None = None
    """Why the object, or its events, could not be read; what is shown stays."""
    lost: Problem | None = None
    """The server does not answer; it is asked again and again."""
    seen_at: float | None = None
    """Unix time of the last answer."""
    unreadable: str = ""
    """Why the result file tells nothing, in words."""

    @property
    def waiting(self) -> bool:
        """Whether there is nothing to draw yet."""
        return not self.groups
