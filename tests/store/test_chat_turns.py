"""Messages read from the wire, written back, and stored completions read as conversations."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.store.chat_parameters import ChatParameters, parameters_of, request_body
from tui.store.chat_transcript import stored_turns
from tui.store.chat_turns import PartView, Role, TurnView, UsageView, pretty_json, turn_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "tool_calls", "function", "type", "text", "id"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_message_is_read(raw: object) -> None:
    turn = turn_of(raw, "m")
    assert isinstance(turn.text, str) and turn.wire["role"]


@given(st.lists(st.dictionaries(st.text(), JSON)), st.dictionaries(st.text(), JSON))
def test_any_stored_completion_is_read(messages: list[dict], completion: dict) -> None:  # type: ignore[type-arg]
    stored_turns(messages, completion)


def test_parts_that_are_no_text_are_named_and_sent_back_as_they_came() -> None:
    content = [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "odd"},
    ]
    turn = turn_of({"role": "user", "content": content}, "m")
    assert turn.text == "look"
    assert turn.parts == (
        PartView("image", "https://x/y.png low"),
        PartView("image", "image/png inline, 3 bytes"),
        PartView("input_audio", "wav"),
        PartView("file", "file-1"),
        PartView("odd", ""),
    )
    assert turn.wire["content"] == content


def test_calls_of_every_age_are_read() -> None:
    turn = turn_of(
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "a", "arguments": {"x": 1}}},
                {"id": "2", "type": "custom", "custom": {"name": "b", "input": "text"}},
                None,
            ],
            "function_call": {"name": "c", "arguments": "{}"},
        },
        "m",
    )
    assert [call.name for call in turn.calls] == ["a", "b", "c"]
    assert turn.calls[0].arguments == '{"x": 1}'
    assert turn.wire["tool_calls"][1] == {
        "id": "2",
        "type": "custom",
        "custom": {"name": "b", "input": "text"},
    }
    assert turn_of({"role": "function", "content": "3"}, "m").role is Role.TOOL
    odd = turn_of({"role": "narrator", "content": "once"}, "m")
    assert (odd.role, odd.name) == (Role.OTHER, "narrator")


def test_usage_is_read_tolerantly() -> None:
    assert UsageView.of({"prompt_tokens": "7", "completion_tokens": None}) == UsageView(7, 0, 7)
    assert UsageView.of({}) is None and UsageView.of(None) is None and UsageView.of([1]) is None


def test_pretty_json_leaves_other_text_alone() -> None:
    assert pretty_json('{"a":[1]}') == '{\n  "a": [\n    1\n  ]\n}'
    assert pretty_json('{"a":') == '{"a":'
    assert pretty_json("[" * 100_000) == "[" * 100_000


def test_a_stored_answer_is_shown_once() -> None:
    completion = {
        "id": "chatcmpl-1",
        "model": "m",
        "choices": [{"message": {"role": "assistant", "content": "A"}, "finish_reason": "stop"}],
        "usage": {"total_tokens": 9},
    }
    asked = {"id": "1", "role": "user", "content": "Q"}
    for messages in ([asked], [asked, {"id": "2", "role": "assistant", "content": "A"}]):
        turns = stored_turns(messages, completion)
        assert [turn.text for turn in turns] == ["Q", "A"]
        assert turns[-1].usage == UsageView(0, 0, 9) and turns[-1].finish_reason == "stop"
    assert stored_turns([asked], None) == (turn_of(asked, "1"),)


def test_parameters_come_out_as_they_went_in() -> None:
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    values = {
        "model": "m",
        "temperature": 0.2,
        "stop": ["END"],
        "tools": tools,
        "response_format": {"type": "json_object"},
        "store": True,
        "metadata": {"k": "v"},
    }
    parameters = ChatParameters().changed(values)
    assert parameters.values == values
    assert parameters == ChatParameters().changed(parameters.values)
    body = request_body(parameters, [TurnView(id="1", role=Role.USER, text="hi")])
    assert body["tools"] == tools and body["metadata"] == {"k": "v"}
    unset = parameters.changed({"temperature": None, "tools": [], "store": False})
    body = request_body(unset, [TurnView(id="1", role=Role.USER, text="hi")])
    assert not {"temperature", "tools", "metadata"} & set(body)


def test_parameters_of_a_stored_completion_are_read_tolerantly() -> None:
    parameters = parameters_of(
        {
            "model": "m",
            "temperature": "0.5",
            "seed": 7,
            "tools": None,
            "tool_choice": "auto",
            "response_format": {"type": "text"},
            "metadata": {"kept": "there"},
        }
    )
    assert parameters == ChatParameters(model="m", temperature=0.5, seed=7)
