"""What a server has, per section: from its kind, refined by the first list call (contract 8).

Nothing is ever probed with a POST: only the answers to lists that somebody asked for count.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from tui.api.operation import Operation
from tui.core.cell import Cell
from tui.core.errors import Problem, ProblemKind
from tui.core.settings import ServerKind


class Presence(StrEnum):
    """Whether a server has a section."""

    UNKNOWN = "unknown"
    """Try it: the first list call tells."""
    PRESENT = "present"
    ABSENT = "absent"
    """Its collection answered 404, 405 or 501."""
    WRONG_KEY = "wrong_key"
    """It is there, but not for this key (401, 403)."""


ORGANIZATION: tuple[str, ...] = (
    "Admin API keys",
    "Audit Logs",
    "Certificates",
    "Groups",
    "Invites",
    "Projects",
    "Roles",
    "Usage",
    "Users",
)
"""Sections that are about an organization at OpenAI."""

BASELINE: Mapping[ServerKind, Mapping[str, Presence]] = {
    ServerKind.OPENAI: {},
    ServerKind.AZURE: {
        **dict.fromkeys(ORGANIZATION, Presence.ABSENT),
        **dict.fromkeys(("Files", "Vector stores", "Fine-tuning", "Responses"), Presence.PRESENT),
    },
    ServerKind.COMPATIBLE: {},
    ServerKind.SANDBOX: {},
}
"""What is expected before anything was asked; an answer overrules it."""


class Capabilities:
    """What was learned in this session about one server."""

    def __init__(self, kind: ServerKind) -> None:
        self._baseline = BASELINE[kind]
        self.learned: Cell[Mapping[str, Presence]] = Cell(MappingProxyType({}))
        """Sections whose first list call was answered; screens subscribe to it."""

    def presence(self, section: str) -> Presence:
        """What is known, or else expected, of a section."""
        learned = self.learned.value.get(section)
        return learned or self._baseline.get(section, Presence.UNKNOWN)

    def learn(self, operation: Operation, problem: Problem | None) -> None:
        """Draw what can be drawn from the answer to a list call; other answers teach nothing."""
        if not operation.collection:
            return
        if problem is None:
            self._set(operation.section, Presence.PRESENT)
            return
        match problem.kind:
            case ProblemKind.ABSENT:
                # One list that is newer than the server says nothing against its siblings.
                if self.learned.value.get(operation.section) is not Presence.PRESENT:
                    self._set(operation.section, Presence.ABSENT)
            case ProblemKind.UNAUTHORIZED | ProblemKind.FORBIDDEN if problem.status is not None:
                self._set(operation.section, Presence.WRONG_KEY)
            case _:
                pass

    def forget(self, section: str | None = None) -> None:
        """Ask again next time: one section ("try again"), or all (another key)."""
        rest = {} if section is None else dict(self.learned.value)
        rest.pop(section or "", None)
        self.learned.set(MappingProxyType(rest))

    def _set(self, section: str, presence: Presence) -> None:
        if self.learned.value.get(section) is not presence:
            self.learned.set(MappingProxyType({**self.learned.value, section: presence}))
