"""What a resource is: frozen facts and small pure functions, without a trace of Textual.

One descriptor tells how to list, show, act and relate. Lists, previews, details, forms, the
palette and the help are made from it, so a new resource needs no new screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from tui.api.operation import Operation
from tui.api.records import Record


class Tone(StrEnum):
    """What a text means; the theme decides how a meaning looks."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    BUSY = "busy"
    MUTED = "muted"
    ACCENT = "accent"


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as a person sees it: already safe text, one line, with its meaning."""

    text: str
    tone: Tone = Tone.PLAIN
    sort: float | str | None = field(default=None, compare=False)
    """What to sort by where the text would sort wrongly: bytes, seconds, counts. No part of
    what is seen: an age that reads the same is the same."""


class Context(Protocol):
    """What a column may ask besides its own record: the clock, and other records at hand."""

    @property
    def now(self) -> float: ...

    def find(self, resource: str, id: str) -> Record | None:
        """An object of another resource that is already loaded; never a request."""
        ...

    def count(self, resource: str, path: str, value: str) -> int | None:
        """How many loaded objects of a resource hold a value at a path; `None`: not known."""
        ...


Show = Callable[[Record, Context], Shown]


class Align(StrEnum):
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a list."""

    key: str
    title: str
    show: Show
    width: int
    """Cells that it wants."""
    grow: bool = False
    """Takes the width that is left; one or two of a list do."""
    priority: int = 0
    """0 stays to the end; the largest is dropped first when it gets narrow."""
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of a detail: a label and its value; `link` makes Enter follow it."""

    key: str
    label: str
    show: Show
    link: str | None = None
    """Resource whose id the value at `key` holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the detail; one without anything to show is left out."""

    title: str
    facts: tuple[Fact, ...] = ()
    text: Callable[[Record], str] | None = None
    """A block of running text below the facts, such as an error's message."""
    pairs: str | None = None
    """Path of a map (metadata, attributes) shown as one fact each."""


class FilterKind(StrEnum):
    CHOICE = "choice"
    TEXT = "text"
    PAIRS = "pairs"
    """`metadata[key]=value`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFilter:
    """A filter that the server applies: a query parameter and what it may hold."""

    param: str
    title: str
    kind: FilterKind
    choices: tuple[str, ...] = ()
    default: str | None = None
    """What the server does when it is left out, for the words on the screen."""
    resource: str = ""
    """A text that names an object of this resource: those that are known are offered."""


class Target(StrEnum):
    """What an action works on."""

    COLLECTION = "collection"
    ONE = "one"
    MARKED = "marked"
    """The marked rows, or the one under the cursor."""


class Confirm(StrEnum):
    """How a person is asked; more than one object raises ASK to TYPE."""

    NONE = "none"
    ASK = "ask"
    TYPE = "type"
    """The name, or the count, has to be typed."""


def never_blocked(_record: Record) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that can be done, with its key, its gate and what becomes stale by it."""

    id: str
    """Unique, such as `files.delete`: the palette, the help and key maps name it."""
    title: str
    key: str
    """Textual's name of the key."""
    target: Target
    op: Operation | None = None
    """What is sent; `None` when `flow` does it all."""
    request: str | None = None
    """Request model `module:Class` below `tui.api.requests`: a form is made of it."""
    flow: str | None = None
    """Name of a hand-made flow of the ui: `upload`, `download`, `search`, `chat` …"""
    uses: tuple[Operation, ...] = ()
    """What a flow sends; completeness is counted from it."""
    confirm: Confirm = Confirm.NONE
    blocked: Callable[[Record], str | None] = never_blocked
    """Why it cannot be done to this object, in words; `None`: it can."""
    effects: Callable[[Record, Context], tuple[str, ...]] | None = None
    """What a person should know before saying yes, one line each."""
    prefill: Callable[[Record], Mapping[str, Any]] | None = None
    """The form's first values, for changes."""
    overlay: Callable[[Record, Mapping[str, Any]], Mapping[str, Any]] | None = None
    """Fields that can be shown as changed before the server answered."""
    removes: bool = False
    """The object is gone afterwards."""
    invalidates: tuple[str, ...] = ()
    """Resources whose lists are stale afterwards."""
    done: str = ""
    """What to say afterwards, such as `deleted`."""

    @property
    def writes(self) -> bool:
        """Whether a read-only profile forbids it."""
        return self.op is not None and self.op.effect != "reads"


@dataclass(frozen=True, slots=True)
class Parent:
    """An outer object in the path: its resource and the field that it fills."""

    resource: str
    field: str


@dataclass(frozen=True, slots=True)
class Child:
    """A list inside an object: which resource, and the key that opens it."""

    resource: str
    title: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """How an object that is still moving is watched (contract 3)."""

    every: float
    """Seconds between two looks."""
    slow: float
    """Seconds once it has taken long."""
    status: str = "status"
    terminal: frozenset[str] = frozenset()
    resting: frozenset[str] = frozenset()
    """States that only a person ends: looked at, but not counted as moving."""
    counts: bool = True
    """Whether the header counts it as a job while it moves; a part of one is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Everything that the program knows of one kind of object."""

    key: str
    """The contract's `resource`, such as `vector_stores.files`."""
    title: str
    singular: str
    section: str
    """The contract's section, which capabilities and lifecycle texts go by."""
    id_field: str
    """The object's own field in paths, such as `file_id`."""
    id_prefixes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    parents: tuple[Parent, ...] = ()
    list_op: Operation | None = None
    get_op: Operation | None = None
    filters: tuple[ServerFilter, ...] = ()
    query: Mapping[str, str] | None = None
    """Query that every list call carries, such as a newest-first order."""
    fresh_for: float = 30.0
    """Seconds for which a list needs no refresh when it is opened again."""
    poll: Poll | None = None
    columns: tuple[Column, ...] = ()
    sections: tuple[Section, ...] = ()
    name: Callable[[Record], str] = lambda record: record.id
    """What a person calls the object; untrusted until it passed `safe_text`."""
    actions: tuple[Action, ...] = ()
    children: tuple[Child, ...] = ()
    joins: tuple[str, ...] = ()
    """Resources whose lists the columns look into; loaded behind."""
    ledger: bool = False
    """The API cannot list it: the ledger of ids does."""
    section_op: Operation | None = None
    """A list that every server with the section has, to tell whether one does."""
    screen: str | None = None
    """Hand-made screen that opens one object instead of the generic detail."""
    uses: tuple[Operation, ...] = ()
    """What that screen sends besides `get_op`."""
    empty: str = ""
    """What would be here, for the empty state."""

    def action(self, id: str) -> Action:
        """The action with that id; raises `KeyError`."""
        for action in self.actions:
            if action.id == id:
                return action
        raise KeyError(id)

    def path(self, parents: tuple[str, ...], id: str | None = None) -> dict[str, str]:
        """The fields of a path, from the parents' ids and, for one object, its own."""
        fields = {parent.field: value for parent, value in zip(self.parents, parents, strict=True)}
        if id is not None:
            fields[self.id_field] = id
        return fields
