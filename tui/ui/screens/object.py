"""One object, whole: its sections, the objects it refers to, its actions, and its raw JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.catalog.descriptor import Action, Target
from tui.store.naming import name_of, parent_titles, record_of
from tui.store.views import ActView, CollectionKey, EntityView, Ref
from tui.ui.acting import ActingPage
from tui.ui.binding import bind
from tui.ui.navigation import GoBack, Route
from tui.ui.styles import sheet
from tui.ui.widgets.detail import Detail
from tui.ui.widgets.raw_json import RawJson

if TYPE_CHECKING:
    from tui.store.session import Session


class ObjectPage(ActingPage):
    """The details of an object; `y` turns to its raw JSON and back."""

    CSS_PATH = sheet("screens/object.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "raw", "raw JSON"),
        Binding("Y", "copy_raw", "copy raw", show=False),
        Binding("c", "copy_id", "copy id", show=False),
        Binding("C", "copy_curl", "copy as curl", show=False),
        Binding("r", "refresh", "refresh", show=False),
    ]

    detail = getters.query_one(Detail)
    raw = getters.query_one(RawJson)

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        self.ref = route.ref
        self.resource = session.catalog[route.resource]
        self.entity = session.entity(self.ref, self.scope)
        self._raw_shown = route.raw
        self.bind_actions(self.resource, of_one=True)
        for child in self.resource.children:
            key = "o" if child.key == "enter" else child.key
            self.bind_key(key, f"child('{child.resource}')", child.title.lower())

    def compose_body(self) -> Iterable[Widget]:
        yield Detail()
        yield RawJson()

    @property
    def crumbs(self) -> tuple[str, ...]:
        key = CollectionKey(self.ref.resource, self.ref.parents)
        name = name_of(self.session, self.ref)
        return (*parent_titles(self.session, key), self.resource.title, name)

    def on_mount(self) -> None:
        self._turn()
        bind(self, self.entity.view, self._show)
        # A row of a list may be less than the object, and older.
        self.entity.refresh()

    def _show(self, view: EntityView) -> None:
        self.detail.show(view)
        if view.record is not None:
            self.raw.show(view.record.raw)
        self.show_crumbs()

    def _turn(self) -> None:
        self.detail.display = not self._raw_shown
        self.raw.display = self._raw_shown
        (self.raw if self._raw_shown else self.detail).focus()

    def action_raw(self) -> None:
        self._raw_shown = not self._raw_shown
        self._turn()

    def action_copy_raw(self) -> None:
        record = record_of(self.session, self.ref)
        if record is not None:
            self.copy(json.dumps(dict(record.raw), indent=2, ensure_ascii=False), "Raw JSON")

    def action_copy_id(self) -> None:
        self.copy(self.ref.id, "Id")

    def action_copy_curl(self) -> None:
        if self.resource.get_op is not None:
            words = self.session.curl(self.resource.get_op, ref=self.ref)
            self.copy(words, "The request as curl")

    def action_refresh(self) -> None:
        self.entity.refresh()

    def action_child(self, resource: str) -> None:
        self.go(Route("browser", resource, parents=(*self.ref.parents, self.ref.id)))

    @on(Detail.Followed)
    def _followed(self, message: Detail.Followed) -> None:
        self.go(Route.of(message.ref))

    def targets_of(self, action: Action) -> tuple[Ref, ...]:
        return () if action.target is Target.COLLECTION else (self.ref,)

    @property
    def action_key(self) -> CollectionKey:
        return CollectionKey(self.ref.resource, self.ref.parents)

    def concluded(self, action: Action, view: ActView) -> None:
        """What was removed has no page any more: back to the list it was in."""
        if action.removes and not view.failed and self.is_current:
            self.post_message(GoBack())
