"""JSON Lines, checked as the platform checks training files on upload."""

from __future__ import annotations

from collections.abc import Iterable

from tui.sandbox.blobs import BlobStore
from tui.sandbox.wire import load_json


def check_jsonl(lines: Iterable[bytes]) -> str | None:
    """What is wrong with the first bad line, in the platform's words; None when all is well."""
    number = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = load_json(line)
        except ValueError:
            return _complaint(number, line, "valid JSON")
        if not isinstance(value, dict):
            return _complaint(number, line, "a dictionary")
    return None if number else "The file is empty."


def _complaint(number: int, line: bytes, expected: str) -> str:
    start = line[:12].decode("utf-8", "replace")
    return (
        "Expected file to have JSONL format, where every line is a JSON dictionary."
        f' Line {number} is not {expected} (HINT: line starts with: "{start}...").'
    )


def check_jsonl_blob(blobs: BlobStore, name: str) -> str | None:
    """As `check_jsonl`, a line at a time from the disk; for a thread that may wait."""
    with blobs.open_now(name) as file:
        return check_jsonl(file)
