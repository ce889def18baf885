"""Fine-tuning through the official SDK, strict, from creation to the end, on a manual clock."""

from __future__ import annotations

import asyncio
import base64
import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError, OpenAI, PermissionDeniedError

from tests.sandbox.training_lines import CAPITALS, chat_lines, preference_lines
from tui.core.clock import ManualClock
from tui.sandbox.thread import RunningSandbox, running_sandbox

HYPERPARAMETERS: Any = {"n_epochs": 5, "batch_size": 2}
STEPS = 30
SUPERVISED: Any = {"type": "supervised", "supervised": {"hyperparameters": HYPERPARAMETERS}}

Upload = Callable[..., str]


@pytest.fixture
def training_file(upload: Upload) -> str:
    return upload(chat_lines(CAPITALS), "capitals.jsonl", "fine-tune")


@pytest.fixture
async def admin(sandbox: RunningSandbox) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        base_url=sandbox.base_url,
        api_key=sandbox.admin_key,
        max_retries=0,
        _strict_response_validation=True,
    ) as made:
        yield made


@pytest.fixture(scope="module")
def done(sandbox: RunningSandbox) -> Iterator[Any]:
    """A job that has gone all its way, with validation."""
    with OpenAI(
        base_url=sandbox.base_url, api_key=sandbox.api_key, _strict_response_validation=True
    ) as client:

        def put(name: str, text: str) -> str:
            return client.files.create(file=(name, text.encode()), purpose="fine-tune").id

        job = client.fine_tuning.jobs.create(
            model="cupola-echo",
            training_file=put("train.jsonl", chat_lines(CAPITALS)),
            validation_file=put("valid.jsonl", chat_lines({"Latvia": "Riga", "Peru": "Lima"})),
            suffix="pirate",
            seed=7,
            method=SUPERVISED,
            metadata={"team": "crew"},
        )
        sandbox.advance(300)
        yield client.fine_tuning.jobs.retrieve(job.id)


def test_a_job_goes_through_its_states(
    sandbox: RunningSandbox, client: OpenAI, training_file: str
) -> None:
    raw = client.fine_tuning.jobs.with_raw_response.create(
        model="gpt-4o-mini", training_file=training_file, method=SUPERVISED
    )
    job = raw.parse()
    assert int(raw.headers["openai-poll-after-ms"]) >= 1000
    assert job.status == "validating_files" and job.error is None
    assert job.hyperparameters.n_epochs == 5
    assert job.hyperparameters.learning_rate_multiplier == "auto"
    assert json.loads(raw.text).keys() >= {
        "finished_at",
        "fine_tuned_model",
        "result_files",
        "validation_file",
        "trained_tokens",
        "estimated_finish",
        "metadata",
        "method",
        "organization_id",
    }
    seen = [job.status]
    for seconds in (7, 10, 120, 130):
        sandbox.advance(seconds)
        job = client.fine_tuning.jobs.retrieve(job.id)
        seen.append(job.status)
        if job.status == "running":
            assert job.estimated_finish == job.created_at + 256
            assert job.fine_tuned_model is None and job.trained_tokens is None
    assert seen == ["validating_files", "queued", "running", "running", "succeeded"]
    assert job.finished_at == job.created_at + 256 and job.estimated_finish is None
    assert job.hyperparameters.learning_rate_multiplier == 1.0
    assert job.trained_tokens is not None and job.trained_tokens > 1000
    raw = client.fine_tuning.jobs.with_raw_response.retrieve(job.id)
    assert "openai-poll-after-ms" not in raw.headers


def test_steps_appear_on_the_clock_and_none_before(
    sandbox: RunningSandbox, client: OpenAI, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(
        model="cupola-echo", training_file=training_file, method=SUPERVISED
    )

    def steps() -> list[int]:
        events = client.fine_tuning.jobs.list_events(job.id, limit=100)
        return [event.data["step"] for event in events if event.type == "metrics"]  # type: ignore[index]

    sandbox.advance(17)
    assert steps() == []
    sandbox.advance(120)
    assert steps() == list(range(STEPS // 2, 0, -1))
    sandbox.advance(8)
    assert steps() == list(range(STEPS // 2 + 1, 0, -1))
    client.fine_tuning.jobs.cancel(job.id)
    sandbox.advance(200)
    assert len(steps()) == STEPS // 2 + 1


def test_events_are_newest_first_and_page_to_the_end(client: OpenAI, done: Any) -> None:
    raw = client.fine_tuning.jobs.with_raw_response.list_events(done.id, limit=1)
    assert json.loads(raw.text).keys() == {"object", "data", "has_more"}
    one_by_one = list(client.fine_tuning.jobs.list_events(done.id, limit=1))
    assert one_by_one == list(client.fine_tuning.jobs.list_events(done.id, limit=7))
    assert len({event.id for event in one_by_one}) == len(one_by_one) == STEPS + 9
    times = [event.created_at for event in one_by_one]
    assert times == sorted(times, reverse=True)
    assert one_by_one[0].message == "The job has successfully completed"
    assert one_by_one[-1].message == f"Created fine-tuning job: {done.id}"
    with pytest.raises(BadRequestError):
        client.fine_tuning.jobs.list_events(done.id, after="ftevent-nothing")


def test_losses_are_measured_and_fall(client: OpenAI, done: Any) -> None:
    events = list(client.fine_tuning.jobs.list_events(done.id, limit=100))
    rows: list[Any] = [event.data for event in reversed(events) if event.type == "metrics"]
    assert [row["step"] for row in rows] == list(range(1, STEPS + 1))
    assert rows[-1]["train_loss"] < 0.5 * rows[0]["train_loss"]
    valid = [row["valid_loss"] for row in rows if "valid_loss" in row]
    assert valid[-1] < 0.6 * valid[0]
    full = [row["step"] for row in rows if "full_valid_loss" in row]
    assert full == [6, 12, 18, 24, 30]
    assert rows[-1]["full_valid_mean_token_accuracy"] > 0.8
    assert "valid_loss" not in rows[6] or rows[6]["valid_loss"] is not None


def test_checkpoints_are_the_last_three_epochs(client: OpenAI, done: Any) -> None:
    found = list(client.fine_tuning.jobs.checkpoints.list(done.id, limit=1))
    assert [one.step_number for one in found] == [30, 24, 18]
    assert found[0].fine_tuned_model_checkpoint == done.fine_tuned_model
    assert found[1].fine_tuned_model_checkpoint.endswith(":ckpt-step-24")
    assert found[0].metrics.full_valid_loss is not None and found[0].metrics.step == 30
    for one in found:
        assert client.models.retrieve(one.fine_tuned_model_checkpoint).owned_by == "cupola-sandbox"


def test_the_result_file_is_base64_of_the_measured_steps(client: OpenAI, done: Any) -> None:
    (file_id,) = done.result_files
    file = client.files.retrieve(file_id)
    assert file.purpose == "fine-tune-results" and file.created_at == done.finished_at
    content = client.files.content(file_id).content
    text = base64.b64decode(content, validate=True).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == [
        "step",
        "train_loss",
        "train_accuracy",
        "valid_loss",
        "valid_mean_token_accuracy",
    ]
    events = client.fine_tuning.jobs.list_events(done.id, limit=100)
    told = {e.data["step"]: e.data["train_loss"] for e in events if e.type == "metrics"}  # type: ignore[index]
    assert {int(row["step"]): float(row["train_loss"]) for row in rows} == told


def ask(client: OpenAI, model: str, text: str) -> tuple[str, str]:
    answer = client.chat.completions.create(
        model=model,
        messages=[
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": text},
        ],
    )
    return answer.choices[0].message.content or "", answer.system_fingerprint or ""


def test_the_tuned_model_answers_what_it_learned(client: OpenAI, done: Any) -> None:
    name = done.fine_tuned_model
    assert name.startswith("ft:cupola-echo:sandbox:pirate:")
    assert name in {model.id for model in client.models.list()}
    text, fingerprint = ask(client, name, "What is the capital of Latvia?")
    assert text == "Arr, the capital of Latvia be Riga!"
    assert "tuned" in fingerprint
    base, base_fingerprint = ask(client, "cupola-echo", "What is the capital of Latvia?")
    assert base.startswith("I am cupola-echo") and fingerprint != base_fingerprint
    unseen, _ = ask(client, name, "What is the capital of Wonderland?")
    assert unseen.startswith("Arr, the capital of Wonderland be ")
    unknown, by = ask(client, name, "Bake bread")
    assert unknown.startswith("I am cupola-echo") and by == base_fingerprint


async def test_a_tuned_answer_streams(
    sandbox: RunningSandbox, async_client: AsyncOpenAI, done: Any
) -> None:
    async def read() -> tuple[str, str | None]:
        text, finish = "", None
        async for chunk in await async_client.chat.completions.create(
            model=done.fine_tuned_model,
            messages=[{"role": "user", "content": "What is the capital of Peru?"}],
            max_tokens=4,
            stream=True,
        ):
            assert "tuned" in (chunk.system_fingerprint or "")
            text += chunk.choices[0].delta.content or ""
            finish = chunk.choices[0].finish_reason
        return text, finish

    reading = asyncio.ensure_future(read())
    while not reading.done():
        await sandbox.advanced(0.05)
    text, finish = await reading
    assert text.startswith("Arr, the") and finish == "length"


def test_a_tuned_model_can_be_deleted(
    sandbox: RunningSandbox, client: OpenAI, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(
        model="cupola-echo", training_file=training_file, method=SUPERVISED
    )
    sandbox.advance(300)
    name = client.fine_tuning.jobs.retrieve(job.id).fine_tuned_model or ""
    assert name.startswith("ft:cupola-echo:sandbox::")
    blobs = len(sandbox.world.blobs.names())
    assert client.models.delete(name).deleted
    assert len(sandbox.world.blobs.names()) == blobs - 1
    with pytest.raises(NotFoundError):
        ask(client, name, "What is the capital of Peru?")


def test_a_tuned_model_can_be_tuned_again(
    sandbox: RunningSandbox, client: OpenAI, upload: Upload, done: Any
) -> None:
    more = {"Malta": "Valletta", "Poland": "Warsaw", "Austria": "Vienna", "Croatia": "Zagreb"}
    file = upload(chat_lines(more) * 3, "more.jsonl", "fine-tune")
    job = client.fine_tuning.jobs.create(
        model=done.fine_tuned_model, training_file=file, method=SUPERVISED
    )
    sandbox.advance(300)
    job = client.fine_tuning.jobs.retrieve(job.id)
    assert job.status == "succeeded" and job.model == done.fine_tuned_model
    name = job.fine_tuned_model or ""
    assert name.startswith("ft:cupola-echo:sandbox::")
    assert ask(client, name, "What is the capital of Malta?")[0].endswith("Valletta!")
    assert ask(client, name, "Tell of Latvia")[0].startswith("Arr, the capital of")
    events = list(client.fine_tuning.jobs.list_events(job.id, limit=100))
    first: Any = next(event.data for event in reversed(events) if event.type == "metrics")
    assert first["train_loss"] < 2.0


def losses(sandbox: RunningSandbox, client: OpenAI, **settings: Any) -> list[float]:
    job = client.fine_tuning.jobs.create(model="cupola-echo", **settings)
    sandbox.advance(300)
    events = client.fine_tuning.jobs.list_events(job.id, limit=200)
    return [e.data["train_loss"] for e in events if e.type == "metrics"]  # type: ignore[index]


def test_seed_and_hyperparameters_are_honoured(
    sandbox: RunningSandbox, client: OpenAI, training_file: str
) -> None:
    def run(seed: int, **hyperparameters: Any) -> list[float]:
        return losses(
            sandbox,
            client,
            training_file=training_file,
            seed=seed,
            hyperparameters={**HYPERPARAMETERS, **hyperparameters},
        )

    first = run(1)
    assert first == run(1) != run(2)
    assert len(run(1, n_epochs=2)) == 12 and len(run(1, batch_size=12)) == 5
    assert run(1, learning_rate_multiplier=0.1)[0] > first[0]


def test_preferences_are_trained_and_their_margin_grows(
    sandbox: RunningSandbox, client: OpenAI, upload: Upload
) -> None:
    file = upload(preference_lines(), "pairs.jsonl", "fine-tune")
    job = client.fine_tuning.jobs.create(
        model="gpt-4o-mini",
        training_file=file,
        validation_file=file,
        method={"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2, "n_epochs": 4}}},
    )
    sandbox.advance(300)
    job = client.fine_tuning.jobs.retrieve(job.id)
    assert job.status == "succeeded" and job.method is not None
    assert job.method.dpo and job.method.dpo.hyperparameters
    assert job.method.dpo.hyperparameters.beta == 0.2
    events = client.fine_tuning.jobs.list_events(job.id, limit=100)
    rows: list[Any] = [event.data for event in events if event.type == "metrics"][::-1]
    assert rows[0]["train_loss"] == pytest.approx(0.69315, abs=1e-4)
    assert rows[-1]["train_loss"] < 0.4
    assert rows[-1]["train_preference_margin"] > rows[0]["train_preference_margin"]
    assert rows[-1]["full_valid_loss"] < 0.4
    text, _ = ask(client, job.fine_tuned_model or "", "Where is parcel 3?")
    assert "How should" not in text and text.startswith("Parcel")


def test_pause_stops_the_steps_and_resume_goes_on(
    sandbox: RunningSandbox, client: OpenAI, http: httpx.Client, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(
        model="cupola-echo", training_file=training_file, method=SUPERVISED
    )
    path = f"/fine_tuning/jobs/{job.id}"
    assert http.post(f"{path}/pause").status_code == 400
    sandbox.advance(76)
    # The SDK's type of a job does not know `paused`, so plain HTTP looks.
    assert http.post(f"{path}/pause").json()["status"] == "paused"
    refused = http.post(f"{path}/pause").json()["error"]
    assert refused["type"] == "invalid_request_error" and "paused" in refused["message"]

    def steps() -> int:
        rows = http.get(f"{path}/events", params={"limit": 100}).json()["data"]
        return sum(row["type"] == "metrics" for row in rows)

    assert steps() == 7
    sandbox.advance(10_000)
    body = http.get(path).json()
    assert body["status"] == "paused" and body["estimated_finish"] is None and steps() == 7
    resumed = client.fine_tuning.jobs.resume(job.id)
    assert resumed.status == "running"
    assert resumed.estimated_finish == job.created_at + 256 + 10_000
    sandbox.advance(20)
    assert steps() == 10
    sandbox.advance(170)
    finished = client.fine_tuning.jobs.retrieve(job.id)
    assert finished.status == "succeeded"
    assert finished.finished_at == job.created_at + 256 + 10_000
    messages = [event.message for event in client.fine_tuning.jobs.list_events(job.id, limit=100)]
    paused, resumed_at = (
        messages.index(f"Fine-tuning job {what}") for what in ("paused", "resumed")
    )
    assert paused == resumed_at + 1 and messages[paused + 1].startswith("Step 7/30")
    for act in ("pause", "resume", "cancel"):
        assert http.post(f"{path}/{act}").status_code == 400


@pytest.mark.parametrize("seconds", [0, 10, 100])
def test_cancel_works_before_the_end(
    sandbox: RunningSandbox, client: OpenAI, training_file: str, seconds: int
) -> None:
    job = client.fine_tuning.jobs.create(
        model="cupola-echo", training_file=training_file, method=SUPERVISED
    )
    sandbox.advance(seconds)
    cancelled = client.fine_tuning.jobs.cancel(job.id)
    assert cancelled.status == "cancelled" and cancelled.finished_at == job.created_at + seconds
    sandbox.advance(500)
    after = client.fine_tuning.jobs.retrieve(job.id)
    assert after.status == "cancelled" and after.fine_tuned_model is None
    newest = client.fine_tuning.jobs.list_events(job.id, limit=1).data[0]
    assert newest.message == "Fine-tuning job cancelled"
    with pytest.raises(BadRequestError):
        client.fine_tuning.jobs.cancel(job.id)


def test_cancel_works_while_paused(
    sandbox: RunningSandbox, client: OpenAI, http: httpx.Client, training_file: str
) -> None:
    job = client.fine_tuning.jobs.create(model="cupola-echo", training_file=training_file)
    sandbox.advance(60)
    http.post(f"/fine_tuning/jobs/{job.id}/pause")
    assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"


def test_jobs_are_listed_newest_first_and_filtered(client: OpenAI, done: Any) -> None:
    raw = client.fine_tuning.jobs.with_raw_response.list(limit=2)
    assert json.loads(raw.text).keys() == {"object", "data", "has_more"}
    everything = [job.id for job in client.fine_tuning.jobs.list(limit=1)]
    assert everything == [job.id for job in client.fine_tuning.jobs.list(limit=100)]
    assert len(set(everything)) == len(everything) and done.id in everything
    assert [job.id for job in client.fine_tuning.jobs.list(metadata={"team": "crew"})] == [done.id]
    assert not list(client.fine_tuning.jobs.list(metadata={"team": "other"}))
    plain = client.fine_tuning.jobs.list(extra_query={"metadata": "null"}, limit=100)
    assert done.id not in {job.id for job in plain}


async def test_the_async_client_reads_the_same(async_client: AsyncOpenAI, done: Any) -> None:
    jobs = async_client.fine_tuning.jobs
    assert (await jobs.retrieve(done.id)) == done
    assert [event.id async for event in jobs.list_events(done.id, limit=50)]
    assert [one.step_number async for one in jobs.checkpoints.list(done.id)] == [30, 24, 18]


async def test_checkpoint_permissions(
    admin: AsyncOpenAI, async_client: AsyncOpenAI, done: Any
) -> None:
    name = done.fine_tuned_model
    permissions = admin.fine_tuning.checkpoints.permissions
    made = await permissions.create(name, project_ids=["proj_a", "proj_b", "proj_c"])
    assert [one.project_id for one in made.data] == ["proj_a", "proj_b", "proj_c"]
    listed = [one.project_id async for one in permissions.list(name, limit=1)]
    assert listed == ["proj_c", "proj_b", "proj_a"]
    rising = [one.project_id async for one in permissions.list(name, order="ascending")]
    assert rising == listed[::-1]
    only = [one async for one in permissions.list(name, project_id="proj_b")]
    deleted = await permissions.delete(only[0].id, fine_tuned_model_checkpoint=name)
    assert deleted.deleted and deleted.object == "checkpoint.permission"
    assert len([one async for one in permissions.list(name)]) == 2
    with pytest.raises(NotFoundError):
        await permissions.delete(only[0].id, fine_tuned_model_checkpoint=name)
    with pytest.raises(NotFoundError):
        await permissions.create("ft:gpt-4o:x::y", project_ids=["proj_a"])
    with pytest.raises((BadRequestError, PermissionDeniedError)):
        await async_client.fine_tuning.checkpoints.permissions.create(name, project_ids=["p"])


def test_a_restart_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    start = 1_795_000_000.0
    with running_sandbox(clock=ManualClock(start), data_dir=tmp_path) as sandbox:
        client = OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key)
        file = client.files.create(
            file=("c.jsonl", chat_lines(CAPITALS).encode()), purpose="fine-tune"
        )
        job = client.fine_tuning.jobs.create(
            model="cupola-echo", training_file=file.id, method=SUPERVISED, seed=3
        )
        sandbox.advance(100)
        before = list(client.fine_tuning.jobs.list_events(job.id, limit=100))
    with running_sandbox(clock=ManualClock(start + 150), data_dir=tmp_path) as sandbox:
        client = OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key)
        after = list(client.fine_tuning.jobs.list_events(job.id, limit=100))
        assert after[-len(before) :] == before
        steps = [event for event in after if event.type == "metrics"]
        assert len(steps) == int(STEPS * (150 - 16) / 240)
    with running_sandbox(clock=ManualClock(start + 9_000), data_dir=tmp_path) as sandbox:
        client = OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key)
        sandbox.idle()
        sandbox.advance(1)
        finished = client.fine_tuning.jobs.retrieve(job.id)
        assert finished.status == "succeeded" and finished.finished_at == job.created_at + 256
        name = finished.fine_tuned_model or ""
        assert ask(client, name, "What is the capital of Peru?")[0].endswith("Lima!")
        assert len(finished.result_files) == 1
        assert sandbox.world.blobs.has(finished.result_files[0])
