"""A request made ready: gates passed, path filled, query and body encoded."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.api.encoding import encode_query, fill_path
from tui.api.endpoint import EMPTY, Endpoint
from tui.api.headers import JSON, key_used, request_headers
from tui.api.operation import Effect, Operation
from tui.api.problems import read_only, words
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.log import KeyUsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """All that is sent, and what the retry rule and the log want to know of it."""

    operation: Operation
    url: str
    headers: Mapping[str, str]
    content: bytes | None = None
    body: Callable[[], AsyncIterable[bytes]] | None = None
    """Instead of `content`: begins a large body from its start, once per attempt."""
    effect: Effect
    key: KeyUsed
    preview: str | bytes | None = None
    """What the request log shows of a body that is not `content`."""
    deadline: float | None = None
    """Seconds that each attempt may take in all."""
    silence: float | None = None
    """Seconds without a byte after which the answer counts as lost."""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def repeatable(self) -> bool:
        return self.operation.repeatable and self.effect is not Effect.CREATES


def outgoing(
    endpoint: Endpoint,
    operation: Operation,
    *,
    path: Mapping[str, str] = EMPTY,
    query: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
    accept: str = JSON,
) -> Outgoing:
    """The request of an operation with a JSON body or none.

    Raises `ProblemError` before anything is sent: a read-only profile, a missing key, a path that
    cannot be built, a body that is no JSON.
    """
    headers = request_headers(endpoint, operation, accept=accept)
    effect = operation.effect_of(body)
    if endpoint.read_only and effect is not Effect.READS:
        raise ProblemError(read_only(endpoint))
    content = None
    if body is not None:
        content = json_body(body)
        headers["Content-Type"] = JSON
    return Outgoing(
        operation=operation,
        url=url_of(endpoint, operation, path=path, query=query),
        headers=headers,
        content=content,
        effect=effect,
        key=key_used(endpoint, operation),
        deadline=_deadline(endpoint, operation),
        silence=endpoint.read_timeout,
        fields=path,
    )


def url_of(
    endpoint: Endpoint,
    operation: Operation,
    *,
    path: Mapping[str, str],
    query: Mapping[str, Any] | None,
) -> str:
    """The absolute URL of a request. Raises `ProblemError` for an id that cannot be one."""
    try:
        filled = fill_path(operation.path, path)
    except ValueError as error:
        problem = Problem("No such id", words(error), kind=ProblemKind.INVALID)
        raise ProblemError(problem) from None
    encoded = encode_query(endpoint.query, query)
    return endpoint.url(filled) + (f"?{encoded}" if encoded else "")


def json_body(body: Mapping[str, Any]) -> bytes:
    """A body as UTF-8 JSON. Raises `ProblemError` for numbers that JSON does not have."""
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        problem = Problem("The form cannot be sent", words(error), kind=ProblemKind.INVALID)
        raise ProblemError(problem) from None
    return text.encode("utf-8", "replace")


def _deadline(endpoint: Endpoint, operation: Operation) -> float:
    """What reads must be quick; a model may think for as long as it may be silent."""
    quick = operation.effect is Effect.READS and not operation.billable
    return endpoint.list_deadline + (0.0 if quick else endpoint.read_timeout)
