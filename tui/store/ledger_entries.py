"""The ledger's entries as text: one JSON object or one line of CSV each, and read back again.

An import takes what an export wrote, and plain ids, one a line, with the ids of what an object
lives in before it: `thread_abc/run_def`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tui.api.records import Record
from tui.catalog.descriptor import Resource
from tui.core.formats import timestamp, utc_time
from tui.core.safe_text import clean, clean_json
from tui.store.ledger_file import Entry
from tui.store.views import Ref

TITLE_LIMIT = 200
ID_LIMIT = 400
"""Characters; an id is a key of the file, not a place for texts."""
FIELDS = ("kind", "id", "parents", "title", "created", "first_seen", "last_seen", "made")


class Known(Protocol):
    """A resource by name, as the catalogue's index has it."""

    @property
    def key(self) -> str: ...

    @property
    def id_prefixes(self) -> tuple[str, ...]: ...

    @property
    def parents(self) -> tuple[str, ...]: ...


def entry_of(resource: Resource, ref: Ref, record: Record, *, now: float) -> Entry:
    """What the ledger keeps of an object that was seen."""
    name = clean(resource.name(record), limit=TITLE_LIMIT)
    return Entry(
        kind=ref.resource,
        id=ref.id,
        parents=ref.parents,
        title="" if name == ref.id else name,
        first_seen=now,
        last_seen=now,
        created=timestamp(record.raw.get("created_at", record.raw.get("created"))),
    )


def values_of(entry: Entry) -> dict[str, Any]:
    """An entry under the names of an export; times in UTC."""
    return {
        "kind": entry.kind,
        "id": entry.id,
        "parents": list(entry.parents),
        "title": entry.title,
        "created": utc_time(entry.created) or None,
        "first_seen": utc_time(entry.first_seen) or None,
        "last_seen": utc_time(entry.last_seen) or None,
        "made": entry.made,
    }


def json_line(entry: Entry) -> str:
    """An entry as one line of JSON."""
    return clean_json(json.dumps(values_of(entry), ensure_ascii=False))


def csv_line(entry: Entry) -> str:
    """An entry as one line of CSV, in the order of `FIELDS`; parents joined by `/`."""
    values = values_of(entry) | {
        "parents": "/".join(entry.parents),
        "made": "true" if entry.made else "false",
    }
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(clean(values[name]) for name in FIELDS)
    return line.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line that is no entry, and why."""

    line: int
    """From 1; 0 where it is an id that was read well and refused later."""
    reason: str
    id: str = ""
    kind: str = ""
    """Its resource, where only what it lives in is not known."""


class HomelessError(ValueError):
    """An id of a known resource, of which nobody knows what it lives in."""

    def __init__(self, id: str, kind: str, parents: tuple[str, ...]) -> None:
        above = " and ".join(one.replace("_", " ") for one in parents)
        super().__init__(f"{id} lives in {above}: write its id before it, as in PARENT/{id}")
        self.id = id
        self.kind = kind


class EntryReader:
    """Reads lines as entries. An id whose parents are missing asks `whereabouts` for them."""

    def __init__(
        self,
        known: Iterable[Known],
        *,
        now: float,
        parents: tuple[str, ...] = (),
        whereabouts: Callable[[str], Iterable[Entry]] = lambda _: (),
    ) -> None:
        """`parents` are those of every id that comes without its own."""
        self._known = {one.key: one for one in known}
        self._now = now
        self._parents = parents
        self._whereabouts = whereabouts
        self._placed_before: dict[str, Entry] = {}

    def read(self, lines: Iterable[str]) -> Iterator[Entry | Refused]:
        """One result for each line with anything in it; `#` begins a remark."""
        header: list[str] | None = None
        for number, line in enumerate(lines, 1):
            text = line.strip().lstrip("\ufeff")
            if not text or text.startswith("#"):
                continue
            if number == 1 and (columns := _columns(text)):
                header = columns
                continue
            try:
                entry = self._entry(text, header)
                self._placed_before[entry.id] = entry
                yield entry
            except HomelessError as error:
                reason = clean(error, limit=200)
                yield Refused(line=number, reason=reason, id=error.id, kind=error.kind)
            except ValueError as error:
                yield Refused(line=number, reason=clean(error, limit=200))

    def _entry(self, text: str, header: list[str] | None) -> Entry:
        if text.startswith("{"):
            values = json.loads(text)
        elif header is not None:
            (row,) = csv.reader([text])
            values = dict(zip(header, row, strict=False))
        else:
            *parents, id = text.split("/")
            values = {"id": id, "parents": parents}
        return self._from(values)

    def _from(self, values: Mapping[str, Any]) -> Entry:
        id, parents = values.get("id"), values.get("parents") or ()
        if not isinstance(id, str) or not id or len(id) > ID_LIMIT or not id.isprintable():
            raise ValueError("there is no id")
        if " " in id:
            raise ValueError("an id holds no spaces")
        if isinstance(parents, str):
            parents = parents.split("/")
        above = tuple(str(parent) for parent in parents) or self._parents
        entry = self._placed(id, above, values.get("kind"))
        seen = timestamp(values.get("last_seen")) or self._now
        title = values.get("title")
        return replace(
            entry,
            title=clean(title, limit=TITLE_LIMIT) if isinstance(title, str) else "",
            created=timestamp(values.get("created")),
            first_seen=timestamp(values.get("first_seen")) or seen,
            last_seen=seen,
            made=values.get("made") in (True, "true"),
        )

    def _placed(self, id: str, above: tuple[str, ...], kind: object) -> Entry:
        """Which resource it is of, and what it lives in. Raises `ValueError`."""
        if isinstance(kind, str) and kind:
            if kind not in self._known:
                raise ValueError(f"there is no resource {kind}")
            candidates = [self._known[kind]]
        else:
            candidates = _by_prefix(id, self._known.values())
            if not candidates:
                raise ValueError(f"nothing tells what {id} is")
        for found in candidates:
            if len(found.parents) == len(above):
                return Entry(
                    kind=found.key,
                    id=id,
                    parents=above,
                    first_seen=self._now,
                    last_seen=self._now,
                )
        keys = {one.key for one in candidates}
        before = self._placed_before.get(id)
        for seen in (before,) if before is not None else self._whereabouts(id):
            if seen.kind in keys:
                return seen
        if not candidates[0].parents:
            raise ValueError(f"{id} lives in nothing else")
        raise HomelessError(id, candidates[0].key, candidates[0].parents)


def _by_prefix(id: str, known: Iterable[Known]) -> list[Known]:
    """The resources whose ids begin as this one does; the longest prefix first."""
    found = [
        (len(prefix), one)
        for one in known
        for prefix in one.id_prefixes
        if id.startswith(prefix) and len(id) > len(prefix)
    ]
    return [one for _, one in sorted(found, key=lambda pair: -pair[0])]


def _columns(line: str) -> list[str] | None:
    """The names in a first line of CSV, if it is one."""
    names = [name.strip() for name in line.split(",")]
    return names if "id" in names and set(names) <= set(FIELDS) else None
