"""A conversation as text, for the clipboard; and its state in a few words, for the screen."""

from __future__ import annotations

from collections.abc import Iterable

from tui.core import formats
from tui.core.safe_text import clean
from tui.store.chat_turns import Role, TurnView, pretty_json
from tui.store.chat_views import ChatPhase, ChatView

_HEADINGS = {
    Role.SYSTEM: "System",
    Role.DEVELOPER: "System",
    Role.USER: "You",
    Role.ASSISTANT: "Reply",
    Role.TOOL: "Tool",
    Role.OTHER: "Other",
}


def as_markdown(turns: Iterable[TurnView]) -> str:
    """The whole conversation, exact, each turn under its speaker."""
    parts: list[str] = []
    for turn in turns:
        parts.append(f"## {_HEADINGS[turn.role]}")
        parts.extend(text for text in (turn.text, turn.refusal) if text)
        parts.extend(
            f"`{call.name}`\n\n```json\n{pretty_json(call.arguments)}\n```" for call in turn.calls
        )
    return "\n\n".join(parts) + "\n"


def summary(view: ChatView, room: int = 200) -> str:
    """What the next request goes by: `gpt-4.1 · temp 0.7 · store on · 1,204 tok`.

    What matters least is left out where there are fewer than `room` characters.
    """
    ways = view.parameters
    sign = "≈ " if view.spent.estimated else ""
    facts = {
        0: clean(ways.model, limit=40) or "no model",
        4: f"temp {ways.temperature:g}" if ways.temperature is not None else "",
        3: f"effort {clean(ways.reasoning_effort, limit=12)}" if ways.reasoning_effort else "",
        5: "tools" if ways.tools else "",
        1: "store on" if ways.store else "store off",
        2: sign + formats.tokens(view.spent.total) if view.spent.total else "",
    }
    for least in range(len(facts), 0, -1):
        told = " · ".join(fact for rank, fact in facts.items() if fact and rank < least)
        if len(told) <= room:
            break
    return told


def state_words(view: ChatView) -> tuple[str, str]:
    """How the chat stands, and in which tone; nothing where nothing is to be said."""
    if view.quiet and view.phase.busy:
        return "nothing came for half a minute · esc stops", "warn"
    if view.phase is ChatPhase.STREAMING:
        return f"{_pace(view)} · esc stops", "busy"
    if view.phase is ChatPhase.IDLE:
        if view.awaiting is not None:
            return f"waits for the result of {clean(view.awaiting.name, limit=60)}", "warn"
        return view.note, "warn" if view.note else "muted"
    return _WORDS[view.phase]


_WORDS = {
    ChatPhase.SENDING: ("sending · esc stops", "busy"),
    ChatPhase.STOPPING: ("stopping", "busy"),
    ChatPhase.INTERRUPTED: ("interrupted, what came is kept · ^g asks again", "bad"),
    ChatPhase.FAILED: ("not answered", "bad"),
}


def _pace(view: ChatView) -> str:
    turn = view.turns[-1]
    if turn.rate is None:
        return "streaming"
    sign = "≈ " if turn.usage is None or turn.usage.estimated else ""
    return sign + formats.rate(round(turn.rate), "tok")
