"""A run's own search: the stores of its thread and its assistant, and a quotation of the best."""

from __future__ import annotations

from dataclasses import dataclass

from tui.sandbox import tokens
from tui.sandbox.echo_words import stems
from tui.sandbox.records import Record, Records
from tui.sandbox.vector_store_records import STORE, expired, touch
from tui.sandbox.vector_store_search import Hit, Search, search_store
from tui.sandbox.wire import JsonObject
from tui.sandbox.world import World

_QUERY_LENGTH = 4096
_QUOTED = 480
"""Characters of the best chunk that are quoted, at most."""
_NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first."""

    hits: list[Hit]
    stores: int
    ranking_options: JsonObject
    lead: str
    mark: str
    """Stands in the lead where the citation is; empty when nothing was found."""

    @property
    def tokens(self) -> int:
        """What the chunks add to the prompt."""
        return sum(tokens.count(hit.text) for hit in self.hits)

    def as_object(self) -> JsonObject:
        """`file_search` of the call, with what was found."""
        return {
            "ranking_options": self.ranking_options,
            "results": [
                {
                    "file_id": hit.file_id,
                    "file_name": hit.filename,
                    "score": hit.score,
                    "content": [{"type": "text", "text": hit.text}],
                }
                for hit in self.hits
            ],
        }

    def annotation(self, start: int) -> JsonObject:
        """The citation, when its mark begins at a character of the text."""
        return {
            "type": "file_citation",
            "text": self.mark,
            "start_index": start,
            "end_index": start + len(self.mark),
            "file_citation": {"file_id": self.hits[0].file_id},
        }


async def search(world: World, run: Record, thread: JsonObject, prompt: str) -> Found:
    """Search all stores that the run may use for the words of the prompt."""
    tool = next(tool for tool in run.body["tools"] if tool["type"] == "file_search")
    options: JsonObject = tool["file_search"]["ranking_options"]
    default = 5 if run.body["model"].startswith("gpt-3.5") else 20
    wanted = Search(
        (prompt[:_QUERY_LENGTH],),
        limit=tool["file_search"].get("max_num_results", default),
        score_threshold=options["score_threshold"],
    )
    named = (*store_ids(thread.get("tool_resources")), *store_ids(run.body["tool_resources"]))
    now = int(world.clock.now())
    living = await world.database.write(lambda records: _use(records, named, now))
    hits: list[Hit] = []
    if prompt.strip():
        for id in living:
            hits += await search_store(world, id, wanted)
    best: dict[tuple[str, str], Hit] = {}
    for hit in sorted(hits, key=lambda hit: -hit.score):
        best.setdefault((hit.file_id, hit.text), hit)
    return made(list(best.values())[: wanted.limit], len(living), options, prompt)


def store_ids(resources: JsonObject | None) -> list[str]:
    """The stores that `tool_resources` names."""
    found = (resources or {}).get("file_search") or {}
    return list(found.get("vector_store_ids") or ())


def made(hits: list[Hit], stores: int, options: JsonObject, prompt: str) -> Found:
    """The result with the words that the answer opens with."""
    where = f"{stores} vector store{'' if stores == 1 else 's'}"
    if not hits:
        lead = f"I searched {where} for the words of your message and found nothing that fits."
        return Found([], stores, options, lead, "")
    mark = f"【4:0†{hits[0].filename[:_NAME_LENGTH]}】"
    quoted = "\n".join(f"> {line}" for line in excerpt(hits[0].text, prompt).splitlines())
    lead = (
        f"I searched {where} for the words of your message, and quote the best of"
        f" {len(hits)} chunk{'' if len(hits) == 1 else 's'} as it stands:\n\n{quoted} {mark}"
    )
    return Found(hits, stores, options, lead, mark)


def excerpt(text: str, prompt: str) -> str:
    """The paragraph of a chunk that shares most words with the prompt."""
    wanted = stems(prompt)
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()] or [text.strip()]
    best = max(paragraphs, key=lambda part: (len(stems(part) & wanted), -len(part)))
    return best if len(best) <= _QUOTED else best[: _QUOTED - 1].rstrip() + "…"


def _use(records: Records, ids: tuple[str, ...], now: int) -> list[str]:
    """The stores that are there and have not expired, marked as used."""
    living = []
    for id in dict.fromkeys(ids):
        store = records.get(STORE, id)
        if store is not None and not expired(store, now):
            touch(records, id, now)
            living.append(id)
    return living
