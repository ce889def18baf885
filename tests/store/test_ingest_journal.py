"""The journal: what it keeps over a kill, and what it makes of damage."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui.store import ingest_journal
from tui.store.ingest_journal import JournalEntry, JournalFolder, JournalItem, read


def entry(id: str = "in_1", server: str = "http://one") -> JournalEntry:
    items = [
        JournalItem(path=f"/x/{name}", shown=name, size=5, modified=1) for name in ("a.md", "b.md")
    ]
    return JournalEntry(
        id=id,
        server=server,
        title="docs",
        purpose="assistants",
        vector_store="vs_1",
        started_at=10.0,
        items=items,
    )


def test_a_journal_is_private_and_is_read_back(tmp_path: Path) -> None:
    folder = JournalFolder(tmp_path / "ingest")
    old_mask = os.umask(0)
    try:
        journal = folder.open("in_1")
    finally:
        os.umask(old_mask)
    journal.begin(entry())
    journal.note(0, "sending", sha256="ab", at=11.0)
    journal.note(0, "uploaded", file_id="file-1")
    journal.close()
    path = folder.path_of("in_1")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    found = read(path)
    assert found is not None
    assert (found.id, found.vector_store, found.ended) == ("in_1", "vs_1", False)
    first = found.items[0]
    assert (first.state, first.file_id, first.sha256, first.sent_at) == (
        "uploaded",
        "file-1",
        "ab",
        11.0,
    )
    assert found.items[1].state == "waiting"
    assert folder.contents("http://one") == {"file-1": "ab"}
    assert folder.contents("http://two") == {}


def test_only_what_nobody_runs_is_unfinished(tmp_path: Path) -> None:
    folder = JournalFolder(tmp_path)
    running, died, ended = (folder.open(name) for name in ("in_1", "in_2", "in_3"))
    for journal, name in ((running, "in_1"), (died, "in_2"), (ended, "in_3")):
        journal.begin(entry(name))
    ended.end()
    died.close()
    ended.close()
    assert [found.id for found in folder.unfinished("http://one")] == ["in_2"]
    assert folder.unfinished("http://two") == []
    with pytest.raises(BlockingIOError):
        folder.open("in_1")
    running.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(cut=st.integers(0, 2000))
def test_a_torn_journal_keeps_what_was_whole(tmp_path: Path, cut: int) -> None:
    folder = JournalFolder(tmp_path)
    folder.forget("in_1")
    journal = folder.open("in_1")
    journal.begin(entry())
    journal.note(0, "uploaded", file_id="file-1", sha256="ab")
    journal.close()
    path = folder.path_of("in_1")
    whole = path.read_bytes()
    os.truncate(path, min(cut, len(whole)))
    again = folder.open("in_1")
    again.note(1, "done")
    again.close()
    found = read(path)
    first_line = whole.index(b"\n")
    if cut < first_line:
        assert found is None
        return
    assert found is not None
    if len(found.items) == 2:
        assert found.items[1].state == "done"
    if cut >= len(whole) - 1:
        assert found.items[0].file_id == "file-1"


def test_nonsense_is_passed_over(tmp_path: Path) -> None:
    folder = JournalFolder(tmp_path)
    journal = folder.open("in_1")
    journal.begin(entry())
    journal.note(99, "done")
    journal.note(-1, "done")
    journal.close()
    with folder.path_of("in_1").open("ab") as file:
        file.write(b'\xff\xfe\n[1,2]\n"x"\n{"kind":"later"}\n{"kind":"end"}\n')
    found = read(folder.path_of("in_1"))
    assert found is not None
    assert found.ended
    assert [item.state for item in found.items] == ["waiting", "waiting"]
    (tmp_path / "other.jsonl").write_text("nothing\n")
    assert read(tmp_path / "other.jsonl") is None
    assert JournalFolder(tmp_path / "missing").unfinished("x") == []


def test_the_oldest_finished_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_journal, "KEPT", 2)
    folder = JournalFolder(tmp_path)
    for number in range(5):
        journal = folder.open(f"in_{number}")
        journal.begin(entry(f"in_{number}"))
        if number != 0:
            journal.end()
        journal.close()
        os.utime(folder.path_of(f"in_{number}"), (number, number))
    folder.prune()
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["in_0", "in_3", "in_4"]
