"""A page: one full screen of the program, with the top line, the sidebar, a body and the keys.

Every page gets its session by constructor, opens one scope when it is made and closes it when it
goes, so that what it asked for stops with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, TextArea

from tui.catalog.index import ENTRIES
from tui.store.views import ActivityView, Notice, ProfileView
from tui.ui.asking import Asking
from tui.ui.binding import bind
from tui.ui.navigation import CopyText, FlowRequest, Go, GoBack, Route, StartFlow
from tui.ui.widgets.key_bar import KeyBar, KeyHint
from tui.ui.widgets.notice_line import NoticeLine
from tui.ui.widgets.prompt import Prompt
from tui.ui.widgets.sidebar import Entry, Sidebar
from tui.ui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from tui.store.session import Session

SLOW = 0.4
"""Seconds after which the top line says that something is loading."""
OPENS_PROMPT = frozenset({"go_to", "filter"})
GO_TO = "go to"
GO_TO_HINT = "a resource, or any id"
PROMPT_HINTS = (
    KeyHint("enter", "take"),
    KeyHint("escape", "leave", "esc"),
    KeyHint("tab", "complete"),
    KeyHint("up", "earlier"),
)

CUPOLA = (
    Entry("transfers", "Transfers", "Cupola"),
    Entry("requests", "Requests", "Cupola"),
    Entry("notices", "Notices", "Cupola"),
    Entry("profiles", "Profiles", "Cupola"),
)
"""Places that belong to the program and not to the server."""


def sidebar_entries() -> tuple[Entry, ...]:
    """The places at the left: the overview, every listed resource, and the program's own."""
    listed = tuple(Entry(entry.key, entry.title) for entry in ENTRIES if entry.listed)
    return (Entry("home", "Overview"), *listed, *CUPOLA)


def sidebar_route(key: str) -> Route:
    """Where an entry of the sidebar leads."""
    if any(entry.key == key for entry in ENTRIES):
        return Route("browser", key)
    return Route(key)


class Page(Asking):
    """What all full screens share; a subclass gives `compose_body`, `crumbs` and its bindings."""

    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 (Textual declares it on the instance)
        (0, "-small"),
        (72, "-narrow"),
        (100, "-wide"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", key_display="esc"),
        # Priority: what is typed right behind it must find the prompt, not the list.
        Binding("colon", "go_to", "go to", key_display=":", priority=True),
        Binding("b", "toggle_sidebar", "sidebar", show=False),
        Binding("tab", "app.focus_next", "next pane", show=False),
        Binding("shift+tab", "app.focus_previous", "previous pane", show=False),
    ]

    top_bar = getters.query_one(TopBar)
    sidebar = getters.query_one(Sidebar)
    key_bar = getters.query_one(KeyBar)
    notice_line = getters.query_one(NoticeLine)
    prompt = getters.query_one(Prompt)

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__()
        self.session = session
        self.route = route
        self.scope = session.scope(f"{route.screen}:{route.resource}:{route.id or ''}")
        self._told: Notice | None = None
        self._slow = False
        self._slow_timer: Timer | None = None
        self._before_prompt: Widget | None = None

    def compose(self) -> ComposeResult:
        yield TopBar()
        with Horizontal(classes="frame"):
            yield Sidebar()
            with Vertical(classes="body"):
                yield from self.compose_body()
        yield NoticeLine()
        yield Prompt()
        yield KeyBar()

    def bind_key(
        self, key: str, action: str, words: str, tooltip: str = "", *, show: bool = True
    ) -> None:
        """Give this very page a key; `tooltip` says in full what the palette and help show."""
        binding = Binding(key, action, words, tooltip=tooltip, show=show)
        self._bindings.key_to_bindings.setdefault(key, []).append(binding)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters act outside text fields only."""
        if action in OPENS_PROMPT and isinstance(self.focused, Input | TextArea):
            return False
        return super().check_action(action, parameters)

    def compose_body(self) -> Iterable[Widget]:
        """The widgets between the sidebar and the right edge."""
        raise NotImplementedError

    @property
    def crumbs(self) -> tuple[str, ...]:
        """The breadcrumb, outermost first; safe text."""
        return ()

    @property
    def crumb_detail(self) -> str:
        """What stands at the right of the breadcrumb, such as a chat's model."""
        return ""

    @property
    def place(self) -> str:
        """The sidebar's entry that this page belongs to."""
        resource = self.route.resource
        if not resource:
            return self.route.screen
        listed = {entry.key for entry in ENTRIES if entry.listed}
        while resource and resource not in listed:
            resource = resource.rpartition(".")[0]
        return resource

    def on_mount(self) -> None:
        self.sidebar.show(sidebar_entries(), self.place)
        bind(self, self.session.profile, self._show_profile)
        bind(self, self.session.activity, self._show_activity)
        bind(self, self.session.notices, self._show_notices)
        bind(self, self.session.completions, self._offer_more)
        self.show_crumbs()
        self.call_after_refresh(self.show_keys)

    def on_unmount(self) -> None:
        self.scope.close()

    def on_screen_suspend(self) -> None:
        self.scope.hidden = True

    def on_screen_resume(self) -> None:
        self.scope.hidden = False
        self.show_keys()

    def show_crumbs(self) -> None:
        """Draw the breadcrumb again after something in it changed."""
        self.top_bar.show_crumbs(self.crumbs, self.crumb_detail)

    def show_keys(self) -> None:
        """Draw the keys that work now, in the order of their bindings."""
        if self.is_mounted and self.is_current:
            self.key_bar.show(PROMPT_HINTS if self.prompt.asking else key_hints(self))

    def on_descendant_focus(self) -> None:
        self.call_after_refresh(self.show_keys)

    def _show_profile(self, profile: ProfileView) -> None:
        self.top_bar.show_profile(profile)

    def _show_activity(self, activity: ActivityView) -> None:
        """What is alive; a request that is answered in no time is not worth a word."""
        if activity.loading and not self._slow:
            if self._slow_timer is None:
                self._slow_timer = self.set_timer(SLOW, self._tell_slow)
            activity = replace(activity, loading=0)
        elif not activity.loading:
            self._slow = False
            if self._slow_timer is not None:
                self._slow_timer.stop()
                self._slow_timer = None
        self.top_bar.show_activity(activity, self.session.clock.now())

    def _tell_slow(self) -> None:
        self._slow_timer = None
        self._slow = True
        self._show_activity(self.session.activity.value)

    def _show_notices(self, notices: tuple[Notice, ...]) -> None:
        desk = self.session.desk
        self.top_bar.show_notices(desk.unread(notices))
        newest = desk.newest_unread(notices)
        if newest is not None and newest != self._told:
            self._told = newest
            self.notice_line.show(newest)

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
            self.notice_line.clear()
        elif not self.go_inward():
            self.post_message(GoBack())

    def go_inward(self) -> bool:
        """What `esc` does before it leaves the page; whether it did anything."""
        return False

    def action_toggle_sidebar(self) -> None:
        self.toggle_class("-no-sidebar")

    def go(self, route: Route, *, replace: bool = False) -> None:
        self.post_message(Go(route, replace=replace))

    def start(self, request: FlowRequest) -> None:
        self.post_message(StartFlow(request))

    def copy(self, text: str, what: str) -> None:
        self.post_message(CopyText(text, what))


def key_hints(screen: Screen[Any]) -> tuple[KeyHint, ...]:
    """The keys that work on a screen now and ask to be shown: the page's own, then the app's."""
    hints: dict[str, KeyHint] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.show and active.enabled and binding.description:
            hints.setdefault(
                f"{binding.action}",
                KeyHint(
                    binding.key,
                    binding.description,
                    binding.key_display or "",
                    pinned=binding.action in {"help", "app.help"},
                ),
            )
    return tuple(sorted(hints.values(), key=_rank))


_LATE = {"escape": 1, "colon": 2, "question_mark": 3}


def _rank(hint: KeyHint) -> int:
    return _LATE.get(hint.key, 0)
