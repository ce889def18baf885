"""Where screens ask to go: routes and the messages that carry them up to the app.

No screen imports another; each posts a `Go` or a `StartFlow`, and the app finds the screen by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from textual.message import Message

from tui.catalog.descriptor import Action
from tui.store.views import CollectionKey, Destination, Ref

SCREENS = {
    "chat.completions": "completion",
    "fine_tuning.jobs": "tuning",
    "threads": "thread",
}
"""Resources whose objects have a hand-made screen; a test holds it against the descriptors."""


@dataclass(frozen=True, slots=True)
class Route:
    """One place in the program: which screen, on which list or object."""

    screen: str
    """Name in the app's table of screens: `home`, `browser`, `object`, `chat` …"""
    resource: str = ""
    id: str | None = None
    parents: tuple[str, ...] = ()
    filter_text: str = ""
    raw: bool = False
    """Open on the raw JSON."""

    @classmethod
    def to(cls, destination: Destination) -> Route:
        """The route to a list, or to one object of it."""
        if destination.id is not None:
            return cls.of(Ref(destination.resource, destination.id, destination.parents))
        return cls(
            "browser",
            destination.resource,
            parents=destination.parents,
            filter_text=destination.filter_text,
        )

    @classmethod
    def of(cls, ref: Ref) -> Route:
        """The route to an object's own screen, or to its details where it has none."""
        return cls(SCREENS.get(ref.resource, "object"), ref.resource, ref.id, ref.parents)

    @property
    def key(self) -> CollectionKey:
        return CollectionKey(self.resource, self.parents)

    @property
    def ref(self) -> Ref:
        """The object of this route; raises `ValueError` for a list."""
        if self.id is None:
            raise ValueError(f"{self.resource} is a list")
        return Ref(self.resource, self.id, self.parents)


@dataclass(frozen=True, slots=True)
class FlowRequest:
    """A hand-made flow to start: the action, what it works on, and the list it was asked from."""

    action: Action
    key: CollectionKey
    refs: tuple[Ref, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)


class Go(Message):
    """Open a place on top of this one; `replace` makes it the root, as the sidebar does."""

    def __init__(self, route: Route, *, replace: bool = False) -> None:
        super().__init__()
        self.route = route
        self.replace = replace


class GoBack(Message):
    """Leave this place."""


class StartFlow(Message):
    """Start a hand-made flow: upload, download, search, chat."""

    def __init__(self, request: FlowRequest) -> None:
        super().__init__()
        self.request = request


class OpenProfile(Message):
    """Speak through another profile from now on."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class CopyText(Message):
    """Put a text on the person's clipboard; `what` names it in the notice."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__()
        self.text = text
        self.what = what
