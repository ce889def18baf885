"""The ledger's entries as text, and read back."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from tests.store.doubles import make_world
from tui.api.records import Record
from tui.catalog.index import ENTRIES
from tui.core.formats import timestamp
from tui.core.safe_text import harmless
from tui.store.ledger_entries import FIELDS, EntryReader, Refused, csv_line, json_line
from tui.store.ledger_file import BUSY_MS, PART, Entry, LedgerFile
from tui.store.views import Ref

NOW = 1_795_000_000.0
BATCH = "vector_stores.file_batches"


def entry(id: str = "vs_1", kind: str = "vector_stores", **more: object) -> Entry:
    fields = {"first_seen": NOW - 9, "last_seen": NOW - 1, **more}
    return Entry(id=id, kind=kind, **fields)  # type: ignore[arg-type]


def reader(**options: object) -> EntryReader:
    return EntryReader(ENTRIES, now=NOW, **options)  # type: ignore[arg-type]


SEVERAL = [
    entry(title='Größe, "100 %"', created=NOW - 100),
    entry("file-9", "files", title="a\x1b[2J\nb\u202e.txt", made=True),
    entry("vsfb_1", BATCH, parents=("vs_1",)),
]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_can_be_imported(form: str) -> None:
    lines = [(json_line if form == "jsonl" else csv_line)(one) for one in SEVERAL]
    assert all(harmless(line) and "\n" not in line for line in lines)
    if form == "csv":
        lines.insert(0, ",".join(FIELDS))
    found = list(reader().read(lines))
    assert [one for one in found if isinstance(one, Refused)] == []
    for before, after in zip(SEVERAL, found, strict=True):
        assert isinstance(after, Entry)
        assert (after.kind, after.id, after.parents) == (before.kind, before.id, before.parents)
        assert (after.first_seen, after.last_seen) == (before.first_seen, before.last_seen)
        assert (after.created, after.made) == (timestamp(before.created), before.made)
        assert harmless(after.title)


def test_plain_ids_with_remarks_and_nonsense() -> None:
    lines = [
        "# ours",
        "",
        "vs_1",
        " file-9 \r\n",
        "vs_1/vsfb_1",
        "vsfb_2",
        "what",
        "vs_",
        "{",
        "a b",
    ]
    found = list(reader().read(lines))
    good = [(e.kind, e.id, e.parents) for e in found if isinstance(e, Entry)]
    assert good == [
        ("vector_stores", "vs_1", ()),
        ("files", "file-9", ()),
        (BATCH, "vsfb_1", ("vs_1",)),
    ]
    refused = [(r.line, r.reason) for r in found if isinstance(r, Refused)]
    assert [line for line, _ in refused] == [6, 7, 8, 9, 10]
    assert refused[0][1].startswith("vsfb_2 lives in vector stores: write its id before it")


def test_missing_parents_are_given_or_remembered() -> None:
    (given,) = reader(parents=("vs_7",)).read(["vsfb_1"])
    assert isinstance(given, Entry) and given.parents == ("vs_7",)
    seen = entry("vsfb_1", BATCH, parents=("vs_3",))
    (known,) = reader(whereabouts=lambda id: [seen] if id == "vsfb_1" else []).read(["vsfb_1"])
    assert isinstance(known, Entry) and known.parents == ("vs_3",)


def test_a_kind_that_nobody_knows_is_refused() -> None:
    (found,) = reader().read(['{"id": "x_1", "kind": "nonsense"}'])
    assert isinstance(found, Refused) and "nonsense" in found.reason


class TestFile:
    def test_each_reads_everything_in_parts(self, tmp_path: Path) -> None:
        file = LedgerFile(tmp_path / "l.sqlite3", now=lambda: NOW)
        ids = [f"vs_{number:05}" for number in range(PART * 2 + 3)]
        file.note(entry(id) for id in reversed(ids))
        assert [one.id for one in file.each()] == ids
        assert file.kinds() == {"vector_stores": len(ids)}
        file.close()

    def test_search_within_a_kind(self, tmp_path: Path) -> None:
        file = LedgerFile(tmp_path / "l.sqlite3", now=lambda: NOW)
        file.note([entry(title="same"), entry("file-1", "files", title="same")])
        assert [e.id for e in file.search("same", kind="files")] == ["file-1"]
        assert len(file.search("same")) == 2
        file.close()


class TestLedger:
    async def test_import_and_export(self, tmp_path: Path) -> None:
        path = tmp_path / "ledger.sqlite3"
        world = make_world(ledger=path)
        count, refused = await world.session.ledger.import_ids(
            ["vs_1", "vs_1/vsfb_1", "vsfb_1", "?"], known=ENTRIES
        )
        assert (count, [one.line for one in refused]) == (3, [4])
        # Another program sees it before this one ends.
        other = LedgerFile(path, now=lambda: NOW)
        assert {one.id for one in other.each()} == {"vs_1", "vsfb_1"}
        other.close()
        exported = await world.session.ledger.export()
        assert [one.id for one in exported] == ["vs_1", "vsfb_1"]
        await world.session.close()

    async def test_in_memory(self) -> None:
        world = make_world()
        count, _ = await world.session.ledger.import_ids(["vs_1"], known=ENTRIES)
        assert count == 1
        assert [one.id for one in await world.session.ledger.export()] == ["vs_1"]
        await world.session.close()

    async def test_another_cupola_that_writes_at_the_end_is_waited_for(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "ledger.sqlite3"
        world = make_world(ledger=path)
        ledger = world.session.ledger
        await ledger.import_ids(["vs_1"], known=ENTRIES)
        other = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        ledger.note(Ref("things", "thing_1"), Record({"id": "thing_1"}))
        asyncio.get_running_loop().call_later(BUSY_MS / 1000 * 1.5, other.execute, "COMMIT")
        await world.session.close()
        other.close()
        file = LedgerFile(path, now=lambda: NOW)
        assert {one.id for one in file.each()} == {"vs_1", "thing_1"}
        file.close()
