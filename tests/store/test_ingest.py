"""Uploads as a state machine: order, limits, failures, lost answers, cancelling, going on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.store.ingest_world import World, problem
from tui.core.errors import ProblemError, ProblemKind
from tui.store.ingest_plan import PlanRequest, Verdict
from tui.store.ingest_views import IngestPhase, IngestView
from tui.store.views import Ref


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    yield made
    await made.stop()


async def begin(world: World, docs: Path, *, store: str | None = None, **options: object) -> str:
    request = PlanRequest(sources=(str(docs),), vector_store=store, **options)  # type: ignore[arg-type]
    return await world.ingest.start(await world.ingest.plan(request))


def states(view: IngestView) -> list[str]:
    return [str(item.state) for item in view.items]


async def test_files_go_up_three_at_a_time(world: World) -> None:
    docs = world.write(*(f"{n}.md" for n in range(7)))
    for n in range(7):
        world.api.gates[f"{n}.md"] = asyncio.Event()
    id = await begin(world, docs)
    await world.settle()
    view = world.ingest.view(id).value
    assert states(view).count("uploading") == 3
    assert states(view).count("waiting") == 4
    assert 0 < view.sent_bytes < view.total_bytes
    assert world.ingest.busy
    assert world.ingest.activity.value.files == 7
    for gate in world.api.gates.values():
        gate.set()
    await world.settle()
    view = world.ingest.view(id).value
    assert view.phase is IngestPhase.DONE
    assert states(view) == ["done"] * 7
    assert world.api.most_at_once == 3
    assert view.share == 1.0
    assert world.ingest.activity.value.files == 0
    assert ("files",) in world.stale
    assert len(world.api.files) == 7


async def test_two_uploads_share_the_places(world: World) -> None:
    docs = world.write("a/1.md", "a/2.md", "b/3.md", "b/4.md")
    for n in range(1, 5):
        world.api.gates[f"{n}.md"] = asyncio.Event()
    one = await begin(world, docs / "a")
    two = await begin(world, docs / "b")
    await world.settle()
    views = [world.ingest.view(id).value for id in (one, two)]
    assert [states(view).count("uploading") for view in views] == [2, 1]
    assert [view.id for view in world.ingest.views.value] == [two, one]
    for gate in world.api.gates.values():
        gate.set()
    await world.settle()


async def test_a_folder_goes_into_a_store_by_one_batch(world: World) -> None:
    docs = world.write(*(f"{n}.md" for n in range(5)))
    world.api.index_fails["3.md"] = ("unsupported_file", "The file\x1b[2J is empty.")
    id = await begin(world, docs, store="vs_1", attributes={"lang": "en"})
    await world.settle()
    assert states(world.ingest.view(id).value) == ["indexing"] * 5
    await world.settle(4)
    view = world.ingest.view(id).value
    assert view.phase is IngestPhase.DONE
    assert states(view) == ["done", "done", "done", "failed", "done"]
    failure = view.items[3].problem
    assert failure is not None
    assert failure.code == "unsupported_file"
    assert failure.detail == "The file␛[2J is empty."
    assert not failure.retryable
    assert world.api.calls["createVectorStoreFileBatch"] == 1
    assert world.api.calls["createVectorStoreFile"] == 0
    assert all(e["attributes"] == {"lang": "en"} for e in world.api.stores["vs_1"].values())
    assert "vector_stores.files" in world.stale[-1]


async def test_own_attributes_are_attached_file_by_file(world: World) -> None:
    docs = world.write("a.md", "sub/b.md")
    id = await begin(world, docs, store="vs_1", path_attribute=True)
    await world.settle(4)
    assert states(world.ingest.view(id).value) == ["done", "done"]
    assert world.api.calls["createVectorStoreFileBatch"] == 0
    paths = sorted(e["attributes"]["path"] for e in world.api.stores["vs_1"].values())
    assert paths == ["a.md", "sub/b.md"]


async def test_a_server_without_batches_gets_files_one_by_one(world: World) -> None:
    docs = world.write(*(f"{n}.md" for n in range(5)))
    world.api.fails["createVectorStoreFileBatch"] = [problem(ProblemKind.ABSENT)]
    id = await begin(world, docs, store="vs_1")
    await world.settle(4)
    assert states(world.ingest.view(id).value) == ["done"] * 5
    assert world.api.calls["createVectorStoreFile"] == 5


@pytest.mark.parametrize("files", [2, 6])
async def test_a_lost_answer_to_a_batch_attaches_nothing_twice(world: World, files: int) -> None:
    docs = world.write(*(f"{n}.md" for n in range(files)))
    world.api.loses["batch"] = "after"
    id = await begin(world, docs, store="vs_1")
    await world.settle(4)
    assert states(world.ingest.view(id).value) == ["done"] * files
    assert len(world.api.stores["vs_1"]) == files
    assert world.api.calls["createVectorStoreFile"] == 0


async def test_a_lost_answer_to_an_upload_that_arrived_makes_one_file(world: World) -> None:
    docs = world.write("a.md", "b.md")
    world.api.loses["a.md"] = "after"
    id = await begin(world, docs)
    await world.settle()
    view = world.ingest.view(id).value
    assert states(view) == ["done", "done"]
    assert view.items[0].note == "arrived, though the answer was lost"
    assert len(world.api.named("a.md")) == 1


async def test_an_older_file_of_that_name_is_not_taken_for_the_lost_one(world: World) -> None:
    docs = world.write("a.md")
    size = (docs / "a.md").stat().st_size
    old = world.api.seed("a.md", size)
    world.api.loses["a.md"] = "before"
    plan = await world.ingest.plan([str(docs / "a.md")])
    assert plan.items[0].verdict is Verdict.ON_SERVER
    id = await world.ingest.start(plan.toggled(0))
    await world.settle(8)
    assert states(world.ingest.view(id).value) == ["failed"]
    assert world.api.named("a.md") == [old]


async def test_a_lost_upload_that_did_not_arrive_is_offered_again(world: World) -> None:
    docs = world.write("a.md")
    world.api.loses["a.md"] = "before"
    id = await begin(world, docs)
    await world.settle()
    assert states(world.ingest.view(id).value) == ["checking"]
    await world.settle(8)
    view = world.ingest.view(id).value
    assert states(view) == ["failed"]
    assert view.items[0].problem is not None
    assert view.items[0].problem.retryable
    assert world.api.calls["upload"] == 1
    assert world.ingest.retry(id) == 1
    await world.settle()
    assert states(world.ingest.view(id).value) == ["done"]
    assert len(world.api.named("a.md")) == 1


async def test_an_unanswered_question_is_asked_again_before_sending(world: World) -> None:
    docs = world.write("a.md")
    id = await begin(world, docs / "a.md")
    world.api.loses["a.md"] = "after"
    world.api.fails["listFiles"] = [problem(ProblemKind.NETWORK)]
    await world.settle()
    view = world.ingest.view(id).value
    assert view.items[0].problem is not None
    assert view.items[0].problem.kind is ProblemKind.UNCERTAIN
    world.ingest.retry(id)
    await world.settle()
    assert states(world.ingest.view(id).value) == ["done"]
    assert world.api.calls["upload"] == 1
    assert len(world.api.named("a.md")) == 1


async def test_a_failure_touches_one_file_and_can_be_retried(world: World) -> None:
    docs = world.write("a.md", "b.md", "c.md")
    world.api.fails["upload:b.md"] = [problem(ProblemKind.SERVER, "Broken", retryable=True)]
    id = await begin(world, docs)
    await world.settle()
    view = world.ingest.view(id).value
    assert states(view) == ["done", "failed", "done"]
    assert view.phase is IngestPhase.DONE
    assert world.ingest.retry(id) == 1
    await world.settle()
    assert states(world.ingest.view(id).value) == ["done"] * 3
    assert world.api.calls["upload"] == 4


async def test_failed_indexing_is_retried_without_sending_again(world: World) -> None:
    docs = world.write("a.md", "b.md")
    world.api.index_fails["b.md"] = ("server_error", "An internal error")
    id = await begin(world, docs, store="vs_1")
    await world.settle(4)
    assert states(world.ingest.view(id).value) == ["done", "failed"]
    world.api.index_fails.clear()
    assert world.ingest.retry(id) == 1
    await world.settle(4)
    assert states(world.ingest.view(id).value) == ["done", "done"]
    assert world.api.calls["upload"] == 2
    assert world.api.calls["deleteVectorStoreFile"] == 1


async def test_one_file_is_cancelled_in_the_queue_and_on_the_way(world: World) -> None:
    docs = world.write(*(f"{n}.md" for n in range(5)))
    for n in range(5):
        world.api.gates[f"{n}.md"] = asyncio.Event()
    id = await begin(world, docs)
    await world.settle()
    world.ingest.cancel(id, [4])
    world.ingest.cancel(id, [0])
    await world.settle()
    view = world.ingest.view(id).value
    assert states(view) == ["cancelled", "uploading", "uploading", "uploading", "cancelled"]
    for gate in world.api.gates.values():
        gate.set()
    await world.settle()
    view = world.ingest.view(id).value
    assert states(view) == ["cancelled", "done", "done", "done", "cancelled"]
    assert len(world.api.files) == 3
    assert view.total_bytes == view.sent_bytes
    assert world.ingest.retry(id, [0]) == 1
    await world.settle()
    assert len(world.api.files) == 4


async def test_everything_is_cancelled(world: World) -> None:
    docs = world.write(*(f"{n}.md" for n in range(5)))
    for n in range(5):
        world.api.gates[f"{n}.md"] = asyncio.Event()
    id = await begin(world, docs, store="vs_1")
    await world.settle()
    world.ingest.cancel(id)
    await world.settle()
    view = world.ingest.view(id).value
    assert view.phase is IngestPhase.DONE
    assert states(view) == ["cancelled"] * 5
    assert world.api.files == {}
    assert not world.ingest.busy


async def test_cancelling_the_indexing_of_all_cancels_the_batch(world: World) -> None:
    docs = world.write("a.md", "b.md")
    world.api.index_after = 1e9
    id = await begin(world, docs, store="vs_1")
    await world.settle(2)
    world.ingest.cancel(id)
    await world.settle(3)
    view = world.ingest.view(id).value
    assert states(view) == ["cancelled", "cancelled"]
    assert world.api.calls["cancelVectorStoreFileBatch"] == 1
    assert view.phase is IngestPhase.DONE


async def test_cancelling_the_indexing_of_one_takes_it_out_of_the_store(world: World) -> None:
    docs = world.write("a.md", "b.md")
    world.api.index_after = 5
    id = await begin(world, docs, store="vs_1")
    await world.settle(2)
    world.ingest.cancel(id, [0])
    await world.settle(6)
    view = world.ingest.view(id).value
    assert states(view) == ["cancelled", "done"]
    assert view.items[0].note == "uploaded, taken out of the store"
    assert list(world.api.stores["vs_1"]) == world.api.named("b.md")


async def test_watching_survives_a_bad_minute(world: World) -> None:
    docs = world.write("a.md", "b.md")
    world.api.fails["getVectorStoreFileBatch"] = [
        problem(ProblemKind.NETWORK),
        problem(ProblemKind.SERVER),
    ]
    id = await begin(world, docs, store="vs_1")
    await world.settle(2)
    assert "looking again" in world.ingest.view(id).value.waits
    await world.settle(20)
    assert states(world.ingest.view(id).value) == ["done", "done"]


async def test_a_batch_that_is_gone_is_no_end(world: World) -> None:
    docs = world.write("a.md", "b.md")
    world.api.fails["getVectorStoreFileBatch"] = [problem(ProblemKind.NOT_FOUND)]
    id = await begin(world, docs, store="vs_1")
    await world.settle(5)
    assert states(world.ingest.view(id).value) == ["done", "done"]


async def test_indexing_that_never_moves_is_given_up_with_words(world: World) -> None:
    docs = world.write("a.md")
    world.api.index_after = 1e9
    id = await begin(world, docs, store="vs_1")
    await world.settle(60)
    for _ in range(30):
        await world.clock.advance(120)
        await world.settle()
    view = world.ingest.view(id).value
    assert states(view) == ["failed"]
    assert view.items[0].problem is not None
    assert view.items[0].problem.kind is ProblemKind.TIMEOUT


async def test_a_changed_file_is_not_sent_as_something_else(world: World) -> None:
    docs = world.write("a.md", "b.md")
    plan = await world.ingest.plan([str(docs)])
    (docs / "a.md").write_text("another text")
    (docs / "b.md").unlink()
    id = await world.ingest.start(plan)
    await world.settle()
    view = world.ingest.view(id).value
    assert states(view) == ["failed", "failed"]
    assert world.api.files == {}
    assert [i.problem.title for i in view.items if i.problem] == [
        "The file changed since the plan was made",
        "The file cannot be read",
    ]


async def test_the_plan_knows_what_the_store_has(world: World) -> None:
    docs = world.write("a.md", "b.md", "c.md")
    id = await begin(world, docs / "a.md", store="vs_1")
    await world.settle(3)
    assert states(world.ingest.view(id).value) == ["done"]
    world.api.seed("b.md", (docs / "b.md").stat().st_size)
    plan = await world.ingest.plan([str(docs)], vector_store="vs_1")
    assert [item.verdict for item in plan.items] == [
        Verdict.ATTACHED,
        Verdict.REUSE,
        Verdict.UPLOAD,
    ]
    second = await world.ingest.start(plan)
    await world.settle(4)
    assert states(world.ingest.view(second).value) == ["done", "done"]
    assert world.api.calls["upload"] == 2
    assert len(world.api.stores["vs_1"]) == 3


async def test_a_renamed_file_is_known_from_the_journal(world: World) -> None:
    docs = world.write("a.md")
    await begin(world, docs)
    await world.settle()
    (docs / "a.md").rename(docs / "b.md")
    plan = await world.ingest.plan([str(docs)])
    assert plan.items[0].verdict is Verdict.ON_SERVER
    assert plan.items[0].reason == "the server has it already, as a.md"


async def test_a_plan_goes_on_when_the_server_does_not_list(world: World) -> None:
    docs = world.write("a.md")
    world.api.fails["listFiles"] = [problem(ProblemKind.SERVER, "Down")]
    plan = await world.ingest.plan([str(docs)])
    assert plan.notes == ("not compared with the server: Down",)
    with pytest.raises(ProblemError):
        await world.ingest.plan([str(docs)], vector_store="vs_nowhere")


async def test_nothing_chosen_is_nothing_started(world: World) -> None:
    docs = world.write("a.md")
    plan = await world.ingest.plan([str(docs)])
    with pytest.raises(ProblemError) as caught:
        await world.ingest.start(plan.toggled(0))
    assert caught.value.problem.kind is ProblemKind.BLOCKED
    assert world.ingest.views.value == ()


@pytest.mark.parametrize("killed_after", range(0, 12))
async def test_a_killed_program_goes_on_and_sends_nothing_twice(
    tmp_path: Path, killed_after: int
) -> None:
    """The driver is dropped after any number of its steps; a new program resumes (D3)."""
    world = World(tmp_path)
    docs = world.write(*(f"{n}.md" for n in range(6)))
    world.api.gates["4.md"] = asyncio.Event()
    id = await begin(world, docs, store="vs_1")
    for _ in range(killed_after):
        await asyncio.sleep(0.001)
    world.api.gates["4.md"].set()
    await world.stop()
    world.start()
    try:
        left = await world.ingest.load_interrupted()
        if left:
            view = world.ingest.views.value[0]
            assert (view.id, view.phase) == (id, IngestPhase.INTERRUPTED)
            assert await world.ingest.resume(id)
            await world.settle(15)
            view = world.ingest.view(id).value
            assert states(view) == ["done"] * 6, [i.problem for i in view.items]
        assert len(world.api.stores["vs_1"]) == 6
        for n in range(6):
            assert len(world.api.named(f"{n}.md")) == 1
        assert await world.ingest.load_interrupted() == 0
    finally:
        await world.stop()


async def test_an_upload_of_a_program_that_runs_cannot_be_resumed(world: World) -> None:
    docs = world.write("a.md")
    world.api.gates["a.md"] = asyncio.Event()
    id = await begin(world, docs)
    await world.settle()
    other = World(world.folder)
    assert await other.ingest.load_interrupted() == 0
    await other.stop()
    world.api.gates["a.md"].set()
    await world.settle()
    assert states(world.ingest.view(id).value) == ["done"]


async def test_what_is_over_can_be_forgotten(world: World) -> None:
    docs = world.write("a.md")
    id = await begin(world, docs)
    await world.settle()
    await world.ingest.forget(id)
    assert world.ingest.views.value == ()
    with pytest.raises(KeyError):
        world.ingest.view(id)


async def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    world = World(tmp_path, journal=False)
    docs = world.write("a.md")
    id = await begin(world, docs)
    await world.settle()
    assert states(world.ingest.view(id).value) == ["done"]
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]
    await world.stop()


async def test_cancelled_files_can_be_sent_after_all(world: World) -> None:
    docs = world.write(*(f"{n}.md" for n in range(3)))
    world.api.gates = {f"{n}.md": asyncio.Event() for n in range(3)}
    id = await world.ingest.start(await world.ingest.plan([str(docs)]))
    await world.settle()
    world.ingest.cancel(id)
    await world.settle()
    view = world.ingest.view(id).value
    assert states(view) == ["cancelled"] * 3 and view.share == 0.0
    for gate in world.api.gates.values():
        gate.set()
    assert world.ingest.retry(id) == 3
    await world.settle()
    view = world.ingest.view(id).value
    assert states(view) == ["done"] * 3 and view.share == 1.0
    assert len(world.api.files) == 3


async def test_a_batch_that_an_upload_made_is_told_of(world: World) -> None:
    docs = world.write("a.md", "b.md")
    plan = await world.ingest.plan([str(docs)], vector_store="vs_1")
    await world.ingest.start(plan)
    await world.settle(10)
    assert world.made == [Ref("vector_stores.file_batches", "vsfb_1", ("vs_1",))]


async def test_what_failed_is_listed_after_a_restart_and_can_be_tried_again(world: World) -> None:
    docs = world.write("a.md", "b.md")
    world.api.fails["upload:a.md"] = [problem(ProblemKind.FORBIDDEN)] * 4
    id = await world.ingest.start(await world.ingest.plan([str(docs)]))
    await world.settle(10)
    assert states(world.ingest.view(id).value) == ["failed", "done"]
    await world.stop()

    world.api.fails.clear()
    world.start()
    assert await world.ingest.load_interrupted() == 0, "it ended: nothing was interrupted"
    (view,) = world.ingest.views.value
    assert view.phase is IngestPhase.DONE and states(view) == ["failed", "done"]
    assert world.ingest.left(id)
    assert await world.ingest.resume(id)
    await world.settle(10)
    assert states(world.ingest.view(id).value) == ["done", "done"]
    assert len(world.api.named("a.md")) == len(world.api.named("b.md")) == 1
    await world.stop()

    world.start()
    assert await world.ingest.load_interrupted() == 0 and world.ingest.views.value == ()


async def test_a_failed_upload_that_was_taken_from_the_list_stays_away(world: World) -> None:
    docs = world.write("a.md")
    world.api.fails["upload:a.md"] = [problem(ProblemKind.FORBIDDEN)] * 4
    id = await world.ingest.start(await world.ingest.plan([str(docs)]))
    await world.settle(10)
    await world.ingest.forget(id)
    await world.stop()
    world.start()
    await world.ingest.load_interrupted()
    assert world.ingest.views.value == ()
