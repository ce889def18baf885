"""Acts in words: what was wanted and what was done, with objects by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tui.api.records import Record
from tui.catalog.descriptor import Action, Resource
from tui.core.formats import counted, short_id
from tui.core.safe_text import clean
from tui.store.entities import Entities, Parents
from tui.store.views import ActView, Ref

NAME_LIMIT = 80


@dataclass(frozen=True, slots=True)
class Task:
    """One object's part of an act."""

    resource: Resource
    parents: Parents
    ref: Ref | None
    """`None`: the action works on the list."""


class ActWords:
    """Puts acts into words; objects that only their list knows are named by what it joins."""

    def __init__(self, catalog: Mapping[str, Resource], entities: Entities) -> None:
        self._catalog = catalog
        self._entities = entities

    def what(self, tasks: Sequence[Task]) -> str:
        """What an act works on: a name, a count, or the sort of thing that it makes."""
        resource = tasks[0].resource
        if len(tasks) > 1:
            return counted(len(tasks), resource.singular)
        ref = tasks[0].ref
        return resource.singular if ref is None else self._name(resource, ref)

    def wanted(self, action: Action, tasks: Sequence[Task], what: str) -> str:
        """What was to be done: `Delete notes.md`, `Edit attributes of notes.md`."""
        if tasks[0].ref is None:
            return action.title
        return f"{action.title} {what}" if " " not in action.title else f"{action.title} of {what}"

    def done(self, action: Action, tasks: Sequence[Task], view: ActView, what: str) -> str:
        """What was done: `vector store Policies created`, `attributes of notes.md saved`."""
        if len(tasks) > 1:
            return f"{what} {action.done}"
        resource, ref = tasks[0].resource, tasks[0].ref
        if action.title.startswith("Edit "):
            return f"{action.title.removeprefix('Edit ')} of {what} {action.done}"
        if ref is not None and (action.op is None or action.op.effect != "creates"):
            return f"{resource.singular} {what} {action.done}"
        return f"{self._made(action, resource, view.result)} {action.done}"

    def _made(self, action: Action, resource: Resource, record: Record | None) -> str:
        """What came back, by the resource that it belongs to."""
        kind = resource if action.op is None else self._catalog.get(action.op.resource, resource)
        name = ""
        if record is not None and record.id:
            name = self._joined(kind, record.id) or kind.name(record)
            name = "" if name == record.id else name
        return f"{kind.singular} {clean(name, limit=NAME_LIMIT)}".rstrip()

    def _name(self, resource: Resource, ref: Ref) -> str:
        record = self._entities.get(ref)
        name = "" if record is None else resource.name(record)
        if not name or name == ref.id:
            name = self._joined(resource, ref.id) or short_id(ref.id)
        return clean(name, limit=NAME_LIMIT)

    def _joined(self, resource: Resource, id: str) -> str:
        """The name that another resource has for the same id, if it is at hand."""
        for joined in resource.joins:
            found = self._entities.find(joined, id)
            record = None if found is None else self._entities.get(found)
            if record is not None:
                return self._catalog[joined].name(record)
        return ""
