from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot
from textual.widgets import TextArea

from tests.ui.widgets.host import Host, drawn
from tui.store.views import Completion
from tui.ui.forms.answers import Answers
from tui.ui.forms.editor import EditorScreen
from tui.ui.questions import FormView
from tui.ui.screens.form import FormField, FormScreen

CREATE = FormView("New vector store", "vector_stores:CreateVectorStore", verb="Create")
CHANGE = FormView(
    "Change vs_policy",
    "vector_stores:ModifyVectorStore",
    {
        "name": "policy",
        "metadata": {"team": "support"},
        "expires_after": {"anchor": "last_active_at", "days": 7},
    },
    changes=True,
)


@asynccontextmanager
async def form(view: FormView, **more: Any) -> AsyncIterator[tuple[Pilot[None], list[Any]]]:
    app = Host()
    answers: list[Any] = []
    async with app.running(100, 36) as pilot:
        app.push_screen(FormScreen(view, **more), answers.append)
        for _step in range(3):
            await pilot.pause()
        yield pilot, answers


def rows(pilot: Pilot[None]) -> list[str]:
    screen = pilot.app.screen
    assert isinstance(screen, FormScreen)
    return drawn(screen.rows)


async def test_what_is_typed_is_sent() -> None:
    async with form(CREATE) as (pilot, answers):
        await pilot.press(*"policy", "enter", *"for tests", "down", "down", *"30", "ctrl+s")
        await pilot.pause()
        assert answers == [
            {
                "name": "policy",
                "description": "for tests",
                "expires_after": {"anchor": "last_active_at", "days": 30},
            }
        ]


async def test_errors_stand_below_their_fields_before_sending() -> None:
    async with form(CREATE) as (pilot, answers):
        await pilot.press("down", "down", "down", *"900", "down")
        await pilot.pause()
        text = rows(pilot)
        at = next(i for i, line in enumerate(text) if "expires after · days" in line)
        assert "✕ should be less than or equal to 365" in text[at + 1]
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert answers == []
        screen = pilot.app.screen
        assert isinstance(screen, FormScreen)
        assert screen.field.value == "900" and screen.field.has_focus


async def test_changes_send_what_differs_alone() -> None:
    async with form(CHANGE) as (pilot, answers):
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert (
            answers == [] and "Nothing was changed" in drawn(pilot.app.screen.query_one("#help"))[0]
        )
        await pilot.press("down", "down", *", n=1", "ctrl+s")
        await pilot.pause()
        assert answers == [{"metadata": {"team": "support", "n": "1"}}]


def test_what_is_taken_away_is_sent_as_nothing() -> None:
    answers = Answers(CHANGE)
    specs = {spec.name: spec for spec in answers.fields}
    answers.put(specs["expires_after.days"], "")
    answers.put(specs["name"], "")
    answers.put(specs["metadata"], "")
    assert answers.body() == {"name": None, "expires_after": None, "metadata": {}}


async def test_a_long_form_shows_what_matters_and_the_rest_on_demand() -> None:
    view = FormView("Ask", "chat:CreateChatCompletion", {"model": "gpt-4.1"})
    async with form(view) as (pilot, answers):
        assert any("more fields" in line for line in rows(pilot))
        screen = pilot.app.screen
        assert isinstance(screen, FormScreen)
        before = len(screen._answers.shown)
        await pilot.press(*["down"] * before, "enter")
        await pilot.pause()
        assert screen._answers.hidden == 0
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert any("is needed" in line for line in rows(pilot)) and answers == []


async def test_choices_are_turned_and_cleared() -> None:
    view = FormView("Ask", "chat:CreateChatCompletion")
    async with form(view) as (pilot, _answers):
        screen = pilot.app.screen
        assert isinstance(screen, FormScreen)
        effort = next(s for s in screen._answers.fields if s.name == "reasoning_effort")
        screen.rows.go_to(effort)
        await pilot.pause()
        assert screen.focused is screen.rows
        await pilot.press("right", "right")
        assert screen._answers.text(effort) == effort.choices[1]
        await pilot.press("left", "left", "left")
        assert screen._answers.text(effort) == effort.choices[-1]
        await pilot.press("delete")
        assert screen._answers.text(effort) == ""


async def test_the_large_editor_takes_json() -> None:
    async with form(CREATE) as (pilot, answers):
        screen = pilot.app.screen
        assert isinstance(screen, FormScreen)
        chunking = next(s for s in screen._answers.fields if s.name == "chunking_strategy")
        screen.rows.go_to(chunking)
        await pilot.pause()
        await pilot.press("ctrl+e")
        await pilot.pause()
        editor = pilot.app.screen
        assert isinstance(editor, EditorScreen)
        editor.query_one(TextArea).text = '{\n  "type": "auto"\n}'
        await pilot.press("ctrl+s")
        for _step in range(3):
            await pilot.pause()
        assert pilot.app.screen is screen
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert answers == [{"chunking_strategy": {"type": "auto"}}]


async def test_ids_are_offered() -> None:
    def offers(resource: str, text: str) -> tuple[Completion, ...]:
        return (Completion("file-8Kq2", "handbook"),) if resource == "files" else ()

    view = FormView("Attach", "vector_stores:AttachFile")
    async with form(view, offers=offers) as (pilot, answers):
        await pilot.press("f", "i")
        await pilot.pause()
        await pilot.press("right", "ctrl+s")
        await pilot.pause()
        assert answers == [{"file_id": "file-8Kq2"}]


async def test_leaving_with_something_filled_in_asks_once() -> None:
    async with form(CREATE) as (pilot, answers):
        await pilot.press("x", "down", "escape")
        assert answers == []
        await pilot.press("escape")
        await pilot.pause()
        assert answers == [None]
        assert not isinstance(pilot.app.screen, FormScreen)


async def test_the_mouse_goes_to_a_field() -> None:
    async with form(CREATE) as (pilot, _answers):
        screen = pilot.app.screen
        assert isinstance(screen, FormScreen)
        await pilot.click(screen.rows, offset=(4, 1))
        await pilot.pause()
        await pilot.press("a")
        assert screen.query_one(FormField).value == "a"
        assert screen.rows.spec is not None and screen.rows.spec.name == "description"
