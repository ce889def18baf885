"""A small server in memory, and a catalogue for it: what the store's tests stand on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.api.operation import Effect, Operation, Paging
from tui.api.records import Record
from tui.catalog.descriptor import (
    Action,
    Column,
    Context,
    Fact,
    Parent,
    Poll,
    Resource,
    Section,
    Shown,
    Target,
    Tone,
)
from tui.core.clock import ManualClock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.log import RequestLog
from tui.core.safe_text import clean
from tui.store.session import Session
from tui.store.views import ProfileView
from tui.worker.scheduler import Scheduler

LIST = Operation(
    id="listThings",
    method="GET",
    path="/things",
    section="Things",
    resource="things",
    item="files:File",
    query=("limit", "after", "colour"),
    paging=Paging.AFTER,
    list=True,
    page_limit=10,
)
GET = Operation(
    id="getThing",
    method="GET",
    path="/things/{thing_id}",
    section="Things",
    resource="things",
    item="files:File",
)
CREATE = Operation(
    id="createThing",
    method="POST",
    path="/things",
    section="Things",
    resource="things",
    item="files:File",
    effect=Effect.CREATES,
)
CHANGE = Operation(
    id="changeThing",
    method="POST",
    path="/things/{thing_id}",
    section="Things",
    resource="things",
    item="files:File",
    effect=Effect.CHANGES,
)
DELETE = Operation(
    id="deleteThing",
    method="DELETE",
    path="/things/{thing_id}",
    section="Things",
    resource="things",
    item="common:Deleted",
    effect=Effect.DELETES,
)
CONTENT = Operation(
    id="thingContent",
    method="GET",
    path="/things/{thing_id}/content",
    section="Things",
    resource="things",
    binary=True,
)
LIST_PARTS = Operation(
    id="listParts",
    method="GET",
    path="/things/{thing_id}/parts",
    section="Things",
    resource="things.parts",
    item="vector_stores:VectorStoreFile",
    query=("limit", "after"),
    paging=Paging.AFTER,
    list=True,
    page_limit=10,
)


def _name(record: Record, _context: Context) -> Shown:
    return Shown(clean(record.raw.get("name", "")))


def _size(record: Record, _context: Context) -> Shown:
    size = record.raw.get("size")
    return Shown("–" if size is None else f"{size} B", sort=size)


def _status(record: Record, _context: Context) -> Shown:
    return Shown(clean(record.raw.get("status", "")), Tone.BUSY)


def _parts(record: Record, context: Context) -> Shown:
    count = context.count("things.parts", "of", record.id)
    return Shown("" if count is None else str(count))


def _owner(record: Record, context: Context) -> Shown:
    owner = context.find("things", str(record.raw.get("of", "")))
    return Shown(clean(owner.raw.get("name")) if owner is not None else "?")


RENAME = Action(
    id="things.rename",
    title="Rename",
    key="e",
    target=Target.ONE,
    op=CHANGE,
    overlay=lambda _record, values: {"name": values["name"]},
    blocked=lambda record: "It is locked" if record.raw.get("locked") else None,
    done="renamed",
)
REMOVE = Action(
    id="things.delete",
    title="Delete",
    key="ctrl+d",
    target=Target.MARKED,
    op=DELETE,
    removes=True,
    done="deleted",
)
ADD = Action(
    id="things.create",
    title="Create",
    key="n",
    target=Target.COLLECTION,
    op=CREATE,
    done="created",
)

THINGS = Resource(
    key="things",
    title="Things",
    singular="thing",
    section="Things",
    id_field="thing_id",
    id_prefixes=("thing_",),
    aliases=("th",),
    list_op=LIST,
    get_op=GET,
    fresh_for=30.0,
    poll=Poll(every=10.0, slow=60.0, terminal=frozenset({"done", "failed"})),
    columns=(
        Column(key="name", title="Name", show=_name, width=20),
        Column(key="size", title="Size", show=_size, width=8),
        Column(key="status", title="Status", show=_status, width=8),
    ),
    sections=(
        Section(
            title="Thing",
            facts=(
                Fact(key="name", label="Name", show=_name),
                Fact(key="size", label="Size", show=_size),
                Fact(
                    key="twin",
                    label="Twin",
                    show=lambda record, _context: Shown(clean(record.raw.get("twin"))),
                    link="things",
                ),
            ),
        ),
        Section(title="Metadata", pairs="metadata"),
        Section(title="Note", text=lambda record: str(record.raw.get("note", ""))),
    ),
    name=lambda record: str(record.raw.get("name", "")),
    actions=(RENAME, REMOVE, ADD),
)
PARTS = Resource(
    key="things.parts",
    title="Parts",
    singular="part",
    section="Things",
    id_field="part_id",
    id_prefixes=("part_",),
    parents=(Parent("things", "thing_id"),),
    list_op=LIST_PARTS,
    columns=(Column(key="owner", title="Owner", show=_owner, width=20),),
    joins=("things",),
)
CATALOG: Mapping[str, Resource] = {"things": THINGS, "things.parts": PARTS}


@dataclass(frozen=True)
class FakeReply:
    record: Record
    poll_after: float | None = None


@dataclass(frozen=True)
class FakePage:
    items: tuple[Record, ...]
    next: str | None


@dataclass(frozen=True)
class FakePreview:
    text: str | None
    size: int | None = None
    truncated: bool = False


@dataclass
class Sent:
    """One request that reached the server."""

    op: str
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    after: str | None = None
    limit: int | None = None


class FakeApi:
    """Things in memory, newest first. `gate` holds answers back, `failures` replaces them."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, Any]] = {}
        self.parts: dict[str, list[dict[str, Any]]] = {}
        self.sent: list[Sent] = []
        self.failures: dict[str, list[Problem]] = {}
        self.gate: asyncio.Event | None = None
        self.poll_after: float | None = None
        self.closed = False
        self._made = 0

    def add(self, count: int = 1, **fields: Any) -> list[str]:
        """Make things; the newest comes first in lists."""
        ids = []
        for _ in range(count):
            self._made += 1
            id = f"thing_{self._made:05d}"
            raw = {"id": id, "object": "thing", "name": f"thing {self._made}", "status": "done"}
            raw["size"] = self._made * 100
            self.things = {id: {**raw, **fields}, **self.things}
            ids.append(id)
        return ids

    def fail(self, op: Operation, kind: ProblemKind, times: int = 1, **more: Any) -> None:
        problem = Problem("It failed", kind=kind, **more)
        self.failures.setdefault(op.id, []).extend([problem] * times)

    def count(self, op: Operation) -> int:
        return sum(1 for sent in self.sent if sent.op == op.id)

    async def _pass(self, sent: Sent) -> None:
        self.sent.append(sent)
        if self.gate is not None:
            await self.gate.wait()
        else:
            await asyncio.sleep(0)
        if waiting := self.failures.get(sent.op):
            raise ProblemError(waiting.pop(0))

    async def call(
        self,
        op: Operation,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> FakeReply:
        path = dict(path or {})
        sent = Sent(op.id, path, dict(query or {}), None if body is None else dict(body))
        await self._pass(sent)
        id = path.get("thing_id", "")
        match op.id:
            case "createThing":
                (id,) = self.add(**dict(body or {}))
            case "changeThing":
                self._must_exist(id)
                self.things[id] |= dict(body or {})
            case "deleteThing":
                self._must_exist(id)
                del self.things[id]
                return FakeReply(Record({"id": id, "object": "thing.deleted", "deleted": True}))
            case "getThing":
                self._must_exist(id)
        return FakeReply(Record(dict(self.things[id])), self.poll_after)

    def _must_exist(self, id: str) -> None:
        if id not in self.things:
            raise ProblemError(Problem("No such thing", kind=ProblemKind.NOT_FOUND))

    async def page(
        self,
        op: Operation,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> FakePage:
        path = dict(path or {})
        await self._pass(Sent(op.id, path, dict(query or {}), None, after, limit))
        if op is LIST_PARTS:
            return FakePage(
                tuple(Record(raw) for raw in self.parts.get(path["thing_id"], ())), None
            )
        rows = [
            raw
            for raw in self.things.values()
            if not (query or {}).get("colour") or raw.get("colour") == query["colour"]
        ]
        ids = [raw["id"] for raw in rows]
        if after is not None and after not in ids:
            raise ProblemError(Problem("No such cursor", kind=ProblemKind.NOT_FOUND))
        start = 0 if after is None else ids.index(after) + 1
        part = rows[start : start + (limit or 10)]
        more = start + len(part) < len(rows)
        return FakePage(
            tuple(Record(dict(raw)) for raw in part), part[-1]["id"] if more and part else None
        )

    async def read_text(
        self, op: Operation, *, path: Mapping[str, str], limit: int = 0
    ) -> FakePreview:
        await self._pass(Sent(op.id, dict(path)))
        return FakePreview(f"content of {path['thing_id']}\x1b[31m", 20)

    async def download(
        self,
        op: Operation,
        *,
        path: Mapping[str, str],
        destination: Path,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> int:
        await self._pass(Sent(op.id, dict(path)))
        if progress is not None:
            progress(1, 2)
        destination.write_bytes(b"ab")
        return 2

    def stream(self, op: Operation, **_more: Any) -> Any:
        raise NotImplementedError

    async def upload(self, source: Path, **_more: Any) -> FakeReply:
        raise NotImplementedError

    def curl(self, op: Operation, *, path: Mapping[str, str], **_more: Any) -> str:
        return f"curl -X {op.method} {op.path.format(**path)}"

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class World:
    """A session over the server in memory, and everything that a test moves."""

    api: FakeApi
    clock: ManualClock
    scheduler: Scheduler
    session: Session

    async def settle(self) -> None:
        await self.session.idle()


def make_world(*, ledger: Path | None = None, read_only: bool = False, slots: int = 6) -> World:
    api = FakeApi()
    clock = ManualClock()
    scheduler = Scheduler(clock, slots=slots)
    session = Session(
        api,
        scheduler=scheduler,
        catalog=CATALOG,
        clock=clock,
        profile=ProfileView("test", "sandbox", "localhost", read_only=read_only),
        request_log=RequestLog(clock),
        ledger_path=ledger,
    )
    return World(api, clock, scheduler, session)
