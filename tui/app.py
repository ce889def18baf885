"""The Textual application: it paints, opens a profile, and takes screens where they ask to go."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from tui.catalog.descriptor import Tone
from tui.core.errors import Problem, ProblemError
from tui.core.formats import counted
from tui.core.quick import QuickLook
from tui.options import AppOptions
from tui.ui import places
from tui.ui.commands import ANYWHERE, HERE, MOVING, Command, commands_of, palette
from tui.ui.line_filter import LastGate
from tui.ui.navigation import CopyText, FlowRequest, Go, GoBack, OpenProfile, Route, StartFlow
from tui.ui.questions import ConfirmView, HelpGroup
from tui.ui.screens.launch import LaunchScreen
from tui.ui.styles import app_sheets
from tui.ui.theme import DEFAULT_THEME, THEMES, theme_for
from tui.ui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from tui.compose import Workspace
    from tui.store.session import Session

LOG = logging.getLogger(__name__)
HOME = Route("home")
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
WRONG_USE = 2
HELP_NOTE = (
    "Filter: words match anywhere (regular expression), !without, ~fuzzy, column:word, size>1MB, "
    "age<3h"
)


class CupolaApp(App[None]):
    """Owns the stack of screens and nothing else; what it shows is in the stores."""

    TITLE = "Cupola"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH: ClassVar[list[str]] = app_sheets()  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+p", "palette", "palette", show=False),
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("at", "requests", "requests sent", key_display="@", show=False),
        Binding("P", "profiles", "profiles", show=False),
        Binding("T", "transfers", "transfers", show=False),
        Binding("N", "notices", "notices", show=False),
        Binding("H", "home", "overview", show=False),
        Binding("minus", "last_view", "last view", key_display="-", show=False),
        Binding("ctrl+t", "toggle_dark", "dark or light", show=False),
        Binding("ctrl+z", "suspend_process", "suspend", show=False),
        Binding("q", "quit", "quit", show=False),
        Binding("ctrl+q", "quit", "quit", show=False, priority=True),
        Binding("ctrl+c", "copy_or_quit", "copy, or quit", show=False),
    ]

    def __init__(self, workspace: Workspace, options: AppOptions, quick: QuickLook) -> None:
        super().__init__()
        self._workspace = workspace
        self._options = options
        self._target = options.target
        self._quick = quick
        self._gate = LastGate()
        self._last_root: Route | None = None
        self._root = HOME
        self.crash: str | None = None
        self.refusal: str | None = None
        """Why what the command line asked for cannot be had, told once the terminal is back."""
        self.scroll_sensitivity_y = 2.0
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = theme_for(theme_named(options.theme or quick.theme), few_colors=self._few)

    @property
    def root(self) -> str:
        """The resource or place at the bottom of the stack, for the next start."""
        return self._root.resource or self._root.screen

    @property
    def _few(self) -> bool:
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
        self.theme = theme_for(theme_named(chosen), few_colors=self._few)

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
        await self._replace(route)

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

    # Going places.

    @property
    def session(self) -> Session | None:
        return self._workspace.session

    def _page(self, route: Route) -> Screen[None]:
        made: Screen[None] = places.load(places.PAGES[route.screen])(self.session, route)
        return made

    async def _replace(self, route: Route) -> None:
        """Make a place the root: everything above the launch screen goes."""
        while len(self.screen_stack) > 2:
            await self.pop_screen()
        self._last_root, self._root = self._root, route
        await self.switch_screen(self._page(route))

    @on(Go)
    async def _go(self, message: Go) -> None:
        message.stop()
        await self.go(message.route, replace=message.replace)

    async def go(self, route: Route, *, replace: bool = False) -> None:
        """Open a place; nothing happens before a profile is open."""
        if self.session is None:
            return
        if replace:
            await self._replace(route)
        else:
            await self.push_screen(self._page(route))

    @on(GoBack)
    async def _back(self, message: GoBack) -> None:
        message.stop()
        if len(self.screen_stack) > 2:
            await self.pop_screen()

    @on(StartFlow)
    async def _flow(self, message: StartFlow) -> None:
        message.stop()
        await self.start(message.request)

    async def start(self, request: FlowRequest) -> None:
        """Start a hand-made flow on top of what is open."""
        flow = places.load(places.FLOWS[request.action.flow or ""])
        await self.push_screen(flow(self.session, request))

    @on(CopyText)
    def _copy(self, message: CopyText) -> None:
        message.stop()
        if self._workspace.loaded and self._workspace.resolved.settings.clipboard == "off":
            self.notify("The clipboard is off in the settings", markup=False)
            return
        self.copy_to_clipboard(message.text)
        self.notify(f"{message.what} copied", markup=False)

    # The app's own keys.

    @work(exclusive=True, group="palette")
    async def action_palette(self) -> None:
        """Every action with its key, found by its words."""
        offered = palette(self.screen)
        asked = await self.push_screen_wait(
            load_screen("menu:MenuScreen")("Do", tuple(command.item for command in offered))
        )
        chosen = next((command for command in offered if command.id == asked), None)
        if chosen is not None:
            await self._do(chosen)

    async def _do(self, command: Command) -> None:
        if command.route is not None:
            await self.go(command.route, replace=True)
        else:
            await self.run_action(command.action, command.node)

    @work(exclusive=True, group="palette")
    async def action_help(self) -> None:
        """The keys of this screen; Enter presses one."""
        offered = commands_of(self.screen)
        groups = tuple(
            HelpGroup(
                title, tuple((",".join(c.keys), c.words) for c in offered if c.group == title)
            )
            for title in (HERE, MOVING, ANYWHERE)
        )
        chosen = await self.push_screen_wait(
            load_screen("help:HelpScreen")("Keys", groups, HELP_NOTE)
        )
        for command in offered:
            if chosen in command.keys:
                await self._do(command)
                return

    async def action_quit(self) -> None:
        self._leave()

    @work(exclusive=True, group="palette")
    async def _leave(self) -> None:
        """Leave; with uploads or streams under way, ask once."""
        session = self.session
        activity = session.activity.value if session is not None else None
        if activity is not None and (activity.uploads or activity.streams):
            going = [
                counted(activity.uploads, "upload") if activity.uploads else "",
                counted(activity.streams, "answer") if activity.streams else "",
            ]
            view = ConfirmView(
                "Quit now?",
                (f"{' and '.join(filter(None, going))} under way will be stopped.",),
                "Quit",
                trigger="q",
            )
            if not await self.push_screen_wait(load_screen("confirm:ConfirmScreen")(view)):
                return
        self.exit(return_code=0)

    @on(KeyBar.Pressed)
    def _key_pressed(self, message: KeyBar.Pressed) -> None:
        self.simulate_key(message.key)

    async def action_requests(self) -> None:
        await self.go(Route("requests"))

    async def action_profiles(self) -> None:
        await self.go(Route("profiles"))

    async def action_transfers(self) -> None:
        await self.go(Route("transfers"))

    async def action_notices(self) -> None:
        await self.go(Route("notices"))

    async def action_home(self) -> None:
        await self.go(HOME, replace=True)

    async def action_last_view(self) -> None:
        if self._last_root is not None:
            await self.go(self._last_root, replace=True)

    def action_toggle_dark(self) -> None:
        other = {"dark": "light", "light": "dark"}
        words = self.theme.split("-")
        self.theme = "-".join(other.get(word, word) for word in words)

    def action_copy_or_quit(self) -> None:
        if self.screen.get_selected_text():
            self.screen.action_copy_text()
        else:
            self.notify("q quits", timeout=2, markup=False)


def load_screen(place: str) -> Any:
    """A modal screen's class by `module:Class` below the screens; imported when it is asked for."""
    return places.load(f"tui.ui.screens.{place}")


def theme_named(name: str) -> str:
    """The full name of a theme: `dark` and `light` are ours, anything else is taken as it is."""
    return f"cupola-{name}" if name in {"dark", "light"} else name or DEFAULT_THEME
