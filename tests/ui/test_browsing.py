"""Getting around, as a person does: the whole program on the demo world, by keys."""

from __future__ import annotations

from tests.ui.conftest import MakeHouse
from tui.sandbox.thread import RunningSandbox
from tui.ui.screens.browser import BrowserPage
from tui.ui.screens.home import HomePage
from tui.ui.screens.object import ObjectPage


async def test_opens_on_the_overview_and_goes_to_a_section_by_name(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo)
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        assert isinstance(house.app.screen, HomePage)
        await pilot.press("colon", *"files", "enter")
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, BrowserPage)
        assert page.collection.view.value.loaded >= 60
        assert page.table.has_focus
        await pilot.press("down", "down")
        await house.settle(pilot)
        ref = page.table.cursor_ref
        assert ref is not None
        await pilot.press("enter")
        await house.settle(pilot)
        detail = house.app.screen
        assert isinstance(detail, ObjectPage) and detail.ref == ref
        await pilot.press("escape")
        await house.settle(pilot)
        assert house.app.screen is page
        assert page.table.cursor_ref == ref
    await house.close()


async def test_a_filter_narrows_and_escape_takes_it_away(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo, target="files")
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, BrowserPage)
        everything = page.collection.view.value.shown
        await pilot.press("slash", *"purpose", "colon", *"batch", "enter")
        await house.settle(pilot)
        view = page.collection.view.value
        assert 0 < view.shown < everything
        purposes = {view.rows.row(index).cells[1].text for index in range(view.shown)}
        assert all("batch" in purpose for purpose in purposes)
        await pilot.press("escape")
        await house.settle(pilot)
        assert page.collection.view.value.shown == everything
    await house.close()


async def test_an_id_that_is_pasted_opens_its_object(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo, target="vector-stores")
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, BrowserPage)
        id = page.collection.view.value.rows.ref(0).id
        await pilot.press("colon")
        await pilot.press(*[{"_": "underscore"}.get(c, c) for c in id], "enter")
        await house.settle(pilot)
        assert isinstance(house.app.screen, ObjectPage)
        assert house.app.screen.ref.id == id
    await house.close()


async def test_sorting_by_column_turns_round_and_goes(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo, target="files")
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, BrowserPage)

        def sizes() -> list[float]:
            rows = page.collection.view.value.rows
            return [float(rows.row(i).cells[2].sort or 0) for i in range(rows.count)]

        await pilot.press("3")
        await house.settle(pilot)
        assert sizes() == sorted(sizes())
        await pilot.press("3")
        await house.settle(pilot)
        assert sizes() == sorted(sizes(), reverse=True)
        await pilot.press("3")
        await house.settle(pilot)
        assert page.collection.view.value.sort is None
    await house.close()


async def test_a_tiny_terminal_gets_a_notice_and_nothing_is_lost(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo, target="files")
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, BrowserPage)
        await pilot.press("down", "down")
        await house.settle(pilot)
        ref = page.table.cursor_ref
        await pilot.resize_terminal(30, 8)
        await house.settle(pilot)
        assert page.has_class("-tiny") and not page.table.has_focus
        await pilot.resize_terminal(100, 30)
        await house.settle(pilot)
        assert page.table.has_focus and page.table.cursor_ref == ref
    await house.close()
