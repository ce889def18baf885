"""The ledger's page: searched by keys, filled from a file, exported, emptied."""

from __future__ import annotations

from pathlib import Path

from tests.ui.conftest import MakeHouse
from tui.sandbox.thread import RunningSandbox
from tui.ui.screens.ledger import LedgerPage
from tui.ui.screens.object import ObjectPage


async def test_ids_come_in_are_found_go_out_and_are_forgotten(
    demo: RunningSandbox, make_house: MakeHouse, tmp_path: Path
) -> None:
    house = make_house(demo, target="files")
    ids, export = tmp_path / "ids.txt", tmp_path / "out.jsonl"
    ids.write_text("vs_written_down\nnonsense\n")
    async with house.app.run_test(size=(120, 36)) as pilot:
        await house.settle(pilot)
        await pilot.press("ctrl+p", *"Ledger", "enter")
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, LedgerPage)
        assert page.table.cursor_ref is not None

        await pilot.press("i", *str(ids), "enter")
        await house.settle(pilot)
        assert house.session.notices.value[-1].text.startswith("1 id imported, 1 line refused")

        await pilot.press("slash", *"written", "enter")
        await house.settle(pilot)
        assert page.table.cursor_ref is None or page.crumbs == ("Ledger", "written")
        await pilot.press("escape", "slash", *"vs_wri", "enter")
        await house.settle(pilot)
        assert page.table.cursor_ref is not None
        assert page.table.cursor_ref.id == "vs_written_down"
        await pilot.press("escape")
        await house.settle(pilot)

        count = await house.session.ledger.export_to(export)
        assert count == export.read_text().count("\n") > 20
        await pilot.press("enter")
        await house.settle(pilot)
        assert isinstance(house.app.screen, ObjectPage)
        await pilot.press("escape", "X", *"forget", "enter")
        await house.settle(pilot)
        assert (await house.session.ledger.size())[0] <= 1
    await house.close()
