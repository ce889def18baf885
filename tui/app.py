"""The Textual application: it paints, opens a profile, and takes screens where they ask to go."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.filter import LineFilter, Monochrome, NoColor

from tui.catalog.descriptor import Tone
from tui.core.errors import Problem, ProblemError
from tui.core.quick import QuickLook
from tui.options import AppOptions
from tui.ui.driver.terminal_driver import TerminalDriver, TerminalGone
from tui.ui.line_filter import LastGate
from tui.ui.navigation import OpenProfile, Route
from tui.ui.screens.launch import LaunchScreen
from tui.ui.shell import HOME, Shell
from tui.ui.styles import app_sheets
from tui.ui.theme import DEFAULT_THEME, THEMES, is_theme, theme_for

if TYPE_CHECKING:
    from tui.compose import Workspace
    from tui.store.session import Session

LOG = logging.getLogger(__name__)
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
WRONG_USE = 2


class CupolaApp(Shell):
    """Opens profiles and leaves the terminal as it was; what it shows is in the stores."""

    TITLE = "Cupola"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH: ClassVar[list[str]] = app_sheets()  # type: ignore[assignment]

    def __init__(self, workspace: Workspace, options: AppOptions, quick: QuickLook) -> None:
        super().__init__(driver_class=None if options.stock_driver else TerminalDriver)
        # Monochrome would paint the terminal's default colours as black on black.
        self._filters = [NoColor() if isinstance(f, Monochrome) else f for f in self._filters]
        self._workspace = workspace
        self._options = options
        self._target = options.target
        self._quick = quick
        self._gate = LastGate()
        self._strange_theme = ""
        self.crash: str | None = None
        self.refusal: str | None = None
        """Why what the command line asked for cannot be had, told once the terminal is back."""
        self.scroll_sensitivity_y = 2.0
        for theme in THEMES:
            self.register_theme(theme)
        chosen = theme_named(options.theme or quick.theme)
        self.theme = theme_for(chosen, few_colors=self.few_colors)

    @property
    def session(self) -> Session | None:
        return self._workspace.session

    @property
    def clipboard_off(self) -> bool:
        return self._workspace.loaded and self._workspace.resolved.settings.clipboard == "off"

    @property
    def few_colors(self) -> bool:
        """Whether the terminal has sixteen colours or none."""
        return self.no_color or self.console.color_system in {None, "standard"}

    # The terminal: what reaches it, and how it is left.

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._gate]

    def _fatal_error(self) -> None:
        """One line and the log's path: Textual's own screen would print locals, keys among them."""
        import sys

        from tui.core.log import redact
        from tui.core.safe_text import clean

        error = sys.exc_info()[1] or self._exception
        LOG.critical("crashed", exc_info=error)
        words = clean(redact(f"{type(error).__name__}: {error}"), limit=300)
        self.crash = words
        self._close_messages_no_wait()

    def on_mount(self) -> None:
        # Idle means idle: nothing moves by itself, on any link.
        self.animation_level = "none"
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._signalled, number)
        self.push_screen(LaunchScreen(self._quick.profile))
        self.call_after_refresh(self.open_profile)

    @on(TerminalGone)
    def _terminal_gone(self) -> None:
        self._signalled(signal.SIGHUP)

    def _signalled(self, number: signal.Signals) -> None:
        self.exit(return_code=128 + number)

    # Opening a profile.

    @work(exclusive=True, group="open")
    async def open_profile(self, name: str | None = None) -> None:
        """Load what is heavy, open the profile, and show where to begin; a failure is shown."""
        if not self._workspace.loaded and not await self._loaded():
            return
        self._use_theme()
        try:
            session = await self._workspace.switch(name)
        except ProblemError as error:
            self._show_failure(error.problem)
            return
        for warning in self._workspace.warnings():
            session.notice_board.tell(warning, tone=Tone.WARN)
        if self._strange_theme:
            words = f"There is no theme {self._strange_theme}: it is shown in {self.theme}"
            session.notice_board.tell(words, tone=Tone.WARN)
            self._strange_theme = ""
        await self._begin(session)

    async def _loaded(self) -> bool:
        """Read the settings; asking for what cannot be had is wrong use, and ends the program."""
        try:
            await asyncio.to_thread(self._workspace.load)
        except ProblemError as error:
            self.refusal = str(error.problem)
            self.exit(return_code=WRONG_USE)
            return False
        return True

    def _use_theme(self) -> None:
        chosen = self._options.theme or self._workspace.resolved.settings.theme
        named = theme_named(chosen)
        self._strange_theme = "" if is_theme(named) else chosen
        self.theme = theme_for(named, few_colors=self.few_colors)

    async def _begin(self, session: Session) -> None:
        """The first page of a session: what the command line asked for, else the overview."""
        route = HOME
        target, self._target = self._target, None
        if target is not None:
            destination = await session.locate(target)
            if destination is None:
                self.notify(f"Nothing here is called {target}", markup=False, severity="warning")
            else:
                route = Route.to(destination)
        await self.replace(route)
        await self._workspace.retire()
        await session.documents.look_back()

    def _show_failure(self, problem: Problem) -> None:
        screen = self.screen
        if isinstance(screen, LaunchScreen):
            screen.fail(problem)
        else:
            self.notify(str(problem), markup=False, severity="error")

    @on(OpenProfile)
    def _switch(self, message: OpenProfile) -> None:
        message.stop()
        self.open_profile(message.name)

    @on(LaunchScreen.Retry)
    def _retry(self, message: LaunchScreen.Retry) -> None:
        self.open_profile(message.profile)


def theme_named(name: str) -> str:
    """The full name of a theme: `dark` and `light` are ours, anything else is taken as it is."""
    return f"cupola-{name}" if name in {"dark", "light"} else name or DEFAULT_THEME
