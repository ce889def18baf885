"""The frame of a page: the top line, the sidebar, notices, the prompt and the keys around a body.

Every page gets its session by constructor, opens one scope when it is made and closes it when it
goes, so that what it asked for stops with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from tui.catalog.index import ENTRIES
from tui.store.naming import offered_ids
from tui.store.views import ActivityView, CollectionKey, Completion, Notice, ProfileView
from tui.ui.asking import Asking
from tui.ui.binding import bind
from tui.ui.navigation import Route
from tui.ui.questions import FormView
from tui.ui.widgets.key_bar import KeyBar, KeyHint
from tui.ui.widgets.notice_line import NoticeLine
from tui.ui.widgets.prompt import Prompt
from tui.ui.widgets.sidebar import Entry, Sidebar
from tui.ui.widgets.too_small import LEAST, TooSmall
from tui.ui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from tui.store.session import Session

SLOW = 0.4
"""Seconds after which the top line says that something is loading."""
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


class Frame(Asking):
    """The lines around a page's body, and what they show."""

    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 (Textual declares it on the instance)
        (0, "-small"),
        (72, "-narrow"),
        (100, "-wide"),
    ]
    top_bar = getters.query_one(TopBar)
    sidebar = getters.query_one(Sidebar)
    key_bar = getters.query_one(KeyBar)
    notice_line = getters.query_one(NoticeLine)
    too_small = getters.query_one(TooSmall)
    prompt = getters.query_one(Prompt)

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__()
        self.session = session
        self.route = route
        self.scope = session.scope(f"{route.screen}:{route.resource}:{route.id or ''}")
        self._before_tiny: Widget | None = None
        self._slow = False
        self._slow_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield TopBar()
        with Horizontal(classes="frame"):
            yield Sidebar()
            with Vertical(classes="body"):
                yield from self.compose_body()
        yield TooSmall()
        yield NoticeLine()
        yield Prompt()
        yield KeyBar()

    def bind_key(
        self, key: str, action: str, words: str, tooltip: str = "", *, show: bool = True
    ) -> None:
        """Give this very page a key; `tooltip` says in full what the palette and help show."""
        binding = Binding(key, action, words, tooltip=tooltip, show=show)
        self._bindings.key_to_bindings.setdefault(key, []).append(binding)

    async def ask_form(self, view: FormView) -> Mapping[str, Any] | None:
        """As `Asking`; what the form's id fields may hold is loaded while it is filled in."""
        from tui.catalog.forms import fields_of

        for spec in view.fields or fields_of(view.request):
            resource = self.session.catalog.get(spec.resource or "")
            if resource is not None and not resource.parents:
                self.session.collection(CollectionKey(resource.key), self.scope)
        return await super().ask_form(view)

    def offers(self, resource: str, text: str) -> tuple[Completion, ...]:
        return offered_ids(self.session, resource, text)

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
        self.set_class(not self.session.desk.sidebar, "-no-sidebar")
        self.sidebar.show(sidebar_entries(), self.place)
        bind(self, self.session.profile, self._show_profile)
        bind(self, self.session.activity, self._show_activity)
        bind(self, self.session.notices, self._show_notices)
        self.show_crumbs()
        self.call_after_refresh(self.show_keys)

    def on_unmount(self) -> None:
        self.scope.close()

    def on_resize(self, event: Resize) -> None:
        """Too small a terminal gets a notice instead of ruins; everything is there again after."""
        width, height = event.size
        tiny = width < LEAST[0] or height < LEAST[1]
        if tiny and not self.has_class("-tiny"):
            self._before_tiny = self.focused
        self.set_class(tiny, "-tiny")
        if tiny:
            self.too_small.show(width, height)
        elif self._before_tiny is not None:
            # What is hidden loses the focus.
            self._before_tiny.focus()
            self._before_tiny = None

    def on_screen_suspend(self) -> None:
        self.scope.hidden = True

    def on_screen_resume(self) -> None:
        self.scope.hidden = False
        self.set_class(not self.session.desk.sidebar, "-no-sidebar")
        self._show_notices(self.session.notices.value)
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
        if self is not self._foremost():
            return
        telling = desk.to_tell(notices, self.session.clock.now())
        if telling is not None:
            self.notice_line.show(*telling)

    def _foremost(self) -> Screen[Any] | None:
        """The uppermost page; a dialog may be open on top of it."""
        pages = (screen for screen in reversed(self.app.screen_stack) if isinstance(screen, Frame))
        return next(pages, None)


def key_hints(screen: Screen[Any]) -> tuple[KeyHint, ...]:
    """The keys that work on a screen now and ask to be shown: the page's own, then the app's."""
    hints: dict[str, KeyHint] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if not binding.show and isinstance(active.node, Widget) and active.node is not screen:
            # A list's own Enter is told in the words of its page.
            told = screen._bindings.key_to_bindings.get(binding.key, ())
            binding = next((one for one in told if one.show), binding)
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
