from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from tui.api.requests.common import Attributes, Metadata, RequestModel, WholeModel
from tui.catalog import forms
from tui.catalog.form_fields import specs_of
from tui.catalog.forms import FieldKind, FieldSpec, check, empty, fields_of, parse, text_of
from tui.core.safe_text import harmless


class Lifetime(WholeModel):
    anchor: Literal["created_at"] = Field(default="created_at", description="From when.")
    days: int = Field(ge=1, le=365, description="How many.")


class Deep(RequestModel):
    type: Literal["deep"]
    inner: dict[str, Any]


class Everything(RequestModel):
    model: str = Field(min_length=1, description="Which one.")
    name: Annotated[str, Field(max_length=64)] | None = Field(default=None, description="A name.")
    instructions: str | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    epochs: Literal["auto"] | Annotated[int, Field(ge=1, le=50)] | None = None
    stream: bool | None = None
    effort: Literal["low", "high"] | None = None
    tags: list[str] | None = None
    metadata: Metadata | None = None
    attributes: Attributes | None = None
    expires_after: Lifetime | None = Field(default=None, description="When it goes.")
    tools: list[Deep] | None = None
    stop: str | list[str] | None = None
    effective_at: int | None = None
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    forms.request_model.cache_clear()
    fields_of.cache_clear()
    monkeypatch.setattr(forms, "request_model", lambda _request: Everything)
    yield "tests:Everything"
    fields_of.cache_clear()


def spec(name: str) -> FieldSpec:
    return next(each for each in specs_of(Everything) if each.name == name)


def test_every_annotation_becomes_a_kind() -> None:
    kinds = {each.name: each.kind for each in specs_of(Everything)}
    assert kinds == {
        "model": FieldKind.ID,
        "name": FieldKind.TEXT,
        "instructions": FieldKind.MULTILINE,
        "temperature": FieldKind.NUMBER,
        "epochs": FieldKind.INTEGER,
        "stream": FieldKind.BOOL,
        "effort": FieldKind.CHOICE,
        "tags": FieldKind.LIST,
        "metadata": FieldKind.PAIRS,
        "attributes": FieldKind.PAIRS,
        "expires_after.days": FieldKind.INTEGER,
        "tools": FieldKind.JSON,
        "stop": FieldKind.JSON,
        "effective_at": FieldKind.DATE,
        "schema": FieldKind.JSON,
    }
    assert spec("epochs").choices == ("auto",)
    assert (spec("epochs").minimum, spec("epochs").maximum) == (1, 50)
    assert (spec("temperature").minimum, spec("temperature").maximum) == (0, 2)
    assert spec("name").max_length == 64
    assert spec("model").resource == "models" and spec("model").required
    assert spec("attributes").typed_pairs and not spec("metadata").typed_pairs
    assert spec("expires_after.days").help == "When it goes. How many."
    assert spec("stop").plain_text and not spec("tools").plain_text


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("name", " as it is ", " as it is "),
        ("temperature", "0.7", 0.7),
        ("epochs", "auto", "auto"),
        ("epochs", "1,000", 1000),
        ("stream", "Yes", True),
        ("stream", "off", False),
        ("effort", "high", "high"),
        ("tags", "a, b ,c", ["a", "b", "c"]),
        ("tags", '["a,b"]', ["a,b"]),
        ("metadata", "team=support, ticket=7", {"team": "support", "ticket": "7"}),
        ("attributes", "n=7, ok=true, s=x", {"n": 7, "ok": True, "s": "x"}),
        ("metadata", '{"a": "1,2"}', {"a": "1,2"}),
        ("stop", "END", "END"),
        ("stop", '["a"]', ["a"]),
        ("effective_at", "1764000000", 1764000000),
    ],
)
def test_texts_become_values(name: str, text: str, value: object) -> None:
    assert parse(spec(name), text) == value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("temperature", "warm", "a number"),
        ("epochs", "1.5", "whole number"),
        ("stream", "maybe", "yes or no"),
        ("effort", "medium", "low, high"),
        ("metadata", "team", "key=value"),
        ("tools", "[", "not JSON"),
        ("tools", "[" * 100_000, "not JSON"),
        ("effective_at", "soon", "a date"),
    ],
)
def test_what_is_no_value_says_why(name: str, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(spec(name), text)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4))
def test_pairs_survive_their_text(pairs: dict[str, str]) -> None:
    for name in ("metadata", "attributes"):
        assert parse(spec(name), text_of(spec(name), pairs)) == pairs


@given(st.lists(st.text(max_size=8), max_size=4))
def test_lists_survive_their_text(items: list[str]) -> None:
    kept = [item for item in items if item.strip() == item and item and not item.startswith("[")]
    assert parse(spec("tags"), text_of(spec("tags"), kept)) == kept


def test_a_body_holds_what_was_given_alone(everything: str) -> None:
    assert check(everything, {"model": "m", "expires_after.days": 7}).body == {
        "model": "m",
        "expires_after": {"anchor": "created_at", "days": 7},
    }
    assert check(everything, {"model": "m", "name": None, "schema": {}}).body == {
        "model": "m",
        "name": None,
        "schema": {},
    }


def test_errors_stand_beside_their_fields(everything: str) -> None:
    wrong = {
        "name": "x" * 65,
        "temperature": 3,
        "expires_after.days": 0,
        "metadata": {"k": 5},
        "tools": [{"type": "deep"}],
    }
    errors = check(everything, wrong).errors
    assert set(errors) == {"model", *wrong}
    assert errors["model"] == "is needed"
    assert errors["temperature"] == "should be less than or equal to 2"
    assert "inner" in errors["tools"]
    assert check(everything, {"model": "m", "what": 1}).errors.keys() == {""}


def test_hostile_values_make_harmless_errors(everything: str) -> None:
    errors = check(everything, {"model": "m", "metadata": {"\x1b]52;": 1}}).errors
    assert errors and all(harmless(text) for text in errors.values())


def test_an_emptied_field_says_so_in_its_own_way() -> None:
    assert empty(spec("metadata")) == {} and empty(spec("tags")) == []
    assert empty(spec("name")) is None and empty(spec("model")) == ""


def test_the_required_fields_come_first() -> None:
    names = [each.name for each in fields_of("vector_stores:AttachFile")]
    assert names[0] == "file_id"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("auto", {"type": "auto"}),
        ("static 800/400", {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}),
        ("600 / 100", {"max_chunk_size_tokens": 600, "chunk_overlap_tokens": 100}),
        ('{"type": "auto"}', {"type": "auto"}),
    ],
)
def test_a_chunking_strategy_is_typed_in_words(text: str, value: dict[str, object]) -> None:
    spec = next(
        s for s in fields_of("vector_stores:CreateVectorStore") if s.name == "chunking_strategy"
    )
    wanted = value if "type" in value else {"type": "static", "static": value}
    assert parse(spec, text) == wanted
    assert parse(spec, text_of(spec, wanted)) == wanted
    checked = check("vector_stores:CreateVectorStore", {"chunking_strategy": parse(spec, text)})
    assert checked.body == {"chunking_strategy": wanted}
    with pytest.raises(ValueError, match="static 800/400"):
        parse(spec, "large")
