"""The demo's assistants and threads: variety, true counts, honest citations, runs that go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from tests.sandbox.conftest import BETA
from tests.sandbox.run_world import CONTENT
from tui.core.clock import ManualClock
from tui.sandbox import demo_threads, tokens
from tui.sandbox.thread import RunningSandbox, running_sandbox

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
NOW = 1_795_000_000
DAY = 86_400
STATES = {
    *("queued", "in_progress", "requires_action", "cancelling"),
    *("completed", "failed", "incomplete", "expired", "cancelled"),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(clock=ManualClock(NOW), seed="demo") as running:
        yield running


def strict(sandbox: RunningSandbox) -> OpenAI:
    return OpenAI(
        base_url=sandbox.base_url,
        api_key=sandbox.api_key,
        max_retries=0,
        _strict_response_validation=True,
    )


@pytest.fixture(scope="module")
def client(sandbox: RunningSandbox) -> Iterator[OpenAI]:
    with strict(sandbox) as made:
        yield made


def thread_list(client: OpenAI) -> list[Any]:
    body: Any = client.get(
        "/threads", cast_to=object, options={"headers": BETA, "params": {"limit": 100}}
    )
    return list(body["data"])


def test_assistants_have_tools_of_every_kind(client: OpenAI) -> None:
    made = list(client.beta.assistants.list())
    assert len(made) == 10
    kinds = Counter(tool.type for one in made for tool in one.tools)
    assert kinds.keys() == {"file_search", "code_interpreter", "function"}
    assert any("港" in (one.name or "") for one in made)
    assert any("\x1b" in (one.name or "") for one in made)
    assert any(getattr(one.response_format, "type", "") == "json_schema" for one in made)


def test_forty_threads_with_runs_in_every_state(client: OpenAI) -> None:
    threads = thread_list(client)
    assert len(threads) == 40 and all(thread["metadata"]["title"] for thread in threads)
    times = [thread["created_at"] for thread in threads]
    assert times == sorted(times, reverse=True) and times[-1] > NOW - 31 * DAY
    states: Counter[str] = Counter()
    written = 0
    for thread in threads:
        messages = list(client.beta.threads.messages.list(thread["id"], limit=100))
        written = max(written, len(messages))
        assert all(thread["created_at"] <= one.created_at <= NOW for one in messages)
        for run in client.beta.threads.runs.list(thread["id"], limit=100):
            states[run.status] += 1
            steps = client.beta.threads.runs.steps.list(run.id, thread_id=thread["id"]).data
            if run.status == "completed":
                assert run.usage is not None and steps
                used = sum(step.usage.total_tokens for step in steps if step.usage)
                assert run.usage.total_tokens == used
    assert states.keys() == STATES and written > 40


def test_answers_are_counted_and_citations_lead_to_their_place(client: OpenAI) -> None:
    cited = 0
    for thread in thread_list(client):
        for run in client.beta.threads.runs.list(thread["id"], limit=100):
            steps = client.beta.threads.runs.steps.list(
                run.id, thread_id=thread["id"], include=[CONTENT], order="asc"
            ).data
            found = [
                result
                for step in steps
                if step.step_details.type == "tool_calls"
                for call in step.step_details.tool_calls
                if call.type == "file_search"
                for result in call.file_search.results or ()
            ]
            for message in client.beta.threads.messages.list(thread["id"], run_id=run.id):
                part = message.content[0]
                if part.type != "text" or run.status != "completed":
                    continue
                usage = steps[-1].usage
                assert usage is not None
                assert usage.completion_tokens == tokens.count(part.text.value)
                for note in part.text.annotations:
                    assert note.type == "file_citation"
                    assert part.text.value[note.start_index : note.end_index] == note.text
                    file = client.files.retrieve(note.file_citation.file_id)
                    place = int(note.text.split(":")[1].split("†")[0])
                    assert found[place].file_name == file.filename
                    assert found[place].content and 0 < found[place].score <= 1
                    cited += 1
    assert cited == 9


@pytest.mark.parametrize("script", ["予", "ر", "ह", "σ", "ж", "\x1b[", "\u202e"])
def test_messages_speak_many_scripts(client: OpenAI, script: str) -> None:
    said = "".join(
        part.text.value
        for thread in thread_list(client)
        for message in client.beta.threads.messages.list(thread["id"])
        for part in message.content
        if part.type == "text"
    )
    assert script in said


def by_title(client: OpenAI, part: str) -> tuple[str, Any]:
    """A thread's id and its newest run."""
    (thread,) = (one for one in thread_list(client) if part in one["metadata"]["title"])
    return thread["id"], client.beta.threads.runs.list(thread["id"]).data[0]


def test_what_is_under_way_goes_on_and_is_put_back(tmp_path: Path) -> None:
    keys = {"api_key": "sk-cupola-test", "admin_key": "sk-admin-cupola-test"}
    with running_sandbox(clock=ManualClock(NOW), seed="demo", data_dir=tmp_path, **keys) as sandbox:
        client = strict(sandbox)
        talk, waiting = by_title(client, "come earlier?")
        assert waiting.status == "requires_action" and waiting.expires_at == NOW + DAY
        sandbox.advance(20)
        storage, slow = by_title(client, "Winter storage")
        message = client.beta.threads.messages.list(storage, run_id=slow.id).data[0]
        assert (slow.status, message.status) == ("in_progress", "in_progress")
        sandbox.advance(900)
        ends = [by_title(client, part)[1].status for part in ("Winter", "queue", "Stopping")]
        assert ends == ["completed", "completed", "cancelled"]
        calls = waiting.required_action.submit_tool_outputs.tool_calls
        client.beta.threads.runs.submit_tool_outputs(
            waiting.id,
            thread_id=talk,
            tool_outputs=[{"tool_call_id": call.id, "output": "yes"} for call in calls],
        )
        sandbox.advance(30)
        assert by_title(client, "come earlier?")[1].status == "completed"
        client.beta.threads.delete(by_title(client, "Stopping")[0])
    with running_sandbox(
        clock=ManualClock(NOW + 3 * DAY), seed="demo", data_dir=tmp_path, **keys
    ) as sandbox:
        client = strict(sandbox)
        assert len(thread_list(client)) == 39
        same, again = by_title(client, "come earlier?")
        assert (same, again.id, again.status) == (talk, waiting.id, "requires_action")
        assert again.expires_at == NOW + 4 * DAY
        steps = client.beta.threads.runs.steps.list(again.id, thread_id=talk).data
        assert [(step.type, step.status) for step in steps] == [("tool_calls", "in_progress")]
        assert [by_title(client, one)[1].status for one in ("Winter", "queue")] == [
            "in_progress",
            "queued",
        ]
        assert [m.role for m in client.beta.threads.messages.list(talk)] == ["user"]


def test_seeding_gives_the_same_world_each_time(sandbox: RunningSandbox) -> None:
    with running_sandbox(clock=ManualClock(NOW), seed="demo") as other:
        ids = [
            [
                record.id
                for kind in ("assistant", "thread", "thread.run", "thread.message")
                for record in one.run(one.world.database.read(lambda r, k=kind: r.select(k)))  # type: ignore[misc]
            ]
            for one in (sandbox, other)
        ]
    assert ids[0] == ids[1] and len(ids[0]) > 250
    assert demo_threads.WAITS_SECONDS == DAY
