"""Uploading as a person does: by keys, on the whole program, against the sandbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import MakeHouse
from tests.ui.house import House
from tui.sandbox.thread import RunningSandbox
from tui.store.ingest_views import IngestPhase, ItemState
from tui.ui.navigation import Route
from tui.ui.screens.browser import BrowserPage
from tui.ui.screens.content import ContentScreen
from tui.ui.screens.download import DownloadScreen
from tui.ui.screens.transfers import TransfersPage
from tui.ui.screens.upload import Step, UploadScreen, sources_of
from tui.ui.screens.vector_search import VectorSearchScreen

SIZE = (110, 32)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    (folder / "guides").mkdir(parents=True)
    for number in range(4):
        text = f"# Note {number}\nRefunds are paid within {number} days.\n"
        (folder / f"note-{number}.md").write_text(text)
    (folder / "guides" / "copy.md").write_text((folder / "note-1.md").read_text())
    (folder / "empty.txt").touch()
    (folder / "logo.png").write_bytes(b"\x89PNG\x00")
    (folder / ".secret.md").write_text("hidden")
    return folder


async def passes(house: House, sandbox: RunningSandbox, pilot: Pilot[None], seconds: int) -> None:
    """Time goes by on both sides."""
    for _ in range(seconds):
        sandbox.advance(1)
        await house.workspace.clock.advance(1)
        await house.settle(pilot)


async def test_a_folder_goes_into_a_vector_store(
    own_demo: RunningSandbox, make_house: MakeHouse, docs: Path
) -> None:
    house = make_house(own_demo, target="vector-stores")
    async with house.app.run_test(size=SIZE) as pilot:
        await house.settle(pilot)
        await pilot.press("u")
        await house.settle(pilot)
        screen = house.app.screen
        assert isinstance(screen, UploadScreen)
        assert screen.store is not None
        screen.picker.type("~/do")
        await house.settle(pilot)
        await pilot.press("tab")
        await house.settle(pilot)
        assert screen.picker.text == "~/docs/"
        await pilot.press("enter")
        await house.settle(pilot)
        assert screen.step is Step.PLAN
        assert screen.plan is not None
        words = {item.shown: (item.chosen, item.reason) for item in screen.plan.items}
        assert words["empty.txt"] == (False, "the file is empty")
        assert any("empty.txt: the file is empty" in line[0][0] for line in screen.caption._lines)
        assert words["logo.png"] == (False, "vector stores do not read .png")
        assert words["guides/copy.md"] == (False, "same content as note-1.md")
        assert ".secret.md" not in words
        assert screen.plan.totals.send == 4
        # The empty file stays out whatever one presses; a note can be left out.
        await pilot.press("home", "space")
        await house.settle(pilot)
        assert screen.plan.totals.chosen == 4
        await pilot.press("down", "down", "space")
        await house.settle(pilot)
        assert screen.plan.totals.chosen == 3
        await pilot.press("enter")
        await house.settle(pilot)
        assert screen.step is Step.RUN
        await passes(house, own_demo, pilot, 12)
        view = house.session.documents.ingest.views.value[0]
        assert view.phase is IngestPhase.DONE
        assert view.counts == {ItemState.DONE: 3}
        await pilot.press("escape")
        await house.settle(pilot)
        assert isinstance(house.app.screen, BrowserPage)
    await house.close()


async def test_a_wrong_path_is_said_in_place_and_options_change_the_plan(
    own_demo: RunningSandbox, make_house: MakeHouse, docs: Path
) -> None:
    house = make_house(own_demo, target="files")
    async with house.app.run_test(size=SIZE) as pilot:
        await house.settle(pilot)
        await pilot.press("u")
        await house.settle(pilot)
        screen = house.app.screen
        assert isinstance(screen, UploadScreen)
        await pilot.press(*"nowhere", "enter")
        await house.settle(pilot)
        assert screen.step is Step.CHOOSE
        assert any("no such file" in words[0][0] for words in screen.caption._lines)
        screen.picker.type(str(docs))
        await pilot.press("enter")
        await house.settle(pilot)
        assert screen.plan is not None
        assert screen.plan.totals.send == 5
        await pilot.press("ctrl+o")
        await house.settle(pilot)
        await pilot.press("enter")
        await house.settle(pilot)
        for _ in range(2):
            await pilot.press("down")
        await pilot.press("enter")
        await house.settle(pilot)
        assert screen.request.purpose == "fine-tune"
        assert screen.plan is not None
        assert screen.plan.totals.send == 0
        await pilot.press("escape")
        await house.settle(pilot)
        assert screen.step is Step.CHOOSE
    await house.close()


async def test_an_upload_goes_on_when_its_screen_is_left(
    own_demo: RunningSandbox, make_house: MakeHouse, docs: Path
) -> None:
    house = make_house(own_demo, target="vector-stores")
    async with house.app.run_test(size=SIZE) as pilot:
        await house.settle(pilot)
        await pilot.press("u")
        await house.settle(pilot)
        screen = house.app.screen
        assert isinstance(screen, UploadScreen)
        screen.picker.type(str(docs))
        await pilot.press("enter")
        await house.settle(pilot)
        await pilot.press("enter")
        await house.settle(pilot)
        await pilot.press("escape")
        await house.settle(pilot)
        assert house.session.activity.value.uploads == 4
        await house.app.go(Route("transfers"))
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, TransfersPage)
        assert page.upload is not None
        assert page.upload.running
        await pilot.press("enter", "x")
        await passes(house, own_demo, pilot, 12)
        view = page.upload
        assert view is not None
        assert view.counts[ItemState.DONE] == 3
        assert view.counts[ItemState.CANCELLED] == 1
        assert house.session.activity.value.uploads == 0
        await pilot.press("escape")
        assert page.check_action("retry", ()) is True, "what was cancelled can be sent after all"
        await pilot.press("d")
        await house.settle(pilot)
        assert page.ingest.views.value == ()
    await house.close()


async def test_a_search_finds_compares_and_opens(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo, target="vector-stores")
    async with house.app.run_test(size=SIZE) as pilot:
        await house.settle(pilot)
        await pilot.press("f")
        await house.settle(pilot)
        screen = house.app.screen
        assert isinstance(screen, VectorSearchScreen)
        await pilot.press(*"backup", "enter")
        await house.settle(pilot)
        view = screen.lab.view.value
        assert view.chunks
        assert view.chunks[0].score >= view.chunks[-1].score
        assert screen.chunks.has_focus
        await pilot.press("F")
        assert screen.filter_field.has_focus
        screen.filter_field.value = "lang ="
        await pilot.press("enter")
        await house.settle(pilot)
        assert any("✕ expected a value" in words[0][0] for words in screen.caption._lines)
        screen.filter_field.value = "nothing_has_this = 1"
        await pilot.press("enter")
        await house.settle(pilot)
        assert screen.lab.view.value.chunks == ()
        assert "filter" in screen._why_nothing(screen.lab.view.value)
        wordless = replace(screen.lab.view.value, query=replace(screen.settings, text="/"))
        assert "no words" in screen._why_nothing(wordless)
        screen.query_field.focus()
        await pilot.press("up", "up")
        assert screen.filter_field.value == ""
        await pilot.press("enter")
        await house.settle(pilot)
        await pilot.press("space", "enter")
        await house.settle(pilot)
        assert house.app.screen is not screen
    await house.close()


async def test_a_refused_content_leads_to_the_parsed_text(
    demo: RunningSandbox, make_house: MakeHouse
) -> None:
    house = make_house(demo, target="files")
    async with house.app.run_test(size=SIZE) as pilot:
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, BrowserPage)
        rows = page.collection.view.value.rows
        stored = [
            rows.row(index).ref
            for index in range(rows.count)
            if rows.row(index).cells[0].text == "code-of-conduct.md"
        ]
        page.table.move_to(stored[0])
        await pilot.press("v")
        await house.settle(pilot)
        screen = house.app.screen
        assert isinstance(screen, ContentScreen)
        assert screen._view.problem is not None
        assert screen.check_action("save", ()) is False, "it was just refused"
        await pilot.press("t")
        await house.settle(pilot)
        await house.settle(pilot)
        assert screen.parsed
        assert screen._view.phase == "ready"
        assert screen.text.line_count > 3
        await pilot.press("slash", *"the", "enter")
        await house.settle(pilot)
        await pilot.press("escape")
        await house.settle(pilot)
        assert house.app.screen is page
    await house.close()


async def test_a_file_is_saved_and_never_replaced_unasked(
    demo: RunningSandbox, make_house: MakeHouse, tmp_path: Path
) -> None:
    (tmp_path / "Downloads").mkdir()
    house = make_house(demo, target="files")
    async with house.app.run_test(size=SIZE) as pilot:
        await house.settle(pilot)
        page = house.app.screen
        assert isinstance(page, BrowserPage)
        rows = page.collection.view.value.rows
        ref = next(
            rows.row(index).ref
            for index in range(rows.count)
            if rows.row(index).cells[1].text == "batch"
        )
        page.table.move_to(ref)

        async def open_dialog() -> DownloadScreen:
            await pilot.press("s")
            await house.settle(pilot)
            dialog = house.app.screen
            assert isinstance(dialog, DownloadScreen)
            said = "".join(text for words in dialog.said._lines for text, _ in words)
            assert not said.startswith("saved"), "nothing was saved yet"
            return dialog

        await open_dialog()
        await pilot.press("enter")
        await house.settle(pilot)
        await house.settle(pilot)
        assert house.app.screen is page
        saved = list((tmp_path / "Downloads").iterdir())
        assert len(saved) == 1
        saved[0].write_text("mine")
        dialog = await open_dialog()
        assert dialog.target is not None and dialog.target.exists
        await pilot.press("enter")
        await house.settle(pilot)
        assert house.app.screen is dialog
        assert saved[0].read_text() == "mine"
        await pilot.press("ctrl+n")
        await house.settle(pilot)
        await pilot.press("enter")
        await house.settle(pilot)
        await house.settle(pilot)
        assert saved[0].read_text() == "mine"
        assert len(list((tmp_path / "Downloads").iterdir())) == 2
        await open_dialog()
        await pilot.press("ctrl+r")
        await house.settle(pilot)
        await house.settle(pilot)
        assert saved[0].read_text() != "mine"
    await house.close()


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("docs", ("docs",)),
        (" my docs ", ("my docs",)),
        ("'a b.md' \"c d.md\"", ("a b.md", "c d.md")),
        ("a\\ b.md", ("a b.md",)),
        ("it's here", ("it's here",)),
        ("", ()),
    ],
)
def test_paths_come_as_typed_or_as_dropped(text: str, sources: tuple[str, ...]) -> None:
    assert sources_of(text) == sources
