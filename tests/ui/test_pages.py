"""What every page does: notices, help, and what is typed faster than a dialog opens."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from tests.ui.conftest import MakeHouse
from tui.catalog.descriptor import Tone
from tui.core.errors import Problem
from tui.sandbox.thread import RunningSandbox
from tui.ui.frame import key_hints
from tui.ui.screens.browser import BrowserPage
from tui.ui.screens.help import HelpScreen
from tui.ui.screens.home import HomePage
from tui.ui.screens.object import ObjectPage
from tui.ui.widgets.prompt import PromptField


async def test_a_notice_is_told_once_and_not_again_on_the_next_page(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo, target="files")
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        house.session.notice_board.tell("Stored", tone=Tone.GOOD)
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, BrowserPage)
        assert page.notice_line.notice is not None
        await pilot.press("enter")
        await house.settle(pilot)
        assert isinstance(house.app.screen, ObjectPage)
        assert house.app.screen.notice_line.notice is not None, "its seconds are not over"
        await pilot.press("escape")
        await house.settle(pilot)
        assert house.app.screen is page, "a notice swallows no key"
        await house.workspace.clock.advance(7)
        await pilot.press("enter")
        await house.settle(pilot)
        assert isinstance(house.app.screen, ObjectPage)
        assert house.app.screen.notice_line.notice is None
    await house.close()


async def test_escape_takes_a_failure_away_and_goes_back_with_it(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo, target="files")
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        await pilot.press("enter")
        await house.settle(pilot)
        house.session.notice_board.fail("Deleting", Problem("No"))
        await house.settle(pilot)
        await pilot.press("escape")
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, BrowserPage)
        assert page.notice_line.notice is None
    await house.close()


async def test_a_theme_that_is_not_there_is_said(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo, theme="nope")
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        notice = house.session.notices.value[-1]
        assert "nope" in notice.text and notice.tone is Tone.WARN
    await house.close()


async def test_help_opens_in_a_text_field_by_f1_and_tells_of_filters_where_there_are(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo)
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        assert isinstance(house.app.screen, HomePage)
        await pilot.press("question_mark")
        await house.settle(pilot)
        assert isinstance(house.app.screen, HelpScreen) and not house.app.screen._note
        await pilot.press("f1")
        await house.settle(pilot)
        assert sum(isinstance(screen, HelpScreen) for screen in house.app.screen_stack) == 1
        await pilot.press("escape", "colon", *"files", "enter")
        await house.settle(pilot)
        await pilot.press("question_mark")
        await house.settle(pilot)
        assert isinstance(house.app.screen, HelpScreen) and "fuzzy" in house.app.screen._note
        await pilot.press("escape", "colon")
        await house.settle(pilot)
        assert isinstance(house.app.focused, PromptField)
        await pilot.press("f1")
        await house.settle(pilot)
        assert isinstance(house.app.screen, HelpScreen)
    await house.close()


@pytest.mark.parametrize(
    ("target", "opens", "screen"),
    [
        ("vector-stores", "n", "FormScreen"),
        ("files", "ctrl+p", "MenuScreen"),
        ("files", "question_mark", "HelpScreen"),
        ("files", "S", "MenuScreen"),
        ("files", "u", "UploadScreen"),
    ],
)
async def test_what_is_typed_behind_a_key_that_opens_a_dialog_goes_into_it(
    demo: RunningSandbox, make_house: MakeHouse, target: str, opens: str, screen: str
) -> None:
    house = make_house(demo, target=target)
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        # All in one go, as a fast hand and a slow line bring them.
        for key in (opens, *"pyq"):
            house.app.post_message(events.Key(key, key if len(key) == 1 else None))
        for _ in range(8):
            await pilot.pause(0.05)
        assert type(house.app.screen).__name__ == screen
        field = house.app.focused
        assert isinstance(field, Input) and field.value.endswith("pyq")
    await house.close()


async def test_the_preview_leaves_the_page_its_keys(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo, target="files")
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, BrowserPage)
        await pilot.press("space", "tab")
        assert page.preview.has_focus and page.table.marked
        await pilot.press("ctrl+backslash")
        assert not page.table.marked
        await pilot.press("colon", *"models", "enter")
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, BrowserPage)
        await pilot.press("d")
        await house.settle(pilot)
        assert isinstance(house.app.screen, ObjectPage)
        assert house.app.screen.active_bindings["n"].binding.action == "act('models.chat')"
    await house.close()


async def test_the_overview_tells_how_to_open_and_how_to_leave(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo)
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        hints = {hint.key: hint.words for hint in key_hints(house.app.screen)}
        assert hints["enter"] == "open" and hints["q"] == "quit"
    await house.close()


async def test_after_a_delete_on_its_page_the_list_is_there_again(
    own_demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(own_demo, target="vector-stores")
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        page = house.app.screen
        await pilot.press("d")
        await house.settle(pilot)
        detail = house.app.screen
        assert isinstance(detail, ObjectPage)
        house.session.notice_board.tell("Something else", tone=Tone.GOOD)
        action = detail.resource.action("vector_stores.delete")
        view = await house.session.act(action, [detail.ref]).finished()
        detail.concluded(action, view)
        await house.settle(pilot)
        assert house.app.screen is page
    await house.close()


async def test_a_filter_being_typed_stands_in_one_place(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo, target="files")
    async with house.app.run_test(size=(80, 24)) as pilot:
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, BrowserPage)
        await pilot.press("slash", *"run(")
        await house.settle(pilot)
        assert "run(" not in page.status.render_line(0).text
        await pilot.press("enter")
        await house.settle(pilot)
        status = page.status.render_line(0).text
        assert "/run(" in status and "taken as text" in status
    await house.close()
