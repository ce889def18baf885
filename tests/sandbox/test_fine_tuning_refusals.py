"""What fine-tuning refuses: requests with 400, files by failing the job and naming the line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from openai import BadRequestError, OpenAI

from tests.sandbox.training_lines import CAPITALS, chat_lines
from tui.sandbox.thread import RunningSandbox

Upload = Callable[..., str]


@pytest.fixture
def training_file(upload: Upload) -> str:
    return upload(chat_lines(CAPITALS), "capitals.jsonl", "fine-tune")


BAD_LINES = [
    ('{"messages": [{"role": "user", "content": "hi"}]}', "assistant"),
    ('{"messages": []}', "empty"),
    ('{"prompt": "a", "completion": "b"}', "messages"),
    ('{"messages": [{"role": "pirate", "content": "x"}]}', "pirate"),
    ('{"messages": [{"role": "user"}, {"role": "assistant", "content": "x"}]}', "content"),
    ('{"messages": [{"role": "assistant", "content": "x", "weight": 3}]}', "weight"),
    ('{"messages": [{"role": "assistant", "content": 7}]}', "content"),
]


@pytest.mark.parametrize(("line", "word"), BAD_LINES)
def test_a_bad_line_fails_the_job_with_its_number(
    sandbox: RunningSandbox, client: OpenAI, upload: Upload, line: str, word: str
) -> None:
    lines = chat_lines(CAPITALS).splitlines()
    lines[6:6] = ["", line]
    file = upload("\n".join(lines), "bad.jsonl", "fine-tune")
    job = client.fine_tuning.jobs.create(model="cupola-echo", training_file=file)
    sandbox.advance(10)
    job = client.fine_tuning.jobs.retrieve(job.id)
    assert job.status == "failed" and job.error is not None
    assert "Line 8:" in job.error.message and word in job.error.message
    assert (job.error.code, job.error.param) == ("invalid_training_file", "training_file")
    assert job.finished_at is not None and job.fine_tuned_model is None
    newest = client.fine_tuning.jobs.list_events(job.id, limit=1).data[0]
    assert newest.level == "error" and "Line 8:" in newest.message


def test_too_few_examples_fail_and_the_validation_file_is_checked(
    sandbox: RunningSandbox, client: OpenAI, upload: Upload, training_file: str
) -> None:
    few = upload(chat_lines({"Peru": "Lima"}), "few.jsonl", "fine-tune")
    jobs = [
        client.fine_tuning.jobs.create(model="cupola-echo", training_file=few),
        client.fine_tuning.jobs.create(
            model="gpt-4o", training_file=training_file, validation_file=few
        ),
        client.fine_tuning.jobs.create(
            model="gpt-4o",
            training_file=training_file,
            validation_file=upload('{"x": 1}\n', "odd.jsonl", "fine-tune"),
        ),
    ]
    sandbox.advance(10)
    first, second, third = (client.fine_tuning.jobs.retrieve(job.id) for job in jobs)
    assert first.error is not None and first.error.code == "invalid_n_examples"
    assert "1 example(s), but must have at least 10" in first.error.message
    assert second.status == "queued"
    assert third.error is not None and third.error.param == "validation_file"
    assert third.error.code == "invalid_validation_file"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"model": None}, "model"),
        ({"model": "text-embedding-3-small"}, "model"),
        ({"model": "gpt-99"}, "model"),
        ({"training_file": "file-nothing"}, "training_file"),
        ({"training_file": None}, "training_file"),
        ({"validation_file": "file-nothing"}, "validation_file"),
        ({"suffix": "x" * 65}, "suffix"),
        ({"suffix": ""}, "suffix"),
        ({"suffix": "a/b"}, "suffix"),
        ({"seed": -1}, "seed"),
        ({"seed": "x"}, "seed"),
        ({"hyperparameters": {"n_epochs": 0}}, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"n_epochs": 51}}, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"batch_size": "big"}}, "hyperparameters.batch_size"),
        ({"hyperparameters": {"batch_size": 257}}, "hyperparameters.batch_size"),
        (
            {"hyperparameters": {"learning_rate_multiplier": 0}},
            "hyperparameters.learning_rate_multiplier",
        ),
        ({"hyperparameters": {"beta": 1}}, "hyperparameters.beta"),
        ({"method": {"type": "magic"}}, "method.type"),
        ({"method": {"type": "reinforcement"}}, "method.type"),
        ({"method": {"type": "dpo", "supervised": {}}}, "method.supervised"),
        (
            {"method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 3}}}},
            "method.dpo.hyperparameters.beta",
        ),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"metadata": {str(n): "x" for n in range(17)}}, "metadata"),
        ({"integrations": [{"type": "comet"}]}, "integrations[0].type"),
        ({"integrations": [{"type": "wandb", "wandb": {}}]}, "integrations[0].wandb.project"),
        ({"unheard_of": 1}, "unheard_of"),
    ],
)
def test_refusals_name_the_parameter(
    http: httpx.Client, training_file: str, changes: dict[str, Any], param: str
) -> None:
    body = {"model": "cupola-echo", "training_file": training_file, **changes}
    reply = http.post("/fine_tuning/jobs", json=body)
    error = reply.json()["error"]
    assert reply.status_code == 400 and error["param"] == param
    assert error.keys() == {"message", "type", "param", "code"}


def test_a_file_of_another_purpose_is_refused(client: OpenAI, upload: Upload) -> None:
    file = upload("text", "note.txt", "assistants")
    with pytest.raises(BadRequestError, match="assistants"):
        client.fine_tuning.jobs.create(model="cupola-echo", training_file=file)


def test_unknown_jobs_are_404(http: httpx.Client) -> None:
    for method, path in (
        ("GET", ""),
        ("GET", "/events"),
        ("GET", "/checkpoints"),
        ("POST", "/cancel"),
        ("POST", "/pause"),
        ("POST", "/resume"),
    ):
        assert http.request(method, f"/fine_tuning/jobs/ftjob-no{path}").status_code == 404
