"""The typed filter line: what it compiles to, where it fails, and the way back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.api.requests.vector_stores import SearchVectorStore
from tui.store.search_filters import FilterError, format_filter, parse_filter


def eq(key: str, value: object) -> dict[str, Any]:
    return {"type": "eq", "key": key, "value": value}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", None),
        ("  ", None),
        ("lang = en", eq("lang", "en")),
        ("lang=en", eq("lang", "en")),
        ("year>=2024", {"type": "gte", "key": "year", "value": 2024}),
        ('year = "2024"', eq("year", "2024")),
        ("draft != true", {"type": "ne", "key": "draft", "value": True}),
        (
            "lang = en and year >= 2024",
            {
                "type": "and",
                "filters": [eq("lang", "en"), {"type": "gte", "key": "year", "value": 2024}],
            },
        ),
        (
            "a = 1 or b = 2 and c = 3",
            {
                "type": "or",
                "filters": [eq("a", 1), {"type": "and", "filters": [eq("b", 2), eq("c", 3)]}],
            },
        ),
        (
            "(a = 1 OR b = 2) AND c = 3",
            {
                "type": "and",
                "filters": [{"type": "or", "filters": [eq("a", 1), eq("b", 2)]}, eq("c", 3)],
            },
        ),
        ("lang in (en, de)", {"type": "in", "key": "lang", "value": ["en", "de"]}),
        ("year not in [2023, 2024]", {"type": "nin", "key": "year", "value": [2023, 2024]}),
        ("\"my key\" = 'a b'", eq("my key", "a b")),
        ("path = docs/a-b.md", eq("path", "docs/a-b.md")),
        ('{"type": "eq", "key": "a", "value": 1}', eq("a", 1)),
    ],
)
def test_a_line_compiles(line: str, expected: object) -> None:
    found = parse_filter(line)
    assert found == expected
    if found is not None:
        SearchVectorStore.model_validate({"query": "x", "filters": found})


@pytest.mark.parametrize(
    ("line", "word", "at"),
    [
        ("lang", "comparison", 4),
        ("lang =", "value", 6),
        ("lang = en year = 3", "“and” or “or”", 10),
        ("lang = en and", "attribute", 13),
        ("and = 3", "attribute", 0),
        ("(a = 1", "“)”", 6),
        ("year > many", "numbers", 7),
        ("not a = 1", "!=", 0),
        ("a in 3", "list", 5),
        ("a in (true)", "texts and numbers", 6),
        ("a in (1 2)", "“,”", 8),
        ("a = 1)", "“and”", 5),
        ('a = "open', "cannot read", 4),
        ("a ~ 1", "expected =", 2),
        ("{", "JSON", 1),
        ('{"type": "near"}', "unknown type", 0),
        ('{"type": "and", "filters": []}', "filters", 0),
        ('{"type": "in", "key": "a", "value": 1}', "list", 0),
        ("(" * 30 + "a = 1" + ")" * 30, "deep", 20),
    ],
)
def test_a_line_that_cannot_be_read_says_what_and_where(line: str, word: str, at: int) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(line)
    assert word in str(caught.value)
    assert caught.value.at == at


KEYS = st.text(min_size=1, max_size=8)
SCALARS = st.one_of(
    st.text(max_size=8), st.integers(-(2**53), 2**53), st.floats(-1e9, 1e9), st.booleans()
)
NUMBERS = st.integers(-1000, 1000)
LISTS = st.lists(st.one_of(st.text(max_size=8), NUMBERS), min_size=1, max_size=4)


def _comparison(types: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda kind, key, value: {"type": kind, "key": key, "value": value},
        st.sampled_from(types),
        KEYS,
        values,
    )


LEAVES = st.one_of(
    _comparison(["eq", "ne"], SCALARS),
    _comparison(["gt", "gte", "lt", "lte"], NUMBERS),
    _comparison(["in", "nin"], LISTS),
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda kind, parts: {"type": kind, "filters": parts},
        st.sampled_from(["and", "or"]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=6,
)


@given(FILTERS)
def test_a_filter_shown_as_a_line_is_read_back(filter: dict[str, Any]) -> None:
    assert parse_filter(format_filter(filter)) == filter
    assert parse_filter(json.dumps(filter)) == filter


@given(st.text(max_size=40))
def test_any_text_gives_a_filter_or_a_reason(text: str) -> None:
    try:
        parse_filter(text)
    except FilterError as error:
        assert str(error)
        assert 0 <= error.at <= len(text)
