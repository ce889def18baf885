"""The search lab of a vector store: a query with its settings, scored chunks, and what changed.

Each search is compared with the one before it for the same words, so that a person sees what
another ranker, threshold or filter does.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tui.api.operations.vector_stores import SEARCH_VECTOR_STORE
from tui.api.records import Record
from tui.core.cell import Cell
from tui.core.clock import Clock
from tui.core.errors import Problem, ProblemKind
from tui.core.formats import number
from tui.core.safe_text import clean, clean_block
from tui.store.ingest_attributes import format_attribute
from tui.store.phases import phase_of
from tui.store.ports import Api, Reply
from tui.store.search_filters import FilterError, parse_filter
from tui.store.views import Phase
from tui.worker.job import Job
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

RANKERS = ("auto", "default-2024-11-15", "none")
"""`auto` is what the server does when nothing is asked."""
MOST_RESULTS = 50
MOST_HISTORY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What is searched for, as typed."""

    text: str = ""
    results: int = 10
    """1 to 50."""
    filter_text: str = ""
    """A line such as `lang = en and year >= 2024`, or the API's JSON."""
    ranker: str = "auto"
    threshold: float = 0.0
    """The lowest score that is shown, 0 to 1."""
    rewrite: bool = False

    def faults(self) -> dict[str, str]:
        """What the server would refuse, by field, in words."""
        found = {}
        if not self.text.strip():
            found["text"] = "type what to look for"
        if not 1 <= self.results <= MOST_RESULTS:
            found["results"] = f"from 1 to {MOST_RESULTS}"
        if not 0 <= self.threshold <= 1:
            found["threshold"] = "from 0 to 1"
        try:
            parse_filter(self.filter_text)
        except FilterError as error:
            found["filter_text"] = f"{error}, at character {error.at + 1}"
        return found

    def body(self) -> dict[str, Any]:
        """The request; only what differs from the server's defaults. Raises `FilterError`."""
        body: dict[str, Any] = {"query": self.text.strip()}
        if self.results != 10:
            body["max_num_results"] = self.results
        if (filters := parse_filter(self.filter_text)) is not None:
            body["filters"] = filters
        ranking: dict[str, Any] = {}
        if self.ranker != "auto":
            ranking["ranker"] = self.ranker
        if self.threshold > 0:
            ranking["score_threshold"] = self.threshold
        if ranking:
            body["ranking_options"] = ranking
        if self.rewrite:
            body["rewrite_query"] = True
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkView:
    """One found chunk."""

    rank: int
    file_id: str
    file_name: str
    score: float
    text: str
    """Safe to show."""
    attributes: tuple[tuple[str, str], ...] = ()
    """Names and values, safe to show."""
    was: int | None = None
    """Its rank in the search before, `None` when it was not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchView:
    """A search and what it brought."""

    phase: Phase = Phase.UNASKED
    query: SearchQuery = SearchQuery()
    chunks: tuple[ChunkView, ...] = ()
    compared: bool = False
    """The words were searched for before: `was` tells something."""
    asked: str = ""
    """The query as the server rewrote it, when it did."""
    took: float | None = None
    """Seconds."""
    problem: Problem | None = None
    searching: bool = False
    """A request is under way; what is shown is from before."""
    history: tuple[SearchQuery, ...] = ()
    """Newest first, without repetitions."""

    @property
    def best(self) -> float:
        """The score that a full bar stands for."""
        return max((chunk.score for chunk in self.chunks), default=0.0)


class VectorSearch:
    """Searches one vector store; `view` is all that a screen sees."""

    def __init__(self, store: str, api: Api, *, scheduler: Scheduler, clock: Clock) -> None:
        self.store = store
        self.view: Cell[SearchView] = Cell(SearchView())
        self._api = api
        self._scheduler = scheduler
        self._clock = clock
        self._epochs = itertools.count(1)
        self._epoch = 0

    def run(self, query: SearchQuery, scope: Scope) -> dict[str, str]:
        """Search, unless something is wrong with the query: then that, by field."""
        if faults := query.faults():
            return faults
        self._epoch = epoch = next(self._epochs)
        body = query.body()
        began = self._clock.monotonic()
        view = self.view.value
        history = (query, *(past for past in view.history if past != query))[:MOST_HISTORY]
        phase = Phase.READY if view.phase is Phase.READY else Phase.LOADING
        self.view.set(replace(view, phase=phase, searching=True, history=history))
        job = self._scheduler.submit(
            ("vector-search", self.store, epoch),
            scope=scope,
            lane=Lane.INTERACTIVE,
            run=lambda: self._api.call(
                SEARCH_VECTOR_STORE, path={"vector_store_id": self.store}, body=body
            ),
        )
        job.on_done(lambda job: self._arrived(job, query, epoch, began))
        return {}

    def _arrived(self, job: Job[Reply], query: SearchQuery, epoch: int, began: float) -> None:
        if epoch != self._epoch:
            return
        view = self.view.value
        if job.problem is not None:
            if job.problem.kind is ProblemKind.CANCELLED:
                phase = Phase.READY if view.phase is Phase.READY else Phase.UNASKED
                self.view.set(replace(view, phase=phase, searching=False))
                return
            phase = phase_of(job.problem)
            self.view.set(
                replace(view, phase=phase, query=query, searching=False, problem=job.problem)
            )
            return
        raw = job.result.record.raw
        compared = view.phase is Phase.READY and _same_words(view.query, query)
        ranks = {_key(chunk): chunk.rank for chunk in view.chunks} if compared else {}
        chunks = tuple(
            replace(chunk, was=ranks.get(_key(chunk)))
            for chunk in (chunk_of(row, rank) for rank, row in enumerate(_rows(raw), 1))
        )
        asked = _asked(raw)
        self.view.set(
            SearchView(
                phase=Phase.READY,
                query=query,
                chunks=chunks,
                compared=compared,
                asked=asked if asked != query.text.strip() else "",
                took=max(0.0, self._clock.monotonic() - began),
                history=view.history,
            )
        )


def _same_words(one: SearchQuery, other: SearchQuery) -> bool:
    return one.text.split() == other.text.split() and one != other


def _key(chunk: ChunkView) -> tuple[str, str]:
    return chunk.file_id, chunk.text


def _rows(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = raw.get("data")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _asked(raw: Mapping[str, Any]) -> str:
    """The query that the server used: a text or a list of texts (contract 7.2, number 23)."""
    asked = raw.get("search_query")
    if isinstance(asked, list):
        asked = " · ".join(str(part) for part in asked)
    return clean(asked, limit=300) if isinstance(asked, str) else ""


def chunk_of(row: Mapping[str, Any], rank: int) -> ChunkView:
    """One row of the answer, read tolerantly."""
    record = Record(row)
    text = clean_block(_text_of(row.get("content"))).strip("\n")
    attributes = row.get("attributes")
    pairs = attributes.items() if isinstance(attributes, Mapping) else ()
    file_id = clean(record.get("file_id", ""), limit=200)
    return ChunkView(
        rank=rank,
        file_id=file_id,
        file_name=clean(record.get("filename", ""), limit=300) or file_id,
        score=number(row.get("score")) or 0.0,
        text=text,
        attributes=tuple((clean(key), _value_text(value)) for key, value in pairs),
    )


def _value_text(value: object) -> str:
    if isinstance(value, str | int | float | bool):
        return clean(value if isinstance(value, str) else format_attribute(value), limit=200)
    return clean(value, limit=200)


def _text_of(content: object) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (part.get("text") for part in content if isinstance(part, Mapping))
    return "\n".join(part for part in parts if isinstance(part, str))


_WORD = re.compile(r"\w+")
_COMMON_WORDS = (
    "a an and are as at be by can do does for from has have how i if in is it me my of on or so "
    "that the this to was we what when where which who why will with you your"
)
_COMMON = frozenset(_COMMON_WORDS.split())
"""Marking these would colour everything and tell nothing."""


def _stem(word: str) -> str:
    """Enough of a word that its other forms begin with it."""
    return word[: max(4, len(word) - 3)] if len(word) > 5 else word


def _folded(text: str) -> str:
    """Case and accents away, one character for one, so that places stay the same."""
    out = []
    for character in text:
        plain = unicodedata.normalize("NFD", character)[0].casefold()
        out.append(plain if len(plain) == 1 else character)
    return "".join(out)


def matches(text: str, query: str) -> tuple[tuple[int, int], ...]:
    """Where words of the query, or other forms of them, stand in a text."""
    words = {_folded(word) for word in _WORD.findall(query)}
    telling = {word for word in words if len(word) > 1 and word not in _COMMON} or words
    stems = tuple(_stem(word) for word in telling if len(word) > 3)
    return tuple(
        match.span()
        for match in _WORD.finditer(_folded(text))
        if match[0] in telling or (stems and match[0].startswith(stems))
    )
