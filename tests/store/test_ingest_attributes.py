"""Attributes as typed: types, quotes, limits, and the way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.store.ingest_attributes import (
    AttributeValue,
    format_attribute,
    format_attribute_line,
    parse_attribute,
    parse_attribute_line,
    parse_attributes,
    type_name,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024", 2024),
        (" -7 ", -7),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("false", False),
        ("True", "True"),
        ('"2024"', "2024"),
        ("'true'", "true"),
        ('"say \\"hi\\""', 'say "hi"'),
        ("007", "007"),
        ("+5", "+5"),
        ("1_000", "1_000"),
        ("nan", "nan"),
        ("Infinity", "Infinity"),
        ("1e999", "1e999"),
        ("9" * 5000, "9" * 5000),
        ("12345678901234567890", "12345678901234567890"),
        ("٣", "٣"),
        ("", ""),
        ('""', ""),
        ('"', '"'),
        ("it's", "it's"),
    ],
)
def test_what_was_typed_has_the_type_that_was_meant(text: str, value: AttributeValue) -> None:
    read = parse_attribute(text)
    assert read == value
    assert type(read) is type(value)


VALUES = st.one_of(
    st.text(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["2024", "true", "1.0", " x", "'a'", '"', "\\", "a,b", "a=b"]),
)


@given(VALUES)
def test_what_is_shown_is_read_back(value: AttributeValue) -> None:
    read = parse_attribute(format_attribute(value))
    assert read == value
    assert type(read) is type(value)


KEYS = st.text(st.characters(exclude_characters='"', exclude_categories=("C", "Z")), min_size=1)


@given(st.dictionaries(KEYS.map(lambda key: key[:64]), VALUES, max_size=16))
def test_a_line_is_read_back(attributes: dict[str, AttributeValue]) -> None:
    attributes = {key: value for key, value in attributes.items() if len(str(value)) <= 512}
    assert parse_attribute_line(format_attribute_line(attributes)) == attributes


def test_a_line_with_commas_in_quotes() -> None:
    assert parse_attribute_line('lang = en, year=2024, title = "a, b", "my key" = true') == {
        "lang": "en",
        "year": 2024,
        "title": "a, b",
        "my key": True,
    }


@pytest.mark.parametrize(
    ("line", "word"),
    [("lang", "name = value"), ("a = 1, = 2", "name = value"), ("a=1,a=2", "twice")],
)
def test_a_line_that_cannot_be_read_says_where(line: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        parse_attribute_line(line)


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        ([("k" * 65, "1")], "64"),
        ([("k", "v" * 513)], "512"),
        ([(f"k{i}", "1") for i in range(17)], "16"),
        ([("", "lost")], "no name"),
    ],
)
def test_what_the_server_would_refuse_is_said_before(
    pairs: list[tuple[str, str]], word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        parse_attributes(pairs)


def test_types_have_names() -> None:
    assert [type_name(v) for v in (True, 1, 1.5, "x")] == ["yes/no", "number", "number", "text"]
