"""A stored completion as a conversation that grows while its messages are paged in."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tui.api.records import Record
from tui.catalog.descriptor import Shown
from tui.core.cell import Cell
from tui.core.errors import Problem
from tui.core.safe_text import clean
from tui.store.chat import Chat
from tui.store.chat_parameters import parameters_of
from tui.store.chat_transcript import stored_turns
from tui.store.chat_turns import TurnView
from tui.store.views import CollectionKey, EntityView, FactView, Phase, Ref, SectionView
from tui.worker.lanes import Scope

if TYPE_CHECKING:
    from tui.store.session import Session

MESSAGES = "chat.completions.messages"
AHEAD = 40
"""Messages that are asked for beyond the last one that was loaded."""

FACT_LIMIT = 400


@dataclass(frozen=True, slots=True)
class StoredView:
    """A stored completion as the screen sees it."""

    phase: Phase
    turns: tuple[TurnView, ...] = ()
    object: EntityView | None = None
    whole: bool = False
    """Whether all messages are here."""
    problem: Problem | None = None
    """Why the messages are missing; the answer may be here all the same."""


class StoredCompletion:
    """Reads a completion and its messages for one screen's scope."""

    def __init__(self, session: Session, ref: Ref, scope: Scope) -> None:
        self.ref = ref
        self._session = session
        self.entity = session.entity(ref, scope)
        self._messages = session.collection(CollectionKey(MESSAGES, (ref.id,)), scope)
        self._turns: tuple[TurnView, ...] = ()
        self._read: tuple[Any, ...] = ()
        """The records that the turns were made of: the same ones need no new turns."""
        self.view: Cell[StoredView] = Cell(self._now())
        self._deaf = (
            self.entity.view.subscribe(lambda _view: self._changed()),
            self._messages.view.subscribe(lambda _view: self._changed()),
        )

    @property
    def record(self) -> Record | None:
        return self.entity.record

    def need_more(self) -> None:
        """The end of what is loaded came in sight."""
        view = self._messages.view.value
        if not view.end:
            self._messages.need(view.loaded + AHEAD)

    def retry(self) -> None:
        """Ask again for what failed."""
        self.entity.refresh()
        self._messages.retry()
        self._messages.refresh()

    def continue_chat(self) -> Chat:
        """A new live chat that goes on from here."""
        record = self.record
        parameters = parameters_of(record.raw if record is not None else {})
        store = self._session.chats.keeps
        # A choice of tool held for that one answer: kept, it would force a call in every turn.
        changed = parameters.changed({"store": store, "tool_choice": None})
        return self._session.chats.new(parameters=changed, turns=self.view.value.turns)

    def close(self) -> None:
        for stop in self._deaf:
            stop()

    def _changed(self) -> None:
        self.view.set(self._now())

    def _now(self) -> StoredView:
        about, messages = self.entity.view.value, self._messages.view.value
        rows, entities = messages.rows, self._session.entities
        found = [entities.get(rows.ref(place)) for place in range(rows.count)]
        records = [record for record in found if record is not None]
        failed = messages.phase in (Phase.FAILED, Phase.ABSENT, Phase.NEEDS_KEY)
        whole = messages.end or failed
        # The answer stands behind the last message, so it waits for the last page.
        answer = about.record.raw if about.record is not None and whole else None
        source = (*records, answer)
        if not _same(source, self._read):
            self._read = source
            self._turns = self._kept(stored_turns([record.raw for record in records], answer))
        phase = Phase.READY
        if about.phase is not Phase.READY and about.record is None:
            phase = about.phase
        elif not self._turns and not whole:
            phase = Phase.LOADING
        return StoredView(phase, self._turns, facts_of(about), whole, messages.problem)

    def _kept(self, turns: tuple[TurnView, ...]) -> tuple[TurnView, ...]:
        """Turns that did not change stay the same objects: the transcript looks no further."""
        known = {turn.id: turn for turn in self._turns}
        return tuple(
            old if (old := known.get(turn.id)) is not None and old == turn else turn
            for turn in turns
        )


def facts_of(about: EntityView) -> EntityView:
    """What stands beside the conversation: no text that it shows too, but how it was asked."""
    sections = tuple(section for section in about.sections if not section.text)
    if about.record is not None:
        asked = parameters_of(about.record.raw).values
        for name in ("model", "store"):
            asked.pop(name, None)
        if asked:
            facts = tuple(
                FactView(name.replace("_", " "), Shown(clean(_words(value), limit=FACT_LIMIT)))
                for name, value in asked.items()
            )
            sections = (*sections, SectionView("Asked with", facts))
    return replace(about, sections=sections)


def _words(value: object) -> str:
    """A parameter in words; tools by their names."""
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    if isinstance(value, dict):
        body = value.get("function") or value.get("custom") or value.get("json_schema")
        name = body.get("name") if isinstance(body, dict) else None
        return str(name or value.get("type") or json.dumps(value, ensure_ascii=False))
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
