"""Where a person writes: sending, lines, history, exact pastes, harmless drawing."""

from __future__ import annotations

import pytest
from textual import events

from tests.ui.widgets.host import Host, drawn
from tui.core.safe_text import harmless
from tui.ui.widgets.composer import TALLEST, Composer


async def test_enter_sends_and_ctrl_j_makes_a_line() -> None:
    composer = Composer()
    app = Host(composer)
    async with app.running(40, 12) as pilot:
        composer.focus()
        await pilot.press("h", "i", "ctrl+j", "y", "o", "enter")
        assert [message.text for message in app.heard(Composer.Sent)] == ["hi\nyo"]
        assert composer.text == "hi\nyo" and composer.size.height == 2
        await pilot.press("escape")
        assert len(app.heard(Composer.Left)) == 1


async def test_it_grows_with_what_is_written_and_no_further() -> None:
    composer = Composer()
    async with Host(composer).running(20, 20) as pilot:
        composer.focus()
        for lines, height in ((1, 1), (3, 3), (30, TALLEST)):
            composer.show_text("\n".join("x" * lines))
            await pilot.pause()
            assert composer.size.height == height
        composer.show_text("word " * 8)
        await pilot.pause()
        assert 2 <= composer.size.height <= 3


async def test_up_brings_back_what_was_sent() -> None:
    composer = Composer()
    async with Host(composer).running(40, 12) as pilot:
        composer.focus()
        composer.show_history(["one", "two\nlines"])
        await pilot.press("up")
        assert composer.text == "two\nlines"
        await pilot.press("up")
        assert composer.text == "one"
        await pilot.press("up")
        assert composer.text == "one"
        await pilot.press("down", "down", "down")
        assert composer.text == ""
        await pilot.press("x", "up")
        assert composer.text == "x"


@pytest.mark.parametrize("text", ["a\tb  c ", "日本語\n\n'quotes'", "[bold]x[/x]", "x" * 5000])
async def test_a_paste_is_exact(text: str) -> None:
    composer = Composer()
    app = Host(composer)
    async with app.running(40, 12) as pilot:
        composer.focus()
        app.post_message(events.Paste(text))
        await pilot.pause()
        assert composer.text == text


async def test_what_could_steer_a_terminal_is_drawn_as_a_picture() -> None:
    composer = Composer()
    async with Host(composer).running(40, 12) as pilot:
        composer.focus()
        composer.show_text("a\x1b[31m‮b\x9bc")
        await pilot.pause()
        shown = drawn(composer)[0]
        assert harmless(shown) and "␛[31m" in shown
        assert composer.text == "a\x1b[31m‮b\x9bc"
