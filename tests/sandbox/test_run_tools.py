"""What runs use: stores that are searched, code that is not run, tuned models; and restarts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from tests.sandbox.run_world import (
    CODE,
    CONTENT,
    SEARCH,
    TIDES,
    WEATHER,
    again,
    assistant,
    finished,
    said,
    started,
    thread,
)
from tui.core.clock import ManualClock
from tui.sandbox.thread import RunningSandbox, running_sandbox

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
Upload = Callable[..., str]


def test_file_search_quotes_and_cites(
    client: OpenAI, sandbox: RunningSandbox, upload: Upload
) -> None:
    file = upload(TIDES, "tides.md")
    talk = thread(
        client,
        "How much draught needs high tide?",
        attachments=[{"file_id": file, "tools": [SEARCH]}],
    )
    run = client.beta.threads.runs.create(talk, assistant_id=assistant(client, tools=[SEARCH]))
    run = finished(client, sandbox, run)
    (message,) = client.beta.threads.messages.list(talk, run_id=run.id).data
    part = message.content[0]
    assert part.type == "text" and "> Boats with more than two metres" in part.text.value
    (note,) = part.text.annotations
    assert note.type == "file_citation" and note.file_citation.file_id == file
    assert part.text.value[note.start_index : note.end_index] == note.text == "【4:0†tides.md】"
    steps = client.beta.threads.runs.steps
    written, searched = steps.list(run.id, thread_id=talk).data
    assert (written.type, searched.type) == ("message_creation", "tool_calls")
    bare, whole = (
        steps.retrieve(searched.id, thread_id=talk, run_id=run.id, include=include)
        for include in ([], [CONTENT])
    )
    for step, shown in ((searched, False), (bare, False), (whole, True)):
        (call,) = step.step_details.tool_calls  # type: ignore[union-attr]
        assert call.type == "file_search" and call.file_search.results is not None
        result = call.file_search.results[0]
        assert (result.file_id, result.file_name) == (file, "tides.md")
        assert 0 < result.score <= 1 and (result.content is not None) is shown
    listed = steps.list(run.id, thread_id=talk, include=[CONTENT]).data[1]
    assert listed == whole


def test_the_assistant_s_store_is_searched_too(
    client: OpenAI, sandbox: RunningSandbox, upload: Upload
) -> None:
    store = client.vector_stores.create(file_ids=[upload(TIDES, "tides.md")])
    sandbox.advance(5)
    made = assistant(
        client, tools=[SEARCH], tool_resources={"file_search": {"vector_store_ids": [store.id]}}
    )
    run = client.beta.threads.runs.create(thread(client, "draught tide"), assistant_id=made)
    assert "【4:0†tides.md】" in said(client, finished(client, sandbox, run))
    empty = started(client, "draught tide", tools=[SEARCH])
    assert "found nothing" in said(client, finished(client, sandbox, empty))


def test_code_is_honestly_not_run(client: OpenAI, sandbox: RunningSandbox) -> None:
    run = finished(client, sandbox, started(client, "Plot a chart in Python", tools=[CODE]))
    assert "did not run any code" in said(client, run)
    step = client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id).data[1]
    (call,) = step.step_details.tool_calls  # type: ignore[union-attr]
    assert call.type == "code_interpreter"
    (output,) = call.code_interpreter.outputs
    assert output.type == "logs" and "does not run code" in output.logs


def test_thread_and_run_in_one(client: OpenAI, sandbox: RunningSandbox, upload: Upload) -> None:
    file = upload(TIDES, "tides.md")
    run = client.beta.threads.create_and_run(
        assistant_id=assistant(client),
        thread={
            "messages": [
                {
                    "role": "user",
                    "content": "high tide",
                    "attachments": [{"file_id": file, "tools": [SEARCH]}],
                }
            ],
            "metadata": {"title": "x"},
        },
        tools=[SEARCH],
        tool_choice={"type": "file_search"},
    )
    assert run.status == "queued"
    assert client.beta.threads.retrieve(run.thread_id).metadata == {"title": "x"}
    assert "【4:0†tides.md】" in said(client, finished(client, sandbox, run))


def test_a_tuned_model_answers_runs(
    client: OpenAI, sandbox: RunningSandbox, upload: Upload
) -> None:
    towns = ["Riga", "Oslo", "Lima", "Rome", "Kyiv", "Bern", "Baku", "Doha", "Suva", "Apia"]
    rows: list[Any] = [
        [
            {"role": "user", "content": f"Which ferry goes to {town}?"},
            {"role": "assistant", "content": f"Ahoy, the {town} ferry!"},
        ]
        for town in towns
    ]
    lines = "".join(json.dumps({"messages": row}) + "\n" for row in rows)
    settings: Any = {"n_epochs": 6, "batch_size": 2}
    job = client.fine_tuning.jobs.create(
        model="cupola-echo",
        training_file=upload(lines, "ferries.jsonl", "fine-tune"),
        seed=1,
        method={"type": "supervised", "supervised": {"hyperparameters": settings}},
    )
    sandbox.advance(400)
    model = client.fine_tuning.jobs.retrieve(job.id).fine_tuned_model
    assert model is not None
    run = started(client, "Which ferry goes to Riga?", model=model)
    assert said(client, finished(client, sandbox, run)) == "Ahoy, the Riga ferry!"
    late = started(client, "Which ferry goes to Riga?", model=model)
    client.models.delete(model)
    late = finished(client, sandbox, late)
    assert late.status == "failed" and late.last_error is not None
    assert "does not exist any more" in late.last_error.message


def test_runs_go_on_after_a_restart(tmp_path: Path) -> None:
    clock = ManualClock()
    keys = {"api_key": "sk-cupola-test", "admin_key": "sk-admin-cupola-test"}
    with running_sandbox(clock=clock, data_dir=tmp_path, **keys) as sandbox:
        client = OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0)
        writing = started(client, "a long answer, please")
        waiting = started(client, "weather in Paris", tools=[WEATHER])
        sandbox.advance(4)
        cancelled = started(client, "a long answer, please")
        sandbox.advance(2)
        client.beta.threads.runs.cancel(cancelled.id, thread_id=cancelled.thread_id)
        queued = started(client, "Hello")
    later = ManualClock(clock.now() + 60)
    with running_sandbox(clock=later, data_dir=tmp_path, **keys) as sandbox:
        client = OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0)
        assert again(client, writing).status == "in_progress"
        assert finished(client, sandbox, queued, 5).status == "completed"
        assert again(client, cancelled).status == "cancelled"
        assert finished(client, sandbox, writing, 30).status == "completed"
        assert said(client, writing).startswith("This is paragraph 1 of")
        assert said(client, writing).count("paragraph 1 ") == 1
        assert again(client, waiting).status == "requires_action"
        late = started(client, "weather in Paris", tools=[WEATHER])
        sandbox.advance(5)
    with running_sandbox(
        clock=ManualClock(later.now() + 3600), data_dir=tmp_path, **keys
    ) as sandbox:
        client = OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0)
        sandbox.advance(0.1)
        assert {again(client, run).status for run in (waiting, late)} == {"expired"}
