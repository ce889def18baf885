"""The state machine of an open thread, against a scripted server."""

from __future__ import annotations

import asyncio

from tests.store.thread_world import (
    THREAD,
    Stream,
    ThreadApi,
    ThreadWorld,
    delta,
    lost,
    message,
    opened,
    run,
    step,
    told,
    waiting,
    whole_run,
)
from tui.core.errors import Problem, ProblemKind
from tui.store.chat_turns import Role, TurnState
from tui.store.thread import OpenThread
from tui.store.thread_views import Doing, Link
from tui.store.views import Phase
from tui.worker.poller import Seen

RUN = {"assistant_id": "asst_1"}


async def test_opening_reads_messages_runs_and_the_newest_runs_steps() -> None:
    api = ThreadApi(
        messages=[message("msg_1", "hi", role="user"), message("msg_2", "Hello", run_id="run_1")],
        runs=[run(status="completed", usage={"prompt_tokens": 5, "completion_tokens": 3})],
        steps=[step("step_1", "completed")],
    )
    thread = OpenThread(THREAD, ThreadWorld(api))
    assert thread.view.value.phase is Phase.UNASKED
    world = ThreadWorld(api)
    thread = await opened(world)
    view = thread.view.value
    assert view.phase is Phase.READY and not view.locked and not view.refreshing
    assert [(turn.role, turn.text) for turn in view.turns] == [
        (Role.USER, "hi"),
        (Role.ASSISTANT, "Hello"),
    ]
    (usage,) = [turn.usage for turn in view.turns if turn.usage]
    assert usage.total == 8
    assert [one.id for one in view.runs[0].steps] == ["step_1"] and view.runs[0].steps_read
    assert {ref.resource for ref in world.seen} == {
        "threads",
        "threads.messages",
        "threads.runs",
        "threads.runs.steps",
    }
    assert view.link is Link.REST and not world.watch_.running


async def test_a_message_is_shown_at_once_and_once() -> None:
    world = ThreadWorld()
    thread = await opened(world)
    thread.draft.set("hi")
    assert thread.send(" \n") == "Nothing is written"
    assert thread.send("hi") == ""
    view = thread.view.value
    assert view.doing is Doing.SENDING and thread.draft.value == ""
    assert [turn.text for turn in view.turns] == ["hi"]
    assert "still being sent" in thread.send("more")
    await world.settle()
    view = thread.view.value
    assert view.doing is Doing.NOTHING
    assert [(turn.id, turn.text) for turn in view.turns] == [("msg_1", "hi")]
    assert world.made and world.made[0].id == "msg_1"


async def test_a_refused_message_comes_back_into_the_draft() -> None:
    api = ThreadApi(fails={"createMessage": Problem("No", kind=ProblemKind.INVALID)})
    world = ThreadWorld(api)
    thread = await opened(world)
    thread.send("precious")
    await world.settle()
    view = thread.view.value
    assert view.turns == () and view.problem is not None and view.problem.title == "No"
    assert thread.draft.value == "precious"


async def test_a_run_streams_to_its_end() -> None:
    world = ThreadWorld(ThreadApi(streams=[Stream(*whole_run("Hello"))]))
    thread = await opened(world)
    assert thread.run(RUN) == ""
    assert thread.view.value.doing is Doing.STARTING
    await world.settle()
    view = thread.view.value
    assert view.active is None and view.link is Link.REST and view.doing is Doing.NOTHING
    (turn,) = view.turns
    assert (turn.text, turn.state) == ("Hello", TurnState.WHOLE)
    assert [(one.status, one.steps[0].status) for one in view.runs] == [("completed", "completed")]
    assert world.moves == {"run_1": False}
    assert world.api.named("createRun") == [RUN]
    assert not view.cut


async def test_while_a_run_is_under_way_the_thread_is_locked_and_says_why() -> None:
    gate = asyncio.Event()
    events = whole_run("Hi")
    world = ThreadWorld(ThreadApi(streams=[Stream(*events[:8], gate, *events[8:])]))
    thread = await opened(world)
    thread.run(RUN)
    await world.settle()
    view = thread.view.value
    assert view.link is Link.STREAMING and world.moves == {"run_1": True}
    assert (view.turns[-1].text, view.turns[-1].state) == ("H", TurnState.OPEN)
    assert "until it ends" in thread.send("no") and "until it ends" in thread.run(RUN)
    assert world.api.named("createMessage") == []
    gate.set()
    await world.settle()
    assert thread.view.value.locked == ""


async def test_what_goes_along_with_a_run_is_read_back() -> None:
    world = ThreadWorld(ThreadApi(streams=[Stream(*whole_run("Hello"))]))
    world.api.messages = [message("msg_1", "go", role="user")]
    thread = OpenThread(THREAD, world)
    assert thread.run(RUN, text="go") == ""
    assert thread.view.value.turns[-1].text == "go"
    await world.settle()
    assert [turn.id for turn in thread.view.value.turns] == ["msg_1", "msg_2"]
    (body,) = world.api.named("createRun")
    assert body["additional_messages"] == [{"role": "user", "content": "go"}]
    assert thread.last_run == RUN


async def test_a_lost_stream_is_followed_by_looking() -> None:
    events = whole_run("Hello")
    world = ThreadWorld(ThreadApi(streams=[Stream(*events[:9], lost())]))
    thread = await opened(world)
    thread.run(RUN)
    world.api.runs = [run(status="in_progress")]
    world.api.messages = [message("msg_2", status="in_progress", run_id="run_1")]
    world.api.steps = [step("step_1")]
    await world.settle()
    view = thread.view.value
    assert view.cut and view.link is Link.POLLING and world.watch_.running
    assert view.turns[-1].text == "He", "what streamed in is kept"
    assert (await world.look()).seen is Seen.MOVING
    world.api.hint = 0.5
    assert (await world.look()).hint == 0.5
    world.api.runs = [run(status="completed")]
    world.api.messages = [message("msg_2", "Hello", run_id="run_1")]
    world.api.steps = [step("step_1", "completed")]
    assert (await world.look()).seen is Seen.TERMINAL
    view = thread.view.value
    assert view.turns[-1].text == "Hello" and view.turns[-1].state is TurnState.WHOLE
    assert view.active is None and not view.cut and view.link is Link.REST
    assert world.moves["run_1"] is False


async def test_a_run_that_may_have_begun_is_looked_up_and_not_sent_again() -> None:
    uncertain = Problem("The answer was lost", kind=ProblemKind.UNCERTAIN)
    world = ThreadWorld(ThreadApi(streams=[Stream(opening=uncertain)]))
    thread = await opened(world)
    world.api.runs = [run(status="in_progress")]
    thread.run(RUN)
    await world.settle()
    view = thread.view.value
    assert view.problem == uncertain and view.active is not None
    assert len(world.api.named("createRun")) == 1 and world.watch_.running


async def test_a_server_that_does_not_stream_runs_is_looked_at() -> None:
    refused = Problem("Unknown", kind=ProblemKind.INVALID, param="stream")
    world = ThreadWorld(ThreadApi(streams=[Stream(opening=refused)]))
    thread = await opened(world)
    thread.run(RUN)
    await world.settle()
    assert len(world.api.named("createRun")) == 2
    assert thread.view.value.link is Link.POLLING and thread.view.value.problem is None


async def test_all_outputs_go_in_one_request_and_the_run_streams_on() -> None:
    first = [told(run(), "thread.run.created"), told(waiting("weather", "clock"))]
    rest = whole_run("Sunny")[2:]
    world = ThreadWorld(ThreadApi(streams=[Stream(*first), Stream(*rest)]))
    thread = await opened(world)
    thread.run(RUN)
    await world.settle()
    view = thread.view.value
    assert view.required is not None and "tool outputs" in view.locked
    assert [call.name for call in view.turns[-1].calls] == ["weather", "clock"]
    assert world.watch_.running and world.moves["run_1"] is False
    assert "clock is missing" in thread.submit({"call_weather": "sun"})
    assert thread.submit({"call_weather": "sun", "call_clock": ""}) == ""
    assert thread.view.value.doing is Doing.SUBMITTING
    await world.settle()
    view = thread.view.value
    assert world.api.named("submitToolOuputsToRun") == [
        {
            "tool_outputs": [
                {"tool_call_id": "call_weather", "output": "sun"},
                {"tool_call_id": "call_clock", "output": ""},
            ]
        }
    ]
    assert view.turns[-1].text == "Sunny" and view.required is None
    assert thread.submit({}) == "No run waits for tool outputs"


async def test_a_waiting_run_is_looked_at_slowly_and_expires() -> None:
    world = ThreadWorld(ThreadApi(runs=[waiting("weather")]))
    thread = await opened(world)
    assert (await world.look()).seen is Seen.UNKNOWN
    world.api.runs = [run(status="expired", expires_at=1_795_000_600)]
    assert (await world.look()).seen is Seen.TERMINAL
    view = thread.view.value
    assert view.runs[0].status == "expired" and not view.locked
    assert view.runs[0].seconds(0.0) == 600


async def test_cancelling_is_asked_once_and_its_end_is_seen() -> None:
    world = ThreadWorld(ThreadApi(runs=[run(status="in_progress")]))
    thread = await opened(world)
    assert thread.cancel() == ""
    assert thread.cancel() == "The run is being cancelled already"
    await world.settle()
    assert thread.view.value.runs[0].status == "cancelling"
    assert thread.cancel() == "The run is being cancelled already"
    world.api.runs = [run(status="cancelled")]
    await world.look()
    assert thread.cancel() == "No run is under way"


async def test_a_new_thread_gets_its_id_from_its_first_run() -> None:
    made = {"id": "thread_9", "object": "thread", "metadata": {}}
    stream = Stream(told({**made, "status": "created"}), *whole_run("Hi"))
    world = ThreadWorld(ThreadApi(streams=[stream]))
    thread = OpenThread("", world)
    learned: list[str] = []
    thread.on_made = learned.append
    assert "not made yet" in thread.send("x")
    body = {**RUN, "thread": {"messages": [{"role": "user", "content": "first"}]}}
    assert thread.create_and_run(body) == ""
    assert thread.view.value.turns[-1].text == "first"
    assert thread.create_and_run(body) == "This thread is made already"
    world.api.messages = [message("msg_1", "first", role="user")]
    await world.settle()
    assert thread.id == "thread_9" and learned == ["thread_9"]
    assert [turn.text for turn in thread.view.value.turns] == ["first", "Hi"]
    assert thread.last_run == RUN


async def test_older_messages_are_paged_and_stay_in_order() -> None:
    many = [message(f"msg_{number:02}", str(number)) for number in range(25)]
    world = ThreadWorld(ThreadApi(messages=many, size=10))
    thread = await opened(world)
    assert len(thread.view.value.turns) == 10 and thread.view.value.older
    thread.need_older()
    thread.need_older()
    await world.settle()
    thread.need_older()
    await world.settle()
    assert [turn.text for turn in thread.view.value.turns] == [str(number) for number in range(25)]
    assert not thread.view.value.older
    world.api.messages.append(message("msg_new", "new"))
    world.api.messages.remove(many[20])
    thread.refresh()
    await world.settle()
    texts = [turn.text for turn in thread.view.value.turns]
    assert texts[-1] == "new" and "20" not in texts and texts[0] == "0" and len(texts) == 25


async def test_failures_of_reading_have_their_states() -> None:
    absent = Problem("Gone", kind=ProblemKind.ABSENT)
    world = ThreadWorld(ThreadApi(fails={"getThread": absent}))
    thread = await opened(world)
    assert thread.view.value.phase is Phase.ABSENT and thread.view.value.problem == absent
    world.api.fails = {}
    thread.refresh()
    await world.settle()
    assert thread.view.value.phase is Phase.READY and thread.view.value.problem is None
    offline = Problem("No network", kind=ProblemKind.NETWORK)
    world.api.fails = {"listMessages": offline}
    thread.refresh()
    await world.settle()
    assert thread.view.value.phase is Phase.READY and thread.view.value.stale == offline


async def test_a_message_deleted_elsewhere_goes_and_does_not_come_back() -> None:
    world = ThreadWorld(ThreadApi(messages=[message("msg_1", "a"), message("msg_2", "b")]))
    thread = await opened(world)
    thread.heard("threads.messages", "msg_1", None)
    thread.refresh()
    await world.settle()
    assert [turn.text for turn in thread.view.value.turns] == ["b"]
    thread.heard("threads", THREAD, None)
    await world.settle()
    assert thread.view.value.problem is not None
    assert thread.view.value.problem.kind is ProblemKind.NOT_FOUND


async def test_a_read_only_profile_sends_nothing() -> None:
    world = ThreadWorld(ThreadApi(runs=[waiting("weather")]), read_only=True)
    thread = await opened(world)
    before = len(world.api.sent)
    for reason in (
        thread.send("x"),
        thread.run(RUN),
        thread.cancel(),
        thread.submit({"call_weather": ""}),
        OpenThread("", world).create_and_run(RUN),
    ):
        assert "read-only" in reason
    assert len(world.api.sent) == before


async def test_a_run_that_another_began_is_followed_too() -> None:
    world = ThreadWorld(ThreadApi(runs=[run(status="in_progress")]))
    thread = await opened(world)
    assert thread.view.value.link is Link.POLLING and world.moves["run_1"]
    thread.seen(1)
    assert world.watch_.shown
    thread.seen(-1)
    assert not world.watch_.shown and thread.in_use


async def test_late_pieces_and_older_states_change_nothing_that_ended() -> None:
    events = [*whole_run("Hello"), delta("msg_2", "!!"), told(run(status="in_progress"))]
    world = ThreadWorld(ThreadApi(streams=[Stream(*events)]))
    thread = await opened(world)
    thread.run(RUN)
    await world.settle()
    view = thread.view.value
    assert view.turns[-1].text == "Hello" and view.active is None
