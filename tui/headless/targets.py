"""What a command means by its words: a resource, and the objects that it lives in.

`vector-stores.files --parent vs_1`, `files --parent vs_1`, `vsfb_7`: names go by the catalogue's
index, missing parents by the ledger.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from tui.catalog.descriptor import Resource
from tui.catalog.index import ENTRIES, Entry, entry, normal, resource_named
from tui.core.safe_text import clean
from tui.headless.access import Access
from tui.headless.output import UsageError


@dataclass(frozen=True, slots=True)
class Target:
    """A list, or with `id` one object of it."""

    resource: Resource
    parents: tuple[str, ...]
    id: str | None = None

    @property
    def path(self) -> dict[str, str]:
        """The fields of a path to it."""
        return self.resource.path(self.parents, self.id)


async def list_target(access: Access, name: str, parents: tuple[str, ...]) -> Target:
    """The list that a name means. Raises `UsageError`."""
    found = _named(name, parents)
    if found is None:
        raise UsageError(_unknown(name))
    return Target(access.catalog[found.key], await _all_parents(access, found, parents))


async def object_target(access: Access, words: tuple[str, ...], parents: tuple[str, ...]) -> Target:
    """The object that `ID`, or `RESOURCE ID`, means. Raises `UsageError`."""
    *names, id = words
    if not names:
        return await _by_id(access, id, parents)
    found = _named(names[0], parents)
    if found is None:
        raise UsageError(_unknown(names[0]))
    above = await _all_parents(access, found, parents, id)
    return Target(access.catalog[found.key], above, id)


async def _by_id(access: Access, id: str, parents: tuple[str, ...]) -> Target:
    if parents:
        inner = [one for one in ENTRIES if one.parents and _holds(parents[-1], one)]
        typed = [one for one in inner if _fits(id, one)] or _children_like(id, inner)
        if typed:
            above = await _all_parents(access, typed[0], parents, id)
            return Target(access.catalog[typed[0].key], above, id)
        raise UsageError(f"no object inside {clean(parents[-1], limit=80)} has such an id")
    fitting = sorted((one for one in ENTRIES if _fits(id, one)), key=lambda e: bool(e.parents))
    if fitting and not fitting[0].parents:
        return Target(access.catalog[fitting[0].key], (), id)
    for seen in await access.book.locate(id):
        if any(one.key == seen.kind for one in fitting or ENTRIES):
            return Target(access.catalog[seen.kind], seen.parents, id)
    if fitting:
        raise UsageError(_needs_parents(fitting[0]))
    raise UsageError(
        f"nothing tells what {clean(id, limit=80)} is: name its resource before it,"
        " such as: models gpt-4o"
    )


async def _all_parents(
    access: Access, found: Entry, given: tuple[str, ...], id: str | None = None
) -> tuple[str, ...]:
    """The given parents, and from the ledger the ones outside them. Raises `UsageError`."""
    missing = len(found.parents) - len(given)
    if missing == 0:
        return given
    if missing < 0:
        wanted = f"{len(found.parents)} of them" if found.parents else "none"
        raise UsageError(f"{found.title.lower()} take {wanted} as --parent")
    if not given and id is not None:
        seen = [one for one in await access.book.locate(id) if one.kind == found.key]
        if seen:
            return seen[0].parents
    if given:
        for one in await access.book.locate(given[0]):
            if one.kind == found.parents[missing] and len(one.parents) == missing:
                return (*one.parents, *given)
    raise UsageError(_needs_parents(found))


def _named(name: str, parents: tuple[str, ...]) -> Entry | None:
    """The entry of a name; `files` inside a vector store are that store's files."""
    key = resource_named(name)
    found = entry(key) if key is not None else None
    if not parents or (found is not None and found.parents):
        return found
    last = normal(name) if found is None else _last(found.key)
    children = (one for one in ENTRIES if one.parents and _last(one.key) == last)
    inside = [one for one in children if _holds(parents[-1], one)]
    return inside[0] if inside else found


def _children_like(id: str, inner: Iterable[Entry]) -> list[Entry]:
    """The children whose name is that of the resource that the id is of: `file-1` in a store."""
    outside = {_last(one.key) for one in ENTRIES if not one.parents and _fits(id, one)}
    return [one for one in inner if not one.id_prefixes and _last(one.key) in outside]


def _last(key: str) -> str:
    return normal(key.rpartition(".")[2])


def _fits(id: str, found: Entry) -> bool:
    return any(id.startswith(prefix) and len(id) > len(prefix) for prefix in found.id_prefixes)


def _holds(parent: str, found: Entry) -> bool:
    """Whether a parent's id looks like what the resource lives in."""
    above = entry(found.parents[-1])
    return not above.id_prefixes or _fits(parent, above)


def _needs_parents(found: Entry) -> str:
    above = [entry(parent) for parent in found.parents]
    example = " ".join(f"--parent {(one.id_prefixes or (one.key.upper(),))[0]}…" for one in above)
    where = " of ".join(one.title.lower() for one in reversed(above))
    return f"{found.title.lower()} live in {where}: say which by {example}"


def _unknown(name: str) -> str:
    names = {normal(word): word for one in ENTRIES for word in (one.key, *one.aliases)}
    near = difflib.get_close_matches(normal(name), names, n=1)
    hint = f"did you mean {names[near[0]]}?" if near else f"there are {', '.join(_tops())}"
    return f"there is no resource {clean(name, limit=80)}; {hint}"


def _tops() -> list[str]:
    return [one.key for one in ENTRIES if not one.parents]
