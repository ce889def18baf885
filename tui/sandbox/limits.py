"""Rate limits, counted from the calls made: one bucket of requests, one of model tokens."""

from __future__ import annotations

from tui.core.clock import Clock
from tui.sandbox.errors import ApiError

REQUESTS_PER_MINUTE = 60_000
TOKENS_PER_MINUTE = 30_000_000


class Bucket:
    """A token bucket that refills evenly over a minute."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self.limit = per_minute
        self._level = float(per_minute)
        self._at = clock.monotonic()

    def remaining(self) -> int:
        """What may still be spent now."""
        now = self._clock.monotonic()
        self._level = min(self.limit, self._level + (now - self._at) * self.limit / 60)
        self._at = now
        return int(self._level)

    def spend(self, amount: int) -> None:
        """Take from the bucket; it may go below zero for a call that has already run."""
        self.remaining()
        self._level -= amount

    def reset_seconds(self) -> float:
        """Seconds until the bucket is full again."""
        return (self.limit - min(self.limit, self._level)) * 60 / self.limit


class RateLimits:
    """The limits of one sandbox, and the headers that tell them (contract 2.2)."""

    def __init__(self, clock: Clock) -> None:
        self.requests = Bucket(clock, REQUESTS_PER_MINUTE)
        self.tokens = Bucket(clock, TOKENS_PER_MINUTE)

    def admit(self) -> None:
        """Count one request. Raises `ApiError` 429 with `retry-after` when none is left."""
        for name, bucket in (("requests", self.requests), ("tokens", self.tokens)):
            if bucket.remaining() < 1:
                wait = 60 / bucket.limit * max(1, 1 - bucket.remaining())
                raise rate_limited(
                    f"Rate limit reached on {name} per min. Limit: {bucket.limit} / min."
                    f" Please try again in {duration(wait)}.",
                    wait,
                    code="rate_limit_exceeded",
                    type=name,
                )
        self.requests.spend(1)

    def headers(self) -> dict[str, str]:
        """`x-ratelimit-*` as they stand now."""
        found: dict[str, str] = {}
        for name, bucket in (("requests", self.requests), ("tokens", self.tokens)):
            found[f"x-ratelimit-limit-{name}"] = str(bucket.limit)
            found[f"x-ratelimit-remaining-{name}"] = str(max(0, bucket.remaining()))
            found[f"x-ratelimit-reset-{name}"] = duration(bucket.reset_seconds())
        return found


def rate_limited(
    message: str, wait: float, *, code: str = "rate_limit_exceeded", type: str = "requests"
) -> ApiError:
    """429 that says when to come back."""
    headers = {"retry-after": str(max(1, round(wait))), "retry-after-ms": str(round(wait * 1000))}
    return ApiError(429, message, type=type, code=code, headers=headers)


def duration(seconds: float) -> str:
    """As the platform writes them: `750ms`, `1s`, `1m2s`."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
