"""The shell of the program: the stack of screens, the palette, the help, the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import Screen

from tui.core.formats import counted
from tui.ui import places
from tui.ui.commands import ANYWHERE, HERE, MOVING, Command, commands_of, palette
from tui.ui.navigation import CopyText, FlowRequest, Go, GoBack, Route, StartFlow
from tui.ui.questions import ConfirmView, HelpGroup
from tui.ui.typed_ahead import TypedAhead
from tui.ui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from tui.store.session import Session

HOME = Route("home")
HELP_NOTE = (
    "Filter: words match anywhere (regular expression), !without, ~fuzzy, column:word, size>1MB, "
    "age<3h"
)


class Shell(TypedAhead, App[None]):
    """Takes screens where they ask to go, and runs the keys that work everywhere."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "help", key_display="?", tooltip="Keys of this screen"),
        # In text fields too, where a question mark is a letter.
        Binding("f1", "help", "help", show=False, priority=True, tooltip="Keys of this screen"),
        Binding("ctrl+p", "palette", "palette", show=False, tooltip="Every action by name"),
        Binding("at", "go_place('requests')", "requests sent", key_display="@", show=False),
        Binding("P", "go_place('profiles')", "profiles", show=False),
        Binding("T", "go_place('transfers')", "transfers", show=False),
        Binding("N", "go_place('notices')", "notices", show=False),
        Binding("H", "home", "overview", show=False),
        Binding("minus", "last_view", "last view", key_display="-", show=False),
        Binding("ctrl+t", "toggle_dark", "dark or light", show=False),
        Binding("ctrl+z", "suspend_process", "suspend", show=False),
        Binding("q", "quit", "quit", show=False),
        Binding("ctrl+q", "quit", "quit", show=False, priority=True),
        Binding("ctrl+c", "copy_or_hint", "copy what is selected", show=False),
    ]

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        self._last_root: Route | None = None
        self._root = HOME

    # Going places.

    @property
    def session(self) -> Session | None:
        """The session of the open profile; `None` before there is one."""
        raise NotImplementedError

    @property
    def clipboard_off(self) -> bool:
        """Whether the settings forbid the clipboard."""
        raise NotImplementedError

    @property
    def root(self) -> str:
        """The resource or place at the bottom of the stack, for the next start."""
        return self._root.resource or self._root.screen

    def _page(self, route: Route) -> Screen[None]:
        made: Screen[None] = places.load(places.PAGES[route.screen])(self.session, route)
        return made

    async def replace(self, route: Route) -> None:
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
            await self.replace(route)
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
        if self.clipboard_off:
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
        screen = load_screen("help:HelpScreen")
        if isinstance(self.screen, screen):
            return
        offered = commands_of(self.screen)
        note = HELP_NOTE if any(command.action == "filter" for command in offered) else ""
        groups = tuple(
            HelpGroup(
                title, tuple((",".join(c.keys), c.words) for c in offered if c.group == title)
            )
            for title in (HERE, MOVING, ANYWHERE)
        )
        chosen = await self.push_screen_wait(screen("Keys", groups, note))
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
        downloads = session is not None and session.documents.downloads.busy
        if activity is not None and (activity.uploads or activity.streams or downloads):
            going = [
                "a download" if downloads else "",
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

    async def action_go_place(self, screen: str) -> None:
        """Open one of the program's own places on top of this one."""
        await self.go(Route(screen))

    async def action_home(self) -> None:
        await self.go(HOME, replace=True)

    async def action_last_view(self) -> None:
        if self._last_root is not None:
            await self.go(self._last_root, replace=True)

    def action_toggle_dark(self) -> None:
        other = {"dark": "light", "light": "dark"}
        words = self.theme.split("-")
        self.theme = "-".join(other.get(word, word) for word in words)

    def action_copy_or_hint(self) -> None:
        if self.screen.get_selected_text():
            self.screen.action_copy_text()
        else:
            self.notify("q quits", timeout=2, markup=False)


def load_screen(place: str) -> Any:
    """A modal screen's class by `module:Class` below the screens; imported when it is asked for."""
    return places.load(f"tui.ui.screens.{place}")
