"""The ledger on the disk: found again, shared, private, and never in the way."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.doubles import World, make_world
from tui.api.records import Record
from tui.catalog.descriptor import Tone
from tui.store.ledger_file import (
    Entry,
    LedgerBusyError,
    LedgerFile,
    LedgerUnusableError,
)
from tui.store.views import CollectionKey, Ref


def entry(id: str, *, seen: float = 1.0, title: str = "", **more: object) -> Entry:
    fields = {"kind": "things", "first_seen": seen, "last_seen": seen, **more}
    return Entry(id=id, title=title, **fields)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger" / "host.sqlite3"


@pytest.fixture
def file(path: Path):
    file = LedgerFile(path, now=lambda: 1_795_000_000.0)
    yield file
    file.close()


class TestFile:
    def test_notes_are_renewed_not_repeated(self, file: LedgerFile) -> None:
        file.note([entry("a", seen=1, title="old", created=5.0)])
        file.note([entry("a", seen=3, title="new", made=True)])
        file.note([entry("a", seen=2)])
        (found,) = file.locate("a")
        assert (found.first_seen, found.last_seen, found.title) == (1, 3, "new")
        assert found.made and found.created == 5.0

    def test_search_by_beginning_and_by_title(self, file: LedgerFile) -> None:
        file.note([entry("thing_1", seen=1, title="Größe 100%"), entry("thing_2", seen=2)])
        assert [e.id for e in file.search("thing_")] == ["thing_2", "thing_1"]
        assert [e.id for e in file.search("100%")] == ["thing_1"]
        assert file.search("%") == file.search("100%")
        assert file.search("hing") == []
        assert [e.id for e in file.search("thing_", limit=1)] == ["thing_2"]

    def test_by_kind_and_parents(self, file: LedgerFile) -> None:
        file.note([entry("a", parents=("x",), seen=1), entry("a", parents=("y",), seen=2)])
        file.note([entry("b", kind="others")])
        assert [e.parents for e in file.by_kind("things")] == [("y",), ("x",)]
        assert [e.parents for e in file.by_kind("things", parents=("x",))] == [("x",)]
        assert [e.parents for e in file.by_kind("things", skip=1)] == [("x",)]

    def test_forget_and_purge(self, file: LedgerFile) -> None:
        file.note([entry("a"), entry("b")])
        file.forget("things", "a")
        assert file.locate("a") == []
        assert file.purge() == 1 and file.size()[0] == 0

    def test_hostile_text_is_kept(self, file: LedgerFile) -> None:
        name = "'; DROP TABLE objects; --\x00\ud800🚀"
        file.note([entry("a", title=name)])
        assert file.locate("a")[0].title == name.replace("\ud800", "?")

    def test_files_and_folder_are_private(self, file: LedgerFile, path: Path) -> None:
        old = os.umask(0)
        try:
            file.note([entry("a")])
        finally:
            os.umask(old)
        assert path.parent.stat().st_mode & 0o777 == 0o700
        for part in path.parent.iterdir():
            assert part.stat().st_mode & 0o777 == 0o600, part

    @pytest.mark.parametrize("damage", ["noise", "torn", "no table"])
    def test_a_damaged_file_is_set_aside_and_rebuilt(self, path: Path, damage: str) -> None:
        with_rows = LedgerFile(path, now=lambda: 7.0)
        with_rows.note([entry(f"thing_{n}", title="x" * 200) for n in range(500)])
        with_rows.close()
        match damage:
            case "noise":
                path.write_bytes(b"this is not a database" * 500)
            case "torn":
                content = bytearray(path.read_bytes())
                content[4096:] = os.urandom(len(content) - 4096)
                path.write_bytes(content)
            case "no table":
                with sqlite3.connect(path) as connection:
                    connection.execute("DROP TABLE objects")
                connection.close()
        file = LedgerFile(path, now=lambda: 7.0)
        file.note([entry("new")])
        assert file.search("thing_") == []
        assert [e.id for e in file.locate("new")] == ["new"]
        (aside,) = file.set_aside
        assert aside.name == f"{path.name}.corrupt-7" and aside.exists()
        file.close()

    def test_a_newer_cupolas_file_is_left_alone(self, path: Path) -> None:
        path.parent.mkdir()
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
        before = path.read_bytes()
        with pytest.raises(LedgerUnusableError, match="newer"):
            LedgerFile(path, now=lambda: 0.0).note([entry("a")])
        assert path.read_bytes() == before

    def test_two_write_by_turns(self, file: LedgerFile, path: Path) -> None:
        other = LedgerFile(path, now=lambda: 0.0)
        for number in range(20):
            (file if number % 2 else other).note([entry(f"a{number}")])
        assert file.size()[0] == other.size()[0] == 20
        other.close()

    def test_anothers_lock_is_told_soon(self, file: LedgerFile, path: Path) -> None:
        file.note([entry("a")])
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerBusyError):
            file.note([entry("b")])
        assert [e.id for e in file.locate("a")] == ["a"]
        other.execute("ROLLBACK")
        other.close()
        file.note([entry("b")])

    def test_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(LedgerUnusableError):
            LedgerFile(tmp_path / "file" / "x.sqlite3", now=lambda: 0.0).note([entry("a")])

    def test_a_killed_writer_leaves_it_whole(self, path: Path) -> None:
        code = (
            "import sys, itertools\n"
            "from pathlib import Path\n"
            "from tui.store.ledger_file import Entry, LedgerFile\n"
            f"file = LedgerFile(Path({str(path)!r}), now=lambda: 0.0)\n"
            "for n in itertools.count():\n"
            "    file.note([Entry(kind='k', id=f'{n}-{i}', first_seen=n, last_seen=n)"
            " for i in range(10)])\n"
            "    print(n, flush=True)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            text=True,
        ) as writer:
            assert writer.stdout is not None
            for line in writer.stdout:
                if int(line) >= 30:
                    break
            writer.send_signal(signal.SIGKILL)
            writer.stdout.read()
        file = LedgerFile(path, now=lambda: 0.0)
        entries, _ = file.size()
        assert entries >= 310 and entries % 10 == 0 and file.set_aside == []
        file.close()


async def seen(world: World) -> None:
    world.api.add(3)
    world.session.collection(CollectionKey("things"), world.session.scope("screen"))
    await world.settle()


class TestLedger:
    async def test_what_lists_show_is_written_a_moment_later(self, path: Path) -> None:
        world = make_world(ledger=path)
        await seen(world)
        assert not path.exists()
        await world.clock.advance(1.1)
        await world.settle()
        entries, size = await world.session.ledger.size()
        assert entries == 3 and size > 0
        (found,) = await world.session.ledger.search("thing 2")
        assert found.kind == "things" and found.first_seen == world.clock.now() - 1.1
        await world.session.close()

    async def test_closing_writes_what_is_pending(self, path: Path) -> None:
        world = make_world(ledger=path)
        await seen(world)
        await world.session.close()
        file = LedgerFile(path, now=lambda: 0.0)
        assert file.size()[0] == 3
        file.close()

    async def test_a_busy_file_is_tried_again_and_stops_nothing(self, path: Path) -> None:
        world = make_world(ledger=path)
        LedgerFile(path, now=lambda: 0.0).note([entry("other")])
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await seen(world)
        await world.clock.advance(1.1)
        # The thread waits for the lock; the loop does not.
        for _ in range(100):
            await asyncio.sleep(0)
        await world.settle()
        assert world.session.notices.value == ()
        other.execute("ROLLBACK")
        other.close()
        await world.clock.advance(1.1)
        await world.settle()
        assert (await world.session.ledger.size())[0] == 4
        await world.session.close()

    async def test_damage_is_reported(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_bytes(b"x" * 5000)
        world = make_world(ledger=path)
        await seen(world)
        await world.clock.advance(1.1)
        await world.settle()
        (notice,) = world.session.notices.value
        assert notice.tone is Tone.WARN and "corrupt-" in notice.text
        assert (await world.session.ledger.size())[0] == 3
        await world.session.close()

    async def test_an_unusable_file_is_told_once_and_memory_serves(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        world = make_world(ledger=tmp_path / "file" / "ledger.sqlite3")
        for _ in range(3):
            await seen(world)
            await world.clock.advance(2)
            await world.settle()
        assert len(world.session.notices.value) == 1
        assert len(await world.session.ledger.search("thing_")) >= 3
        await world.session.close()

    async def test_without_a_path_it_lives_in_memory(self) -> None:
        world = make_world()
        await seen(world)
        ledger = world.session.ledger
        entries = await ledger.by_kind("things", limit=2)
        assert len(entries) == 2 and {e.id for e in entries} < set(world.api.things)
        assert len(await ledger.search("thing 1")) == 1
        assert await ledger.size() == (3, 0)
        assert await ledger.purge() == 3
        assert await ledger.search("thing") == []
        await world.session.close()

    async def test_rows_without_an_id_are_not_noted(self) -> None:
        world = make_world()
        world.session.ledger.note(Ref("things", "?abc"), Record({"name": "no id"}))
        assert await world.session.ledger.size() == (0, 0)
        await world.session.close()

    async def test_what_is_deleted_is_forgotten(self, path: Path) -> None:
        world = make_world(ledger=path)
        await seen(world)
        await world.clock.advance(1.1)
        await world.settle()
        world.session.ledger.forget(Ref("things", "thing_00001"))
        assert await world.session.ledger.locate("thing_00001") == []
        await world.session.close()
