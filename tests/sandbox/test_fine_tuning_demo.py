"""The demo's fine-tuning jobs: every state, real figures, and always one that trains."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import OpenAI

from tui.core.clock import ManualClock
from tui.sandbox import demo_fine_tuning_runs
from tui.sandbox.demo_fine_tuning_jobs import BAD_LINE, plans
from tui.sandbox.demo_fine_tuning_runs import all_contents, kept_run, train_plan
from tui.sandbox.thread import RunningSandbox, running_sandbox

NOW = 1_795_000_000
DAY = 86_400


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(clock=ManualClock(NOW), seed="demo") as running:
        yield running


def all_jobs(http: httpx.Client) -> list[dict[str, Any]]:
    reply = http.get("/fine_tuning/jobs", params={"limit": 100}).json()
    assert reply["has_more"] is False
    jobs: list[dict[str, Any]] = reply["data"]
    return jobs


def named(http: httpx.Client, suffix: str) -> dict[str, Any]:
    return next(job for job in all_jobs(http) if job["user_provided_suffix"] == suffix)


def test_there_are_jobs_in_every_state(client: OpenAI, http: httpx.Client) -> None:
    jobs = all_jobs(http)
    states = Counter(job["status"] for job in jobs)
    assert states == {
        "validating_files": 1,
        "queued": 1,
        "running": 2,
        "paused": 1,
        "succeeded": 14,
        "failed": 2,
        "cancelled": 2,
    }
    assert len(jobs) == len(plans()) and len({job["id"] for job in jobs}) == len(jobs)
    assert any(job["metadata"] is None for job in jobs)
    # The SDK's type of a job does not know `paused`: its first page is free of it.
    page = client.fine_tuning.jobs.list()
    assert len(page.data) == 20 and page.has_more
    assert len(list(client.fine_tuning.jobs.list(metadata={"team": "docs"}))) >= 3


def test_what_jobs_refer_to_is_there(client: OpenAI, http: httpx.Client) -> None:
    files = {file.id: file for file in client.files.list()}
    models = {model.id for model in client.models.list()}
    for job in all_jobs(http):
        assert files[job["training_file"]].purpose == "fine-tune"
        assert files[job["training_file"]].created_at < job["created_at"]
        if job["validation_file"]:
            assert files[job["validation_file"]].purpose == "fine-tune"
        if job["status"] == "succeeded":
            assert job["fine_tuned_model"] in models and job["trained_tokens"] > 5_000
            (result,) = job["result_files"]
            assert files[result].purpose == "fine-tune-results"
            assert files[result].created_at == job["finished_at"]
    assert all(name.startswith("ft:") for name in models if "sandbox:" in name)


def test_one_job_has_five_thousand_events(client: OpenAI, http: httpx.Client) -> None:
    job = named(http, "mail-category")
    first = client.fine_tuning.jobs.list_events(job["id"], limit=100)
    assert first.data[0].message == "The job has successfully completed"
    events = list(client.fine_tuning.jobs.list_events(job["id"], limit=1_000))
    assert len(events) == 5_000 and len({event.id for event in events}) == 5_000
    losses: list[Any] = [event.data for event in events if event.type == "metrics"]
    assert losses[0]["step"] == losses[0]["total_steps"] == 4_991
    assert losses[0]["train_loss"] < losses[-1]["train_loss"]
    assert len(list(client.fine_tuning.jobs.checkpoints.list(job["id"]))) == 3


def test_results_are_base64_but_for_an_old_one(client: OpenAI, http: httpx.Client) -> None:
    heads = Counter()
    for job in all_jobs(http):
        for name in job["result_files"]:
            content = client.files.content(name).content
            plain = content.startswith(b"step,train_loss,train_accuracy,")
            text = content if plain else base64.b64decode(content, validate=True)
            assert text.count(b"\n") == 1 + len(kept_steps(client, job["id"]))
            heads[plain] += 1
    assert heads == {True: 1, False: 13}


def kept_steps(client: OpenAI, job_id: str) -> range:
    newest = client.fine_tuning.jobs.list_events(job_id, limit=5).data
    data: Any = next(event.data for event in newest if event.type == "metrics")
    return range(data["total_steps"])


def test_a_failed_job_names_the_line(http: httpx.Client) -> None:
    job = next(job for job in all_jobs(http) if job["status"] == "failed")
    assert (
        f"Line {BAD_LINE}: the last message must be from the assistant" in job["error"]["message"]
    )
    assert job["error"]["param"] == "training_file"


def test_a_demo_model_answers_once_it_is_asked(client: OpenAI, http: httpx.Client) -> None:
    model = named(http, "triage-v3")["fine_tuned_model"]
    answer = client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": "The gate code is refused, we stand outside!"}],
    )
    assert (answer.choices[0].message.content or "").startswith('{"category": "access"')
    assert "tuned" in (answer.system_fingerprint or "")


@pytest.mark.parametrize("key", ["triage-v3", "tone-v1", "categories-fast"])
def test_the_kept_runs_are_what_training_measures(key: str) -> None:
    known = {plan.key: plan for plan in plans()}
    trainer = train_plan(known[key], all_contents(), known)
    rows = [measure.row() for measure in trainer.measures()]
    kept = [measure.row() for measure in kept_run(key).measures]
    assert len(rows) == len(kept)
    for row, other in zip(rows, kept, strict=True):
        assert row == pytest.approx(other, abs=2e-5)
    assert set(demo_fine_tuning_runs.kept_runs()) == {p.key for p in plans() if p.trains}


def test_one_is_always_training(tmp_path: Path) -> None:
    with running_sandbox(clock=ManualClock(NOW), seed="demo", data_dir=tmp_path) as sandbox:
        client = OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key)
        before = {job.id: job for job in client.fine_tuning.jobs.list(limit=100)}
        live = next(
            job for job in before.values() if job.metadata == {"team": "support", "run": "nightly"}
        )
        seen = len(list(client.fine_tuning.jobs.list_events(live.id, limit=1000)))
        sandbox.advance(30)
        assert len(list(client.fine_tuning.jobs.list_events(live.id, limit=1000))) == seen + 45
        sandbox.advance(300)
        finished = client.fine_tuning.jobs.retrieve(live.id)
        assert finished.status == "succeeded" and finished.result_files
        sandbox.advance(4 * 3600)
        states = {job.status for job in client.fine_tuning.jobs.list(limit=100)}
        assert states == {"succeeded", "failed", "cancelled", "paused"}
        files = len(list(client.files.list()))
    with running_sandbox(
        clock=ManualClock(NOW + 9 * DAY), seed="demo", data_dir=tmp_path
    ) as sandbox:
        client = OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key)
        after = {job.id: job for job in client.fine_tuning.jobs.list(limit=100)}
        assert {id: job.status for id, job in after.items()} == {
            id: job.status for id, job in before.items()
        }
        assert all(after[id].created_at == job.created_at + 9 * DAY for id, job in before.items())
        assert len(list(client.files.list())) == files - 4
        assert client.fine_tuning.jobs.retrieve(live.id).result_files == []
        assert len(list(client.fine_tuning.jobs.list_events(live.id, limit=1000))) == seen
        sandbox.advance(300)
        again = client.fine_tuning.jobs.retrieve(live.id)
        assert again.status == "succeeded"
        assert client.files.retrieve(again.result_files[0]).purpose == "fine-tune-results"
