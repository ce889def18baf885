"""One watched job: what it asks, in which order, and what stays when the server goes away."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.store.tuning_world import JOB, TuningWorld
from tui.catalog.descriptor import Tone
from tui.store.tuning_views import Stage
from tui.store.views import CollectionKey
from tui.worker.lanes import Scope


@pytest.fixture
async def world() -> AsyncIterator[TuningWorld]:
    made = TuningWorld()
    yield made
    await made.close()


def table(steps: int) -> str:
    rows = "".join(f"{step},{4 / step:.4f},0.5,,\n" for step in range(1, steps + 1))
    return "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n" + rows


async def test_a_long_job_shows_its_newest_steps_first(world: TuningWorld) -> None:
    world.api.steps(1, 2_000, total=10_000)
    job = world.open()
    seen: list[tuple[int, float]] = []
    job.view.subscribe(
        lambda view: (
            seen.append((view.known, view.groups[0].series[0].steps[0])) if view.groups else None
        )
    )
    await world.settle()
    assert seen[0] == (100, 1901), "one page is enough to begin with"
    view = job.view.value
    assert view.known == 2_000 and not view.filling
    assert view.groups[0].series[0].steps == tuple(range(1, 2001))
    assert world.api.count("listFineTuningEvents") == 20
    assert view.progress.step == 2_000 and view.progress.total == 10_000
    assert view.progress.rate == pytest.approx(1.0)


async def test_new_events_come_with_the_object(world: TuningWorld) -> None:
    world.api.steps(1, 40)
    job = world.open()
    await world.settle()
    world.api.steps(41, 50)
    await world.pass_time(12)
    assert job.view.value.progress.step == 50
    assert world.session.activity.value.jobs == 1
    # More than a page since the last look: what lies between is read too.
    world.api.steps(51, 290)
    await world.pass_time(12)
    assert job.view.value.groups[0].series[0].steps == tuple(range(1, 291))


async def test_the_servers_hint_sets_the_rhythm(world: TuningWorld) -> None:
    world.api.poll_after = 2.0
    world.api.steps(1, 3)
    job = world.open()
    await world.settle()
    # The first look comes at the usual time; those after it follow the hint.
    await world.pass_time(12)
    world.api.steps(4, 5)
    await world.pass_time(3)
    assert job.view.value.progress.step == 5


async def test_a_lost_server_ends_nothing(world: TuningWorld) -> None:
    world.api.steps(1, 10)
    job = world.open()
    await world.settle()
    seen_at = job.view.value.seen_at
    world.api.down = True
    await world.pass_time(12)
    view = job.view.value
    assert view.lost is not None and view.seen_at == seen_at
    assert view.progress.step == 10, "what was read stays"
    await world.pass_time(300)
    world.api.down = False
    world.api.steps(11, 20)
    await world.pass_time(70)
    view = job.view.value
    assert view.lost is None and view.progress.step == 20
    assert view.seen_at is not None and seen_at is not None and view.seen_at > seen_at


async def test_a_job_is_watched_on_when_its_screen_is_left(world: TuningWorld) -> None:
    world.api.steps(1, 10)
    job = world.open()
    await world.settle()
    world.scope.close()
    assert world.session.activity.value.jobs == 1
    world.api.steps(11, 30)
    world.api.job |= {"status": "failed", "error": {"message": "No more", "code": "server_error"}}
    await world.pass_time(70)
    assert world.session.activity.value.jobs == 0
    view = job.view.value
    assert (view.stage, view.progress.step) == (Stage.FAILED, 30)
    again = world.session.tunings.open(JOB, Scope("another"))
    assert again is job, "it is there at once when it is opened again"


async def test_a_list_makes_its_running_jobs_live(world: TuningWorld) -> None:
    world.api.steps(1, 150)
    rows = world.session.collection(CollectionKey("fine_tuning.jobs"), world.scope)
    await world.settle()
    cells = rows.view.value.rows.row(0).cells
    titles = [column.key for column in rows.view.value.rows.columns]
    assert cells[titles.index("progress")].text == "50 %"
    assert cells[titles.index("loss")].text.endswith("1.60")
    assert world.session.activity.value.jobs == 1
    asked = [after for op, after in world.api.sent if op == "listFineTuningEvents"]
    assert asked == [None], "a glance is one page"
    world.api.job |= {"status": "paused"}
    await world.pass_time(70)
    assert world.session.activity.value.jobs == 0, "what is paused does not run"


@pytest.mark.parametrize("wrapped", [True, False], ids=["base64", "plain"])
async def test_the_result_file_spares_the_older_events(world: TuningWorld, wrapped: bool) -> None:
    world.api.steps(1, 1_000, total=1_000)
    world.api.succeed(table(1_000), wrapped=wrapped)
    await world.session.entity(JOB, world.scope)._read()
    job = world.open()
    await world.settle()
    view = job.view.value
    assert view.groups[0].series[0].steps == tuple(range(1, 1001))
    assert world.api.count("listFineTuningEvents") == 1
    job.need_older()
    await world.settle()
    assert job.view.value.known == 200, "they are read when somebody scrolls up to them"


async def test_a_result_file_that_is_no_table_is_told(world: TuningWorld) -> None:
    world.api.steps(1, 250)
    world.api.succeed("<html>not here</html>", wrapped=False)
    await world.session.entity(JOB, world.scope)._read()
    job = world.open()
    await world.settle()
    view = job.view.value
    assert view.unreadable
    assert view.groups[0].series[0].steps == tuple(range(1, 251)), "the events tell it all"


async def test_checkpoints_tell_whole_validations(world: TuningWorld) -> None:
    world.api.steps(1, 20)
    job = world.open()
    await world.settle()
    world.api.checkpoints.append(
        {
            "id": "ftckpt-1",
            "step_number": 20,
            "fine_tuned_model_checkpoint": "ft:x:ckpt-step-20",
            "metrics": {"step": 20, "full_valid_loss": 1.5, "train_loss": None},
        }
    )
    world.api.say("Checkpoint created at step 20")
    await world.pass_time(12)
    view = job.view.value
    assert [(one.step, one.loss) for one in view.checkpoints] == [(20, 1.5)]
    assert [one.name for one in view.groups[0].series] == ["train", "full valid"]


async def test_a_failure_names_its_line_and_file(world: TuningWorld) -> None:
    world.api.job |= {
        "status": "failed",
        "error": {"message": "Line 12\x1b[31m is no JSON", "param": "training_file"},
    }
    job = world.open()
    await world.settle()
    failure = job.view.value.failure
    assert failure is not None and failure.file is not None
    assert (failure.line, failure.file.id) == (12, "file-train")
    assert "\x1b" not in failure.message
    world.api.job |= {"status": "running", "error": {"message": None, "code": None}}
    job.refresh()
    await world.settle()
    assert job.view.value.failure is None


@pytest.mark.parametrize("name", ["figures.csv", "figures.json"])
async def test_figures_are_saved(world: TuningWorld, tmp_path: Path, name: str) -> None:
    world.api.steps(1, 3, valid_loss=None)
    world.api.say("Step", data={"step": 4, "=cmd()": 1})
    job = world.open()
    await world.settle()
    path = tmp_path / name
    assert not await job.exists(path)
    job.export(path)
    await world.settle()
    assert await job.exists(path)
    text = path.read_text("utf-8")
    if name.endswith("csv"):
        assert text.splitlines()[0] == "step,'=cmd(),train_loss"
        assert text.splitlines()[4] == "4,1,"
    else:
        assert json.loads(text)["metrics"][0] == {"step": 1, "train_loss": pytest.approx(400 / 101)}
    assert path.stat().st_mode & 0o777 == 0o600
    assert world.session.notices.value[-1].tone is Tone.GOOD
    job.export(tmp_path / name / "below-a-file.csv")
    await world.settle()
    assert world.session.notices.value[-1].tone is Tone.BAD
