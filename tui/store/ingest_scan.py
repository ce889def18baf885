"""From what was typed to files: folders walked, globs expanded, contents hashed. Runs in a thread.

Loops of links cannot catch it: linked folders below a source are not entered, and said so.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import stat
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.formats import counted
from tui.store.ingest_plan import (
    MOST_ITEMS,
    PlanItem,
    PlanRequest,
    Verdict,
    judge,
    without_duplicates,
)

SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".svn", ".bzr", "CVS", "_darcs", "node_modules", "__pycache__"}
)
"""Version control and what tools make; `hidden` takes them too."""

_CHUNK = 1 << 20


@dataclass(slots=True)
class Scan:
    """The state of one look at the disk; `stop` ends it early, from another thread."""

    request: PlanRequest
    stop: threading.Event = field(default_factory=threading.Event)
    seen: Callable[[int], None] = lambda _count: None
    """Hears the number of files found so far, from the scanning thread."""
    _items: list[PlanItem] = field(default_factory=list)
    _paths: set[str] = field(default_factory=set)
    _skipped: Counter[str] = field(default_factory=Counter)

    def run(self) -> tuple[tuple[PlanItem, ...], tuple[str, ...]]:
        """The files with their first verdicts, and the notes.

        Raises `ProblemError` for a source that is not there, for too many files, and when stopped.
        """
        for source in self.request.sources:
            if source.strip():
                self._source(source.strip())
        return tuple(self._items), tuple(
            f"{counted(number, *_SKIPPED_WORDS[what])} skipped"
            for what, number in self._skipped.items()
        )

    def _source(self, source: str) -> None:
        expanded = os.path.expanduser(source)
        if os.path.lexists(expanded):
            self._take(Path(expanded), root=None)
            return
        if not glob.has_magic(expanded):
            raise _problem("There is no such file or folder", source)
        found = False
        for name in sorted(self._matches(expanded), key=natural):
            found = True
            path = Path(name)
            # `**` already lists what is inside; a folder that a plain `*` finds is walked.
            if "**" in expanded and path.is_dir():
                continue
            if any(part in SKIPPED_FOLDERS for part in path.parts) and not self.request.hidden:
                self._skipped["folders"] += 1
                continue
            self._take(path, root=_fixed_part(expanded))
        if not found:
            raise _problem("Nothing matches", source)

    def _matches(self, pattern: str) -> Iterator[str]:
        """What a glob finds, in the disk's order."""
        hidden = self.request.hidden
        for name in glob.iglob(pattern, recursive=True, include_hidden=hidden):
            self._halt()
            yield name

    def _take(self, path: Path, *, root: Path | None) -> None:
        if path.is_dir():
            for file in self._walk(path):
                self._add(file, root=path if root is None else root)
        else:
            self._add(path, root=root)

    def _walk(self, folder: Path) -> Iterator[Path]:
        self._halt()
        try:
            with os.scandir(folder) as entries:
                inside = sorted(entries, key=lambda entry: natural(entry.name))
        except OSError:
            self._skipped["unreadable"] += 1
            return
        folders: list[str] = []
        for entry in inside:
            if self._hidden(entry.name):
                self._skipped["hidden"] += 1
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            elif entry.is_dir():
                self._skipped["links"] += 1
            else:
                yield folder / entry.name
        for name in folders:
            if name in SKIPPED_FOLDERS and not self.request.hidden:
                self._skipped["folders"] += 1
            elif self.request.recursive:
                yield from self._walk(folder / name)
            else:
                self._skipped["inner"] += 1

    def _hidden(self, name: str) -> bool:
        return name.startswith(".") and not self.request.hidden

    def _add(self, path: Path, *, root: Path | None) -> None:
        self._halt()
        request = self.request
        if root is not None:
            # Patterns choose among what a folder or a glob gave, not against a named file.
            fits = not request.includes or any(fnmatch(path.name, p) for p in request.includes)
            if not fits or any(fnmatch(path.name, p) for p in request.excludes):
                self._skipped["patterns"] += 1
                return
        real = os.path.realpath(path)
        if real in self._paths:
            return
        if len(self._items) >= MOST_ITEMS:
            raise _problem(
                f"More than {MOST_ITEMS:,} files",
                "",
                hint="Name a narrower folder, or patterns of what to take.",
            )
        self._paths.add(real)
        self._items.append(_look(path, _shown(path, root), request))
        if len(self._items) % 50 == 0:
            self.seen(len(self._items))

    def _halt(self) -> None:
        if self.stop.is_set():
            raise ProblemError(Problem("Stopped", kind=ProblemKind.CANCELLED))


_SKIPPED_WORDS = {
    "hidden": ("hidden name", "hidden names"),
    "folders": ("folder of tools or version control", "folders of tools or version control"),
    "links": ("linked folder", "linked folders"),
    "inner": ("folder inside", "folders inside"),
    "patterns": ("file by its name", "files by their names"),
    "unreadable": ("unreadable folder", "unreadable folders"),
}


_DIGITS = re.compile(r"(\d+)")


def natural(name: str) -> tuple[tuple[str, int | str], ...]:
    """A key by which `doc2` comes before `doc10`, and a folder's files before those inside it."""
    parts: list[tuple[str, int | str]] = []
    *folders, last = name.split("/")
    for depth, part in enumerate((*folders, last)):
        parts.append(("0" if depth == len(folders) else "1", ""))
        for piece in _DIGITS.split(part):
            if piece:
                parts.append(("n", int(piece)) if piece.isdecimal() else ("t", piece.casefold()))
    return (*parts, ("z", name))


def _problem(title: str, detail: str, *, hint: str = "") -> ProblemError:
    return ProblemError(Problem(title, detail, hint, kind=ProblemKind.LOCAL))


def _fixed_part(pattern: str) -> Path:
    """The folder above the first wildcard: paths are shown from there."""
    parts: list[str] = []
    for part in Path(pattern).parts:
        if glob.has_magic(part):
            break
        parts.append(part)
    return Path(*parts) if parts else Path(".")


def _shown(path: Path, root: Path | None) -> str:
    if root is None:
        return path.name
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.name


def _look(path: Path, shown: str, request: PlanRequest) -> PlanItem:
    item = PlanItem(path=path.absolute(), shown=shown)
    try:
        facts = path.stat()
    except OSError as error:
        return item.judged(Verdict.UNREADABLE, _reason(error))
    if not stat.S_ISREG(facts.st_mode):
        return item.judged(Verdict.UNREADABLE, "not a regular file")
    item = replace(item, size=facts.st_size, modified=facts.st_mtime_ns)
    if not os.access(path, os.R_OK):
        return item.judged(Verdict.UNREADABLE, "no permission to read it")
    try:
        path.name.encode("utf-8")
    except UnicodeEncodeError:
        return item.judged(Verdict.UNREADABLE, "its name is not valid text; rename it first")
    return judge(item, request)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def sha256_of(path: Path, stop: threading.Event | None = None) -> str:
    """The content's hash. Raises `OSError`, and `ProblemError` when stopped."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if stop is not None and stop.is_set():
                raise ProblemError(Problem("Stopped", kind=ProblemKind.CANCELLED))
            digest.update(chunk)
    return digest.hexdigest()


def hashed(
    items: Sequence[PlanItem], known_sizes: frozenset[int], stop: threading.Event
) -> tuple[PlanItem, ...]:
    """The plan with hashes where they can tell something, and its duplicates found.

    Only sizes that occur twice, or that a known upload has, are read.
    """
    sizes = Counter(item.size for item in items if item.verdict is Verdict.UPLOAD)
    result = []
    for item in items:
        wanted = item.verdict is Verdict.UPLOAD and (
            sizes[item.size] > 1 or item.size in known_sizes
        )
        if wanted:
            try:
                item = replace(item, sha256=sha256_of(item.path, stop))
            except OSError as error:
                item = item.judged(Verdict.UNREADABLE, _reason(error))
        result.append(item)
    return without_duplicates(result)
