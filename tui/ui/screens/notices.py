"""Notices: results and failures of this run, each with what can be done about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget

from tui.store.notice_views import notice_ref, notice_view, notices_view
from tui.store.views import Notice
from tui.ui.binding import bind
from tui.ui.page import Page
from tui.ui.styles import sheet
from tui.ui.widgets.detail import NOTHING, Detail
from tui.ui.widgets.state import State
from tui.ui.widgets.table import Table

EMPTY = State("No notices", ("Results of what you do, and failures, are kept here.",))


class NoticesPage(Page):
    """A list of notices, and the whole of the one under the cursor."""

    CSS_PATH = sheet("screens/notices.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("c", "copy_notice", "copy")]

    table = getters.query_one(Table)
    detail = getters.query_one(Detail)

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(classes="panes"):
            yield Table()
            yield Detail()

    @property
    def crumbs(self) -> tuple[str, ...]:
        return ("Notices",)

    def on_mount(self) -> None:
        self.table.show_state(EMPTY)
        bind(self, self.session.notices, self._show)
        self.table.focus()

    def _show(self, notices: tuple[Notice, ...]) -> None:
        self.table.show(notices_view(notices[::-1]))
        self.session.desk.read(notices)
        self.top_bar.show_notices(0)
        self._show_notice()

    @on(Table.Moved)
    def _show_notice(self) -> None:
        notice = self._notice()
        if notice is None:
            self.detail.show_state(NOTHING)
        else:
            self.detail.show(notice_view(notice))

    def _notice(self) -> Notice | None:
        for notice in self.session.notices.value:
            if notice_ref(notice) == self.table.cursor_ref:
                return notice
        return None

    def action_copy_notice(self) -> None:
        notice = self._notice()
        if notice is not None:
            problem = notice.problem
            parts = [notice.text]
            if problem is not None:
                parts += [problem.detail, problem.hint, problem.request_id or ""]
            self.copy("\n".join(part for part in parts if part), "Notice")
