"""Errors of all makes become words (contract 2.3), and sections that are gone say so."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.api.conftest import endpoint
from tui.api.capabilities import Capabilities, Presence
from tui.api.lifecycle import Stage, phase_of, phase_of_operation, refused
from tui.api.operation import Effect, Operation
from tui.api.operations.files import CREATE_FILE, GET_FILE, LIST_FILES
from tui.api.operations.vector_stores import LIST_VECTOR_STORE_FILES, LIST_VECTOR_STORES
from tui.api.problems import from_answer, read_error, unexpected
from tui.core.errors import Problem, ProblemKind
from tui.core.safe_text import harmless
from tui.core.settings import ServerKind

NOW = 1_795_000_000.0
"""18 Nov 2026."""

LIST_ASSISTANTS = Operation(
    id="listAssistants",
    method="GET",
    path="/assistants",
    section="Assistants",
    resource="assistants",
    list=True,
)
CREATE_EVAL = Operation(
    id="createEval",
    method="POST",
    path="/evals",
    section="Evals",
    resource="evals",
    effect=Effect.CREATES,
)
CREATE_JOB = Operation(
    id="createFineTuningJob",
    method="POST",
    path="/fine_tuning/jobs",
    section="Fine-tuning",
    resource="fine_tuning.jobs",
    effect=Effect.CREATES,
)
COSTS = Operation(
    id="usage-costs",
    method="GET",
    path="/organization/costs",
    section="Usage",
    resource="usage",
    list=True,
    admin=True,
)


def problem(status: int, body: bytes = b"", operation: Operation = GET_FILE, **changes: Any) -> Any:
    return from_answer(
        operation, endpoint(**changes), status=status, headers={}, body=body, now=NOW
    )


@pytest.mark.parametrize(
    ("body", "message", "code", "param"),
    [
        (
            b'{"error":{"message":"No such file","type":"t","param":"id","code":"nope"}}',
            "No such file",
            "nope",
            "id",
        ),
        (b'{"error":{"message":"m","type":null,"param":null,"code":501}}', "m", "501", None),
        (b'{"error":{"message":"m","code":"None","param":"None"}}', "m", None, None),
        (b'{"error":"model not loaded"}', "model not loaded", None, None),
        (b'{"detail":"Not Found"}', "Not Found", None, None),
        (
            b'{"detail":[{"loc":["body","model"],"msg":"field required"},{"msg":"bad"}]}',
            "body.model: field required; bad",
            None,
            None,
        ),
        (b'{"detail":{"message":"inner"}}', "inner", None, None),
        (b'{"message":"m","code":"c"}', "m", "c", None),
        (b"404 page not found\n", "404 page not found", None, None),
        (
            b"<html><head><title>502 Bad Gateway</title></head><body>x",
            "502 Bad Gateway",
            None,
            None,
        ),
        (b"<p>Down <b>now</b></p><script>evil()</script>", "Down now", None, None),
        (b'"just text"', "just text", None, None),
        (b"[]", "", None, None),
        (b"", "", None, None),
    ],
)
def test_error_bodies(body: bytes, message: str, code: str | None, param: str | None) -> None:
    said = read_error(body)
    assert (said.message, said.code, said.param) == (message, code, param)


def test_hostile_words_are_cut_cleaned_and_freed_of_keys() -> None:
    body = b"sk-abcdefgh12345678 \x1b]52;c;x\x07 [@click=app.quit] \xff " + b"x" * 100_000
    detail = problem(500, body).detail
    assert len(detail) <= 300 and harmless(detail)
    assert "abcdefgh" not in detail and "[@click=app.quit]" in detail


@pytest.mark.parametrize(
    ("status", "body", "operation", "kind"),
    [
        (401, b"", GET_FILE, ProblemKind.UNAUTHORIZED),
        (403, b"", GET_FILE, ProblemKind.FORBIDDEN),
        (
            403,
            b'{"error":{"message":"Missing scopes: api.usage.read"}}',
            GET_FILE,
            ProblemKind.NEEDS_ADMIN,
        ),
        (
            401,
            b'{"error":{"message":"Missing scopes: api.model.read"}}',
            COSTS,
            ProblemKind.FORBIDDEN,
        ),
        (
            401,
            b'{"error":{"code":"invalid_beta","message":"OpenAI-Beta"}}',
            GET_FILE,
            ProblemKind.INVALID,
        ),
        (404, b"", GET_FILE, ProblemKind.NOT_FOUND),
        (404, b"", LIST_FILES, ProblemKind.ABSENT),
        (405, b"", LIST_FILES, ProblemKind.ABSENT),
        (501, b"", GET_FILE, ProblemKind.ABSENT),
        (404, b"", LIST_VECTOR_STORE_FILES, ProblemKind.NOT_FOUND),
        (400, b"", GET_FILE, ProblemKind.INVALID),
        (422, b"", GET_FILE, ProblemKind.INVALID),
        (409, b"", GET_FILE, ProblemKind.CONFLICT),
        (413, b"", CREATE_FILE, ProblemKind.INVALID),
        (429, b"", GET_FILE, ProblemKind.RATE_LIMITED),
        (429, b'{"error":{"type":"insufficient_quota"}}', GET_FILE, ProblemKind.QUOTA),
        (500, b"", GET_FILE, ProblemKind.SERVER),
        (504, b"", GET_FILE, ProblemKind.TIMEOUT),
        (500, b"", CREATE_FILE, ProblemKind.UNCERTAIN),
        (503, b"", CREATE_FILE, ProblemKind.SERVER),
        (302, b"", GET_FILE, ProblemKind.UNEXPECTED),
    ],
)
def test_statuses(status: int, body: bytes, operation: Operation, kind: ProblemKind) -> None:
    made = problem(status, body, operation)
    assert made.kind is kind and made.status == status
    assert made.title and not made.title.endswith(".")


def test_a_server_that_wants_a_key_where_there_is_none() -> None:
    assert problem(401, key=None).title == "The server wants a key"


def test_a_section_that_openai_removed() -> None:
    made = problem(404, operation=LIST_ASSISTANTS, kind=ServerKind.OPENAI)
    assert made.kind is ProblemKind.ABSENT and "26 Aug 2026" in made.hint
    elsewhere = problem(404, operation=LIST_ASSISTANTS)
    assert elsewhere.kind is ProblemKind.ABSENT and "2026" not in elsewhere.hint


@pytest.mark.parametrize(
    ("section", "day", "stage"),
    [
        ("Assistants", date(2025, 1, 1), None),
        ("Assistants", date(2026, 8, 25), Stage.CLOSING),
        ("Assistants", date(2026, 8, 26), Stage.SHUT_DOWN),
        ("Evals", date(2026, 10, 30), None),
        ("Evals", date(2026, 11, 29), Stage.READ_ONLY),
        ("Evals", date(2026, 11, 30), Stage.SHUT_DOWN),
        ("Files", date(2027, 1, 1), None),
        ("Fine-tuning", date(2027, 1, 6), None),
    ],
)
def test_lifecycles(section: str, day: date, stage: Stage | None) -> None:
    phase = phase_of(section, ServerKind.OPENAI, today=day)
    assert (phase.stage if phase else None) == stage
    for kind in (ServerKind.SANDBOX, ServerKind.COMPATIBLE, ServerKind.AZURE):
        assert phase_of(section, kind, today=day) is None


def test_what_is_certain_to_fail() -> None:
    november, january = date(2026, 11, 18), date(2027, 1, 6)
    assert refused(CREATE_EVAL, ServerKind.OPENAI, today=november) is not None
    assert refused(CREATE_JOB, ServerKind.OPENAI, today=november) is None
    phase = phase_of_operation(CREATE_JOB, ServerKind.OPENAI, today=november)
    assert phase is not None and phase.stage is Stage.CLOSING
    assert refused(CREATE_JOB, ServerKind.OPENAI, today=january) is not None
    assert refused(LIST_FILES, ServerKind.OPENAI, today=january) is None


def test_capabilities_are_learned_from_lists_alone() -> None:
    known = Capabilities(ServerKind.COMPATIBLE)
    absent = Problem("x", kind=ProblemKind.ABSENT, status=404)
    assert known.presence("Files") is Presence.UNKNOWN
    known.learn(GET_FILE, absent)
    known.learn(LIST_VECTOR_STORE_FILES, absent)
    assert known.presence("Files") is Presence.UNKNOWN
    known.learn(LIST_FILES, absent)
    known.learn(LIST_VECTOR_STORES, None)
    assert known.presence("Files") is Presence.ABSENT
    assert known.presence("Vector stores") is Presence.PRESENT
    known.learn(LIST_FILES, Problem("x", kind=ProblemKind.SERVER, status=500))
    assert known.presence("Files") is Presence.ABSENT
    known.forget("Files")
    assert known.presence("Files") is Presence.UNKNOWN
    known.learn(LIST_FILES, Problem("x", kind=ProblemKind.UNAUTHORIZED))
    assert known.presence("Files") is Presence.UNKNOWN
    known.learn(LIST_FILES, Problem("x", kind=ProblemKind.UNAUTHORIZED, status=401))
    assert known.presence("Files") is Presence.WRONG_KEY
    known.forget()
    assert dict(known.learned.value) == {}


def test_one_absent_list_says_nothing_against_a_present_sibling() -> None:
    known = Capabilities(ServerKind.AZURE)
    assert known.presence("Usage") is Presence.ABSENT
    known.learn(COSTS, None)
    known.learn(COSTS, Problem("x", kind=ProblemKind.ABSENT, status=404))
    assert known.presence("Usage") is Presence.PRESENT


def test_unexpected_keeps_the_request_id() -> None:
    made = unexpected("text/html instead of JSON", status=200, request_id="req_1")
    assert (made.kind, made.request_id) == (ProblemKind.UNEXPECTED, "req_1")
