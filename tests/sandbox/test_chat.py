"""Chat completions through the official SDK, strict, on a running sandbox."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from openai import APIStatusError, AsyncOpenAI, BadRequestError, NotFoundError, OpenAI
from pydantic import BaseModel

from tui.core.clock import SystemClock
from tui.sandbox.thread import RunningSandbox, running_sandbox

MODEL = "cupola-echo"
HI: Any = [{"role": "user", "content": "Where does the ferry to Bergen moor?"}]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
        "strict": True,
    },
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(clock=SystemClock(10_000)) as running:
        yield running


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=sandbox.base_url,
        api_key=sandbox.api_key,
        max_retries=0,
        _strict_response_validation=True,
    ) as made:
        yield made


@pytest.fixture
async def async_client(sandbox: RunningSandbox) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        base_url=sandbox.base_url,
        api_key=sandbox.api_key,
        max_retries=0,
        _strict_response_validation=True,
    ) as made:
        yield made


def test_create_answers_a_whole_object(client: OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model="gpt-4o-mini", messages=HI)
    body = json.loads(raw.text)
    assert body["model"] == "gpt-4o-mini"
    assert "cupola" in body["system_fingerprint"] and body["service_tier"] == "default"
    (choice,) = body["choices"]
    assert choice["finish_reason"] == "stop" and choice["logprobs"] is None
    assert choice["message"]["refusal"] is None and choice["message"]["annotations"] == []
    usage = body["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["prompt_tokens_details"]["cached_tokens"] == 0
    assert raw.headers["x-request-id"].startswith("req_")
    assert raw.parse().choices[0].message.content.startswith("I am cupola-echo")


async def test_the_async_client_gets_the_same(async_client: AsyncOpenAI) -> None:
    completion = await async_client.chat.completions.create(model=MODEL, messages=HI, n=2)
    first, second = completion.choices
    assert (first.index, second.index) == (0, 1)
    assert "choice 2 of 2" in (second.message.content or "")


def test_streaming_gives_the_same_text_and_the_usage(client: OpenAI) -> None:
    whole = client.chat.completions.create(model=MODEL, messages=HI)
    chunks = list(
        client.chat.completions.create(
            model=MODEL, messages=HI, stream=True, stream_options={"include_usage": True}
        )
    )
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1])
    assert text == whole.choices[0].message.content
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage == whole.usage
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert len({chunk.id for chunk in chunks}) == 1


async def test_the_async_stream_helper_assembles_tool_calls(async_client: AsyncOpenAI) -> None:
    async with async_client.chat.completions.stream(
        model=MODEL,
        messages=[{"role": "user", "content": "weather in Paris and Rome"}],
        tools=[TOOL],
    ) as stream:
        events = [event.type async for event in stream]
        final = await stream.get_final_completion()
    calls = final.choices[0].message.tool_calls or []
    assert [call.function.parsed_arguments for call in calls] == [
        {"city": "Paris"},
        {"city": "Rome"},
    ]
    assert "tool_calls.function.arguments.done" in events
    assert final.choices[0].finish_reason == "tool_calls"


class Person(BaseModel):
    name: str
    age: int


def test_parse_fills_the_schema_and_streams_it(client: OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "I met Anna, 33"}]
    parsed = client.chat.completions.parse(model=MODEL, messages=messages, response_format=Person)
    assert parsed.choices[0].message.parsed == Person(name="Anna", age=33)
    with client.chat.completions.stream(
        model=MODEL, messages=messages, response_format=Person
    ) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.parsed == Person(name="Anna", age=33)


def test_a_refusal_arrives_in_its_own_field(client: OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "please refuse"}]
    message = client.chat.completions.create(model=MODEL, messages=messages).choices[0].message
    assert message.content is None and "asked to refuse" in (message.refusal or "")
    chunks = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
    assert "".join(c.choices[0].delta.refusal or "" for c in chunks) == message.refusal


def test_a_tool_round_trip(client: OpenAI) -> None:
    messages: list[Any] = [{"role": "user", "content": "weather in Paris?"}]
    first = client.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL])
    message = first.choices[0].message
    assert message.tool_calls is not None and message.tool_calls[0].id.startswith("call_")
    messages.append(message.model_dump(exclude_none=True))
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "11 degrees"}
    messages.append(result)
    second = client.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL])
    assert "- get_weather: 11 degrees" in (second.choices[0].message.content or "")


def test_legacy_functions_answer_with_function_call(client: OpenAI) -> None:
    options: Any = {
        "functions": [TOOL["function"]],
        "function_call": {"name": "get_weather"},
        "messages": [{"role": "user", "content": "in Oslo"}],
    }
    choice = client.chat.completions.create(model=MODEL, **options).choices[0]
    assert choice.finish_reason == "function_call"
    assert choice.message.function_call is not None
    assert json.loads(choice.message.function_call.arguments) == {"city": "Oslo"}
    chunks = list(client.chat.completions.create(model=MODEL, stream=True, **options))
    said = [c.choices[0].delta.function_call for c in chunks]
    assert "".join(one.arguments or "" for one in said if one) == '{"city": "Oslo"}'


def test_limits_stops_and_logprobs(client: OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "say: one two three four"}]
    cut = client.chat.completions.create(model=MODEL, messages=messages, max_completion_tokens=2)
    assert cut.choices[0].finish_reason == "length"
    assert cut.usage is not None and cut.usage.completion_tokens == 2
    stopped = client.chat.completions.create(model=MODEL, messages=messages, stop=" three")
    assert stopped.choices[0].message.content == "one two"
    sure = client.chat.completions.create(
        model=MODEL, messages=messages, logprobs=True, top_logprobs=3
    )
    assert sure.choices[0].logprobs is not None
    content = sure.choices[0].logprobs.content or []
    assert "".join(token.token for token in content) == "one two three four"
    assert {token.logprob for token in content} == {0.0}


def test_images_audio_files_and_all_roles_are_accepted(client: OpenAI) -> None:
    messages: Any = [
        {"role": "system", "content": "s"},
        {"role": "developer", "content": [{"type": "text", "text": "d"}]},
        {
            "role": "user",
            "name": "ana",
            "content": [
                {"type": "text", "text": "Look"},
                {"type": "image_url", "image_url": {"url": "https://e.com/a.png", "detail": "low"}},
                {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}},
                {"type": "file", "file": {"file_id": "file-1"}},
            ],
        },
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "done"},
    ]
    answer = client.chat.completions.create(model=MODEL, messages=messages)
    assert "f: done" in (answer.choices[0].message.content or "")


CALLING = {
    "role": "assistant",
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}],
}
USER = {"role": "user", "content": "x"}


@pytest.mark.parametrize(
    ("body", "status", "param", "words"),
    [
        ({"messages": HI}, 400, "model", "Missing required parameter: 'model'"),
        ({"model": MODEL}, 400, "messages", "Missing required parameter: 'messages'"),
        ({"model": MODEL, "messages": []}, 400, "messages", "empty array"),
        ({"model": MODEL, "messages": "x"}, 400, "messages", "Invalid type for 'messages'"),
        ({"model": "gpt-nine", "messages": HI}, 404, "model", "`gpt-nine` does not exist"),
        ({"model": "cupola-embed", "messages": HI}, 400, "model", "does not support"),
        ({"messages": [{"role": "boss", "content": "x"}]}, 400, "messages[0].role", "'boss'"),
        ({"messages": [{"content": "x"}]}, 400, "messages[0].role", "Missing required"),
        ({"messages": [{"role": "user"}]}, 400, "messages[0].content", "Missing required"),
        ({"messages": [{"role": "user", "content": None}]}, 400, "messages[0].content", "got null"),
        ({"messages": [{"role": "user", "content": 5}]}, 400, "messages[0].content", "an integer"),
        (
            {"messages": [{"role": "user", "content": [{"type": "smell"}]}]},
            400,
            "messages[0].content[0].type",
            "'smell'",
        ),
        (
            {"messages": [USER, {"role": "tool", "tool_call_id": "c1", "content": "r"}]},
            400,
            "messages.[1].role",
            "must be a response to a preceeding message",
        ),
        ({"messages": [USER, CALLING, USER]}, 400, "messages.[1].role", "c1"),
        ({"messages": [USER, CALLING]}, 400, "messages.[1].role", "did not have response"),
        (
            {"messages": [CALLING, {"role": "tool", "tool_call_id": "zz", "content": "r"}]},
            400,
            "messages.[1].tool_call_id",
            "'zz' not found",
        ),
        ({"metadata": {"a": "b"}}, 400, "metadata", "only allowed when 'store' is enabled"),
        ({"metadata": {"a": 1}, "store": True}, 400, "metadata.a", "expected a string"),
        ({"stream_options": {}}, 400, "stream_options", "only allowed when 'stream'"),
        ({"top_logprobs": 2}, 400, "top_logprobs", "only allowed when 'logprobs'"),
        ({"temperature": 3}, 400, "temperature", "<= 2"),
        ({"n": 0}, 400, "n", ">= 1"),
        ({"stop": ["a"] * 5}, 400, "stop", "too long"),
        ({"max_tokens": 5, "max_completion_tokens": 5}, 400, "max_tokens", "at the same time"),
        ({"tool_choice": "auto"}, 400, "tool_choice", "only allowed when 'tools'"),
        (
            {"tools": [{"type": "function", "function": {"name": "a b"}}]},
            400,
            "tools[0].function.name",
            "pattern",
        ),
        (
            {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "z"}}},
            400,
            "tool_choice.function.name",
            "'z' not found",
        ),
        ({"response_format": {"type": "json_object"}}, 400, "messages", "the word 'json'"),
        ({"response_format": {"type": "yaml"}}, 400, "response_format.type", "'yaml'"),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {
                        "name": "p",
                        "strict": True,
                        "schema": {"type": "object", "properties": {}},
                    },
                }
            },
            400,
            "response_format",
            "'additionalProperties' is required",
        ),
        ({"modalities": ["text", "audio"]}, 400, "modalities", "text only"),
        ({"flavour": "mint"}, 400, None, "Unrecognized request argument supplied: flavour"),
        (
            {"messages": [{"role": "user", "content": "a " * 130_000}]},
            400,
            "messages",
            "maximum context length",
        ),
    ],
)
def test_refusals_have_the_platforms_shape(
    sandbox: RunningSandbox, body: dict[str, Any], status: int, param: str | None, words: str
) -> None:
    if "messages" not in body and body != {"model": MODEL}:
        body = {"messages": HI, **body}
    if "model" not in body and body != {"messages": HI}:
        body = {"model": MODEL, **body}
    response = httpx.post(
        f"{sandbox.base_url}/chat/completions",
        json=body,
        headers={"authorization": f"Bearer {sandbox.api_key}"},
    )
    assert response.status_code == status
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert (error["param"], words in error["message"]) == (param, True), error


def test_the_sdk_raises_typed_errors(client: OpenAI) -> None:
    with pytest.raises(NotFoundError) as unknown:
        client.chat.completions.create(model="nobody", messages=HI)
    assert unknown.value.code == "model_not_found"
    with pytest.raises(BadRequestError):
        client.chat.completions.create(model=MODEL, messages=[])


def test_stored_completions_from_birth_to_deletion(client: OpenAI) -> None:
    chat = client.chat.completions
    made = [
        chat.create(
            model=MODEL if index % 2 else "gpt-4o",
            messages=[{"role": "system", "content": "s"}, *HI],
            store=True,
            metadata={"run": "life", "index": str(index)},
            temperature=0.5,
        )
        for index in range(5)
    ]
    ids = [completion.id for completion in made]
    assert [c.id for c in chat.list(metadata={"run": "life"})] == ids
    assert [c.id for c in chat.list(metadata={"run": "life"}, order="desc")] == ids[::-1]
    assert [c.id for c in chat.list(metadata={"run": "life"}, model="gpt-4o")] == ids[::2]
    assert [c.id for c in chat.list(metadata={"run": "life", "index": "3"})] == [ids[3]]
    page = chat.list(metadata={"run": "life"}, limit=2)
    assert page.has_more is True and [c.id for c in page.data] == ids[:2]
    assert [c.id for c in chat.list(metadata={"run": "life"}, limit=2, after=ids[1])] == ids[2:]
    kept = chat.retrieve(ids[0])
    assert kept.choices == made[0].choices and kept.usage == made[0].usage
    assert kept.to_dict()["temperature"] == 0.5 and kept.to_dict()["tools"] is None
    updated = chat.update(ids[0], metadata={"new": "1"})
    assert updated.metadata == {"new": "1"} == chat.retrieve(ids[0]).metadata
    assert chat.delete(ids[0]).deleted is True
    for gone in (chat.retrieve, chat.delete, chat.messages.list):
        with pytest.raises(NotFoundError):
            gone(ids[0])


def test_what_is_not_stored_cannot_be_read(client: OpenAI) -> None:
    completion = client.chat.completions.create(model=MODEL, messages=HI)
    with pytest.raises(NotFoundError):
        client.chat.completions.retrieve(completion.id)


def test_a_streamed_completion_is_stored_at_its_end(client: OpenAI) -> None:
    chunks = list(client.chat.completions.create(model=MODEL, messages=HI, stream=True, store=True))
    kept = client.chat.completions.retrieve(chunks[0].id)
    assert kept.choices[0].finish_reason == "stop"


def test_stored_messages_are_the_requests_in_pages(sandbox: RunningSandbox) -> None:
    """Not strict: the SDK's type allows only assistants, the platform returns every role."""
    client = OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0)
    image = {"type": "image_url", "image_url": {"url": "https://e.com/a.png"}}
    messages: Any = [
        {"role": "system", "content": "Be brief"},
        {"role": "user", "content": [{"type": "text", "text": "Look"}, image]},
        {"role": "assistant", "content": "Yes"},
        {"role": "user", "content": "Thanks", "name": "ana"},
    ]
    made = client.chat.completions.create(model=MODEL, messages=messages, store=True)
    page = client.chat.completions.messages.list(made.id, limit=3)
    assert [m.id for m in page.data] == [f"{made.id}-{index}" for index in range(3)]
    assert page.has_more is True
    everything = list(page)
    assert [m.role for m in everything] == ["system", "user", "assistant", "user"]
    assert everything[1].content == "Look"
    assert [part.type for part in everything[1].content_parts or []] == ["text", "image_url"]
    assert everything[3].to_dict()["name"] == "ana" and everything[3].content_parts is None
    newest = client.chat.completions.messages.list(made.id, order="desc", limit=1)
    assert newest.data[0].id == f"{made.id}-3"
    with pytest.raises(BadRequestError):
        client.chat.completions.messages.list(made.id, after="nobody")


def test_an_update_needs_its_metadata(client: OpenAI) -> None:
    made = client.chat.completions.create(model=MODEL, messages=HI, store=True)
    with pytest.raises(APIStatusError, match="metadata"):
        client.post(f"/chat/completions/{made.id}", body={}, cast_to=dict)
    assert client.chat.completions.update(made.id, metadata=None).metadata == {}


async def test_a_stream_keeps_its_pace_and_ends_with_its_reader() -> None:
    with running_sandbox() as sandbox:
        headers = {"authorization": f"Bearer {sandbox.api_key}"}
        body = {"model": MODEL, "messages": HI, "stream": True, "store": True}
        url = f"{sandbox.base_url}/chat/completions"
        async with (
            httpx.AsyncClient(headers=headers) as http,
            http.stream("POST", url, json=body) as response,
        ):
            lines = response.aiter_lines()
            assert '"role":"assistant"' in await anext(lines)
            await sandbox.advanced(0.15 + 3.5 / 60)
            seen = [line for _ in range(6) if (line := await anext(lines))]
            assert len(seen) == 3
        async with httpx.AsyncClient(headers=headers) as http:
            for _ in range(200):
                if not await _chat_sleepers(sandbox):
                    break
                await http.get(url)
            assert await _chat_sleepers(sandbox) == 0
            await sandbox.advanced(60)
            stored = (await http.get(url)).json()
        assert stored["data"] == [] and stored["first_id"] is None


async def _chat_sleepers(sandbox: RunningSandbox) -> int:
    """Sleepers on the sandbox's clock beside its sweeper."""
    return int(sandbox.world.clock.sleepers) - 1  # type: ignore[attr-defined]
