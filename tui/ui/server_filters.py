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
    now = value_of(filter, key)
    hint = "name=value, name=value" if filter.kind is FilterKind.PAIRS else "empty: any"
    text = await page.ask_line(filter.title, now, hint)
    if text is None:
        return None
    if filter.kind is FilterKind.TEXT:
        return key.with_query(**{filter.param: text.strip() or None})
    return with_pairs(filter, key, text)


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
