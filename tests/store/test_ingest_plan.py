"""Plans: folders, globs, links, what is left out and why, and what a person may change."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.errors import ProblemError, ProblemKind
from tui.store import ingest_plan, ingest_scan
from tui.store.ingest_plan import (
    CHOOSABLE,
    MOST_BYTES,
    IngestPlan,
    KnownFile,
    PlanItem,
    PlanRequest,
    Verdict,
    judge,
    with_known,
    without_duplicates,
)
from tui.store.ingest_scan import Scan, hashed


def scan(*sources: Path | str, **options: object) -> tuple[tuple[PlanItem, ...], tuple[str, ...]]:
    request = PlanRequest(sources=tuple(str(source) for source in sources))
    return Scan(replace(request, **options)).run()  # type: ignore[arg-type]


def plan(*sources: Path | str, known: tuple[KnownFile, ...] = (), **options: object) -> IngestPlan:
    items, notes = scan(*sources, **options)
    sizes = frozenset(file.size for file in known)
    request = replace(PlanRequest(sources=()), **options)  # type: ignore[arg-type]
    items = hashed(items, sizes, threading.Event())
    return IngestPlan(request=request, items=with_known(items, known), notes=notes)


def names(items: tuple[PlanItem, ...]) -> list[str]:
    return [item.shown for item in items]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "a.md",
        "b.txt",
        "sub/c.md",
        "sub/deep/d.py",
        ".hidden.md",
        ".git/config.txt",
        "node_modules/x.js",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}\n")
    return tmp_path


def test_a_folder_is_walked_in_order_and_says_what_it_skipped(tree: Path) -> None:
    items, notes = scan(tree)
    assert names(items) == ["a.md", "b.txt", "sub/c.md", "sub/deep/d.py"]
    assert "2 hidden names skipped" in notes
    assert "1 folder of tools or version control skipped" in notes


def test_a_flat_folder_and_hidden_names(tree: Path) -> None:
    assert names(scan(tree, recursive=False)[0]) == ["a.md", "b.txt"]
    assert ".git/config.txt" in names(scan(tree, hidden=True)[0])


def test_globs_and_patterns(tree: Path) -> None:
    assert names(scan(tree / "*.md")[0]) == ["a.md"]
    assert names(scan(tree / "**" / "*.md")[0]) == ["a.md", "sub/c.md"]
    assert names(scan(tree, includes=("*.md", "*.py"), excludes=("c*",))[0]) == [
        "a.md",
        "sub/deep/d.py",
    ]
    # A named file is meant, whatever the patterns say.
    assert names(scan(tree / "b.txt", includes=("*.md",))[0]) == ["b.txt"]


def test_the_same_file_twice_is_one_line(tree: Path) -> None:
    (tree / "link.md").symlink_to(tree / "a.md")
    assert names(scan(tree / "a.md", tree)[0]) == ["a.md", "b.txt", "sub/c.md", "sub/deep/d.py"]


def test_loops_of_links_end(tree: Path) -> None:
    (tree / "sub" / "up").symlink_to(tree)
    (tree / "broken.md").symlink_to(tree / "nowhere")
    items, notes = scan(tree)
    assert "1 linked folder skipped" in notes
    assert len(items) == 5
    broken = next(item for item in items if item.shown == "broken.md")
    assert broken.verdict is Verdict.UNREADABLE
    assert not broken.choosable


def test_home_is_expanded(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tree))
    assert names(scan("~/a.md")[0]) == ["a.md"]


@pytest.mark.parametrize("source", ["nothing-here.md", "nothing-*.md"])
def test_a_source_that_is_not_there_is_a_problem(tree: Path, source: str) -> None:
    with pytest.raises(ProblemError) as caught:
        scan(tree / source)
    assert caught.value.problem.kind is ProblemKind.LOCAL
    assert source in caught.value.problem.detail


def test_what_no_server_takes_is_left_out_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "empty.md").touch()
    big = tmp_path / "big.md"
    with big.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "table.csv").write_text("a,b\n")
    found = {item.shown: item for item in scan(tmp_path, vector_store="vs_1")[0]}
    assert found["empty.md"].verdict is Verdict.EMPTY
    assert found["big.md"].verdict is Verdict.TOO_LARGE
    assert found["pipe.md"].verdict is Verdict.UNREADABLE
    assert found["table.csv"].verdict is Verdict.UNSUPPORTED
    assert not any(item.chosen for item in found.values())
    assert [name for name, item in found.items() if item.choosable] == ["table.csv"]


@pytest.mark.parametrize(
    ("name", "options", "verdict"),
    [
        ("a.jsonl", {"purpose": "fine-tune"}, Verdict.UPLOAD),
        ("a.csv", {"purpose": "fine-tune"}, Verdict.UNSUPPORTED),
        ("a.png", {"purpose": "vision"}, Verdict.UPLOAD),
        ("a.txt", {"purpose": "vision"}, Verdict.UNSUPPORTED),
        ("a.bin", {"purpose": "user_data"}, Verdict.UPLOAD),
        ("a.bin", {"vector_store": "vs"}, Verdict.UNSUPPORTED),
        ("README", {"vector_store": "vs"}, Verdict.UNSUPPORTED),
        ("a.PDF", {"vector_store": "vs"}, Verdict.UPLOAD),
        ("a.csv", {"vector_store": "vs", "more_types": True}, Verdict.UPLOAD),
    ],
)
def test_types_by_purpose(name: str, options: dict[str, object], verdict: Verdict) -> None:
    request = replace(PlanRequest(sources=()), **options)  # type: ignore[arg-type]
    assert judge(PlanItem(path=Path(name), shown=name, size=1), request).verdict is verdict


def test_a_batch_file_has_its_own_limit() -> None:
    request = PlanRequest(sources=(), purpose="batch")
    item = PlanItem(path=Path("a.jsonl"), shown="a.jsonl", size=201 * 1024 * 1024)
    assert judge(item, request).verdict is Verdict.TOO_LARGE


def test_equal_content_goes_once(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("same")
    (tmp_path / "b.md").write_text("same")
    (tmp_path / "c.md").write_text("diff")
    made = plan(tmp_path)
    assert [item.verdict for item in made.items] == [
        Verdict.UPLOAD,
        Verdict.DUPLICATE,
        Verdict.UPLOAD,
    ]
    assert made.items[1].reason == "same content as a.md"
    assert made.totals.send == 2


def test_what_the_server_has_is_not_sent_again(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("hello")
    known = (KnownFile(id="file-1", name="a.md", size=5),)
    item = plan(tmp_path, known=known).items[0]
    assert (item.verdict, item.file_id, item.chosen) == (Verdict.ON_SERVER, "file-1", False)
    assert item.choosable


def test_a_renamed_file_is_known_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "new.md").write_text("hello")
    digest = ingest_scan.sha256_of(tmp_path / "new.md")
    known = (KnownFile(id="file-1", name="old.md", size=5, sha256=digest),)
    item = plan(tmp_path, known=known).items[0]
    assert item.verdict is Verdict.ON_SERVER
    assert item.reason.endswith("as old.md")


def test_known_other_content_of_one_name_and_size_is_another_file(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("hello")
    known = (KnownFile(id="file-1", name="a.md", size=5, sha256="0" * 64),)
    assert plan(tmp_path, known=known).items[0].verdict is Verdict.UPLOAD


@pytest.mark.parametrize(
    ("attached", "verdict"),
    [(None, Verdict.ON_SERVER), (set(), Verdict.REUSE), ({"file-1"}, Verdict.ATTACHED)],
)
def test_a_store_attaches_what_the_server_has(attached: set[str] | None, verdict: Verdict) -> None:
    item = PlanItem(path=Path("/x/a.md"), shown="a.md", size=5)
    known = [KnownFile(id="file-1", name="a.md", size=5)]
    ids = None if attached is None else frozenset(attached)
    judged = with_known([item], known, attached=ids)[0]
    assert judged.verdict is verdict
    assert judged.chosen is (verdict is Verdict.REUSE)
    assert not judged.sends


def test_one_file_of_the_server_answers_for_one_of_the_plan() -> None:
    items = [PlanItem(path=Path(f"/{i}/README.md"), shown=f"{i}/README.md", size=9) for i in "ab"]
    known = [KnownFile(id="file-1", name="README.md", size=9)]
    assert [i.verdict for i in with_known(items, known)] == [Verdict.ON_SERVER, Verdict.UPLOAD]


def test_too_many_files_end_with_words(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_scan, "MOST_ITEMS", 2)
    with pytest.raises(ProblemError, match="More than 2 files"):
        scan(tree)


def test_a_scan_can_be_stopped(tree: Path) -> None:
    looking = Scan(PlanRequest(sources=(str(tree),)))
    looking.stop.set()
    with pytest.raises(ProblemError) as caught:
        looking.run()
    assert caught.value.problem.kind is ProblemKind.CANCELLED


def test_names_that_are_no_text_are_left_out(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"bad\xff.md")).write_text("x")
    assert scan(tmp_path)[0][0].verdict is Verdict.UNREADABLE


def test_the_path_can_go_along_as_an_attribute(tree: Path) -> None:
    request = PlanRequest(sources=(), attributes={"lang": "en"}, path_attribute=True)
    made = IngestPlan(request=request, items=scan(tree)[0])
    assert made.attributes_of(made.items[2]) == {"lang": "en", "path": "sub/c.md"}


ITEMS = st.lists(
    st.builds(
        lambda n, size, verdict, sha: PlanItem(
            path=Path(f"/x/{n}.md"), shown=f"{n}.md", size=size, sha256=sha
        ).judged(verdict),
        st.integers(0, 5),
        st.integers(0, 3),
        st.sampled_from(list(Verdict)),
        st.none() | st.sampled_from(["s1", "s2"]),
    ),
    max_size=12,
)


@given(ITEMS, st.lists(st.integers(0, 11)), st.booleans())
def test_a_person_chooses_only_where_there_is_a_choice(
    items: list[PlanItem], indexes: list[int], value: bool
) -> None:
    made = IngestPlan(request=PlanRequest(sources=()), items=tuple(items))
    inside = [index for index in indexes if index < len(items)]
    changed = made.chosen(inside, value)
    for index, (before, after) in enumerate(zip(made.items, changed.items, strict=True)):
        assert after.chosen == (value if index in inside and before.choosable else before.chosen)
    totals = changed.totals
    assert totals.chosen + sum(number for _, number in totals.left_out) == totals.files
    assert totals.send <= totals.chosen
    assert ingest_plan.CHOOSABLE is CHOOSABLE


@given(ITEMS)
def test_of_equal_contents_exactly_one_is_sent(items: list[PlanItem]) -> None:
    judged = without_duplicates(items)
    for digest in {"s1", "s2"}:
        before = [item for item in items if item.sha256 == digest and item.chosen]
        after = [item for item in judged if item.sha256 == digest and item.chosen]
        assert len(after) == min(1, len(before))


def test_numbers_in_names_are_in_order_in_globs_as_in_folders(tmp_path: Path) -> None:
    for name in ("doc10.md", "doc2.md", "Doc1.md", "sub/doc3.md", "sub/doc20.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    wanted = ["Doc1.md", "doc2.md", "doc10.md", "sub/doc3.md", "sub/doc20.md"]
    assert names(scan(tmp_path)[0]) == wanted
    assert names(scan(f"{tmp_path}/**/*.md")[0]) == wanted
    assert names(scan(f"{tmp_path}/doc*.md")[0]) == ["doc2.md", "doc10.md"]
