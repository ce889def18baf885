"""The request log: what was sent, how long it took, and the id that support asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from tui.core.log import RequestEntry
from tui.store.request_views import request_ref, request_view, requests_view
from tui.store.views import Ref
from tui.ui.binding import bind
from tui.ui.page import Page
from tui.ui.styles import sheet
from tui.ui.widgets.detail import NOTHING, Detail
from tui.ui.widgets.state import State
from tui.ui.widgets.table import Table

EMPTY = State("Nothing was sent yet", ("Every request that Cupola makes is told here.",))


class RequestsPage(Page):
    """A list of requests, and all that was kept of the one under the cursor."""

    CSS_PATH = sheet("screens/requests.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy_request_id", "copy request id"),
        Binding("C", "copy_detail", "copy all", show=False),
    ]

    table = getters.query_one(Table)
    detail = getters.query_one(Detail)

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(classes="panes"):
            yield Table()
            yield Detail()

    @property
    def crumbs(self) -> tuple[str, ...]:
        return ("Requests",)

    def on_mount(self) -> None:
        self.table.show_state(EMPTY)
        bind(self, self.session.requests, self._show)
        self.table.focus()

    def _show(self, entries: tuple[RequestEntry, ...]) -> None:
        self.table.show(requests_view(entries))
        self._show_entry()

    @on(Table.Moved)
    def _show_entry(self) -> None:
        entry = self._entry(self.table.cursor_ref)
        if entry is None:
            self.detail.show_state(NOTHING)
        else:
            self.detail.show(request_view(entry))

    def _entry(self, ref: Ref | None) -> RequestEntry | None:
        for entry in self.session.requests.value:
            if request_ref(entry) == ref:
                return entry
        return None

    def action_copy_request_id(self) -> None:
        entry = self._entry(self.table.cursor_ref)
        if entry is not None and entry.request_id:
            self.copy(entry.request_id, "Request id")

    def action_copy_detail(self) -> None:
        entry = self._entry(self.table.cursor_ref)
        if entry is not None:
            parts = (entry.method + " " + entry.url, entry.request_preview, entry.response_preview)
            self.copy("\n\n".join(part for part in parts if part), "Request and answer")
