"""A fine-tuning server in memory, and a session over the real catalogue on it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.store.doubles import FakePage, FakePreview, FakeReply
from tui.api.operation import Operation
from tui.api.records import Record
from tui.catalog.registry import Catalog
from tui.core.clock import ManualClock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.log import RequestLog
from tui.store.session import Session
from tui.store.tuning import TuningJob
from tui.store.views import ProfileView, Ref
from tui.worker.lanes import Scope
from tui.worker.scheduler import Scheduler

JOB = Ref("fine_tuning.jobs", "ftjob-1")
LOST = Problem("The server was not reached", kind=ProblemKind.NETWORK, retryable=True)
PAGE = 100


class TuningApi:
    """One job with its events, oldest first in `events`; `down` makes it unreachable."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.job: dict[str, Any] = {
            "id": JOB.id,
            "object": "fine_tuning.job",
            "created_at": clock.now(),
            "status": "running",
            "model": "cupola-echo",
            "training_file": "file-train",
            "validation_file": None,
            "result_files": [],
            "error": {},
            "hyperparameters": {"n_epochs": 3},
        }
        self.events: list[dict[str, Any]] = []
        self.checkpoints: list[dict[str, Any]] = []
        self.files: dict[str, str] = {}
        self.sent: list[tuple[str, str | None]] = []
        self.down = False
        self.poll_after: float | None = None

    def steps(self, first: int, last: int, total: int = 300, **more: Any) -> None:
        """Metrics events for steps, one a second."""
        for step in range(first, last + 1):
            data = {"step": step, "total_steps": total, "train_loss": 400 / (100 + step), **more}
            self.say(f"Step {step}/{total}", data=data)

    def say(self, message: str, data: Any = None, level: str = "info") -> None:
        number = len(self.events)
        self.events.append(
            {
                "id": f"ftevent-{number:06}",
                "created_at": self.job["created_at"] + number,
                "message": message,
                "level": level,
                "type": "metrics" if data else "message",
                "data": data or {},
            }
        )

    def succeed(self, table: str, *, wrapped: bool = True) -> None:
        self.files["file-result"] = base64.b64encode(table.encode()).decode() if wrapped else table
        self.job |= {"status": "succeeded", "result_files": ["file-result"]}

    def count(self, op: str) -> int:
        return sum(1 for sent, _after in self.sent if sent == op)

    async def _pass(self, op: Operation, after: str | None = None) -> None:
        self.sent.append((op.id, after))
        await asyncio.sleep(0)
        if self.down:
            raise ProblemError(LOST)

    async def call(self, op: Operation, *, path: Mapping[str, str], **_: Any) -> FakeReply:
        await self._pass(op)
        if op.id == "pauseFineTuningJob":
            self.job |= {"status": "paused"}
        elif op.id == "cancelFineTuningJob":
            self.job |= {"status": "cancelled"}
        return FakeReply(Record(dict(self.job)), self.poll_after)

    async def page(
        self, op: Operation, *, after: str | None = None, limit: int | None = None, **_: Any
    ) -> FakePage:
        await self._pass(op, after)
        rows: list[dict[str, Any]]
        match op.id:
            case "listFineTuningEvents":
                rows = self.events[::-1]
            case "listFineTuningJobCheckpoints":
                rows = self.checkpoints[::-1]
            case "listPaginatedFineTuningJobs":
                rows = [self.job]
            case _:
                rows = []
        ids = [row["id"] for row in rows]
        start = 0 if after is None else ids.index(after) + 1
        part = rows[start : start + min(limit or PAGE, PAGE)]
        more = start + len(part) < len(rows)
        return FakePage(tuple(Record(row) for row in part), part[-1]["id"] if more else None)

    async def read_text(
        self, op: Operation, *, path: Mapping[str, str], limit: int = 0
    ) -> FakePreview:
        await self._pass(op)
        return FakePreview(self.files.get(path["file_id"]))

    async def aclose(self) -> None:
        pass


@dataclass
class TuningWorld:
    """What a test moves."""

    clock: ManualClock = field(default_factory=ManualClock)
    api: TuningApi = field(init=False)
    session: Session = field(init=False)
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        self.api = TuningApi(self.clock)
        self.session = Session(
            self.api,  # type: ignore[arg-type]
            scheduler=Scheduler(self.clock),
            catalog=Catalog(),
            clock=self.clock,
            profile=ProfileView("test", "sandbox", "localhost"),
            request_log=RequestLog(self.clock),
        )
        self.scope = Scope("screen")

    def open(self) -> TuningJob:
        return self.session.tunings.open(JOB, self.scope)

    async def settle(self) -> None:
        await self.session.idle()

    async def pass_time(self, seconds: float) -> None:
        await self.clock.advance(seconds)
        await self.settle()

    async def close(self) -> None:
        self.scope.close()
        await self.session.close()
