"""The client against the embedded platform, over real HTTP."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.api.conftest import MakeClient
from tui.api import upload as uploading
from tui.api.capabilities import Presence
from tui.api.client import Client
from tui.api.operations.chat import (
    CREATE_CHAT_COMPLETION,
    DELETE_CHAT_COMPLETION,
    GET_CHAT_COMPLETION,
    LIST_CHAT_COMPLETION_MESSAGES,
    LIST_CHAT_COMPLETIONS,
    UPDATE_CHAT_COMPLETION,
)
from tui.api.operations.files import DELETE_FILE, DOWNLOAD_FILE, GET_FILE, LIST_FILES
from tui.api.operations.models import GET_MODEL, LIST_MODELS
from tui.api.operations.vector_stores import (
    CREATE_FILE_BATCH,
    CREATE_VECTOR_STORE,
    CREATE_VECTOR_STORE_FILE,
    GET_FILE_BATCH,
    GET_VECTOR_STORE,
    GET_VECTOR_STORE_FILE_CONTENT,
    LIST_FILE_BATCH_FILES,
    LIST_VECTOR_STORE_FILES,
    LIST_VECTOR_STORES,
    MODIFY_VECTOR_STORE,
    SEARCH_VECTOR_STORE,
    UPDATE_VECTOR_STORE_FILE,
)
from tui.api.paging import Pager
from tui.core.errors import ProblemError, ProblemKind
from tui.core.settings import ServerKind
from tui.sandbox.thread import RunningSandbox, running_sandbox

MESSAGES = [{"role": "user", "content": "Say something about lighthouses."}]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def client(sandbox: RunningSandbox, make_client: MakeClient) -> Client:
    return make_client(
        sandbox.base_url,
        kind=ServerKind.SANDBOX,
        key=SecretStr(sandbox.api_key),
        admin_key=SecretStr(sandbox.admin_key),
        list_deadline=20.0,
        read_timeout=20.0,
    )


async def test_models(client: Client) -> None:
    page = await client.page(LIST_MODELS)
    assert page.items and page.next is None
    assert client.capabilities.presence("Models") is Presence.PRESENT
    model = await client.call(GET_MODEL, path={"model": page.items[0].id})
    assert model.record.get("owned_by")
    assert model.request_id
    assert [item.malformed for item in page.items] == [None] * len(page.items)


async def test_files_up_down_and_away(client: Client, tmp_path: Path) -> None:
    source = tmp_path / "snö und Grüße.txt"
    source.write_text("The lamp turns once in ten seconds.\n" * 40_000, "utf-8")
    size = source.stat().st_size
    seen: list[tuple[int, int]] = []
    reply = await client.upload(
        source,
        purpose="evals",
        expires_after=7200,
        progress=lambda sent, total: seen.append((sent, total)),
    )
    assert reply.record.get("filename") == source.name
    assert reply.record.get("bytes") == size
    assert reply.record.get("expires_at") == reply.record.get("created_at") + 7200
    assert seen[-1] == (size, size) and seen == sorted(seen)
    path = {"file_id": reply.record.id}
    received: list[tuple[int, int | None]] = []
    target = tmp_path / "back.txt"
    count = await client.download(
        DOWNLOAD_FILE,
        path=path,
        destination=target,
        progress=lambda done, total: received.append((done, total)),
    )
    assert count == size and target.read_bytes() == source.read_bytes()
    assert received[-1][0] == size
    assert target.stat().st_mode & 0o777 == 0o600
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(["back.txt", source.name])
    content = await client.read_text(DOWNLOAD_FILE, path=path, limit=100)
    assert content.truncated and content.text is not None and len(content.text) == 100
    assert (await client.call(DELETE_FILE, path=path)).record.get("deleted") is True
    with pytest.raises(ProblemError) as caught:
        await client.call(GET_FILE, path=path)
    assert caught.value.problem.kind is ProblemKind.NOT_FOUND
    assert caught.value.problem.request_id


async def test_a_large_file_goes_in_parts(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "WHOLE_LIMIT", 1_000_000)
    monkeypatch.setattr(uploading, "PART_BYTES", 700_000)
    source = tmp_path / "large.jsonl"
    source.write_bytes(b'{"line": 1}\n' * 250_000)
    size = source.stat().st_size
    seen: list[int] = []
    reply = await client.upload(
        source, purpose="batch", progress=lambda sent, total: seen.append(sent)
    )
    assert reply.record.object == "file" and reply.record.get("bytes") == size
    assert seen[-1] == size and seen == sorted(seen)
    target = tmp_path / "back.jsonl"
    await client.download(DOWNLOAD_FILE, path={"file_id": reply.record.id}, destination=target)
    assert (
        hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(source.read_bytes()).digest()
    )


async def test_lists_page_to_their_end(client: Client, tmp_path: Path) -> None:
    for number in range(5):
        source = tmp_path / f"{number}.txt"
        source.write_text(f"file {number}")
        await client.upload(source, purpose="evals")
    pager = Pager()
    names: list[str] = []
    while not pager.ended:
        page = await client.page(
            LIST_FILES, query={"purpose": "evals", "order": "asc"}, after=pager.after, limit=2
        )
        names += [item.get("filename") for item in pager.take(page)]
    assert names == [f"{number}.txt" for number in range(5)]


async def test_vector_stores(client: Client, sandbox: RunningSandbox, tmp_path: Path) -> None:
    ids = []
    for name, text in (("keeper.md", "The keeper winds the clock."), ("sea.md", "Salt and fog.")):
        source = tmp_path / name
        source.write_text(text * 5)
        ids.append((await client.upload(source, purpose="assistants")).record.id)
    store = (
        await client.call(
            CREATE_VECTOR_STORE,
            body={"name": "coast", "expires_after": {"anchor": "last_active_at", "days": 3}},
        )
    ).record
    path = {"vector_store_id": store.id}
    attached = await client.call(
        CREATE_VECTOR_STORE_FILE, path=path, body={"file_id": ids[0], "attributes": {"year": 1880}}
    )
    batch = await client.call(CREATE_FILE_BATCH, path=path, body={"file_ids": [ids[1]]})
    for _ in range(20):
        await asyncio.to_thread(sandbox.advance, 5)
        state = await client.call(GET_VECTOR_STORE, path=path)
        if state.record.get("status") == "completed":
            break
    assert state.record.get("file_counts.completed") == 2
    below = {**path, "batch_id": batch.record.id}
    assert (await client.call(GET_FILE_BATCH, path=below)).record.get("status") == "completed"
    assert (await client.page(LIST_FILE_BATCH_FILES, path=below)).ids == (ids[1],)
    assert set((await client.page(LIST_VECTOR_STORE_FILES, path=path)).ids) == set(ids)
    one = {**path, "file_id": attached.record.id}
    changed = await client.call(
        UPDATE_VECTOR_STORE_FILE, path=one, body={"attributes": {"lit": True}}
    )
    assert changed.record.get("attributes") == {"lit": True}
    parts = await client.page(GET_VECTOR_STORE_FILE_CONTENT, path=one)
    assert "keeper" in parts.items[0].get("text")
    found = await client.page(
        SEARCH_VECTOR_STORE, path=path, body={"query": "who winds the clock", "max_num_results": 3}
    )
    assert found.items[0].get("filename") == "keeper.md"
    assert found.items[0].get("score") > 0
    renamed = await client.call(MODIFY_VECTOR_STORE, path=path, body={"name": "cliff"})
    assert renamed.record.get("name") == "cliff"
    assert store.id in (await client.page(LIST_VECTOR_STORES)).ids


async def test_chat(client: Client) -> None:
    body = {"model": "cupola-echo", "messages": MESSAGES, "store": True, "metadata": {"a": "b"}}
    made = await client.call(CREATE_CHAT_COMPLETION, body=body)
    answer = made.record.model
    assert answer is not None and answer.answer.text  # type: ignore[attr-defined]
    page = await client.page(LIST_CHAT_COMPLETIONS, query={"metadata": {"a": "b"}})
    assert made.record.id in page.ids
    path = {"completion_id": made.record.id}
    await client.call(UPDATE_CHAT_COMPLETION, path=path, body={"metadata": {"c": "d"}})
    stored = await client.call(GET_CHAT_COMPLETION, path=path)
    assert stored.record.get("metadata") == {"c": "d"}
    messages = await client.page(LIST_CHAT_COMPLETION_MESSAGES, path=path)
    assert messages.items[0].get("text") == MESSAGES[0]["content"]
    assert (await client.call(DELETE_CHAT_COMPLETION, path=path)).record.get("deleted") is True


async def test_chat_streams_and_stops(client: Client, sandbox: RunningSandbox) -> None:
    async def let_time_pass() -> None:
        while True:
            await sandbox.advanced(0.2)

    passing = asyncio.create_task(let_time_pass())
    body = {
        "model": "cupola-echo",
        "messages": MESSAGES,
        "stream_options": {"include_usage": True},
    }
    text = ""
    async with client.stream(CREATE_CHAT_COMPLETION, body=body) as events:
        async for event in events:
            for choice in event.payload["choices"]:  # type: ignore[index,call-overload]
                text += choice["delta"].get("content") or ""  # type: ignore[union-attr]
    assert events.finished and text
    async with client.stream(CREATE_CHAT_COMPLETION, body=body) as events:
        async for _event in events:
            await events.stop()
    assert events.stopped and not events.finished
    passing.cancel()
