"""Training files: each line checked as the platform checks it, and a sample of what they teach.

A file of any size is read line by line; what is kept is bounded, and drawn by the job's seed.
"""

from __future__ import annotations

import random
from asyncio import CancelledError
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tui.sandbox.chat_messages import checked_messages
from tui.sandbox.echo_words import Message, last_user_text, text_of
from tui.sandbox.errors import ApiError
from tui.sandbox.fields import Fields
from tui.sandbox.wire import JsonObject, load_json

LEAST_EXAMPLES = 10
MOST_KEPT = 4_000
"""Examples held in memory; of a larger file a sample of this size."""
LONGEST_TEXT = 4_000
"""Characters of one prompt or answer that are learned from."""
_LONGEST_LINE = 4 << 20
_LOOK_EVERY = 500
"""Lines between two looks at whether the work was stopped."""


class DataFormat(StrEnum):
    """What the lines of a training file hold."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    """`prompt` and `completion`, for the two base models of old."""
    PREFERENCE = "preference"


class InvalidDataError(Exception):
    """A file that cannot be trained on; the words name the line where there is one."""

    def __init__(self, message: str, *, code: str = "invalid_training_file") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer that is learned, and what it answers."""

    prompt: str
    target: str
    orders: str = ""
    """What the system or the developer said last before it."""


@dataclass(frozen=True, slots=True)
class Example:
    """One line: its answers, or the preferred and the other one."""

    turns: tuple[Turn, ...]
    rejected: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a file teaches."""

    examples: list[Example]
    """In the file's order."""
    total: int
    """How many the file has; more than are kept when it was sampled."""
    without_text: int = 0
    """Lines whose answers hold no text, such as calls of tools."""
    shortened: int = 0
    """Lines with an answer beyond `LONGEST_TEXT`."""


def read_dataset(
    lines: Iterable[bytes],
    form: DataFormat,
    *,
    seed: int,
    least: int = LEAST_EXAMPLES,
    stopped: Callable[[], bool] = lambda: False,
) -> Dataset:
    """Check every line and keep a sample; slow. Raises `InvalidDataError` for the first bad line
    or too few of them, and `CancelledError` when it was `stopped`."""
    draw = random.Random(f"sample:{seed}")
    kept: list[tuple[int, Example]] = []
    total = without_text = shortened = 0
    for number, line in enumerate(lines, 1):
        if number % _LOOK_EVERY == 0 and stopped():
            raise CancelledError
        if not line.strip():
            continue
        example = _example(line, number, form)
        total += 1
        if not any(turn.target for turn in example.turns):
            without_text += 1
            continue
        shortened += any(len(turn.target) >= LONGEST_TEXT for turn in example.turns)
        if len(kept) < MOST_KEPT:
            kept.append((number, example))
        elif (place := draw.randrange(total)) < MOST_KEPT:
            kept[place] = (number, example)
    if total < least:
        raise InvalidDataError(
            f"The file has {total} example(s), but must have at least {least} examples.",
            code="invalid_n_examples",
        )
    if not kept:
        raise InvalidDataError("No example has an assistant's text to learn from.")
    kept.sort(key=lambda pair: pair[0])
    return Dataset([example for _, example in kept], total, without_text, shortened)


def _example(line: bytes, number: int, form: DataFormat) -> Example:
    if len(line) > _LONGEST_LINE:
        raise _bad_line(number, f"longer than {_LONGEST_LINE} bytes")
    try:
        value = load_json(line)
    except ValueError as error:
        raise _bad_line(number, "not valid JSON") from error
    if not isinstance(value, dict):
        raise _bad_line(number, "not a JSON object")
    try:
        match form:
            case DataFormat.CHAT:
                return _chat(Fields(value))
            case DataFormat.COMPLETIONS:
                return _completion(Fields(value))
            case DataFormat.PREFERENCE:
                return _preference(Fields(value))
    except ApiError as error:
        raise _bad_line(number, error.message) from error


def _bad_line(number: int, complaint: str) -> InvalidDataError:
    return InvalidDataError(f"Invalid file format. Line {number}: {complaint[:300]}")


def _chat(fields: Fields) -> Example:
    messages = checked_messages(fields)
    fields.only(("messages", "tools", "functions", "parallel_tool_calls", "metadata"))
    if messages[-1]["role"] != "assistant":
        raise ApiError(400, "the last message must be from the assistant")
    turns: list[Turn] = []
    for index, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        weight = Fields(message, f"messages[{index}]").integer("weight", 1, minimum=0, maximum=1)
        if weight:
            turns.append(_turn(messages[:index], message))
    if not turns:
        raise ApiError(400, "every assistant message has weight 0")
    return Example(tuple(turns))


def _completion(fields: Fields) -> Example:
    fields.only(("prompt", "completion"))
    for name in ("prompt", "completion"):
        if not isinstance(fields.required(name), str):
            raise fields.wrong_type(name, "a string", fields.body[name])
    prompt, target = fields.body["prompt"], fields.body["completion"]
    return Example((Turn(_head(prompt), _head(target)),))


def _preference(fields: Fields) -> Example:
    fields.only(("input", "preferred_output", "non_preferred_output"))
    fields.required("input")
    asked = fields.fields("input")
    assert asked is not None  # `required` has refused null
    asked.only(("messages", "tools", "parallel_tool_calls"))
    messages = checked_messages(asked)
    chosen, rejected = (
        _outputs(fields, name) for name in ("preferred_output", "non_preferred_output")
    )
    return Example((_turn(messages, chosen),), (_turn(messages, rejected),))


def _outputs(fields: Fields, name: str) -> JsonObject:
    """The one assistant message of an output."""
    fields.required(name)
    given: list[Any] = fields.items(name) or []
    messages = checked_messages(Fields({"messages": given}))
    if len(messages) != 1 or messages[0]["role"] != "assistant":
        raise ApiError(400, f"'{name}' must hold exactly one message, from the assistant")
    return messages[0]


def _turn(before: list[JsonObject], answer: JsonObject) -> Turn:
    return Turn(_head(last_user_text(before)), _head(text_of(answer)), _head(last_orders(before)))


def last_orders(messages: Sequence[Message]) -> str:
    """What the system or the developer said last."""
    spoken = (m for m in reversed(messages) if m.get("role") in ("system", "developer"))
    return text_of(next(spoken, {}))


def _head(text: str) -> str:
    return text[:LONGEST_TEXT]
