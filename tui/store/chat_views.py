"""What the screen sees of a live chat."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.core.errors import Problem
from tui.store.chat_parameters import ChatParameters
from tui.store.chat_turns import Role, ToolCallView, TurnState, TurnView, UsageView


class ChatPhase(StrEnum):
    """Where a chat stands."""

    IDLE = "idle"
    SENDING = "sending"
    """Asked; nothing of the answer is here yet."""
    STREAMING = "streaming"
    STOPPING = "stopping"
    """The person stopped it; the connection is being closed."""
    INTERRUPTED = "interrupted"
    """The last reply was cut; what came of it is kept."""
    FAILED = "failed"
    """The request failed before anything came; with `problem`."""

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return self in (ChatPhase.SENDING, ChatPhase.STREAMING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatView:
    """A chat as the screen sees it."""

    id: str
    title: str
    phase: ChatPhase
    turns: tuple[TurnView, ...]
    """The instructions first, if there are any, as a turn of their own."""
    parameters: ChatParameters
    spent: UsageView
    """All tokens of this chat so far, answers that were dropped among them."""
    problem: Problem | None = None
    note: str = ""
    """Something that was decided on the way, such as going without `store`."""
    quiet: bool = False
    """No piece came for half a minute."""
    awaiting: ToolCallView | None = None
    """The first tool call that has no result yet: what is sent next is its result."""

    @property
    def can_retry(self) -> bool:
        """Whether there is something to ask again."""
        return not self.phase.busy and any(turn.role is Role.USER for turn in self.turns)

    @property
    def can_continue(self) -> bool:
        """Whether the last reply ended before it was done."""
        if self.phase.busy or not self.turns:
            return False
        last = self.turns[-1]
        cut = last.state is not TurnState.WHOLE or last.finish_reason == "length"
        return last.role is Role.ASSISTANT and cut and bool(last.text)


@dataclass(frozen=True, slots=True)
class ChatSummary:
    """An open chat in the list of them."""

    id: str
    title: str
    phase: ChatPhase
    model: str
    turns: int
