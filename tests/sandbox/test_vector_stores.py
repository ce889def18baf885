"""Vector stores and their files, through the official SDK in its strict mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError, OpenAI

from tests.sandbox.conftest import BETA
from tui.core.clock import SystemClock
from tui.sandbox.thread import RunningSandbox, running_sandbox

Upload = Callable[..., str]

TIDES = "The tide table of the harbour says when boats may leave."
BREAD = "Knead the dough, let it rise, and bake the bread for an hour."
STARS = "The telescope shows the moons of Jupiter on clear nights."


@pytest.fixture
def fresh() -> Iterator[tuple[RunningSandbox, OpenAI]]:
    """A world of its own, for tests that count or move the clock far."""
    with (
        running_sandbox(id_seed=1) as sandbox,
        OpenAI(
            base_url=sandbox.base_url,
            api_key=sandbox.api_key,
            max_retries=0,
            _strict_response_validation=True,
        ) as client,
    ):
        yield sandbox, client


def texts(upload: Upload) -> list[str]:
    return [
        upload(TIDES, "tides.md"),
        upload(BREAD, "bread.txt"),
        upload(STARS, "stars.md"),
    ]


def test_a_store_s_whole_life(client: OpenAI) -> None:
    store = client.vector_stores.create(
        name="harbour",
        description="What we know",
        metadata={"team": "boats"},
        expires_after={"anchor": "last_active_at", "days": 7},
    )
    assert store.id.startswith("vs_")
    assert (store.object, store.status, store.usage_bytes) == ("vector_store", "completed", 0)
    assert store.metadata == {"team": "boats"}
    assert store.expires_at == store.created_at + 7 * 86_400
    assert store.file_counts.total == 0
    assert client.vector_stores.retrieve(store.id) == store
    changed = client.vector_stores.update(
        store.id, name="port", metadata={"team": "ships"}, expires_after=None
    )
    assert (changed.name, changed.metadata) == ("port", {"team": "ships"})
    assert (changed.expires_after, changed.expires_at) == (None, None)
    assert client.vector_stores.update(store.id, metadata=None).metadata == {}
    assert client.vector_stores.retrieve(store.id).name == "port"
    deleted = client.vector_stores.delete(store.id)
    assert (deleted.id, deleted.deleted) == (store.id, True)
    for call in (client.vector_stores.retrieve, client.vector_stores.delete):
        with pytest.raises(NotFoundError):
            call(store.id)


async def test_the_async_client_agrees(async_client: AsyncOpenAI) -> None:
    store = await async_client.vector_stores.create()
    assert store.name == ""
    file = await async_client.files.create(file=("a.md", TIDES.encode()), purpose="assistants")
    entry = await async_client.vector_stores.files.create(store.id, file_id=file.id)
    assert entry.status == "in_progress"
    listed = [item.id async for item in async_client.vector_stores.files.list(store.id)]
    assert listed == [file.id]
    assert (await async_client.vector_stores.delete(store.id)).deleted


def test_files_move_from_in_progress_to_their_end(
    client: OpenAI, sandbox: RunningSandbox, upload: Upload
) -> None:
    good, bad, empty = (
        upload(TIDES, "tides.md"),
        upload(b"\x7fELF\x00", "program.exe"),
        upload("   ", "blank.txt"),
    )
    store = client.vector_stores.create(name="x", file_ids=[good, bad, empty])
    assert (store.status, store.file_counts.in_progress) == ("in_progress", 3)
    raw = client.vector_stores.with_raw_response.retrieve(store.id)
    assert int(raw.headers["openai-poll-after-ms"]) > 0
    listed = client.vector_stores.files.list(store.id, filter="in_progress")
    assert len(listed.data) == 3
    sandbox.advance(1.05)
    assert client.vector_stores.retrieve(store.id).file_counts.in_progress == 2
    sandbox.advance(5)
    store = client.vector_stores.retrieve(store.id)
    assert (store.status, store.file_counts.completed, store.file_counts.failed) == (
        "completed",
        1,
        2,
    )
    raw = client.vector_stores.with_raw_response.retrieve(store.id)
    assert "openai-poll-after-ms" not in raw.headers
    entry = client.vector_stores.files.retrieve(good, vector_store_id=store.id)
    assert (entry.status, entry.last_error) == ("completed", None)
    assert entry.usage_bytes > len(TIDES)
    assert store.usage_bytes == entry.usage_bytes
    assert entry.chunking_strategy is not None
    assert entry.chunking_strategy.type == "static"
    assert entry.chunking_strategy.static.max_chunk_size_tokens == 800
    assert entry.chunking_strategy.static.chunk_overlap_tokens == 400
    errors = {}
    for id in (bad, empty):
        error = client.vector_stores.files.retrieve(id, vector_store_id=store.id).last_error
        assert error is not None
        errors[id] = error.code
    assert errors == {bad: "unsupported_file", empty: "invalid_file"}
    failed = client.vector_stores.files.list(store.id, filter="failed")
    assert {entry.id for entry in failed} == {bad, empty}


def test_content_is_the_parsed_text(
    client: OpenAI, sandbox: RunningSandbox, upload: Upload
) -> None:
    page = "<html><title>T</title><body><p>Boats &amp; bread</p><script>x()</script></body></html>"
    id = upload(page, "page.html")
    store = client.vector_stores.create(file_ids=[id])
    with pytest.raises(BadRequestError):
        client.vector_stores.files.content(id, vector_store_id=store.id)
    sandbox.advance(5)
    content = client.vector_stores.files.content(id, vector_store_id=store.id)
    assert content.object == "vector_store.file_content.page"
    text = "".join(part.text or "" for part in content)
    assert "Boats & bread" in text
    assert "x()" not in text


def test_a_static_strategy_is_honoured(
    client: OpenAI, sandbox: RunningSandbox, upload: Upload
) -> None:
    long = " ".join(f"word{number}" for number in range(600))
    id = upload(long, "long.txt")
    store = client.vector_stores.create()
    client.vector_stores.files.create(
        store.id,
        file_id=id,
        chunking_strategy={
            "type": "static",
            "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 50},
        },
        attributes={"year": 2026, "draft": True, "kind": "list"},
    )
    sandbox.advance(5)
    entry = client.vector_stores.files.retrieve(id, vector_store_id=store.id)
    assert entry.attributes == {"year": 2026, "draft": True, "kind": "list"}
    assert entry.chunking_strategy is not None
    assert entry.chunking_strategy.type == "static"
    assert entry.chunking_strategy.static.max_chunk_size_tokens == 100
    found = client.vector_stores.search(store.id, query="word17 word18", max_num_results=50)
    assert len(found.data) > 1
    assert all(len(item.content[0].text) < len(long) / 3 for item in found)


def test_search_ranks_what_fits_best(
    client: OpenAI, sandbox: RunningSandbox, upload: Upload
) -> None:
    tides, bread, stars = texts(upload)
    store = client.vector_stores.create(file_ids=[tides, bread, stars])
    sandbox.advance(5)
    found = client.vector_stores.search(store.id, query="When may boats leave the harbour?")
    assert found.object == "vector_store.search_results.page"
    best = found.data[0]
    assert (best.file_id, best.filename) == (tides, "tides.md")
    assert best.content[0].text == TIDES
    assert 0 < best.score <= 1
    scores = [item.score for item in found]
    assert scores == sorted(scores, reverse=True)
    assert found.model_extra is not None
    assert found.model_extra["search_query"] == ["When may boats leave the harbour?"]
    two = client.vector_stores.search(store.id, query=["bake bread", "moons of Jupiter"])
    assert {item.file_id for item in two.data[:2]} == {bread, stars}
    one = client.vector_stores.search(store.id, query="the", max_num_results=1)
    assert len(one.data) <= 1
    none = client.vector_stores.search(
        store.id, query="the bread", ranking_options={"score_threshold": 1.0, "ranker": "none"}
    )
    assert none.data == []


def test_filters_narrow_the_search(client: OpenAI, sandbox: RunningSandbox, upload: Upload) -> None:
    ids = [upload(f"A report on bread, number {n}", f"{n}.txt") for n in range(4)]
    store = client.vector_stores.create()
    for number, id in enumerate(ids):
        client.vector_stores.files.create(
            store.id, file_id=id, attributes={"number": number, "even": number % 2 == 0}
        )
    sandbox.advance(5)

    def found(filters: Any) -> set[str]:
        page = client.vector_stores.search(store.id, query="bread report", filters=filters)
        return {item.file_id for item in page}

    assert found({"type": "eq", "key": "even", "value": True}) == {ids[0], ids[2]}
    assert found({"type": "gte", "key": "number", "value": 2}) == {ids[2], ids[3]}
    assert found({"type": "in", "key": "number", "value": [1, 3]}) == {ids[1], ids[3]}
    assert found(
        {
            "type": "and",
            "filters": [
                {"type": "ne", "key": "number", "value": 0},
                {"type": "eq", "key": "even", "value": True},
            ],
        }
    ) == {ids[2]}
    changed = client.vector_stores.files.update(
        ids[0], vector_store_id=store.id, attributes={"even": False}
    )
    assert changed.attributes == {"even": False}
    assert found({"type": "eq", "key": "even", "value": True}) == {ids[2]}
    with pytest.raises(BadRequestError) as caught:
        found({"type": "like", "key": "even", "value": True})
    assert caught.value.param == "filters.type"


def test_detaching_leaves_the_file_and_deleting_detaches(
    client: OpenAI, sandbox: RunningSandbox, upload: Upload
) -> None:
    tides, bread, _ = texts(upload)
    one = client.vector_stores.create(file_ids=[tides, bread])
    two = client.vector_stores.create(file_ids=[tides])
    sandbox.advance(5)
    gone = client.vector_stores.files.delete(bread, vector_store_id=one.id)
    assert (gone.id, gone.deleted, gone.object) == (bread, True, "vector_store.file.deleted")
    assert client.files.retrieve(bread).filename == "bread.txt"
    with pytest.raises(NotFoundError):
        client.vector_stores.files.retrieve(bread, vector_store_id=one.id)
    with pytest.raises(NotFoundError):
        client.vector_stores.files.delete(bread, vector_store_id=one.id)
    client.files.delete(tides)
    for store in (one, two):
        assert client.vector_stores.retrieve(store.id).file_counts.total == 0
        assert client.vector_stores.search(store.id, query="tide boats").data == []


def test_a_batch_of_files(client: OpenAI, sandbox: RunningSandbox, upload: Upload) -> None:
    ids = [upload(f"text {n}", f"{n}.txt") for n in range(5)]
    other = upload("other", "other.txt")
    store = client.vector_stores.create(file_ids=[other])
    batch = client.vector_stores.file_batches.create(
        store.id, file_ids=ids, attributes={"from": "batch"}
    )
    assert batch.id.startswith("vsfb_")
    assert (batch.status, batch.file_counts.in_progress) == ("in_progress", 5)
    sandbox.advance(1.25)
    part = client.vector_stores.file_batches.retrieve(batch.id, vector_store_id=store.id)
    assert (part.status, part.file_counts.completed) == ("in_progress", 2)
    sandbox.advance(5)
    done = client.vector_stores.file_batches.retrieve(batch.id, vector_store_id=store.id)
    assert (done.status, done.file_counts.completed) == ("completed", 5)
    pages = client.vector_stores.file_batches.list_files(
        batch.id, vector_store_id=store.id, limit=2, order="asc"
    )
    listed = list(pages)
    assert [entry.id for entry in listed] == ids
    assert all(entry.attributes == {"from": "batch"} for entry in listed)
    with pytest.raises(BadRequestError):
        client.vector_stores.file_batches.cancel(batch.id, vector_store_id=store.id)
    with pytest.raises(NotFoundError):
        client.vector_stores.file_batches.retrieve("vsfb_none", vector_store_id=store.id)


def test_cancelling_a_batch_stops_what_is_in_progress(
    client: OpenAI, sandbox: RunningSandbox, upload: Upload
) -> None:
    ids = [upload(f"text {n}", f"{n}.txt") for n in range(4)]
    store = client.vector_stores.create()
    batch = client.vector_stores.file_batches.create(
        store.id,
        files=[{"file_id": id, "attributes": {"n": n}} for n, id in enumerate(ids)],
    )
    sandbox.advance(1.15)
    cancelled = client.vector_stores.file_batches.cancel(batch.id, vector_store_id=store.id)
    assert cancelled.status == "cancelled"
    assert (cancelled.file_counts.completed, cancelled.file_counts.cancelled) == (2, 2)
    sandbox.advance(30)
    assert (
        client.vector_stores.file_batches.retrieve(batch.id, vector_store_id=store.id) == cancelled
    )
    listed = client.vector_stores.file_batches.list_files(
        batch.id, vector_store_id=store.id, filter="cancelled"
    )
    assert {entry.id for entry in listed} == set(ids[2:])
    assert [entry.attributes for entry in listed] == [{"n": 3.0}, {"n": 2.0}]
    assert client.vector_stores.retrieve(store.id).status == "completed"


def test_lists_page_to_the_end_forwards_and_backwards(
    fresh: tuple[RunningSandbox, OpenAI],
) -> None:
    sandbox, client = fresh
    ids = []
    for number in range(6):
        ids.append(client.vector_stores.create(name=str(number)).id)
        if number % 2:
            sandbox.advance(1)
    for limit in (1, 2, 4, 100):
        assert [s.id for s in client.vector_stores.list(limit=limit, order="asc")] == ids
        assert [s.id for s in client.vector_stores.list(limit=limit)] == ids[::-1]
    backwards: list[str] = []
    before = ids[-1]
    while True:
        page = client.vector_stores.list(limit=1, order="asc", before=before)
        backwards += [store.id for store in page]
        if not page.has_more:
            break
        before = backwards[-1]
    assert backwards == ids[-2::-1]
    near = client.vector_stores.list(limit=2, order="asc", before=ids[4])
    assert [store.id for store in near] != []
    assert [store.id for store in near.data] == ids[2:4]
    window = client.vector_stores.list(order="asc", after=ids[0], before=ids[3])
    assert [store.id for store in window.data] == ids[1:3]


def test_a_store_expires_when_it_is_not_used(fresh: tuple[RunningSandbox, OpenAI]) -> None:
    sandbox, client = fresh
    file = client.files.create(file=("a.md", TIDES.encode()), purpose="assistants")
    store = client.vector_stores.create(
        file_ids=[file.id], expires_after={"anchor": "last_active_at", "days": 1}
    )
    sandbox.advance(80_000)
    assert client.vector_stores.search(store.id, query="tide").data
    sandbox.advance(80_000)
    assert client.vector_stores.retrieve(store.id).status == "completed"
    sandbox.advance(86_400)
    assert client.vector_stores.retrieve(store.id).status == "expired"
    for call in (
        lambda: client.vector_stores.search(store.id, query="tide"),
        lambda: client.vector_stores.files.create(store.id, file_id=file.id),
        lambda: client.vector_stores.update(store.id, name="again"),
    ):
        with pytest.raises(BadRequestError) as caught:
            call()
        assert "expired" in str(caught.value)
    assert client.vector_stores.delete(store.id).deleted


STATIC = {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 51}


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("", {"name": 1}, "name"),
        ("", {"colour": "red"}, "colour"),
        ("", {"expires_after": {"anchor": "created_at", "days": 1}}, "expires_after.anchor"),
        ("", {"expires_after": {"anchor": "last_active_at", "days": 0}}, "expires_after.days"),
        ("", {"expires_after": {"anchor": "last_active_at", "days": 366}}, "expires_after.days"),
        ("", {"metadata": {str(n): "" for n in range(17)}}, "metadata"),
        ("", {"metadata": {"k" * 65: "v"}}, "metadata"),
        ("", {"metadata": {"k": "v" * 513}}, "metadata.k"),
        ("", {"metadata": {"k": 1}}, "metadata.k"),
        ("", {"file_ids": "file-1"}, "file_ids"),
        ("", {"file_ids": [1]}, "file_ids[0]"),
        ("", {"file_ids": ["file-x"] * 501}, "file_ids"),
        ("", {"chunking_strategy": {"type": "magic"}}, "chunking_strategy.type"),
        ("", {"chunking_strategy": {"type": "static"}}, "chunking_strategy.static"),
        (
            "",
            {"chunking_strategy": {"type": "static", "static": STATIC}},
            "chunking_strategy.static.chunk_overlap_tokens",
        ),
        ("/{id}/files", {}, "file_id"),
        ("/{id}/files", {"file_id": "x", "attributes": {"a": None}}, "attributes.a"),
        ("/{id}/files", {"file_id": "x", "attributes": {"a": [1]}}, "attributes.a"),
        ("/{id}/file_batches", {}, "file_ids"),
        ("/{id}/file_batches", {"file_ids": []}, "file_ids"),
        ("/{id}/file_batches", {"file_ids": ["a"], "files": [{"file_id": "a"}]}, "file_ids"),
        ("/{id}/file_batches", {"files": ["a"]}, "files[0]"),
        ("/{id}/file_batches", {"files": [{"attributes": {}}]}, "files[0].file_id"),
        ("/{id}/search", {}, "query"),
        ("/{id}/search", {"query": ""}, "query"),
        ("/{id}/search", {"query": []}, "query"),
        ("/{id}/search", {"query": 3}, "query"),
        ("/{id}/search", {"query": "x", "max_num_results": 51}, "max_num_results"),
        ("/{id}/search", {"query": "x", "max_num_results": 0}, "max_num_results"),
        ("/{id}/search", {"query": "x", "rewrite_query": "yes"}, "rewrite_query"),
        (
            "/{id}/search",
            {"query": "x", "ranking_options": {"ranker": "best"}},
            "ranking_options.ranker",
        ),
        (
            "/{id}/search",
            {"query": "x", "ranking_options": {"score_threshold": 2}},
            "ranking_options.score_threshold",
        ),
        ("/{id}/search", {"query": "x", "filters": {"type": "eq", "key": "a"}}, None),
    ],
)
def test_bad_requests_name_their_parameter(
    http: httpx.Client, client: OpenAI, path: str, body: dict[str, Any], param: str | None
) -> None:
    store = client.vector_stores.create() if "{id}" in path else None
    url = "/vector_stores" + path.format(id=store.id if store else "")
    response = http.post(url, json=body, headers=BETA)
    assert response.status_code == 400, response.text
    if param is not None:
        assert response.json()["error"]["param"] == param


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/files"),
        ("POST", "/files"),
        ("GET", "/files/file-x"),
        ("POST", "/files/file-x"),
        ("DELETE", "/files/file-x"),
        ("GET", "/files/file-x/content"),
        ("POST", "/file_batches"),
        ("GET", "/file_batches/vsfb_x"),
        ("POST", "/file_batches/vsfb_x/cancel"),
        ("GET", "/file_batches/vsfb_x/files"),
        ("POST", "/search"),
        ("POST", ""),
    ],
)
def test_nothing_is_found_in_a_store_that_is_not_there(
    http: httpx.Client, method: str, path: str
) -> None:
    bodies = {
        "/files": {"file_id": "file-x"},
        "/files/file-x": {"attributes": {}},
        "/file_batches": {"file_ids": ["file-x"]},
        "/search": {"query": "x"},
    }
    body = bodies.get(path, {}) if method == "POST" else None
    response = http.request(method, f"/vector_stores/vs_nowhere{path}", json=body, headers=BETA)
    assert response.status_code == 404
    assert "vs_nowhere" in response.json()["error"]["message"]


def test_a_file_that_is_not_there_cannot_be_attached(client: OpenAI) -> None:
    store = client.vector_stores.create()
    for call in (
        lambda: client.vector_stores.create(file_ids=["file-nowhere"]),
        lambda: client.vector_stores.files.create(store.id, file_id="file-nowhere"),
        lambda: client.vector_stores.file_batches.create(store.id, file_ids=["file-nowhere"]),
    ):
        with pytest.raises(NotFoundError) as caught:
            call()
        assert "file-nowhere" in str(caught.value)
    assert client.vector_stores.retrieve(store.id).file_counts.total == 0


@pytest.mark.parametrize(
    ("query", "param"),
    [("limit=101", "limit"), ("order=up", "order"), ("before=x", "before"), ("filter=x", "filter")],
)
def test_bad_list_parameters(http: httpx.Client, client: OpenAI, query: str, param: str) -> None:
    store = client.vector_stores.create()
    response = http.get(f"/vector_stores/{store.id}/files?{query}", headers=BETA)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


def test_attaching_again_starts_anew(
    client: OpenAI, sandbox: RunningSandbox, upload: Upload
) -> None:
    id = upload(TIDES, "tides.md")
    store = client.vector_stores.create(file_ids=[id])
    sandbox.advance(5)
    again = client.vector_stores.files.create(store.id, file_id=id, attributes={"v": "2"})
    assert again.status == "in_progress"
    assert client.vector_stores.retrieve(store.id).file_counts.total == 1
    sandbox.advance(5)
    entry = client.vector_stores.files.retrieve(id, vector_store_id=store.id)
    assert (entry.status, entry.attributes) == ("completed", {"v": "2"})
    assert len(client.vector_stores.search(store.id, query="tide").data) == 1


def test_the_sdk_s_pollers_come_to_an_end() -> None:
    with (
        running_sandbox(clock=SystemClock(speed=100)) as sandbox,
        OpenAI(
            base_url=sandbox.base_url,
            api_key=sandbox.api_key,
            max_retries=0,
            _strict_response_validation=True,
        ) as client,
    ):
        store = client.vector_stores.create(name="polled")
        entry = client.vector_stores.files.upload_and_poll(
            vector_store_id=store.id, file=("a.md", TIDES.encode()), poll_interval_ms=10
        )
        assert entry.status == "completed"
        batch = client.vector_stores.file_batches.upload_and_poll(
            store.id,
            files=[("b.md", BREAD.encode()), ("c.exe", b"\x00\x01")],
            poll_interval_ms=10,
        )
        assert (batch.status, batch.file_counts.failed) == ("completed", 1)
        assert client.vector_stores.search(store.id, query="bake bread").data
