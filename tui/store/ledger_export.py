"""The ledger as a file, out and in. Blocking: for threads only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.paths import write_atomically
from tui.core.safe_text import clean
from tui.store.ledger_entries import FIELDS, csv_line, json_line
from tui.store.ledger_file import Entry


def write_export(entries: Sequence[Entry], path: Path) -> int:
    """Write CSV for `.csv`, else JSONL; gives how many there were. Raises `ProblemError`."""
    if path.suffix.lower() == ".csv":
        lines = [",".join(FIELDS), *map(csv_line, entries)]
    else:
        lines = [json_line(one) for one in entries]
    try:
        write_atomically(path, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
    except OSError as error:
        raise _local(f"{clean(path.name)} cannot be written", error) from error
    return len(entries)


def read_import(path: Path) -> list[str]:
    """The lines of a file of ids, or of an export. Raises `ProblemError`."""
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError as error:
        raise _local(f"{clean(path.name)} cannot be read", error) from error


def _local(title: str, error: OSError) -> ProblemError:
    return ProblemError(Problem(title, error.strerror or "", kind=ProblemKind.LOCAL))
