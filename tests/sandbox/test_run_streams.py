"""Streams of runs: order and names of the events, the SDK's helpers, lost readers, pace."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import Any

import httpx
import pytest
from openai import APIError, AsyncOpenAI, OpenAI

from tests.sandbox.conftest import BETA
from tests.sandbox.run_world import (
    CODE,
    CONTENT,
    MODEL,
    SEARCH,
    TIDES,
    WEATHER,
    again,
    assistant,
    said,
    started,
    thread,
)
from tui.core.clock import SystemClock
from tui.sandbox.thread import RunningSandbox, running_sandbox

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
Upload = Callable[..., str]

BEGUN = ["thread.run.created", "thread.run.queued", "thread.run.in_progress"]
STEP = ["thread.run.step.created", "thread.run.step.in_progress"]
MESSAGE = [*STEP, "thread.message.created", "thread.message.in_progress", "thread.message.delta"]
WRITTEN = ["thread.message.completed", "thread.run.step.completed", "thread.run.completed"]
HOSTED = [*STEP, "thread.run.step.delta", "thread.run.step.completed"]


@pytest.fixture(scope="module")
def quick() -> Iterator[RunningSandbox]:
    """A sandbox whose clock runs a thousand times as fast: streams end by themselves."""
    with running_sandbox(clock=SystemClock(1000)) as running:
        yield running


@pytest.fixture
def swift(quick: RunningSandbox) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=quick.base_url,
        api_key=quick.api_key,
        max_retries=0,
        _strict_response_validation=True,
    ) as client:
        yield client


@pytest.fixture
def wire(quick: RunningSandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {quick.api_key}", **BETA}
    with httpx.Client(base_url=quick.base_url, headers=headers, trust_env=False) as http:
        yield http


def folded(names: list[str]) -> list[str]:
    """The names without repeated deltas."""
    return [name for place, name in enumerate(names) if not place or names[place - 1] != name]


def test_the_wire_form_of_a_stream(swift: OpenAI, wire: httpx.Client) -> None:
    body = {"assistant_id": assistant(swift), "stream": True}
    answer = wire.post(f"/threads/{thread(swift)}/runs", json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    frames = answer.text.strip().split("\n\n")
    assert frames[-1] == "event: done\ndata: [DONE]"
    names = [frame.split("\n")[0].removeprefix("event: ") for frame in frames[:-1]]
    assert folded(names) == [*BEGUN, *MESSAGE, *WRITTEN]
    data = [json.loads(frame.split("\ndata: ")[1]) for frame in frames[:-1]]
    created, first = data[names.index("thread.message.created")], names.index(MESSAGE[-1])
    assert (created["content"], created["status"]) == ([], "in_progress")
    pieces = [one["delta"]["content"][0]["text"] for one in data[first : -len(WRITTEN)]]
    assert pieces[0]["annotations"] == [] and "annotations" not in pieces[1]
    whole = data[names.index("thread.message.completed")]["content"][0]["text"]["value"]
    assert "".join(piece["value"] for piece in pieces) == whole
    assert data[-1]["usage"]["total_tokens"] > 0


def test_the_stream_helper_assembles_a_message(swift: OpenAI) -> None:
    with swift.beta.threads.runs.stream(
        thread_id=thread(swift), assistant_id=assistant(swift)
    ) as stream:
        text = "".join(stream.text_deltas)
        run = stream.get_final_run()
        (message,) = stream.get_final_messages()
        (step,) = stream.get_final_run_steps()
    assert run.status == "completed" and message.status == "completed"
    assert message.content[0].type == "text" and message.content[0].text.value == text
    assert text == said(swift, run) and step.type == "message_creation"


def test_tools_outputs_and_citations_stream(swift: OpenAI, quick: RunningSandbox) -> None:
    file = swift.files.create(file=("tides.md", TIDES.encode()), purpose="assistants").id
    store = swift.vector_stores.create(file_ids=[file])
    while swift.vector_stores.retrieve(store.id).status != "completed":
        quick.idle()
    made = assistant(
        swift,
        tools=[SEARCH, CODE, WEATHER],
        tool_resources={"file_search": {"vector_store_ids": [store.id]}},
    )
    talk = thread(swift, "weather in Paris and Rome at high tide; compute the average")
    names = []
    with swift.beta.threads.runs.stream(thread_id=talk, assistant_id=made) as stream:
        names = [event.event for event in stream]
        run = stream.get_final_run()
        steps = stream.get_final_run_steps()
    asking = [*STEP, "thread.run.step.delta", "thread.run.requires_action"]
    assert folded(names) == [*BEGUN, *HOSTED, *HOSTED, *asking]
    kinds = [step.step_details.tool_calls[0].type for step in steps]  # type: ignore[union-attr]
    assert kinds == ["file_search", "code_interpreter", "function"]
    code, asked = (step.step_details.tool_calls for step in steps[1:])  # type: ignore[union-attr]
    assert "does not run code" in code[0].code_interpreter.outputs[0].logs  # type: ignore[union-attr]
    arguments = [json.loads(call.function.arguments) for call in asked]  # type: ignore[union-attr]
    assert arguments == [{"city": "Paris"}, {"city": "Rome"}]
    assert run.required_action is not None
    calls = run.required_action.submit_tool_outputs.tool_calls
    assert [call.id for call in calls] == [call.id for call in asked]
    outputs: Any = [{"tool_call_id": call.id, "output": "11"} for call in calls]
    with swift.beta.threads.runs.submit_tool_outputs_stream(
        run_id=run.id, thread_id=talk, tool_outputs=outputs
    ) as stream:
        names = [event.event for event in stream]
        assert stream.get_final_run().status == "completed"
        (message,) = stream.get_final_messages()
    done = ["thread.run.step.completed", *BEGUN[1:]]
    assert folded(names) == [*done, *MESSAGE, *WRITTEN]
    assert message.content[0].type == "text" and "get_weather: 11" in message.content[0].text.value


def test_annotations_come_after_their_text(swift: OpenAI, wire: httpx.Client) -> None:
    file = swift.files.create(file=("tides.md", TIDES.encode()), purpose="assistants").id
    talk = thread(swift, "draught at high tide", attachments=[{"file_id": file, "tools": [SEARCH]}])
    made = assistant(swift, tools=[SEARCH])
    with swift.beta.threads.runs.stream(
        thread_id=talk, assistant_id=made, include=[CONTENT]
    ) as stream:
        so_far, notes, results = "", [], []
        for event in stream:
            if event.event == "thread.message.delta":
                for part in event.data.delta.content or []:
                    assert part.type == "text" and part.text is not None
                    so_far += part.text.value or ""
                    for note in part.text.annotations or []:
                        assert note.end_index is not None and note.end_index <= len(so_far)
                        notes.append(so_far[note.start_index : note.end_index])
            if event.event == "thread.run.step.completed":
                details = event.data.step_details
                results += details.tool_calls if details.type == "tool_calls" else []
    assert notes == ["【4:0†tides.md】"]
    assert results[0].file_search.results[0].content is not None  # type: ignore[union-attr]


def test_thread_and_run_stream_in_one(swift: OpenAI) -> None:
    with swift.beta.threads.create_and_run_stream(
        assistant_id=assistant(swift), thread={"messages": [{"role": "user", "content": "Hi"}]}
    ) as stream:
        names = [event.event for event in stream]
    assert folded(names) == ["thread.created", *BEGUN, *MESSAGE, *WRITTEN]


@pytest.mark.parametrize(
    ("text", "options", "ends"),
    [
        (
            "a long answer",
            {"max_completion_tokens": 256},
            ["thread.message.incomplete", "thread.run.step.completed", "thread.run.incomplete"],
        ),
        (
            "content filter",
            {},
            ["thread.message.incomplete", "thread.run.step.failed", "thread.run.failed"],
        ),
        (
            "slowly, 5000 words",
            {},
            ["thread.message.incomplete", "thread.run.step.expired", "thread.run.expired"],
        ),
    ],
)
def test_other_ends_have_their_events(
    swift: OpenAI, text: str, options: Any, ends: list[str]
) -> None:
    with swift.beta.threads.runs.stream(
        thread_id=thread(swift, text), assistant_id=assistant(swift), **options
    ) as stream:
        names = [event.event for event in stream]
    assert folded(names) == [*BEGUN, *MESSAGE, *ends]


def test_a_stream_may_break_while_its_run_goes_on(swift: OpenAI) -> None:
    with swift.beta.threads.runs.stream(
        thread_id=thread(swift, "a stream error, please"), assistant_id=assistant(swift)
    ) as stream:
        with pytest.raises(APIError, match="The run itself goes on") as caught:
            stream.until_done()
        run = stream.current_run
    assert caught.value.type == "server_error" and run is not None
    done = swift.beta.threads.runs.poll(run_id=run.id, thread_id=run.thread_id, poll_interval_ms=5)
    assert done.status == "completed"


def test_the_poll_helpers(swift: OpenAI) -> None:
    made = assistant(swift, tools=[WEATHER])
    talk = thread(swift, "weather in Paris")
    runs = swift.beta.threads.runs
    run = runs.create_and_poll(thread_id=talk, assistant_id=made, poll_interval_ms=5)
    assert run.status == "requires_action" and run.required_action is not None
    calls = run.required_action.submit_tool_outputs.tool_calls
    done = runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=talk,
        tool_outputs=[{"tool_call_id": call.id, "output": "x"} for call in calls],
        poll_interval_ms=5,
    )
    assert done.status == "completed"
    both = swift.beta.threads.create_and_run_poll(assistant_id=made, poll_interval_ms=5)
    assert both.status == "completed"


async def test_the_async_helpers(quick: RunningSandbox) -> None:
    async with AsyncOpenAI(
        base_url=quick.base_url,
        api_key=quick.api_key,
        max_retries=0,
        _strict_response_validation=True,
    ) as client:
        beta = client.beta
        made = await beta.assistants.create(model=MODEL, tools=[WEATHER])
        talk = await beta.threads.create(messages=[{"role": "user", "content": "weather in Rome"}])
        run = await beta.threads.runs.create_and_poll(
            thread_id=talk.id, assistant_id=made.id, poll_interval_ms=5
        )
        assert run.required_action is not None
        outputs: Any = [
            {"tool_call_id": call.id, "output": "12"}
            for call in run.required_action.submit_tool_outputs.tool_calls
        ]
        async with beta.threads.runs.submit_tool_outputs_stream(
            run_id=run.id, thread_id=talk.id, tool_outputs=outputs
        ) as stream:
            (message,) = await stream.get_final_messages()
        assert message.status == "completed"
        steps = [step async for step in beta.threads.runs.steps.list(run.id, thread_id=talk.id)]
        assert [step.type for step in steps] == ["message_creation", "tool_calls"]
        async with beta.threads.runs.stream(thread_id=talk.id, assistant_id=made.id) as stream:
            assert (await stream.get_final_run()).status == "requires_action"


async def lines_until(stream: Any, wanted: str) -> list[str]:
    """The events up to the first of a name."""
    names: list[str] = []
    async for line in stream:
        if line.startswith("event: "):
            names.append(line.removeprefix("event: "))
            if names[-1] == wanted:
                break
    return names


async def test_tokens_come_at_their_pace_and_cancelling_ends_the_stream(
    sandbox: RunningSandbox, client: OpenAI
) -> None:
    made, talk = assistant(client), thread(client, "a long answer")
    headers = {"Authorization": f"Bearer {sandbox.api_key}", **BETA}
    async with httpx.AsyncClient(base_url=sandbox.base_url, headers=headers) as http:
        body = {"assistant_id": made, "stream": True}
        async with (
            http.stream("POST", f"/threads/{talk}/runs", json=body) as response,
            aclosing(response.aiter_lines()) as lines,
        ):
            assert await lines_until(lines, "thread.run.queued") == BEGUN[:2]
            await sandbox.advanced(0.6)
            assert await lines_until(lines, BEGUN[2]) == BEGUN[2:]
            await sandbox.advanced(1.2)
            run = (await http.get(f"/threads/{talk}/runs")).json()["data"][0]
            answer = await http.post(f"/threads/{talk}/runs/{run['id']}/cancel")
            assert answer.json()["status"] == "cancelling"
            names = await lines_until(lines, "thread.run.cancelling")
            assert 55 <= names.count("thread.message.delta") <= 70, "about 60 a second"
            await sandbox.advanced(1)
            assert await lines_until(lines, "done") == [
                "thread.message.incomplete",
                "thread.run.step.cancelled",
                "thread.run.cancelled",
                "done",
            ]


async def test_a_lost_reader_does_not_stop_the_run(sandbox: RunningSandbox, client: OpenAI) -> None:
    made, talk = assistant(client), thread(client, "a long answer")
    headers = {"Authorization": f"Bearer {sandbox.api_key}", **BETA}
    async with httpx.AsyncClient(base_url=sandbox.base_url, headers=headers) as http:
        body = {"assistant_id": made, "stream": True}
        async with (
            http.stream("POST", f"/threads/{talk}/runs", json=body) as response,
            aclosing(response.aiter_lines()) as lines,
        ):
            await lines_until(lines, "thread.run.queued")
        run = (await http.get(f"/threads/{talk}/runs")).json()["data"][0]
        live = sandbox.world.runs.of(run["id"])
        async with asyncio.timeout(5):
            while live.readers:
                await asyncio.sleep(0.005)
        await sandbox.advanced(60)
        run = (await http.get(f"/threads/{talk}/runs/{run['id']}")).json()
        assert run["status"] == "completed"


def test_runs_without_a_stream_have_no_readers(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = started(client, "Hello")
    assert sandbox.world.runs.moves(run.id)
    sandbox.advance(30)
    assert not sandbox.world.runs.moves(run.id) and again(client, run).status == "completed"
