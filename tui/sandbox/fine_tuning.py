"""Fine-tuning jobs: made, listed, watched, paused, resumed and cancelled (eight operations)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from starlette.responses import Response

from tui.sandbox.call import Call, answer, poll_hint
from tui.sandbox.errors import ApiError, invalid
from tui.sandbox.files import living_file
from tui.sandbox.fine_tuning_events import checkpoints, events_page
from tui.sandbox.fine_tuning_records import (
    JOB,
    MOVING,
    RUN,
    Run,
    Times,
    held,
    released_hold,
    require_job,
    with_times,
)
from tui.sandbox.fine_tuning_requests import (
    MOST_SEED,
    JobRequest,
    method_object,
    parse_job_request,
)
from tui.sandbox.fine_tuning_runs import drive, forget_unpublished
from tui.sandbox.models import resolve_model
from tui.sandbox.models_table import Engine
from tui.sandbox.paging import Paging, bare_list_object, list_object
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.registry import serves
from tui.sandbox.wire import JsonObject
from tui.sandbox.world import ORGANIZATION, World

POLL_MILLISECONDS = 2_000
"""What a watcher of a moving job is told to wait."""

_JOBS = Paging(order=None)
_EVENTS = Paging(order=None, maximum=1_000)
_CHECKPOINTS = Paging(default=10, order=None)


@serves("createFineTuningJob")
async def create_job(call: Call) -> Response:
    request = parse_job_request(await call.fields())
    await _check_model(call.world, request.model)
    seed = request.seed
    if seed is None:
        seed = int(call.world.ids.new("seed_")[5:13], 16) & MOST_SEED
    job = job_record(request, call.world.ids.new("ftjob-"), seed=seed, created_at=call.now)

    def insert(records: Records) -> None:
        _check_file(records, call, "training_file", request.training_file)
        if request.validation_file is not None:
            _check_file(records, call, "validation_file", request.validation_file)
        records.insert(job)

    await call.world.database.write(insert)
    drive(call.world, job.id)
    return _answer(job)


def job_record(
    request: JobRequest, id: str, *, seed: int, created_at: int, times: Times | None = None
) -> Record:
    """A new job: the complete object, nulls included."""
    body: JsonObject = {
        "id": id,
        "object": "fine_tuning.job",
        "model": request.model,
        "created_at": created_at,
        "finished_at": None,
        "fine_tuned_model": None,
        "organization_id": ORGANIZATION,
        "result_files": [],
        "status": "validating_files",
        "validation_file": request.validation_file,
        "training_file": request.training_file,
        "hyperparameters": request.hyperparameters,
        "trained_tokens": None,
        "error": None,
        "user_provided_suffix": request.suffix,
        "seed": seed,
        "estimated_finish": None,
        "integrations": request.integrations,
        "metadata": request.metadata,
        "method": method_object(request.method, request.hyperparameters),
    }
    private = {
        "times": (times or Times()).as_object(),
        "suffix": request.suffix,
        "hyperparameters": request.hyperparameters,
    }
    return Record(JOB, id, body, created_at=created_at, status="validating_files", private=private)


@serves("listPaginatedFineTuningJobs")
async def list_jobs(call: Call) -> Response:
    page = _JOBS.read(call.query)
    where = [
        Where(
            "EXISTS (SELECT 1 FROM json_each(records.body, '$.metadata') AS pair"
            " WHERE pair.key = ? AND pair.value = ?)",
            (key, value),
        )
        for key, value in call.query.mapping("metadata").items()
    ]
    if call.query.text("metadata") == "null":
        where.append(Where("coalesce(json_extract(body, '$.metadata'), '{}') = '{}'"))
    found = await call.world.database.read(lambda records: records.page(JOB, page, *where))
    rows = [record.body for record in found.records]
    return answer(bare_list_object(rows, has_more=found.has_more))


@serves("retrieveFineTuningJob")
async def retrieve_job(call: Call) -> Response:
    return _answer(await call.world.database.read(lambda records: _job(records, call)))


@serves("cancelFineTuningJob")
async def cancel_job(call: Call) -> Response:
    def cancel(job: Record, at: float) -> Record:
        if job.status not in MOVING and job.status != "paused":
            raise _wrong_state(job, "cancelled")
        times = Times.of(job)
        holds = tuple((begin, at if end is None else end) for begin, end in times.holds)
        return with_times(
            job,
            replace(times, ended=at, holds=holds),
            status="cancelled",
            finished_at=int(job.created_at + at),
            estimated_finish=None,
        )

    job = await _changed(call, cancel)
    await forget_unpublished(call.world, job)
    return _answer(job)


@serves("pauseFineTuningJob")
async def pause_job(call: Call) -> Response:
    def pause(job: Record, at: float) -> Record:
        if job.status != "running":
            raise _wrong_state(job, "paused")
        return held(job, at)

    return _answer(await _changed(call, pause))


@serves("resumeFineTuningJob")
async def resume_job(call: Call) -> Response:
    def resume(job: Record, at: float) -> Record:
        if job.status != "paused":
            raise _wrong_state(job, "resumed")
        return released_hold(job, at)

    job = await _changed(call, resume)
    drive(call.world, job.id)
    return _answer(job)


@serves("listFineTuningEvents")
async def list_events(call: Call) -> Response:
    page = _EVENTS.read(call.query)
    job, run = await call.world.database.read(lambda records: _job_and_run(records, call))
    now = call.world.clock.now()
    events, more = await call.world.compute(events_page, job, run, page, now)
    return answer(bare_list_object(events, has_more=more), headers=_hint(job))


@serves("listFineTuningJobCheckpoints")
async def list_checkpoints(call: Call) -> Response:
    page = _CHECKPOINTS.read(call.query)
    job, run = await call.world.database.read(lambda records: _job_and_run(records, call))
    found = checkpoints(job, run, call.world.clock.now())
    start = 0
    if page.after is not None:
        places = [number for number, one in enumerate(found, 1) if one["id"] == page.after]
        if not places:
            raise invalid(
                f"Invalid 'after': no such object: '{page.after[:100]}'.",
                "after",
                code="invalid_value",
            )
        start = places[0]
    shown = found[start : start + page.limit]
    body = list_object(shown, has_more=start + page.limit < len(found))
    return answer(body, headers=_hint(job))


def _job(records: Records, call: Call) -> Record:
    return require_job(records, call.path["fine_tuning_job_id"])


def _job_and_run(records: Records, call: Call) -> tuple[Record, Run]:
    job = _job(records, call)
    return job, Run.of(records.get(RUN, job.id))


async def _changed(call: Call, change: Callable[[Record, float], Record]) -> Record:
    """Change a job in one transaction; `change` gets it and the seconds since it was made."""

    def write(records: Records) -> Record:
        job = _job(records, call)
        changed = change(job, max(0.0, call.world.clock.now() - job.created_at))
        records.put(changed)
        return changed

    return await call.world.database.write(write)


def _wrong_state(job: Record, wish: str) -> ApiError:
    return invalid(
        f"The fine-tuning job {job.id} is {job.status} and cannot be {wish}.",
        "fine_tuning_job_id",
        code="invalid_fine_tune_status",
    )


def _hint(job: Record) -> dict[str, str]:
    return poll_hint(POLL_MILLISECONDS) if job.status in MOVING else {}


def _answer(job: Record) -> Response:
    return answer(job.body, headers=_hint(job))


async def _check_model(world: World, name: str) -> None:
    entry = await resolve_model(world, name)
    if entry is None or entry.engine is not Engine.ECHO:
        raise invalid(
            f"Model {name} is not available for fine-tuning or does not exist.",
            "model",
            code="model_not_available",
        )


def _check_file(records: Records, call: Call, param: str, id: str) -> None:
    file = living_file(records, id, call.world.clock.now())
    if file is None:
        raise invalid(f"invalid {param}: {id}", param, code=f"invalid_{param}")
    if file.body["purpose"] != "fine-tune":
        raise invalid(
            f"File '{id}' has the purpose '{file.body['purpose']}'; a {param} needs 'fine-tune'.",
            param,
            code=f"invalid_{param}",
        )
