from __future__ import annotations

from tests.ui.widgets.host import Host
from tui.core.cell import Cell, flush
from tui.ui.binding import bind
from tui.ui.dialog import Words


async def test_the_present_value_is_shown_at_once_and_later_ones_once_a_frame() -> None:
    words = Words()
    app = Host(words)
    async with app.running() as pilot:
        cell = Cell(1)
        shown: list[int] = []
        bind(words, cell, shown.append)
        assert shown == [1]
        for value in range(2, 50):
            cell.set(value)
            flush()
        await pilot.pause()
        await pilot.pause()
        assert shown == [1, 49]


async def test_what_is_gone_hears_nothing() -> None:
    words = Words()
    app = Host(words)
    async with app.running() as pilot:
        cell = Cell(1)
        shown: list[int] = []
        bind(words, cell, shown.append)
        await words.remove()
        await pilot.pause()
        assert not cell.watched
        cell.set(2)
        flush()
        await pilot.pause()
        assert shown == [1]


async def test_a_screen_binds_too_and_an_end_is_an_end() -> None:
    app = Host()
    async with app.running() as pilot:
        cell = Cell("a")
        shown: list[str] = []
        stop = bind(app.screen, cell, shown.append)
        cell.set("b")
        flush()
        stop()
        await pilot.pause()
        assert shown == ["a"] and not cell.watched
        stop()


async def test_a_screen_under_a_dialog_is_still_told() -> None:
    from tui.ui.screens.ask_line import LineScreen

    app = Host()
    async with app.running() as pilot:
        cell = Cell(1)
        shown: list[int] = []
        bind(app.screen, cell, shown.append)
        app.push_screen(LineScreen("Name"))
        await pilot.pause()
        cell.set(2)
        flush()
        await pilot.pause()
        await pilot.pause()
        assert shown == [1, 2]
