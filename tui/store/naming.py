"""What a person calls things: objects by name, lists by whose they are, refusals in words."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.api.records import Record
from tui.catalog.descriptor import Action
from tui.core.formats import short_id
from tui.core.safe_text import clean
from tui.store.views import CollectionKey, Completion, Ref

if TYPE_CHECKING:
    from tui.store.session import Session

NAME_LIMIT = 80
SCANNED = 2_000
"""Objects that are looked through for one key press."""
MOST_OFFERED = 500


def record_of(session: Session, ref: Ref) -> Record | None:
    """The object as it is at hand; never a request."""
    return session.entities.get(ref)


def name_of(session: Session, ref: Ref) -> str:
    """What a person calls an object, safe; its short id where nothing better is known."""
    resource = session.catalog[ref.resource]
    record = session.entities.get(ref)
    name = resource.name(record) if record is not None else ""
    if not name or name == ref.id:
        for joined in resource.joins:
            other = session.context.find(joined, ref.id)
            if other is not None:
                name = session.catalog[joined].name(other)
    return clean(name if name and name != ref.id else short_id(ref.id), limit=NAME_LIMIT)


def parent_titles(session: Session, key: CollectionKey) -> tuple[str, ...]:
    """The breadcrumb down to a list: each parent's list and name, outermost first."""
    resource = session.catalog[key.resource]
    titles: list[str] = []
    for depth, parent in enumerate(resource.parents):
        titles.append(session.catalog[parent.resource].title)
        ref = Ref(parent.resource, key.parents[depth], key.parents[:depth])
        titles.append(name_of(session, ref))
    return tuple(titles)


def refused(session: Session, action: Action, refs: Sequence[Ref]) -> str:
    """Why an action cannot be done to these objects, in words; empty: it can."""
    for ref in refs or (None,):
        problem = session.refusal(action, ref)
        if problem is not None:
            words = str(problem)
            return f"{name_of(session, ref)}: {words}" if ref and len(refs) > 1 else words
    return ""


def offered_ids(session: Session, resource: str, text: str) -> tuple[Completion, ...]:
    """Objects of one resource whose id begins so, or whose name holds it: for a form's field."""
    described = session.catalog.get(resource)
    if described is None:
        return ()
    typed = text.strip()
    found: dict[str, Completion] = {}
    for ref, record in itertools.islice(session.entities.each(resource), SCANNED):
        name = described.name(record)
        if ref.id.startswith(typed) or typed.casefold() in name.casefold():
            found.setdefault(ref.id, Completion(ref.id, clean(name, limit=NAME_LIMIT)))
            if len(found) == MOST_OFFERED:
                break
    return tuple(found.values())
