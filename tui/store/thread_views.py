"""What the screen sees of an open thread."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.api.operations import assistants as ops
from tui.api.records import Record
from tui.core.errors import Problem
from tui.store.chat_turns import TurnView
from tui.store.thread_runs import RunView
from tui.store.views import Phase

ASSISTANTS, THREADS, MESSAGES, RUNS, STEPS = (
    ops.ASSISTANTS,
    ops.THREADS,
    ops.MESSAGES,
    ops.RUNS,
    ops.STEPS,
)
"""The resources, for whoever shows them."""
RUN_FORM = ops.CREATE_RUN.body or ""
NEW_FORM = ops.CREATE_THREAD_AND_RUN.body or ""
"""The request models of a run, and of a thread that is made with one."""


class Link(StrEnum):
    """How a run that is under way is followed."""

    REST = "rest"
    STREAMING = "streaming"
    POLLING = "polling"


class Doing(StrEnum):
    """What was asked of the server and is not answered yet."""

    NOTHING = "nothing"
    SENDING = "sending"
    STARTING = "starting"
    SUBMITTING = "submitting"
    CANCELLING = "cancelling"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadView:
    """A thread with its messages and runs."""

    id: str
    """Empty as long as a thread that is being made has none."""
    phase: Phase
    record: Record | None = None
    turns: tuple[TurnView, ...] = ()
    """Oldest first; what a run waits for stands at the end as a turn of its own."""
    older: bool = False
    """Whether there are messages before the first of them."""
    runs: tuple[RunView, ...] = ()
    """Newest first."""
    older_runs: bool = False
    link: Link = Link.REST
    doing: Doing = Doing.NOTHING
    problem: Problem | None = None
    """Why the last thing that was asked did not happen, or why there is nothing to show."""
    stale: Problem | None = None
    """Why what is shown may be old."""
    cut: bool = False
    """The stream of the run was lost; it is looked at again and again instead."""
    refreshing: bool = False

    @property
    def active(self) -> RunView | None:
        """The run under way, as far as there is a thread to show."""
        if self.phase is not Phase.READY:
            return None
        return next((run for run in self.runs if run.active), None)

    @property
    def required(self) -> RunView | None:
        """The run that waits for tool outputs."""
        run = self.active
        return run if run is not None and run.required else None

    @property
    def locked(self) -> str:
        """Why the thread takes neither a message nor another run now; empty: it does."""
        run = self.active
        if run is None or not run.locks:
            return ""
        if run.status == "requires_action":
            return "A run waits for tool outputs: answer or cancel it first"
        state = {"queued": "queued", "cancelling": "being cancelled"}.get(run.status, "under way")
        return f"A run is {state}: the thread takes nothing until it ends"
