"""Search order: the right text first, scores within bounds, ties that never move."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.sandbox.embedding import embed
from tui.sandbox.ranking import Candidate, rank

TEXTS = {
    "refund": "Refunds are paid to the original card within five working days after approval.",
    "mooring": "A mooring line must be doubled when the forecast says force seven or more.",
    "leave": "Parental leave is twenty-six weeks at full pay, to be announced in writing.",
    "vat": "VAT invoices are sent on the first working day of the month by electronic mail.",
    "deploy": "A deployment is rolled back when the error rate passes two percent for a minute.",
}
CHUNKS = [Candidate(key, text, embed(text)) for key, text in TEXTS.items()]


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("When will my refund arrive on the card?", "refund"),
        ("storm: what about the mooring lines", "mooring"),
        ("how long is parental leave", "leave"),
        ("rollback of a deployment after errors", "deploy"),
        ("invoice", "vat"),
    ],
)
@pytest.mark.parametrize("ranker", ["auto", "none"])
def test_the_right_text_comes_first(query: str, key: str, ranker: str) -> None:
    found = rank(query, CHUNKS, limit=3, ranker=ranker)
    assert found[0].chunk.key == key
    assert 0.15 < found[0].score <= 1.0


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.integers(0, 6), st.floats(0, 1))
def test_bounds_hold_for_any_query(query: str, limit: int, threshold: float) -> None:
    found = rank(query, CHUNKS, limit=limit, score_threshold=threshold)
    assert len(found) <= limit
    assert all(threshold <= one.score <= 1.0 and one.score > 0 for one in found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert found == rank(query, list(reversed(CHUNKS)), limit=limit, score_threshold=threshold)


def test_several_queries_count_by_their_best() -> None:
    found = rank(["refund to card", "mooring line"], CHUNKS, limit=2)
    assert {one.chunk.key for one in found} == {"refund", "mooring"}


def test_weights_choose_the_part() -> None:
    only_text = rank("mooring line", CHUNKS, limit=1, embedding_weight=0, text_weight=2)[0]
    assert only_text.score == pytest.approx(only_text.text_score)
    only_vector = rank("mooring line", CHUNKS, limit=1, embedding_weight=1, text_weight=0)[0]
    assert only_vector.score == pytest.approx(only_vector.embedding_score)


def test_equal_chunks_stay_in_the_order_of_their_keys() -> None:
    same = [Candidate(key, "tide table", embed("tide table")) for key in ("c", "a", "b")]
    assert [one.chunk.key for one in rank("tide", same, limit=3)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "arguments",
    [{"ranker": "magic"}, {"embedding_weight": -1}, {"embedding_weight": 0, "text_weight": 0}],
)
def test_wrong_options_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"ranker|weight"):
        rank("x", CHUNKS, limit=1, **arguments)


def test_nothing_shared_nothing_found() -> None:
    assert rank("", CHUNKS, limit=5) == []
    assert rank("tide", [], limit=5) == []
