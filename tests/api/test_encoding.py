"""Queries and paths."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.conftest import endpoint
from tui.api.encoding import encode_query, fill_path

PLAIN = st.text(st.characters(exclude_categories=("Cs",)), max_size=10)
NAME = PLAIN.filter(lambda text: text != "" and "[" not in text and "]" not in text)
SCALAR = st.one_of(PLAIN, st.integers(), st.booleans())


def text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_the_platforms_habits() -> None:
    query = {
        "project_ids": ["a", "b"],
        "effective_at": {"gte": 1, "lt": 2},
        "metadata": {"team name": "x&y"},
        "include": [],
        "after": None,
        "order": "asc",
        "include_deleted": False,
    }
    assert encode_query(query) == (
        "project_ids[]=a&project_ids[]=b&effective_at[gte]=1&effective_at[lt]=2"
        "&metadata[team%20name]=x%26y&order=asc&include_deleted=false"
    )
    assert encode_query({"api-version": "1", "limit": 1}, {"limit": 2}) == "api-version=1&limit=2"
    assert encode_query(None, {}) == ""


@given(
    st.dictionaries(NAME, SCALAR, max_size=4),
    st.dictionaries(NAME, st.lists(SCALAR, min_size=1, max_size=3), max_size=2),
    st.dictionaries(NAME, st.dictionaries(NAME, SCALAR, min_size=1, max_size=3), max_size=2),
)
def test_whatever_goes_in_comes_out(
    scalars: dict[str, Any], lists: dict[str, Any], maps: dict[str, Any]
) -> None:
    query = {**scalars, **lists, **maps}
    expected = []
    for name, value in query.items():
        if isinstance(value, dict):
            expected += [(f"{name}[{key}]", text(inner)) for key, inner in value.items()]
        elif isinstance(value, list):
            expected += [(f"{name}[]", text(inner)) for inner in value]
        else:
            expected.append((name, text(value)))
    encoded = encode_query(query)
    assert re.fullmatch(r"[A-Za-z0-9_.~%&=\[\]-]*", encoded)
    assert parse_qsl(encoded, keep_blank_values=True) == expected


@given(st.text(min_size=1, max_size=20))
def test_an_id_stays_one_segment(identifier: str) -> None:
    if identifier in (".", ".."):
        return
    path = fill_path("/files/{file_id}/content", {"file_id": identifier})
    segments = path.split("/")
    assert len(segments) == 4 and "?" not in path and "#" not in path
    if identifier.isprintable() and max(identifier) < "\ud800":
        assert unquote(segments[2]) == identifier


@pytest.mark.parametrize("identifier", ["", ".", ".."])
def test_ids_that_would_walk_the_tree(identifier: str) -> None:
    with pytest.raises(ValueError, match="file_id"):
        fill_path("/files/{file_id}", {"file_id": identifier})


@pytest.mark.parametrize("base", ["http://h/v1", "http://h/v1/", "http://h/v1//"])
def test_one_slash_at_the_join(base: str) -> None:
    assert endpoint(base).url("/files") == "http://h/v1/files"
