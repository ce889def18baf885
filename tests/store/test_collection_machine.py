"""Lists in any order of events: whatever happens, settled lists show what the server has."""

from __future__ import annotations

import asyncio
import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.store.doubles import LIST, REMOVE, RENAME, World, make_world
from tui.core.errors import ProblemKind
from tui.store.collection import Collection
from tui.store.views import CollectionKey, Phase, SortOrder
from tui.worker.lanes import Scope

FILTERS = ["", "thing", "1", "!2", "name:3", "size>500", "~t1"]


class ListMachine(RuleBasedStateMachine):
    """Pages, refreshes, deletions, filters and failures against a server that also changes."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world: World | None = None
        self.scope: Scope | None = None
        self.collection: Collection | None = None
        self.sort: SortOrder | None = None
        self.filter = ""

    def run(self, turns: int = 0) -> None:
        async def go() -> None:
            for _ in range(turns):
                await asyncio.sleep(0)

        self.loop.run_until_complete(go())

    def act(self, intent: object) -> None:
        """Run an intent inside the loop, as a key press would."""

        async def go() -> None:
            assert callable(intent)
            intent()

        self.loop.run_until_complete(go())

    @initialize(count=st.integers(0, 35))
    def start(self, count: int) -> None:
        async def go() -> None:
            self.world = make_world()
            self.world.api.add(count)

        self.loop.run_until_complete(go())
        self.open()

    @rule()
    @precondition(lambda self: self.scope is None)
    def open(self) -> None:
        assert self.world is not None
        world = self.world

        def intent() -> None:
            self.scope = world.session.scope("screen")
            self.collection = world.session.collection(CollectionKey("things"), self.scope)

        self.act(intent)

    @rule()
    @precondition(lambda self: self.scope is not None)
    def close(self) -> None:
        assert self.scope is not None
        self.act(self.scope.close)
        self.scope = None

    @rule(turns=st.integers(1, 6))
    def wait(self, turns: int) -> None:
        self.run(turns)

    @rule(seconds=st.sampled_from([1.0, 6.0, 40.0]))
    def pass_time(self, seconds: float) -> None:
        assert self.world is not None
        self.loop.run_until_complete(self.world.clock.advance(seconds))

    @rule(row=st.integers(0, 60))
    def look(self, row: int) -> None:
        assert self.collection is not None
        collection = self.collection
        self.act(lambda: collection.need(row))

    @rule()
    def refresh(self) -> None:
        assert self.collection is not None
        self.act(self.collection.refresh)

    @rule(text=st.sampled_from(FILTERS))
    def type_filter(self, text: str) -> None:
        assert self.collection is not None
        collection, self.filter = self.collection, text
        self.act(lambda: collection.set_filter(text))

    @rule(column=st.sampled_from([None, "name", "size"]), down=st.booleans())
    def choose_order(self, column: str | None, down: bool) -> None:
        assert self.collection is not None
        collection = self.collection
        sort = self.sort = None if column is None else SortOrder(column, down)
        self.act(lambda: collection.sort_by(sort))

    @rule(index=st.integers(0, 40))
    def delete_here(self, index: int) -> None:
        assert self.world is not None and self.collection is not None
        rows, world = self.collection.view.value.rows, self.world
        if index < rows.count:
            ref = rows.ref(index)
            self.act(lambda: world.session.act(REMOVE, [ref]))

    @rule(index=st.integers(0, 40), name=st.sampled_from(["thing 1", "zz", "Ärger 3"]))
    def rename_here(self, index: int, name: str) -> None:
        assert self.world is not None and self.collection is not None
        rows, world = self.collection.view.value.rows, self.world
        if index < rows.count:
            ref = rows.ref(index)
            self.act(lambda: world.session.act(RENAME, [ref], {"name": name}))

    @rule(index=st.integers(0, 40))
    def delete_elsewhere(self, index: int) -> None:
        assert self.world is not None
        ids = list(self.world.api.things)
        if index < len(ids):
            del self.world.api.things[ids[index]]

    @rule(count=st.integers(1, 12))
    def create_elsewhere(self, count: int) -> None:
        assert self.world is not None
        self.world.api.add(count)

    @rule(kind=st.sampled_from([ProblemKind.NETWORK, ProblemKind.NOT_FOUND, ProblemKind.ABSENT]))
    def break_next(self, kind: ProblemKind) -> None:
        assert self.world is not None
        self.world.api.fail(LIST, kind)

    @invariant()
    def shows_each_row_once(self) -> None:
        if self.collection is None:
            return
        view = self.collection.view.value
        ids = [view.rows.ref(index).id for index in range(view.rows.count)]
        assert len(set(ids)) == len(ids) == view.shown
        assert view.shown <= view.loaded
        assert view.stale == (view.problem is not None and view.loaded_at is not None)
        for index in range(min(5, view.rows.count)):
            assert len(view.rows.row(index).cells) == 3

    @invariant()
    def a_list_that_rests_shows_the_servers_order_of_what_it_knows(self) -> None:
        if self.collection is None or self.world is None or self.scope is None:
            return
        if self.world.scheduler.busy or self.collection.view.value.problem is not None:
            return
        view = self.collection.view.value
        if self.filter == "" and self.sort is None:
            known = [view.rows.ref(index).id for index in range(view.rows.count)]
            assert known == sorted(known, reverse=True)

    def teardown(self) -> None:
        try:
            if self.world is not None and self.collection is not None:
                self.loop.run_until_complete(self._settle())
                self._check_everything(self.world, self.collection)
        finally:
            if self.world is not None:
                self.loop.run_until_complete(self.world.session.close())
            self.loop.close()

    async def _settle(self) -> None:
        assert self.world is not None and self.collection is not None
        world = self.world
        world.api.failures.clear()
        await world.settle()
        # What was deleted here a moment ago is believed gone for some seconds.
        await world.clock.advance(10)
        if self.scope is None:
            self.scope = world.session.scope("screen")
            self.collection = world.session.collection(CollectionKey("things"), self.scope)
        self.collection.refresh()
        self.collection.need(10_000)
        await world.settle()

    def _check_everything(self, world: World, collection: Collection) -> None:
        view = collection.view.value
        assert view.phase is Phase.READY and view.end and not view.refreshing
        assert view.loaded == len(world.api.things)
        shown = {view.rows.ref(index).id for index in range(view.rows.count)}
        if self.filter == "":
            assert shown == set(world.api.things)
        for index in range(view.rows.count):
            row = view.rows.row(index)
            assert not row.pending
            assert row.cells[0].text == world.api.things[row.ref.id]["name"]
        if self.sort is not None and self.sort.column == "size":
            sizes = [view.rows.row(index).cells[1].sort for index in range(view.rows.count)]
            assert sizes == sorted(sizes, reverse=self.sort.descending)


TestLists = ListMachine.TestCase
# Before a release: CUPOLA_STORE_RUNS=2000.
TestLists.settings = settings(
    max_examples=int(os.environ.get("CUPOLA_STORE_RUNS", "100")),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
