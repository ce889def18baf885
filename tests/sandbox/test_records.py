"""The store beneath: transactions, pages and the schema's version."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.sandbox.database import Database, UnreadableDataError
from tui.sandbox.errors import ApiError
from tui.sandbox.identifiers import Identifiers
from tui.sandbox.records import PageRequest, Record, Records, Where


def item(id: str, created_at: int = 0, **members: object) -> Record:
    return Record("thing", id, {"id": id, **members}, created_at=created_at, status="new")


async def test_a_transaction_happens_whole_or_not_at_all() -> None:
    database = Database(None)

    def half(records: Records) -> None:
        records.insert(item("one"))
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        await database.write(half)
    assert await database.read(lambda records: records.get("thing", "one")) is None
    await database.write(lambda records: records.insert(item("one")))
    with pytest.raises(sqlite3.IntegrityError):
        await database.write(lambda records: records.insert(item("one")))
    await database.close()


async def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    record = Record(
        "thing",
        "x'); DROP TABLE records;--",
        {"id": "x", "text": "日本\0\x1b", "nested": [1, None, {"a": True}]},
        parent="p",
        created_at=7,
        status="new",
        size=1 << 40,
        expires_at=9,
        private={"secret": 1},
    )
    database = Database(tmp_path / "db")
    await database.write(lambda records: records.insert(record))
    await database.close()
    database = Database(tmp_path / "db")
    found = await database.read(lambda records: records.get("thing", record.id, parent="p"))
    assert found is not None
    assert (found.body, found.private, found.size, found.expires_at) == (
        record.body,
        record.private,
        record.size,
        record.expires_at,
    )
    changed = found.with_body(text="new")
    await database.write(lambda records: records.put(changed))
    found = await database.read(lambda records: records.get("thing", record.id, parent="p"))
    assert found == changed
    assert await database.read(lambda records: records.count("thing", parent="p")) == 1
    assert await database.write(lambda records: records.delete("thing", record.id, parent="p"))
    assert not await database.write(lambda records: records.delete("thing", record.id))
    await database.close()


async def test_a_reader_does_not_wait_for_the_writer(tmp_path: Path) -> None:
    database = Database(tmp_path / "db")
    await database.write(lambda records: records.insert(item("one")))
    seen: list[int] = []

    def slow(records: Records) -> None:
        records.insert(item("two"))
        seen.append(database._snapshot(lambda other: other.count("thing")))

    await database.write(slow)
    assert seen == [1], "what is not committed is not seen, and nobody waited"
    assert await database.read(lambda records: records.count("thing")) == 2
    await database.close()


def test_a_newer_schema_and_a_broken_file_are_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "new")
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(UnreadableDataError, match="newer"):
        Database(tmp_path / "new")
    (tmp_path / "broken").write_bytes(b"x" * 5000)
    with pytest.raises(UnreadableDataError, match="not a readable database"):
        Database(tmp_path / "broken")


@settings(max_examples=40, deadline=None)
@given(
    times=st.lists(st.integers(0, 5), max_size=12),
    limit=st.integers(1, 5),
    order=st.sampled_from(["asc", "desc"]),
)
def test_pages_cover_the_list_once_in_both_directions(
    times: list[int], limit: int, order: str
) -> None:
    database = Database(None)
    records = Records(database._write_connection)
    for number, time in enumerate(times):
        records.insert(item(f"id{number}", time))
    expected = [
        f"id{number}" for number, _ in sorted(enumerate(times), key=lambda pair: pair[::-1])
    ]
    if order == "desc":
        expected.reverse()

    forwards: list[str] = []
    more, after = True, None
    while more:
        page = records.page("thing", PageRequest(limit, order, after=after))
        forwards += [record.id for record in page.records]
        more, after = page.has_more, forwards[-1] if forwards else None
    assert forwards == expected

    backwards: list[str] = []
    before = expected[-1] if expected else None
    more = before is not None
    while more:
        page = records.page("thing", PageRequest(limit, order, before=before))
        backwards = [record.id for record in page.records] + backwards
        more, before = page.has_more, backwards[0] if backwards else None
    assert backwards == expected[:-1]
    database._write_connection.close()
    database._writer.shutdown()


async def test_lists_are_filtered_and_cursors_must_be_in_them() -> None:
    database = Database(None)

    def fill(records: Records) -> None:
        for number in range(6):
            records.insert(item(f"id{number}", number, even=number % 2 == 0))
        records.insert(Record("thing", "child", {"id": "child"}, parent="p"))

    await database.write(fill)

    def even(records: Records) -> list[str]:
        where = Where("json_extract(body, '$.even') = ?", (1,))
        page = records.page("thing", PageRequest(2, "asc"), where)
        assert page.has_more
        return [record.id for record in page.records]

    assert await database.read(even) == ["id0", "id2"]
    for id in ("nowhere", "child"):
        with pytest.raises(ApiError) as caught:
            await database.read(
                lambda records, id=id: records.page("thing", PageRequest(2, "asc", after=id))
            )
        assert (caught.value.status, caught.value.param) == (400, "after")
    await database.close()


def test_identifiers_have_the_platform_s_shapes() -> None:
    ids = Identifiers(seed=1)
    made = [ids.new(prefix) for prefix in ("file-", "vs_", "chatcmpl-")]
    assert [len(id) for id in made] == [29, 35, 38]
    assert made == [
        again
        for other in [Identifiers(seed=1)]
        for again in map(other.new, ("file-", "vs_", "chatcmpl-"))
    ]
    assert len({Identifiers().new("file-") for _ in range(100)}) == 100
