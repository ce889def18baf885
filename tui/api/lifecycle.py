"""What api.openai.com retires, and when: data, shown instead of "not found" (contract 0)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tui.api.operation import Effect, Operation
from tui.core.settings import ServerKind


class Stage(StrEnum):
    """How much of a section is left."""

    LIVE = "live"
    CLOSING = "closing"
    """Still works for some, with a date of its end."""
    READ_ONLY = "read_only"
    SHUT_DOWN = "shut_down"


@dataclass(frozen=True, slots=True)
class Phase:
    """A stage of a section's life on api.openai.com, from a day on."""

    section: str
    since: date
    stage: Stage
    text: str
    """One or two sentences for the person who opens it."""
    operations: frozenset[str] = frozenset()
    """The operations it concerns; empty means the whole section."""


_JOB_CREATION = frozenset({"createFineTuningJob"})
_GRADERS = frozenset({"runGrader", "validateGrader"})

PHASES: tuple[Phase, ...] = (
    Phase(
        "Assistants",
        date(2025, 8, 26),
        Stage.CLOSING,
        "OpenAI removes the Assistants API on 26 Aug 2026.",
    ),
    Phase(
        "Assistants",
        date(2026, 8, 26),
        Stage.SHUT_DOWN,
        "OpenAI removed the Assistants API on 26 Aug 2026. Other servers and the sandbox have it.",
    ),
    Phase(
        "Evals",
        date(2026, 10, 31),
        Stage.READ_ONLY,
        "Evals is read-only at OpenAI since 31 Oct 2026 and shuts down on 30 Nov 2026: "
        "export what you need.",
    ),
    Phase(
        "Evals",
        date(2026, 11, 30),
        Stage.SHUT_DOWN,
        "OpenAI shut Evals down on 30 Nov 2026. The sandbox has it.",
    ),
    Phase(
        "Fine-tuning",
        date(2026, 5, 7),
        Stage.CLOSING,
        "OpenAI lets only recently active organizations create fine-tuning jobs, and nobody "
        "from 6 Jan 2027. Jobs can be read, and tuned models used, as before.",
        _JOB_CREATION,
    ),
    Phase(
        "Fine-tuning",
        date(2027, 1, 6),
        Stage.READ_ONLY,
        "OpenAI takes no new fine-tuning jobs since 6 Jan 2027. Jobs can be read, and tuned "
        "models used, until their base model ends.",
        _JOB_CREATION,
    ),
    Phase(
        "Fine-tuning",
        date(2026, 11, 30),
        Stage.SHUT_DOWN,
        "OpenAI's graders went with Evals on 30 Nov 2026.",
        _GRADERS,
    ),
    Phase(
        "Videos",
        date(2026, 9, 24),
        Stage.CLOSING,
        "OpenAI announced the removal of the Videos API for 24 Sep 2026.",
    ),
)


def phase_of(section: str, kind: ServerKind, *, today: date) -> Phase | None:
    """Where a section stands on a server of this kind; `None` means live, or not known.

    Only api.openai.com has known dates: what other servers keep is for the first request to say.
    """
    return _latest(section, kind, today, None)


def phase_of_operation(operation: Operation, kind: ServerKind, *, today: date) -> Phase | None:
    """As `phase_of`, for one operation: the section's end or its own."""
    own = _latest(operation.section, kind, today, operation.id)
    return own or phase_of(operation.section, kind, today=today)


def refused(operation: Operation, kind: ServerKind, *, today: date) -> Phase | None:
    """The phase that makes an operation certain to fail there, if there is one.

    Shut down means everything; read-only means what changes anything.
    """
    phase = phase_of_operation(operation, kind, today=today)
    if phase is None:
        return None
    if phase.stage is Stage.SHUT_DOWN:
        return phase
    writes = operation.effect is not Effect.READS
    return phase if phase.stage is Stage.READ_ONLY and writes else None


def _latest(section: str, kind: ServerKind, today: date, operation: str | None) -> Phase | None:
    if kind is not ServerKind.OPENAI:
        return None
    reached = [
        phase
        for phase in PHASES
        if phase.section == section
        and phase.since <= today
        and (operation in phase.operations if operation else not phase.operations)
    ]
    return max(reached, key=lambda phase: phase.since, default=None)
