from __future__ import annotations

from typing import Any

from textual import events
from textual.screen import Screen

from tests.ui.widgets.host import Host, drawn
from tui.ui.questions import ConfirmView, HelpGroup, MenuItem
from tui.ui.screens.ask_line import LineScreen
from tui.ui.screens.confirm import Buttons, ConfirmScreen, TypedField, yes_key
from tui.ui.screens.help import HelpScreen
from tui.ui.screens.menu import MenuScreen
from tui.ui.widgets.choices import Choices, ranked

DELETE = ConfirmView(
    "Delete handbook.pdf?", ("It is used by 2 vector stores.",), "Delete", trigger="ctrl+d"
)
TYPED = ConfirmView("Delete 3 files?", (), "Delete", "3", "how many", "ctrl+d")


async def asked(screen: Screen[Any], *keys: str, paste: str = "") -> list[Any]:
    """What a dialog answered after some keys; empty while it is still open."""
    app = Host()
    answers: list[Any] = []
    async with app.running() as pilot:
        app.push_screen(screen, answers.append)
        await pilot.pause()
        if paste:
            app.post_message(events.Paste(paste))
            await pilot.pause()
        await pilot.press(*keys)
        for _hop in range(4):
            await pilot.pause()
    return answers


async def test_enter_alone_never_deletes() -> None:
    assert await asked(ConfirmScreen(DELETE), "enter") == [False]


async def test_the_key_that_asked_never_answers() -> None:
    assert await asked(ConfirmScreen(DELETE), "ctrl+d", "ctrl+d", "d") == []
    assert yes_key("y") != "y" and yes_key("shift+y") != "y" and yes_key("ctrl+d") == "y"


async def test_yes_is_its_own_key_or_two_steps() -> None:
    assert await asked(ConfirmScreen(DELETE), "y") == [True]
    assert await asked(ConfirmScreen(DELETE), "tab", "enter") == [True]
    assert await asked(ConfirmScreen(DELETE), "tab", "tab", "enter") == [False]
    assert await asked(ConfirmScreen(DELETE), "n") == [False]
    assert await asked(ConfirmScreen(DELETE), "escape") == [False]


async def test_what_was_typed_before_the_question_does_not_count() -> None:
    app = Host()
    answers: list[Any] = []
    async with app.running() as pilot:
        screen = ConfirmScreen(DELETE)
        app.push_screen(screen, answers.append)
        screen._answer(True)
        assert answers == []
        await pilot.press("n")


async def test_more_objects_want_their_count_typed() -> None:
    assert await asked(ConfirmScreen(TYPED), "enter") == []
    assert await asked(ConfirmScreen(TYPED), "2", "enter") == []
    assert await asked(ConfirmScreen(TYPED), "3", "enter") == [True]
    assert await asked(ConfirmScreen(TYPED), "escape") == [False]
    assert await asked(ConfirmScreen(TYPED), "tab", "tab", "enter") == []


async def test_a_paste_never_confirms() -> None:
    assert await asked(ConfirmScreen(TYPED), "enter", paste="3") == []
    assert await asked(ConfirmScreen(DELETE), paste="y") == []


async def test_the_mouse_answers_too() -> None:
    app = Host()
    answers: list[Any] = []
    async with app.running() as pilot:
        app.push_screen(ConfirmScreen(DELETE), answers.append)
        await pilot.pause()
        assert "Delete  y" in drawn(app.screen.query_one(Buttons))[0]
        await pilot.click(Buttons, offset=(20, 0))
        assert answers == [True]
        app.push_screen(ConfirmScreen(TYPED), answers.append)
        await pilot.pause()
        assert not app.screen.query_one(TypedField).cursor_blink
        await pilot.click(Buttons, offset=(3, 0))
        assert answers == [True, False]


ITEMS = (
    MenuItem("name", "Name", group="Columns"),
    MenuItem("size", "Size", "bytes", group="Columns", chosen=True),
    MenuItem("age", "Age", group="Columns", blocked="not loaded yet"),
    MenuItem("none", "As the server has it", group="Other"),
)


async def test_a_menu_begins_at_what_is_chosen() -> None:
    assert await asked(MenuScreen("Order by", ITEMS), "enter") == ["size"]
    assert await asked(MenuScreen("Order by", ITEMS), "up", "enter") == ["name"]
    assert await asked(MenuScreen("Order by", ITEMS), "escape") == [None]


async def test_a_menu_is_searched_and_refuses_what_is_blocked() -> None:
    assert await asked(MenuScreen("Order by", ITEMS), *"srvr", "enter") == ["none"]
    assert await asked(MenuScreen("Order by", ITEMS), "down", "enter") == []
    assert await asked(MenuScreen("Order by", ITEMS), *"zzz", "enter") == []


async def test_a_menu_by_mouse() -> None:
    app = Host()
    answers: list[Any] = []
    async with app.running() as pilot:
        app.push_screen(MenuScreen("Order by", ITEMS), answers.append)
        await pilot.pause()
        assert "● Size" in drawn(app.screen.query_one(Choices))[2]
        await pilot.click(Choices, offset=(5, 0))
        assert answers == []
        await pilot.click(Choices, offset=(5, 1))
        assert answers == ["name"]


def test_ranking_prefers_labels() -> None:
    items = (MenuItem("a", "Upload", "delete later"), MenuItem("b", "Delete file"))
    assert [item.key for item in ranked(items, "delete")] == ["b", "a"]


async def test_help_is_searched_and_presses_keys() -> None:
    groups = (
        HelpGroup("List", (("enter", "open"), ("space", "mark"))),
        HelpGroup("Files", (("ctrl+d", "delete"), ("u", "upload"))),
    )
    assert await asked(HelpScreen("Files", groups), *"uplo", "enter") == ["u"]
    assert await asked(HelpScreen("Files", groups), "down", "down", "enter") == ["ctrl+d"]


async def test_a_line_is_asked_for() -> None:
    assert await asked(LineScreen("Name", "old", "up to 64 characters"), "s", "enter") == ["olds"]
    assert await asked(LineScreen("Name"), "escape") == [None]
