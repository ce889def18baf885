"""Problems: every failure that a person sees, in words, with what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    """What sort of failure it is; screens choose their state by it."""

    NETWORK = "network"
    """The server was not reached: DNS, refused, TLS, reset."""
    TIMEOUT = "timeout"
    UNAUTHORIZED = "unauthorized"
    """401: no key, or a wrong one."""
    FORBIDDEN = "forbidden"
    """403: a key without the scope."""
    NEEDS_ADMIN = "needs_admin"
    """The operation wants an admin key, and this profile has none."""
    NOT_FOUND = "not_found"
    ABSENT = "absent"
    """The server does not have this section at all (404, 405 or 501 on a collection)."""
    INVALID = "invalid"
    """400 or 422, or a form that does not hold."""
    CONFLICT = "conflict"
    RATE_LIMITED = "rate_limited"
    QUOTA = "quota"
    """429 that waiting does not cure."""
    SERVER = "server"
    UNEXPECTED = "unexpected"
    """An answer that is not what the contract says: HTML, broken JSON, wrong shape."""
    INTERRUPTED = "interrupted"
    """A stream that ended before its end."""
    UNCERTAIN = "uncertain"
    """A creating request whose answer was lost: it may have happened."""
    READ_ONLY = "read_only"
    BLOCKED = "blocked"
    """Refused here, with a reason, before anything was sent."""
    LOCAL = "local"
    """Files, settings and disks on this side."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Problem:
    """One failure: what happened, to what, what to do next, and the server's request id."""

    title: str
    """What happened, one short line, without a full stop."""
    detail: str = ""
    """The server's or the system's own words; untrusted until it passed `safe_text`."""
    hint: str = ""
    """What the person can do next."""
    kind: ProblemKind = ProblemKind.UNEXPECTED
    retryable: bool = False
    code: str | None = None
    """The server's error code, such as `invalid_beta`."""
    param: str | None = None
    status: int | None = None
    request_id: str | None = None
    retry_after: float | None = None
    """Seconds that the server asked to wait."""

    def __str__(self) -> str:
        return f"{self.title}: {self.detail}" if self.detail else self.title


class ProblemError(Exception):
    """A problem on its way up; the boundaries catch it and show the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem
