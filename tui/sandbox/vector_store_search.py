"""Search in a vector store: filter by attributes, rank the chunks, answer the best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from tui.sandbox.attribute_filters import FilterError, Predicate, compile_filter
from tui.sandbox.call import Call, answer
from tui.sandbox.embedding import from_blob
from tui.sandbox.errors import invalid
from tui.sandbox.fields import Fields
from tui.sandbox.ranking import RANKERS, Candidate, ScoredChunk, rank
from tui.sandbox.records import Record, Records, Where
from tui.sandbox.registry import serves
from tui.sandbox.vector_store_records import FILE, require_store, touch
from tui.sandbox.wire import JsonObject
from tui.sandbox.world import World

MAX_RESULTS = 50
_QUERY_LENGTH = 4096


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for, and how."""

    queries: tuple[str, ...]
    limit: int = 10
    predicate: Predicate | None = None
    ranker: str = "auto"
    score_threshold: float = 0.0
    embedding_weight: float | None = None
    text_weight: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One chunk that answers, with where it comes from."""

    file_id: str
    filename: str
    attributes: JsonObject
    text: str
    score: float

    def as_object(self) -> JsonObject:
        """The result item of the API."""
        return {
            "file_id": self.file_id,
            "filename": self.filename,
            "score": self.score,
            "attributes": self.attributes,
            "content": [{"type": "text", "text": self.text}],
        }


async def search_store(world: World, store_id: str, search: Search) -> list[Hit]:
    """The best chunks of a store's completed files, best first."""

    def read(records: Records) -> tuple[dict[str, tuple[Record, str]], list[Candidate]]:
        entries = records.select(FILE, Where("status = 'completed'"), parent=store_id)
        kept = {
            entry.id: (entry, _filename(records, entry.id))
            for entry in entries
            if search.predicate is None or search.predicate(entry.body["attributes"])
        }
        return kept, list(_candidates(records, store_id, kept))

    kept, candidates = await world.database.read(read)
    found: list[ScoredChunk] = await world.compute(
        rank,
        search.queries,
        candidates,
        limit=search.limit,
        score_threshold=search.score_threshold,
        embedding_weight=search.embedding_weight,
        text_weight=search.text_weight,
        ranker=search.ranker,
    )
    hits = []
    for scored in found:
        entry, filename = kept[scored.chunk.key.partition("/")[0]]
        hits.append(
            Hit(entry.id, filename, entry.body["attributes"], scored.chunk.text, scored.score)
        )
    return hits


@serves("searchVectorStore")
async def search_vector_store(call: Call) -> Response:
    search = _read(await call.fields())

    def use(records: Records) -> str:
        store = require_store(records, call, living=True)
        touch(records, store.id, call.now)
        return store.id

    store_id = await call.world.database.write(use)
    hits = await search_store(call.world, store_id, search)
    return answer(
        {
            "object": "vector_store.search_results.page",
            "search_query": list(search.queries),
            "data": [hit.as_object() for hit in hits],
            "has_more": False,
            "next_page": None,
        }
    )


def _read(fields: Fields) -> Search:
    fields.only(("query", "rewrite_query", "max_num_results", "filters", "ranking_options"))
    # Queries are searched as they are: there is nothing here that could rewrite them.
    fields.boolean("rewrite_query")
    queries = _queries(fields)
    try:
        predicate = compile_filter(fields.body.get("filters"))
    except FilterError as error:
        raise invalid(error.message, error.param, code="invalid_value") from error
    options = fields.fields("ranking_options") or Fields({}, "ranking_options")
    options.only(("ranker", "score_threshold", "hybrid_search"))
    hybrid = options.fields("hybrid_search")
    weights: dict[str, Any] = {}
    if hybrid is not None:
        hybrid.only(("embedding_weight", "text_weight"))
        for name in ("embedding_weight", "text_weight"):
            hybrid.required(name)
            weights[name] = hybrid.number(name, minimum=0)
        if not any(weights.values()):
            raise invalid("At least one weight must be above zero.", hybrid.name("text_weight"))
    return Search(
        queries,
        limit=fields.integer("max_num_results", 10, minimum=1, maximum=MAX_RESULTS) or 10,
        predicate=predicate,
        ranker=options.string("ranker", "auto", choices=RANKERS) or "auto",
        score_threshold=options.number("score_threshold", 0.0, minimum=0, maximum=1) or 0.0,
        **weights,
    )


def _queries(fields: Fields) -> tuple[str, ...]:
    value = fields.required("query")
    if isinstance(value, list):
        queries = tuple(fields.strings("query", minimum=1, maximum=32) or ())
    else:
        queries = (fields.required_string("query", maximum=_QUERY_LENGTH),)
    for query in queries:
        if not query.strip():
            raise invalid("Invalid 'query': an empty string cannot be searched for.", "query")
        if len(query) > _QUERY_LENGTH:
            raise invalid(f"Invalid 'query': longer than {_QUERY_LENGTH} characters.", "query")
    return queries


def _filename(records: Records, file_id: str) -> str:
    file = records.get("file", file_id)
    return "" if file is None else str(file.body["filename"])


def _candidates(
    records: Records, store_id: str, kept: dict[str, tuple[Record, str]]
) -> list[Candidate]:
    rows = records.connection.execute(
        "SELECT file_id, position, text, vector FROM chunks WHERE vector_store_id = ?",
        (store_id,),
    )
    return [
        Candidate(f"{file_id}/{position:06d}", text, from_blob(vector))
        for file_id, position, text, vector in rows
        if file_id in kept
    ]
