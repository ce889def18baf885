"""Token counts: OpenAI's own numbers, pathological texts, several threads and processes."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.sandbox import tokens

GOLDEN = [
    ("", []),
    ("hello world", [24912, 2375]),
    ("Hello, world!", [13225, 11, 2375, 0]),
    ("<|endoftext|>", [27, 91, 419, 1440, 919, 91, 29]),
]


@pytest.mark.parametrize(("text", "ids"), GOLDEN)
def test_golden_ids(text: str, ids: list[int]) -> None:
    assert tokens.encode(text) == ids
    assert tokens.decode(ids) == text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_decoding_gives_the_text_back(text: str) -> None:
    ids = tokens.encode(text)
    assert tokens.decode(ids) == text
    assert b"".join(tokens.token_bytes(ids)) == text.encode()
    assert tokens.count(text) == len(ids)


def test_cutting_long_texts_does_not_change_their_tokens() -> None:
    text = "".join(f"Line {n}: the quick — brown\tfox, jumps!\n\n  /path\n" for n in range(4000))
    assert len(text) > 3 * tokens.SEGMENT
    assert tokens.encode(text) == tokens.encoding().encode_ordinary(text)


@pytest.mark.parametrize(
    "text", [" " * 1_000_000 + "x", "a" * 300_000, "\n" * 200_000, "漢" * 90_000]
)
def test_pathological_texts_are_counted(text: str) -> None:
    ids = tokens.encode(text)
    assert 0 < len(ids) <= len(text)
    assert tokens.decode(ids) == text


def test_a_lone_surrogate_does_not_break_the_count() -> None:
    assert tokens.count("a\ud800b") > 0


def test_many_threads_share_one_coder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_loaded", None)
    gate = threading.Barrier(4)
    seen = []

    def load() -> None:
        gate.wait()
        seen.append(tokens.encoding())

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(coder) for coder in seen}) == 1


def test_processes_start_at_once_without_network_or_cache() -> None:
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise OSError('no network here')\n"
        "socket.socket.connect = refuse\n"
        "from tui.sandbox import tokens\n"
        "print(tokens.count('hello world'))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(3)
    ]
    assert [process.communicate()[0].strip() for process in running] == [b"2"] * 3


def test_a_foreign_vocabulary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_SHA256", "0" * 64)
    with pytest.raises(tokens.VocabularyError, match="not the published one"):
        tokens._ranks()
