"""The frozen dataclasses that the UI may see, and the protocols by which it asks for rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from tui.api.records import Record
from tui.catalog.descriptor import Column, Shown, Tone
from tui.core.errors import Problem


@dataclass(frozen=True, slots=True)
class Ref:
    """One object: its resource, its id, and the ids of the objects that it lives in."""

    resource: str
    id: str
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CollectionKey:
    """One list: the resource, whose it is, and what the server was asked to filter and order."""

    resource: str
    parents: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()

    def with_query(self, **changes: str | None) -> CollectionKey:
        """The same list under another server filter; `None` takes one away."""
        query = dict(self.query)
        for name, value in changes.items():
            if value is None:
                query.pop(name, None)
            else:
                query[name] = value
        return CollectionKey(self.resource, self.parents, tuple(sorted(query.items())))


class Phase(StrEnum):
    """Where a list or an object stands; each has its designed state on the screen."""

    UNASKED = "unasked"
    LOADING = "loading"
    """Nothing to show yet, and a request is under way."""
    READY = "ready"
    FAILED = "failed"
    """With `problem`; rows that came before it stay."""
    ABSENT = "absent"
    """This server does not have the section; `problem` tells why, from the lifecycle table."""
    NEEDS_KEY = "needs_key"
    """An admin key is wanted, or the key was refused."""


@dataclass(frozen=True, slots=True)
class RowView:
    """One row as the table draws it."""

    ref: Ref
    cells: tuple[Shown, ...]
    """One for each column, in the order of `RowSource.columns`."""
    pending: bool = False
    """Shows a change that the server has not confirmed yet."""
    malformed: bool = False
    """The model refused it; shown raw."""


@dataclass(frozen=True, slots=True)
class SortOrder:
    """A local order: by column, over what is loaded."""

    column: str
    descending: bool = False


class RowSource(Protocol):
    """What the table asks: rows by position, made when they come in sight."""

    @property
    def columns(self) -> tuple[Column, ...]: ...

    @property
    def count(self) -> int:
        """How many rows can be shown now, after the filter."""
        ...

    def row(self, index: int) -> RowView: ...

    def ref(self, index: int) -> Ref: ...

    def index_of(self, ref: Ref) -> int | None: ...


@dataclass(frozen=True, slots=True)
class CollectionView:
    """A list as the screen sees it. A new value means that something visible changed."""

    key: CollectionKey
    phase: Phase
    rows: RowSource = field(compare=False)
    version: int
    """Grows with each change of rows, filter or order."""
    loaded: int = 0
    """Rows that came from the server so far."""
    shown: int = 0
    """Rows that pass the filter."""
    end: bool = False
    """Whether the server has no more."""
    refreshing: bool = False
    """A request is under way behind what is shown."""
    stale: bool = False
    """What is shown may be old: the last refresh failed."""
    problem: Problem | None = None
    filter_text: str = ""
    filter_error: str = ""
    sort: SortOrder | None = None
    loaded_at: float | None = None


@dataclass(frozen=True, slots=True)
class FactView:
    """One line of a detail."""

    label: str
    value: Shown
    link: Ref | None = None


@dataclass(frozen=True, slots=True)
class SectionView:
    title: str
    facts: tuple[FactView, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class EntityView:
    """One object as the detail, the preview and the raw view see it."""

    ref: Ref
    phase: Phase
    title: str = ""
    status: Shown | None = None
    sections: tuple[SectionView, ...] = ()
    record: Record | None = None
    malformed: str | None = None
    pending: bool = False
    refreshing: bool = False
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class ContentView:
    """The beginning of a file's content, as a preview shows it."""

    ref: Ref
    phase: Phase
    text: str = ""
    """Safe to show; empty when the bytes are no text."""
    binary: bool = False
    size: int | None = None
    """Bytes of the whole file, where the server says it."""
    truncated: bool = False
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell: a result or a failure, kept until it is read."""

    id: int
    text: str
    tone: Tone = Tone.PLAIN
    problem: Problem | None = None
    at: float = 0.0


class ActPhase(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ActView:
    """An action under way over one or many objects."""

    title: str
    phase: ActPhase
    total: int
    done: int = 0
    failed: tuple[tuple[Ref, Problem], ...] = ()
    result: Record | None = None
    """What came back, for an action on one object or a creation."""
    share: float | None = None
    """How much of the bytes has passed, 0 to 1, for a download."""


@dataclass(frozen=True, slots=True)
class ActivityView:
    """What is alive, for the right end of the top line."""

    loading: int = 0
    """Requests under way that the person waits for."""
    uploads: int = 0
    upload_share: float | None = None
    jobs: int = 0
    """Jobs of the server that are moving and watched."""
    streams: int = 0
    wait: float | None = None
    """Unix time until which the server asked us to wait."""


@dataclass(frozen=True, slots=True)
class ProfileView:
    """The profile that a session speaks through, for the band."""

    name: str
    kind: str
    host: str
    read_only: bool = False
    has_key: bool = False
    has_admin_key: bool = False
    color: str | None = None
    note: str = ""
    """Such as: no key found, so this is the sandbox."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a word, an alias or a pasted id leads: a list, or one object."""

    resource: str
    id: str | None = None
    parents: tuple[str, ...] = ()
    filter_text: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """One offer of the go-to line."""

    text: str
    """What it completes to."""
    label: str
    detail: str = ""
