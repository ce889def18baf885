"""Profiles: listed, checked, tried, saved, switched; failures leave things as they were."""

from __future__ import annotations

import asyncio

import pytest

from tui.core.clock import ManualClock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.keys import EnvironmentKey
from tui.core.settings import Profile, ServerKind, sandbox_profile
from tui.store.profile_views import profiles_view
from tui.store.profiles import Profiles, TrialPhase
from tui.worker.scheduler import Scheduler


class Home:
    """A settings file and a server, in memory."""

    def __init__(self) -> None:
        self.saved = {
            "sandbox": sandbox_profile(),
            "work": Profile(name="work", key=EnvironmentKey("WORK_KEY")),
        }
        self.models: int | Problem = 3
        self.opened: list[str] = []
        self.unwritable = False
        self.scheduler = Scheduler(ManualClock())
        self.profiles: Profiles[str] = Profiles(
            load=lambda: tuple(self.saved.values()),
            save=self.save,
            remove=lambda name: self.saved.pop(name) and None,
            open_session=self.open,
            test=self.test,
            scheduler=self.scheduler,
            current="sandbox",
        )

    def save(self, profile: Profile) -> None:
        if self.unwritable:
            raise ProblemError(Problem("No space", kind=ProblemKind.LOCAL))
        self.saved[profile.name] = profile

    async def open(self, profile: Profile) -> str:
        await asyncio.sleep(0)
        if isinstance(self.models, Problem):
            raise ProblemError(self.models)
        self.opened.append(profile.name)
        return f"session of {profile.name}"

    async def test(self, profile: Profile) -> int:
        if isinstance(self.models, Problem):
            raise ProblemError(self.models)
        return self.models


@pytest.fixture
async def home():
    home = Home()
    await home.profiles.refresh()
    yield home
    home.profiles.close()
    await home.scheduler.close()


async def test_lists_with_the_current_one_and_keys_by_source(home: Home) -> None:
    sandbox, work = home.profiles.view.value.lines
    assert sandbox.current and sandbox.built_in
    assert (work.name, work.host, work.key) == ("work", "api.openai.com", "env:WORK_KEY")
    assert not work.current


async def test_adding_checks_tries_and_saves(home: Home) -> None:
    checked = home.profiles.check(
        {"name": "lab", "kind": "compatible", "base_url": "https://lab.test/v1", "key": "env:LAB"}
    )
    assert checked.profile is not None and checked.reasons == {} and checked.warnings == ()
    trial = await home.profiles.try_out(checked.profile)
    assert (trial.phase, trial.models) == (TrialPhase.PASSED, 3)
    assert home.profiles.view.value.trial == trial
    await home.profiles.add(checked.profile)
    assert home.saved["lab"].kind is ServerKind.COMPATIBLE
    assert [line.name for line in home.profiles.view.value.lines] == ["sandbox", "work", "lab"]


async def test_what_is_no_profile_says_why_by_field(home: Home) -> None:
    reasons = home.profiles.check(
        {"name": "lab", "kind": "compatible", "base_url": "ftp://x"}
    ).reasons
    assert "base_url" in reasons and "http" in reasons["base_url"]
    assert "name" in home.profiles.check({"name": "", "kind": "openai"}).reasons
    assert "name" in home.profiles.check({"name": "sandbox", "kind": "openai"}).reasons


async def test_risks_are_told_and_keys_are_not(home: Home) -> None:
    secret = "sk-test-0123456789abcdef"
    checked = home.profiles.check(
        {"name": "work", "kind": "compatible", "base_url": "http://lab.test/v1", "key": secret}
    )
    assert checked.profile is not None
    said = " ".join(checked.warnings)
    assert "changed" in said and "readable in the settings file" in said and "encrypted" in said
    await home.profiles.add(checked.profile)
    assert secret not in repr(home.profiles.view.value) + repr(checked)


async def test_a_refused_key_is_the_result_of_the_trial(home: Home) -> None:
    home.models = Problem("Wrong key", kind=ProblemKind.UNAUTHORIZED)
    trial = await home.profiles.try_out(home.saved["work"])
    assert trial.phase is TrialPhase.FAILED
    assert trial.problem is not None and trial.problem.title == "Wrong key"


async def test_switching_opens_and_a_failure_keeps_what_is_open(home: Home) -> None:
    assert await home.profiles.switch("work") == "session of work"
    assert home.profiles.current == "work" and home.profiles.view.value.lines[1].current
    home.models = Problem("No network", kind=ProblemKind.NETWORK)
    with pytest.raises(ProblemError):
        await home.profiles.switch("sandbox")
    view = home.profiles.view.value
    assert home.profiles.current == "work" and view.switching is None
    assert view.problem is not None and view.problem.title == "No network"
    with pytest.raises(ProblemError):
        await home.profiles.switch("nobody")


async def test_removing_spares_the_built_in_and_the_open_one(home: Home) -> None:
    for name in ("sandbox", home.profiles.current):
        with pytest.raises(ProblemError):
            await home.profiles.remove(name)
    await home.profiles.remove("work")
    assert list(home.saved) == ["sandbox"]


async def test_a_file_that_cannot_be_written_is_told(home: Home) -> None:
    home.unwritable = True
    with pytest.raises(ProblemError):
        await home.profiles.add(Profile(name="lab"))
    assert home.profiles.view.value.problem is not None
    assert "lab" not in home.saved


async def test_a_tested_profile_still_tells_that_it_is_open(home: Home) -> None:
    await home.profiles.switch("work")
    home.models = 41
    await home.profiles.try_out(home.saved["work"])
    view = profiles_view(home.profiles.view.value)
    states = [view.rows.row(index).cells[-1].text for index in range(view.rows.count)]
    assert any("open" in state and "41 models" in state for state in states)
    assert "built in" in home.profiles.kept("sandbox") and "open" in home.profiles.kept("work")
