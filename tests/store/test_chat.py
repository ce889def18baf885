"""The state machine of a live chat, against a scripted server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.chat_world import USAGE, Script, World, chunk, cut
from tui.core.errors import Problem, ProblemKind
from tui.store.chat import CONTINUE, QUIET_AFTER, Chat
from tui.store.chat_open import Chats
from tui.store.chat_parameters import ChatParameters, likely_model
from tui.store.chat_turns import Role, TurnState
from tui.store.chat_views import ChatPhase, ChatView

MODEL = ChatParameters(model="cupola-echo")


def chat_of(world: World, **changes: Any) -> Chat:
    return Chat("c", world, parameters=MODEL.changed(changes))


def whole(*texts: str, **last: Any) -> Script:
    return Script(
        chunk("", role="assistant"),
        *(chunk(text) for text in texts),
        chunk(finish=last.pop("finish", "stop")),
        chunk(choices=False, usage=USAGE),
    )


def last(chat: Chat) -> Any:
    return chat.view.value.turns[-1]


async def test_an_answer_streams_to_its_end_and_is_kept_by_the_server() -> None:
    world = World(whole("Hel", "lo"))
    chat = chat_of(world)
    chat.draft.set("hi")
    assert chat.send("hi")
    assert chat.view.value.phase is ChatPhase.SENDING
    assert chat.draft.value == ""
    await world.settle()
    view = chat.view.value
    assert view.phase is ChatPhase.IDLE
    assert [(turn.role, turn.text) for turn in view.turns] == [
        (Role.USER, "hi"),
        (Role.ASSISTANT, "Hello"),
    ]
    reply = view.turns[-1]
    assert (reply.state, reply.finish_reason, reply.stored) == (TurnState.WHOLE, "stop", True)
    assert (reply.usage.total, reply.usage.completion, reply.usage.cached) == (15, 5, 4)
    assert not reply.usage.estimated and view.spent == reply.usage
    (made,) = world.completions
    assert made["id"] == "chatcmpl-1" and made["choices"][0]["message"]["content"] == "Hello"
    (body,) = world.bodies
    assert body["store"] is True and body["stream_options"] == {"include_usage": True}
    assert body["messages"] == [{"role": "user", "content": "hi"}]


async def test_empty_text_and_a_busy_chat_send_nothing() -> None:
    gate = asyncio.Event()
    world = World(Script(chunk("a"), gate, chunk(finish="stop")))
    chat = chat_of(world)
    assert not chat.send("  \n ")
    chat.send("one")
    assert not chat.send("two")
    await world.settle()
    assert not chat.retry() and not chat.continue_reply()
    gate.set()
    await world.settle()
    assert len(world.bodies) == 1


async def test_stopping_keeps_the_text_closes_the_stream_and_says_so() -> None:
    never = asyncio.Event()
    script = Script(chunk("so f"), chunk("ar"), never, chunk("too late"))
    world = World(script)
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    assert chat.view.value.phase is ChatPhase.STREAMING
    before = world.clock.monotonic()
    chat.stop()
    assert last(chat).state is TurnState.STOPPED
    await world.settle()
    assert world.clock.monotonic() - before < 0.2
    assert chat.view.value.phase is ChatPhase.IDLE and script.closed
    assert last(chat).text == "so far" and last(chat).usage.estimated
    assert world.completions == []
    assert chat.view.value.can_continue


async def test_stopping_before_the_first_word_leaves_the_question() -> None:
    class Waiting(Script):
        async def __aenter__(self) -> Script:
            await self.stopped.wait()
            return self

    world = World(Waiting())
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    chat.stop()
    await world.settle()
    view = chat.view.value
    assert view.phase is ChatPhase.IDLE and [turn.role for turn in view.turns] == [Role.USER]
    assert view.can_retry


async def test_late_pieces_of_a_stopped_answer_are_dropped() -> None:
    gate = asyncio.Event()

    class Deaf(Script):
        async def stop(self) -> None:
            await gate.wait()

    world = World(Deaf(chunk("old"), gate, chunk(" late")), whole("new"))
    chat = chat_of(world)
    chat.send("one")
    await world.settle()
    chat.stop()
    assert chat.send("two")
    await world.settle()
    gate.set()
    await world.settle()
    assert [turn.text for turn in chat.view.value.turns] == ["one", "old", "two", "new"]
    assert chat.view.value.phase is ChatPhase.IDLE


@pytest.mark.parametrize(
    "end",
    [
        pytest.param([cut()], id="reset"),
        pytest.param(['{"half":'], id="broken-json"),
        pytest.param([{"error": {"message": "overloaded", "type": "server_error"}}], id="error"),
    ],
)
async def test_a_cut_answer_is_kept_marked_and_not_asked_again(end: list[Any]) -> None:
    world = World(Script(chunk("half an "), chunk("answer"), *end))
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    view = chat.view.value
    assert view.phase is ChatPhase.INTERRUPTED and view.problem is not None
    assert (last(chat).text, last(chat).state) == ("half an answer", TurnState.INTERRUPTED)
    assert last(chat).problem is view.problem
    assert len(world.bodies) == 1 and world.completions == []
    assert view.can_retry and view.can_continue


async def test_a_stream_that_just_ends_is_no_success() -> None:
    world = World(Script(chunk("half"), done=False))
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    assert chat.view.value.phase is ChatPhase.INTERRUPTED


async def test_a_lost_farewell_is_no_failure() -> None:
    world = World(Script(chunk("all of it"), chunk(finish="stop"), cut(), done=False))
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    assert chat.view.value.phase is ChatPhase.IDLE
    assert last(chat).state is TurnState.WHOLE and last(chat).usage.estimated


async def test_a_refused_request_keeps_the_question_and_can_be_repeated() -> None:
    problem = Problem("No key", kind=ProblemKind.UNAUTHORIZED, request_id="req_1")
    world = World(Script(opening=problem), whole("yes"))
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    view = chat.view.value
    assert view.phase is ChatPhase.FAILED and view.problem is problem
    assert [turn.role for turn in view.turns] == [Role.USER]
    assert chat.retry()
    await world.settle()
    assert [turn.text for turn in chat.view.value.turns] == ["go", "yes"]
    assert chat.view.value.problem is None


async def test_a_lost_reply_is_not_asked_for_again_by_itself() -> None:
    lost = Problem("It may have happened", kind=ProblemKind.UNCERTAIN)
    world = World(Script(opening=lost), whole("never asked"))
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    await world.clock.advance(600)
    assert len(world.bodies) == 1 and chat.view.value.phase is ChatPhase.FAILED


async def test_regenerating_drops_the_answer_and_counts_both() -> None:
    world = World(whole("first"), whole("second"))
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    chat.retry()
    await world.settle()
    assert [turn.text for turn in chat.view.value.turns] == ["go", "second"]
    assert chat.view.value.spent.total == 30
    assert world.bodies[0]["messages"] == world.bodies[1]["messages"]


async def test_going_on_after_the_length_limit_is_visible() -> None:
    world = World(whole("part one", finish="length"), whole("part two"))
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    assert chat.continue_reply()
    await world.settle()
    texts = [turn.text for turn in chat.view.value.turns]
    assert texts == ["go", "part one", CONTINUE, "part two"]
    assert not chat.view.value.can_continue


async def test_saying_something_else_drops_what_followed() -> None:
    world = World(whole("a"), whole("b"), whole("c"))
    chat = chat_of(world)
    chat.send("one")
    await world.settle()
    chat.send("two")
    await world.settle()
    first, reply = chat.view.value.turns[:2]
    assert not chat.resend(reply.id, "not mine") and not chat.resend("?", "unknown")
    assert chat.resend(first.id, "three")
    await world.settle()
    assert [turn.text for turn in chat.view.value.turns] == ["three", "c"]


async def test_tool_calls_are_put_together_and_answered_by_hand() -> None:
    def piece(index: int, **function: str) -> dict[str, Any]:
        return {"index": index, "function": function}

    calls = Script(
        chunk(tool_calls=[{"index": 0, "id": "a", "function": {"name": "sum", "arguments": ""}}]),
        chunk(tool_calls=[piece(0, arguments='{"x":')]),
        chunk(tool_calls=[piece(0, arguments="1}"), {"index": 1, "id": "b", "function": {}}]),
        chunk(tool_calls=[piece(1, name="time", arguments="{}")]),
        chunk(finish="tool_calls"),
    )
    world = World(calls, whole("It is 2."))
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    reply = last(chat)
    assert [(call.id, call.name, call.arguments) for call in reply.calls] == [
        ("a", "sum", '{"x":1}'),
        ("b", "time", "{}"),
    ]
    assert chat.view.value.awaiting == reply.calls[0]
    chat.send("2")
    assert len(world.bodies) == 1 and chat.view.value.awaiting == reply.calls[1]
    chat.send("noon")
    await world.settle()
    sent = world.bodies[1]["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "tool", "tool"]
    assert [message.get("tool_call_id") for message in sent[2:]] == ["a", "b"]
    assert sent[1]["content"] is None and len(sent[1]["tool_calls"]) == 2
    assert last(chat).text == "It is 2." and chat.view.value.awaiting is None


async def test_a_call_that_was_cut_is_not_sent_back() -> None:
    half = [{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x'}}]
    world = World(Script(chunk("I call"), chunk(tool_calls=half), cut()), whole("ok"))
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    assert chat.view.value.awaiting is None
    chat.send("what happened?")
    await world.settle()
    assert world.bodies[1]["messages"][1] == {"role": "assistant", "content": "I call"}


async def test_refusals_reasoning_other_choices_and_odd_chunks() -> None:
    world = World(
        Script(
            {"id": "", "choices": [], "created": 0, "model": ""},
            chunk(reasoning_content="hm"),
            chunk("not this", index=1),
            chunk(refusal="I can"),
            chunk(refusal="not."),
            {"choices": [{"delta": None, "finish_reason": "stop"}], "obfuscation": "xx"},
            {"choices": [None, 3]},
            {"choices": None, "usage": {"total_tokens": None}},
        )
    )
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    reply = last(chat)
    assert (reply.refusal, reply.reasoning, reply.text) == ("I cannot.", "hm", "")
    assert reply.state is TurnState.WHOLE and reply.usage.estimated


async def test_fields_that_a_server_does_not_know_are_left_out() -> None:
    unknown = Problem(
        "Bad request",
        detail="Extra inputs are not permitted: stream_options",
        kind=ProblemKind.INVALID,
        status=422,
    )
    store = Problem("Bad request", param="store", kind=ProblemKind.INVALID, status=400)
    world = World(Script(opening=unknown), Script(opening=store), whole("hi"), whole("again"))
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    assert last(chat).text == "hi" and not last(chat).stored
    assert "store" in chat.view.value.note and not chat.view.value.parameters.store
    chat.send("more")
    await world.settle()
    assert not {"store", "stream_options"} & set(world.bodies[3])


async def test_other_bad_requests_are_shown_and_not_repeated() -> None:
    bad = Problem("Bad request", detail="temperature", kind=ProblemKind.INVALID, status=400)
    world = World(Script(opening=bad))
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    assert chat.view.value.problem is bad and len(world.bodies) == 1


async def test_what_cannot_be_sent_is_said_before_it_is() -> None:
    world = World()
    chat = chat_of(world, temperature=9)
    chat.send("go")
    view = chat.view.value
    assert view.phase is ChatPhase.FAILED and view.problem is not None
    assert "temperature" in view.problem.detail


async def test_silence_is_said_after_half_a_minute() -> None:
    gate = asyncio.Event()
    world = World(Script(chunk("a"), gate, chunk("b"), chunk(finish="stop")))
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    await world.clock.advance(QUIET_AFTER - 1)
    assert not chat.view.value.quiet
    await world.clock.advance(2)
    assert chat.view.value.quiet
    gate.set()
    await world.settle()
    assert not chat.view.value.quiet and chat.view.value.phase is ChatPhase.IDLE
    assert world.clock.sleepers == 0


async def test_times_and_rates_are_measured() -> None:
    first, second = asyncio.Event(), asyncio.Event()
    world = World(
        Script(first, chunk("a"), second, chunk("b", finish="stop"), chunk(None, usage=USAGE))
    )
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    await world.clock.advance(0.5)
    first.set()
    await world.settle()
    assert last(chat).first_token == pytest.approx(0.5) and last(chat).rate is None
    await world.clock.advance(2)
    second.set()
    await world.settle()
    assert last(chat).rate == pytest.approx(2.5)


async def test_many_pieces_of_one_read_are_one_view() -> None:
    world = World(whole(*["x"] * 500))
    chat = chat_of(world)
    seen: list[ChatView] = []
    chat.view.subscribe(seen.append)
    chat.send("go")
    await world.settle()
    assert last(chat).text == "x" * 500
    assert len(seen) < 10


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(st.text(), max_size=12), st.integers(0, 12))
async def test_the_text_is_what_came_wherever_it_is_cut(pieces: list[str], at: int) -> None:
    world = World(Script(*(chunk(piece) for piece in pieces[:at]), cut()))
    chat = chat_of(world)
    chat.send("go")
    await world.settle()
    text = "".join(pieces[:at])
    if text:
        assert last(chat).text == text and last(chat).state is TurnState.INTERRUPTED
    else:
        assert chat.view.value.phase is ChatPhase.FAILED


async def test_open_chats_are_listed_forked_and_remember_their_ways() -> None:
    world = World(whole("Hello"))
    chats = Chats(world)
    chat = chats.new(models=("text-embedding-3-small", "gpt-x"))
    assert chat.view.value.parameters.model == "gpt-x"
    chat.set_parameters({"temperature": 0.7, "instructions": "Be brief.", "metadata": {"a": "b"}})
    chat.send("What is a cupola?")
    await world.settle()
    assert world.bodies[0]["messages"][0] == {"role": "system", "content": "Be brief."}
    assert world.bodies[0]["metadata"] == {"a": "b"}
    assert chats.open.value[0].title == "What is a cupola?"
    assert chats.history == ("What is a cupola?",)
    question = chat.view.value.turns[1]
    fork = chats.fork(chat, question.id)
    assert [turn.text for turn in fork.view.value.turns] == ["Be brief.", "What is a cupola?"]
    fresh = chats.new().view.value.parameters
    assert (fresh.model, fresh.temperature, fresh.instructions) == ("gpt-x", 0.7, "")
    assert [summary.id for summary in chats.open.value] == ["chat-3", "chat-2", "chat-1"]
    chats.close("chat-2")
    assert chats.get("chat-2") is None and chats.latest is not None and chats.streaming == 0


def test_a_model_to_begin_with() -> None:
    assert likely_model(()) == ""
    assert likely_model(("cupola-embed", "cupola-echo")) == "cupola-echo"
    assert likely_model(("a", "b"), "b") == "b"
    assert likely_model(("tts-1", "my-model")) == "my-model"
    assert likely_model(("whisper-1",)) == "whisper-1"


async def test_an_answer_that_no_server_keeps_is_not_called_stored() -> None:
    world = World(whole("Hello"), whole("Hello"))
    world.kept = False
    chat = chat_of(world)
    chat.send("hi")
    await world.settle()
    assert world.checked == ["chatcmpl-1"] and world.completions == []
    view = chat.view.value
    assert not last(chat).stored and not view.parameters.store
    assert "does not keep chats" in view.note
    chat.send("and again")
    await world.settle()
    assert "store" not in world.bodies[1] or world.bodies[1]["store"] is False
    assert len(world.checked) == 1


async def test_while_it_is_open_whether_an_answer_was_kept_nothing_is_claimed() -> None:
    world = World(whole("Hello"))
    world.kept = None
    chat = chat_of(world)
    chat.send("hi")
    await world.settle()
    assert not last(chat).stored and world.completions == [] and chat.view.value.parameters.store


async def test_a_new_chat_on_a_server_that_keeps_none_does_not_ask_for_it() -> None:
    world = World()
    world.kept = False
    chats = Chats(world)
    assert not chats.keeps and not chats.new().view.value.parameters.store
