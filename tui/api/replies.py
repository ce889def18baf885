"""Answers, read: JSON with a limit, typed where it matters, never a success that is none."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic_core import from_json

from tui.api.operation import Effect, Operation
from tui.api.paging import rows_of
from tui.api.problems import error_of, request_id_of, unexpected
from tui.api.records import Record
from tui.core.errors import Problem, ProblemError, ProblemKind

MAX_REPLY = 32 * 1024 * 1024
"""Unpacked bytes of a JSON answer that are taken into memory."""
MAX_ERROR = 256 * 1024
"""Bytes of an error's body that are read."""

POLL_HINT = "openai-poll-after-ms"
_NOT_TEXT = frozenset(range(0x20)) - {0x09, 0x0A, 0x0C, 0x0D, 0x1B}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One object that the server answered with."""

    record: Record
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    request_id: str | None

    @property
    def raw(self) -> Mapping[str, Any]:
        return self.record.raw

    @property
    def poll_after(self) -> float | None:
        """Seconds after which the server wants to be asked again, if it says so."""
        try:
            return max(0.0, float(self.headers.get(POLL_HINT, ""))) / 1000
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The beginning of a file's bytes, for a look at it."""

    body: bytes
    text: str | None
    """`None` when it is no UTF-8 text."""
    truncated: bool
    size: int | None
    """Of the whole file, where the server says it."""
    media_type: str
    request_id: str | None = None


def header_map(response: httpx.Response) -> dict[str, str]:
    """The answer's headers with names in lower case."""
    return {name.lower(): value for name, value in response.headers.items()}


def parse_json(body: bytes) -> Any:
    """JSON as Python values. Raises `ValueError` for what is none.

    Half surrogate pairs are let through, since servers cut texts in the middle of them.
    """
    try:
        return from_json(body)
    except ValueError:
        try:
            return json.loads(body.decode("utf-8"))
        except RecursionError:
            raise ValueError("nested too deeply") from None


def json_answer(
    operation: Operation, body: bytes, *, status: int, headers: Mapping[str, str]
) -> Any:
    """The JSON of a successful answer. Raises `ProblemError` where it is none, or an error."""
    request_id = request_id_of(headers)
    if not body.strip():
        # Deletions may answer with nothing at all (contract 5).
        if status == 204 or operation.effect is Effect.DELETES:
            return {}
        raise ProblemError(unexpected("an empty answer", status=status, request_id=request_id))
    try:
        answer = parse_json(body)
    except ValueError as error:
        found = headers.get("content-type", "").partition(";")[0] or "no content type"
        detail = f"{found} instead of JSON" if "json" not in found else f"broken JSON: {error}"
        raise ProblemError(unexpected(detail, status=status, request_id=request_id)) from None
    if isinstance(answer, Mapping) and answer.get("error") and "id" not in answer:
        raise ProblemError(_hidden_error(answer, status, request_id))
    return answer


def _hidden_error(answer: Mapping[str, Any], status: int, request_id: str | None) -> Problem:
    """An error that came with the status of a success, as some servers do."""
    said = error_of(answer)
    return Problem(
        "The server reports an error",
        said.message,
        kind=ProblemKind.SERVER,
        code=said.code or said.type,
        param=said.param,
        status=status,
        request_id=request_id,
    )


def reply_of(
    operation: Operation, body: bytes, *, status: int, headers: Mapping[str, str]
) -> Reply:
    """The object in an answer. Raises `ProblemError` when it cannot be what was asked for."""
    answer = json_answer(operation, body, status=status, headers=headers)
    request_id = request_id_of(headers)
    fits = isinstance(answer, Mapping)
    if fits and operation.list:
        fits = rows_of(answer) is not None
    if not fits:
        kind = type(answer).__name__
        raise ProblemError(unexpected(f"a {kind}", status=status, request_id=request_id))
    record = Record(answer, None if operation.list else operation.item)
    if operation.effect is not Effect.DELETES and not record.id and record.malformed:
        fields = ", ".join(sorted(answer)[:5]) or "no fields"
        detail = f"an object without an id, with {fields}"
        raise ProblemError(unexpected(detail, status=status, request_id=request_id))
    return Reply(record=record, status=status, headers=headers, request_id=request_id)


def text_of(body: bytes, *, truncated: bool) -> str | None:
    """The text that bytes are, if they are UTF-8; a character cut at the end is left out."""
    if not _NOT_TEXT.isdisjoint(body[:8192]):
        return None
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        return decoder.decode(body, final=not truncated)
    except UnicodeDecodeError:
        return None
