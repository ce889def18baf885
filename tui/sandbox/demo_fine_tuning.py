"""The demo's fine-tuning jobs as records: one in every state, and always some that train.

Their steps are measured runs; the weights of their models are trained on first use, from the same
files and seeds, so that opening the demo stays quick.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tui.sandbox.demo import SEED, marked, renews, seeds
from tui.sandbox.demo_files import RENEW  # It seeds before: jobs refer to its files.
from tui.sandbox.demo_fine_tuning_jobs import HOUR, Plan, own_files, plans
from tui.sandbox.demo_fine_tuning_runs import hyperparameters_of, kept_run
from tui.sandbox.files import FILE, NewFile, file_record, forget_files
from tui.sandbox.fine_tuning import job_record
from tui.sandbox.fine_tuning_events import result_csv
from tui.sandbox.fine_tuning_records import JOB, Run, Times, held, model_name, with_times
from tui.sandbox.fine_tuning_requests import (
    JobRequest,
    data_format,
    method_object,
    resolved,
)
from tui.sandbox.fine_tuning_runs import (
    failed,
    model_record,
    result_content,
    result_record,
    succeeded,
)
from tui.sandbox.fine_tuning_work import JobError, data_error
from tui.sandbox.identifiers import Identifiers
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.training import KEPT_CHECKPOINTS
from tui.sandbox.training_examples import InvalidDataError, read_dataset
from tui.sandbox.tuned_weights import TUNED
from tui.sandbox.world import World

_LEAD = 2 * HOUR
"""A training file is there so many seconds before the first job that uses it."""


@dataclass(slots=True)
class _Made:
    """What is written in one transaction."""

    records: list[Record] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a plan is filled in with."""

    now: int
    files: dict[str, str]
    """Ids of the demo's training files by name."""
    models: dict[str, str]
    """Names of the tuned models by plan."""
    contents: dict[str, bytes]


@seeds
async def seed_fine_tuning(world: World, now: int) -> None:
    """Add the jobs with their files, models and results."""
    there = await world.database.read(_training_files)
    made, moved = await world.compute(_make, now, there)
    for name, content in made.contents.items():
        await world.blobs.write(name, content)

    def insert(records: Records) -> None:
        for record in moved:
            records.put(record)
        for record in sorted(made.records, key=lambda record: record.created_at):
            records.insert(marked(record))

    await world.database.write(insert)


@renews
async def renew_fine_tuning(world: World, now: int) -> None:
    """Put back what the demo shows in progress, without what has come of it meanwhile."""
    jobs = await world.database.read(
        lambda records: records.select(JOB, Where(f"json_extract(private, '$.{RENEW}') NOT NULL"))
    )
    there = await world.database.read(_training_files)
    known = _Known(now, {name: file.id for name, file in there.items()}, {}, {})
    by_key = {plan.key: plan for plan in plans()}
    await forget_files(world, *(file for job in jobs for file in job.body["result_files"]))

    def renew(records: Records) -> None:
        for job in jobs:
            plan = by_key.get(str(job.private[RENEW]))
            if plan is None or plan.training not in known.files:
                continue
            for model in records.select(
                TUNED, Where("json_extract(private, '$.job') = ?", (job.id,))
            ):
                records.delete(TUNED, model.id)
            fresh = _job(plan, job.id, known)
            made, _ = _develop(plan, fresh, known)
            for record in made.records:
                if record.kind == JOB:
                    records.put(marked(record))
                elif record.kind == TUNED:
                    records.insert(marked(record))

    await world.database.write(renew)


def _training_files(records: Records) -> dict[str, Record]:
    found = records.select(FILE, Where("status = 'fine-tune'"))
    return {str(record.body["filename"]): record for record in found}


def _make(now: int, there: dict[str, Record]) -> tuple[_Made, list[Record]]:
    """New records, and the files that must be older than they were."""
    ids = Identifiers(SEED + 7)
    made = _Made()
    chosen = plans()
    first_use = {p.training: p.age for p in chosen} | {
        p.validation: p.age for p in chosen if p.validation
    }
    contents = own_files()
    files: dict[str, str] = {}
    moved: list[Record] = []
    for name, age in first_use.items():
        created = now - int(age + _LEAD)
        if name in there:
            file = there[name]
            files[name] = file.id
            at = min(file.created_at, created)
            moved.append(replace(file.with_body(created_at=at), created_at=at))
        else:
            new = NewFile(name, "fine-tune", len(contents[name]), id=ids.new("file-"))
            files[name] = new.id
            made.records.append(file_record(new, created))
            made.contents[new.id] = contents[name]
    known = _Known(now, files, {}, contents)
    for plan in reversed(chosen):
        job = _job(plan, ids.new("ftjob-"), known)
        known.models[plan.key] = model_name(job)
        done, result = _develop(plan, job, known, ids)
        made.records.extend(done.records)
        made.contents.update(result)
    return made, moved


def _job(plan: Plan, id: str, known: _Known) -> Record:
    """The job as it was when it was made."""
    request = JobRequest(
        model=known.models[plan.tuned_from] if plan.tuned_from else plan.model,
        training_file=known.files[plan.training],
        validation_file=known.files[plan.validation] if plan.validation else None,
        method=plan.method,
        hyperparameters=hyperparameters_of(plan),
        suffix=plan.suffix,
        seed=plan.seed,
        metadata=dict(plan.metadata) if plan.metadata else None,
    )
    times = Times(
        validating_seconds=plan.validating,
        queued_seconds=plan.queued,
        running_seconds=plan.running,
    )
    created = known.now - int(plan.age)
    job = job_record(request, id, seed=plan.seed, created_at=created, times=times)
    if plan.moving:
        return replace(job, private={**job.private, RENEW: plan.key})
    return job


def _develop(
    plan: Plan, job: Record, known: _Known, ids: Identifiers | None = None
) -> tuple[_Made, dict[str, bytes]]:
    """What became of a job by now: its records, and its result file's content."""
    if plan.state == "failed":
        at = Times.of(job).validating_seconds
        return _Made([failed(job, _complaint(plan, known), at)]), {}
    run = kept_run(plan.key)
    made = _Made([run.record(job)])
    if plan.state == "validating_files":
        made.records.append(job)
        return made, {}
    job = _queued(plan, job, run)
    never_ran = plan.state == "queued" or plan.done < 0
    if not never_ran:
        job = _running(job)
    match plan.state:
        case "running":
            job = _with_models(made, job, run, known.now - job.created_at)
        case "paused":
            at = Times.of(job).step_at(int(plan.done * run.total), run.total)
            job = held(_with_models(made, job, run, at), at)
        case "cancelled":
            times = Times.of(job)
            at = times.step_at(int(plan.done * run.total), run.total) if not never_ran else 12.0
            finished = job.created_at + int(at)
            job = with_times(
                job,
                replace(times, ended=at),
                status="cancelled",
                finished_at=finished,
                estimated_finish=None,
            )
        case "succeeded" if ids is not None:
            at = Times.of(job).step_at(1, 1)
            job = _with_models(made, job, run, at)
            file_id = ids.new("file-")
            content = result_csv(run) if plan.plain_result else result_content(run)
            made.records.append(result_record(file_id, content, job.created_at + int(at)))
            made.contents[file_id] = content
            job = succeeded(job, run, at, file_id)
    made.records.append(job)
    return made, made.contents


def _queued(plan: Plan, job: Record, run: Run) -> Record:
    examples = run.steps_per_epoch
    batch = plan.hyperparameters.get("batch_size", 1)
    chosen = resolved(job.private["hyperparameters"], examples * batch)
    times = Times.of(job)
    return with_times(
        replace(job, private={**job.private, "notes": []}),
        replace(times, queued=times.validating_seconds),
        status="queued",
        hyperparameters=chosen,
        method=method_object(plan.method, chosen),
    )


def _running(job: Record) -> Record:
    times = Times.of(job)
    times = replace(times, started=times.validating_seconds + times.queued_seconds)
    finish = job.created_at + int(times.step_at(1, 1))
    return with_times(job, times, status="running", estimated_finish=finish)


def _with_models(made: _Made, job: Record, run: Run, now: float) -> Record:
    """The job with the models of the checkpoints that are there by then."""
    times = Times.of(job)
    published = 0
    for step in run.checkpoint_steps(KEPT_CHECKPOINTS):
        at = times.step_at(step, run.total)
        if at <= now:
            published = step
            made.records.append(model_record(job, step, run.total, job.created_at + int(at)))
    return replace(job, private={**job.private, "published": published})


def _complaint(plan: Plan, known: _Known) -> JobError:
    """What is wrong with a training file, found by reading it."""
    form = data_format(plan.model, plan.method)
    try:
        read_dataset(known.contents[plan.training].splitlines(), form, seed=plan.seed)
    except InvalidDataError as error:
        return data_error(error, "training_file")
    raise ValueError(f"{plan.training} is not wrong")
