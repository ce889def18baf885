"""The overview: what this server holds, whose it is, and the keys to begin with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import getters, on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from tui.catalog.index import ENTRIES
from tui.core.formats import timestamp
from tui.store.naming import record_of
from tui.store.overview import overview_view
from tui.store.views import CollectionKey, CollectionView, ProfileView
from tui.ui.binding import bind
from tui.ui.navigation import Route
from tui.ui.page import Page
from tui.ui.styles import sheet
from tui.ui.widgets.table import Table

if TYPE_CHECKING:
    from tui.store.session import Session


SANDBOX_WORDS = (
    "This is the embedded sandbox: a whole platform on this machine, with a demo world to try "
    "everything on. Nothing leaves it."
)
BEGIN = (
    ("enter", "open a section"),
    (":", "go to a resource, or paste any id"),
    ("ctrl+p", "every action by name"),
    ("P", "add a server: a profile with its key"),
    ("?", "the keys of the screen you are on"),
)
"""Keys to begin with, for whoever is here for the first time."""


class HomePage(Page):
    """One line for each section; Enter opens it."""

    CSS_PATH = sheet("screens/home.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open"),
        Binding("q", "app.quit", "quit"),
        Binding("r", "refresh", "refresh", show=False),
    ]

    table = getters.query_one(Table)
    server = getters.query_one("#server", Static)

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        keys = [entry.key for entry in ENTRIES if entry.listed]
        self.lists = [session.collection(CollectionKey(key), self.scope) for key in keys]

    def compose_body(self) -> Iterable[Widget]:
        yield Static(id="server")
        yield Table()
        yield Static(_begin(), id="begin")

    @property
    def crumbs(self) -> tuple[str, ...]:
        return ("Overview",)

    def on_mount(self) -> None:
        bind(self, self.session.profile, self._show_server)
        for collection in self.lists:
            bind(self, collection.view, self._show)
        self.table.focus()

    def _show_server(self, profile: ProfileView) -> None:
        if profile.kind == "sandbox":
            words = Text(f"{SANDBOX_WORDS} ({profile.host})")
        else:
            words = Text(f"{profile.kind} server at {profile.host}")
        facts = []
        if profile.note:
            facts.append(profile.note)
        if profile.kind != "sandbox":
            facts.append("project key set" if profile.has_key else "no project key")
            facts.append("admin key set" if profile.has_admin_key else "no admin key")
        if profile.read_only:
            facts.append("read-only: nothing is changed on the server")
        for fact in facts:
            words.append(f" · {fact}")
        self.server.update(words)

    def _show(self, _view: CollectionView) -> None:
        sections = []
        for collection in self.lists:
            view = collection.view.value
            newest, moment = "", None
            if view.rows.count:
                record = record_of(self.session, view.rows.ref(0))
                if record is not None:
                    newest = view.rows.row(0).cells[0].text
                    moment = timestamp(record.get("created_at") or record.get("created"))
            sections.append((collection.resource, view, newest, moment))
        self.table.show(overview_view(sections, self.session.clock.now()))

    @on(Table.Opened)
    def action_open(self) -> None:
        ref = self.table.cursor_ref
        if ref is not None:
            self.go(Route("browser", ref.id), replace=True)

    def action_refresh(self) -> None:
        for collection in self.lists:
            collection.retry()
            collection.refresh()


def _begin() -> Text:
    words = Text(no_wrap=True)
    for key, meaning in BEGIN:
        words.append(f"{key:>8}  ", style="bold")
        words.append(f"{meaning}\n")
    words.rstrip()
    return words
