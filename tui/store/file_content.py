"""What a file holds, ready to be looked at: text, JSON made readable, or the bytes of the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tui.api.operations.files import DOWNLOAD_FILE
from tui.core.cell import Cell
from tui.core.errors import Problem, ProblemKind
from tui.core.safe_text import clean_block
from tui.store.phases import phase_of
from tui.store.ports import Api, Preview
from tui.store.views import Phase
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

READ_LIMIT = 4 * 1024 * 1024
"""Bytes that are read; a larger file is shown as far as that."""
_HEX_BYTES = 16 * 64
_PRETTY_LIMIT = 2 * 1024 * 1024
"""Characters of JSON that are laid out anew; the result is some times as long."""


class ContentKind(StrEnum):
    TEXT = "text"
    JSON = "json"
    LINES = "jsonl"
    """One JSON value on each line."""
    BINARY = "binary"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContentView:
    """The content of one file as far as it was read."""

    phase: Phase = Phase.UNASKED
    kind: ContentKind = ContentKind.TEXT
    text: str = ""
    """Safe to show; for bytes that are no text, their beginning as numbers."""
    pretty: str = ""
    """JSON laid out over lines; empty where there is none or it cannot be read."""
    lines: int = 0
    size: int | None = None
    """Bytes of the whole file, where the server says it."""
    read: int = 0
    truncated: bool = False
    bad_line: int | None = None
    """The first line of a JSONL file that is no JSON."""
    problem: Problem | None = None


class FileContent:
    """Reads one file for a scope. `view` is all that a screen sees."""

    def __init__(
        self, file: str, name: str, api: Api, *, scheduler: Scheduler, scope: Scope
    ) -> None:
        self.file = file
        self.view: Cell[FileContentView] = Cell(FileContentView())
        self._name = name
        self._api = api
        self._scheduler = scheduler
        self._scope = scope
        self.retry()

    def retry(self) -> None:
        """Read it, or read it again after a failure."""
        self.view.set(FileContentView(phase=Phase.LOADING))
        path = {"file_id": self.file}
        job = self._scheduler.submit(
            ("file-content", self.file),
            scope=self._scope,
            lane=Lane.INTERACTIVE,
            run=lambda: self._api.read_text(DOWNLOAD_FILE, path=path, limit=READ_LIMIT),
        )
        job.on_done(self._arrived)

    def _arrived(self, job: Job[Preview]) -> None:
        if job.problem is not None:
            self._failed(job.problem)
            return
        preview, name = job.result, self._name
        layout = self._scheduler.in_thread(
            ("file-content-layout", self.file),
            scope=self._scope,
            lane=Lane.INTERACTIVE,
            work=lambda: content_view(preview, name),
        )
        layout.on_done(self._laid_out)

    def _laid_out(self, job: Job[FileContentView]) -> None:
        if job.problem is not None:
            self._failed(job.problem)
        else:
            self.view.set(job.result)

    def _failed(self, problem: Problem) -> None:
        if problem.kind is ProblemKind.CANCELLED:
            self.view.set(FileContentView())
        else:
            self.view.set(FileContentView(phase=phase_of(problem), problem=problem))


def content_view(preview: Preview, name: str) -> FileContentView:
    """A file's beginning as it is shown. Blocks for large JSON: for a thread."""
    if preview.text is None:
        return FileContentView(
            phase=Phase.READY,
            kind=ContentKind.BINARY,
            text=hex_lines(preview.body[:_HEX_BYTES]),
            size=preview.size,
            read=len(preview.body),
            truncated=preview.truncated,
        )
    text = preview.text
    kind, pretty, bad_line = _pretty(text, name, truncated=preview.truncated)
    return FileContentView(
        phase=Phase.READY,
        kind=kind,
        text=clean_block(text),
        pretty=clean_block(pretty),
        lines=text.count("\n") + bool(text and not text.endswith("\n")),
        size=preview.size,
        read=len(preview.body),
        truncated=preview.truncated,
        bad_line=bad_line,
    )


def _pretty(text: str, name: str, *, truncated: bool) -> tuple[ContentKind, str, int | None]:
    suffix = name.rpartition(".")[2].lower()
    head = text.lstrip()[:1]
    if suffix in ("jsonl", "ndjson"):
        pretty, bad_line = _pretty_lines(text, truncated=truncated)
        return ContentKind.LINES, pretty, bad_line
    if suffix == "json" or head in ("{", "["):
        if len(text) <= _PRETTY_LIMIT and not truncated:
            value = _load(text)
            if value is not None:
                return ContentKind.JSON, _dump(value), None
        if head == "{" and "\n" in text.strip():
            pretty, bad_line = _pretty_lines(text, truncated=truncated)
            if bad_line is None:
                return ContentKind.LINES, pretty, None
        if suffix == "json":
            return ContentKind.JSON, "", None
    return ContentKind.TEXT, "", None


def _pretty_lines(text: str, *, truncated: bool) -> tuple[str, int | None]:
    """Each line's JSON laid out, under its number; and the first line that is none."""
    out: list[str] = []
    bad_line: int | None = None
    used = 0
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if used > _PRETTY_LIMIT:
            out.append(f"… lines from {number:,} on are not laid out")
            break
        used += len(line)
        value = _load(line)
        if value is None:
            if truncated and number == len(lines):
                break
            bad_line = bad_line or number
            out.append(f"── line {number:,}: not JSON\n{line}")
        else:
            out.append(f"── line {number:,}\n{_dump(value)}")
    return "\n".join(out), bad_line


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _dump(value: Any) -> str:
    try:
        return json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:
        return json.dumps(value, ensure_ascii=False)


def hex_lines(body: bytes) -> str:
    """Bytes as `00000010  25 50 44 46 …  %PDF`, sixteen on a line."""
    out = []
    for at in range(0, len(body), 16):
        row = body[at : at + 16]
        left = " ".join(f"{byte:02x}" for byte in row[:8])
        right = " ".join(f"{byte:02x}" for byte in row[8:])
        shown = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in row)
        out.append(f"{at:08x}  {left:<23}  {right:<23}  {shown}")
    return "\n".join(out)
