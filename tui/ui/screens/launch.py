"""What stands on the screen until a profile is open, and when none can be opened."""

from __future__ import annotations

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen

from tui.catalog.descriptor import Tone
from tui.core.errors import Problem
from tui.store.views import ProfileView
from tui.ui.frame import sidebar_entries
from tui.ui.widgets.key_bar import KeyBar, KeyHint
from tui.ui.widgets.sidebar import Sidebar
from tui.ui.widgets.state import State, StatePane, problem_state
from tui.ui.widgets.top_bar import TopBar


class LaunchScreen(Screen[None]):
    """The frame of the program before it has anything to show."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "try again"),
        Binding("s", "sandbox", "open the sandbox"),
    ]

    top_bar = getters.query_one(TopBar)
    key_bar = getters.query_one(KeyBar)
    pane = getters.query_one(StatePane)

    class Retry(Message):
        """Open a profile again, or another one; `None` is the one that was asked for."""

        def __init__(self, profile: str | None) -> None:
            super().__init__()
            self.profile = profile

    def __init__(self, profile: str) -> None:
        super().__init__()
        self._profile = profile
        self._failed = False

    def compose(self) -> ComposeResult:
        yield TopBar()
        with Horizontal(classes="frame"):
            yield Sidebar()
            yield StatePane(self._opening())
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Sidebar).show(sidebar_entries())
        if self._profile:
            self.top_bar.show_profile(ProfileView(self._profile, self._profile, ""))

    def _opening(self) -> State:
        words = f"Opening {self._profile}" if self._profile else "Opening"
        return State(words, tone=Tone.BUSY)

    def fail(self, problem: Problem) -> None:
        """Say why nothing could be opened, and what can be done."""
        self._failed = True
        self.pane.show(
            problem_state(problem, ("r", "try again"), ("s", "open the sandbox"), ("q", "quit"))
        )
        self.key_bar.show(
            (KeyHint("r", "try again"), KeyHint("s", "open the sandbox"), KeyHint("q", "quit"))
        )

    def action_retry(self) -> None:
        self._again(None)

    def action_sandbox(self) -> None:
        self._again("sandbox")

    def _again(self, profile: str | None) -> None:
        if self._failed:
            self._failed = False
            self.pane.show(self._opening())
            self.key_bar.show(())
            self.post_message(self.Retry(profile))
