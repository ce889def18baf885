"""A stored completion read as a conversation: what was asked, then what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tui.store.chat_turns import TurnState, TurnView, UsageView, turn_of


def stored_turns(
    messages: Iterable[Mapping[str, Any]], completion: Mapping[str, Any] | None
) -> tuple[TurnView, ...]:
    """The turns of a stored completion, from its messages and from the object itself.

    The messages are the request's; some servers add the answer to them, so an answer that is
    there already is not shown twice.
    """
    turns = [
        turn_of(message, str(message.get("id") or f"message-{place}"))
        for place, message in enumerate(messages)
    ]
    answers = answers_of(completion) if completion is not None else ()
    for answer in answers:
        if turns and _same(turns[-1], answer):
            turns[-1] = replace(answer, id=turns[-1].id)
        else:
            turns.append(answer)
    return tuple(turns)


def answers_of(completion: Mapping[str, Any]) -> tuple[TurnView, ...]:
    """The answers of a completion: one for each choice, the token counts at the last."""
    choices = completion.get("choices")
    many = choices if isinstance(choices, list | tuple) else ()
    found = [choice for choice in many if isinstance(choice, Mapping)]
    usage = UsageView.of(completion.get("usage"))
    turns = []
    for place, choice in enumerate(found):
        turn = turn_of({"role": "assistant", **_message(choice)}, f"choice-{place}")
        reason = choice.get("finish_reason")
        turns.append(
            replace(
                turn,
                state=TurnState.WHOLE,
                finish_reason=reason if isinstance(reason, str) else "",
                model=str(completion.get("model") or ""),
                completion_id=str(completion.get("id") or ""),
                usage=usage if place == len(found) - 1 else None,
            )
        )
    return tuple(turns)


def _message(choice: Mapping[str, Any]) -> Mapping[str, Any]:
    message = choice.get("message")
    return message if isinstance(message, Mapping) else {}


def _same(one: TurnView, other: TurnView) -> bool:
    return (one.role, one.text, one.refusal, one.calls) == (
        other.role,
        other.text,
        other.refusal,
        other.calls,
    )
