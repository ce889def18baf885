"""One line to type into at the bottom: filter, go to, search, or any question of one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.strip import Strip
from textual.suggester import Suggester
from textual.widgets import Input

from tui.store.views import Completion
from tui.ui.text import cells, cut, line
from tui.ui.widgets.completions import Completions
from tui.ui.widgets.lines import Inked

MOST_REMEMBERED = 50
_REMARK_WIDEST = 40

Complete = Callable[[str], tuple[Completion, ...]]


class _Ghost(Suggester):
    """Offers the rest of the first completion behind the cursor."""

    def __init__(self, rest: Callable[[str], str | None]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._rest = rest

    async def get_suggestion(self, value: str) -> str | None:
        return self._rest(value)


class PromptWords(Inked):
    """A few words beside the field: what is asked, or what is wrong."""

    def __init__(self, *, classes: str) -> None:
        super().__init__(classes=classes)
        self._text = ""
        self._tone = "accent"

    def say(self, text: str, tone: str) -> None:
        if (text, tone) != (self._text, self._tone):
            resized = cells(text) != cells(self._text)
            self._text, self._tone = text, tone
            self.display = bool(text)
            self.refresh(layout=resized)

    def get_content_width(self, container: object, viewport: object) -> int:
        return cells(self._text)

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        return self.strip([Segment(self._text, self.ink(self._tone))] if y == 0 else [], width)


class PromptField(Input):
    """The field itself: it never blinks, and leaves `up`, `down`, `tab`, `escape` to the prompt."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "prompt_step(-1)", show=False),
        Binding("down", "prompt_step(1)", show=False),
        Binding("tab", "prompt_accept", show=False),
        Binding("escape", "prompt_cancel", show=False),
    ]

    class Stepped(Message):
        """Up or down was pressed."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    class Accepted(Message):
        """Tab: the first or chosen completion is wanted."""

    class Left(Message):
        """Escape was pressed."""

    def action_prompt_step(self, by: int) -> None:
        self.post_message(self.Stepped(by))

    def action_prompt_accept(self) -> None:
        self.post_message(self.Accepted())

    def action_prompt_cancel(self) -> None:
        self.post_message(self.Left())


class Prompt(Vertical):
    """Asks for one line at a time; invisible while it asks nothing.

    Focus goes to the field when it asks; the screen gives it back to what it wants afterwards.
    """

    class Posted(Message):
        """What all messages of a prompt share; `name` is the one that `ask` was given."""

        def __init__(self, prompt: Prompt, name: str, value: str) -> None:
            super().__init__()
            self.prompt = prompt
            self.name = name
            self.value = value

        @property
        def control(self) -> Prompt:
            return self.prompt

    class Changed(Posted):
        """The text differs now."""

    class Submitted(Posted):
        """Enter, or an offer was taken, which is in `completion` then."""

        def __init__(
            self, prompt: Prompt, name: str, value: str, completion: Completion | None = None
        ) -> None:
            super().__init__(prompt, name, value)
            self.completion = completion

    class Cancelled(Posted):
        """Escape."""

    field = getters.query_one(PromptField)
    offers = getters.query_one(Completions)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._question = ""
        self._complete: Complete | None = None
        self._remembered: dict[str, list[str]] = {}
        self._back = 0
        self.display = False

    def compose(self) -> ComposeResult:
        yield Completions()
        with Horizontal():
            yield PromptWords(classes="-label")
            yield PromptField(compact=True, select_on_focus=False, suggester=_Ghost(self._ghost))
            yield PromptWords(classes="-remark")

    def on_mount(self) -> None:
        self.field.cursor_blink = False
        self.offers.display = False

    @property
    def asking(self) -> str | None:
        """Name of the question; `None` while nothing is asked."""
        return self._question if self.display else None

    def ask(
        self,
        name: str,
        *,
        label: str,
        value: str = "",
        placeholder: str = "",
        complete: Complete | None = None,
    ) -> None:
        """Ask for a line. `name` comes back in the messages; `complete` offers completions."""
        self._question, self._complete, self._back = name, complete, 0
        self.display = True
        self.query_one(".-label", PromptWords).say(f" {line(label)} ", "accent")
        self.show_remark("")
        with self.prevent(Input.Changed):
            self.field.placeholder = line(placeholder)
            self.field.value = line(value)
            self.field.cursor_position = len(self.field.value)
        self._offer(self.field.value)
        # At once, not by a message: the next key may be here already.
        self.screen.set_focus(self.field)

    def renew(self) -> None:
        """There is more to offer than a moment ago."""
        self._offer(self.field.value)

    def close(self) -> None:
        """Ask nothing any more."""
        self.display = False
        self._complete = None
        self.offers.show(())

    def show_remark(self, text: str, tone: str = "bad") -> None:
        """A few words at the end of the line, such as what is wrong with a filter."""
        said = cut(line(text), _REMARK_WIDEST)
        self.query_one(".-remark", PromptWords).say(f" {said} " if said else "", tone)

    @on(Input.Changed)
    def _tell_change(self, event: Input.Changed) -> None:
        event.stop()
        self._offer(event.value)
        self.post_message(self.Changed(self, self._question, event.value))

    @on(Input.Submitted)
    def _tell_submission(self, event: Input.Submitted) -> None:
        event.stop()
        self._submit(self.offers.chosen)

    @on(Completions.Taken)
    def _take_offer(self, event: Completions.Taken) -> None:
        event.stop()
        self._submit(event.completion)

    @on(PromptField.Accepted)
    def _accept(self) -> None:
        offer = self.offers.chosen or self.offers.first
        if offer is not None:
            self.field.value = offer.text
            self.field.cursor_position = len(offer.text)

    @on(PromptField.Left)
    def _leave(self) -> None:
        name, value = self._question, self.field.value
        self.close()
        self.post_message(self.Cancelled(self, name, value))

    @on(PromptField.Stepped)
    def _step(self, event: PromptField.Stepped) -> None:
        """Through the offers, or through what was typed before where there are none."""
        if self.offers.line_count:
            self.offers.step(event.by)
            return
        before = self._remembered.get(self._question, [])
        self._back = max(0, min(self._back - event.by, len(before)))
        self.field.value = before[-self._back] if self._back else ""
        self.field.cursor_position = len(self.field.value)

    def _submit(self, completion: Completion | None) -> None:
        name = self._question
        value = completion.text if completion is not None else self.field.value
        self._remember(name, value)
        self.close()
        self.post_message(self.Submitted(self, name, value, completion))

    def _remember(self, name: str, value: str) -> None:
        before = self._remembered.setdefault(name, [])
        if value:
            if value in before:
                before.remove(value)
            before.append(value)
            del before[:-MOST_REMEMBERED]

    def _offer(self, value: str) -> None:
        self.offers.show(self._complete(value) if self._complete is not None else ())

    def _ghost(self, value: str) -> str | None:
        offer = self.offers.first
        if offer is None or not value or not offer.text.startswith(value):
            return None
        return offer.text
