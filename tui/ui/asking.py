"""How a page asks a person: a menu, a form, a yes; each is a modal screen that answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.screen import Screen

from tui.store.views import Completion
from tui.ui.questions import ConfirmView, FormView, MenuItem


class Asking(Screen[None]):
    """A screen that asks. Each question has to be asked from a Textual worker (`@work`)."""

    async def ask_menu(self, title: str, items: Sequence[MenuItem]) -> str | None:
        """The key of the chosen item; `None` when nothing was chosen."""
        from tui.ui.screens.menu import MenuScreen

        answer: str | None = await self.app.push_screen_wait(MenuScreen(title, tuple(items)))
        return answer

    async def ask_form(self, view: FormView) -> Mapping[str, Any] | None:
        """The validated body (for changes: the changed fields alone); `None` when left."""
        from tui.ui.screens.form import FormScreen

        screen = FormScreen(view, offers=self.offers)
        answer: Mapping[str, Any] | None = await self.app.push_screen_wait(screen)
        return answer

    def offers(self, resource: str, text: str) -> tuple[Completion, ...]:
        """What a field that holds an id of a resource may be completed to."""
        return ()

    async def ask_confirm(self, view: ConfirmView) -> bool:
        """Whether the person said yes."""
        from tui.ui.screens.confirm import ConfirmScreen

        answer: bool | None = await self.app.push_screen_wait(ConfirmScreen(view))
        return answer is True

    async def ask_line(self, title: str, value: str = "", hint: str = "") -> str | None:
        """One line of text; `None` when left."""
        from tui.ui.screens.ask_line import LineScreen

        answer: str | None = await self.app.push_screen_wait(LineScreen(title, value, hint))
        return answer
