"""Attribute filters: each comparison, each type, nesting, and the words of each refusal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sandbox.attribute_filters import FilterError, compile_filter, matches

FILE = {"team": "billing", "year": 2026, "draft": False, "score": 0.5, "day": "2026-03-01"}


@pytest.mark.parametrize(
    ("kind", "key", "value", "expected"),
    [
        ("eq", "team", "billing", True),
        ("eq", "team", "Billing", False),
        ("eq", "draft", False, True),
        ("eq", "draft", 0, False),
        ("eq", "year", 2026.0, True),
        ("eq", "absent", "x", False),
        ("ne", "team", "legal", True),
        ("ne", "absent", "x", True),
        ("gt", "year", 2025, True),
        ("gt", "year", 2026, False),
        ("gte", "year", 2026, True),
        ("lt", "score", 0.6, True),
        ("lte", "score", 0.5, True),
        ("lt", "team", 5, False),
        ("gte", "day", "2026-01-01", True),
        ("gt", "absent", 1, False),
        ("in", "team", ["legal", "billing"], True),
        ("in", "year", ["2026"], False),
        ("nin", "team", ["legal"], True),
        ("nin", "absent", ["x"], True),
        ("nin", "year", [2026], False),
    ],
)
def test_comparisons(kind: str, key: str, value: Any, expected: bool) -> None:
    assert matches({"type": kind, "key": key, "value": value}, FILE) is expected


def test_compounds_nest() -> None:
    young = {"type": "gte", "key": "year", "value": 2026}
    legal = {"type": "eq", "key": "team", "value": "legal"}
    either = {"type": "or", "filters": [legal, young]}
    assert matches(either, FILE)
    assert not matches({"type": "and", "filters": [either, legal]}, FILE)
    assert matches(None, None)


@pytest.mark.parametrize(
    ("condition", "param", "words"),
    [
        ("x", "filters", "expected an object, but got a string"),
        ({}, "filters.type", "Missing required parameter"),
        ({"type": "like", "key": "a", "value": 1}, "filters.type", "Supported values are: 'eq'"),
        ({"type": "eq", "value": 1}, "filters.key", "Missing required parameter"),
        ({"type": "eq", "key": "a"}, "filters.value", "Missing required parameter"),
        ({"type": "eq", "key": "a", "value": None}, "filters.value", "but got null"),
        ({"type": "eq", "key": "a", "value": [1]}, "filters.value", "but got an array"),
        ({"type": "gt", "key": "a", "value": True}, "filters.value", "numbers or strings"),
        ({"type": "in", "key": "a", "value": 1}, "filters.value", "takes an array"),
        ({"type": "in", "key": "a", "value": [{}]}, "filters.value[0]", "but got an object"),
        ({"type": "and", "filters": []}, "filters.filters", "non-empty"),
        (
            {"type": "and", "filters": [{"type": "eq", "key": "a", "value": 1}, 3]},
            "filters.filters[1]",
            "but got a number",
        ),
    ],
)
def test_refusals_name_the_place(condition: Any, param: str, words: str) -> None:
    with pytest.raises(FilterError, match=words) as caught:
        compile_filter(condition)
    assert caught.value.param == param


def test_endless_nesting_is_refused() -> None:
    condition: dict[str, Any] = {"type": "eq", "key": "a", "value": 1}
    for _ in range(40):
        condition = {"type": "and", "filters": [condition]}
    with pytest.raises(FilterError, match="too deeply"):
        compile_filter(condition)


VALUES = st.one_of(st.text(max_size=4), st.integers(-5, 5), st.booleans())


@given(st.dictionaries(st.sampled_from("abc"), VALUES), st.sampled_from("abc"), VALUES)
def test_negations_are_complements(attributes: dict[str, Any], key: str, value: Any) -> None:
    def holds(kind: str, what: Any) -> bool:
        return matches({"type": kind, "key": key, "value": what}, attributes)

    assert holds("eq", value) is not holds("ne", value)
    assert holds("in", [value]) is not holds("nin", [value])
    assert holds("in", [value]) is holds("eq", value)
