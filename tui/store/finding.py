"""Finding: where a typed word or a pasted id leads, and what a beginning may complete to."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from tui.catalog.descriptor import Resource
from tui.core.cell import Cell
from tui.core.errors import ProblemError
from tui.core.safe_text import clean
from tui.store.entities import Entities
from tui.store.ledger import Ledger
from tui.store.ledger_file import Entry
from tui.store.views import Completion, Destination

MOST_COMPLETIONS = 30
SCANNED = 3_000
"""Objects of each resource that are looked through between two key presses."""
SHORTEST_QUESTION = 2
"""Characters from which the ledger is asked."""


class Named(Protocol):
    """What a resource is found by: a row of the catalogue's index, or the descriptor itself."""

    @property
    def key(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def aliases(self) -> tuple[str, ...]: ...

    @property
    def id_prefixes(self) -> tuple[str, ...]: ...

    @property
    def parents(self) -> Sequence[Any]: ...


def plain(name: str) -> str:
    """A resource's name as people vary it: `-`, `_`, `.`, and spaces are one, case is none."""
    return re.sub(r"[-_.\s]+", ".", name.strip()).casefold().strip(".")


class Finder:
    """Resolves and completes over the catalogue, what is loaded, and the ledger."""

    def __init__(
        self,
        catalog: Mapping[str, Resource],
        *,
        names: Iterable[Named],
        entities: Entities,
        ledger: Ledger,
    ) -> None:
        """`names` come apart from the catalogue: asking that for all descriptors imports them."""
        self.news: Cell[int] = Cell(0)
        """Grows when the ledger has answered: ask `complete` again."""
        self._catalog = catalog
        self._entities = entities
        self._ledger = ledger
        self._known = {named.key: named for named in names}
        self._names: dict[str, Named] = {}
        for named in self._known.values():
            for name in (named.key, *named.aliases, named.title):
                self._names.setdefault(plain(name), named)
        self._asked = ""

    def resolve(self, text: str) -> Destination | None:
        """Where a line leads: a name or alias, with a filter behind it, or an id. From memory;
        `locate` asks the ledger too."""
        word, _, rest = text.strip().partition(" ")
        if not word:
            return None
        resource = self._named(text) or self._named(word)
        if resource is not None:
            whole = self._named(text) is not None
            inner = self._object(resource, rest.strip())
            if inner is not None and not whole:
                return inner
            return Destination(resource.key, filter_text="" if whole else rest.strip())
        return None if rest else self._id(word)

    async def locate(self, text: str) -> Destination | None:
        """As `resolve`, with the ledger's help where an id's parents are not known."""
        found = self.resolve(text)
        if found is not None:
            return found
        id = text.strip()
        try:
            entries = await self._ledger.locate(id) if id and " " not in id else []
        except ProblemError:
            return None
        return next(
            (Destination(e.kind, e.id, e.parents) for e in entries if e.kind in self._known),
            None,
        )

    def complete(self, text: str) -> tuple[Completion, ...]:
        """Names, then objects at hand, then what the ledger holds in memory; the rest of the
        ledger is asked behind, and `news` tells when it has answered."""
        typed = text.strip()
        self._ask(typed)
        found: dict[str, Completion] = {}
        offers = itertools.chain(self._names_like(typed), self._loaded(typed), self._seen(typed))
        for offer in offers:
            found.setdefault(offer.text, offer)
            if len(found) == MOST_COMPLETIONS:
                break
        return tuple(found.values())

    def _named(self, name: str) -> Named | None:
        found = self._names.get(plain(name))
        return found if found is not None and not found.parents else None

    def _id(self, id: str) -> Destination | None:
        """An object at hand, else by the prefix of its id, if nothing outside it must be known."""
        by_prefix = sorted(
            (
                (len(prefix), resource)
                for resource in self._known.values()
                for prefix in resource.id_prefixes
                if prefix and id.startswith(prefix) and len(id) > len(prefix)
            ),
            key=lambda pair: (-pair[0], bool(pair[1].parents)),
        )
        for _, resource in by_prefix:
            found = self._object(resource, id)
            if found is not None:
                return found
        for _, resource in by_prefix:
            if not resource.parents:
                return Destination(resource.key, id)
        for key in self._entities.resources:
            ref = self._entities.find(key, id)
            if ref is not None:
                return Destination(key, id, ref.parents)
        for entry in self._ledger.recent():
            if entry.id == id and entry.kind in self._known:
                return Destination(entry.kind, id, entry.parents)
        return None

    def _object(self, resource: Named, id: str) -> Destination | None:
        ref = self._entities.find(resource.key, id) if id else None
        if ref is not None:
            return Destination(resource.key, id, ref.parents)
        if not id or " " in id or resource.parents:
            return None
        fits = any(id.startswith(prefix) for prefix in resource.id_prefixes if prefix)
        return Destination(resource.key, id) if fits else None

    def _names_like(self, typed: str) -> Iterator[Completion]:
        wanted = plain(typed)
        begins, holds = [], []
        for resource in self._known.values():
            if resource.parents:
                continue
            names = [plain(name) for name in (resource.key, *resource.aliases, resource.title)]
            aliases = ", ".join(resource.aliases)
            offer = Completion(resource.key, resource.title, aliases)
            if any(name.startswith(wanted) for name in names):
                begins.append(offer)
            elif any(wanted in name for name in names):
                holds.append(offer)
        yield from begins
        yield from holds

    def _loaded(self, typed: str) -> Iterator[Completion]:
        if not typed:
            return
        low = typed.casefold()
        for key in self._entities.resources:
            resource = self._catalog.get(key)
            if resource is None:
                continue
            for ref, record in itertools.islice(self._entities.each(key), SCANNED):
                name = resource.name(record)
                if ref.id.startswith(typed) or low in name.casefold():
                    yield Completion(ref.id, clean(name, limit=80), resource.singular)

    def _seen(self, typed: str) -> Iterator[Completion]:
        if not typed:
            return
        low = typed.casefold()
        for entry in self._ledger.recent():
            if entry.kind not in self._known:
                continue
            if entry.id.startswith(typed) or low in entry.title.casefold():
                yield _offer(entry, self._known[entry.kind])

    def _ask(self, typed: str) -> None:
        """Let the ledger look, once per text; what it finds stays in its memory."""
        if len(typed) < SHORTEST_QUESTION or typed == self._asked:
            return
        self._asked = typed
        self._ledger.look_up(typed, limit=MOST_COMPLETIONS, then=self._tell)

    def _tell(self) -> None:
        self.news.update(lambda count: count + 1)


def _offer(entry: Entry, resource: Named) -> Completion:
    return Completion(entry.id, clean(entry.title or entry.id, limit=80), resource.title)
