"""A page: one full screen of the program; it asks for a line, goes places, starts flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, TextArea

from tui.catalog.index import ENTRIES
from tui.ui.binding import bind
from tui.ui.frame import Frame, sidebar_entries, sidebar_route
from tui.ui.navigation import CopyText, FlowRequest, Go, GoBack, Route, StartFlow
from tui.ui.widgets.notice_line import NoticeLine
from tui.ui.widgets.prompt import Prompt
from tui.ui.widgets.sidebar import Sidebar
from tui.ui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from tui.store.session import Session

OPENS_PROMPT = frozenset({"go_to", "filter"})
GO_TO = "go to"
GO_TO_HINT = "a resource, or any id"


class Page(Frame):
    """What all full screens share; a subclass gives `compose_body`, `crumbs` and its bindings."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", key_display="esc"),
        # Priority: what is typed right behind it must find the prompt, not the list.
        Binding("colon", "go_to", "go to", key_display=":", priority=True),
        Binding("backslash", "toggle_sidebar", "sidebar", key_display="\\", show=False),
        Binding("tab", "app.focus_next", "next pane", show=False),
        Binding("shift+tab", "app.focus_previous", "previous pane", show=False),
    ]

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        self._before_prompt: Widget | None = None

    def on_mount(self) -> None:
        bind(self, self.session.completions, self._offer_more)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters act outside text fields only."""
        if action in OPENS_PROMPT and isinstance(self.focused, Input | TextArea):
            return False
        return super().check_action(action, parameters)

    # One line of text: where to go, or what a page asks.

    def prompt_for(self, name: str, *, label: str, value: str = "", placeholder: str = "") -> None:
        """Ask for a line at the bottom; the answer comes to `prompt_changed`, `…_submitted`."""
        self._before_prompt = self.focused
        self.prompt.ask(name, label=label, value=value, placeholder=placeholder)

    def action_go_to(self) -> None:
        self._before_prompt = self.focused
        self.prompt.ask(GO_TO, label=":", placeholder=GO_TO_HINT, complete=self.session.complete)

    def _offer_more(self, _news: int) -> None:
        if self.prompt.asking == GO_TO:
            self.prompt.renew()

    @on(Prompt.Changed)
    def _prompt_changed(self, message: Prompt.Changed) -> None:
        message.stop()
        self.prompt_changed(message.name, message.value)

    @on(Prompt.Submitted)
    async def _prompt_submitted(self, message: Prompt.Submitted) -> None:
        message.stop()
        self._after_prompt()
        if message.name == GO_TO:
            await self._go_to(message.value)
        else:
            self.prompt_submitted(message.name, message.value)

    @on(Prompt.Cancelled)
    def _prompt_cancelled(self, message: Prompt.Cancelled) -> None:
        message.stop()
        self._after_prompt()
        self.prompt_cancelled(message.name)

    def _after_prompt(self) -> None:
        if self._before_prompt is not None and self._before_prompt.is_mounted:
            self._before_prompt.focus()

    async def _go_to(self, text: str) -> None:
        """To the resource or the object that a word or a pasted id means."""
        if not text.strip():
            return
        if text.strip() in {entry.key for entry in sidebar_entries()} and not any(
            entry.key == text.strip() for entry in ENTRIES
        ):
            self.go(sidebar_route(text.strip()), replace=True)
            return
        destination = await self.session.locate(text)
        if destination is None:
            self.notify(f"Nothing here is called {text}", severity="warning", markup=False)
        else:
            self.go(Route.to(destination), replace=destination.id is None)

    def prompt_changed(self, name: str, value: str) -> None:
        """The line that the page asks for differs now."""

    def prompt_submitted(self, name: str, value: str) -> None:
        """The line that the page asked for is there."""

    def prompt_cancelled(self, name: str) -> None:
        """The page gets no line."""

    # What the person does anywhere on a page.

    @on(Sidebar.Chosen)
    def _chosen(self, message: Sidebar.Chosen) -> None:
        message.stop()
        self.post_message(Go(sidebar_route(message.key), replace=True))

    @on(TopBar.ProfileClicked)
    def _profile_clicked(self) -> None:
        self.post_message(Go(Route("profiles")))

    @on(TopBar.NoticesClicked)
    @on(NoticeLine.Clicked)
    def _notices_clicked(self) -> None:
        self.post_message(Go(Route("notices")))

    def action_back(self) -> None:
        """Close what is open on the page first; then leave it."""
        if self.notice_line.notice is not None:
            self.session.desk.wave_off(self.notice_line.notice)
            self.notice_line.clear()
        if not self.go_inward():
            self.post_message(GoBack())

    def go_inward(self) -> bool:
        """What `esc` does before it leaves the page; whether it did anything."""
        return False

    def action_toggle_sidebar(self) -> None:
        self.session.desk.sidebar = not self.session.desk.sidebar
        self.set_class(not self.session.desk.sidebar, "-no-sidebar")

    def go(self, route: Route, *, replace: bool = False) -> None:
        self.post_message(Go(route, replace=replace))

    def start(self, request: FlowRequest) -> None:
        self.post_message(StartFlow(request))

    def copy(self, text: str, what: str) -> None:
        self.post_message(CopyText(text, what))
