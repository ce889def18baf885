"""Lists as screens use them: pages in sight, refresh, failure, filter, memory, polling."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.store.doubles import CATALOG, LIST, LIST_PARTS, World, make_world
from tui.core import cell
from tui.core.errors import ProblemKind
from tui.store.collection import Collection
from tui.store.views import CollectionKey, CollectionView, Phase, Ref, SortOrder

THINGS = CollectionKey("things")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = make_world()
    yield world
    if not world.api.closed:
        await world.session.close()


def ids(collection: Collection) -> list[str]:
    rows = collection.view.value.rows
    return [rows.ref(index).id for index in range(rows.count)]


def names(collection: Collection) -> list[str]:
    rows = collection.view.value.rows
    return [rows.row(index).cells[0].text for index in range(rows.count)]


async def opened(world: World, key: CollectionKey = THINGS) -> Collection:
    collection = world.session.collection(key, world.session.scope("screen"))
    await world.settle()
    return collection


async def test_loads_a_page_then_a_page_ahead_of_sight(world: World) -> None:
    world.api.add(45)
    collection = await opened(world)
    view = collection.view.value
    assert view.phase is Phase.READY and view.loaded == 20 and not view.end
    collection.need(15)
    await world.settle()
    assert collection.view.value.loaded == 30
    collection.need(15)
    await world.settle()
    assert world.api.count(LIST) == 3
    collection.need(40)
    await world.settle()
    assert collection.view.value.loaded == 45 and collection.view.value.end
    assert ids(collection) == list(world.api.things)


async def test_phases_while_the_first_page_is_awaited(world: World) -> None:
    world.api.add(3)
    world.api.gate = asyncio.Event()
    collection = world.session.collection(THINGS, world.session.scope("screen"))
    assert collection.view.value.phase is Phase.LOADING
    assert world.session.scheduler.busy
    world.api.gate.set()
    await world.settle()
    assert collection.view.value.phase is Phase.READY


async def test_an_empty_list_is_ready_and_ended(world: World) -> None:
    view = (await opened(world)).view.value
    assert (view.phase, view.loaded, view.end) == (Phase.READY, 0, True)


@pytest.mark.parametrize(
    ("kind", "phase"),
    [
        (ProblemKind.ABSENT, Phase.ABSENT),
        (ProblemKind.UNAUTHORIZED, Phase.NEEDS_KEY),
        (ProblemKind.FORBIDDEN, Phase.NEEDS_KEY),
        (ProblemKind.NEEDS_ADMIN, Phase.NEEDS_KEY),
        (ProblemKind.NETWORK, Phase.FAILED),
    ],
)
async def test_a_failure_has_its_phase_and_can_be_retried(
    world: World, kind: ProblemKind, phase: Phase
) -> None:
    world.api.add(3)
    world.api.fail(LIST, kind)
    collection = await opened(world)
    view = collection.view.value
    assert view.phase is phase and view.problem is not None and not view.stale
    collection.retry()
    await world.settle()
    assert collection.view.value.phase is Phase.READY and collection.view.value.loaded == 3


async def test_rows_stay_when_a_refresh_fails(world: World) -> None:
    world.api.add(3)
    collection = await opened(world)
    world.api.fail(LIST, ProblemKind.SERVER)
    collection.refresh()
    await world.settle()
    view = collection.view.value
    assert view.phase is Phase.FAILED and view.stale and view.shown == 3
    collection.retry()
    await world.settle()
    view = collection.view.value
    assert view.phase is Phase.READY and not view.stale and view.problem is None


async def test_a_refresh_shows_what_is_new_and_drops_what_is_gone(world: World) -> None:
    first, *_ = world.api.add(5)
    collection = await opened(world)
    (new,) = world.api.add(1)
    del world.api.things[first]
    collection.refresh()
    assert collection.view.value.refreshing and collection.view.value.shown == 5
    await world.settle()
    assert ids(collection) == list(world.api.things)
    assert ids(collection)[0] == new


async def test_refresh_is_idempotent_and_late_answers_are_dropped(world: World) -> None:
    world.api.add(30)
    collection = await opened(world)
    before = world.api.count(LIST)
    gate = world.api.gate = asyncio.Event()
    collection.need(25)
    await asyncio.sleep(0)
    collection.refresh()
    collection.refresh()
    world.api.gate = None
    await asyncio.sleep(0)
    gate.set()
    await world.settle()
    assert ids(collection) == list(world.api.things)
    tops = [s for s in world.api.sent[before:] if s.op == LIST.id and s.after is None]
    assert len(tops) == 1


async def test_reopening_uses_what_is_fresh_and_refreshes_what_is_not(world: World) -> None:
    world.api.add(3)
    await opened(world)
    await opened(world)
    assert world.api.count(LIST) == 1
    await world.clock.advance(31)
    collection = await opened(world)
    assert world.api.count(LIST) == 2
    assert collection.view.value.shown == 3


async def test_a_closed_screen_asks_for_nothing(world: World) -> None:
    world.api.add(3)
    world.api.gate = asyncio.Event()
    scope = world.session.scope("screen")
    collection = world.session.collection(THINGS, scope)
    scope.close()
    await world.settle()
    assert collection.view.value.phase is Phase.UNASKED
    collection.refresh()
    collection.need(100)
    assert not world.scheduler.busy
    world.api.gate = None
    assert (await opened(world)).view.value.phase is Phase.READY


async def test_a_hidden_list_refreshes_when_it_is_shown_again(world: World) -> None:
    world.api.add(3)
    scope = world.session.scope("screen")
    collection = world.session.collection(THINGS, scope)
    await world.settle()
    scope.hidden = True
    world.session.invalidate("things")
    await world.settle()
    assert world.api.count(LIST) == 1
    world.api.add(1)
    scope.hidden = False
    await world.settle()
    assert world.api.count(LIST) == 2 and collection.view.value.shown == 4


async def test_a_filter_searches_what_is_loaded_and_loads_the_rest(world: World) -> None:
    world.api.add(35)
    collection = await opened(world)
    collection.set_filter("name:3$")
    assert names(collection) == ["thing 33", "thing 23"]
    assert collection.view.value.refreshing
    await world.settle()
    assert names(collection) == ["thing 33", "thing 23", "thing 13", "thing 3"]
    view = collection.view.value
    assert (view.loaded, view.shown, view.end) == (35, 4, True)
    collection.set_filter("")
    assert collection.view.value.shown == 35


async def test_a_broken_filter_says_so(world: World) -> None:
    world.api.add(3)
    collection = await opened(world)
    collection.set_filter("[x")
    assert "regular expression" in collection.view.value.filter_error


async def test_sorting_orders_all_that_there_is(world: World) -> None:
    world.api.add(25)
    collection = await opened(world)
    collection.sort_by(SortOrder("size"))
    await world.settle()
    assert ids(collection) == sorted(world.api.things)
    collection.sort_by(None)
    assert ids(collection) == list(world.api.things)


async def test_filter_order_and_cursor_outlive_the_screen(world: World) -> None:
    world.api.add(3)
    scope = world.session.scope("screen")
    collection = world.session.collection(THINGS, scope)
    await world.settle()
    collection.set_filter("thing 2")
    collection.sort_by(SortOrder("name"))
    ref = collection.view.value.rows.ref(0)
    collection.remember_cursor(ref)
    scope.close()
    again = await opened(world)
    view = again.view.value
    assert (view.filter_text, view.sort, again.cursor) == ("thing 2", SortOrder("name"), ref)


async def test_a_view_is_told_once_a_tick_and_only_when_it_differs(world: World) -> None:
    world.api.add(3)
    collection = await opened(world)
    told: list[CollectionView] = []
    collection.view.subscribe(told.append)
    collection.set_filter("thing")
    collection.set_filter("thing 1")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(told) == 1 and told[0].filter_text == "thing 1"
    collection.set_filter("thing 1")
    cell.flush()
    assert len(told) == 1


async def test_rows_are_made_once_and_again_when_their_record_changes(world: World) -> None:
    world.api.add(2)
    collection = await opened(world)
    rows = collection.view.value.rows
    assert rows.row(0) is rows.row(0)
    ref = rows.ref(0)
    assert rows.index_of(ref) == 0
    assert rows.index_of(Ref("things", "nobody")) is None
    record = world.session.entities.get(ref)
    assert record is not None
    world.session.entities.overlay(ref, {"name": "other"})
    row = collection.view.value.rows.row(0)
    assert row.pending and row.cells[0].text == "other"
    with pytest.raises(IndexError):
        rows.row(2)


async def test_an_old_view_still_shows_its_rows(world: World) -> None:
    world.api.add(2)
    collection = await opened(world)
    old = collection.view.value
    world.session.entities.remove(old.rows.ref(0))
    assert old.rows.count == 2 and old.rows.row(0).cells[0].text == ""
    assert collection.view.value.shown == 1


async def test_a_cursor_that_was_deleted_elsewhere_starts_the_walk_again(world: World) -> None:
    world.api.add(45)
    collection = await opened(world)
    cursor = list(world.api.things)[19]
    del world.api.things[cursor]
    collection.need(40)
    await world.settle()
    assert ids(collection)[:44] == list(world.api.things)


async def test_bad_rows_never_fail_a_list(world: World) -> None:
    world.api.things = {
        "x": {"object": "thing", "name": "no id"},
        "y": {"id": "thing_y", "name": 7},
        "z": {"id": "thing_z", "name": "fine"},
    }
    for raw in world.api.things.values():
        raw.setdefault("id", "")
    collection = await opened(world)
    assert names(collection) == ["no id", "7", "fine"]
    assert ids(collection)[0].startswith("?")


async def test_server_filters_are_lists_of_their_own(world: World) -> None:
    world.api.add(2, colour="red")
    world.api.add(3, colour="blue")
    red = await opened(world, THINGS.with_query(colour="red"))
    assert red.view.value.shown == 2
    assert world.api.sent[-1].query == {"colour": "red"}
    assert (await opened(world)).view.value.shown == 5


async def test_a_list_looks_into_another_that_loads_behind(world: World) -> None:
    (owner,) = world.api.add(1, name="owner")
    world.api.add(25)
    world.api.parts["thing_a"] = [{"id": "part_1", "of": owner}]
    collection = await opened(world, CollectionKey("things.parts", ("thing_a",)))
    assert names(collection) == ["owner"]
    assert world.api.count(LIST_PARTS) == 1 and world.api.count(LIST) == 3


async def test_a_list_with_moving_objects_is_looked_at_again(world: World) -> None:
    world.api.add(14)
    (moving,) = world.api.add(1, status="running")
    collection = await opened(world)
    calls = world.api.count(LIST)
    await world.clock.advance(12)
    assert world.api.count(LIST) == calls + 1
    world.api.things[moving]["status"] = "done"
    world.api.add(1)
    await world.clock.advance(12)
    calls = world.api.count(LIST)
    await world.clock.advance(25)
    assert world.api.count(LIST) == calls
    assert ids(collection) == list(world.api.things)


async def test_what_moves_further_down_is_looked_at_when_it_is_in_sight(world: World) -> None:
    (moving,) = world.api.add(1, status="running")
    world.api.add(24)
    collection = await opened(world)
    await world.clock.advance(25)
    assert world.api.count(LIST) == 2
    collection.need(24)
    await world.settle()
    world.api.things[moving]["status"] = "done"
    await world.clock.advance(12)
    assert collection.view.value.rows.row(24).cells[2].text == "done"
    calls = world.api.count(LIST)
    await world.clock.advance(25)
    assert world.api.count(LIST) == calls


async def test_a_deleted_row_does_not_come_back_with_a_late_list(world: World) -> None:
    world.api.add(3)
    collection = await opened(world)
    ref = collection.view.value.rows.ref(1)
    world.session.entities.remove(ref)
    collection.refresh()
    await world.settle()
    assert ref.id not in ids(collection) and collection.view.value.shown == 2
    await world.clock.advance(6)
    collection.refresh()
    await world.settle()
    assert ref.id in ids(collection)


async def test_wrong_keys_are_refused(world: World) -> None:
    with pytest.raises(KeyError):
        world.session.collection(CollectionKey("nothing"), world.session.scope("screen"))
    with pytest.raises(ValueError):
        world.session.collection(CollectionKey("things.parts"), world.session.scope("screen"))
    assert set(CATALOG) == {"things", "things.parts"}


async def test_many_closed_lists_are_forgotten(world: World) -> None:
    world.api.add(1)
    for number in range(60):
        scope = world.session.scope("screen")
        world.session.collection(THINGS.with_query(colour=str(number)), scope)
        await world.settle()
        scope.close()
    assert len(world.session.collections.each("things")) <= 41
