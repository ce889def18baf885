"""cupola-echo: honest text, true counts, limits, stops, orders, tools and schemas."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.sandbox import echo, tokens
from tui.sandbox.echo import EchoRequest, Reply
from tui.sandbox.echo_schema import Filler, instance
from tui.sandbox.echo_tools import Tool, ToolChoice

WEATHER = Tool(
    "get_weather",
    "Current weather of a city",
    {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            "days": {"type": "integer", "minimum": 1, "maximum": 7},
        },
        "required": ["city", "unit"],
    },
)
BERTHS = Tool("list_berths", "Free berths at the quay", {"type": "object", "properties": {}})


def ask(prompt: str, **options: Any) -> Reply:
    return echo.reply(EchoRequest([{"role": "user", "content": prompt}], **options))


def test_the_plain_answer_names_itself_and_the_salient_words() -> None:
    text = ask("Where does the ferry to Bergen moor in a storm?").text
    assert text == (
        "I am cupola-echo, a rule engine of the Cupola sandbox, not a language model. Your message"
        " has 12 tokens and speaks of: ferry, Bergen, moor, storm. Ask me to be slow, to refuse,"
        " for a long answer, Markdown, a code sample, Unicode or the length limit, and I will."
    )


def test_the_same_request_gives_the_same_answer() -> None:
    assert ask("Tell me of tides") == ask("Tell me of tides")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.integers(1, 30))
def test_deltas_add_up_to_the_answer(prompt: str, limit: int) -> None:
    reply = ask(prompt, max_tokens=limit)
    deltas = list(reply.deltas())
    assert "".join(delta.text for delta in deltas) == (reply.text or "")
    assert "".join(delta.refusal for delta in deltas) == (reply.refusal or "")
    assert reply.completion_tokens <= limit
    assert reply.finish_reason in ("stop", "length", "content_filter")


def test_counts_are_the_tokenizers() -> None:
    reply = ask("say: Привет, мир 👩‍👩‍👧‍👦!")
    assert reply.text == "Привет, мир 👩‍👩‍👧‍👦!"
    assert reply.completion_tokens == tokens.count(reply.text)
    assert sum(delta.tokens for delta in reply.deltas()) == reply.completion_tokens


def test_the_token_limit_cuts_and_says_so() -> None:
    reply = ask("say: one two three four five", max_tokens=3)
    assert (reply.text, reply.finish_reason, reply.completion_tokens) == (
        "one two three",
        "length",
        3,
    )


@pytest.mark.parametrize("limit", [None, 40])
def test_the_prompt_can_ask_for_the_limit(limit: int | None) -> None:
    reply = ask("Run into the length limit", max_tokens=limit)
    assert reply.finish_reason == "length"
    assert limit is None or reply.completion_tokens == limit


def test_a_stop_sequence_ends_the_text_before_it() -> None:
    reply = ask("say: one two three four", stop=("three", "two"))
    assert (reply.text, reply.finish_reason) == ("one ", "stop")


@pytest.mark.parametrize(
    ("prompt", "sign"),
    [
        ("some markdown please", "| Column | Meaning"),
        ("write me some code", "```python"),
        ("emoji and unicode", "港は六時に開きます"),
        ("a hostile text", "\x1b[31m"),
        ("a long answer about moorings", "This is paragraph 1"),
        ("tell it in 1000 words", "Paragraph 6 goes on"),
    ],
)
def test_set_pieces(prompt: str, sign: str) -> None:
    assert sign in (ask(prompt).text or "")


def test_orders_to_refuse_to_filter_and_to_be_slow() -> None:
    refused = ask("please refuse this")
    assert refused.text is None and "asked to refuse" in (refused.refusal or "")
    assert ask("hit the content filter").finish_reason == "content_filter"
    assert ask("answer slowly").slow and not ask("answer").slow
    assert ask("answer slowly").seconds > 10 > ask("answer").seconds > 0


def test_turns_instructions_and_attachments_are_mentioned() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:,x"}}
    sound = {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}
    reply = echo.reply(
        EchoRequest(
            [
                {"role": "developer", "content": "You answer harbour questions"},
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "hi"},
                {"role": "user", "content": [{"type": "text", "text": "Look"}, picture, sound]},
            ]
        )
    )
    assert "Your instructions mention: answer, harbour, questions." in (reply.text or "")
    assert "This is turn 2 of our conversation." in (reply.text or "")
    assert "I cannot look at what is attached: 1 image, 1 sound." in (reply.text or "")


def test_each_of_several_choices_says_which_it_is() -> None:
    assert "This is choice 2 of 3." in (ask("hi", choice=1, choices=3).text or "")


def test_a_matching_tool_is_called_with_the_prompts_own_words() -> None:
    reply = ask("Weather in Paris, in fahrenheit, for 3 days?", tools=[BERTHS, WEATHER])
    assert reply.finish_reason == "tool_calls" and reply.text is None
    (call,) = reply.tool_calls
    assert call.name == "get_weather"
    assert json.loads(call.arguments) == {"city": "Paris", "unit": "fahrenheit", "days": 3}
    counted = tokens.count(call.name) + tokens.count(call.arguments)
    assert reply.completion_tokens == counted


@pytest.mark.parametrize(("parallel", "cities"), [(True, ["Paris", "Rome"]), (False, ["Paris"])])
def test_joined_names_are_called_in_parallel(parallel: bool, cities: list[str]) -> None:
    reply = ask("the weather in Paris and Rome", tools=[WEATHER], parallel_tool_calls=parallel)
    assert [json.loads(call.arguments)["city"] for call in reply.tool_calls] == cities


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        (ToolChoice("auto"), []),
        (ToolChoice("none"), []),
        (ToolChoice("required"), ["get_weather"]),
        (ToolChoice("required", ("list_berths",)), ["list_berths"]),
        (ToolChoice("auto", ("list_berths",)), []),
    ],
)
def test_tool_choice_is_obeyed(choice: ToolChoice, called: list[str]) -> None:
    reply = ask("good morning", tools=[WEATHER, BERTHS], tool_choice=choice)
    assert [call.name for call in reply.tool_calls] == called


def test_a_custom_tool_takes_the_text() -> None:
    tool = Tool("run_query", "Run SQL", custom=True)
    (call,) = ask("run the query SELECT 1", tools=[tool]).tool_calls
    assert call.custom and call.arguments == "run the query SELECT 1"


def test_tool_results_are_quoted() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather"}}
    reply = echo.reply(
        EchoRequest(
            [
                {"role": "user", "content": "weather in Paris?"},
                {"role": "assistant", "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "call_1", "content": '{"celsius": 11}'},
            ],
            tools=[WEATHER],
        )
    )
    assert reply.finish_reason == "stop"
    assert '- get_weather: {"celsius": 11}' in (reply.text or "")


def test_json_without_a_schema_says_what_it_is() -> None:
    said = json.loads(ask("json about tides", response_format="json_object").text or "")
    assert said["model"] == "cupola-echo" and said["words"] == ["json", "tides"]


def test_json_of_a_schema_takes_names_and_numbers() -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
    }
    reply = ask("I met Anna Berg, 42", response_format="json_schema", schema=schema)
    assert json.loads(reply.text or "") == {"name": "Anna Berg", "age": 42}


RECURSIVE = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "child": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                "all": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "required": ["name", "child", "all"],
        }
    },
    "$ref": "#/$defs/node",
}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"const": 7}, 7),
        ({"enum": ["red", "blue"]}, "blue"),
        ({"type": "string", "format": "date"}, "2026-01-15"),
        ({"type": "string", "minLength": 9, "maxLength": 9}, "Oslo Oslo"),
        ({"type": ["null", "boolean"]}, True),
        ({"type": "null"}, None),
        ({"type": "integer", "minimum": 50, "maximum": 60, "multipleOf": 7}, 56),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3}, [42, 42, 42]),
        ({"prefixItems": [{"const": 1}, {"type": "null"}], "type": "array"}, [1, None]),
        (
            {"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}}]},
            {"a": 1, "b": 2},
        ),
        ({"type": "array", "items": {"const": "a"}, "uniqueItems": True}, ["a"]),
        ({"properties": {"free": True}}, {"free": "Oslo"}),
    ],
)
def test_instances_fit_their_schema(schema: Any, expected: Any) -> None:
    assert instance(schema, Filler("The blue boat of Oslo has 42 berths")) == expected


def test_recursive_schemas_end() -> None:
    value = instance(RECURSIVE, Filler("x"))
    assert set(value) == {"name", "child", "all"}
    assert len(json.dumps(value)) < 20_000


def test_prompt_tokens_count_texts_frames_images_and_tools() -> None:
    message = {"role": "user", "content": "hello world"}
    assert echo.prompt_tokens([message]) == 3 + 3 + 1 + 2
    picture = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}
    assert echo.prompt_tokens([picture]) == 3 + 3 + 1 + echo.IMAGE_TOKENS
    tool = {"type": "function", "function": {"name": "f"}}
    assert echo.prompt_tokens([message], [tool]) > echo.prompt_tokens([message])
