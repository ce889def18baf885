"""A form whose request was refused comes back filled in, with the server's words beside it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ui.conftest import MakeHouse
from tests.ui.house import House
from tui.api.operations.vector_stores import CREATE_VECTOR_STORE
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.sandbox.thread import RunningSandbox
from tui.ui.screens.browser import BrowserPage
from tui.ui.screens.form import FormScreen


def refuse_once(house: House, monkeypatch: pytest.MonkeyPatch, problem: Problem) -> list[Any]:
    """The next creation of a vector store is refused; gives what all were asked with."""
    client, asked = house.session.client, list[Any]()
    call = client.call

    async def refusing(op: Any, **fields: Any) -> Any:
        if op is CREATE_VECTOR_STORE:
            asked.append(fields["body"])
            if len(asked) == 1:
                raise ProblemError(problem)
        return await call(op, **fields)

    monkeypatch.setattr(client, "call", refusing)
    return asked


async def test_a_refused_field_is_shown_with_what_was_typed(
    own_demo: RunningSandbox, make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house(own_demo, target="vector-stores")
    async with house.app.run_test(size=(100, 30)) as pilot:
        await house.settle(pilot)
        said = "Policies is taken: " + "choose another name, " * 8 + "please."
        problem = Problem("Refused", said, param="name", kind=ProblemKind.INVALID, status=400)
        asked = refuse_once(house, monkeypatch, problem)
        await pilot.press("n")
        await house.settle(pilot)
        await pilot.press(*"Policies", "ctrl+s")
        await house.settle(pilot)
        form = house.app.screen
        assert isinstance(form, FormScreen) and len(asked) == 1
        assert form.rows.spec is not None and form.rows.spec.name == "name"
        assert form.field.value == "Policies" and form.field.has_focus
        assert not form.refused.display
        shown = " ".join(text for text, _ in form.help._lines(form.help.content_size.width))
        assert said in shown
        notice = house.session.notices.value[-1]
        assert notice.text == f"New vector store: Refused: {said}"
        await pilot.press("space", *"two", "ctrl+s")
        await house.settle(pilot)
        assert isinstance(house.app.screen, BrowserPage)
        assert [body["name"] for body in asked] == ["Policies", "Policies two"]
        assert house.session.notices.value[-1].text == "vector store Policies two created"
    await house.close()


async def test_a_refusal_of_the_whole_stands_on_top_and_nothing_is_sent_again_by_itself(
    own_demo: RunningSandbox, make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house(own_demo, target="vector-stores")
    async with house.app.run_test(size=(100, 30)) as pilot:
        await house.settle(pilot)
        problem = Problem("This server has no such thing", kind=ProblemKind.ABSENT, status=405)
        asked = refuse_once(house, monkeypatch, problem)
        await pilot.press("n")
        await house.settle(pilot)
        await pilot.press(*"Policies", "ctrl+s")
        await house.settle(pilot)
        form = house.app.screen
        assert isinstance(form, FormScreen)
        assert form.refused.display and form.field.value == "Policies"
        await pilot.press("escape")
        await house.settle(pilot)
        assert house.app.screen is form, "what was filled in is not thrown away at once"
        await pilot.press("escape")
        await house.settle(pilot)
        assert isinstance(house.app.screen, BrowserPage) and len(asked) == 1
    await house.close()


async def test_what_may_have_happened_is_not_offered_again(
    own_demo: RunningSandbox, make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house(own_demo, target="vector-stores")
    async with house.app.run_test(size=(100, 30)) as pilot:
        await house.settle(pilot)
        problem = Problem("The answer was lost", kind=ProblemKind.UNCERTAIN)
        asked = refuse_once(house, monkeypatch, problem)
        await pilot.press("n")
        await house.settle(pilot)
        await pilot.press(*"Policies", "ctrl+s")
        await house.settle(pilot)
        assert isinstance(house.app.screen, BrowserPage) and len(asked) == 1
    await house.close()
