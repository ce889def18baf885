"""Runs through the official SDK in its strict mode: their states, on a clock that tests move."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from tests.sandbox.conftest import BETA
from tests.sandbox.run_world import (
    CODE,
    WEATHER,
    again,
    assistant,
    finished,
    said,
    started,
    thread,
)
from tui.sandbox import tokens
from tui.sandbox.thread import RunningSandbox

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
Upload = Callable[..., str]


def test_a_run_goes_from_queued_to_completed(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = started(client, "Where does the ferry to Bergen moor?", metadata={"a": "b"})
    assert run.id.startswith("run_") and run.status == "queued"
    assert run.expires_at == run.created_at + 600
    assert (run.started_at, run.usage, run.required_action) == (None, None, None)
    assert (run.tool_choice, run.response_format, run.parallel_tool_calls) == ("auto", "auto", True)
    assert (run.temperature, run.top_p) == (1.0, 1.0)
    sandbox.advance(1)
    run = again(client, run)
    assert run.status == "in_progress" and run.started_at is not None
    message = client.beta.threads.messages.list(run.thread_id).data[0]
    assert (message.role, message.status, message.run_id) == ("assistant", "in_progress", run.id)
    run = finished(client, sandbox, run, 10)
    assert (run.status, run.expires_at, run.metadata) == ("completed", None, {"a": "b"})
    assert run.completed_at is not None and run.started_at <= run.completed_at < run.created_at + 6
    assert run.usage is not None and run.usage.completion_tokens == tokens.count(said(client, run))
    assert run.usage.total_tokens == run.usage.prompt_tokens + run.usage.completion_tokens
    (step,) = client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id).data
    assert (step.type, step.status) == ("message_creation", "completed")
    assert step.usage is not None and step.usage.model_dump() == run.usage.model_dump()
    assert step.step_details.type == "message_creation"
    (message,) = client.beta.threads.messages.list(run.thread_id, run_id=run.id).data
    assert step.step_details.message_creation.message_id == message.id
    assert (message.status, message.assistant_id) == ("completed", run.assistant_id)
    assert (
        client.beta.threads.runs.steps.retrieve(step.id, thread_id=run.thread_id, run_id=run.id)
        == step
    )


def test_moving_runs_say_when_to_look_again(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = started(client, "Hello")
    read = client.beta.threads.runs.with_raw_response.retrieve
    assert int(read(run.id, thread_id=run.thread_id).headers["openai-poll-after-ms"]) > 0
    sandbox.advance(30)
    assert "openai-poll-after-ms" not in read(run.id, thread_id=run.thread_id).headers


def test_objects_are_complete_nulls_included(client: OpenAI, http: httpx.Client) -> None:
    run = started(client, "Hello")
    body = http.get(f"/threads/{run.thread_id}/runs/{run.id}", headers=BETA).json()
    for name in (
        *("required_action", "last_error", "started_at", "cancelled_at", "failed_at", "usage"),
        *("completed_at", "incomplete_details", "max_prompt_tokens", "max_completion_tokens"),
    ):
        assert body[name] is None
    assert body["truncation_strategy"] == {"type": "auto", "last_messages": None}


def test_a_thread_is_locked_while_a_run_is_active(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = started(client, "Hello")
    for _ in ("queued", "in_progress"):
        with pytest.raises(BadRequestError, match=f"while a run {run.id} is active"):
            client.beta.threads.messages.create(run.thread_id, role="user", content="More")
        with pytest.raises(BadRequestError, match=f"already has an active run {run.id}"):
            client.beta.threads.runs.create(run.thread_id, assistant_id=run.assistant_id)
        sandbox.advance(1)
    sandbox.advance(30)
    client.beta.threads.messages.create(run.thread_id, role="user", content="More")
    second = client.beta.threads.runs.create(run.thread_id, assistant_id=run.assistant_id)
    assert "turn 2" in said(client, finished(client, sandbox, second))


def test_function_calls_wait_for_all_their_outputs(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = started(client, "weather in Paris and Rome", tools=[WEATHER])
    run = finished(client, sandbox, run, 10)
    assert run.status == "requires_action" and run.required_action is not None
    calls = run.required_action.submit_tool_outputs.tool_calls
    assert [json.loads(call.function.arguments)["city"] for call in calls] == ["Paris", "Rome"]
    (step,) = client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id).data
    assert (step.type, step.status) == ("tool_calls", "in_progress")
    submit = client.beta.threads.runs.submit_tool_outputs
    outputs: Any = [{"tool_call_id": call.id, "output": "11 degrees"} for call in calls]
    for wrong in (outputs[:1], [*outputs, {"tool_call_id": "call_x", "output": ""}]):
        with pytest.raises(BadRequestError, match="Expected tool outputs for call_ids"):
            submit(run.id, thread_id=run.thread_id, tool_outputs=wrong)
    queued = submit(run.id, thread_id=run.thread_id, tool_outputs=outputs)
    assert (queued.status, queued.required_action) == ("queued", None)
    with pytest.raises(BadRequestError, match="do not accept tool outputs"):
        submit(run.id, thread_id=run.thread_id, tool_outputs=outputs)
    done = finished(client, sandbox, run, 30)
    assert done.status == "completed" and said(client, done).count("- get_weather: 11") == 2
    last, first = client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id).data
    assert (first.id, first.status, last.type) == (step.id, "completed", "message_creation")
    assert first.step_details.type == "tool_calls"
    assert [
        call.function.output
        for call in first.step_details.tool_calls  # type: ignore[union-attr]
    ] == ["11 degrees", "11 degrees"]
    assert first.usage is not None and last.usage is not None and done.usage is not None
    assert first.usage.total_tokens + last.usage.total_tokens == done.usage.total_tokens


def test_what_is_not_answered_expires(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = started(client, "weather in Paris", tools=[WEATHER])
    assert finished(client, sandbox, run, 590).status == "requires_action"
    run = finished(client, sandbox, run, 20)
    assert (run.status, run.required_action) == ("expired", None)
    (step,) = client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id).data
    assert step.status == "expired" and step.expired_at == run.created_at + 600
    client.beta.threads.messages.create(run.thread_id, role="user", content="unlocked")


def test_what_takes_too_long_expires(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = finished(client, sandbox, started(client, "Slowly, a story of 5000 words"), 700)
    assert run.status == "expired" and run.usage is not None and run.usage.completion_tokens > 0
    (message,) = client.beta.threads.messages.list(run.thread_id, run_id=run.id).data
    assert message.status == "incomplete" and message.incomplete_details is not None
    assert message.incomplete_details.reason == "run_expired"
    assert len(said(client, run)) > 100


def test_cancelling_keeps_what_was_written(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = started(client, "a long answer, please")
    sandbox.advance(3)
    cancelling = client.beta.threads.runs.cancel(run.id, thread_id=run.thread_id)
    assert (cancelling.status, cancelling.cancelled_at) == ("cancelling", None)
    with pytest.raises(BadRequestError, match="Cannot cancel run with status 'cancelling'"):
        client.beta.threads.runs.cancel(run.id, thread_id=run.thread_id)
    run = finished(client, sandbox, run, 1)
    assert run.status == "cancelled" and run.cancelled_at is not None
    (message,) = client.beta.threads.messages.list(run.thread_id, run_id=run.id).data
    assert message.incomplete_details is not None
    assert message.incomplete_details.reason == "run_cancelled"
    assert 20 < tokens.count(said(client, run)) < 200
    (step,) = client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id).data
    assert step.status == "cancelled" and step.cancelled_at == run.cancelled_at
    assert again(client, finished(client, sandbox, run, 60)) == run
    with pytest.raises(BadRequestError, match="Cannot cancel run with status 'cancelled'"):
        client.beta.threads.runs.cancel(run.id, thread_id=run.thread_id)


@pytest.mark.parametrize("seconds", [0, 10])
def test_waiting_runs_are_cancelled_too(
    client: OpenAI, sandbox: RunningSandbox, seconds: float
) -> None:
    run = started(client, "weather in Paris", tools=[WEATHER])
    sandbox.advance(seconds)
    client.beta.threads.runs.cancel(run.id, thread_id=run.thread_id)
    assert finished(client, sandbox, run, 1).status == "cancelled"


def test_runs_fail_when_they_must(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = finished(client, sandbox, started(client, "Please fail this run"))
    assert run.status == "failed" and run.failed_at is not None and run.last_error is not None
    assert run.last_error.code == "server_error"
    run = started(client, "no such word", response_format={"type": "json_object"})
    run = finished(client, sandbox, run)
    assert run.last_error is not None and run.last_error.code == "invalid_prompt"
    run = finished(client, sandbox, started(client, "content filter"))
    assert run.status == "failed"
    (message,) = client.beta.threads.messages.list(run.thread_id, run_id=run.id).data
    assert message.incomplete_details is not None
    assert message.incomplete_details.reason == "content_filter"


def test_token_limits_leave_runs_incomplete(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = started(client, "a long answer of 2000 words", max_completion_tokens=256)
    run = finished(client, sandbox, run)
    assert run.status == "incomplete" and run.incomplete_details is not None
    assert run.incomplete_details.reason == "max_completion_tokens"
    assert run.usage is not None and run.usage.completion_tokens == 256
    (message,) = client.beta.threads.messages.list(run.thread_id, run_id=run.id).data
    assert message.incomplete_details is not None
    assert message.incomplete_details.reason == "max_tokens"
    run = started(client, "word " * 300, max_prompt_tokens=256)
    run = finished(client, sandbox, run)
    assert run.incomplete_details is not None
    assert run.incomplete_details.reason == "max_prompt_tokens"


def test_refusals_arrive_in_their_own_part(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = finished(client, sandbox, started(client, "please refuse"))
    (message,) = client.beta.threads.messages.list(run.thread_id, run_id=run.id).data
    assert run.status == "completed" and message.content[0].type == "refusal"


def test_the_run_s_settings_win(client: OpenAI, sandbox: RunningSandbox) -> None:
    made = assistant(client, instructions="Speak of herring.", tools=[WEATHER], temperature=0.1)
    talk = thread(client, "weather in Oslo")
    run = client.beta.threads.runs.create(
        talk,
        assistant_id=made,
        model="gpt-4o-mini",
        instructions="Speak of lighthouses.",
        additional_instructions="And of buoys.",
        additional_messages=[
            {"role": "user", "content": "weather in Bodø", "metadata": {"n": "2"}}
        ],
        tools=[],
        temperature=0.9,
        truncation_strategy={"type": "last_messages", "last_messages": 1},
    )
    assert run.instructions == "Speak of lighthouses.\nAnd of buoys."
    assert (run.model, run.tools, run.temperature) == ("gpt-4o-mini", [], 0.9)
    run = finished(client, sandbox, run)
    text = said(client, run)
    assert "lighthouses, buoys" in text and "Bodø" in text and "turn 2" not in text
    assert run.usage is not None
    whole = client.beta.threads.runs.create(talk, assistant_id=made, tool_choice="none")
    assert "turn 2" in said(client, finished(client, sandbox, whole))


@pytest.mark.parametrize(
    ("choice", "parallel", "calls"),
    [
        ("required", True, 1),
        ({"type": "function", "function": {"name": "get_weather"}}, True, 1),
        ("auto", True, 0),
        ("none", True, 0),
    ],
)
def test_the_tool_choice_is_honoured(
    client: OpenAI, sandbox: RunningSandbox, choice: Any, parallel: bool, calls: int
) -> None:
    run = started(
        client, "Hello", tools=[WEATHER], tool_choice=choice, parallel_tool_calls=parallel
    )
    run = finished(client, sandbox, run, 20)
    assert run.tool_choice == choice or run.tool_choice.type == "function"  # type: ignore[union-attr]
    assert (run.status == "requires_action") is bool(calls)
    if run.required_action is not None:
        asked = run.required_action.submit_tool_outputs.tool_calls
        done = client.beta.threads.runs.submit_tool_outputs(
            run.id,
            thread_id=run.thread_id,
            tool_outputs=[{"tool_call_id": call.id, "output": "x"} for call in asked],
        )
        assert finished(client, sandbox, done).status == "completed", "a demand is met once"


def test_one_call_at_a_time_when_asked(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = started(client, "weather in Paris and Rome", tools=[WEATHER], parallel_tool_calls=False)
    run = finished(client, sandbox, run, 10)
    assert run.required_action is not None
    assert len(run.required_action.submit_tool_outputs.tool_calls) == 1


def test_the_schema_is_filled(client: OpenAI, sandbox: RunningSandbox) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    form: Any = {"type": "json_schema", "json_schema": {"name": "place", "schema": schema}}
    run = finished(client, sandbox, started(client, "in Oslo", response_format=form))
    assert set(json.loads(said(client, run))) == {"city"}


def test_runs_are_changed_and_paged(client: OpenAI, sandbox: RunningSandbox) -> None:
    talk, made = thread(client), assistant(client)
    ids = []
    for _ in range(3):
        ids.append(client.beta.threads.runs.create(talk, assistant_id=made).id)
        sandbox.advance(30)
    changed = client.beta.threads.runs.update(ids[0], thread_id=talk, metadata={"a": "b"})
    assert changed.metadata == {"a": "b"}
    runs = client.beta.threads.runs
    assert [run.id for run in runs.list(talk, limit=1)] == ids[::-1]
    assert [run.id for run in runs.list(talk, limit=1, order="asc")] == ids
    back = runs.list(talk, limit=1, before=ids[0])
    assert (back.data[0].id, back.has_more) == (ids[1], True)
    run = started(client, "weather in Paris", tools=[WEATHER, CODE], tool_choice=CODE)
    run = finished(client, sandbox, run)
    steps = client.beta.threads.runs.steps
    both = [step.id for step in steps.list(run.id, thread_id=run.thread_id, limit=1)]
    asc = [step.id for step in steps.list(run.id, thread_id=run.thread_id, limit=1, order="asc")]
    assert len(both) == 2 and both == asc[::-1]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "assistant_id"),
        ({"max_prompt_tokens": 255}, "max_prompt_tokens"),
        ({"max_completion_tokens": 1}, "max_completion_tokens"),
        ({"truncation_strategy": {"type": "last_messages"}}, "truncation_strategy.last_messages"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tool_choice": {"type": "file_search"}}, "tool_choice"),
        ({"tools": [WEATHER] * 21}, "tools"),
        ({"thread": {}}, "thread"),
        ({"additional_messages": [{"role": "user"}]}, "additional_messages[0].content"),
        ({"stream": "yes"}, "stream"),
    ],
)
def test_runs_are_refused_by_parameter(
    client: OpenAI, http: httpx.Client, body: Any, param: str
) -> None:
    made = {"assistant_id": assistant(client)} if param != "assistant_id" else {}
    path = f"/threads/{thread(client)}/runs"
    answer = http.post(path, json={**made, **body}, headers=BETA)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_what_is_not_there_is_not_found(client: OpenAI, http: httpx.Client) -> None:
    talk = thread(client)
    runs = client.beta.threads.runs
    for missing in (
        lambda: runs.create(talk, assistant_id="asst_x"),
        lambda: runs.create("thread_x", assistant_id=assistant(client)),
        lambda: runs.retrieve("run_x", thread_id=talk),
        lambda: runs.cancel("run_x", thread_id=talk),
        lambda: runs.steps.list("run_x", thread_id=talk),
        lambda: runs.create(talk, assistant_id=assistant(client), model="gpt-99"),
    ):
        with pytest.raises(NotFoundError):
            missing()
    answer = http.get(f"/threads/{talk}/runs/run_x/steps?include[]=x", headers=BETA)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "include")


def test_a_deleted_thread_takes_its_run_along(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = started(client, "a long answer")
    sandbox.advance(2)
    client.beta.threads.delete(run.thread_id)
    sandbox.advance(60)
    with pytest.raises(NotFoundError):
        again(client, run)
