"""The server's filters as chips and questions: what a list call may be narrowed by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.catalog.descriptor import FilterKind, Resource, ServerFilter
from tui.core.safe_text import clean
from tui.store.views import CollectionKey
from tui.ui.questions import MenuItem
from tui.ui.widgets.chips import Chip

if TYPE_CHECKING:
    from tui.ui.page import Page

ANY = ""
TYPED = " "
"""The choice to type a name; no server has an object of this id."""
MOST_KNOWN = 500


def value_of(filter: ServerFilter, key: CollectionKey) -> str:
    """What the list is filtered by now, in words; empty where it is not."""
    query = dict(key.query)
    if filter.kind is FilterKind.PAIRS:
        begin = f"{filter.param}["
        pairs = [
            f"{name[len(begin) : -1]}={value}"
            for name, value in key.query
            if name.startswith(begin)
        ]
        return ", ".join(pairs)
    return query.get(filter.param, "")


def filter_chips(resource: Resource, key: CollectionKey) -> tuple[Chip, ...]:
    """One chip for each filter that the server offers."""
    chips = []
    carried = resource.query or {}
    for filter in resource.filters:
        value = value_of(filter, key)
        usual = filter.default or carried.get(filter.param) or "any"
        chips.append(
            Chip(
                filter.param,
                filter.title,
                clean(value, limit=60) or usual,
                active=bool(value) and value != usual,
            )
        )
    return tuple(chips)


async def choose_filter(
    page: Page, resource: Resource, key: CollectionKey, param: str | None
) -> CollectionKey | None:
    """Ask which filter and what it shall hold; the new key, or `None` when left."""
    if param is None and len(resource.filters) > 1:
        param = await page.ask_menu(
            "Filter on the server",
            [
                MenuItem(chip.key, chip.title, chip.value, chosen=chip.active)
                for chip in filter_chips(resource, key)
            ],
        )
        if param is None:
            return None
    filter = next((f for f in resource.filters if param in (None, f.param)), None)
    if filter is None:
        return None
    if filter.kind is FilterKind.CHOICE:
        return await _choose_one(page, filter, key)
    if filter.kind is FilterKind.TEXT:
        named = await _choose_known(page, filter, key) if filter.resource else TYPED
        if named == TYPED:
            named = await page.ask_line(filter.title, value_of(filter, key), "empty: any")
        return None if named is None else key.with_query(**{filter.param: named.strip() or None})
    hint = "name=value, name=value"
    text = await page.ask_line(filter.title, value_of(filter, key), hint)
    return None if text is None else with_pairs(filter, key, text)


async def _choose_known(page: Page, filter: ServerFilter, key: CollectionKey) -> str | None:
    """One of the objects at hand, any, or `TYPED`; `None` when left."""
    now = value_of(filter, key)
    known = sorted({ref.id for ref, _ in page.session.entities.each(filter.resource)})
    items = [MenuItem(id, clean(id, limit=80), chosen=id == now) for id in known[:MOST_KNOWN]]
    any_one = MenuItem(ANY, "any", chosen=not now)
    other = MenuItem(TYPED, "another", "type its name", chosen=bool(now) and now not in known)
    return await page.ask_menu(filter.title, [any_one, *items, other])


async def _choose_one(page: Page, filter: ServerFilter, key: CollectionKey) -> CollectionKey | None:
    now = value_of(filter, key)
    choices = [MenuItem(choice, choice, chosen=choice == now) for choice in filter.choices]
    if filter.default is None:
        choices.insert(0, MenuItem(ANY, "any", chosen=not now))
    chosen = await page.ask_menu(filter.title, choices)
    return None if chosen is None else key.with_query(**{filter.param: chosen or None})


def with_pairs(filter: ServerFilter, key: CollectionKey, text: str) -> CollectionKey:
    """The key with `metadata[name]=value` for each pair of a line such as `env=prod, team=x`."""
    begin = f"{filter.param}["
    query = {name: value for name, value in key.query if not name.startswith(begin)}
    for pair in text.split(","):
        name, _, value = pair.partition("=")
        if name.strip():
            query[f"{begin}{name.strip()}]"] = value.strip()
    return CollectionKey(key.resource, key.parents, tuple(sorted(query.items())))
