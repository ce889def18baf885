"""Paths as they are typed: what a folder offers, and how far a name completes. Blocks."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_OFFERS = 500


@dataclass(frozen=True, slots=True)
class PathEntry:
    """One name in a folder; untrusted."""

    name: str
    folder: bool
    size: int | None = None
    """Bytes of a file."""


@dataclass(frozen=True, slots=True)
class PathOffer:
    """What a typed path may become."""

    text: str
    """The text that this is the answer to."""
    folder: str = ""
    """The part of it that names the folder, as typed, with its slash."""
    entries: tuple[PathEntry, ...] = ()
    """The names that begin as the rest of the text does: folders first."""
    more: int = 0
    """Names that are not among them."""
    problem: str = ""

    @property
    def completed(self) -> str:
        """The text as far as all offers agree; a single folder gets its slash."""
        if not self.entries:
            return self.text
        if len(self.entries) == 1 and not self.more:
            return self.take(self.entries[0])
        typed = self.text[len(self.folder) :]
        common = _common([entry.name for entry in self.entries]) if not self.more else typed
        return self.folder + common if len(common) > len(typed) else self.text

    def take(self, entry: PathEntry) -> str:
        """The text with one offer in it."""
        return self.folder + entry.name + (os.sep if entry.folder else "")


def _common(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    for at, (one, other) in enumerate(zip(first, last, strict=False)):
        if one != other:
            return first[:at]
    return first if len(first) <= len(last) else last


def offer_paths(text: str) -> PathOffer:
    """What may follow a typed path; `~` is the home folder, nothing typed the present one."""
    cut = text.rfind(os.sep) + 1
    typed_folder, beginning = text[:cut], text[cut:]
    if text == "~":
        return PathOffer(text, entries=(PathEntry("~", True),))
    folder = Path(os.path.expanduser(typed_folder) or ".")
    entries: list[PathEntry] = []
    try:
        with os.scandir(folder) as found:
            for entry in found:
                if not entry.name.startswith(beginning):
                    continue
                if entry.name.startswith(".") and not beginning.startswith("."):
                    continue
                entries.append(_entry(entry))
    except OSError as error:
        return PathOffer(text, typed_folder, problem=(error.strerror or "cannot be read").lower())
    entries.sort(key=lambda entry: (not entry.folder, entry.name.casefold(), entry.name))
    return PathOffer(
        text,
        typed_folder,
        tuple(entries[:MOST_OFFERS]),
        more=max(0, len(entries) - MOST_OFFERS),
    )


def _entry(entry: os.DirEntry[str]) -> PathEntry:
    try:
        facts = entry.stat()
    except OSError:
        return PathEntry(entry.name, False)
    if stat.S_ISDIR(facts.st_mode):
        return PathEntry(entry.name, True)
    return PathEntry(entry.name, False, facts.st_size)
