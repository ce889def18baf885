"""How a page runs an action: gates, form, question, intent. One road for all actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from textual import work

from tui.catalog.descriptor import Action, Confirm, Resource, Target
from tui.core.errors import ProblemKind
from tui.core.formats import counted, short_id
from tui.core.safe_text import clean
from tui.store.naming import name_of, record_of, refused
from tui.store.views import ActView, CollectionKey, Ref
from tui.ui.navigation import FlowRequest
from tui.ui.page import Page
from tui.ui.questions import ConfirmView, FormView

SHORTEST_TYPED = 4
"""A name below this many characters is no guard: the id's end is asked for instead."""


class ActingPage(Page):
    """A page that offers a resource's actions."""

    resource: Resource

    def bind_actions(self, resource: Resource, *, of_one: bool = False) -> None:
        """Give each action its key on this page; the footer and the help read the bindings."""
        for action in resource.actions:
            if of_one and action.target is Target.COLLECTION:
                continue
            words = action.title.split(" ")[0].lower()
            self.bind_key(action.key, f"act('{action.id}')", words, action.title)

    def targets_of(self, action: Action) -> tuple[Ref, ...]:
        """The objects that an action would work on now."""
        raise NotImplementedError

    @property
    def action_key(self) -> CollectionKey:
        """The list that an action on the collection belongs to."""
        raise NotImplementedError

    @work
    async def action_act(self, id: str) -> None:
        await self.run_descriptor_action(self.resource.action(id))

    async def run_descriptor_action(self, action: Action) -> None:
        """Check, ask, do. What cannot be done says why."""
        refs = self.targets_of(action)
        if action.target is not Target.COLLECTION and not refs:
            return
        reason = refused(self.session, action, refs)
        if reason:
            self.notify(reason, severity="warning", markup=False)
            return
        if action.flow is not None:
            self.start(FlowRequest(action, self.action_key, refs))
            return
        form = None if action.request is None else self._form(action, refs)
        while True:
            values: dict[str, object] = {}
            if form is not None:
                body = await self.ask_form(form)
                if body is None:
                    return
                values = dict(body)
            if action.confirm is not Confirm.NONE and not await self.ask_confirm(
                self._question(action, refs)
            ):
                return
            act = self.session.act(action, refs, values, on=self.action_key)
            self.acted(action)
            view = await act.finished()
            self.concluded(action, view)
            again = None if form is None else refilled(form, values, view)
            if again is None:
                return
            form = again

    def acted(self, action: Action) -> None:
        """Called once an action is on its way."""

    def concluded(self, action: Action, view: ActView) -> None:
        """Called once an action is over, however it went."""

    def _form(self, action: Action, refs: tuple[Ref, ...]) -> FormView:
        record = record_of(self.session, refs[0]) if refs else None
        known = action.prefill(record) if action.prefill and record is not None else {}
        # A new object that is made after another is sent whole.
        changes = action.prefill is not None and not (action.op and action.op.effect == "creates")
        title = action.title
        if record is not None and self.resource.name(record) != record.id:
            title = f"{title}: {clean(self.resource.name(record), limit=60)}"
        assert action.request is not None
        first = action.title.split(" ")[0]
        verb = "Save" if changes else "Create" if first == "New" else first
        return FormView(title, action.request, known, verb=verb, changes=changes)

    def _question(self, action: Action, refs: tuple[Ref, ...]) -> ConfirmView:
        """One object is asked for by name, more by their count."""
        effects: list[str] = []
        typed = ""
        what = "its name"
        verb = action.title.split(" ")[0]
        if len(refs) == 1:
            name = name_of(self.session, refs[0])
            title = f"{_asked(action)} {name}?" if name else f"{action.title}?"
            record = record_of(self.session, refs[0])
            if action.effects is not None and record is not None:
                effects += action.effects(record, self.session.context)
            if action.confirm is Confirm.TYPE:
                typed, what = typed_word(name, refs[0].id)
        else:
            title = f"{_asked(action)} {counted(len(refs), self.resource.singular)}?"
            effects += [name_of(self.session, ref) for ref in refs[:5]]
            if len(refs) > 5:
                effects.append(f"and {len(refs) - 5} more")
            if len(refs) >= self.session.desk.confirm_typed_from:
                typed, what = str(len(refs)), "how many"
        if action.removes and action.confirm is Confirm.TYPE:
            effects.append("This cannot be undone.")
        return ConfirmView(title, tuple(effects), verb, typed, what, action.key)


def _asked(action: Action) -> str:
    """A verb goes straight on to its object: `Delete notes.md`; a phrase is parted from it."""
    return action.title if " " not in action.title else f"{action.title}:"


def refilled(form: FormView, values: Mapping[str, object], view: ActView) -> FormView | None:
    """The form as it was sent, with the server's words; `None` when there is nothing to mend.

    What may have happened all the same is not offered again: it would happen twice.
    """
    kinds = {problem.kind for _, problem in view.failed}
    if not kinds or view.done or kinds & {ProblemKind.UNCERTAIN, ProblemKind.CANCELLED}:
        return None
    problem = view.failed[0][1]
    words = clean(problem.detail or problem.title)
    if problem.param:
        return replace(form, filled=values, error="", errors={clean(problem.param): words})
    said = clean(str(problem))
    hint = f" ({clean(problem.hint)})" if problem.hint else ""
    return replace(form, filled=values, error=f"{said}{hint}", errors={})


def typed_word(name: str, id: str) -> tuple[str, str]:
    """What has to be typed for one object: its name, or the end of an id that nobody could type."""
    if name and name != id and name.isascii() and name.isprintable():
        plain = " ".join(name.split())
        if SHORTEST_TYPED <= len(plain) <= 60 and plain == name:
            return name, "its name"
    return id[-SHORTEST_TYPED:], f"the last {SHORTEST_TYPED} characters of {short_id(id)}"
