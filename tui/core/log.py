"""What is kept about what happened: the log file, and the ring of requests for the request screen.

Both are sinks for text from outside, so every line passes `redact`: no key reaches a file or a
screen by way of a server's error text, an exception or a header (reliability 2).
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import logging.handlers
import os
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path

from pydantic import SecretStr

from tui.core.cell import Cell
from tui.core.clock import Clock
from tui.core.errors import Problem
from tui.core.paths import private_dir
from tui.core.safe_text import clean, clean_block

PREVIEW_LIMIT = 8 * 1024
"""Characters of a body that the request log keeps."""
MASK = "***"

_SHORTEST_SECRET = 6
"""Known secrets below this many characters would tear ordinary words apart."""
_MARGIN = 512
"""Read beyond a cut before redacting, so that no half of a key stays at its edge."""

_CREDENTIAL = r"[A-Za-z0-9._~+/=*\-]+"
_NAMES = (
    r"(?:proxy-)?authorization|(?:x-|azure[-_])?api[-_]?key|admin[-_]?key|access[-_]token"
    r"|refresh[-_]token|client[-_]secret|secret[-_]?key|password|ocp-apim-subscription-key"
    r"|set-cookie|cookie"
)
_RULES: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    (
        ("bearer", "basic"),
        re.compile(r"\b(bearer|basic)(\s+|%20)" + _CREDENTIAL, re.IGNORECASE),
        rf"\1\2{MASK}",
    ),
    (
        ("authorization", "key", "token", "secret", "password", "cookie"),
        re.compile(
            rf"(?P<name>(?<![a-z0-9])(?:{_NAMES}))(?P<gap>\\?[\"']?\s*[:=,]\s*\\?b?[\"']?)"
            rf"(?!(?:bearer|basic)\b)(?P<value>[^\s\"'\\&,;}}]+)",
            re.IGNORECASE,
        ),
        rf"\g<name>\g<gap>{MASK}",
    ),
    (
        ("sk-", "sk_", "ek-", "ek_", "sess-", "sess_"),
        re.compile(r"\b(sk|ek|sess)([-_])[A-Za-z0-9_\-.*]{5,}"),
        rf"\1\2{MASK}",
    ),
    (("://",), re.compile(r"://[^/\s@\"']{1,512}@"), f"://{MASK}@"),
    (
        ("key=", "token=", "sig=", "signature=", "code="),
        re.compile(r"([?&](?:key|token|sig|signature|code)=)[^&\s\"']+", re.IGNORECASE),
        rf"\1{MASK}",
    ),
)
"""What a text must hold (in lower case) for the pattern to be worth its while, and the pattern."""

_known: dict[str, None] = {}


def hide(secret: SecretStr) -> None:
    """Make `redact` remove this very value from now on, whatever it looks like."""
    value = secret.get_secret_value().strip()
    if len(value) >= _SHORTEST_SECRET:
        _known[value] = None


def redact(text: str) -> str:
    """The text without keys: known secrets, `sk-…`, `Bearer …`, key headers, URL credentials."""
    for secret in sorted(_known, key=len, reverse=True):
        if secret in text:
            text = text.replace(secret, MASK)
    lower = text.lower()
    for signs, pattern, masked in _RULES:
        if any(sign in lower for sign in signs):
            text = pattern.sub(masked, text)
    return text


def preview(body: str | bytes | None, *, limit: int = PREVIEW_LIMIT) -> str:
    """The beginning of a body, safe to show and to keep."""
    if not body:
        return ""
    head = body[: limit + _MARGIN]
    text = head.decode("utf-8", "replace") if isinstance(head, bytes) else head
    return clean_block(redact(text), limit=limit)


class KeyUsed(StrEnum):
    """Which credential a request carried (contract 2.1)."""

    PROJECT = "project"
    ADMIN = "admin"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEntry:
    """One request as the request screen shows it; no secrets, all text safe to show."""

    id: int
    """Counts up from 1 within a run."""
    started_at: float
    """Unix time in seconds."""
    method: str
    url: str
    operation: str
    """The operation's id, such as `listFiles`."""
    status: int | None = None
    """`None` while under way, and when no answer came."""
    duration: float | None = None
    """Seconds; `None` while under way."""
    attempts: int = 1
    request_id: str | None = None
    sent_bytes: int = 0
    received_bytes: int = 0
    key: KeyUsed = KeyUsed.PROJECT
    request_preview: str = ""
    response_preview: str = ""
    problem: Problem | None = None

    @property
    def running(self) -> bool:
        return self.duration is None


class RequestHandle:
    """What the client holds while its request is under way."""

    __slots__ = ("_began", "_clock", "_put", "entry")

    def __init__(
        self, entry: RequestEntry, *, clock: Clock, put: Callable[[RequestEntry], None]
    ) -> None:
        self.entry = entry
        self._clock = clock
        self._began = clock.monotonic()
        self._put = put
        put(entry)

    def retried(self) -> None:
        """One more attempt of the same request."""
        self._change(replace(self.entry, attempts=self.entry.attempts + 1))

    def responded(self, *, status: int, request_id: str | None = None) -> None:
        """The headers came; the body (a stream, a download) goes on."""
        self._change(replace(self.entry, status=status, request_id=_id(request_id)))

    def finish(
        self,
        *,
        status: int | None = None,
        request_id: str | None = None,
        sent_bytes: int | None = None,
        received_bytes: int | None = None,
        response: str | bytes | None = None,
        problem: Problem | None = None,
    ) -> RequestEntry:
        """The request is over. What is not given stays as `responded` left it; once only."""
        entry = self.entry
        if not entry.running:
            return entry
        self._change(
            replace(
                entry,
                status=entry.status if status is None else status,
                request_id=_id(request_id) or entry.request_id,
                duration=max(0.0, self._clock.monotonic() - self._began),
                sent_bytes=entry.sent_bytes if sent_bytes is None else sent_bytes,
                received_bytes=entry.received_bytes if received_bytes is None else received_bytes,
                response_preview=preview(response) or entry.response_preview,
                problem=_safe_problem(problem),
            )
        )
        return self.entry

    def _change(self, entry: RequestEntry) -> None:
        self.entry = entry
        self._put(entry)


def _id(request_id: str | None) -> str | None:
    return clean(redact(request_id), limit=120) if request_id else None


def _safe_problem(problem: Problem | None) -> Problem | None:
    if problem is None:
        return None
    return replace(
        problem,
        title=clean(redact(problem.title)),
        detail=preview(problem.detail),
        hint=clean(redact(problem.hint)),
    )


class RequestLog:
    """The last requests, newest first; the oldest fall out at `capacity`."""

    def __init__(self, clock: Clock, *, capacity: int = 500) -> None:
        self.entries: Cell[tuple[RequestEntry, ...]] = Cell(())
        self._clock = clock
        self._capacity = capacity
        self._ids = itertools.count(1)
        self._kept: OrderedDict[int, RequestEntry] = OrderedDict()
        self._floor = 0
        """Entries with smaller ids are forgotten and stay so."""

    def start(
        self,
        *,
        method: str,
        url: str,
        operation: str,
        key: KeyUsed = KeyUsed.PROJECT,
        body: str | bytes | None = None,
        sent_bytes: int | None = None,
    ) -> RequestHandle:
        """Note a request that goes out now. `body` is cut to a preview; its size counts as sent."""
        size = len(body.encode("utf-8", "replace") if isinstance(body, str) else body or b"")
        entry = RequestEntry(
            id=next(self._ids),
            started_at=self._clock.now(),
            method=method,
            url=clean(redact(url), limit=2048),
            operation=operation,
            key=key,
            sent_bytes=size if sent_bytes is None else sent_bytes,
            request_preview=preview(body),
        )
        return RequestHandle(entry, clock=self._clock, put=self._put)

    def clear(self) -> None:
        """Forget all, also the requests that are under way."""
        if self._kept:
            self._floor = next(reversed(self._kept)) + 1
        self._kept.clear()
        self.entries.set(())

    def _put(self, entry: RequestEntry) -> None:
        if entry.id < self._floor:
            return
        self._kept[entry.id] = entry
        while len(self._kept) > self._capacity:
            oldest, _ = self._kept.popitem(last=False)
            self._floor = oldest + 1
        self.entries.set(tuple(reversed(self._kept.values())))


class _RedactingFormatter(logging.Formatter):
    """Lines without keys and without anything that steers a terminal which shows the file."""

    def format(self, record: logging.LogRecord) -> str:
        return clean_block(redact(super().format(record)))


class _PrivateRotatingFile(logging.handlers.RotatingFileHandler):
    """A log file that is 0600 from its first byte, also after each rotation."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(
            self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        os.fchmod(descriptor, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="replace")

    def handleError(self, record: logging.LogRecord) -> None:
        """A full disk must not write a traceback over the screen: the line is lost instead."""


def open_file_log(
    path: Path, *, level: int = logging.INFO, max_bytes: int = 1_000_000, backups: int = 3
) -> logging.Handler:
    """Send all logging and Python's warnings to a rotating file, and to nowhere else.

    Where the file cannot be written they go nowhere at all: not to the screen, and no log is no
    reason not to start. End with `close_file_log`.
    """
    handler: logging.Handler
    try:
        private_dir(path.parent)
        handler = _PrivateRotatingFile(
            path, maxBytes=max_bytes, backupCount=backups, encoding="utf-8", errors="replace"
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(_RedactingFormatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    # These name every URL they fetch at INFO; the request log has that already, redacted.
    for chatty in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(True)
    return handler


def close_file_log(handler: logging.Handler) -> None:
    """Detach and close what `open_file_log` gave."""
    logging.captureWarnings(False)
    logging.getLogger().removeHandler(handler)
    # A disk that filled up meanwhile refuses the last flush.
    with contextlib.suppress(OSError):
        handler.close()
