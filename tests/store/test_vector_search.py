"""The search lab: what is sent, what is shown, what changed against the search before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.api.operation import Operation
from tui.api.records import Record
from tui.api.requests.vector_stores import SearchVectorStore
from tui.core.clock import ManualClock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.store.vector_search import SearchQuery, VectorSearch, matches
from tui.store.views import Phase
from tui.worker.lanes import Scope
from tui.worker.scheduler import Scheduler


@dataclass
class FakeReply:
    record: Record
    poll_after: float | None = None


@dataclass
class FakeApi:
    answers: list[Mapping[str, Any] | Problem] = field(default_factory=list)
    bodies: list[Mapping[str, Any]] = field(default_factory=list)
    gates: list[asyncio.Event] = field(default_factory=list)

    async def call(
        self, op: Operation, *, path: Mapping[str, str], body: Mapping[str, Any]
    ) -> FakeReply:
        self.bodies.append(body)
        answer = self.answers.pop(0)
        if self.gates:
            await self.gates.pop(0).wait()
        if isinstance(answer, Problem):
            raise ProblemError(answer)
        return FakeReply(Record(answer))


def row(file: str, score: float, text: str, **attributes: object) -> dict[str, Any]:
    return {
        "file_id": file,
        "filename": f"{file}.md",
        "score": score,
        "attributes": attributes or None,
        "content": [{"type": "text", "text": text}],
    }


def answer(*rows: Mapping[str, Any], query: object = None) -> dict[str, Any]:
    return {
        "object": "vector_store.search_results.page",
        "search_query": query,
        "data": rows and [*rows],
    }


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
async def lab(api: FakeApi) -> VectorSearch:
    clock = ManualClock()
    return VectorSearch("vs_1", api, scheduler=Scheduler(clock), clock=clock)  # type: ignore[arg-type]


async def run(lab: VectorSearch, query: SearchQuery) -> None:
    assert lab.run(query, Scope("test")) == {}
    await lab._scheduler.idle()


QUERY = SearchQuery(text="refund days")


async def test_a_search_shows_chunks_with_their_scores(lab: VectorSearch, api: FakeApi) -> None:
    api.answers = [
        answer(row("a", 0.9, "Refunds\x1b take 3 days", lang="en", year=2024), row("b", 0.5, "x"))
    ]
    await run(lab, QUERY)
    view = lab.view.value
    assert view.phase is Phase.READY
    assert [chunk.rank for chunk in view.chunks] == [1, 2]
    assert view.chunks[0].text == "Refunds␛ take 3 days"
    assert view.chunks[0].attributes == (("lang", "en"), ("year", "2024"))
    assert view.best == 0.9
    assert not view.compared
    assert api.bodies == [{"query": "refund days"}]


async def test_only_what_differs_from_the_defaults_is_sent(lab: VectorSearch, api: FakeApi) -> None:
    api.answers = [answer()]
    query = SearchQuery(
        text=" refund ",
        results=5,
        filter_text="lang = en and year >= 2024",
        ranker="none",
        threshold=0.4,
        rewrite=True,
    )
    await run(lab, query)
    body = api.bodies[0]
    assert body["query"] == "refund"
    assert body["max_num_results"] == 5
    assert body["filters"]["type"] == "and"
    assert body["ranking_options"] == {"ranker": "none", "score_threshold": 0.4}
    assert body["rewrite_query"] is True
    SearchVectorStore.model_validate(body)


async def test_another_setting_is_compared_with_the_search_before(
    lab: VectorSearch, api: FakeApi
) -> None:
    api.answers = [
        answer(row("a", 0.9, "one"), row("b", 0.8, "two")),
        answer(row("b", 0.9, "two"), row("c", 0.7, "three"), row("a", 0.6, "one")),
        answer(row("a", 0.9, "one")),
    ]
    await run(lab, QUERY)
    await run(lab, replace(QUERY, ranker="none"))
    view = lab.view.value
    assert view.compared
    assert [chunk.was for chunk in view.chunks] == [2, None, 1]
    await run(lab, SearchQuery(text="something else"))
    assert not lab.view.value.compared
    assert [query.text for query in lab.view.value.history] == [
        "something else",
        "refund days",
        "refund days",
    ]


async def test_what_is_wrong_is_said_before_anything_is_sent(
    lab: VectorSearch, api: FakeApi
) -> None:
    query = SearchQuery(text=" ", results=51, filter_text="lang =", threshold=1.5)
    faults = lab.run(query, Scope("test"))
    assert set(faults) == {"text", "results", "filter_text", "threshold"}
    assert "character 7" in faults["filter_text"]
    assert api.bodies == []


async def test_a_failure_keeps_the_history_and_can_be_repeated(
    lab: VectorSearch, api: FakeApi
) -> None:
    api.answers = [Problem("Down", kind=ProblemKind.SERVER), answer(row("a", 0.9, "one"))]
    await run(lab, QUERY)
    assert lab.view.value.phase is Phase.FAILED
    assert lab.view.value.history == (QUERY,)
    await run(lab, QUERY)
    assert lab.view.value.phase is Phase.READY
    assert lab.view.value.problem is None


async def test_a_late_answer_to_an_older_search_is_dropped(lab: VectorSearch, api: FakeApi) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    api.gates = [first, second]
    api.answers = [answer(row("a", 0.9, "old")), answer(row("b", 0.9, "new"))]
    scope = Scope("test")
    lab.run(QUERY, scope)
    lab.run(replace(QUERY, results=5), scope)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second.set()
    await asyncio.sleep(0.001)
    first.set()
    await lab._scheduler.idle()
    assert [chunk.text for chunk in lab.view.value.chunks] == ["new"]


async def test_an_answer_of_another_shape_is_shown_as_far_as_it_goes(
    lab: VectorSearch, api: FakeApi
) -> None:
    api.answers = [
        {
            "search_query": ["refund", "days"],
            "data": [{"file_id": None, "score": "0.5", "content": "plain"}, "nonsense", {}],
        },
        {"data": None},
    ]
    await run(lab, QUERY)
    view = lab.view.value
    assert [chunk.text for chunk in view.chunks] == ["plain", ""]
    assert view.chunks[0].score == 0.5
    assert view.asked == "refund · days"
    await run(lab, QUERY)
    assert lab.view.value.chunks == ()


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("Refunds are paid in days", "refund days", ["Refunds", "days"]),
        ("Über die Rückgabe", "uber ruckgabe", ["Über", "Rückgabe"]),
        ("what is the policy", "what is the policy", ["policy"]),
        ("to be or not", "to be", ["to", "be"]),
        ("cancellation and cancelling", "cancellation", ["cancellation"]),
        ("nothing here", "", []),
    ],
)
def test_words_of_the_query_are_found_in_other_forms(
    text: str, query: str, found: list[str]
) -> None:
    assert [text[begin:end] for begin, end in matches(text, query)] == found


@given(st.text(max_size=60), st.text(max_size=20))
def test_matches_are_places_in_the_text(text: str, query: str) -> None:
    at = 0
    for begin, end in matches(text, query):
        assert at <= begin < end <= len(text)
        at = end
