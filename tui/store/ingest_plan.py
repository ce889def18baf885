"""What an upload would do, before it does it: one line per file, each with a verdict to review.

Frozen values and pure functions; `ingest_scan` looks at the disk and fills them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from tui.store.ingest_attributes import AttributeValue

MOST_BYTES = 512 * 1024 * 1024
"""Of one file (contract 2.8)."""
MOST_BATCH_BYTES = 200 * 1024 * 1024
"""Of a `.jsonl` for the batch API."""
MOST_ITEMS = 10_000
"""Of one plan: more is a mistake more often than a wish."""

PURPOSES: tuple[str, ...] = ("assistants", "user_data", "fine-tune", "batch", "vision", "evals")
"""What an upload may name (contract 2.8), most used first."""

PURPOSE_HELP: Mapping[str, str] = {
    "assistants": "for vector stores and tools; cannot be downloaded again",
    "user_data": "for anything; cannot be downloaded again",
    "fine-tune": "training data, .jsonl",
    "batch": "requests for the batch API, .jsonl to 200 MB, kept for 30 days",
    "vision": "pictures",
    "evals": "data for evals, .jsonl",
}

_STORE_TYPES = "c cpp cs css doc docx go html java js json md pdf php pptx py rb sh tex ts txt"
STORE_TYPES = frozenset(_STORE_TYPES.split())
"""What vector stores read, by the platform's own list."""
_PLAIN_TEXT_TYPES = (
    "markdown mdx rst adoc log srt vtt po jsonl ndjson csv tsv xml yaml yml toml ini cfg conf htm "
    "h cc cxx hpp kt scala rs pl pm lua r jl swift m jsx tsx vue svelte scss less sql bash zsh "
    "ps1 ex exs erl hs ml clj proto graphql tf diff patch tcss pyi"
)
PLAIN_TEXT_TYPES = frozenset(_PLAIN_TEXT_TYPES.split())
"""Further texts; the sandbox and some servers read them."""
IMAGE_TYPES = frozenset({"png", "jpg", "jpeg", "gif", "webp"})
LINES_TYPES = frozenset({"jsonl"})

_TYPES_OF_PURPOSE: Mapping[str, frozenset[str]] = {
    "fine-tune": LINES_TYPES,
    "batch": LINES_TYPES,
    "evals": LINES_TYPES,
    "vision": IMAGE_TYPES,
}


class Verdict(StrEnum):
    """What becomes of a file, and why."""

    UPLOAD = "upload"
    REUSE = "reuse"
    """The server has it already; it is attached without being sent again."""
    ATTACHED = "attached"
    """The vector store has it already."""
    ON_SERVER = "on_server"
    """The server has one with the same name and size."""
    DUPLICATE = "duplicate"
    """The same content stands further up in this plan."""
    UNSUPPORTED = "unsupported"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"


CHOOSABLE = frozenset(
    {Verdict.UPLOAD, Verdict.REUSE, Verdict.ON_SERVER, Verdict.DUPLICATE, Verdict.UNSUPPORTED}
)
"""Where a person may decide otherwise than the plan; the rest would be refused by the server."""
_TAKEN = frozenset({Verdict.UPLOAD, Verdict.REUSE})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """One file of a plan."""

    path: Path
    shown: str
    """Where it is, relative to what was asked for; untrusted until it passed `safe_text`."""
    size: int = 0
    modified: int = 0
    """`st_mtime_ns`, to notice a change between the review and the upload."""
    verdict: Verdict = Verdict.UPLOAD
    reason: str = ""
    """Why it is left out, in words; may hold names of files."""
    chosen: bool = True
    sha256: str | None = None
    file_id: str | None = None
    """Of the same file on the server."""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def suffix(self) -> str:
        return self.path.suffix.lower().lstrip(".")

    @property
    def choosable(self) -> bool:
        return self.verdict in CHOOSABLE

    @property
    def sends(self) -> bool:
        """Whether its bytes would travel: a known file that is chosen again only gets attached."""
        return self.chosen and self.verdict is not Verdict.REUSE

    def judged(self, verdict: Verdict, reason: str = "", *, file_id: str | None = None) -> PlanItem:
        """The same file under another verdict, chosen as that verdict has it."""
        return replace(
            self, verdict=verdict, reason=reason, chosen=verdict in _TAKEN, file_id=file_id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What a person asked to upload."""

    sources: tuple[str, ...]
    """Files, folders and globs as typed; `~` is the home folder."""
    purpose: str = "assistants"
    vector_store: str | None = None
    """Attach to this store, and wait until it is indexed."""
    recursive: bool = True
    includes: tuple[str, ...] = ()
    """Patterns of names; without any, every name fits."""
    excludes: tuple[str, ...] = ()
    hidden: bool = False
    """Also what begins with a dot, and folders of version control."""
    expires_after: int | None = None
    """Seconds from the upload, 3600 to 2592000."""
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    path_attribute: bool = False
    """Give each file its relative path as an attribute `path`."""
    more_types: bool = False
    """The server reads `PLAIN_TEXT_TYPES` too, as the sandbox does."""


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """The sums under a plan."""

    files: int
    chosen: int
    send: int
    """Chosen files whose bytes travel."""
    send_bytes: int
    left_out: tuple[tuple[Verdict, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestPlan:
    """All files of a plan in their order, and what else there is to say."""

    request: PlanRequest
    items: tuple[PlanItem, ...] = ()
    notes: tuple[str, ...] = ()
    """What was skipped without a line of its own: hidden files, folders of version control."""

    def toggled(self, index: int) -> IngestPlan:
        """The plan with one file taken in or left out; as it was where there is no choice."""
        item = self.items[index]
        return self.chosen([index], not item.chosen)

    def chosen(self, indexes: Sequence[int], chosen: bool) -> IngestPlan:
        """The plan with these files taken in or left out, where there is a choice."""
        items = list(self.items)
        for index in indexes:
            if items[index].choosable:
                items[index] = replace(items[index], chosen=chosen)
        return replace(self, items=tuple(items))

    @property
    def totals(self) -> PlanTotals:
        chosen = [item for item in self.items if item.chosen]
        send = [item for item in chosen if item.sends]
        left = Counter(item.verdict for item in self.items if not item.chosen)
        return PlanTotals(
            files=len(self.items),
            chosen=len(chosen),
            send=len(send),
            send_bytes=sum(item.size for item in send),
            left_out=tuple(left.most_common()),
        )

    def attributes_of(self, item: PlanItem) -> dict[str, AttributeValue]:
        """What a file is attached with."""
        attributes = dict(self.request.attributes)
        if self.request.path_attribute:
            attributes.setdefault("path", item.shown[-512:])
        return attributes


def judge(item: PlanItem, request: PlanRequest) -> PlanItem:
    """The verdict that size and type alone give (contract 2.8)."""
    if item.size == 0:
        return item.judged(Verdict.EMPTY, "the file is empty")
    if item.size > MOST_BYTES:
        return item.judged(Verdict.TOO_LARGE, "over 512 MB, the most that the API takes")
    if request.purpose == "batch" and item.size > MOST_BATCH_BYTES:
        return item.judged(Verdict.TOO_LARGE, "over 200 MB, the most that a batch takes")
    refusal = _refused_type(item.suffix, request)
    return item if refusal is None else item.judged(Verdict.UNSUPPORTED, refusal)


def _refused_type(suffix: str, request: PlanRequest) -> str | None:
    """Why a type of file is not taken, in words; `None` if it is."""
    wanted = _TYPES_OF_PURPOSE.get(request.purpose)
    if wanted is not None and suffix not in wanted:
        types = ", ".join(f".{type_}" for type_ in sorted(wanted))
        return f"{request.purpose} takes {types}"
    read = STORE_TYPES | PLAIN_TEXT_TYPES if request.more_types else STORE_TYPES
    if request.vector_store is None or suffix in read:
        return None
    what = f".{suffix}" if suffix else "a name without a type"
    return f"vector stores do not read {what}"


def without_duplicates(items: Sequence[PlanItem]) -> tuple[PlanItem, ...]:
    """Of the files with the same content, the first is kept; content goes by `sha256`."""
    first: dict[str, PlanItem] = {}
    judged = []
    for item in items:
        if item.sha256 is not None and item.chosen:
            earlier = first.setdefault(item.sha256, item)
            if earlier is not item:
                item = item.judged(Verdict.DUPLICATE, f"same content as {earlier.shown}")
        judged.append(item)
    return tuple(judged)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """A file that the server has, as far as a plan needs to know it."""

    id: str
    name: str
    size: int
    sha256: str | None = None
    """Known when this computer sent it."""


def with_known(
    items: Sequence[PlanItem],
    known: Sequence[KnownFile],
    *,
    attached: frozenset[str] | None = None,
) -> tuple[PlanItem, ...]:
    """The plan against what the server has.

    Equal content (by the journal) or equal name and size count as the same file. `attached` are
    the ids in the vector store, `None` when files are only uploaded. A file of the server answers
    for one file of the plan only, so two notes of one name and size are not taken for each other.
    """
    by_content = {file.sha256: file for file in known if file.sha256}
    by_name: dict[tuple[str, int], list[KnownFile]] = {}
    for file in known:
        by_name.setdefault((file.name, file.size), []).append(file)
    used: set[str] = set()
    judged = []
    for item in items:
        found = None
        if item.verdict is Verdict.UPLOAD:
            found = by_content.get(item.sha256) if item.sha256 else None
            if found is None:
                found = _namesake(item, by_name, used, attached)
        if found is None:
            judged.append(item)
            continue
        used.add(found.id)
        if attached is None:
            verdict, reason = Verdict.ON_SERVER, "the server has it already"
        elif found.id in attached:
            verdict, reason = Verdict.ATTACHED, "the vector store has it already"
        else:
            verdict, reason = Verdict.REUSE, "the server has it; only attached"
        if found.name != item.name:
            reason += f", as {found.name}"
        judged.append(item.judged(verdict, reason, file_id=found.id))
    return tuple(judged)


def _namesake(
    item: PlanItem,
    by_name: Mapping[tuple[str, int], list[KnownFile]],
    used: set[str],
    attached: frozenset[str] | None,
) -> KnownFile | None:
    candidates = [
        file
        for file in by_name.get((item.name, item.size), ())
        if file.id not in used
        # Both contents are known and differ: not the same file, whatever its name.
        and (file.sha256 is None or item.sha256 is None or file.sha256 == item.sha256)
    ]
    if attached:
        candidates.sort(key=lambda file: file.id not in attached)
    return candidates[0] if candidates else None
