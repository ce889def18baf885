"""When a failed request may be sent again: a pure function (contract 2.4).

What only reads, changes to a stated value or deletes is repeated as the official SDK does. What
creates or is billed is repeated only when it cannot have happened: after 429, 503 or the server's
own `x-should-retry: true`, or when no byte was sent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

MAX_RETRIES = 2
LONGEST_WAIT = 120.0
"""Seconds; a server that asks for more is not waited for."""
FIRST_DELAY = 0.5
LAST_DELAY = 8.0

QUOTA_CODES = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded"}
)
"""Codes of a 429 that waiting does not cure."""

_RETRIED = frozenset({408, 409, 429})
_SAFE_FOR_ALL = frozenset({429, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What is known of a failed attempt. Header names are lower case."""

    attempt: int
    """How many attempts were made before it: 0 for the first."""
    repeatable: bool
    status: int | None = None
    """`None` when no answer came."""
    headers: Mapping[str, str]
    code: str | None = None
    sent: bool = True
    """Whether any byte may have reached the server."""
    permanent: bool = False
    """A cause that does not pass by itself: a certificate, a name, a closed port, a deadline."""


def delay_before_retry(failure: Failure, *, now: float, chance: float) -> float | None:
    """Seconds to wait before the next attempt; `None` to give up.

    `now` is Unix time, for dates in `Retry-After`; `chance` in 0..1 is the jitter.
    """
    if failure.attempt >= MAX_RETRIES or failure.permanent or not _allowed(failure):
        return None
    asked = server_delay(failure.headers, now=now)
    if asked is not None:
        return asked if asked <= LONGEST_WAIT else None
    return min(FIRST_DELAY * 2.0**failure.attempt, LAST_DELAY) * (1 - 0.25 * chance)


def _allowed(failure: Failure) -> bool:
    status = failure.status
    if status is None:
        return failure.repeatable or not failure.sent
    if status == 429 and failure.code in QUOTA_CODES:
        return False
    told = failure.headers.get("x-should-retry", "").strip().lower()
    if told in ("true", "false"):
        return told == "true"
    if not failure.repeatable:
        return status in _SAFE_FOR_ALL
    return status in _RETRIED or (status >= 500 and status != 501)


def server_delay(headers: Mapping[str, str], *, now: float) -> float | None:
    """How long the server asks to wait, in seconds; `None` if it does not say, or says nonsense."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None and milliseconds > 0:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is None and text:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return seconds if seconds is not None and seconds > 0 else None


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
