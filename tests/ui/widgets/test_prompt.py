from __future__ import annotations

from tests.ui.widgets.host import Host, drawn
from tui.store.views import Completion
from tui.ui.widgets.completions import Completions
from tui.ui.widgets.prompt import Prompt, PromptField

PLACES = (
    Completion("files", "Files", "12 loaded"),
    Completion("fine-tuning", "Fine-tuning", "jobs"),
    Completion("vector-stores", "Vector stores"),
)


def complete(text: str) -> tuple[Completion, ...]:
    return tuple(place for place in PLACES if place.text.startswith(text))


async def test_a_filter_is_told_as_it_is_typed_and_given_up_with_escape() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.running() as pilot:
        assert not prompt.display
        prompt.ask("filter", label="/", value="pu")
        await pilot.press("r", "escape")
        assert [message.value for message in app.heard(Prompt.Changed)] == ["pur"]
        assert [message.name for message in app.heard(Prompt.Cancelled)] == ["filter"]
        assert prompt.asking is None


async def test_offers_are_chosen_by_keys_or_accepted_with_tab() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.running() as pilot:
        prompt.ask("go", label=":", complete=complete)
        await pilot.press("f", "i")
        assert prompt.offers.line_count == 2
        assert "12 loaded" in drawn(prompt.offers)[0]
        await pilot.press("n", "tab")
        assert prompt.field.value == "fine-tuning"
        await pilot.press("ctrl+u", "f", "down", "down", "enter")
        submitted = app.heard(Prompt.Submitted)
        assert [(m.name, m.value) for m in submitted] == [("go", "fine-tuning")]
        assert submitted[0].completion == PLACES[1]


async def test_the_ghost_is_the_first_offer() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.running() as pilot:
        prompt.ask("go", label=":", complete=complete)
        await pilot.press("v")
        await pilot.pause()
        await pilot.press("right", "enter")
        assert app.heard(Prompt.Submitted)[0].value == "vector-stores"


async def test_an_offer_is_taken_by_the_mouse() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.running() as pilot:
        prompt.ask("go", label=":", complete=complete)
        await pilot.pause()
        await pilot.click(Completions, offset=(3, 2))
        assert app.heard(Prompt.Submitted)[0].completion == PLACES[2]


async def test_what_was_typed_before_comes_back() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.running() as pilot:
        for words in ("one", "two"):
            prompt.ask("search", label="search")
            await pilot.press(*words, "enter")
        prompt.ask("search", label="search")
        await pilot.press("up", "up")
        assert prompt.field.value == "one"
        await pilot.press("down", "down")
        assert prompt.field.value == ""
        prompt.ask("other", label="other")
        await pilot.press("up")
        assert prompt.field.value == ""


async def test_remarks_and_no_blinking() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.running() as pilot:
        prompt.ask("filter", label="/")
        prompt.show_remark("unknown field [/x]")
        await pilot.pause()
        assert not app.query_one(PromptField).cursor_blink
        assert "unknown field [/x]" in str(app.export_screenshot()).replace("&#160;", " ")
