"""What moves a job on: validating_files, queued, running, and then its end.

A file is really checked and a model really trained, as soon as they can be; the clock only says
when their outcome shows. After a restart a job goes on where the clock says that it is.
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace

from tui.sandbox.background import at_start
from tui.sandbox.files import NewFile, file_record
from tui.sandbox.fine_tuning_events import result_csv
from tui.sandbox.fine_tuning_records import (
    JOB,
    MOVING,
    RUN,
    Run,
    Times,
    checkpoint_name,
    model_name,
    with_times,
)
from tui.sandbox.fine_tuning_requests import method_object
from tui.sandbox.fine_tuning_work import Checked, JobError, check_files, train
from tui.sandbox.models_table import Engine
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.training import KEPT_CHECKPOINTS
from tui.sandbox.tuned_weights import TUNED, drop_weights, keep_weights
from tui.sandbox.world import World

RESULT_NAME = "step_metrics.csv"


def drive(world: World, job_id: str) -> None:
    """Move a job on behind the calls until it ends or is paused."""
    world.spawn(_drive(world, job_id))


@at_start
async def resume_jobs(world: World) -> None:
    """Take up the jobs that were moving when the last process ended."""
    marks = ", ".join("?" for _ in MOVING)
    moving = Where(f"status IN ({marks})", tuple(MOVING))
    for job in await world.database.read(lambda records: records.select(JOB, moving)):
        drive(world, job.id)


async def _drive(world: World, job_id: str) -> None:
    training: asyncio.Task[float] | None = None
    try:
        while True:
            with world.busy():
                job = await read_job(world, job_id)
            if job is None:
                return
            match job.status:
                case "validating_files":
                    training = await _validate(world, job)
                case "queued":
                    await _start(world, job, training)
                case "running":
                    await _publish(world, job)
                case _:
                    return
    finally:
        if training is not None:
            training.cancel()
            await asyncio.gather(training, return_exceptions=True)


async def read_job(world: World, job_id: str) -> Record | None:
    """A job as it is stored."""
    return await world.database.read(lambda records: records.get(JOB, job_id))


async def _until(world: World, job: Record, seconds: float) -> None:
    await world.clock.sleep(job.created_at + seconds - world.clock.now())


async def _change(world: World, job: Record, changed: Record, *made: Record) -> bool:
    """Put a changed job and what came of it, unless a call has changed the job meanwhile."""

    def change(records: Records) -> bool:
        current = records.get(JOB, job.id)
        if current is None or (current.status, current.private) != (job.status, job.private):
            return False
        records.put(changed)
        for record in made:
            records.delete(record.kind, record.id)
            records.insert(record)
        return True

    return await world.database.write(change)


async def _validate(world: World, job: Record) -> asyncio.Task[float] | None:
    """Check the files, begin to train, and queue the job when its time has come."""
    times = Times.of(job)
    try:
        with world.busy():
            checked = await check_files(world, job)
            training = asyncio.ensure_future(_train(world, job, checked))
    except JobError as error:
        await _until(world, job, times.validating_seconds)
        with world.busy():
            await _fail(world, job, error)
        return None
    await _until(world, job, times.validating_seconds)
    with world.busy():
        queued = with_times(
            replace(job, private={**job.private, "notes": checked.notes}),
            replace(times, queued=times.validating_seconds),
            status="queued",
            hyperparameters=checked.hyperparameters,
            method=method_object(str(job.body["method"]["type"]), checked.hyperparameters),
        )
        await _change(world, job, queued)
    return training


async def _start(world: World, job: Record, training: asyncio.Task[float] | None) -> None:
    """Let a queued job run when its time has come and its steps are measured."""
    times = Times.of(job)
    queued = times.queued or 0.0
    try:
        with world.busy():
            ready = await (training or _train(world, job, None))
    except JobError as error:
        with world.busy():
            await _fail(world, job, error)
        return
    started = max(queued + times.queued_seconds, ready)
    await _until(world, job, started)
    with world.busy():
        times = replace(times, started=started)
        finish = job.created_at + int(times.step_at(1, 1))
        await _change(world, job, with_times(job, times, status="running", estimated_finish=finish))


async def _train(world: World, job: Record, checked: Checked | None) -> float:
    """Train unless that was done; when it was, in seconds since the job was made."""
    with world.busy():
        if await world.database.read(lambda records: records.get(RUN, job.id)) is not None:
            return 0.0
        if await _trained(world, job, checked or await check_files(world, job)):
            return world.clock.now() - job.created_at
        return 0.0


async def _trained(world: World, job: Record, checked: Checked) -> bool:
    """Train and store what came of it; False when the job was cancelled meanwhile."""

    async def wanted() -> bool:
        current = await read_job(world, job.id)
        return current is not None and current.status in MOVING

    trained = await train(world, job, checked, wanted)
    if trained is None:
        return False
    for step, content in trained.snapshots.items():
        await keep_weights(world, job.id, step, content)
    record = trained.run.record(job)

    def insert(records: Records) -> None:
        records.delete(RUN, record.id)
        records.insert(record)

    await world.database.write(insert)
    return True


async def _publish(world: World, job: Record) -> None:
    """Wait for the next checkpoint, and make its model; the last one ends the job."""
    with world.busy():
        run = Run.of(await world.database.read(lambda records: records.get(RUN, job.id)))
        if not run.total:
            error = JobError("server_error", "The measured steps of the job were lost.", None)
            await _fail(world, job, error)
            return
    published = int(job.private.get("published", 0))
    step = next(s for s in run.checkpoint_steps(KEPT_CHECKPOINTS) if s > published)
    at = Times.of(job).step_at(step, run.total)
    await _until(world, job, at)
    with world.busy():
        done = replace(job, private={**job.private, "published": step})
        model = model_record(job, step, run.total, job.created_at + int(at))
        if step < run.total:
            await _change(world, job, done, model)
        else:
            await _succeed(world, job, done, run, at, model)


def model_record(job: Record, step: int, total: int, created_at: int) -> Record:
    """A checkpoint's model, as `/models` and chat find it."""
    private = {"engine": Engine.ECHO.value, "job": job.id, "step": step}
    return Record(
        TUNED, checkpoint_name(job, step, total), {}, created_at=created_at, private=private
    )


def result_content(run: Run) -> bytes:
    """The result file: CSV in base64, as the platform serves it (contract 4)."""
    return base64.b64encode(result_csv(run))


def result_record(id: str, content: bytes, created_at: int) -> Record:
    """The result file's object."""
    new = NewFile(RESULT_NAME, "fine-tune-results", len(content), id=id)
    return file_record(new, created_at)


def succeeded(job: Record, run: Run, at: float, result_file: str) -> Record:
    """The job at its good end."""
    return with_times(
        job,
        replace(Times.of(job), ended=at),
        status="succeeded",
        finished_at=job.created_at + int(at),
        estimated_finish=None,
        fine_tuned_model=model_name(job),
        trained_tokens=run.trained_tokens,
        result_files=[result_file],
    )


async def _succeed(
    world: World, job: Record, done: Record, run: Run, at: float, model: Record
) -> None:
    id = world.ids.new("file-")
    content = await world.compute(result_content, run)
    await world.blobs.write(id, content)
    file = result_record(id, content, job.created_at + int(at))
    if not await _change(world, job, succeeded(done, run, at, id), model, file):
        await world.blobs.delete(id)


def failed(job: Record, error: JobError, at: float) -> Record:
    """The job at its bad end."""
    return with_times(
        job,
        replace(Times.of(job), ended=at),
        status="failed",
        error=error.error,
        finished_at=job.created_at + int(at),
        estimated_finish=None,
    )


async def _fail(world: World, job: Record, error: JobError) -> None:
    at = max(0.0, world.clock.now() - job.created_at)
    await _change(world, job, failed(job, error, at))


async def forget_unpublished(world: World, job: Record) -> None:
    """Drop the weights that no model will need, since the job was cancelled."""
    run = Run.of(await world.database.read(lambda records: records.get(RUN, job.id)))
    published = int(job.private.get("published", 0))
    steps = [step for step in run.checkpoint_steps(KEPT_CHECKPOINTS) if step > published]
    await drop_weights(world, job.id, steps)
