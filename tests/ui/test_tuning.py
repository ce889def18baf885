"""The fine-tuning monitor, by keys, on the demo world and on a job that a test lets train."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.ui.conftest import MakeHouse
from tests.ui.house import House
from tests.ui.widgets.host import drawn
from tui.core.clock import ManualClock
from tui.sandbox.faults import Effect, Fault
from tui.sandbox.thread import RunningSandbox
from tui.store.tuning_views import Stage
from tui.ui.screens.browser import BrowserPage
from tui.ui.screens.confirm import ConfirmScreen
from tui.ui.screens.object import ObjectPage
from tui.ui.screens.tuning import TuningPage

Make = Callable[..., str]


def examples(count: int, spoiled: int | None = None) -> str:
    rows = []
    for number in range(1, count + 1):
        turns = [
            {"role": "user", "content": f"Where is parcel {number}?"},
            {"role": "assistant", "content": f"Parcel {number} is on its way."},
        ]
        rows.append(json.dumps({"messages": turns[: 1 if number == spoiled else 2]}))
    return "\n".join(rows) + "\n"


@pytest.fixture
def make_job(empty: RunningSandbox) -> Make:
    """Uploads a file and starts a job on it; gives the job's id."""

    def make(text: str, *, epochs: int = 4, suffix: str = "parcels") -> str:
        headers = {"Authorization": f"Bearer {empty.api_key}"}
        with httpx.Client(base_url=empty.base_url, headers=headers) as client:
            file = client.post(
                "/files",
                files={"file": ("parcels.jsonl", text.encode())},
                data={"purpose": "fine-tune"},
            ).json()["id"]
            body = {
                "model": "cupola-echo",
                "training_file": file,
                "validation_file": file,
                "suffix": suffix,
                "hyperparameters": {"n_epochs": epochs, "batch_size": 1},
            }
            made: str = client.post("/fine_tuning/jobs", json=body).json()["id"]
        return made

    return make


async def pass_time(house: House, seconds: float) -> None:
    """Both clocks move on together."""
    clock = house.workspace.clock
    assert isinstance(clock, ManualClock)
    await house.sandbox.advanced(seconds)
    await clock.advance(seconds)
    await house.settle()


def page_of(house: House) -> TuningPage:
    page = house.app.screen
    assert isinstance(page, TuningPage)
    return page


async def test_a_job_is_watched_for_its_whole_life(
    empty: RunningSandbox, make_house: MakeHouse, make_job: Make
) -> None:
    job = make_job(examples(15))
    house = make_house(empty, target=job)
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        page = page_of(house)
        assert page.chart.has_focus
        assert any("Validating the files" in row for row in drawn(page.chart))
        await pass_time(house, 20)
        assert page.job.view.value.stage is Stage.RUNNING
        await pass_time(house, 120)
        view = page.job.view.value
        assert view.progress.total == 60 and 20 <= (view.progress.step or 0) <= 40
        assert any("train" in row for row in drawn(page.chart)[1:])
        assert "ETA" in page.crumb_detail and "%" in page.crumb_detail
        assert page.log_view.following
        await pass_time(house, 200)
        view = page.job.view.value
        assert view.stage is Stage.SUCCEEDED
        assert view.groups[0].series[0].steps == tuple(range(1, 61))
        assert len(view.checkpoints) == 3
        assert not view.unreadable
        assert "successfully completed" in drawn(page.log_view)[-1]
    await house.close()


async def test_pausing_resuming_and_cancelling(
    empty: RunningSandbox, make_house: MakeHouse, make_job: Make
) -> None:
    job = make_job(examples(15))
    house = make_house(empty, target=job)
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        page = page_of(house)
        await pass_time(house, 60)
        await pilot.press("p")
        await house.settle(pilot)
        assert page.job.stage is Stage.PAUSED
        assert any("Paused" in row for row in drawn(page.caption))
        await pilot.press("p")
        await house.settle(pilot)
        assert page.job.stage is Stage.RUNNING
        await pilot.press("c")
        await house.settle(pilot)
        assert isinstance(house.app.screen, ConfirmScreen)
        await pilot.press("c", "enter")
        await house.settle(pilot)
        assert page.job.stage is Stage.RUNNING, "neither the key that asked nor enter says yes"
        await pilot.press("c")
        await house.settle(pilot)
        await pilot.press("y")
        await house.settle(pilot)
        assert page.job.stage is Stage.CANCELLED
    await house.close()


async def test_a_spoiled_file_leads_to_its_line(
    empty: RunningSandbox, make_house: MakeHouse, make_job: Make
) -> None:
    job = make_job(examples(15, spoiled=7))
    house = make_house(empty, target=job)
    async with house.app.run_test(size=(80, 24)) as pilot:
        await house.settle(pilot)
        await pass_time(house, 20)
        page = page_of(house)
        said = " ".join(drawn(page.chart))
        assert "The job failed" in said and "line 7 of parcels.jsonl" in said
        await pilot.press("f")
        await house.settle(pilot)
        assert isinstance(house.app.screen, ObjectPage)
        assert house.app.screen.ref.resource == "files"
    await house.close()


async def test_a_server_that_goes_away_is_waited_for(
    empty: RunningSandbox, make_house: MakeHouse, make_job: Make
) -> None:
    job = make_job(examples(15))
    house = make_house(empty, target=job)
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        page = page_of(house)
        await pass_time(house, 60)
        step = page.job.view.value.progress.step
        empty.world.faults.add(Fault(Effect.ERROR, status=400))
        await pass_time(house, 30)
        assert page.job.view.value.lost is not None
        assert any("No answer from the server since" in row for row in drawn(page.caption))
        assert page.job.view.value.progress.step == step
        empty.world.faults.clear()
        for _ in range(6):
            await pass_time(house, 30)
        view = page.job.view.value
        assert view.lost is None and (view.progress.step or 0) > (step or 0)
        assert not any("No answer" in row for row in drawn(page.caption))
    await house.close()


async def test_the_manner_of_drawing(demo: RunningSandbox, make_house: MakeHouse) -> None:
    house = make_house(demo, target="ft")
    async with house.app.run_test(size=(120, 40)) as pilot:
        await house.settle(pilot)
        assert isinstance(house.app.screen, BrowserPage)
        await pilot.press("slash", *"v4", "enter", "enter")
        await house.settle(pilot)
        page = page_of(house)
        plain = drawn(page.chart)
        assert plain[0].strip(" ▌") == "loss"
        await pilot.press("l")
        await house.settle(pilot)
        assert "log" in drawn(page.chart)[0]
        await pilot.press("s")
        await house.settle(pilot)
        assert "smoothed" in drawn(page.chart)[0]
        await pilot.press("l", "s", "s")
        await house.settle(pilot)
        assert drawn(page.chart) == plain
        await pilot.press("m", *"acc", "enter")
        await house.settle(pilot)
        assert "accuracy" in drawn(page.chart)[0] and "loss" in drawn(page.second)[0]
        await pilot.press("left")
        await house.settle(pilot)
        assert page.chart.cursor is not None and page.chart.cursor == page.second.cursor
        await pilot.press("escape")
        assert page.chart.cursor is None and house.app.screen is page
        await pilot.press("o", *"triage-v3", "enter")
        await house.settle(pilot)
        assert any("train ·" in row for row in drawn(page.chart))
        await pilot.press("o")
        await house.settle(pilot)
        assert not any("train ·" in row for row in drawn(page.chart))
        await pilot.press("y")
        await house.settle(pilot)
        assert page.raw.display and not page.log_view.display
        await pilot.press("escape")
        assert page.log_view.display
    await house.close()


async def test_the_log_stays_where_it_is_read(demo: RunningSandbox, make_house: MakeHouse) -> None:
    house = make_house(demo, target="ft")
    async with house.app.run_test(size=(120, 40)) as pilot:
        await house.settle(pilot)
        await pilot.press("slash", *"mail-category", "enter")
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, BrowserPage)
        names = [page.collection.view.value.rows.row(i).cells[0].text for i in range(2)]
        await pilot.press(*["down"] * names.index("mail-category"), "enter")
        await house.settle(pilot)
        tuning = page_of(house)
        view = tuning.job.view.value
        series = view.groups[0].series[0]
        assert len(series.steps) > 4_000 and view.known == 100, "the result file tells the rest"
        await pilot.press("tab", "home")
        await pilot.pause()
        assert not tuning.log_view.following
        await house.settle(pilot)
        assert tuning.job.view.value.known > 100
        first = drawn(tuning.log_view)[1]
        await house.settle(pilot)
        assert drawn(tuning.log_view)[1] == first, "older ones come in above"
        await pilot.press("end")
        assert tuning.log_view.following
    await house.close()


async def test_figures_are_exported(
    demo: RunningSandbox, make_house: MakeHouse, tmp_path: Path
) -> None:
    house = make_house(demo, target="ft")
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        await pilot.press("slash", *"triage-v3", "enter", "enter")
        await house.settle(pilot)
        page_of(house)
        await pilot.press("x")
        await house.settle(pilot)
        await pilot.press("ctrl+u", *str(tmp_path / "out"), "full_stop", *"json", "enter")
        await house.settle(pilot)
        saved = json.loads((tmp_path / "out.json").read_text("utf-8"))
        assert saved["metrics"][0]["step"] == 1
        assert saved["job"]["object"] == "fine_tuning.job"
    await house.close()
