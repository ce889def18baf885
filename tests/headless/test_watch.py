"""`cupola watch`: what it says, when, and how it goes on when the server does not."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.headless.conftest import Cupola, run, upload
from tui.api.operation import Operation, Paging
from tui.api.paging import Page
from tui.api.records import Record
from tui.catalog.descriptor import Poll, Resource
from tui.core.clock import ManualClock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.headless import watching
from tui.headless.output import Output
from tui.headless.progress import Pace, Progress, Training, counts_of, has_failed, remarks_of
from tui.headless.targets import Target
from tui.headless.watching import Watch
from tui.sandbox.thread import RunningSandbox

JOB = "ftjob-1"
START = 1_795_000_000.0
GET_JOB = Operation(
    id="getJob", method="GET", path="/jobs/{job_id}", section="Fine-tuning", resource="jobs"
)
LIST_EVENTS = Operation(
    id="listEvents",
    method="GET",
    path="/jobs/{job_id}/events",
    section="Fine-tuning",
    resource="jobs.events",
    query=("limit", "after"),
    paging=Paging.LAST_ITEM,
    page_limit=3,
    list=True,
)
JOBS = Resource(
    key="jobs",
    title="Jobs",
    singular="job",
    section="Fine-tuning",
    id_field="job_id",
    get_op=GET_JOB,
    poll=Poll(every=10, slow=60, terminal=frozenset({"succeeded", "failed"})),
)


def step(number: int, loss: float | None, *, total: int = 10, at: float = 0.0) -> Record:
    data = {"step": number, "total_steps": total}
    if loss is not None:
        data["train_loss"] = loss  # type: ignore[assignment]
    facts = {"id": f"e{number}", "type": "metrics", "message": "m", "data": data}
    return Record({**facts, "created_at": START + at})


def message(id: str, text: str, level: str = "info") -> Record:
    return Record({"id": id, "type": "message", "message": text, "level": level, "data": None})


class TestProgress:
    def test_counts_of_files_and_requests(self) -> None:
        counts = {"total": 10, "completed": 6, "failed": 1, "cancelled": 0, "in_progress": 3}
        assert str(counts_of(Record({"file_counts": counts}))) == "files 7/10 · 70 % · 1 failed"
        batch = Record({"request_counts": {"total": "4", "completed": 1, "failed": 0}})
        assert str(counts_of(batch)) == "requests 1/4 · 25 %"
        for raw in ({}, {"request_counts": None}, {"file_counts": {"total": "x"}}):
            assert counts_of(Record(raw)) is None

    def test_a_good_end_with_nothing_done_is_none(self) -> None:
        def batch(completed: int, failed: int) -> Record:
            counts = {"total": 2, "completed": completed, "failed": failed}
            return Record({"request_counts": counts})

        assert has_failed(batch(0, 2), "completed")
        assert not has_failed(batch(1, 1), "completed")
        assert has_failed(Record({}), "cancelled") and has_failed(Record({}), "surprise")
        assert not has_failed(Record({}), "succeeded")

    def test_remarks(self) -> None:
        tools = [{"function": {"name": "look\x1b[2J"}}, {"function": {"name": "book"}}, None]
        waiting = {"required_action": {"submit_tool_outputs": {"tool_calls": tools}}}
        assert list(remarks_of(Record(waiting))) == ["wants the outputs of look␛[2J, book, a tool"]
        assert list(remarks_of(Record({"error": {"message": "no", "code": None}}))) == ["no"]
        assert list(remarks_of(Record({"error": {}, "last_error": None}))) == []

    def test_pace(self) -> None:
        pace = Pace()

        def at(done: float) -> Progress:
            return Progress(done=done, total=10, unit="step")

        pace.note(0, at(1))
        assert pace.left(0, at(1)) is None
        pace.note(10, at(3))
        assert pace.left(10, at(3)) == 35
        assert pace.left(20, at(3)) == 25
        assert pace.left(60, at(3)) is None
        assert pace.left(20, at(10)) is None
        pace.note(30, at(0))
        assert pace.left(30, at(0)) is None

    def test_events_become_steps_losses_and_messages(self) -> None:
        training = Training()
        assert training.take([step(2, 0.5, at=10), step(1, 1.0), message("a", "started")]) == [
            "started"
        ]
        assert str(training.progress) == "step 2/10 · 20 % · loss 0.5000"
        later = [message("b", "low\x1b[2J", "warn"), step(4, None, at=30), step(2, 0.5, at=10)]
        assert training.knows(later)
        assert training.take(later) == ["warn: low␛[2J"]
        assert training.losses == [1.0, 0.5, None]
        text = "Step 5/10: training loss=0.15, validation loss=0.27"
        assert training.take([message("c", text)]) == []
        assert str(training.progress) == "step 5/10 · 50 % · loss 0.1500"


class Server:
    """Scripted: each look takes the next state; a problem is raised instead."""

    def __init__(self, states: list[dict[str, Any] | Problem], events: list[list[Record]]) -> None:
        self.states = states
        self.events = events
        self.clock = ManualClock(START)
        self.profile = SimpleNamespace(starts_sandbox=False)
        self.book = SimpleNamespace(note=self._note)
        self.let_go_calls = 0
        self.out, self.err = io.StringIO(), io.StringIO()
        self.output = Output({}, self.out, self.err)
        self.pages = 0

    async def _note(self, *_: object) -> None:
        pass

    async def call(self, op: Operation, path: object) -> Any:
        state = self.states.pop(0)
        if isinstance(state, Problem):
            raise ProblemError(state)
        return SimpleNamespace(record=Record({"id": JOB, **state}), poll_after=None)

    async def page(self, op: Operation, path: object, *, after: str | None, **_: object) -> Page:
        self.pages += 1
        if after is None:
            self.current = self.events.pop(0)
        begin = 0 if after is None else [e.id for e in self.current].index(after) + 1
        items = tuple(self.current[begin : begin + op.page_limit])
        more = begin + op.page_limit < len(self.current)
        return Page(items=items, next=items[-1].id if more else None, raw={})

    async def let_go(self) -> None:
        self.let_go_calls += 1


async def watched(server: Server, monkeypatch: pytest.MonkeyPatch, **options: Any) -> bool:
    """Run to the end, with time moved on whenever all wait for it."""
    follows = LIST_EVENTS if server.events else None
    monkeypatch.setattr(watching, "_events_op", lambda access, target: follows)
    assert JOBS.poll is not None
    watch = Watch(
        server,  # type: ignore[arg-type]
        Target(JOBS, (), JOB),
        JOBS.poll,
        GET_JOB,
        interval=options.get("interval"),
    )
    task = asyncio.create_task(watch.run())
    while not task.done():
        await server.clock.advance(5)
    return await task


def unstamped(server: Server) -> list[str]:
    return [line.partition("Z  ")[2] for line in server.out.getvalue().splitlines()]


class TestWatch:
    async def test_a_job_for_its_whole_life(self, monkeypatch: pytest.MonkeyPatch) -> None:
        old = [message(f"o{n}", f"old {n}") for n in range(7)]
        first = [step(1, 2.0, at=5), *old]
        second = [step(3, 1.0, at=20), message("n2", "hello"), step(2, 1.5, at=15), *first]
        server = Server(
            [
                {"status": "validating_files"},
                {"status": "running"},
                {"status": "running"},
                {"status": "succeeded", "fine_tuned_model": "ft:x"},
            ],
            [old, first, second, second],
        )
        assert await watched(server, monkeypatch) is False
        assert unstamped(server) == [
            "validating files",
            "running · step 1/10 · 10 % · loss 2.0000",
            "hello",
            "running · step 3/10 · 30 % · loss 1.0000 · ETA 48 s",
            "succeeded · step 3/10 · 30 % · loss 1.0000 · ft:x",
        ]
        assert server.err.getvalue() == ""

    async def test_what_does_not_change_is_not_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        server = Server([{"status": "running"}] * 5 + [{"status": "failed"}], [])
        assert await watched(server, monkeypatch) is True
        assert unstamped(server) == ["running", "failed"]

    async def test_a_server_that_goes_away_is_waited_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gone = Problem("refuses connections", kind=ProblemKind.NETWORK, retryable=True)
        server = Server(
            [{"status": "running"}, gone, gone, gone, {"status": "running"}, {"status": "failed"}],
            [],
        )
        assert await watched(server, monkeypatch) is True
        assert unstamped(server) == ["running", "failed"]
        assert server.err.getvalue().splitlines() == [
            "cupola: refuses connections; trying again",
            "cupola: connected again",
        ]
        assert server.let_go_calls == 3

    async def test_but_not_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        gone = Problem("refuses connections", kind=ProblemKind.NETWORK, retryable=True)
        server = Server([{"status": "running"}, *[gone] * 200], [])
        with pytest.raises(ProblemError, match="refuses"):
            await watched(server, monkeypatch)
        assert 500 < server.clock.monotonic() < 800

    async def test_what_waiting_does_not_cure_ends_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deleted = Problem("Not found", kind=ProblemKind.NOT_FOUND, status=404)
        server = Server([{"status": "running"}, deleted], [])
        with pytest.raises(ProblemError, match="Not found"):
            await watched(server, monkeypatch)
        missing = Server([Problem("x", kind=ProblemKind.NETWORK, retryable=True)], [])
        with pytest.raises(ProblemError):
            await watched(missing, monkeypatch)

    async def test_an_unknown_state_is_shown_raw(self, monkeypatch: pytest.MonkeyPatch) -> None:
        server = Server([{"status": "odd\x1b[2J"}, {}, {"status": "failed"}], [])
        await watched(server, monkeypatch)
        assert unstamped(server) == ["odd␛[2J", "no state", "failed"]


# From outside.


@pytest.fixture
def store(api: httpx.Client, server: RunningSandbox) -> str:
    ids = [upload(api, f"{number}.txt") for number in range(4)]
    return str(api.post("/vector_stores", json={"name": "s", "file_ids": ids}).json()["id"])


def started(environ: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tui", "watch", *arguments],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_store_fills(environ: dict[str, str], server: RunningSandbox, store: str) -> None:
    process = started(environ, store, "--interval", "0.1", "--exit-status")
    assert process.stdout is not None
    first = process.stdout.readline()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  in progress · files 0/4 · 0 %\n", first)
    server.advance(60)
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == 0 and errors == ""
    assert rest.splitlines()[-1].endswith("  completed · files 4/4 · 100 %")


def test_ctrl_c(environ: dict[str, str], store: str) -> None:
    process = started(environ, store, "--interval", "0.1")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "")


def test_a_batch_that_failed(cupola: Cupola, api: httpx.Client, server: RunningSandbox) -> None:
    shelf = api.post("/vector_stores", json={"name": "t"}).json()["id"]
    bad = upload(api, "picture.png", b"\x89PNG\r\n\x1a\n\x00\x00")
    batch = api.post(f"/vector_stores/{shelf}/file_batches", json={"file_ids": [bad]}).json()["id"]
    server.advance(60)
    failed = cupola("watch", batch, "--parent", shelf, "--exit-status")
    assert failed.returncode == 1 and "1 failed" in failed.stdout
    # The ledger knows the parent by now, and nobody asked for the status.
    assert cupola("watch", batch).returncode == 0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Platform:
    """`cupola sandbox` as a process that can be killed and come back at the same address."""

    def __init__(self, environ: dict[str, str], folder: Path) -> None:
        self.port = free_port()
        self._command = [sys.executable, "-m", "tui", "sandbox", "--data", str(folder)]
        self._command += ["--seed", "empty", "--json", "--port", str(self.port)]
        self._environ = environ | {
            "CUPOLA_SANDBOX_API_KEY": "sk-one-abcdef",
            "CUPOLA_SANDBOX_ADMIN_KEY": "sk-two-abcdef",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        self.process = subprocess.Popen(
            self._command,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        return str(json.loads(self.process.stdout.readline())["base_url"])

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()


@pytest.fixture
def platform(home: dict[str, str], tmp_path: Path) -> Iterator[Platform]:
    platform = Platform(home, tmp_path / "world")
    yield platform
    platform.kill()


def test_the_server_is_killed_and_comes_back(home: dict[str, str], platform: Platform) -> None:
    base_url = platform.start()
    headers = {"Authorization": "Bearer sk-one-abcdef", "OpenAI-Beta": "assistants=v2"}
    with httpx.Client(base_url=base_url, headers=headers, trust_env=False) as api:
        ids = [upload(api, f"{number}.txt") for number in range(20)]
        store = api.post("/vector_stores", json={"name": "s", "file_ids": ids}).json()["id"]
    environ = home | {"OPENAI_API_KEY": "sk-one-abcdef", "OPENAI_BASE_URL": base_url}
    process = started(environ, store, "--interval", "0.2", "--exit-status")
    assert process.stdout is not None and process.stderr is not None
    assert "in progress" in process.stdout.readline()
    platform.kill()
    assert process.stderr.readline().endswith("trying again\n")
    platform.start()
    assert process.stderr.readline() == "cupola: connected again\n"
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert rest.splitlines()[-1].endswith("completed · files 20/20 · 100 %")


def test_without_a_profile_a_sandbox_is_started_shared_and_found_again(
    home: dict[str, str], tmp_path: Path
) -> None:
    config = tmp_path / "config" / "cupola"
    config.mkdir(parents=True)
    first = run(home, "list", "vector-stores", "--jsonl")
    assert first.returncode == 0, first.stderr
    running = tmp_path / "data" / "cupola" / "sandbox" / "running.json"
    assert not running.exists()
    busy = [
        json.loads(line)["id"]
        for line in first.stdout.splitlines()
        if json.loads(line)["status"] == "in_progress"
    ]
    process = started(home, busy[0], "--interval", "0.2")
    assert process.stdout is not None and process.stderr is not None
    assert "in progress" in process.stdout.readline()
    owner = json.loads(running.read_text())
    # Another call attaches to the one that runs, and leaves it running.
    assert run(home, "list", "models", "--limit", "1", "--jsonl").returncode == 0
    assert json.loads(running.read_text()) == owner
    os.kill(owner["pid"], signal.SIGKILL)
    ended = threading.Timer(20, process.kill)
    ended.start()
    while not running.exists() or json.loads(running.read_text() or "{}") == owner:
        assert process.poll() is None, process.stderr.read()
    ended.cancel()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
