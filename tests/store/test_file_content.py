"""File contents: text, JSON laid out, bytes as numbers; and paths while they are typed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.safe_text import harmless
from tui.store.file_content import ContentKind, content_view, hex_lines
from tui.store.local_paths import offer_paths


@dataclass
class Preview:
    body: bytes
    truncated: bool = False
    binary: bool = False

    @property
    def text(self) -> str | None:
        return None if self.binary else self.body.decode("utf-8")

    @property
    def size(self) -> int | None:
        return len(self.body)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.md", "# Title\ntext", ContentKind.TEXT),
        ("a.json", '{"a": [1, 2]}', ContentKind.JSON),
        ("a.txt", '{"a": 1}', ContentKind.JSON),
        ("a.txt", '{"a": 1}\n{"a": 2}\n', ContentKind.LINES),
        ("a.jsonl", '{"a": 1}\n\n{"a": 2}', ContentKind.LINES),
        ("a.txt", "{not json\nat all}", ContentKind.TEXT),
        ("a.json", "{broken", ContentKind.JSON),
    ],
)
def test_what_kind_of_text_it_is(name: str, text: str, kind: ContentKind) -> None:
    view = content_view(Preview(text.encode()), name)
    assert view.kind is kind
    assert view.text == text.strip("\r")


def test_json_is_laid_out() -> None:
    view = content_view(Preview(b'{"a":{"b":"\\u001b[2J"}}'), "a.json")
    assert json.loads(view.pretty) == {"a": {"b": "\x1b[2J"}}
    assert view.pretty.count("\n") == 4


def test_the_first_line_that_is_no_json_is_named() -> None:
    view = content_view(Preview(b'{"a": 1}\nnonsense\n{"a": 2}\n'), "a.jsonl")
    assert view.bad_line == 2
    assert view.lines == 3
    assert "line 2: not JSON\nnonsense" in view.pretty


def test_a_cut_last_line_is_no_fault() -> None:
    view = content_view(Preview(b'{"a": 1}\n{"a": ', truncated=True), "a.jsonl")
    assert view.bad_line is None


def test_bytes_are_numbers() -> None:
    view = content_view(Preview(b"\x89PNG\r\n\x1a\n" + bytes(range(20)), binary=True), "a.png")
    assert view.kind is ContentKind.BINARY
    first = view.text.split("\n")[0]
    assert first == "00000000  89 50 4e 47 0d 0a 1a 0a  00 01 02 03 04 05 06 07  ·PNG············"


@given(st.binary(max_size=200))
def test_bytes_never_reach_the_screen_raw(body: bytes) -> None:
    text = hex_lines(body)
    assert harmless(text)
    assert len(text.split("\n")) == max(1, -(-len(body) // 16))


@given(st.text(), st.sampled_from(["a.md", "a.json", "a.jsonl"]))
def test_any_text_is_shown_harmless(text: str, name: str) -> None:
    try:
        body = text.encode("utf-8")
    except UnicodeEncodeError:
        return
    view = content_view(Preview(body), name)
    assert harmless(view.text) and harmless(view.pretty)


def test_paths_are_offered_and_completed(tmp_path: Path) -> None:
    for name in ("alpha.md", "alpine.md", ".hidden", "sub/inner.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "dead").symlink_to(tmp_path / "nowhere")
    all_of_it = offer_paths(f"{tmp_path}/")
    assert [entry.name for entry in all_of_it.entries] == ["sub", "alpha.md", "alpine.md", "dead"]
    assert offer_paths(f"{tmp_path}/a").completed == f"{tmp_path}/alp"
    assert offer_paths(f"{tmp_path}/s").completed == f"{tmp_path}/sub/"
    assert offer_paths(f"{tmp_path}/alpi").completed == f"{tmp_path}/alpine.md"
    assert [entry.name for entry in offer_paths(f"{tmp_path}/.").entries] == [".hidden"]
    assert offer_paths(f"{tmp_path}/zzz").completed == f"{tmp_path}/zzz"
    assert offer_paths(f"{tmp_path}/none/x").problem


def test_home_is_offered_as_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert offer_paths("~").completed == "~/"
    assert offer_paths("~/d").completed == "~/docs/"
