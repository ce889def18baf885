"""A platform in memory for tests of uploads: files, vector stores, batches, and its misdeeds."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.api.operation import Operation
from tui.api.records import Record
from tui.core.clock import ManualClock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.store.ingest import IngestStore
from tui.store.views import Ref
from tui.worker.lanes import Scope
from tui.worker.scheduler import Scheduler


def problem(kind: ProblemKind, title: str = "No", **facts: Any) -> ProblemError:
    return ProblemError(Problem(title, kind=kind, **facts))


@dataclass(slots=True)
class FakeReply:
    record: Record
    poll_after: float | None = None


@dataclass(slots=True)
class FakePage:
    items: tuple[Record, ...]
    next: str | None


class FakeApi:
    """Answers the operations of an upload; time passes only by its clock."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.files: dict[str, dict[str, Any]] = {}
        self.stores: dict[str, dict[str, dict[str, Any]]] = {"vs_1": {}}
        self.batches: dict[str, list[str]] = {}
        self.calls: Counter[str] = Counter()
        self.bodies: list[tuple[str, Mapping[str, Any] | None]] = []
        self.gates: dict[str, asyncio.Event] = {}
        """Uploads by name wait here."""
        self.loses: dict[str, str] = {}
        """Uploads by name whose answer is lost: `before` or `after` the file was made."""
        self.fails: dict[str, list[ProblemError]] = {}
        """By operation id, or `upload:name`: what the next calls raise."""
        self.index_fails: dict[str, tuple[str, str]] = {}
        """By file name: code and message of the failed indexing."""
        self.index_after = 2.0
        self.sending = 0
        self.held = 0
        """Uploads that wait at a gate."""
        self.most_at_once = 0
        self.page_size = 100

    def seed(self, name: str, size: int, *, purpose: str = "assistants") -> str:
        id = f"file-{len(self.files) + 1}"
        self.files[id] = {
            "id": id,
            "object": "file",
            "filename": name,
            "bytes": size,
            "purpose": purpose,
            "created_at": int(self.clock.now()),
        }
        return id

    def named(self, name: str) -> list[str]:
        return [id for id, file in self.files.items() if file["filename"] == name]

    def _maybe_fail(self, key: str) -> None:
        self.calls[key] += 1
        if waiting := self.fails.get(key):
            raise waiting.pop(0)

    async def upload(
        self,
        source: Path,
        *,
        purpose: str,
        expires_after: int | None = None,
        progress: Callable[[int, int], None] | None = None,
        stop: asyncio.Event | None = None,
    ) -> FakeReply:
        self.calls["upload"] += 1
        self._maybe_fail(f"upload:{source.name}")
        content = source.read_bytes()
        self.sending += 1
        self.most_at_once = max(self.most_at_once, self.sending)
        try:
            if progress is not None:
                progress(len(content) // 2, len(content))
            if (gate := self.gates.get(source.name)) is not None:
                self.held += 1
                try:
                    await _first(gate, stop)
                finally:
                    self.held -= 1
            await asyncio.sleep(0)
            if stop is not None and stop.is_set():
                raise problem(ProblemKind.CANCELLED, "Stopped")
            lost = self.loses.pop(source.name, None)
            if lost == "before":
                raise problem(ProblemKind.UNCERTAIN, "The answer was lost")
            id = self.seed(source.name, len(content), purpose=purpose)
            if progress is not None:
                progress(len(content), len(content))
            if lost == "after":
                raise problem(ProblemKind.UNCERTAIN, "The answer was lost")
            return FakeReply(Record(self.files[id]))
        finally:
            self.sending -= 1

    async def call(
        self,
        op: Operation,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> FakeReply:
        await asyncio.sleep(0)
        self.bodies.append((op.id, body))
        self._maybe_fail(op.id)
        path = path or {}
        store = self.stores.get(path.get("vector_store_id", ""))
        if store is None:
            raise problem(ProblemKind.NOT_FOUND)
        match op.id:
            case "createVectorStoreFile":
                assert body is not None
                return FakeReply(Record(self._attach(store, body["file_id"], body)))
            case "getVectorStoreFile":
                if path["file_id"] not in store:
                    raise problem(ProblemKind.NOT_FOUND)
                return FakeReply(Record(self._indexed(store[path["file_id"]])))
            case "deleteVectorStoreFile":
                if store.pop(path["file_id"], None) is None:
                    raise problem(ProblemKind.NOT_FOUND)
                return FakeReply(Record({"id": path["file_id"], "deleted": True}))
            case "createVectorStoreFileBatch":
                assert body is not None
                id = f"vsfb_{len(self.batches) + 1}"
                self.batches[id] = list(body["file_ids"])
                for file in body["file_ids"]:
                    self._attach(store, file, body)
                if self.loses.pop("batch", None):
                    raise problem(ProblemKind.UNCERTAIN, "The answer was lost")
                return FakeReply(Record(self._batch(store, id)))
            case "getVectorStoreFileBatch":
                return FakeReply(Record(self._batch(store, path["batch_id"])))
            case "cancelVectorStoreFileBatch":
                for file in self.batches[path["batch_id"]]:
                    if self._indexed(store[file])["status"] == "in_progress":
                        store[file]["status"] = "cancelled"
                return FakeReply(Record(self._batch(store, path["batch_id"])))
        raise AssertionError(op.id)

    async def page(
        self,
        op: Operation,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> FakePage:
        await asyncio.sleep(0)
        self._maybe_fail(op.id)
        path = path or {}
        rows: list[dict[str, Any]]
        if op.id == "listFiles":
            purpose = (query or {}).get("purpose")
            rows = [f for f in self.files.values() if purpose in (None, f["purpose"])]
        else:
            store = self.stores.get(path["vector_store_id"])
            if store is None:
                raise problem(ProblemKind.NOT_FOUND)
            wanted = self.batches[path["batch_id"]] if "batch_id" in path else list(store)
            rows = [self._indexed(store[id]) for id in wanted if id in store]
        rows = rows[::-1]
        start = 0
        if after is not None:
            start = [row["id"] for row in rows].index(after) + 1
        part = rows[start : start + self.page_size]
        more = start + self.page_size < len(rows)
        return FakePage(tuple(Record(row) for row in part), part[-1]["id"] if more else None)

    def _attach(
        self, store: dict[str, dict[str, Any]], id: str, body: Mapping[str, Any]
    ) -> dict[str, Any]:
        if id not in self.files:
            raise problem(ProblemKind.NOT_FOUND)
        entry = {
            "id": id,
            "object": "vector_store.file",
            "status": "in_progress",
            "attributes": dict(body.get("attributes") or {}),
            "attached_at": self.clock.now(),
        }
        return store.setdefault(id, entry)

    def _indexed(self, entry: dict[str, Any]) -> dict[str, Any]:
        waited = self.clock.now() - entry["attached_at"]
        if entry["status"] == "in_progress" and waited >= self.index_after:
            name = self.files[entry["id"]]["filename"]
            if (failure := self.index_fails.get(name)) is not None:
                entry["status"] = "failed"
                entry["last_error"] = {"code": failure[0], "message": failure[1]}
            else:
                entry["status"] = "completed"
        return entry

    def _batch(self, store: dict[str, dict[str, Any]], id: str) -> dict[str, Any]:
        counts = Counter(
            self._indexed(store[file])["status"] for file in self.batches[id] if file in store
        )
        names = ("in_progress", "completed", "failed", "cancelled")
        # The status lies, as real ones have: the counts tell the end (contract 3).
        return {
            "id": id,
            "object": "vector_store.file_batch",
            "status": "in_progress",
            "file_counts": {name: counts[name] for name in names},
        }


async def _first(gate: asyncio.Event, stop: asyncio.Event | None) -> None:
    waits = [asyncio.ensure_future(gate.wait())]
    if stop is not None:
        waits.append(asyncio.ensure_future(stop.wait()))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


@dataclass(slots=True)
class World:
    """A store of uploads on a platform in memory."""

    folder: Path
    clock: ManualClock = field(default_factory=ManualClock)
    api: FakeApi = field(init=False)
    scheduler: Scheduler = field(init=False)
    ingest: IngestStore = field(init=False)
    stale: list[tuple[str, ...]] = field(default_factory=list)
    journal: bool = True
    made: list[Ref] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.api = FakeApi(self.clock)
        self.start()

    def start(self) -> None:
        """The program starts, again perhaps."""
        self.scheduler = Scheduler(self.clock)
        self.ingest = IngestStore(
            self.api,  # type: ignore[arg-type]
            scheduler=self.scheduler,
            scope=Scope("app"),
            clock=self.clock,
            server="http://one",
            folder=self.folder / "state" if self.journal else None,
            changed=self.stale.append,
            made=lambda ref, _record: self.made.append(ref),
        )

    def write(self, *names: str, text: str = "text of {name}") -> Path:
        docs = self.folder / "docs"
        for name in names:
            path = docs / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format(name=name))
        return docs

    async def settle(self, seconds: float = 0.0) -> None:
        """Let everything happen that can, and then time pass, second by second."""
        await self._quiet()
        while seconds > 0:
            await self.clock.advance(min(1.0, seconds))
            seconds -= 1.0
            await self._quiet()

    async def _quiet(self) -> None:
        """Until nothing runs but the uploads that wait at a gate; threads are waited for."""
        quiet = 0
        while quiet < 20:
            quiet = quiet + 1 if len(self.scheduler._running) <= self.api.held else 0
            await asyncio.sleep(0 if quiet else 0.0005)
        for run in self.ingest._runs.values():
            # Moving bytes are shown a few times a second only.
            run.board.publish()

    async def stop(self) -> None:
        await self.ingest.close()
        await self.scheduler.close()
