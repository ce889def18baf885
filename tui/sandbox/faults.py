"""Misbehaviour on request: rules that make chosen operations fail in chosen ways.

For tests, and for looking at error states by hand. A rule matches an operation id (or `*`), holds
for a number of calls or until it is removed, and the oldest rule that matches wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from tui.sandbox.errors import ApiError
from tui.sandbox.wire import JsonObject

HOSTILE_TEXT = (
    "\x1b[2J\x1b]0;owned\x07[@click=app.quit]quit[/]\u202egnp.exe\x00\u0085[/x] [bold red]"
    " 'quote' \"double\" <script>alert(1)</script>"
)
"""What a hostile server might put into any text: escapes, markup, bidi overrides, NUL."""

_TEXT_MEMBERS = frozenset(
    {"filename", "name", "title", "message", "text", "content", "description", "owned_by"}
)


class Effect(StrEnum):
    """The ways to fail."""

    ERROR = "error"
    """An error status in the platform's shape; with `retry_after` when it is set."""
    SLOW = "slow"
    """The right answer after `seconds` on the sandbox's clock."""
    HANG = "hang"
    """No answer until the client goes away."""
    CUT = "cut"
    """The connection ends after `bytes` of the answer's body."""
    DROP = "drop"
    """The connection ends without an answer; what the call does is done."""
    HTML = "html"
    """Status 200 and a proxy's HTML page."""
    GARBAGE = "garbage"
    """Status 200 and JSON that breaks off."""
    HOSTILE = "hostile"
    """The right answer with hostile text in its human-readable members."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule."""

    effect: Effect
    operation: str = "*"
    """The operation id it applies to; `*` is any but the fault rules' own."""
    times: int | None = None
    """How many calls it still applies to; None is until it is cleared."""
    status: int = 500
    code: str | None = None
    message: str = "The sandbox was told to fail."
    retry_after: float | None = None
    """Seconds, for the `retry-after` header of an error."""
    seconds: float = 0.0
    bytes: int = 0
    id: str = ""

    def error(self) -> ApiError:
        """The refusal of an `ERROR` rule."""
        headers: dict[str, str] = {}
        if self.retry_after is not None:
            headers["retry-after"] = f"{self.retry_after:g}"
        kinds = {401: "invalid_request_error", 403: "invalid_request_error", 429: "requests"}
        kind = kinds.get(
            self.status, "server_error" if self.status >= 500 else "invalid_request_error"
        )
        code = self.code or ("rate_limit_exceeded" if self.status == 429 else None)
        if code == "insufficient_quota":
            kind = "insufficient_quota"
        return ApiError(self.status, self.message, type=kind, code=code, headers=headers)

    def as_object(self) -> JsonObject:
        """The rule as the extension endpoint shows it."""
        return {
            "id": self.id,
            "object": "sandbox.fault",
            "effect": self.effect.value,
            "operation": self.operation,
            "times": self.times,
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "retry_after": self.retry_after,
            "seconds": self.seconds,
            "bytes": self.bytes,
        }


class Faults:
    """The rules in force. Used from the sandbox's own event loop."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._made = 0

    def add(self, fault: Fault) -> Fault:
        """Put a rule into force; it comes back with its id."""
        self._made += 1
        fault = replace(fault, id=f"fault_{self._made}")
        self._rules.append(fault)
        return fault

    def remove(self, id: str) -> bool:
        """End one rule; whether it was in force."""
        kept = [rule for rule in self._rules if rule.id != id]
        changed = len(kept) != len(self._rules)
        self._rules = kept
        return changed

    def clear(self) -> None:
        """End all rules."""
        self._rules.clear()

    def rules(self) -> tuple[Fault, ...]:
        """What is in force."""
        return tuple(self._rules)

    def take(self, operation: str) -> Fault | None:
        """The rule for this call, counted down; None when the call may succeed."""
        for index, rule in enumerate(self._rules):
            if rule.operation not in ("*", operation):
                continue
            if rule.times is not None:
                if rule.times <= 1:
                    del self._rules[index]
                else:
                    self._rules[index] = replace(rule, times=rule.times - 1)
            return rule
        return None


def make_hostile(value: Any) -> Any:
    """The same JSON with hostile text in every member that a person reads."""
    if isinstance(value, dict):
        return dict(_hostile_members(value.items()))
    if isinstance(value, list):
        return [make_hostile(item) for item in value]
    return value


def _hostile_members(members: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    for name, value in members:
        if isinstance(value, str) and name in _TEXT_MEMBERS:
            yield name, value + HOSTILE_TEXT
        elif name in ("metadata", "attributes") and isinstance(value, dict):
            yield name, {**value, "hostile": HOSTILE_TEXT}
        else:
            yield name, make_hostile(value)
