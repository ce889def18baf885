from __future__ import annotations

from typing import Any

from tests.ui.widgets.host import Host, Repaints, Rows, drawn, view
from tui.catalog.descriptor import Tone
from tui.core.errors import Problem
from tui.store.views import ActivityView, Notice, Phase, ProfileView
from tui.ui.key_names import key_label
from tui.ui.widgets.chips import Chip, Chips
from tui.ui.widgets.key_bar import KeyBar, KeyHint
from tui.ui.widgets.list_status import ListStatus
from tui.ui.widgets.notice_line import NoticeLine
from tui.ui.widgets.progress import Progress
from tui.ui.widgets.sidebar import Entry, Sidebar
from tui.ui.widgets.top_bar import TopBar

HINTS = (
    KeyHint("enter", "open"),
    KeyHint("ctrl+d", "delete"),
    KeyHint("slash", "filter"),
    KeyHint("question_mark", "help", pinned=True),
)
PLACES = (
    Entry("home", "Overview"),
    Entry("files", "Files", "Data", note="3"),
    Entry("stores", "Vector stores", "Data"),
    Entry("assistants", "Assistants", "Earlier", dimmed=True),
)


async def test_keys_never_more_than_fit_and_help_stays() -> None:
    bar = KeyBar()
    app = Host(bar)
    async with app.running(width=80) as pilot:
        bar.show(HINTS)
        await pilot.pause()
        assert drawn(bar)[0].rstrip() == " ⏎ open  ^d delete  / filter  ? help"
        await pilot.resize_terminal(18, 5)
        assert drawn(bar)[0] == " ⏎ open  ? help   "
        await pilot.click(KeyBar, offset=(10, 0))
        await pilot.click(KeyBar, offset=(2, 0))
        assert [message.key for message in app.heard(KeyBar.Pressed)] == ["question_mark", "enter"]


def test_names_of_keys() -> None:
    names = ("ctrl+backslash", "shift+tab", "alt+enter", "G", "down,j")
    assert [key_label(name) for name in names] == ["^\\", "⇤", "⌥⏎", "G", "↓"]


async def test_the_top_line_tells_the_profile_and_what_is_alive() -> None:
    bar = TopBar()
    app = Host(bar)
    async with app.running(width=120) as pilot:
        bar.show_profile(ProfileView("prod", "openai", "api.openai.com", read_only=True))
        bar.show_crumbs(("Vector stores", "vs_policy", "Files"))
        activity = ActivityView(uploads=3, upload_share=0.62, jobs=1, wait=112.0)
        bar.show_activity(activity, now=100.0)
        bar.show_notices(2)
        await pilot.pause()
        text = drawn(bar)[0]
        for part in ("cupola", " prod ", "read-only", "Vector stores › vs_policy › Files"):
            assert part in text
        paints = Repaints(bar)
        bar.show_activity(activity, now=100.2)
        bar.show_notices(2)
        assert paints.lines == []
        await pilot.resize_terminal(60, 5)
        text = drawn(bar)[0]
        assert "Files" in text and "2 notices" in text and len(text) == 60
        await pilot.click(TopBar, offset=(10, 0))
        await pilot.click(TopBar, offset=(57, 0))
        assert app.heard(TopBar.ProfileClicked) and app.heard(TopBar.NoticesClicked)


async def test_the_sidebar_goes_by_keyboard_and_mouse() -> None:
    bar = Sidebar()
    app = Host(bar)
    async with app.running() as pilot:
        bar.show(PLACES, "files")
        bar.focus()
        await pilot.press("down", "enter", "down", "up", "home", "enter")
        await pilot.click(Sidebar, offset=(4, 4))
        chosen = [message.key for message in app.heard(Sidebar.Chosen)]
        assert chosen == ["stores", "home", "files"]
        assert "Data" in drawn(bar)[2]
        await pilot.click(Sidebar, offset=(4, 3))
        assert len(app.heard(Sidebar.Chosen)) == 3


async def test_the_status_of_a_list() -> None:
    status = ListStatus()
    app = Host(status)

    def told(marked: int = 0, **more: Any) -> str:
        status.show(view(Rows(range(40)), **more), marked=marked)
        return drawn(status)[0]

    async with app.running(width=70):
        assert told().strip() == "40 in all"
        more = told(loaded=1280, end=False, filter_text="pur:a", marked=2)
        assert more.split("   ")[1:3] == ["/pur:a", "● 2 marked"]
        assert more.rstrip().endswith("40 shown of 1,280 loaded, more")
        assert "may be old: no connection" in told(stale=True, problem=Problem("no connection"))
        assert "unknown field" in told(filter_text="x:1", filter_error="unknown field x")
        assert told(phase=Phase.FAILED, loaded=0, shown=0).strip() == ""


async def test_a_notice_takes_room_only_while_it_tells() -> None:
    notices = NoticeLine()
    app = Host(notices)
    async with app.running() as pilot:
        assert not notices.display
        notices.show(Notice(1, "deleted 3 files", Tone.GOOD), seconds=None)
        await pilot.pause()
        assert "✓ deleted 3 files" in drawn(notices)[0]
        problem = Problem("x", "it is in use", request_id="req_9")
        notices.show(Notice(2, "Deleting failed", Tone.BAD, problem))
        await pilot.pause()
        assert "Deleting failed: it is in use  req_9" in drawn(notices)[0]
        await pilot.click(NoticeLine)
        assert app.heard(NoticeLine.Clicked)
        notices.clear()
        assert not notices.display


async def test_progress_and_chips() -> None:
    progress, chips = Progress(), Chips()
    app = Host(progress, chips)
    async with app.running(width=60) as pilot:
        progress.show(0.5, "3 of 6 files")
        chips.show([Chip("purpose", "purpose", "assistants", active=True)])
        await pilot.pause()
        text = drawn(progress)[0]
        assert text.count("━") == text.count("─") and "50 %  3 of 6 files" in text
        assert drawn(chips)[0].strip() == "purpose ● assistants"
        await pilot.click(Chips, offset=(6, 0))
        assert [message.key for message in app.heard(Chips.Clicked)] == ["purpose"]
        progress.show(None, "waiting")
        assert drawn(progress)[0].strip() == "waiting"
