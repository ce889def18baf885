"""What is read out of uploaded files, and what is refused with which code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sandbox.extraction import ExtractionError, InvalidFile, UnsupportedFile, extract_text


@pytest.mark.parametrize(
    "name", ["a.txt", "A.MD", "b.json", "c.jsonl", "d.csv", "e.py", "f.yaml", "g.xml", "README"]
)
def test_text_files_are_read_as_they_are(name: str) -> None:
    assert extract_text(name, "Größe: 3 µm\n".encode()) == "Größe: 3 µm\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings_are_told_apart(encoding: str) -> None:
    text = "Café prices in €, one per line\n"
    assert extract_text("prices.txt", text.encode(encoding)) == text


def test_html_is_read_as_a_person_would() -> None:
    page = b"""<!doctype html><html><head><title>Price &amp; terms</title>
    <style>p { color: red }</style><script>alert("<p>no</p>")</script></head>
    <body><h1>Plans</h1><p>Starter  is <b>free</b>.<br>Team costs 12&nbsp;EUR</p>
    <table><tr><td>a</td><td>b</td></tr></table><img src=x alt="a boat"></body></html>"""
    lines = extract_text("page.html", page).split("\n")
    assert lines[:4] == ["Price & terms", "Plans", "Starter is free.", "Team costs 12 EUR"]
    assert "a\tb" in lines
    assert "a boat" in lines
    assert not any("alert" in line or "color" in line for line in lines)


@pytest.mark.parametrize(
    "name", ["photo.png", "a.zip", "tool.exe", "slides.pptx", "mystery", ".md.bak"]
)
def test_unknown_kinds_are_unsupported(name: str) -> None:
    with pytest.raises(UnsupportedFile, match="not supported") as caught:
        extract_text(name, b"text all the same")
    assert caught.value.code == "unsupported_file"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\t ", "no text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\x01", "binary"),
        (bytes(range(256)) * 4, "binary"),
        (b"\xff\xfea\x00b", "utf-16"),
    ],
)
def test_broken_content_is_invalid(content: bytes, words: str) -> None:
    with pytest.raises(InvalidFile, match=words) as caught:
        extract_text("notes.txt", content)
    assert caught.value.code == "invalid_file"


def test_a_pdf_that_is_none_is_invalid() -> None:
    with pytest.raises(InvalidFile, match="not a PDF"):
        extract_text("a.pdf", b"hello")


def test_a_pdf_without_the_extra_says_which_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pypdf", None)
    with pytest.raises(UnsupportedFile, match="'pdf' extra"):
        extract_text("a.pdf", b"%PDF-1.7\n")


@given(st.sampled_from(["a.txt", "b.html", "c.json", "d.zip", "e"]), st.binary(max_size=400))
def test_any_bytes_give_text_or_a_reason(name: str, content: bytes) -> None:
    try:
        assert extract_text(name, content).strip()
    except ExtractionError as error:
        assert error.message and error.code in ("unsupported_file", "invalid_file")
