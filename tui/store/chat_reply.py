"""A reply while it streams: chunks in, a growing turn out (contract 2.7).

Pure: no clock, no network. Chunks come raw, since a model per chunk would cost more than the
network does; every field is read tolerantly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.core.errors import Problem, ProblemKind
from tui.store.chat_turns import (
    Role,
    ToolCallView,
    TurnState,
    TurnView,
    UsageView,
    argument_text,
    content_of,
)

BYTES_PER_TOKEN = 4
"""The rule of thumb for counting where the server does not."""

RATE_FROM = 0.2
"""Seconds of streaming before a rate means anything."""


class _Call:
    """A tool call put together from its pieces."""

    __slots__ = ("arguments", "custom", "id", "name")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []
        self.custom = False

    def add(self, piece: Mapping[str, Any]) -> None:
        if isinstance(piece.get("id"), str) and piece["id"]:
            self.id = piece["id"]
        custom = piece.get("custom")
        if isinstance(custom, Mapping):
            self.custom = True
            self._body(custom.get("name"), custom.get("input"))
        function = piece.get("function")
        if isinstance(function, Mapping):
            self._body(function.get("name"), function.get("arguments"))

    def _body(self, name: object, arguments: object) -> None:
        if isinstance(name, str) and name and name != self.name:
            # Some servers repeat the whole name in each piece, some send it in pieces.
            self.name = name if name.startswith(self.name) else self.name + name
        if arguments is not None:
            self.arguments.append(argument_text(arguments))

    @property
    def view(self) -> ToolCallView:
        return ToolCallView(self.id, self.name, "".join(self.arguments), self.custom)


class Reply:
    """One answer under way. `add` takes chunks; `turn` makes the frozen view of the moment."""

    def __init__(self, id: str, sent_at: float, *, prompt_bytes: int = 0, stored: bool = False):
        self.id = id
        self.finish_reason = ""
        self.completion_id = ""
        self.model = ""
        self.created: object = None
        self.fingerprint: object = None
        self.usage: UsageView | None = None
        self.raw_usage: object = None
        self._sent_at = sent_at
        self._first_at: float | None = None
        self._last_at = sent_at
        self._prompt_bytes = prompt_bytes
        self._bytes = 0
        self._stored = stored
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._reasoning: list[str] = []
        self._calls: dict[int, _Call] = {}

    def add(self, chunk: Mapping[str, Any], at: float) -> Problem | None:
        """Take one chunk that came at that time; an error inside of the stream is given back."""
        error = chunk.get("error")
        if error and not chunk.get("choices"):
            return stream_problem(error)
        self._last_at = at
        self.completion_id = self.completion_id or _string(chunk.get("id"))
        self.model = _string(chunk.get("model")) or self.model
        self.created = chunk.get("created") or self.created
        self.fingerprint = chunk.get("system_fingerprint") or self.fingerprint
        if usage := UsageView.of(chunk.get("usage")):
            self.usage, self.raw_usage = usage, chunk["usage"]
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, Mapping) and not choice.get("index"):
                self._add_choice(choice, at)
        return None

    def _add_choice(self, choice: Mapping[str, Any], at: float) -> None:
        delta = choice.get("delta") or choice.get("message")
        before = self._bytes
        if isinstance(delta, Mapping):
            text, _others = content_of(delta.get("content"))
            self._piece(self._text, text)
            self._piece(self._refusal, delta.get("refusal"))
            self._piece(self._reasoning, delta.get("reasoning_content") or delta.get("reasoning"))
            pieces = delta.get("tool_calls")
            for place, piece in enumerate(pieces if isinstance(pieces, list) else ()):
                if isinstance(piece, Mapping):
                    self._add_call(piece, place)
            if isinstance(delta.get("function_call"), Mapping):
                self._add_call({"index": 0, "function": delta["function_call"]}, 0)
        if self._bytes > before and self._first_at is None:
            self._first_at = at
        self.finish_reason = _string(choice.get("finish_reason")) or self.finish_reason

    def _piece(self, pieces: list[str], piece: object) -> None:
        if isinstance(piece, str) and piece:
            pieces.append(piece)
            self._bytes += len(piece.encode("utf-8", "surrogatepass"))

    def _add_call(self, piece: Mapping[str, Any], place: int) -> None:
        index = piece.get("index")
        if not isinstance(index, int):
            index = self._place_of(piece, place)
        call = self._calls.setdefault(index, _Call())
        before = len(call.arguments)
        call.add(piece)
        self._bytes += sum(len(text) for text in call.arguments[before:]) or 1

    def _place_of(self, piece: Mapping[str, Any], place: int) -> int:
        """Where a piece without index belongs: to the call with its id, else a new one."""
        id = piece.get("id")
        if not id:
            return max(self._calls, default=place)
        for index, call in self._calls.items():
            if call.id == id:
                return index
        return max(self._calls, default=-1) + 1

    @property
    def begun(self) -> bool:
        """Whether anything of the answer came."""
        return bool(self._text or self._refusal or self._reasoning or self._calls)

    @property
    def text(self) -> str:
        if len(self._text) > 1:
            self._text = ["".join(self._text)]
        return self._text[0] if self._text else ""

    @property
    def counted(self) -> UsageView:
        """The server's count, else an estimate from the sizes, marked as one."""
        if self.usage is not None:
            return self.usage
        completion = -(-self._bytes // BYTES_PER_TOKEN)
        prompt = -(-self._prompt_bytes // BYTES_PER_TOKEN)
        return UsageView(prompt, completion, prompt + completion, estimated=True)

    @property
    def rate(self) -> float | None:
        """Tokens per second since the first of them."""
        if self._first_at is None:
            return None
        passed = self._last_at - self._first_at
        return self.counted.completion / passed if passed >= RATE_FROM else None

    def turn(self, state: TurnState = TurnState.OPEN, problem: Problem | None = None) -> TurnView:
        """The reply as it stands."""
        first = self._first_at - self._sent_at if self._first_at is not None else None
        return TurnView(
            id=self.id,
            role=Role.ASSISTANT,
            text=self.text,
            refusal="".join(self._refusal),
            reasoning="".join(self._reasoning),
            calls=tuple(self._calls[index].view for index in sorted(self._calls)),
            state=state,
            finish_reason=self.finish_reason,
            model=self.model,
            completion_id=self.completion_id,
            stored=self._stored and state is TurnState.WHOLE,
            usage=self.counted,
            first_token=first,
            rate=self.rate,
            problem=problem,
        )

    def completion(self, metadata: Mapping[str, str]) -> dict[str, Any]:
        """The completion object that the pieces came from, as far as the stream told of it."""
        turn = self.turn(TurnState.WHOLE)
        message = {**turn.wire, "refusal": turn.refusal or None}
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason or None}
        return {
            "id": self.completion_id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [choice],
            "usage": self.raw_usage,
            "system_fingerprint": self.fingerprint,
            "metadata": dict(metadata),
        }


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def stream_problem(error: object) -> Problem:
    """An error that came as an event, in place of the rest of the answer."""
    body = error if isinstance(error, Mapping) else {"message": str(error)}
    code = body.get("code") or body.get("type")
    return Problem(
        "The server ended the answer with an error",
        detail=str(body.get("message") or "")[:300],
        hint="What came is kept. Retry asks again, which is billed again",
        kind=ProblemKind.INTERRUPTED,
        retryable=True,
        code=str(code) if code else None,
    )
