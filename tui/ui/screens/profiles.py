"""Profiles: which servers there are, which is open; add one, try its key, switch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.catalog.descriptor import Tone
from tui.core.errors import ProblemError
from tui.store.profile_views import profiles_view, trial_words
from tui.store.profiles import Profiles, ProfilesView, TrialPhase
from tui.ui.binding import bind
from tui.ui.navigation import OpenProfile, Route
from tui.ui.page import Page
from tui.ui.questions import ConfirmView, FormView
from tui.ui.widgets.table import Table

if TYPE_CHECKING:
    from tui.core.settings import Profile
    from tui.store.session import Session

FORM = ".profile_form:ProfileForm"


class ProfilesPage(Page):
    """Enter switches; a number switches to that line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "switch", "switch"),
        Binding("n", "add", "new", tooltip="Add a profile"),
        Binding("t", "try_key", "test key", tooltip="Test the key of the profile"),
        Binding("ctrl+d", "remove", "remove", tooltip="Remove the profile from the settings"),
        *[
            Binding(str(n), f"switch_nth({n})", f"switch to profile {n}", show=False)
            for n in range(1, 10)
        ],
    ]

    table = getters.query_one(Table)

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        assert session.desk.profiles is not None, (
            "the composition root gives every desk its profiles"
        )
        self.profiles: Profiles[Session] = session.desk.profiles

    def compose_body(self) -> Iterable[Widget]:
        yield Table()

    @property
    def crumbs(self) -> tuple[str, ...]:
        return ("Profiles",)

    def on_mount(self) -> None:
        bind(self, self.profiles.view, self._show)
        self.table.focus()
        self._read()

    @work
    async def _read(self) -> None:
        try:
            await self.profiles.refresh()
        except ProblemError as error:
            self.session.notice_board.fail("Reading the profiles", error.problem)

    def _show(self, view: ProfilesView) -> None:
        self.table.show(profiles_view(view))

    @property
    def chosen(self) -> str | None:
        """Name of the profile under the cursor."""
        ref = self.table.cursor_ref
        return ref.id if ref is not None else None

    @on(Table.Opened)
    def action_switch(self) -> None:
        if self.chosen is not None:
            self.post_message(OpenProfile(self.chosen))

    def action_switch_nth(self, number: int) -> None:
        lines = self.profiles.view.value.lines
        if number <= len(lines):
            self.post_message(OpenProfile(lines[number - 1].name))

    @work(exclusive=True)
    async def action_add(self) -> None:
        """Fill in, test the key, save; a key that fails can be saved all the same."""
        values = await self.ask_form(FormView("Add a profile", FORM, verb="Test and save"))
        if values is None:
            return
        checked = self.profiles.check(values)
        if checked.profile is None:
            reasons = "; ".join(checked.reasons.values())
            self.notify(reasons, severity="error", markup=False)
            return
        if await self._worth_saving(checked.profile, checked.warnings):
            try:
                await self.profiles.add(checked.profile)
            except ProblemError as error:
                self.session.notice_board.fail("Saving the profile", error.problem)
                return
            words = f"Saved the profile {checked.profile.name}"
            self.session.notice_board.tell(words, tone=Tone.GOOD)

    async def _worth_saving(self, profile: Profile, warnings: tuple[str, ...]) -> bool:
        trial = await self.profiles.try_out(profile)
        effects = [*warnings]
        if trial.phase is TrialPhase.FAILED and trial.problem is not None:
            effects += [f"The test failed: {trial.problem}", trial.problem.hint]
        else:
            self.notify(trial_words(trial).text, markup=False)
        effects = [effect for effect in effects if effect]
        if not effects:
            return True
        title = f"Save {profile.name} all the same?"
        return await self.ask_confirm(ConfirmView(title, tuple(effects), "Save", dangerous=False))

    @work(exclusive=True)
    async def action_try_key(self) -> None:
        profile = self.profiles.find(self.chosen or "")
        if profile is not None:
            trial = await self.profiles.try_out(profile)
            if trial.problem is not None:
                self.session.notice_board.fail(f"Test of {profile.name}", trial.problem)

    @work(exclusive=True)
    async def action_remove(self) -> None:
        name = self.chosen
        if name is None:
            return
        if reason := self.profiles.kept(name):
            self.notify(reason, severity="warning", markup=False)
            return
        view = ConfirmView(
            f"Remove the profile {name}?",
            ("Its table goes from the settings file; nothing changes on the server.",),
            "Remove",
            trigger="ctrl+d",
        )
        if await self.ask_confirm(view):
            try:
                await self.profiles.remove(name)
            except ProblemError as error:
                self.notify(str(error.problem), severity="warning", markup=False)
