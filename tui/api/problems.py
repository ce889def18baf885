"""Failures in words: from an answer, an exception, or a rule of our own, to a `Problem`.

Servers word errors in many ways (contract 2.3); all of it is foreign text: cut, cleaned and freed
of keys here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic_core import from_json

from tui.api.endpoint import Endpoint
from tui.api.lifecycle import refused
from tui.api.operation import Effect, Operation
from tui.api.retry import QUOTA_CODES, server_delay
from tui.core.errors import Problem, ProblemKind
from tui.core.log import redact
from tui.core.safe_text import clean

DETAIL_LIMIT = 300
"""Characters of a server's words that are shown."""

_TAGS = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title>")
_SCOPE = re.compile(r"(?i)missing[ _]scopes?|insufficient permissions|missing_scope")
_ADMIN_SCOPE = re.compile(r"(?i)api\.(usage|audit|organization|management|admin)")
_BETA = re.compile(r"(?i)openai-beta")

REQUEST_ID = "x-request-id"


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What an error body says."""

    message: str = ""
    code: str | None = None
    type: str | None = None
    param: str | None = None


def words(text: object) -> str:
    """Foreign text as one safe, short line without keys."""
    flat = re.sub(r"\s+", " ", text[: DETAIL_LIMIT * 8] if isinstance(text, str) else str(text))
    return clean(redact(flat.strip()), limit=DETAIL_LIMIT)


def read_error(body: bytes) -> ErrorText:
    """The error in a body of any make: OpenAI's shape, FastAPI's `detail`, text, HTML."""
    try:
        value: Any = from_json(body)
    except ValueError:
        return ErrorText(_plain(body.decode("utf-8", "replace")))
    return error_of(value)


def error_of(value: Any) -> ErrorText:
    """The error in parsed JSON; empty where there is none that one could read."""
    if isinstance(value, str):
        return ErrorText(words(value))
    if not isinstance(value, Mapping):
        return ErrorText()
    error = value.get("error") or value
    if isinstance(error, str):
        return ErrorText(words(error), _code(value.get("code")))
    if not isinstance(error, Mapping):
        return ErrorText()
    message = error.get("message") or error.get("detail") or error.get("msg") or ""
    if isinstance(message, list):
        message = "; ".join(_validation(item) for item in message)
    elif isinstance(message, Mapping):
        return error_of(message)
    return ErrorText(
        words(message),
        _code(error.get("code")),
        _code(error.get("type")),
        _code(error.get("param")),
    )


def _validation(item: Any) -> str:
    """One entry of FastAPI's list: where, and what is wrong there."""
    if not isinstance(item, Mapping):
        return str(item)
    where = item.get("loc")
    place = ".".join(str(step) for step in where) if isinstance(where, list) else ""
    return f"{place}: {item.get('msg', '')}" if place else str(item.get("msg", ""))


def _code(value: Any) -> str | None:
    """A code as text; LiteLLM writes "None", llama.cpp numbers."""
    if value is None or isinstance(value, Mapping | list):
        return None
    text = clean(str(value), limit=80)
    return None if text in ("", "None", "null") else text


def _plain(text: str) -> str:
    head = text[:20_000]
    if "<" in head and ">" in head:
        title = _TITLE.search(head)
        head = title[1] if title and title[1].strip() else _TAGS.sub(" ", head)
    return words(head)


def from_answer(
    operation: Operation,
    endpoint: Endpoint,
    *,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    effect: Effect | None = None,
) -> Problem:
    """The problem that an answer with an error status is. Header names are lower case.

    `effect` is what the request would have done, where that depends on its body.
    """
    said = read_error(body)
    kind, title, hint = _explain(operation, endpoint, status, said, today=date.fromtimestamp(now))
    lost = kind in (ProblemKind.SERVER, ProblemKind.TIMEOUT) and status != 503
    if lost and (effect or operation.effect) is Effect.CREATES:
        kind, title, hint = _UNCERTAIN
    return Problem(
        title,
        said.message,
        hint,
        kind=kind,
        retryable=kind in _RETRYABLE,
        code=said.code or said.type,
        param=said.param,
        status=status,
        request_id=request_id_of(headers),
        retry_after=server_delay(headers, now=now),
    )


_RETRYABLE = frozenset(
    {
        ProblemKind.NETWORK,
        ProblemKind.TIMEOUT,
        ProblemKind.RATE_LIMITED,
        ProblemKind.SERVER,
        ProblemKind.INTERRUPTED,
        ProblemKind.UNEXPECTED,
    }
)


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """The server's id of the request, to quote to its people."""
    value = headers.get(REQUEST_ID)
    return clean(redact(value), limit=120) if value else None


def _explain(
    operation: Operation, endpoint: Endpoint, status: int, said: ErrorText, *, today: date
) -> Explanation:
    if status in (401, 403):
        return _denied(operation, endpoint, status, said)
    if status in (404, 405, 501):
        return _missing(operation, endpoint, status, today)
    if status == 429 and (said.code in QUOTA_CODES or said.type in QUOTA_CODES):
        return _QUOTA
    if status in _PLAIN:
        return _PLAIN[status]
    if status >= 500:
        return ProblemKind.SERVER, f"The server failed ({status})", "Try again in a moment."
    return _REDIRECTED if status < 400 else _REFUSED


Explanation = tuple[ProblemKind, str, str]
"""Kind, title and hint."""

_QUOTA: Explanation = (
    ProblemKind.QUOTA,
    "The quota is used up",
    "Waiting does not help: look at the plan and the billing of this account.",
)
_REDIRECTED: Explanation = (
    ProblemKind.UNEXPECTED,
    "The server sends requests elsewhere",
    "Check the base URL of this profile.",
)
_REFUSED: Explanation = (ProblemKind.INVALID, "The server refused the request", "")
_SLOW: Explanation = (
    ProblemKind.TIMEOUT,
    "The server took too long",
    "Try again in a moment.",
)
_PLAIN: Mapping[int, Explanation] = {
    408: _SLOW,
    504: _SLOW,
    409: (ProblemKind.CONFLICT, "It changed meanwhile", "Refresh, then try again."),
    413: (ProblemKind.INVALID, "Too large for this server", ""),
    429: (ProblemKind.RATE_LIMITED, "Too many requests", "Wait a little, then try again."),
}
_UNCERTAIN: Explanation = (
    ProblemKind.UNCERTAIN,
    "It may have happened",
    "The answer was lost, so nothing was sent again: refresh the list and look.",
)


def _denied(operation: Operation, endpoint: Endpoint, status: int, said: ErrorText) -> Explanation:
    if said.code == "invalid_beta" or _BETA.search(said.message):
        return ProblemKind.INVALID, "The server wants another beta header", ""
    scoped = said.code == "missing_scope" or bool(_SCOPE.search(said.message))
    if scoped and not operation.admin and _ADMIN_SCOPE.search(said.message):
        hint = f"Add an admin key to the profile {endpoint.name}."
        return ProblemKind.NEEDS_ADMIN, "This needs an admin key", hint
    if status == 403 or scoped:
        which = "admin key" if operation.admin else "key"
        hint = f"Give the {which} the right scope, or switch to another profile."
        return ProblemKind.FORBIDDEN, f"This {which} may not do that", hint
    if endpoint.key is None and not operation.admin:
        hint = f"Add a key to the profile {endpoint.name}."
        return ProblemKind.UNAUTHORIZED, "The server wants a key", hint
    hint = f"Check the key of the profile {endpoint.name}, or switch to another one."
    return ProblemKind.UNAUTHORIZED, "The key was refused", hint


def _missing(operation: Operation, endpoint: Endpoint, status: int, today: date) -> Explanation:
    phase = refused(operation, endpoint.kind, today=today)
    if phase is not None:
        return ProblemKind.ABSENT, f"{endpoint.name} no longer has {phase.section}", phase.text
    if operation.collection:
        hint = "Switch to a profile whose server has it."
        return ProblemKind.ABSENT, f"{endpoint.name} has no {operation.section}", hint
    if status == 404 and operation.fields:
        return ProblemKind.NOT_FOUND, "Not found", "It may have been deleted elsewhere: refresh."
    hint = "Switch to a profile whose server has it."
    return ProblemKind.ABSENT, f"{endpoint.name} cannot do that", hint


def needs_admin(endpoint: Endpoint, operation: Operation) -> Problem:
    """An admin operation on a profile without an admin key; nothing is sent."""
    return Problem(
        f"{operation.section} needs an admin key",
        hint=f"Add an admin key to the profile {endpoint.name}.",
        kind=ProblemKind.NEEDS_ADMIN,
    )


def no_key(endpoint: Endpoint) -> Problem:
    """A profile that wants a key and has none; nothing is sent."""
    return Problem(
        f"The profile {endpoint.name} has no key",
        hint="Add a key to it, or switch to another profile.",
        kind=ProblemKind.UNAUTHORIZED,
    )


def unsendable_key(endpoint: Endpoint) -> Problem:
    """A key that no header can carry, such as one with a line end in it."""
    return Problem(
        "The key holds characters that cannot be sent",
        hint=f"Check the key of the profile {endpoint.name}: one line, no spaces.",
        kind=ProblemKind.UNAUTHORIZED,
    )


def read_only(endpoint: Endpoint) -> Problem:
    """The read-only gate."""
    return Problem(
        "This profile is read-only",
        hint=f"Nothing was sent. Turn read_only off in the profile {endpoint.name} to change this.",
        kind=ProblemKind.READ_ONLY,
    )


def unexpected(detail: str, *, status: int | None = None, request_id: str | None = None) -> Problem:
    """An answer that is not what was asked for, whatever its status says."""
    return Problem(
        "The answer is not what was asked for",
        words(detail),
        "Is the base URL right, and no proxy or login page in between?",
        kind=ProblemKind.UNEXPECTED,
        retryable=True,
        status=status,
        request_id=request_id,
    )


def uncertain(detail: str) -> Problem:
    """A creating request whose answer never came."""
    kind, title, hint = _UNCERTAIN
    return Problem(title, words(detail), hint, kind=kind)


def cancelled() -> Problem:
    """The person stopped it."""
    return Problem("Stopped", kind=ProblemKind.CANCELLED)
