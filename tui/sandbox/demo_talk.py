"""One thread of the demo before it becomes records: what was asked, used and answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.sandbox.wire import JsonObject

MARK = "{mark}"
"""Stands in an answer where its citation is."""


@dataclass(frozen=True, slots=True)
class Called:
    """A function call; without an output it still waits."""

    name: str
    arguments: str
    output: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of a person, and the run that answers it."""

    asked: str
    answer: str | None = None
    """None where the run wrote nothing."""
    searched: str = ""
    """The name of the vector store that was searched."""
    cites: str = ""
    """The file that the answer's mark refers to."""
    rounds: tuple[tuple[Called, ...], ...] = ()
    """Function calls, round after round."""
    code: tuple[str, str] | None = None
    """What code was run, and its log."""
    attached: tuple[str, ...] = ()
    """Names of files for the code."""
    picture: str = ""
    """The name of a file that the message shows."""
    status: str = "completed"
    """How the run ended, or where it is."""
    refusal: bool = False
    error: JsonObject | None = None
    limit: int | None = None
    """`max_completion_tokens` of the run."""
    answered: bool = True
    """Whether there was a run at all."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One thread."""

    title: str
    assistant: str
    """The key of the assistant that answers."""
    turns: tuple[Turn, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    """Beyond the title."""
