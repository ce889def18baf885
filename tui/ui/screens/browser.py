"""The browser: any resource as a list, with filters, a preview at the cursor, and actions.

One screen for all resources: columns, filters, actions and children come from the descriptor.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from tui.catalog.descriptor import Action, Target
from tui.store.naming import parent_titles
from tui.store.views import CollectionKey, CollectionView, EntityView, Ref, SortOrder
from tui.ui.acting import ActingPage
from tui.ui.binding import bind
from tui.ui.navigation import Route
from tui.ui.questions import MenuItem
from tui.ui.server_filters import choose_filter, filter_chips
from tui.ui.styles import sheet
from tui.ui.widgets.chips import Chips
from tui.ui.widgets.detail import NOTHING, Detail
from tui.ui.widgets.list_status import ListStatus
from tui.ui.widgets.state import State
from tui.ui.widgets.table import Table

if TYPE_CHECKING:
    from tui.core.cell import Unsubscribe
    from tui.store.session import Session

FILTER = "filter"
FILTER_HINT = "words, !without, ~fuzzy, column:word, size>1MB, age<3h"



class BrowserPage(ActingPage):
    """A list of one resource."""

    CSS_PATH = sheet("screens/browser.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open", show=True),
        Binding("slash", "filter", "filter", key_display="/"),
        Binding("space", "mark", "mark", show=False),
        Binding("F", "server_filter", "server filter", show=False),
        Binding("S", "sort", "sort", show=False),
        Binding("d", "describe", "details", show=False),
        Binding("y", "raw", "raw JSON", show=False),
        Binding("c", "copy_id", "copy id", show=False),
        Binding("C", "copy_curl", "copy as curl", show=False),
        Binding("p", "toggle_preview", "preview", show=False),
        Binding("r", "refresh", "refresh", show=False),
        *[
            Binding(str(n), f"sort_nth({n})", f"sort by column {n}", show=False)
            for n in range(1, 10)
        ],
    ]

    table = getters.query_one(Table)
    status = getters.query_one(ListStatus)
    chips = getters.query_one(Chips)
    preview = getters.query_one(Detail)

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        self.resource = session.catalog[route.resource]
        self.collection = session.collection(route.key, self.scope)
        self._unbind: Unsubscribe | None = None
        self._unbind_preview: Unsubscribe | None = None
        self._previewed: Ref | None = None
        self._preview_due = False
        self.bind_actions(self.resource)
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

    def on_mount(self) -> None:
        super().on_mount()
        self.preview.display = self.session.desk.preview
        self.table.focus()
        if self.route.filter_text:
            self.collection.set_filter(self.route.filter_text)
        self._show_collection()

    # Showing.

    def _show_collection(self) -> None:
        """Bind the list that the route and the server filters name."""
        if self._unbind is not None:
            self._unbind()
        self.chips.show(filter_chips(self.resource, self.collection.key))
        self.table.show_state(None)
        self._unbind = bind(self, self.collection.view, self._show)
        if self.collection.cursor is not None:
            self.table.move_to(self.collection.cursor)

    def _show(self, view: CollectionView) -> None:
        empty = view.phase == "ready" and not view.loaded
        self.table.show_state(self._empty() if empty else None)
        self.table.show(view)
        self.status.show(view, marked=len(self.table.marked))

    def _empty(self) -> State:
        """What would be here, and which key makes the first one."""
        keys = [
            (action.key, action.title.lower())
            for action in self.resource.actions
            if action.target is Target.COLLECTION
        ]
        filtered = any(chip.active for chip in filter_chips(self.resource, self.collection.key))
        if filtered:
            return State("Nothing passes the server's filter", keys=(("F", "change the filter"),))
        return State(f"No {self.resource.title.lower()}", (self.resource.empty,), tuple(keys))

    @on(Table.Needs)
    def _needs(self, message: Table.Needs) -> None:
        self.collection.need(message.last)

    @on(Table.Moved)
    def _moved(self, message: Table.Moved) -> None:
        self.collection.remember_cursor(message.ref)
        if not self._preview_due:
            # A held key moves many rows between two frames: only the last one is shown.
            self._preview_due = self.call_after_refresh(self._preview_cursor)

    @on(Table.Marked)
    def _marked(self, message: Table.Marked) -> None:
        self.status.show(self.collection.view.value, marked=len(message.refs))

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

    def action_refresh(self) -> None:
        self.collection.retry()
        self.collection.refresh()

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

    # Filter and order.

    def action_filter(self) -> None:
        text = self.collection.view.value.filter_text
        self.prompt_for(FILTER, label="/", value=text, placeholder=FILTER_HINT)

    def prompt_changed(self, name: str, value: str) -> None:
        if name == FILTER:
            self.collection.set_filter(value)
            self.prompt.show_remark(self.collection.view.value.filter_error)

    def prompt_submitted(self, name: str, value: str) -> None:
        if name == FILTER:
            self.collection.set_filter(value)
            self.table.focus()

    def prompt_cancelled(self, name: str) -> None:
        if name == FILTER:
            self.collection.set_filter("")
            self.table.focus()

    @on(Table.SortAsked)
    def _sort_asked(self, message: Table.SortAsked) -> None:
        self._sort_by(message.column)

    def action_sort_nth(self, number: int) -> None:
        if number <= len(self.resource.columns):
            self._sort_by(self.resource.columns[number - 1].key)

    def _sort_by(self, column: str) -> None:
        """By a column; once more turns the order round, a third time gives the server's back."""
        sort = self.collection.view.value.sort
        if sort is None or sort.column != column:
            self.collection.sort_by(SortOrder(column))
        elif not sort.descending:
            self.collection.sort_by(SortOrder(column, descending=True))
        else:
            self.collection.sort_by(None)

    @work
    async def action_sort(self) -> None:
        sort = self.collection.view.value.sort
        items = [
            MenuItem(
                column.key,
                column.title,
                str(number),
                chosen=sort is not None and sort.column == column.key,
            )
            for number, column in enumerate(self.resource.columns, 1)
        ]
        column = await self.ask_menu("Sort by", items)
        if column is not None:
            self._sort_by(column)

    @on(Chips.Clicked)
    def _chip_clicked(self, message: Chips.Clicked) -> None:
        self.action_server_filter(message.key)

    @work
    async def action_server_filter(self, param: str | None = None) -> None:
        key = await choose_filter(self, self.resource, self.collection.key, param)
        if key is not None and key != self.collection.key:
            self.use_key(key)

    def use_key(self, key: CollectionKey) -> None:
        """Show the same list under another server filter."""
        self.collection = self.session.collection(key, self.scope)
        self._show_collection()

    # Actions.

    def targets_of(self, action: Action) -> tuple[Ref, ...]:
        match action.target:
            case Target.COLLECTION:
                return ()
            case Target.ONE:
                return (self.table.cursor_ref,) if self.table.cursor_ref is not None else ()
            case Target.MARKED:
                return self.table.targets

    @property
    def action_key(self) -> CollectionKey:
        return self.collection.key
