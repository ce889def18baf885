"""An object as its detail shows it: sections, facts and links made from the descriptor."""

from __future__ import annotations

from collections.abc import Mapping

from tui.api.records import Record
from tui.catalog.cells import NOTHING, plain
from tui.catalog.descriptor import Context, Fact, Resource, Section, Shown
from tui.core.safe_text import clean, clean_block
from tui.store.views import FactView, Ref, SectionView

TEXT_LIMIT = 200_000
"""Characters of a running text."""
VALUE_LIMIT = 2_000
"""Characters of one value of a map."""


def sections_of(
    resource: Resource,
    ref: Ref,
    record: Record,
    *,
    context: Context,
    catalog: Mapping[str, Resource],
) -> tuple[SectionView, ...]:
    """The sections that have anything to show."""
    shown = (_section(section, ref, record, context, catalog) for section in resource.sections)
    return tuple(view for view in shown if view.facts or view.text)


def status_of(resource: Resource, record: Record, *, context: Context) -> Shown | None:
    """How the resource shows its status: the column or fact of the field that polling looks at."""
    field = resource.poll.status if resource.poll is not None else "status"
    for column in resource.columns:
        if column.key == field:
            return column.show(record, context)
    for section in resource.sections:
        for fact in section.facts:
            if fact.key == field:
                return fact.show(record, context)
    return None


def title_of(
    resource: Resource,
    ref: Ref,
    record: Record,
    *,
    context: Context,
    catalog: Mapping[str, Resource],
) -> str:
    """What a person calls the object, its id when it has no name; safe to show."""
    name = resource.name(record)
    if name in ("", ref.id):
        for joined in resource.joins:
            other = context.find(joined, ref.id)
            name = catalog[joined].name(other) if other is not None else name
    return clean(name, limit=200) or clean(ref.id, limit=200)


def linked(
    resource: str, id: object, ref: Ref, record: Record, catalog: Mapping[str, Resource]
) -> Ref | None:
    """The object that a value refers to, when its parents can be told from where we are."""
    described = catalog.get(resource)
    if described is None or not isinstance(id, str) or not id:
        return None
    own = catalog.get(ref.resource)
    around = {ref.resource: ref.id}
    if own is not None:
        around.update(
            (parent.resource, held) for parent, held in zip(own.parents, ref.parents, strict=False)
        )
    parents = []
    for parent in described.parents:
        held = around.get(parent.resource) or record.get(parent.field)
        if not isinstance(held, str):
            return None
        parents.append(held)
    return Ref(resource, id, tuple(parents))


def _section(
    section: Section, ref: Ref, record: Record, context: Context, catalog: Mapping[str, Resource]
) -> SectionView:
    facts = [_fact(fact, ref, record, context, catalog) for fact in section.facts]
    if section.pairs is not None:
        facts.extend(_pairs(record.get(section.pairs)))
    text = section.text(record) if section.text is not None else ""
    return SectionView(
        title=section.title,
        facts=tuple(fact for fact in facts if fact.value.text and fact.value != NOTHING),
        text=clean_block(text, limit=TEXT_LIMIT),
    )


def _fact(
    fact: Fact, ref: Ref, record: Record, context: Context, catalog: Mapping[str, Resource]
) -> FactView:
    link = None
    if fact.link is not None:
        link = linked(fact.link, record.get(fact.key), ref, record, catalog)
    return FactView(fact.label, fact.show(record, context), link)


def _pairs(pairs: object) -> list[FactView]:
    if not isinstance(pairs, Mapping):
        return []
    return [
        FactView(clean(name, limit=80), Shown(clean(plain(value), limit=VALUE_LIMIT) or "(empty)"))
        for name, value in pairs.items()
    ]
