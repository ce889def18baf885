"""The browser: any resource as a list, with filters, a preview at the cursor, and actions.

One screen for all resources: columns, filters, actions and children come from the descriptor.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widget import Widget

from tui.store.naming import parent_titles
from tui.store.views import EntityView, Ref
from tui.ui.binding import bind
from tui.ui.list_page import ListPage
from tui.ui.navigation import Route
from tui.ui.styles import sheet
from tui.ui.widgets.chips import Chips
from tui.ui.widgets.detail import NOTHING, Detail
from tui.ui.widgets.list_status import ListStatus
from tui.ui.widgets.table import Table

if TYPE_CHECKING:
    from tui.core.cell import Unsubscribe
    from tui.store.session import Session

BESIDE = 112
"""Columns from which on the preview stands beside the list, not below it."""
FILTER = "filter"
FILTER_HINT = "words, !without, ~fuzzy, column:word, size>1MB, age<3h"


class BrowserPage(ListPage):
    """A list of one resource."""

    CSS_PATH = sheet("screens/browser.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open"),
        Binding("space", "mark", "mark", show=False, tooltip="Mark the row"),
        Binding("d", "describe", "details", show=False),
        Binding("y", "raw", "raw JSON", show=False),
        Binding("c", "copy_id", "copy id", show=False),
        Binding("C", "copy_curl", "copy as curl", show=False, tooltip="Copy the request as curl"),
        Binding("ctrl+backslash", "clear_marks", "clear marks", show=False),
        Binding("p", "toggle_preview", "preview", show=False, tooltip="Show or hide the preview"),
    ]

    preview = getters.query_one(Detail)

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        self._unbind_preview: Unsubscribe | None = None
        self._previewed: Ref | None = None
        self._preview_due = False
        for child in self.resource.children:
            if child.key != "enter":
                self.bind_key(child.key, f"child('{child.resource}')", child.title.lower())

    def compose_body(self) -> Iterable[Widget]:
        yield Chips()
        with Horizontal(classes="panes"):
            with Vertical(classes="list"):
                yield Table()
                yield ListStatus()
            yield Detail()

    @property
    def crumbs(self) -> tuple[str, ...]:
        return (*parent_titles(self.session, self.route.key), self.resource.title)

    def on_resize(self, event: Resize) -> None:
        # Beside each other neither the names nor the ids would have room.
        self.set_class(event.size.width < BESIDE, "-stacked")

    def on_mount(self) -> None:
        self.preview.display = self.session.desk.preview

    @on(Table.Moved)
    def _moved(self, message: Table.Moved) -> None:
        self.collection.remember_cursor(message.ref)
        if not self._preview_due:
            # A held key moves many rows between two frames: only the last one is shown.
            self._preview_due = self.call_after_refresh(self._preview_cursor)

    def _preview_cursor(self) -> None:
        """Let the preview follow the cursor."""
        self._preview_due = False
        ref = self.table.cursor_ref
        if ref == self._previewed or not self.preview.display:
            return
        if self._unbind_preview is not None:
            self._unbind_preview()
            self._unbind_preview = None
        self._previewed = ref
        if ref is None:
            self.preview.show_state(NOTHING)
        else:
            entity = self.session.entity(ref, self.scope)
            self._unbind_preview = bind(self, entity.view, self._show_preview)

    def _show_preview(self, view: EntityView) -> None:
        self.preview.show(view)

    # Going on.

    @on(Table.Opened)
    def _opened(self, message: Table.Opened) -> None:
        self.open(message.ref)

    @on(Detail.Followed)
    def _followed(self, message: Detail.Followed) -> None:
        self.go(Route.of(message.ref))

    def open(self, ref: Ref) -> None:
        """What Enter does: the list inside the object, its own screen, or its details."""
        for child in self.resource.children:
            if child.key == "enter":
                self.action_child(child.resource)
                return
        self.go(Route.of(ref))

    def action_open(self) -> None:
        if self.table.cursor_ref is not None:
            self.open(self.table.cursor_ref)

    def action_mark(self) -> None:
        self.table.action_mark()

    def action_clear_marks(self) -> None:
        self.table.action_clear_marks()

    def action_child(self, resource: str) -> None:
        """Open a list inside the object under the cursor."""
        ref = self.table.cursor_ref
        if ref is not None:
            self.go(Route("browser", resource, parents=(*ref.parents, ref.id)))

    def action_describe(self) -> None:
        ref = self.table.cursor_ref
        if ref is not None:
            self.go(Route("object", ref.resource, ref.id, ref.parents))

    def action_raw(self) -> None:
        ref = self.table.cursor_ref
        if ref is not None:
            self.go(Route("object", ref.resource, ref.id, ref.parents, raw=True))

    def action_copy_id(self) -> None:
        refs = self.table.targets
        if refs:
            what = "Id" if len(refs) == 1 else f"{len(refs)} ids"
            self.copy("\n".join(ref.id for ref in refs), what)

    def action_copy_curl(self) -> None:
        op = self.resource.list_op
        if op is not None:
            self.copy(self.session.curl(op, key=self.collection.key), "The request as curl")

    def action_toggle_preview(self) -> None:
        self.preview.display = not self.preview.display
        self.session.desk.preview = self.preview.display
        if self.preview.display:
            self._preview_cursor()

    def go_inward(self) -> bool:
        view = self.collection.view.value
        if self.table.marked:
            self.table.action_clear_marks()
        elif view.filter_text:
            self.collection.set_filter("")
        elif not self.table.has_focus:
            self.table.focus()
        else:
            return False
        return True
