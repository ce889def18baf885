"""What every page does: notices, help, and what is typed faster than a dialog opens."""

from __future__ import annotations

from tests.ui.conftest import MakeHouse
from tui.catalog.descriptor import Tone
from tui.core.errors import Problem
from tui.sandbox.thread import RunningSandbox
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
