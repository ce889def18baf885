"""Fine-tuning through the client: what is checked before sending, and jobs on the sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from tests.api.conftest import MakeClient
from tui.api.client import Client
from tui.api.operations.fine_tuning import (
    CANCEL_JOB,
    CREATE_JOB,
    CREATE_PERMISSION,
    DELETE_PERMISSION,
    GET_JOB,
    LIST_CHECKPOINTS,
    LIST_EVENTS,
    LIST_JOBS,
    LIST_PERMISSIONS,
    PAUSE_JOB,
    RESUME_JOB,
)
from tui.api.paging import Pager
from tui.api.records import Record
from tui.api.requests.fine_tuning import CreateFineTuningJob
from tui.core.errors import ProblemError
from tui.core.settings import ServerKind
from tui.sandbox.thread import RunningSandbox, running_sandbox

NEEDED = {"model": "gpt-4o-mini", "training_file": "file-1"}


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


def test_only_what_was_set_is_sent() -> None:
    body = CreateFineTuningJob.model_validate(
        {
            **NEEDED,
            "method": {
                "type": "dpo",
                "dpo": {"hyperparameters": {"beta": 0.1, "n_epochs": "auto"}},
            },
        }
    )
    assert body.payload() == {
        **NEEDED,
        "method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.1, "n_epochs": "auto"}}},
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"suffix": "x" * 65},
        {"suffix": ""},
        {"seed": -1},
        {"hyperparameters": {"n_epochs": 51}},
        {"hyperparameters": {"batch_size": "big"}},
        {"hyperparameters": {"learning_rate_multiplier": 0}},
        {"method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 2.5}}}},
        {"unheard_of": 1},
    ],
)
def test_refused_before_it_is_sent(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CreateFineTuningJob.model_validate({**NEEDED, **wrong})


async def test_a_job_from_start_to_end(
    client: Client, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    source = tmp_path / "train.jsonl"
    row: dict[str, Any] = {
        "messages": [
            {"role": "user", "content": "Is berth one free?"},
            {"role": "assistant", "content": "Berth one is free."},
        ]
    }
    source.write_text((json.dumps(row) + "\n") * 12, "utf-8")
    file = await client.upload(source, purpose="fine-tune")
    body = {"model": "cupola-echo", "training_file": file.record.id, "suffix": "berths"}
    made = await client.call(CREATE_JOB, body=body)
    path = {"fine_tuning_job_id": made.record.id}
    await sandbox.advanced(100)
    assert (await client.call(PAUSE_JOB, path=path)).record.get("status") == "paused"
    assert (await client.call(RESUME_JOB, path=path)).record.get("status") == "running"
    await sandbox.advanced(200)
    job = (await client.call(GET_JOB, path=path)).record
    assert job.malformed is None and job.get("status") == "succeeded"
    assert job.get("hyperparameters.n_epochs") == 9

    pager, events = Pager(), list[Record]()
    while not pager.ended:
        page = await client.page(LIST_EVENTS, path=path, limit=25, after=pager.after)
        events.extend(pager.take(page))
    assert len(events) == 108 + 9 + 2 and all(event.malformed is None for event in events)
    assert events[0].get("message") == "The job has successfully completed"
    measured = [event for event in events if event.get("type") == "metrics"]
    assert measured[0].get("data.step") == measured[0].get("data.total_steps") == 108
    checkpoints = await client.page(LIST_CHECKPOINTS, path=path)
    assert [one.get("step_number") for one in checkpoints.items] == [108, 96, 84]
    jobs = await client.page(LIST_JOBS)
    assert [one.id for one in jobs.items] == [job.id] and jobs.next is None
    with pytest.raises(ProblemError):
        await client.call(CANCEL_JOB, path=path)

    name = {"fine_tuned_model_checkpoint": str(job.get("fine_tuned_model"))}
    await client.call(CREATE_PERMISSION, path=name, body={"project_ids": ["proj_a"]})
    (permission,) = (await client.page(LIST_PERMISSIONS, path=name)).items
    assert permission.get("project_id") == "proj_a"
    gone = await client.call(DELETE_PERMISSION, path={**name, "permission_id": permission.id})
    assert gone.record.get("deleted") is True
