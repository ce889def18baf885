"""The session: actions, objects, content, finding, and an end that leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.doubles import (
    ADD,
    CHANGE,
    CONTENT,
    CREATE,
    DELETE,
    GET,
    LIST,
    REMOVE,
    RENAME,
    World,
    make_world,
)
from tui.catalog.descriptor import Tone
from tui.core.errors import ProblemKind
from tui.store.views import ActPhase, CollectionKey, Completion, Destination, Phase, Ref

THINGS = CollectionKey("things")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = make_world()
    yield world
    if not world.api.closed:
        await world.session.close()


def texts(world: World) -> list[str]:
    return [notice.text for notice in world.session.notices.value]


async def listed(world: World, count: int = 3) -> list[Ref]:
    """So many things on the server, in an open list; gives their refs from the top."""
    world.api.add(count)
    collection = world.session.collection(THINGS, world.session.scope("screen"))
    await world.settle()
    rows = collection.view.value.rows
    return [rows.ref(index) for index in range(rows.count)]


def shown(world: World) -> list[str]:
    rows = world.session.collection(THINGS, world.session.scope("look")).view.value.rows
    return [rows.row(index).cells[0].text for index in range(rows.count)]


class TestActions:
    async def test_a_change_is_shown_before_the_server_confirms_it(self, world: World) -> None:
        ref, *_ = await listed(world)
        world.api.gate = asyncio.Event()
        act = world.session.act(RENAME, [ref], {"name": "new"})
        assert shown(world)[0] == "new"
        assert world.session.entities.pending(ref)
        assert world.api.things[ref.id]["name"] == "thing 3"
        world.api.gate.set()
        view = await act.finished()
        assert (view.phase, view.done) == (ActPhase.DONE, 1)
        assert view.result is not None and view.result.raw["name"] == "new"
        assert not world.session.entities.pending(ref)
        assert texts(world) == ["thing thing 3 renamed"]
        await world.settle()
        assert shown(world)[0] == "new"

    async def test_a_failed_change_is_taken_back_and_told(self, world: World) -> None:
        ref, *_ = await listed(world)
        world.api.fail(CHANGE, ProblemKind.INVALID)
        view = await world.session.act(RENAME, [ref], {"name": "new"}).finished()
        assert view.phase is ActPhase.FAILED and view.failed[0][0] == ref
        assert shown(world)[0] == "thing 3"
        notice = world.session.notices.value[-1]
        assert notice.tone is Tone.BAD and notice.problem is not None
        assert "Rename" in notice.text and "It failed" in notice.text

    async def test_a_deletion_is_pending_then_gone_everywhere(self, world: World) -> None:
        ref, *_ = await listed(world)
        world.api.gate = asyncio.Event()
        act = world.session.act(REMOVE, [ref])
        rows = world.session.collection(THINGS, world.session.scope("x")).view.value.rows
        assert rows.row(0).pending
        world.api.gate.set()
        await act.finished()
        assert shown(world) == ["thing 2", "thing 1"]
        assert world.session.entities.get(ref) is None
        assert world.session.resolve(ref.id) == Destination("things", ref.id)

    async def test_many_objects_a_few_at_a_time_with_each_failure_kept(self, world: World) -> None:
        refs = await listed(world, 9)
        world.api.fail(DELETE, ProblemKind.CONFLICT, times=2)
        gate = world.api.gate = asyncio.Event()
        act = world.session.act(REMOVE, [*refs, refs[0]])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert world.api.count(DELETE) == 4
        gate.set()
        view = await act.finished()
        assert (view.total, view.done, len(view.failed)) == (9, 7, 2)
        assert {problem.kind for _, problem in view.failed} == {ProblemKind.CONFLICT}
        assert texts(world) == ["Delete 2 of 9 things: It failed"]
        await world.settle()
        assert len(shown(world)) == 2

    async def test_stopping_begins_no_further_object(self, world: World) -> None:
        refs = await listed(world, 9)
        world.api.gate = asyncio.Event()
        act = world.session.act(REMOVE, refs)
        await asyncio.sleep(0)
        act.stop()
        world.api.gate.set()
        view = await act.finished()
        assert world.api.count(DELETE) == 4 and view.done == 4
        assert {problem.kind for _, problem in view.failed} == {ProblemKind.CANCELLED}

    async def test_navigation_does_not_end_a_write(self, world: World) -> None:
        world.api.add(1)
        scope = world.session.scope("screen")
        collection = world.session.collection(THINGS, scope)
        await world.settle()
        world.api.gate = asyncio.Event()
        act = world.session.act(REMOVE, [collection.view.value.rows.ref(0)])
        await asyncio.sleep(0)
        scope.close()
        world.api.gate.set()
        assert (await act.finished()).phase is ActPhase.DONE

    async def test_a_creation_goes_on_top_and_into_the_ledger(self, world: World) -> None:
        await listed(world)
        view = await world.session.act(ADD, (), {"name": "made"}, on=THINGS).finished()
        assert view.result is not None
        assert shown(world)[0] == "made"
        await world.settle()
        assert shown(world) == ["made", "thing 3", "thing 2", "thing 1"]
        (entry,) = await world.session.ledger.locate(view.result.id)
        assert entry.made and entry.title == "made"

    async def test_a_lost_reply_says_that_it_may_have_happened(self, world: World) -> None:
        await listed(world)
        before = world.api.count(LIST)
        world.api.fail(CREATE, ProblemKind.UNCERTAIN)
        await world.session.act(ADD, (), {"name": "made"}, on=THINGS).finished()
        notice = world.session.notices.value[-1]
        assert notice.problem is not None and "may have happened" in notice.problem.hint
        await world.settle()
        assert world.api.count(CREATE) == 1 and world.api.count(LIST) > before

    async def test_what_is_blocked_is_not_sent(self, world: World) -> None:
        world.api.add(1, locked=True)
        (ref,) = await listed(world, 0)
        view = await world.session.act(RENAME, [ref], {"name": "new"}).finished()
        assert view.failed[0][1].title == "It is locked"
        assert world.api.count(CHANGE) == 0
        assert world.session.refusal(RENAME, ref) is not None
        assert world.session.refusal(REMOVE, ref) is None

    async def test_a_row_without_an_id_cannot_be_acted_on(self, world: World) -> None:
        world.api.things = {"x": {"id": "", "object": "thing", "name": "no id"}}
        (ref,) = await listed(world, 0)
        view = await world.session.act(REMOVE, [ref]).finished()
        assert view.failed[0][1].kind is ProblemKind.BLOCKED and world.api.count(DELETE) == 0

    async def test_the_same_thing_is_not_done_twice_at_once(self, world: World) -> None:
        ref, *_ = await listed(world)
        world.api.gate = asyncio.Event()
        first = world.session.act(REMOVE, [ref])
        second = await world.session.act(REMOVE, [ref]).finished()
        assert second.failed[0][1].kind is ProblemKind.BLOCKED
        world.api.gate.set()
        await first.finished()
        assert world.api.count(DELETE) == 1

    async def test_a_read_only_profile_changes_nothing(self) -> None:
        world = make_world(read_only=True)
        ref, *_ = await listed(world)
        view = await world.session.act(REMOVE, [ref]).finished()
        assert view.failed[0][1].kind is ProblemKind.READ_ONLY
        assert world.api.count(DELETE) == 0
        await world.session.close()

    async def test_an_action_without_objects_needs_a_list(self, world: World) -> None:
        with pytest.raises(ValueError):
            world.session.act(ADD)

    async def test_overlays_are_kept_in_order(self, world: World) -> None:
        ref, *_ = await listed(world)
        entities = world.session.entities
        first = entities.overlay(ref, {"name": "first"})
        second = entities.overlay(ref, {"name": "second"})
        assert shown(world)[0] == "second"
        entities.drop(second)
        assert shown(world)[0] == "first"
        entities.commit(first, None)
        assert shown(world)[0] == "first" and not entities.pending(ref)


class TestObjects:
    async def test_an_object_at_hand_is_shown_without_a_request(self, world: World) -> None:
        ref, *_ = await listed(world)
        entity = world.session.entity(ref, world.session.scope("detail"))
        view = entity.view.value
        assert (view.phase, view.title) == (Phase.READY, "thing 3")
        assert view.status is not None and view.status.text == "done"
        assert world.api.count(GET) == 0
        entity.refresh()
        assert entity.view.value.refreshing
        await world.settle()
        assert world.api.count(GET) == 1

    async def test_an_object_by_id_is_read(self, world: World) -> None:
        (id,) = world.api.add(1)
        ref = Ref("things", id)
        entity = world.session.entity(ref, world.session.scope("detail"))
        assert entity.view.value.phase is Phase.LOADING
        await world.settle()
        assert entity.view.value.phase is Phase.READY

    async def test_sections_are_made_of_the_descriptor(self, world: World) -> None:
        (twin,) = world.api.add(1)
        (id,) = world.api.add(1, twin=twin, metadata={"a\x1b": "[/b]", "e": ""}, note="one\ntwo")
        entity = world.session.entity(Ref("things", id), world.session.scope("detail"))
        await world.settle()
        thing, pairs, note = entity.view.value.sections
        assert [fact.label for fact in thing.facts] == ["Name", "Size", "Twin"]
        assert thing.facts[2].link == Ref("things", twin)
        assert [(f.label, f.value.text) for f in pairs.facts] == [("a␛", "[/b]"), ("e", "(empty)")]
        assert note.text == "one\ntwo"

    async def test_sections_without_anything_are_left_out(self, world: World) -> None:
        (id,) = world.api.add(1)
        entity = world.session.entity(Ref("things", id), world.session.scope("detail"))
        await world.settle()
        assert [section.title for section in entity.view.value.sections] == ["Thing"]

    async def test_a_missing_object_says_so_and_can_be_retried(self, world: World) -> None:
        entity = world.session.entity(Ref("things", "thing_x"), world.session.scope("detail"))
        await world.settle()
        view = entity.view.value
        assert view.phase is Phase.FAILED and view.problem is not None
        world.api.things["thing_x"] = {"id": "thing_x", "name": "there"}
        entity.retry()
        await world.settle()
        assert entity.view.value.title == "there"

    async def test_one_deleted_elsewhere_leaves_its_lists_too(self, world: World) -> None:
        ref, *_ = await listed(world)
        entity = world.session.entity(ref, world.session.scope("detail"))
        del world.api.things[ref.id]
        entity.refresh()
        await world.settle()
        assert entity.view.value.problem is not None
        assert len(shown(world)) == 2

    async def test_a_moving_object_is_watched_until_it_rests(self, world: World) -> None:
        (id,) = world.api.add(1, status="running")
        scope = world.session.scope("detail")
        entity = world.session.entity(Ref("things", id), scope)
        stop = entity.view.subscribe(lambda _view: None)
        await world.settle()
        assert world.session.activity.value.jobs == 1
        await world.clock.advance(25)
        assert world.api.count(GET) == 3
        stop()
        await world.clock.advance(100)
        assert world.api.count(GET) == 3
        entity.view.subscribe(lambda _view: None)
        world.session.entity(Ref("things", id), scope)
        world.api.things[id]["status"] = "done"
        await world.clock.advance(30)
        assert world.session.activity.value.jobs == 0
        calls = world.api.count(GET)
        await world.clock.advance(100)
        assert world.api.count(GET) == calls

    async def test_a_pinned_object_is_watched_unseen(self, world: World) -> None:
        (id,) = world.api.add(1, status="running")
        world.session.watch(Ref("things", id))
        await world.settle()
        await world.clock.advance(140)
        assert world.api.count(GET) == 3

    async def test_the_servers_hint_is_followed(self, world: World) -> None:
        (id,) = world.api.add(1, status="running")
        world.api.poll_after = 3.0
        entity = world.session.entity(Ref("things", id), world.session.scope("detail"))
        entity.view.subscribe(lambda _view: None)
        await world.settle()
        await world.clock.advance(21)
        assert world.api.count(GET) == 5

    async def test_what_nobody_holds_is_forgotten(self, world: World) -> None:
        entities = world.session.entities
        await listed(world, 2)
        record = world.api.things
        for number in range(5000):
            ref = Ref("things", f"thing_x{number}")
            entities.put(ref, world.session.entities.get(Ref("things", next(iter(record)))))
        held = sum(1 for _ in entities.each("things"))
        assert held < 2100
        assert shown(world) == ["thing 2", "thing 1"]


class TestContent:
    async def test_content_is_read_and_made_safe(self, world: World) -> None:
        (id,) = world.api.add(1)
        content = world.session.read_content(
            Ref("things", id), CONTENT, world.session.scope("preview")
        )
        assert content.view.value.phase is Phase.LOADING
        await world.settle()
        view = content.view.value
        assert view.phase is Phase.READY and view.text == f"content of {id}␛[31m"

    async def test_a_failure_can_be_retried(self, world: World) -> None:
        (id,) = world.api.add(1)
        world.api.fail(CONTENT, ProblemKind.FORBIDDEN)
        content = world.session.read_content(
            Ref("things", id), CONTENT, world.session.scope("preview")
        )
        await world.settle()
        assert content.view.value.phase is Phase.NEEDS_KEY
        content.retry()
        await world.settle()
        assert content.view.value.phase is Phase.READY

    async def test_a_download_survives_and_says_where_it_went(
        self, world: World, tmp_path: Path
    ) -> None:
        (id,) = world.api.add(1)
        act = world.session.download(Ref("things", id), CONTENT, tmp_path / "saved")
        view = await act.finished()
        assert view.phase is ActPhase.DONE and view.share == 0.5
        assert (tmp_path / "saved").read_bytes() == b"ab"
        assert "saved" in texts(world)[-1]

    async def test_a_failed_download_is_told(self, world: World, tmp_path: Path) -> None:
        (id,) = world.api.add(1)
        world.api.fail(CONTENT, ProblemKind.NETWORK)
        act = world.session.download(Ref("things", id), CONTENT, tmp_path / "saved")
        assert (await act.finished()).phase is ActPhase.FAILED
        assert "It failed" in texts(world)[-1]


class TestFinding:
    @pytest.mark.parametrize(
        ("text", "destination"),
        [
            ("things", Destination("things")),
            ("TH", Destination("things")),
            ("th red one", Destination("things", filter_text="red one")),
            ("thing_00001", Destination("things", "thing_00001")),
            ("th thing_00001", Destination("things", "thing_00001")),
            ("things.parts", None),
            ("part_1", Destination("things.parts", "part_1", ("thing_a",))),
            ("part_9", None),
            ("nothing", None),
            ("", None),
        ],
    )
    async def test_names_aliases_and_ids(
        self, world: World, text: str, destination: Destination | None
    ) -> None:
        world.api.parts["thing_a"] = [{"id": "part_1", "of": "thing_a"}]
        world.session.collection(
            CollectionKey("things.parts", ("thing_a",)), world.session.scope("parts")
        )
        await world.settle()
        assert world.session.resolve(text) == destination

    async def test_completes_names_then_objects(self, world: World) -> None:
        refs = await listed(world, 3)
        assert world.session.complete("th")[0] == Completion("things", "Things", "th")
        offers = [offer.text for offer in world.session.complete("thing_0000")]
        assert offers == [ref.id for ref in refs]
        assert [o.text for o in world.session.complete("thing 2")] == [refs[1].id]
        assert world.session.complete("zzz") == ()

    async def test_the_ledger_completes_and_locates_what_is_not_loaded(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "ledger.sqlite3"
        first = make_world(ledger=path)
        first.api.parts["thing_a"] = [{"id": "part_77", "of": "thing_a"}]
        first.session.collection(
            CollectionKey("things.parts", ("thing_a",)), first.session.scope("parts")
        )
        await first.settle()
        await first.session.close()
        second = make_world(ledger=path)
        assert second.session.resolve("part_77") is None
        place = Destination("things.parts", "part_77", ("thing_a",))
        assert await second.session.locate("part_77") == place
        assert second.session.complete("part_7") == ()
        await second.settle()
        assert second.session.completions.value == 1
        assert [offer.text for offer in second.session.complete("part_7")] == ["part_77"]
        assert second.session.resolve("part_77") == place
        await second.session.close()


class TestSession:
    async def test_curl_knows_the_path(self, world: World) -> None:
        assert world.session.curl(GET, ref=Ref("things", "a")) == "curl -X GET /things/a"
        assert world.session.curl(LIST, key=THINGS) == "curl -X GET /things"

    async def test_a_crash_in_a_job_becomes_a_notice(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken(*_args: object, **_more: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(world.api, "page", broken)
        collection = world.session.collection(THINGS, world.session.scope("screen"))
        await world.settle()
        assert collection.view.value.phase is Phase.FAILED
        assert "inside Cupola" in texts(world)[-1]

    async def test_a_wait_that_the_server_asks_for_is_shown(self, world: World) -> None:
        world.api.fail(LIST, ProblemKind.RATE_LIMITED, retry_after=9.0)
        world.session.collection(THINGS, world.session.scope("screen"))
        await asyncio.sleep(0)
        assert world.session.activity.value.loading == 1
        await world.settle()
        assert world.session.activity.value.wait == world.clock.now() + 9
        await world.clock.advance(10)
        assert world.session.activity.value.wait is None

    async def test_notices_are_dismissed_and_bounded(self, world: World) -> None:
        board = world.session.notice_board
        for number in range(150):
            board.tell(f"notice {number}")
        assert len(world.session.notices.value) == 100
        last = world.session.notices.value[-1]
        world.session.dismiss(last)
        world.session.dismiss(replace(last, id=9999))
        assert world.session.notices.value[-1].text == "notice 148"
        board.clear()
        assert world.session.notices.value == ()

    async def test_closing_leaves_nothing_running(self, world: World) -> None:
        ref, *_ = await listed(world)
        world.api.gate = asyncio.Event()
        world.session.act(RENAME, [ref], {"name": "new"})
        world.session.entity(ref, world.session.scope("detail")).refresh()
        await asyncio.sleep(0)
        await world.session.close()
        assert world.api.closed and not world.scheduler.busy
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert [task for task in others if not task.done()] == []


async def test_acts_are_told_by_the_names_of_their_objects(world: World) -> None:
    ref, *_ = await listed(world)
    world.api.fail(CREATE, ProblemKind.INVALID)
    await world.session.act(ADD, (), {"name": "made"}, on=THINGS).finished()
    assert texts(world)[-1] == f"{ADD.title}: It failed"
    await world.session.act(ADD, (), {"name": "made"}, on=THINGS).finished()
    assert texts(world)[-1] == f"thing made {ADD.done}"
    world.api.fail(CHANGE, ProblemKind.INVALID)
    edit = replace(RENAME, title="Edit attributes", done="saved")
    await world.session.act(edit, [ref], {"name": "new"}).finished()
    assert texts(world)[-1] == "Edit attributes of thing 3: It failed"
    await world.session.act(edit, [ref], {"name": "thing 3"}).finished()
    assert texts(world)[-1] == "attributes of thing 3 saved"


async def test_what_came_to_rest_unseen_is_no_longer_counted(world: World) -> None:
    (id,) = world.api.add(1, status="running")
    ref = Ref("things", id)
    scope = world.session.scope("page")
    world.session.entity(ref, scope)
    await world.settle()
    assert world.session.activity.value.jobs == 1
    scope.hidden = True
    world.api.things[id]["status"] = "done"
    # Another screen's list saw the end; the hidden page's own poller sleeps.
    world.session.collection(THINGS, world.session.scope("list"))
    await world.settle()
    assert world.session.activity.value.jobs == 0


async def test_what_a_closed_page_watched_is_no_longer_counted(world: World) -> None:
    (id,) = world.api.add(1, status="running")
    scope = world.session.scope("page")
    world.session.entity(Ref("things", id), scope)
    await world.settle()
    scope.close()
    await world.settle()
    assert world.session.activity.value.jobs == 0
