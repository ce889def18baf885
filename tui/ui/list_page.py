"""A page that shows one list: its table, its filter line, its order and the server's filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.binding import Binding, BindingType

from tui.catalog.descriptor import Action, Target
from tui.store.views import CollectionKey, CollectionView, Ref, SortOrder
from tui.ui.acting import ActingPage
from tui.ui.binding import bind
from tui.ui.navigation import Route
from tui.ui.questions import MenuItem
from tui.ui.server_filters import choose_filter, filter_chips
from tui.ui.widgets.chips import Chips
from tui.ui.widgets.list_status import ListStatus
from tui.ui.widgets.state import State
from tui.ui.widgets.table import Table

if TYPE_CHECKING:
    from tui.core.cell import Unsubscribe
    from tui.store.session import Session

FILTER = "filter"
FILTER_HINT = "words, !without, ~fuzzy, column:word, size>1MB, age<3h"


class ListPage(ActingPage):
    """The list part of the browser; a subclass says what stands beside it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "filter",
            "filter",
            key_display="/",
            tooltip="Filter what is loaded",
            priority=True,
        ),
        Binding("F", "server_filter", "server filter", show=False, tooltip="Filter on the server"),
        Binding("S", "sort", "sort", show=False, tooltip="Sort by a column"),
        Binding("r", "refresh", "refresh", show=False),
    ]

    table = getters.query_one(Table)
    status = getters.query_one(ListStatus)
    chips = getters.query_one(Chips)

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        self.resource = session.catalog[route.resource]
        self.collection = session.collection(route.key, self.scope)
        self._unbind: Unsubscribe | None = None
        self.bind_actions(self.resource)
        for number, column in enumerate(self.resource.columns[:9], 1):
            words = f"sort by {column.title.lower()}"
            self.bind_key(str(number), f"sort_nth({number})", words, show=False)

    def on_mount(self) -> None:
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
        self._show_status()

    def _show_status(self) -> None:
        self.status.show(
            self.collection.view.value,
            marked=len(self.table.marked),
            typing=self.prompt.asking == FILTER,
        )

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

    @on(Table.Marked)
    def _marked(self) -> None:
        self._show_status()

    def action_refresh(self) -> None:
        self.collection.retry()
        self.collection.refresh()

    # Filter and order.

    def action_filter(self) -> None:
        text = self.collection.view.value.filter_text
        self.prompt_for(FILTER, label="/", value=text, placeholder=FILTER_HINT)
        self._show_status()

    def prompt_changed(self, name: str, value: str) -> None:
        if name == FILTER:
            self.collection.set_filter(value)
            self.prompt.show_remark(self.collection.view.value.filter_error)

    def prompt_submitted(self, name: str, value: str) -> None:
        if name == FILTER:
            self.collection.set_filter(value)
            self._show_status()
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
