from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tui.api.operation import Operation
from tui.api.records import Record
from tui.catalog.registry import Catalog
from tui.core.clock import ManualClock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.store.ledger import Ledger
from tui.store.ledger_pages import PAGE, LedgerPages
from tui.store.notices import Notices
from tui.store.views import CollectionKey, Ref
from tui.worker.lanes import Scope
from tui.worker.scheduler import Scheduler

KIND = "vector_stores.file_batches"


class Reply:
    headers: Mapping[str, str] = {}

    def __init__(self, record: Record) -> None:
        self.record = record


class Server:
    """Knows batches by id; everything else is unused."""

    def __init__(self, ids: set[str], problem: Problem | None = None) -> None:
        self.ids = ids
        self.problem = problem
        self.asked: list[str] = []

    async def call(self, op: Operation, *, path: Mapping[str, str], **_: Any) -> Reply:
        assert set(path) == {"vector_store_id", "batch_id"}
        self.asked.append(path["batch_id"])
        if self.problem is not None:
            raise ProblemError(self.problem)
        if path["batch_id"] not in self.ids:
            raise ProblemError(Problem("gone", kind=ProblemKind.NOT_FOUND))
        return Reply(Record({"id": path["batch_id"], "object": "vector_store.file_batch"}))


@pytest.fixture
def ledger() -> Ledger:
    clock = ManualClock()
    return Ledger(
        None,
        catalog=Catalog(),
        scheduler=Scheduler(clock),
        clock=clock,
        scope=Scope("app"),
        notices=Notices(clock),
    )


def note(ledger: Ledger, *ids: str, store: str = "vs_1") -> None:
    for id in ids:
        ledger.note(Ref(KIND, id, (store,)), Record({"id": id}))


def pages(server: Server, ledger: Ledger) -> LedgerPages:
    return LedgerPages(server, Catalog()[KIND], CollectionKey(KIND, ("vs_1",)), ledger)  # type: ignore[arg-type]


async def test_what_the_ledger_knows_of_one_store_is_listed_latest_first(ledger: Ledger) -> None:
    note(ledger, "vsfb_1", "vsfb_2")
    note(ledger, "vsfb_other", store="vs_2")
    page = await pages(Server({"vsfb_1", "vsfb_2"}), ledger).fetch(None, 50)
    assert [record.id for record in page.items] == ["vsfb_2", "vsfb_1"]
    assert page.next is None


async def test_what_the_server_has_no_more_is_forgotten(ledger: Ledger) -> None:
    note(ledger, "vsfb_1", "vsfb_2")
    page = await pages(Server({"vsfb_2"}), ledger).fetch(None, 50)
    assert [record.id for record in page.items] == ["vsfb_2"]
    assert [entry.id for entry in ledger.recent()] == ["vsfb_2"]


async def test_pages_follow_each_other_without_gap(ledger: Ledger) -> None:
    ids = [f"vsfb_{n}" for n in range(PAGE + 5)]
    note(ledger, *ids)
    server = Server(set(ids))
    source = pages(server, ledger)
    first = await source.fetch(None, 50)
    assert first.next == str(PAGE)
    second = await source.fetch(first.next, 50)
    seen = {record.id for record in (*first.items, *second.items)}
    assert seen == set(ids) and second.next is None


async def test_a_page_of_which_nothing_is_left_does_not_end_the_list(ledger: Ledger) -> None:
    note(ledger, "vsfb_kept", *(f"vsfb_{n}" for n in range(PAGE + 3)))
    page = await pages(Server({"vsfb_kept"}), ledger).fetch(None, 50)
    assert [record.id for record in page.items] == ["vsfb_kept"]
    assert page.next is None


async def test_a_server_that_is_down_is_a_problem_and_forgets_nothing(ledger: Ledger) -> None:
    note(ledger, "vsfb_1")
    server = Server(set(), Problem("down", kind=ProblemKind.NETWORK))
    with pytest.raises(ProblemError):
        await pages(server, ledger).fetch(None, 50)
    assert [entry.id for entry in ledger.recent()] == ["vsfb_1"]
