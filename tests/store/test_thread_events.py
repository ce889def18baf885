"""Stream events in any order, cut and repeated: what was listed at the end is the truth."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.thread_world import Event, delta, message, run, step, told, whole_run
from tui.store.chat_turns import TurnState
from tui.store.thread_content import files_of, turn_of_message
from tui.store.thread_runs import run_of, step_of
from tui.store.thread_shown import Shown
from tui.store.thread_state import ThreadState, grown, woven

TRUTH = [message("msg_1", "hi", role="user"), message("msg_2", "Hello", run_id="run_1")]


def shown(state: ThreadState) -> Shown:
    return Shown(state, str)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_order_of_events_ends_in_the_truth(data: st.DataObject) -> None:
    events = whole_run("Hello")
    played = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events)))))
    played = played[: data.draw(st.integers(0, len(played)))]
    state = ThreadState()
    for event in played:
        state.apply(event.event, event.payload)
        shown(state).turns()
        shown(state).runs()
    state.take_messages(list(reversed(TRUTH)), whole=True)
    state.take_runs([run(status="completed")], whole=True)
    state.take_steps("run_1", [step("step_1", "completed")])
    turns = shown(state).turns()
    assert [(turn.text, turn.state) for turn in turns] == [
        ("hi", TurnState.WHOLE),
        ("Hello", TurnState.WHOLE),
    ]
    (only,) = shown(state).runs()
    assert not only.active and [one.status for one in only.steps] == ["completed"]


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 18))
def test_a_prefix_of_the_events_never_shows_more_than_was_said(cut: int) -> None:
    state = ThreadState()
    for event in whole_run("Hello")[:cut]:
        state.apply(event.event, event.payload)
    for turn in shown(state).turns():
        assert "Hello".startswith(turn.text)


KEYS = [
    "id",
    "object",
    "content",
    "delta",
    "index",
    "text",
    "value",
    "annotations",
    "type",
    "step_details",
    "tool_calls",
    "function",
    "status",
    "run_id",
    "required_action",
    "attachments",
    "file_citation",
    "file_id",
    "start_index",
    "metadata",
    "role",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None)
@given(
    events=st.lists(
        st.tuples(
            st.sampled_from(["thread.message.delta", "thread.run.step.delta", "x", ""]),
            JSON,
            st.sampled_from(["thread", "thread.message", "thread.run", "thread.run.step", ""]),
        ),
        max_size=6,
    )
)
def test_nonsense_never_fails(events: list[tuple[str, Any, str]]) -> None:
    state = ThreadState()
    for name, payload, kind in events:
        if isinstance(payload, dict) and kind:
            payload = {"id": "x", **payload, "object": kind}
        state.apply(name, payload)
    shown(state).turns()
    shown(state).runs()


def test_deltas_may_come_before_what_they_belong_to() -> None:
    state = ThreadState()
    state.apply(*_pair(delta("msg_2", "Hel")))
    state.apply(*_pair(told(message("msg_2", status="in_progress"), "thread.message.created")))
    state.apply(*_pair(delta("msg_2", "lo")))
    (turn,) = shown(state).turns()
    assert turn.text == "Hello" and turn.state is TurnState.INTERRUPTED
    state.apply(*_pair(told(run(status="in_progress"))))
    (turn,) = shown(state).turns()
    assert turn.state is TurnState.OPEN


def test_the_steps_calls_grow_by_their_index() -> None:
    state = ThreadState()
    state.apply(*_pair(told(run(status="in_progress"))))
    for call in (
        {"index": 0, "id": "call_1", "type": "function", "function": {"name": "get", "a": None}},
        {"index": 0, "type": "function", "function": {"arguments": '{"x"'}},
        {"index": 10**9, "type": "code_interpreter", "code_interpreter": {"input": "1+"}},
        {"index": 0, "type": "function", "function": {"arguments": ":1}"}},
        {"index": 10**9, "type": "code_interpreter", "code_interpreter": {"input": "1"}},
    ):
        details = {"type": "tool_calls", "tool_calls": [call]}
        payload = {"id": "step_1", "object": "thread.run.step.delta"}
        state.apply("thread.run.step.delta", {**payload, "delta": {"step_details": details}})
    (step_view,) = shown(state).runs()[0].steps
    first, second = step_view.calls
    assert (first.name, first.given, first.gave) == ("get", '{"x":1}', None)
    assert (second.kind, second.given) == ("code_interpreter", "1+1")


def test_citations_are_numbered_by_file_and_called_by_name() -> None:
    text = "Thirty days【4:0†a】 and more【4:1†b】, see【4:0†a】."
    marks = [("【4:0†a】", "file_a"), ("【4:1†b】", "file_b"), ("【4:0†a】", "file_a")]
    annotations = []
    at = 0
    for mark, file_id in marks:
        at = text.index(mark, at)
        annotations.append(
            {
                "type": "file_citation",
                "text": mark,
                "start_index": at,
                "end_index": at + len(mark),
                "file_citation": {"file_id": file_id},
            }
        )
        at += 1
    raw = {
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [
            {"type": "text", "text": {"value": text, "annotations": annotations}},
            {"type": "image_file", "image_file": {"file_id": "file_c"}},
        ],
        "attachments": [
            {"file_id": "file_d", "tools": [{"type": "file_search"}, {"type": "code_interpreter"}]}
        ],
    }
    turn = turn_of_message(raw, lambda id: f"{id}.md")
    assert turn.text == "Thirty days[1] and more[2], see[1]."
    assert [(part.kind, part.detail) for part in turn.parts] == [
        ("image", "file_c.md"),
        ("1", "file_a.md"),
        ("2", "file_b.md"),
        ("attached", "file_d.md · for file search, code interpreter"),
    ]
    assert files_of(raw) == {"file_a", "file_b", "file_c", "file_d"}


def test_incomplete_messages_say_why() -> None:
    raw = message("msg_1", "so f", status="incomplete", incomplete_details={"reason": "max_tokens"})
    assert turn_of_message(raw, str).finish_reason == "length"
    raw["incomplete_details"] = {"reason": "run_cancelled"}
    assert turn_of_message(raw, str).finish_reason == "incomplete: run cancelled"
    raw["incomplete_details"] = None
    assert turn_of_message(raw, str).finish_reason == "incomplete"


def test_runs_and_steps_are_read_whatever_is_missing() -> None:
    empty = run_of({})
    assert (empty.id, empty.status, empty.required, empty.seconds(1.0)) == ("", "", (), None)
    failed = run_of(
        run(status="failed", last_error={"code": "rate_limit_exceeded", "message": "slow down"})
    )
    assert failed.error == "rate_limit_exceeded: slow down" and not failed.active
    strange = run_of(run(status="pondering"))
    assert strange.active and not strange.locks
    searched = step_of(
        step(
            "s",
            "completed",
            step_details={
                "type": "tool_calls",
                "tool_calls": [
                    {
                        "id": "c",
                        "type": "file_search",
                        "file_search": {
                            "results": [
                                {"file_id": "f", "score": "0.5", "content": [{"text": "t"}]}
                            ]
                        },
                    },
                    {"id": "d", "type": "browser", "browser": {"url": "x"}},
                    None,
                ],
            },
        ),
        lambda id: f"{id}.md",
    )
    (found,) = searched.calls[0].found
    assert (found.name, found.score, found.text) == ("f.md", 0.5, "t")
    assert searched.calls[1].given == '{"url": "x"}'


def test_woven_orders() -> None:
    assert woven([], ["a"], born=(), whole=True) == (["a"], False)
    assert woven(["a", "b", "c"], ["b", "d"], born=(), whole=False) == (["a", "b", "d"], False)
    assert woven(["a", "b", "c"], ["b", "d"], born={"c"}, whole=False)[0] == ["a", "b", "d", "c"]
    assert woven(["a", "b"], ["x", "y"], born=(), whole=False) == (["x", "y"], True)
    assert woven(["a", "b"], ["b"], born=(), whole=True) == (["b"], False)


def test_grown_values() -> None:
    assert grown("a", "b") == "ab" and grown(1, 2) == 2 and grown("a", None) == "a"
    assert grown({"name": "x", "t": "a"}, {"name": "x", "t": "b"}) == {"name": "x", "t": "ab"}
    assert grown(None, [{"index": 0, "t": "a"}]) == [{"index": 0, "t": "a"}]
    assert grown("text", ["list"]) == ["list"]


def _pair(event: Event) -> tuple[str, Any]:
    return event.event, event.payload
