"""The chat and the stored completion as pages: on a scripted client, then on the real sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from textual.pilot import Pilot

from tests.store.chat_world import USAGE, Script, chunk, cut
from tests.ui.chat_app import PageApp, ScriptedClient, page_app, session_over, settle
from tests.ui.widgets.host import drawn
from tui.api.client import Client
from tui.api.endpoint import Endpoint
from tui.catalog.descriptor import Action, Target
from tui.core.clock import SystemClock
from tui.core.errors import Problem, ProblemKind
from tui.core.log import RequestLog
from tui.core.safe_text import harmless
from tui.core.settings import ServerKind
from tui.sandbox.thread import RunningSandbox, running_sandbox
from tui.store.chat_turns import Role, TurnState
from tui.store.chat_views import ChatPhase
from tui.store.views import CollectionKey, Ref
from tui.ui.chat_choices import NEW
from tui.ui.navigation import CopyText, FlowRequest, GoBack, Route, StartFlow
from tui.ui.screens.chat import ChatPage, route_of
from tui.ui.screens.completion import CompletionPage
from tui.ui.widgets.key_bar import KeyBar

MODELS = {"data": [{"id": "text-embedding-3-small"}, {"id": "cupola-echo"}, {"id": "gpt-x"}]}
HOSTILE = "\x1b]52;c;AAAA\x07[/x][@click=app.quit]go[/]\x9b31m‮"


def answer(*texts: str, finish: str = "stop") -> Script:
    return Script(*map(chunk, texts), chunk(finish=finish), chunk(choices=False, usage=USAGE))


def chat(session: Any) -> ChatPage:
    return ChatPage(session, Route("chat"))


def text_of(page: Any) -> str:
    return "\n".join(drawn(page.transcript))


async def say(pilot: Pilot[None], app: PageApp, text: str, *, streams: bool = True) -> None:
    page: Any = app.screen
    page.composer.show_text(text)
    await pilot.press("enter")
    await settle(app, pilot, streams=streams)
    page.transcript._draw_waiting()
    await pilot.pause()


async def test_a_chat_is_written_sent_and_read() -> None:
    client = ScriptedClient(listModels=MODELS, listChatCompletions={"data": []})
    client.scripts = [answer("**Hel", "lo**")]
    async with page_app(session_over(client), chat) as (app, pilot):
        page: Any = app.screen
        assert page.chat.view.value.parameters.model == "cupola-echo"
        await pilot.press(*"msp", "ctrl+j", "y")
        assert page.chat.draft.value == "msp\ny"
        await say(pilot, app, "hi")
        assert "You     hi" in text_of(page) and "Reply   Hello" in text_of(page)
        assert "10 → 5 tok" in text_of(page) and "stored" in text_of(page)
        bar = drawn(page.top_bar)[0]
        assert "cupola-echo · store on · 15 tok" in bar
        made = page.session.entities.get(Ref("chat.completions", "chatcmpl-1"))
        assert made is not None and made.get("choices.0.message.content") == "**Hello**"


async def test_escape_stops_then_leads_to_the_messages_then_back() -> None:
    client = ScriptedClient(listModels=MODELS)
    client.scripts = [Script(chunk("so far"), asyncio.Event())]
    async with page_app(session_over(client), chat) as (app, pilot):
        page: Any = app.screen
        await say(pilot, app, "go", streams=False)
        assert "so far▍" in text_of(page) and "esc stops" in drawn(page.state_line)[0]
        await pilot.press("escape")
        await settle(app, pilot)
        assert page.chat.view.value.turns[-1].state is TurnState.STOPPED
        assert page.composer.has_focus
        await pilot.press("escape")
        assert page.transcript.has_focus
        await pilot.press("escape")
        assert len(app.heard(GoBack)) == 1


async def test_an_empty_chat_says_what_it_is_and_leaves_by_escape() -> None:
    client = ScriptedClient(listModels=MODELS)
    async with page_app(session_over(client), chat, (80, 24)) as (app, pilot):
        page: Any = app.screen
        said = "\n".join(drawn(page.nothing))
        assert "A new chat with cupola-echo" in said and "keeps the completions" in said
        await pilot.press("ctrl+s")
        await settle(app, pilot)
        assert "Nothing of this chat is kept" in "\n".join(drawn(page.nothing))
        await pilot.press("escape")
        await pilot.pause()
        assert len(app.heard(GoBack)) == 1


async def test_the_model_and_the_parameters_are_chosen() -> None:
    client = ScriptedClient(listModels=MODELS)
    async with page_app(session_over(client), chat, (80, 24)) as (app, pilot):
        page: Any = app.screen
        await pilot.press("ctrl+o")
        await settle(app, pilot)
        await pilot.press(*"gpt", "enter")
        await settle(app, pilot)
        assert page.chat.view.value.parameters.model == "gpt-x" and page.composer.has_focus
        await pilot.press("ctrl+r")
        await settle(app, pilot)
        assert app.screen is not page
        await pilot.press("escape")
        await settle(app, pilot)
        assert app.screen is page


async def test_letters_act_outside_of_the_composer_alone() -> None:
    client = ScriptedClient(listModels=MODELS)
    client.scripts = [answer("one"), answer("two")]
    async with page_app(session_over(client), chat) as (app, pilot):
        page: Any = app.screen
        await say(pilot, app, "go")
        await pilot.press("s", "r")
        assert page.composer.text == "sr" and page.chat.view.value.parameters.store
        keys = drawn(page.query_one(KeyBar))[0]
        assert "⏎ send" in keys and "^o model" in keys and " m model" not in keys
        await pilot.press("escape", "s", "r")
        await settle(app, pilot)
        assert not page.chat.view.value.parameters.store
        assert [turn.text for turn in page.chat.view.value.turns] == ["go", "two"]
        keys = drawn(page.query_one(KeyBar))[0]
        assert "m model" in keys and "^o" not in keys
        await pilot.press("y")
        assert [message.text for message in app.heard(CopyText)] == ["two"]
        await pilot.press("i")
        assert page.composer.has_focus and page.composer.text == "sr"


async def test_the_system_prompt_is_written_in_place_and_the_draft_waits() -> None:
    client = ScriptedClient(listModels=MODELS)
    client.scripts = [answer("ok")]
    async with page_app(session_over(client), chat) as (app, pilot):
        page: Any = app.screen
        await pilot.press(*"draft", "ctrl+e", *"Be", "enter")
        await settle(app, pilot)
        assert page.composer.text == "draft"
        await pilot.press("enter")
        await settle(app, pilot)
        sent = client.bodies[0]["messages"]
        assert sent[0] == {"role": "system", "content": "Be"} and sent[1]["content"] == "draft"
        await pilot.press("ctrl+e", "x", "escape")
        assert page.chat.view.value.parameters.instructions == "Be"


async def test_an_earlier_message_is_said_again() -> None:
    client = ScriptedClient(listModels=MODELS)
    client.scripts = [answer("a"), answer("b")]
    async with page_app(session_over(client), chat) as (app, pilot):
        page: Any = app.screen
        await say(pilot, app, "one")
        await pilot.press("escape", "e")
        assert page.composer.text == "one"
        await pilot.press("s", "enter")
        await settle(app, pilot)
        assert [turn.text for turn in page.chat.view.value.turns] == ["ones", "b"]


async def test_a_failure_stands_in_place_with_its_hint_and_request_id() -> None:
    problem = Problem(
        "The key was refused",
        detail=HOSTILE,
        hint="Check the profile's key",
        kind=ProblemKind.UNAUTHORIZED,
        request_id="req_42",
    )
    client = ScriptedClient(listModels=MODELS)
    client.scripts = [Script(opening=problem), answer("yes")]
    async with page_app(session_over(client), chat) as (app, pilot):
        page: Any = app.screen
        await say(pilot, app, "go")
        shown = str(page.problem.content)
        assert page.problem.display and "req_42" in shown and "Check the profile" in shown
        assert harmless(shown)
        await pilot.press("ctrl+g")
        await settle(app, pilot)
        assert not page.problem.display and page.chat.view.value.phase is ChatPhase.IDLE


async def test_a_cut_answer_is_kept_and_gone_on_with() -> None:
    client = ScriptedClient(listModels=MODELS)
    client.scripts = [Script(chunk("half"), cut()), answer(" and whole")]
    async with page_app(session_over(client), chat) as (app, pilot):
        page: Any = app.screen
        await say(pilot, app, "go")
        assert "✕ interrupted" in text_of(page) and "half" in text_of(page)
        assert len(client.bodies) == 1
        await pilot.press("escape", "t")
        await settle(app, pilot)
        assert len(client.bodies) == 2 and page.chat.view.value.phase is ChatPhase.IDLE


async def test_hostile_text_is_only_text() -> None:
    client = ScriptedClient(listModels=MODELS)
    client.scripts = [answer(HOSTILE, "\n```" + HOSTILE + "\n" + HOSTILE + "\n```\n")]
    async with page_app(session_over(client), chat) as (app, pilot):
        page: Any = app.screen
        page.chat.set_parameters({"model": HOSTILE, "instructions": HOSTILE})
        await say(pilot, app, HOSTILE)
        for widget in (page.transcript, page.top_bar, page.state_line, page.query_one(KeyBar)):
            assert all(harmless(line) for line in drawn(widget))
        assert "[@click=app.quit]go[/]" in text_of(page)


async def test_a_tool_result_is_asked_for_by_name() -> None:
    call = [{"index": 0, "id": "c1", "function": {"name": "get_weather", "arguments": '{"a":1}'}}]
    client = ScriptedClient(listModels=MODELS)
    client.scripts = [Script(chunk(tool_calls=call), chunk(finish="tool_calls")), answer("Sunny")]
    async with page_app(session_over(client), chat) as (app, pilot):
        page: Any = app.screen
        await say(pilot, app, "weather?")
        assert "get_weather" in drawn(page.state_line)[0] and "→ get_weather" in text_of(page)
        await say(pilot, app, '{"sky": "clear"}')
        roles = [turn.role for turn in page.chat.view.value.turns]
        assert roles == [Role.USER, Role.ASSISTANT, Role.TOOL, Role.ASSISTANT]


async def test_a_chat_survives_its_page_and_goes_on_meanwhile() -> None:
    gate = asyncio.Event()
    client = ScriptedClient(listModels=MODELS)
    client.scripts = [Script(chunk("one"), gate, chunk(" two"), chunk(finish="stop"))]
    session = session_over(client)
    async with page_app(session, chat) as (app, pilot):
        page: Any = app.screen
        await say(pilot, app, "go", streams=False)
        await pilot.press(*"later")
        held = page.chat
        await app.pop_screen()
        gate.set()
        await settle(app, pilot)
        assert held.view.value.turns[-1].text == "one two"
        await app.push_screen(ChatPage(session, Route("chat")))
        await settle(app, pilot)
        again: Any = app.screen
        assert again.chat is held and again.composer.text == "later"
        await app.push_screen(ChatPage(session, Route("chat", id=NEW)))
        assert app.screen.chat is not held  # type: ignore[attr-defined]


async def test_a_read_only_profile_stores_nothing() -> None:
    client = ScriptedClient(listModels=MODELS)
    client.scripts = [answer("ok")]
    async with page_app(session_over(client, read_only=True), chat) as (app, pilot):
        await pilot.press("ctrl+s")
        await say(pilot, app, "go")
        assert client.bodies[0]["store"] is False


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (160, 48)])
async def test_it_fits_any_window(size: tuple[int, int]) -> None:
    client = ScriptedClient(listModels=MODELS)
    client.scripts = [answer("word " * 200)]
    async with page_app(session_over(client), chat, size) as (app, pilot):
        page: Any = app.screen
        await say(pilot, app, "go")
        page.composer.show_text("\n" * 20)
        await pilot.pause()
        assert page.transcript.size.height >= 4
        assert page.query_one(KeyBar).region.bottom == size[1]
        assert len(list(page.walk_children())) < 60


def test_a_flow_leads_to_a_new_chat_or_on_from_a_stored_one() -> None:
    key = CollectionKey("chat.completions")
    new = Action(id="n", title="New", key="n", target=Target.COLLECTION, flow="chat")
    on = Action(id="t", title="Continue", key="t", target=Target.ONE, flow="chat")
    ref = Ref("chat.completions", "chatcmpl-1")
    assert route_of(FlowRequest(new, key, (ref,))) == Route("chat", id=NEW)
    assert route_of(FlowRequest(on, key, (ref,))) == Route("chat", "chat.completions", "chatcmpl-1")


async def test_words_are_found_and_then_n_is_new_again() -> None:
    client = ScriptedClient(listModels=MODELS)
    client.scripts = [answer("\n\n".join(f"line {n} of it" for n in range(60)))]
    async with page_app(session_over(client), chat, (80, 24)) as (app, pilot):
        page: Any = app.screen
        await say(pilot, app, "go")
        await pilot.press("escape", "home", "slash", *"line 30", "enter")
        await settle(app, pilot)
        assert "line 30 of it" in text_of(page)
        await pilot.press("n")
        assert len(page.session.chats.open.value) == 1
        await pilot.press("slash", "escape")
        await settle(app, pilot)
        await pilot.press("escape", "n")
        await settle(app, pilot)
        assert len(page.session.chats.open.value) == 2


COMPLETION = {
    "id": "chatcmpl-7",
    "object": "chat.completion",
    "model": "gpt-x",
    "created": 1_795_000_000,
    "temperature": 0.5,
    "metadata": {"team": "docs"},
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    "choices": [
        {
            "index": 0,
            "finish_reason": "length",
            "message": {"role": "assistant", "content": "Because.", "refusal": None},
        }
    ],
}
ASKED = {
    "data": [
        {"id": "m-0", "role": "system", "content": "Be brief."},
        {"id": "m-1", "role": "user", "content": "Why?"},
    ]
}


def completion(session: Any) -> CompletionPage:
    return CompletionPage(session, Route("completion", "chat.completions", "chatcmpl-7"))


async def test_a_stored_completion_is_read() -> None:
    client = ScriptedClient(getChatCompletion=COMPLETION, getChatCompletionMessages=ASKED)
    async with page_app(session_over(client), completion, (140, 40)) as (app, pilot):
        page: Any = app.screen
        assert [line.split() for line in drawn(page.transcript)[:6]] == [
            ["▌", "System", "Be", "brief."],
            [],
            ["You", "Why?"],
            [],
            ["Reply", "Because."],
            ["reached", "its", "length", "limit", "·", "3", "→", "2", "tok"],
        ]
        assert "reached its length limit" in text_of(page)
        facts = "\n".join(drawn(page.detail))
        assert "team" in facts and "0.5" in facts and "Because" not in facts
        await pilot.press("c", "Y", "y")
        assert page.raw.display and not page.transcript.display
        await pilot.press("t")
        copied = [message.text for message in app.heard(CopyText)]
        assert copied == ["chatcmpl-7", "Be brief."]
        (flow,) = app.heard(StartFlow)
        assert flow.request.refs == (Ref("chat.completions", "chatcmpl-7"),)


async def test_a_completion_without_messages_still_shows_its_answer() -> None:
    client = ScriptedClient(getChatCompletion=COMPLETION)
    async with page_app(session_over(client), completion) as (app, _pilot):
        page: Any = app.screen
        assert "Because." in text_of(page) and "missing" in drawn(page.missing)[0]


async def test_a_completion_that_is_gone_says_so() -> None:
    client = ScriptedClient(getChatCompletionMessages=ASKED)
    async with page_app(session_over(client), completion) as (app, _pilot):
        page: Any = app.screen
        assert page.state.display and "Not here" in "\n".join(drawn(page.state))


async def test_a_chat_goes_on_from_a_stored_completion() -> None:
    client = ScriptedClient(
        listModels=MODELS, getChatCompletion=COMPLETION, getChatCompletionMessages=ASKED
    )
    client.scripts = [answer("More.")]
    route = Route("chat", "chat.completions", "chatcmpl-7")
    async with page_app(session_over(client), lambda s: ChatPage(s, route)) as (app, pilot):
        await say(pilot, app, "Go on")
        sent = client.bodies[0]
        assert [message["role"] for message in sent["messages"]] == [
            "system",
            "user",
            "assistant",
            "user",
        ]
        assert sent["model"] == "gpt-x" and sent["temperature"] == 0.5


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(clock=SystemClock(200.0)) as running:
        yield running


def client_of(sandbox: RunningSandbox) -> Client:
    endpoint = Endpoint(
        name="sandbox",
        kind=ServerKind.SANDBOX,
        base_url=sandbox.base_url,
        key=SecretStr(sandbox.api_key),
    )
    clock = SystemClock()
    return Client(endpoint, clock=clock, log=RequestLog(clock))


async def test_the_real_sandbox_answers_stores_and_gives_it_back(sandbox: RunningSandbox) -> None:
    session = session_over(client_of(sandbox), SystemClock())
    async with page_app(session, chat, (120, 40)) as (app, pilot):
        page: Any = app.screen
        page.chat.set_parameters({"metadata": {"suite": "pages"}, "instructions": "Be brief."})
        await say(pilot, app, "Tell me about the harbour.")
        turn = page.chat.view.value.turns[-1]
        assert turn.state is TurnState.WHOLE and turn.text and not turn.usage.estimated
        assert turn.stored and turn.first_token is not None
        stored = Route("completion", "chat.completions", turn.completion_id)
        await app.push_screen(CompletionPage(session, stored))
        await settle(app, pilot)
        shown: Any = app.screen
        assert [held.role for held in shown.stored.view.value.turns] == [
            Role.SYSTEM,
            Role.USER,
            Role.ASSISTANT,
        ]
        assert shown.stored.view.value.turns[-1].text == turn.text
        assert "suite" in "\n".join(drawn(shown.detail))
