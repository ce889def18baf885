"""How requests are read: routes, queries, bodies, and the limits that are counted."""

from __future__ import annotations

import pytest

from tui.core.clock import ManualClock
from tui.sandbox.errors import ApiError
from tui.sandbox.fields import Fields
from tui.sandbox.jsonl import check_jsonl
from tui.sandbox.known_operations import KNOWN_OPERATIONS
from tui.sandbox.limits import REQUESTS_PER_MINUTE, RateLimits, duration
from tui.sandbox.paging import Paging
from tui.sandbox.query import Query
from tui.sandbox.registry import Match, Router, serves
from tui.sandbox.wire import dump_json, load_json


@pytest.fixture(scope="module")
def router() -> Router:
    return Router()


@pytest.mark.parametrize("operation", KNOWN_OPERATIONS, ids=lambda operation: operation.id)
def test_every_operation_is_reached(router: Router, operation: object) -> None:
    path = operation.path.replace("{", "").replace("}", "")  # type: ignore[attr-defined]
    match = router.match(operation.method, path)  # type: ignore[attr-defined]
    assert isinstance(match, Match)
    assert match.operation == operation


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/threads/runs", "createThreadAndRun"),
        ("POST", "/threads/thread_1", "modifyThread"),
        ("POST", "/responses/compact", "Compactconversation"),
        ("POST", "/responses/input_tokens", "Getinputtokencounts"),
        (
            "POST",
            "/organization/certificates/activate",
            "activateOrganizationCertificates",
        ),
        ("POST", "/organization/certificates/cert_1", "modifyCertificate"),
    ],
)
def test_static_segments_win(router: Router, method: str, path: str, operation: str) -> None:
    match = router.match(method, path)
    assert isinstance(match, Match)
    assert match.operation.id == operation


def test_a_static_segment_does_not_hide_other_methods(router: Router) -> None:
    match = router.match("GET", "/responses/compact")
    assert isinstance(match, Match)
    assert (match.operation.id, match.path) == ("getResponse", {"response_id": "compact"})


def test_path_values_are_decoded(router: Router) -> None:
    match = router.match("GET", "/files/a%2Fb%20c/content")
    assert isinstance(match, Match)
    assert match.path == {"file_id": "a/b c"}


def test_paths_and_methods_that_are_not_there(router: Router) -> None:
    assert router.match("PATCH", "/files") == {"GET", "POST"}
    assert router.match("GET", "/files/") == frozenset()
    assert router.match("GET", "") == frozenset()


def test_an_operation_is_declared_once_and_must_be_known() -> None:
    with pytest.raises(ValueError, match="no known operation"):
        serves("makeCoffee")(lambda call: None)  # type: ignore[arg-type, return-value]
    with pytest.raises(ValueError, match="served twice"):
        serves("listModels")(lambda call: None)  # type: ignore[arg-type, return-value]


def test_arrays_and_maps_in_the_query() -> None:
    query = Query(b"a[]=1&a[]=2&b=3&b=4&c[0]=5&c[1]=6&metadata[k]=v&metadata[l]=w&t[gte]=9&e=")
    assert (query.texts("a"), query.texts("b"), query.texts("c")) == (
        ["1", "2"],
        ["3", "4"],
        ["5", "6"],
    )
    assert query.mapping("metadata") == {"k": "v", "l": "w"}
    assert query.mapping("t") == {"gte": "9"}
    assert (query.text("b"), query.text("e"), query.text("f")) == ("4", None, None)
    assert query.boolean("g", True) is True
    with pytest.raises(ApiError):
        query.boolean("b")


def test_paging_reads_its_bounds() -> None:
    page = Paging(before=True).read(Query(b"limit=3&order=asc&after=x&before=y"))
    assert (page.limit, page.order, page.after, page.before) == (3, "asc", "x", "y")
    assert Paging().read(Query(b"before=y")).before is None
    spelled = Paging(orders=("ascending", "descending")).read(Query(b"order=ascending"))
    assert spelled.order == "asc"
    for query, code in (
        (b"limit=0", "integer_below_min_value"),
        (b"limit=101", "integer_above_max_value"),
        (b"limit=1.5", "invalid_type"),
    ):
        with pytest.raises(ApiError) as caught:
            Paging().read(Query(query))
        assert (caught.value.param, caught.value.code) == ("limit", code)


def test_fields_take_null_for_absent() -> None:
    fields = Fields({"a": None, "n": 2.0, "f": 0.5, "s": "x"})
    assert fields.string("a", "default") == "default"
    assert fields.integer("n") == 2
    assert fields.number("f", minimum=0, maximum=1) == 0.5
    assert fields.has("a")
    assert fields.metadata() is None
    with pytest.raises(ApiError) as caught:
        fields.required("a")
    assert caught.value.code == "missing_required_parameter"
    with pytest.raises(ApiError) as caught:
        Fields({"deep": {"x": 1}}).fields("deep").string("x")  # type: ignore[union-attr]
    assert caught.value.param == "deep.x"
    assert "expected a string, but got an integer" in caught.value.message


@pytest.mark.parametrize(
    "text",
    ["NaN", "Infinity", "1e999", "-1e999", "[" * 100_000, '{"a":', "\xff"],
)
def test_json_is_strict(text: str) -> None:
    with pytest.raises(ValueError):
        load_json(text.encode("latin-1"))


def test_lone_surrogates_become_harmless() -> None:
    value = load_json(b'{"\\ud800": ["\\udfff", "\\ud83d\\ude80"]}')
    assert value == {"\ufffd": ["\ufffd", "🚀"]}
    assert dump_json(value).decode("utf-8")


def test_jsonl_names_the_first_bad_line() -> None:
    assert check_jsonl([b'{"a": 1}\n', b"\n", b'{"b": 2}']) is None
    assert "Line 2" in (check_jsonl([b"{}\n", b"nope\n"]) or "")


def test_rate_limits_count_and_refill() -> None:
    clock = ManualClock()
    limits = RateLimits(clock)
    for _ in range(REQUESTS_PER_MINUTE):
        limits.admit()
    assert limits.headers()["x-ratelimit-remaining-requests"] == "0"
    with pytest.raises(ApiError) as caught:
        limits.admit()
    assert caught.value.status == 429
    assert "retry-after" in caught.value.headers
    clock._now += 30
    assert limits.requests.remaining() == REQUESTS_PER_MINUTE // 2
    limits.admit()
    limits.tokens.spend(10**9)
    with pytest.raises(ApiError) as caught:
        limits.admit()
    assert caught.value.type == "tokens"
    assert [duration(s) for s in (0.25, 1, 62, 360)] == ["250ms", "1s", "1m2s", "6m0s"]
