"""The demo world: its size and variety, true counts, search that finds, times that move along."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from tui.core.clock import ManualClock
from tui.sandbox import demo_chat, demo_files, echo, tokens
from tui.sandbox.chat_messages import checked_messages
from tui.sandbox.demo_document import ENGINEERING, HANDBOOK, HELP
from tui.sandbox.fields import Fields
from tui.sandbox.jsonl import check_jsonl
from tui.sandbox.records import Record
from tui.sandbox.thread import RunningSandbox, running_sandbox

NOW = 1_795_000_000
DAY = 86_400


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return demo_chat.completions(NOW)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(clock=ManualClock(NOW), seed="demo") as running:
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


def choice(record: Record) -> Any:
    return record.body["choices"][0]


def test_completions_are_many_and_always_the_same(records: list[Record]) -> None:
    assert len(records) >= 350
    assert demo_chat.completions(NOW) == records
    assert len({record.id for record in records}) == len(records)
    texts = {json.dumps([r.private["messages"], choice(r)["message"]]) for r in records}
    assert len(texts) > 0.9 * len(records)


def test_completions_lie_in_the_last_month_in_order(records: list[Record]) -> None:
    times = [record.created_at for record in records]
    assert times == sorted(times)
    assert NOW - 31 * DAY < times[0] < NOW - 28 * DAY
    assert NOW - DAY < times[-1] <= NOW


def test_completions_vary(records: list[Record]) -> None:
    finishes = Counter(choice(record)["finish_reason"] for record in records)
    assert finishes.keys() == {"stop", "length", "tool_calls", "content_filter"}
    assert min(finishes.values()) >= 2
    assert len({record.body["model"] for record in records}) >= 6
    assert len({record.body["metadata"]["feature"] for record in records}) >= 20
    assert {record.body["metadata"]["env"] for record in records} == {"prod", "staging", "dev"}
    assert sum(choice(record)["message"]["refusal"] is not None for record in records) >= 4
    assert sum(len(record.private["messages"]) > 4 for record in records) >= 20
    assert sum(record.body["response_format"] is not None for record in records) >= 20
    roles = {m["role"] for record in records for m in record.private["messages"]}
    assert roles == {"system", "developer", "user", "assistant", "tool"}


@pytest.mark.parametrize("script", ["桟橋", "ر", "ह", "λ", "ж", "🚿"])
def test_completions_speak_many_scripts(records: list[Record], script: str) -> None:
    said = "".join(str(record.private["messages"]) + str(choice(record)) for record in records)
    assert script in said


def test_usage_is_counted_from_the_texts(records: list[Record]) -> None:
    for record in records:
        usage, message = record.body["usage"], choice(record)["message"]
        tools = record.body["tools"] or ()
        assert usage["prompt_tokens"] == echo.prompt_tokens(record.private["messages"], tools)
        assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
        if message["content"]:
            assert usage["completion_tokens"] == tokens.count(message["content"])
        assert usage["prompt_tokens_details"]["cached_tokens"] <= usage["prompt_tokens"]


def test_every_request_would_be_accepted(records: list[Record]) -> None:
    for record in records:
        assert checked_messages(Fields({"messages": record.private["messages"]}))
        if (record.body["response_format"] or {}).get("type") == "json_schema":
            json.loads(choice(record)["message"]["content"])


def test_files_have_every_purpose_and_real_text() -> None:
    documents = demo_files.documents()
    assert len(documents) >= 80
    assert Counter(d.store for d in documents if d.store) == {
        HELP: 24,
        HANDBOOK: 18,
        ENGINEERING: 18,
    }
    assert {d.purpose for d in documents} == {
        "assistants",
        "fine-tune",
        "batch",
        "batch_output",
        "user_data",
        "vision",
    }
    for document in documents:
        if document.filename.endswith(".jsonl"):
            assert check_jsonl(document.content.splitlines()) is None
    assert sum(d.expires_days is not None for d in documents) >= 5
    assert any(len(d.filename) > 200 for d in documents)
    assert any("[/x]" in d.filename for d in documents)


def test_the_sdk_reads_all_of_it_strictly(client: OpenAI) -> None:
    assert len(list(client.chat.completions.list(limit=100))) == demo_chat.COUNT
    assert len(list(client.chat.completions.list(metadata={"team": "support"}))) > 50
    assert len(list(client.files.list(limit=30))) == 101
    files = list(client.files.list(purpose="fine-tune"))
    assert len(files) == 9
    assert max(client.files.content(file.id).content.count(b"\n") for file in files) == 161
    stores = list(client.vector_stores.list())
    assert [store.name for store in stores] == [
        "Engineering notes",
        "Company handbook",
        "Moorbook help centre",
    ]
    assert sum(store.file_counts.total for store in stores) == 60
    assert [store.file_counts.failed for store in stores] == [4, 1, 0]
    assert [store.file_counts.in_progress for store in stores] == [1, 0, 2]
    assert [store.file_counts.cancelled for store in stores] == [0, 1, 0]
    assert [store.status for store in stores] == ["in_progress", "completed", "in_progress"]
    assert stores[1].expires_at is not None and stores[1].expires_at > NOW + 20 * DAY


@pytest.mark.parametrize(
    ("store", "query", "filename"),
    [
        ("Company handbook", "how many weeks of parental leave", "leave-policy.md"),
        ("Company handbook", "lost devices, which phone", "security-basics.md"),
        ("Company handbook", "gale warning waiver of the cancellation", "refund-policy.md"),
        ("Engineering notes", "tide table is an hour off", "runbook-tide-worker.md"),
        ("Engineering notes", "free berths SQL", "availability.sql"),
        ("Moorbook help centre", "error E22 battery of the lock", "gates-and-codes.html"),
    ],
)
def test_stores_are_really_searchable(
    client: OpenAI, store: str, query: str, filename: str
) -> None:
    found = next(one for one in client.vector_stores.list() if one.name == store)
    hits = client.vector_stores.search(found.id, query=query, max_num_results=3).data
    assert filename in [hit.filename for hit in hits[:2]]
    assert 0 < hits[0].score <= 1


def test_attributes_filter_the_search(client: OpenAI) -> None:
    store = next(one for one in client.vector_stores.list() if one.name.startswith("Moorbook"))
    hits = client.vector_stores.search(
        store.id, query="showers", filters={"type": "eq", "key": "harbour", "value": "Porto Lume"}
    ).data
    assert {hit.filename for hit in hits} == {"harbour-guide-porto-lume.md"}


def test_unreadable_files_say_why(client: OpenAI) -> None:
    store = next(one for one in client.vector_stores.list() if one.name == "Engineering notes")
    failed = list(client.vector_stores.files.list(store.id, filter="failed"))
    codes = Counter(entry.last_error.code for entry in failed if entry.last_error)
    assert codes == {"unsupported_file": 2, "invalid_file": 2}


def test_a_world_opened_later_has_moved_along(tmp_path: Path) -> None:
    with running_sandbox(clock=ManualClock(NOW), seed="demo", data_dir=tmp_path) as sandbox:
        client = OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key)
        first = client.chat.completions.list(order="desc").data[0]
        own = client.chat.completions.create(
            model="cupola-echo", messages=[{"role": "user", "content": "hi"}], store=True
        )
        sandbox.advance(3 * 3600)
        assert all(s.file_counts.in_progress == 0 for s in client.vector_stores.list())
    later = NOW + 9 * DAY
    with running_sandbox(clock=ManualClock(later), seed="demo", data_dir=tmp_path) as sandbox:
        client = OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key)
        assert client.chat.completions.retrieve(first.id).created == first.created + 9 * DAY
        assert client.chat.completions.retrieve(own.id).created == own.created
        stores = list(client.vector_stores.list())
        assert sum(store.file_counts.in_progress for store in stores) == 3
        assert sum(store.file_counts.total for store in stores) == 60
        sandbox.advance(100)
        stores = list(client.vector_stores.list())
        assert sum(store.file_counts.in_progress for store in stores) == 2


def times_of_files(now: int, data_dir: Path) -> dict[str, int]:
    """When each file was made, in a world that is opened at a time; a job trains whenever."""
    with (
        running_sandbox(clock=ManualClock(now), seed="demo", data_dir=data_dir) as sandbox,
        OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key) as client,
    ):
        assert any(job.status == "running" for job in client.fine_tuning.jobs.list())
        return {file.id: file.created_at for file in client.files.list(limit=100)}


def test_times_stand_still_within_an_afternoon(tmp_path: Path) -> None:
    first, later, last = (times_of_files(NOW + 60 * m, tmp_path) for m in (0, 40, 80))
    assert first == later == last
    again = 60 * 80 + 3600
    assert times_of_files(NOW + again, tmp_path) == {id: t + again for id, t in first.items()}


def test_the_pending_upload_can_be_cancelled(sandbox: RunningSandbox, client: OpenAI) -> None:
    (upload,) = sandbox.run(sandbox.world.database.read(lambda records: records.select("upload")))
    assert upload.body["status"] == "pending"
    assert client.uploads.cancel(upload.id).status == "cancelled"
