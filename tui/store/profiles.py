"""Profiles: which there are, which is open, and how one is added: checked, tried, saved.

What reads and writes the settings, and what opens a session, is handed in by the composition root.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from tui.core.cell import Cell
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.profiles import check_profile
from tui.core.safe_text import clean
from tui.core.settings import SANDBOX, Profile
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """One profile, as a list shows it. Keys by their source, never by their value."""

    name: str
    kind: str
    host: str
    key: str = ""
    admin_key: str = ""
    read_only: bool = False
    current: bool = False
    built_in: bool = False
    """Always there: it cannot be removed."""


class TrialPhase(StrEnum):
    """How far the test of a key is."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Trial:
    """A test of a profile's key: reading the server's models."""

    name: str
    phase: TrialPhase
    models: int = 0
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class ProfilesView:
    """The profiles as a screen sees them."""

    lines: tuple[ProfileLine, ...] = ()
    loaded: bool = False
    switching: str | None = None
    """The profile that is being opened."""
    trial: Trial | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What was typed, checked: a profile, or the reasons why it is none."""

    profile: Profile | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    """By field; what belongs to no field is under the empty name."""
    warnings: tuple[str, ...] = ()


class Profiles(Generic[S]):
    """The profiles of the person; `S` is the session that opening one gives.

    Every async method raises `ProblemError`, and leaves the problem in the view too.
    """

    def __init__(
        self,
        *,
        load: Callable[[], tuple[Profile, ...]],
        save: Callable[[Profile], None],
        remove: Callable[[str], None],
        open_session: Callable[[Profile], Awaitable[S]],
        test: Callable[[Profile], Awaitable[int]],
        scheduler: Scheduler,
        current: str = "",
    ) -> None:
        """`load`, `save` and `remove` may block: they run in a thread. `test` reads the server's
        models and gives how many there are."""
        self.view: Cell[ProfilesView] = Cell(ProfilesView())
        self._load = load
        self._save = save
        self._remove = remove
        self._open_session = open_session
        self._test = test
        self._scheduler = scheduler
        self._scope = Scope("profiles")
        self._keys = itertools.count()
        self._profiles: dict[str, Profile] = {}
        self._current = current

    @property
    def current(self) -> str:
        """Name of the profile that is open."""
        return self._current

    def find(self, name: str) -> Profile | None:
        """The profile of that name, as it was read last."""
        return self._profiles.get(name)

    async def refresh(self) -> None:
        """Read the profiles again."""
        found = await self._blocking(self._load)
        self._profiles = {profile.name: profile for profile in found}
        self._show()

    def check(self, values: Mapping[str, object]) -> Checked:
        """Whether what was typed is a profile, by the names of the settings file; no I/O."""
        name = str(values.get("name", "")).strip()
        given = {key: value for key, value in values.items() if value not in (None, "")}
        if name == SANDBOX:
            return Checked(reasons={"name": "sandbox is the built-in profile"})
        profile = check_profile(name, given)
        if not isinstance(profile, Profile):
            return Checked(reasons=profile)
        return Checked(profile, warnings=_warnings(profile, taken=name in self._profiles))

    async def try_out(self, profile: Profile) -> Trial:
        """Test a profile's key without saving or opening anything; a failure is in the result."""
        self._put_trial(Trial(profile.name, TrialPhase.RUNNING))
        try:
            models = await self._scheduler.submit(
                ("try", next(self._keys)),
                scope=self._scope,
                lane=Lane.INTERACTIVE,
                run=lambda: self._test(profile),
            )
        except ProblemError as error:
            trial = Trial(profile.name, TrialPhase.FAILED, problem=error.problem)
        else:
            trial = Trial(profile.name, TrialPhase.PASSED, models=models)
        self._put_trial(trial)
        return trial

    async def add(self, profile: Profile) -> None:
        """Save a profile, new or changed."""
        await self._blocking(lambda: self._save(profile))
        await self.refresh()

    def kept(self, name: str) -> str:
        """Why a profile cannot be removed, in words; empty: it can."""
        if name == SANDBOX:
            return f"{clean(name)} is built in"
        return f"{clean(name)} is open: switch to another first" if name == self._current else ""

    async def remove(self, name: str) -> None:
        """Take a profile out of the settings."""
        if reason := self.kept(name):
            raise ProblemError(Problem(reason, kind=ProblemKind.BLOCKED))
        await self._blocking(lambda: self._remove(name))
        await self.refresh()

    async def switch(self, name: str) -> S:
        """Open another profile; the one before stays open until this one is."""
        profile = self._profiles.get(name)
        if profile is None:
            raise ProblemError(Problem(f"There is no profile {clean(name)}"))
        self.view.update(lambda view: replace(view, switching=name, problem=None))
        try:
            session = await self._told(
                self._scheduler.submit(
                    ("switch", next(self._keys)),
                    scope=self._scope,
                    lane=Lane.INTERACTIVE,
                    run=lambda: self._open_session(profile),
                )
            )
        finally:
            self.view.update(lambda view: replace(view, switching=None))
        self._current = name
        self._show()
        return session

    def close(self) -> None:
        """Stop what is under way."""
        self._scope.close()

    async def _blocking(self, work: Callable[[], T]) -> T:
        key = ("profiles", next(self._keys))
        return await self._told(
            self._scheduler.in_thread(key, scope=self._scope, lane=Lane.INTERACTIVE, work=work)
        )

    async def _told(self, job: Awaitable[T]) -> T:
        try:
            result = await job
        except ProblemError as error:
            problem = error.problem
            self.view.update(lambda view: replace(view, problem=problem))
            raise
        self.view.update(lambda view: replace(view, problem=None))
        return result

    def _put_trial(self, trial: Trial) -> None:
        self.view.update(lambda view: replace(view, trial=trial))

    def _show(self) -> None:
        lines = tuple(_line(p, self._current) for p in self._profiles.values())
        self.view.update(lambda view: replace(view, lines=lines, loaded=True))


def _line(profile: Profile, current: str) -> ProfileLine:
    return ProfileLine(
        name=clean(profile.name, limit=60),
        kind=str(profile.kind),
        host=clean(urlsplit(profile.base_url).netloc, limit=120),
        key=clean(profile.key, limit=120),
        admin_key=clean(profile.admin_key, limit=120),
        read_only=profile.read_only,
        current=profile.name == current,
        built_in=profile.name == SANDBOX,
    )


def _warnings(profile: Profile, *, taken: bool) -> tuple[str, ...]:
    warnings = []
    if taken:
        warnings.append("A profile of this name is there: it will be changed")
    if profile.has_literal_key:
        warnings.append("The key will stand readable in the settings file: env: or command: do not")
    if profile.unencrypted and (profile.key is not None or profile.admin_key is not None):
        warnings.append("The address is not encrypted: the key can be read on its way")
    return tuple(warnings)
