"""A thread as a page: on a scripted server, then on the real sandbox, by keys alone."""

from __future__ import annotations

import asyncio
from typing import Any

from textual.pilot import Pilot

from tests.store.thread_world import (
    THREAD,
    Stream,
    ThreadApi,
    delta,
    lost,
    message,
    run,
    step,
    told,
    waiting,
    whole_run,
)
from tests.ui.chat_app import PageApp, page_app, session_over, settle
from tests.ui.conftest import MakeHouse
from tests.ui.widgets.host import drawn
from tui.catalog.registry import Catalog
from tui.core.errors import Problem, ProblemKind
from tui.core.safe_text import harmless
from tui.sandbox.thread import RunningSandbox
from tui.store.session import Session
from tui.store.thread_views import Link
from tui.store.views import CollectionKey, Ref
from tui.ui.navigation import CopyText, FlowRequest, Go, GoBack, Route
from tui.ui.screens.thread import ThreadPage
from tui.ui.widgets.key_bar import KeyBar

WIDE, NARROW = (120, 36), (80, 24)
ASSISTANTS = [
    {"id": "asst_1", "object": "assistant", "name": "Harbour desk", "model": "cupola-echo"},
    {"id": "asst_2", "object": "assistant", "name": "Night watch", "model": "gpt-x"},
]
HOSTILE = "\x1b]52;c;AAAA\x07[/x][@click=app.quit]go[/]\x9b31m‮"
TALK = [message("msg_1", "hi", role="user"), message("msg_2", "Hello", run_id="run_1")]


def api(**more: Any) -> ThreadApi:
    return ThreadApi(assistants=list(ASSISTANTS), **more)


def page_of(session: Session) -> ThreadPage:
    return ThreadPage(session, Route("thread", "threads", THREAD))


def text_of(page: Any) -> str:
    page.transcript._draw_waiting()
    return "\n".join(drawn(page.transcript))


def keys_of(page: Any) -> str:
    return "\n".join(drawn(page.query_one(KeyBar)))


async def shown(app: PageApp, pilot: Pilot[None], *, streams: bool = True) -> Any:
    await settle(app, pilot, streams=streams)
    page: Any = app.screen
    page.transcript._draw_waiting()
    await pilot.pause()
    return page


async def test_a_thread_is_read_with_its_runs_beside_it() -> None:
    server = api(
        messages=TALK,
        runs=[run(status="completed", started_at=1_795_000_000, completed_at=1_795_000_003)],
        steps=[step("step_1", "completed", completed_at=1_795_000_002)],
    )
    async with page_app(session_over(server), page_of, WIDE) as (app, pilot):
        page = await shown(app, pilot)
        assert "You     hi" in text_of(page) and "Reply   Hello" in text_of(page)
        tree = "\n".join(drawn(page.run_tree))
        assert "● completed" in tree and "3.0 s" in tree and "● message" in tree
        assert "Harbour desk" in drawn(page.top_bar)[0]
        assert page.transcript.has_focus
        detail = "\n".join(drawn(page.detail))
        assert "Harbour desk" in detail and "run_1" in detail
        keys = keys_of(page)
        assert "run" in keys and "outputs" not in keys and "stop" not in keys


async def test_a_message_is_written_and_a_run_started_from_the_menu() -> None:
    gate = asyncio.Event()
    events = whole_run("Hello")
    server = api(streams=[Stream(*events[:9], gate, *events[9:])])
    async with page_app(session_over(server), page_of, WIDE) as (app, pilot):
        page = await shown(app, pilot)
        assert "Nothing was said yet" in "\n".join(drawn(page.nothing))
        await pilot.press("i", *"hixo", "enter")
        page = await shown(app, pilot)
        assert server.named("createMessage") == [{"role": "user", "content": "hixo"}]
        assert "You     hixo" in text_of(page) and page.composer.text == ""
        await pilot.press("ctrl+r")
        await settle(app, pilot)
        await pilot.press(*"night", "enter")
        page = await shown(app, pilot, streams=False)
        assert server.named("createRun") == [{"assistant_id": "asst_2"}]
        assert "Reply   He" in text_of(page)
        assert "in progress" in drawn(page.state_line)[0]
        assert "stop" in keys_of(page)
        await pilot.press(*"no", "enter")
        assert server.named("createMessage") == [{"role": "user", "content": "hixo"}]
        assert page.composer.text == "no", "what is refused stays written"
        gate.set()
        page = await shown(app, pilot)
        assert "Reply   Hello" in text_of(page) and drawn(page.state_line)[0].strip("─ ") == ""


async def test_what_is_written_goes_along_with_a_run() -> None:
    server = api(messages=TALK[:1], runs=[], streams=[Stream(*whole_run("Fine"))])
    async with page_app(session_over(server), page_of, WIDE) as (app, pilot):
        page = await shown(app, pilot)
        await pilot.press("i", *"and")
        await pilot.press("ctrl+r")
        await settle(app, pilot)
        await pilot.press("enter")
        page = await shown(app, pilot)
        (body,) = server.named("createRun")
        assert body["assistant_id"] == "asst_2"
        assert body["additional_messages"] == [{"role": "user", "content": "and"}]
        assert page.composer.text == ""
        await pilot.press("ctrl+r")
        await settle(app, pilot)
        menu = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "Night watch, as last time" in menu and "Other settings" in menu


async def test_a_waiting_run_is_noticed_and_answered_with_one_form() -> None:
    server = api(
        messages=TALK[:1],
        runs=[waiting("get_weather", "get_tide")],
        streams=[Stream(*whole_run("Calm")[2:])],
    )
    async with page_app(session_over(server), page_of, WIDE) as (app, pilot):
        page = await shown(app, pilot)
        notice = str(page.waits.content)
        assert page.waits.display and "waits for 2 tool outputs: get_weather, get_tide" in notice
        assert "→ get_weather" in text_of(page)
        assert "outputs" in keys_of(page).split("stop")[0]
        await pilot.press("o")
        await settle(app, pilot)
        await pilot.press(*"calm", "ctrl+s")
        await settle(app, pilot)
        assert server.named("submitToolOuputsToRun") == [], "each call wants an output"
        await pilot.press(*"low", "ctrl+s")
        page = await shown(app, pilot)
        assert server.named("submitToolOuputsToRun") == [
            {
                "tool_outputs": [
                    {"tool_call_id": "call_get_weather", "output": "calm"},
                    {"tool_call_id": "call_get_tide", "output": "low"},
                ]
            }
        ]
        assert not page.waits.display and "Reply   Calm" in text_of(page)


async def test_a_run_is_cancelled_after_a_question() -> None:
    server = api(messages=TALK[:1], runs=[run(status="in_progress")])
    async with page_app(session_over(server), page_of, WIDE) as (app, pilot):
        await shown(app, pilot)
        await pilot.press("x")
        await settle(app, pilot)
        await pilot.press("left", "enter")
        page = await shown(app, pilot)
        if not server.named("cancelRun"):
            await pilot.press("x")
            await settle(app, pilot)
            await pilot.press("right", "enter")
            page = await shown(app, pilot)
        assert len(server.named("cancelRun")) == 1
        assert "cancelling" in "\n".join(drawn(page.run_tree))


async def test_a_lost_stream_says_that_the_run_is_looked_at() -> None:
    server = api(streams=[Stream(*whole_run("Hello")[:9], lost())], messages=TALK[:1])
    async with page_app(session_over(server), page_of, WIDE) as (app, pilot):
        page = await shown(app, pilot)
        page.thread.run({"assistant_id": "asst_1"})
        server.runs = [run(status="in_progress")]
        server.messages = [TALK[0], message("msg_2", status="in_progress", run_id="run_1")]
        page = await shown(app, pilot)
        assert page.view.link is Link.POLLING
        assert "the stream was lost" in drawn(page.state_line)[0]
        assert "Reply   He" in text_of(page)
        server.runs = [run(status="completed")]
        server.messages = TALK
        await app.session.clock.advance(1.2)  # type: ignore[attr-defined]
        page = await shown(app, pilot)
        assert "Reply   Hello" in text_of(page) and page.view.active is None


async def test_failures_absence_and_bad_ends_have_their_words() -> None:
    gone = Problem(
        "openai no longer has Assistants",
        hint="OpenAI removed the Assistants API on 26 Aug 2026.",
        kind=ProblemKind.ABSENT,
    )
    server = api(fails={"getThread": gone})
    async with page_app(session_over(server), page_of, NARROW) as (app, pilot):
        page = await shown(app, pilot)
        said = "\n".join(drawn(page.nothing))
        assert "no longer has Assistants" in said and "26 Aug 2026" in said
        server.fails = {}
        server.runs = [run(status="failed", last_error={"code": "server_error", "message": "No"})]
        server.messages = TALK[:1]
        await pilot.press("r")
        page = await shown(app, pilot)
        assert page.problem.display and "The last run failed: server_error: No" in str(
            page.problem.content
        )
        server.fails = {"listRuns": Problem("No network", kind=ProblemKind.NETWORK)}
        await pilot.press("r")
        page = await shown(app, pilot)
        assert "may be old: No network" in drawn(page.state_line)[0]
        assert "You     hi" in text_of(page), "what is shown stays"


async def test_panes_at_eighty_cells_and_raw_json() -> None:
    server = api(messages=TALK, runs=[run(status="completed")], steps=[step("step_1", "completed")])
    async with page_app(session_over(server), page_of, NARROW) as (app, pilot):
        page = await shown(app, pilot)
        assert page.run_tree.region.height == 0
        await pilot.press("d")
        page = await shown(app, pilot)
        assert page.run_tree.region.height > 0 and page.run_tree.has_focus
        await pilot.press("down", "enter")
        await shown(app, pilot)
        assert page.detail.has_focus
        await pilot.press("escape")
        page = await shown(app, pilot)
        assert page.run_tree.region.height == 0 and page.transcript.has_focus
        await pilot.press("home", "y")
        page = await shown(app, pilot)
        assert page.raw.has_focus and '"msg_1"' in "\n".join(drawn(page.raw))
        await pilot.press("escape")
        page = await shown(app, pilot)
        await pilot.press("c", "C", "M", "escape")
        await shown(app, pilot)
        copied = [message.text for message in app.heard(CopyText)]
        assert copied == [THREAD, "curl /threads/{thread_id}"]
        (gone,) = app.heard(Go)
        assert gone.route == Route("browser", "threads.messages", parents=(THREAD,))
        assert app.heard(GoBack)


async def test_files_are_called_by_their_names() -> None:
    mark = {
        "type": "file_citation",
        "text": "【1】",
        "start_index": 4,
        "end_index": 7,
        "file_citation": {"file_id": "file-a"},
    }
    cited = message("msg_2", run_id="run_1")
    cited["content"] = [{"type": "text", "text": {"value": "Yes.【1】", "annotations": [mark]}}]
    asked = message("msg_1", "hi", role="user")
    asked["attachments"] = [{"file_id": "file-b", "tools": [{"type": "file_search"}]}]
    server = api(messages=[asked, cited], files={"file-a": "rules.md", "file-b": "map.pdf"})
    async with page_app(session_over(server), page_of, WIDE) as (app, pilot):
        page = await shown(app, pilot)
        page = await shown(app, pilot)
        text = text_of(page)
        assert "Yes.[1]" in text and "[1] rules.md" in text
        assert "[attached] map.pdf · for file search" in text


async def test_texts_that_would_steer_a_terminal_do_not() -> None:
    call = {"id": "c", "type": "function", "function": {"name": HOSTILE, "arguments": HOSTILE}}
    action = {"type": "x", "submit_tool_outputs": {"tool_calls": [call]}}
    details = {"type": "tool_calls", "tool_calls": [call]}
    server = api(
        messages=[message("msg_1", HOSTILE * 3, role=HOSTILE)],
        runs=[
            run("run_0", "failed", last_error={"code": HOSTILE, "message": HOSTILE}),
            run(status="requires_action", required_action=action, model=HOSTILE),
        ],
        steps=[step("s", HOSTILE, type="tool_calls", step_details=details)],
    )
    server.assistants[0] = {**ASSISTANTS[0], "name": HOSTILE}
    async with page_app(session_over(server), page_of, WIDE) as (app, pilot):
        page = await shown(app, pilot)
        await pilot.press("o")
        await settle(app, pilot)
        strips = app.screen._compositor.render_strips()
        assert all(harmless(strip.text) for strip in strips)
        await pilot.press("escape")
        await pilot.press("d", "d", "down")
        page = await shown(app, pilot)
        page.run_tree.focus()
        await pilot.press("down", "down", "y")
        await shown(app, pilot)
        strips = app.screen._compositor.render_strips()
        assert all(harmless(strip.text) for strip in strips)


async def test_older_messages_come_in_above_without_moving_what_is_read() -> None:
    many = [message(f"msg_{number:03}", f"line {number}") for number in range(60)]
    server = api(messages=many, size=20)
    async with page_app(session_over(server), page_of, NARROW) as (app, pilot):
        page = await shown(app, pilot)
        assert "line 59" in text_of(page) and page.view.older
        await pilot.press("g")
        for _ in range(4):
            page = await shown(app, pilot)
        assert "line 40" in text_of(page).splitlines()[0] or "line 40" in text_of(page)
        assert not page.view.older or len(page.view.turns) > 20


async def test_a_new_thread_is_made_and_run_in_one() -> None:
    made = {"id": "thread_9", "object": "thread", "metadata": {}, "status": "created"}
    server = api(streams=[Stream(told(made), *whole_run("Ahoy"))])
    action = Catalog()["assistants"].action("assistants.try")
    asked = FlowRequest(action, CollectionKey("assistants"), (Ref("assistants", "asst_1"),))
    async with page_app(session_over(server), lambda s: ThreadPage(s, asked), WIDE) as (app, pilot):
        page = await shown(app, pilot)
        assert "A new thread" in "\n".join(drawn(page.nothing)) and page.composer.has_focus
        assert "Harbour desk answers." in "\n".join(drawn(page.nothing))
        server.messages = [message("msg_1", "hi", role="user")]
        await pilot.press(*"hi", "enter")
        page = await shown(app, pilot)
        (body,) = server.named("createThreadAndRun")
        assert body == {
            "assistant_id": "asst_1",
            "thread": {"messages": [{"role": "user", "content": "hi"}]},
        }
        assert page.thread.id == "thread_9" and "Reply   Ahoy" in text_of(page)
        assert app.session.threads.get("thread_9") is page.thread


async def test_a_run_goes_on_when_its_screen_is_left(
    own_demo: RunningSandbox, make_house: MakeHouse
) -> None:
    """The whole program on the sandbox: run, leave, come back, and it is still moving."""
    house = make_house(own_demo, target="threads")
    async with house.app.run_test(size=WIDE) as pilot:
        await house.settle(pilot)
        await pilot.press("slash", *"Nothing", "enter", "enter")
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, ThreadPage)
        await pilot.press("i", *"Where", "enter")
        await house.settle(pilot)
        assert [turn.text for turn in page.view.turns] == ["Where"]
        await pilot.press("ctrl+r")
        await house.settle(pilot)
        await pilot.press(*"Moorbook", "enter")
        await house.settle(pilot, idle=False)
        await house.session.idle(streams=False)
        thread = page.thread
        await pilot.press("escape", "escape")
        await house.settle(pilot, idle=False)
        assert house.app.screen is not page
        for _ in range(6):
            await own_demo.advanced(0.4)
            await house.session.idle(streams=False)
        assert thread.view.value.runs, "the run is known though nobody looks"
        await pilot.press("enter")
        await house.settle(pilot, idle=False)
        again = house.app.screen
        assert isinstance(again, ThreadPage) and again.thread is thread
        await own_demo.advanced(60)
        await house.settle(pilot)
        assert thread.view.value.active is None
        assert thread.view.value.turns[-1].text and len(thread.view.value.turns) == 2
        assert thread.view.value.link is Link.REST
    await house.close()


async def test_outputs_are_given_to_the_sandbox(
    own_demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(own_demo, target="threads")
    async with house.app.run_test(size=WIDE) as pilot:
        await house.settle(pilot)
        await pilot.press("enter")
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, ThreadPage) and page.view.required is not None
        before = len(page.view.turns)
        await pilot.press("o")
        await house.settle(pilot)
        await pilot.press(*"yes", "down", *"calm", "ctrl+s")
        await house.settle(pilot, idle=False)
        await house.session.idle(streams=False)
        await own_demo.advanced(120)
        await house.settle(pilot)
        assert page.view.required is None and page.view.active is None
        assert page.view.runs[0].status == "completed" and len(page.view.turns) >= before
    await house.close()


def test_deltas_are_told_by_their_names() -> None:
    assert delta("msg_2", "x").event == "thread.message.delta"
