"""A form made from a request model: one line for each field, errors beside them before sending."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from tui.catalog.forms import FieldKind, FieldSpec
from tui.core.formats import short_id
from tui.store.views import Completion
from tui.ui.dialog import Dialog, Title, Words
from tui.ui.forms.answers import Answers
from tui.ui.forms.editor import EditorScreen
from tui.ui.forms.rows import MORE, FormRows, placeholder
from tui.ui.places import load
from tui.ui.questions import FormView, MenuItem
from tui.ui.text import line

Offers = Callable[[str, str], tuple[Completion, ...]]
"""From a resource and the text so far to ids that may be meant."""

BIG = frozenset((FieldKind.MULTILINE, FieldKind.JSON, FieldKind.PAIRS, FieldKind.LIST))
"""Kinds for which the large editor is offered."""


class FormField(Input):
    """The one field that is typed into; it lies over the value under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "form_move(1)", show=False),
        Binding("up,shift+tab", "form_move(-1)", show=False),
    ]

    class Stepped(Message):
        """Another row is wanted."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def action_form_move(self, by: int) -> None:
        self.post_message(self.Stepped(by))


class _Ids(Suggester):
    """Completes the id of an object of the field's resource."""

    def __init__(self, form: FormScreen) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._form = form

    async def get_suggestion(self, value: str) -> str | None:
        return self._form.suggestion(value)


class FormScreen(Dialog[Mapping[str, Any]]):
    """Answers the body: all that was filled in, for changes only what differs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", "send", show=False, priority=True),
        Binding("ctrl+e", "edit", "large editor", show=False, priority=True),
        Binding("ctrl+o", "choose", "choose by name", show=False, priority=True),
    ]

    rows = getters.query_one(FormRows)
    field = getters.query_one(FormField)
    help = getters.query_one("#help", Words)
    refused = getters.query_one("#refused", Words)

    def __init__(self, view: FormView, offers: Offers | None = None) -> None:
        super().__init__()
        self._view = view
        self._offers = offers
        self._answers = Answers(view)
        self._editing: FieldSpec | None = None
        self._warned = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -wide"):
            yield Title(self._view.title)
            yield Words(id="refused")
            with Container(id="fields"):
                yield FormRows(self._answers, self._view.verb)
                yield FormField(compact=True, select_on_focus=False, suggester=_Ids(self))
            yield Words(("", "muted"), id="help")

    def on_mount(self) -> None:
        self.field.cursor_blink = False
        self._show_refusal()
        if (wrong := self._answers.first_error()) is not None:
            self.rows.go_to(wrong)
        self.rows.focus()
        self.call_after_refresh(self._meet)

    def suggestion(self, value: str) -> str | None:
        """The first id that continues what is typed."""
        spec = self._editing
        if spec is None or not value:
            return None
        words = list(spec.choices)
        if self._offers is not None and spec.resource is not None:
            words += [offer.text for offer in self._offers(spec.resource, value)]
        return next((word for word in words if word.startswith(value)), None)

    def action_leave(self) -> None:
        """Leave; what was filled in is thrown away only on the second time."""
        if self._answers.changed and not self._warned:
            self._warned = True
            self.help.say(("esc again throws away what you filled in", "warn"))
        else:
            self.dismiss(None)

    def action_send(self) -> None:
        """Check everything, and answer the body when nothing is wrong."""
        self._keep()
        if self._view.changes and not self._answers.changed:
            self.help.say(("Nothing was changed.", "muted"))
            return
        body = self._answers.body()
        if body is not None:
            self.dismiss(body)
            return
        self.rows.relist()
        wrong = self._answers.first_error()
        if wrong is not None:
            self.rows.go_to(wrong)
        self._show_refusal()
        self.call_after_refresh(self._meet)

    def _show_refusal(self) -> None:
        """What is wrong with the whole stands on top."""
        said = self._answers.errors.get("", "")
        self.refused.display = bool(said)
        self.refused.say((f"✕ {said}", "bad"))

    @work
    async def action_edit(self) -> None:
        """The field under the cursor in the large editor."""
        spec = self.rows.spec
        if spec is None or spec.kind not in BIG | {FieldKind.TEXT}:
            return
        self._keep()
        text = self._answers.text(spec)
        text = await self.app.push_screen_wait(
            EditorScreen(f"{spec.label}", large(spec, text), placeholder(spec))
        )
        if text is not None:
            self._answers.put(spec, text.strip("\n") if spec.kind in BIG else line(text))
            self._review(spec)
            self._meet()

    @work
    async def action_choose(self) -> None:
        """Choose the object of an id field by its name; a list of ids grows by it."""
        spec = self.rows.spec
        if spec is None or spec.resource is None or self._offers is None:
            return
        self._keep()
        items = tuple(
            MenuItem(offer.text, offer.label or offer.text, short_id(offer.text))
            for offer in self._offers(spec.resource, "")
        )
        menu = load("tui.ui.screens.menu:MenuScreen")
        chosen: str | None = await self.app.push_screen_wait(menu(spec.label, items))
        if chosen is not None:
            held = self._answers.text(spec).strip().rstrip(",")
            several = spec.kind is FieldKind.LIST and held
            self._answers.put(spec, f"{held}, {chosen}" if several else chosen)
            self._review(spec)
            self._meet()

    @on(FormField.Stepped)
    def _step(self, event: FormField.Stepped) -> None:
        self._keep()
        self.rows.action_move(event.by)

    @on(Input.Submitted)
    def _submit_field(self, event: Input.Submitted) -> None:
        event.stop()
        self._keep()
        self.rows.action_move(1)

    @on(Input.Changed)
    def _type(self, event: Input.Changed) -> None:
        event.stop()
        self._warned = False

    @on(FormRows.Moved)
    def _move(self) -> None:
        self._keep()
        self._meet()

    @on(FormRows.Entered)
    def _enter(self, event: FormRows.Entered) -> None:
        if event.row == MORE:
            self._answers.all_shown = True
            self.rows.relist()
            self.call_after_refresh(self._meet)
        else:
            self.action_send()

    def _keep(self) -> None:
        """Take over what was typed, and say what is wrong with it."""
        spec, self._editing = self._editing, None
        if spec is not None and self.field.value != shown_in_field(self._answers.text(spec)):
            self._answers.put(spec, self.field.value)
            self._review(spec)

    def _review(self, spec: FieldSpec) -> None:
        self._answers.review(spec)
        self.rows.relist()

    def _meet(self) -> None:
        """Lay the typing field over the value under the cursor, or give the rows the keys."""
        rows, field, spec = self.rows, self.field, self.rows.spec
        self._explain(spec)
        typed = rows.typed and spec is not None and "\n" not in self._answers.text(spec)
        field.display = typed
        if not typed or spec is None:
            self._editing = None
            rows.focus()
            return
        left, width = rows.value_left, rows.text_width - rows.value_left
        field.styles.offset = (left, rows.cursor_y)
        field.styles.width = max(4, width)
        if self._editing is not spec:
            self._editing = spec
            with self.prevent(Input.Changed):
                field.placeholder = placeholder(spec)
                field.value = shown_in_field(self._answers.text(spec))
                field.cursor_position = len(field.value)
        field.focus()

    def _explain(self, spec: FieldSpec | None) -> None:
        if spec is None:
            self.help.say(("⏎ or ^s " + line(self._view.verb).lower() + "   esc leave", "muted"))
            return
        turned = spec.kind in {FieldKind.BOOL, FieldKind.CHOICE}
        keys = "← → choose" if turned else "^e large editor" if spec.kind in BIG else ""
        if spec.resource is not None and self._offers is not None:
            keys = f"^o choose by name   {keys}".rstrip()
        error = self._answers.errors.get(spec.name, "")
        wrong = ((f"✕ {error}", "bad"),) if error else ()
        self.help.say(*wrong, (line(spec.help), "plain"), (keys, "muted"))


def shown_in_field(text: str) -> str:
    """A text as the one-line field can hold it."""
    return line(text)


def large(spec: FieldSpec, text: str) -> str:
    """A text for the large editor: JSON is laid out."""
    if spec.kind not in {FieldKind.JSON, FieldKind.PAIRS} or not text.lstrip().startswith(
        ("{", "[")
    ):
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
