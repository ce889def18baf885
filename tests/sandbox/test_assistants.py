"""Assistants, threads and messages through the official SDK in its strict mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError, OpenAI

from tests.sandbox.conftest import BETA
from tests.sandbox.run_world import CODE, MODEL, SEARCH, TIDES, WEATHER, assistant, thread
from tui.sandbox.thread import RunningSandbox, running_sandbox

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
Upload = Callable[..., str]


@pytest.fixture
def fresh() -> Iterator[OpenAI]:
    """The client of a world of its own, for tests that count."""
    with (
        running_sandbox() as sandbox,
        OpenAI(
            base_url=sandbox.base_url,
            api_key=sandbox.api_key,
            max_retries=0,
            _strict_response_validation=True,
        ) as client,
    ):
        yield client


def test_an_assistant_s_whole_life(client: OpenAI, upload: Upload) -> None:
    file = upload(TIDES, "tides.md")
    store = client.vector_stores.create(file_ids=[file])
    made = client.beta.assistants.create(
        model="gpt-4o",
        name="Harbour desk",
        description="Answers guests",
        instructions="Be brief.",
        tools=[CODE, SEARCH, WEATHER],
        tool_resources={
            "code_interpreter": {"file_ids": [file]},
            "file_search": {"vector_store_ids": [store.id]},
        },
        metadata={"team": "boats"},
        temperature=0.2,
        response_format={"type": "text"},
    )
    assert made.id.startswith("asst_") and made.object == "assistant"
    assert [tool.type for tool in made.tools] == ["code_interpreter", "file_search", "function"]
    assert made.tools[1].file_search is not None  # type: ignore[union-attr]
    assert (made.temperature, made.top_p) == (0.2, 1.0)
    assert made.tool_resources is not None and made.tool_resources.file_search is not None
    assert made.tool_resources.file_search.vector_store_ids == [store.id]
    assert client.beta.assistants.retrieve(made.id) == made
    changed = client.beta.assistants.update(
        made.id, name="Quay desk", model=MODEL, tools=[], metadata={}, temperature=None
    )
    assert (changed.name, changed.tools, changed.metadata) == ("Quay desk", [], {})
    assert (changed.instructions, changed.temperature) == ("Be brief.", 1.0)
    assert changed.tool_resources == made.tool_resources
    deleted = client.beta.assistants.delete(made.id)
    assert (deleted.id, deleted.object, deleted.deleted) == (made.id, "assistant.deleted", True)
    with pytest.raises(NotFoundError, match="No assistant found with id"):
        client.beta.assistants.retrieve(made.id)


def test_objects_are_complete_nulls_included(http: httpx.Client) -> None:
    body = http.post("/assistants", json={"model": MODEL}, headers=BETA).json()
    assert set(body) >= {"name", "description", "instructions", "tools", "metadata"}
    assert (body["name"], body["tools"], body["response_format"]) == (None, [], "auto")
    thread = http.post("/threads", json={}, headers=BETA).json()
    assert (thread["object"], thread["metadata"], thread["tool_resources"]) == ("thread", {}, {})
    sent = {"role": "user", "content": "Hello"}
    path = f"/threads/{thread['id']}/messages"
    message = http.post(path, json=sent, headers=BETA).json()
    assert message["content"] == [{"type": "text", "text": {"value": "Hello", "annotations": []}}]
    for name in ("run_id", "assistant_id", "incomplete_at", "incomplete_details"):
        assert message[name] is None
    assert (message["status"], message["attachments"]) == ("completed", [])
    missing = http.get("/assistants")
    assert (missing.status_code, missing.json()["error"]["code"]) == (400, "invalid_beta")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "model"),
        ({"model": MODEL, "name": "x" * 257}, "name"),
        ({"model": MODEL, "description": "x" * 513}, "description"),
        ({"model": MODEL, "instructions": "x" * 256_001}, "instructions"),
        ({"model": MODEL, "tools": [WEATHER] * 129}, "tools"),
        ({"model": MODEL, "tools": [WEATHER, WEATHER]}, "tools"),
        ({"model": MODEL, "tools": [{"type": "browser"}]}, "tools[0].type"),
        ({"model": MODEL, "tools": [{"type": "function"}]}, "tools[0].function"),
        ({"model": MODEL, "temperature": 2.1}, "temperature"),
        ({"model": MODEL, "metadata": {"a": 1}}, "metadata.a"),
        ({"model": MODEL, "response_format": "json"}, "response_format"),
        ({"model": MODEL, "colour": "red"}, "colour"),
        (
            {"model": MODEL, "tool_resources": {"code_interpreter": {"file_ids": ["f"] * 21}}},
            "tool_resources.code_interpreter.file_ids",
        ),
        (
            {"model": MODEL, "tool_resources": {"file_search": {"vector_store_ids": ["a", "b"]}}},
            "tool_resources.file_search.vector_store_ids",
        ),
    ],
)
def test_assistants_are_refused_by_parameter(http: httpx.Client, body: Any, param: str) -> None:
    answer = http.post("/assistants", json=body, headers=BETA)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_unknown_models_files_and_stores_are_not_found(http: httpx.Client) -> None:
    for body in (
        {"model": "gpt-99"},
        {"model": MODEL, "tool_resources": {"code_interpreter": {"file_ids": ["file-x"]}}},
        {"model": MODEL, "tool_resources": {"file_search": {"vector_store_ids": ["vs_x"]}}},
    ):
        assert http.post("/assistants", json=body, headers=BETA).status_code == 404
    answer = http.post("/assistants", json={"model": "cupola-embed"}, headers=BETA)
    assert answer.status_code == 400


def walk(page: Callable[..., Any], **query: Any) -> list[str]:
    """All ids, one page of one after the other."""
    found: list[str] = []
    step = page(limit=1, **query)
    while step.data:
        found.append(step.data[0].id)
        cursor = {"before": step.first_id} if "before" in query else {"after": step.last_id}
        assert step.first_id == step.last_id == found[-1]
        step = page(limit=1, **{**query, **cursor})
    assert not step.has_more and step.first_id is None
    return found


def test_assistants_are_paged_to_their_end_both_ways(fresh: OpenAI) -> None:
    ids = [assistant(fresh, name=str(number)) for number in range(5)]
    page = fresh.beta.assistants.list
    assert walk(page) == ids[::-1]
    assert walk(page, order="asc") == ids
    assert walk(page, before=ids[0]) == ids[1:]
    assert walk(page, order="asc", before=ids[-1]) == ids[-2::-1]
    assert [one.id for one in page(limit=2)] == ids[::-1]
    with pytest.raises(BadRequestError):
        page(after="asst_x")
    for limit in (0, 101):
        with pytest.raises(BadRequestError):
            page(limit=limit)


def test_a_thread_s_whole_life(client: OpenAI, sandbox: RunningSandbox, upload: Upload) -> None:
    file = upload(TIDES, "tides.md")
    made = client.beta.threads.create(
        messages=[
            {"role": "user", "content": "One"},
            {"role": "assistant", "content": [{"type": "text", "text": "Two"}]},
        ],
        tool_resources={
            "file_search": {"vector_stores": [{"file_ids": [file], "metadata": {"a": "b"}}]}
        },
        metadata={"title": "Tides"},
    )
    assert made.tool_resources is not None and made.tool_resources.file_search is not None
    (store_id,) = made.tool_resources.file_search.vector_store_ids or ()
    sandbox.advance(3)
    store = client.vector_stores.retrieve(store_id)
    assert (store.file_counts.completed, store.metadata) == (1, {"a": "b"})
    assert client.beta.threads.retrieve(made.id) == made
    changed = client.beta.threads.update(
        made.id, metadata={"title": "Quays"}, tool_resources={"code_interpreter": {"file_ids": []}}
    )
    assert changed.metadata == {"title": "Quays"}
    assert changed.tool_resources is not None and changed.tool_resources.file_search is not None
    kept = client.beta.threads.update(made.id, metadata=None)
    assert kept.metadata == {}
    texts = [message.content[0] for message in client.beta.threads.messages.list(made.id)]
    assert [part.text.value for part in texts if part.type == "text"] == ["Two", "One"]
    deleted = client.beta.threads.delete(made.id)
    assert (deleted.object, deleted.deleted) == ("thread.deleted", True)
    for call in (client.beta.threads.retrieve, client.beta.threads.messages.list):
        with pytest.raises(NotFoundError, match="No thread found with id"):
            call(made.id)


def test_threads_are_listed_as_an_extension(fresh: OpenAI) -> None:
    ids = [thread(fresh, None) for _ in range(3)]
    body: Any = fresh.get("/threads", cast_to=object, options={"headers": BETA})
    assert [one["id"] for one in body["data"]] == ids[::-1]
    assert (body["first_id"], body["has_more"]) == (ids[-1], False)


def test_a_message_s_whole_life(client: OpenAI, sandbox: RunningSandbox, upload: Upload) -> None:
    file, picture = upload(TIDES, "tides.md"), upload(b"\x89PNG", "quay.png", "vision")
    thread_id = thread(client, None)
    messages = client.beta.threads.messages
    made = messages.create(
        thread_id,
        role="user",
        content=[
            {"type": "text", "text": "What is this?"},
            {"type": "image_file", "image_file": {"file_id": picture}},
            {"type": "image_url", "image_url": {"url": "https://e.com/a.png", "detail": "low"}},
        ],
        attachments=[{"file_id": file, "tools": [CODE, SEARCH]}],
        metadata={"from": "quay"},
    )
    assert [part.type for part in made.content] == ["text", "image_file", "image_url"]
    assert made.attachments is not None and made.attachments[0].file_id == file
    assert messages.retrieve(made.id, thread_id=thread_id) == made
    resources = client.beta.threads.retrieve(thread_id).tool_resources
    assert resources is not None and resources.code_interpreter is not None
    assert resources.code_interpreter.file_ids == [file]
    assert resources.file_search is not None
    (store_id,) = resources.file_search.vector_store_ids or ()
    sandbox.advance(3)
    store = client.vector_stores.retrieve(store_id)
    assert store.file_counts.completed == 1
    assert store.expires_after is not None and store.expires_after.days == 7
    changed = messages.update(made.id, thread_id=thread_id, metadata={"seen": "yes"})
    assert (changed.metadata, changed.content) == ({"seen": "yes"}, made.content)
    deleted = messages.delete(made.id, thread_id=thread_id)
    assert (deleted.object, deleted.deleted) == ("thread.message.deleted", True)
    with pytest.raises(NotFoundError, match="No message found with id"):
        messages.retrieve(made.id, thread_id=thread_id)


def test_messages_are_paged_to_their_end_both_ways(client: OpenAI) -> None:
    thread_id = thread(client, None)
    ids = [
        client.beta.threads.messages.create(thread_id, role="user", content=str(number)).id
        for number in range(4)
    ]

    def page(**query: Any) -> Any:
        return client.beta.threads.messages.list(thread_id, **query)

    assert walk(page) == ids[::-1]
    assert walk(page, order="asc") == ids
    assert walk(page, before=ids[0]) == ids[1:]
    assert page(run_id="run_x").data == []


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"role": "user"}, "content"),
        ({"content": "x"}, "role"),
        ({"role": "system", "content": "x"}, "role"),
        ({"role": "user", "content": " "}, "content"),
        ({"role": "user", "content": []}, "content"),
        ({"role": "user", "content": "x" * 256_001}, "content"),
        ({"role": "user", "content": [{"type": "video"}]}, "content[0].type"),
        ({"role": "user", "content": [{"type": "text"}]}, "content[0].text"),
        (
            {"role": "user", "content": "x", "attachments": [{"file_id": "f"}]},
            "attachments[0].tools",
        ),
        (
            {
                "role": "user",
                "content": "x",
                "attachments": [{"file_id": "f", "tools": [{"type": "function"}]}],
            },
            "attachments[0].tools[0].type",
        ),
    ],
)
def test_messages_are_refused_by_parameter(
    client: OpenAI, http: httpx.Client, body: Any, param: str
) -> None:
    path = f"/threads/{thread(client, None)}/messages"
    answer = http.post(path, json=body, headers=BETA)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_attached_files_must_be_there(client: OpenAI) -> None:
    thread_id = thread(client, None)
    with pytest.raises(NotFoundError, match="No such File object"):
        client.beta.threads.messages.create(
            thread_id,
            role="user",
            content="x",
            attachments=[{"file_id": "file-x", "tools": [SEARCH]}],
        )
    assert client.beta.threads.messages.list(thread_id).data == []


async def test_the_async_client_agrees(async_client: AsyncOpenAI) -> None:
    beta = async_client.beta
    made = await beta.assistants.create(model=MODEL, tools=[SEARCH])
    assert (await beta.assistants.retrieve(made.id)).id == made.id
    assert made.id in [one.id async for one in beta.assistants.list()]
    talk = await beta.threads.create(messages=[{"role": "user", "content": "Hi"}])
    message = await beta.threads.messages.create(talk.id, role="assistant", content="Ho")
    listed = [one.id async for one in beta.threads.messages.list(talk.id, limit=1)]
    assert listed[0] == message.id and len(listed) == 2
    assert (await beta.threads.delete(talk.id)).deleted
    assert (await beta.assistants.delete(made.id)).deleted
