"""Search results in order: cosine of the vectors and BM25 over the candidates, blended.

Both parts lie within 0..1, so `score_threshold` means the same for every query. The vectors are
lexical (see `embedding`), and BM25 is computed on the candidates of this search alone.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import mul

from tui.sandbox.embedding import embed
from tui.sandbox.terms import STOP_WORDS, fold, stem, terms

RANKERS = ("auto", "default-2024-11-15", "none")
"""`none` ranks by the vectors alone."""

EMBEDDING_WEIGHT = 0.5
TEXT_WEIGHT = 0.5

_K1 = 1.2
_B = 0.75


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that may answer: `key` is the caller's, and decides ties."""

    key: str
    text: str
    vector: array[float]


@dataclass(frozen=True, slots=True)
class ScoredChunk:
    """A chunk with its blended score and the two parts, all within 0..1."""

    chunk: Candidate
    score: float
    embedding_score: float
    text_score: float


def rank(
    query: str | Sequence[str],
    chunks: Sequence[Candidate],
    *,
    limit: int,
    score_threshold: float = 0.0,
    embedding_weight: float | None = None,
    text_weight: float | None = None,
    ranker: str = "auto",
) -> list[ScoredChunk]:
    """The best chunks, best first; of several queries the best one counts for each chunk.

    Chunks that share nothing with the query are left out. Raises `ValueError` for an unknown
    ranker, or weights that are negative or both zero.
    """
    if ranker not in RANKERS:
        raise ValueError(f"ranker must be one of {', '.join(RANKERS)}")
    for_vector, for_text = _weights(embedding_weight, text_weight, ranker)
    best: dict[int, ScoredChunk] = {}
    for one in [query] if isinstance(query, str) else query:
        vector_scores = _vector_scores(one, chunks)
        text_scores = _bm25_scores(one, chunks) if for_text else list(repeat(0.0, len(chunks)))
        for index, chunk in enumerate(chunks):
            near, told = vector_scores[index], text_scores[index]
            score = min(1.0, for_vector * near + for_text * told)
            known = best.get(index)
            if score > 0.0 and (known is None or score > known.score):
                best[index] = ScoredChunk(chunk, score, near, told)
    found = [scored for scored in best.values() if scored.score >= score_threshold]
    found.sort(key=lambda scored: (-scored.score, scored.chunk.key))
    return found[: max(0, limit)]


def _weights(embedding: float | None, text: float | None, ranker: str) -> tuple[float, float]:
    if ranker == "none" and embedding is None and text is None:
        return 1.0, 0.0
    for_vector = EMBEDDING_WEIGHT if embedding is None else embedding
    for_text = TEXT_WEIGHT if text is None else text
    total = for_vector + for_text
    if for_vector < 0 or for_text < 0 or total <= 0:
        raise ValueError("embedding_weight and text_weight must not be negative or both zero")
    return for_vector / total, for_text / total


def _vector_scores(query: str, chunks: Sequence[Candidate]) -> list[float]:
    vector = embed(query).tolist()
    return [min(1.0, max(0.0, round(sum(map(mul, vector, chunk.vector)), 6))) for chunk in chunks]


def _bm25_scores(query: str, chunks: Sequence[Candidate]) -> list[float]:
    """BM25 divided by the most that the query could reach; a word's stem counts as a prefix."""
    said = terms(query)
    words = list(dict.fromkeys(stem(word) for word in said if word not in STOP_WORDS))
    words = words or list(dict.fromkeys(said))
    if not words or not chunks:
        return [0.0] * len(chunks)
    folded = [fold(chunk.text) for chunk in chunks]
    mean = sum(map(len, folded)) / len(folded) or 1.0
    scores = [0.0] * len(chunks)
    most = 0.0
    for word in words:
        counts = _counts(word, folded)
        holding = sum(1 for times in counts if times)
        rarity = math.log(1.0 + (len(chunks) - holding + 0.5) / (holding + 0.5))
        most += rarity * (_K1 + 1.0)
        if not holding:
            continue
        for index, times in enumerate(counts):
            if times:
                length = _K1 * (1.0 - _B + _B * len(folded[index]) / mean)
                scores[index] += rarity * times * (_K1 + 1.0) / (times + length)
    return [min(1.0, score / most) for score in scores]


def _counts(word: str, folded: Sequence[str]) -> list[int]:
    """How often each text holds the word: a plain search first, since most hold it nowhere."""
    edge = r"\b" if word.isascii() else ""
    pattern = re.compile(edge + re.escape(word))
    return [len(pattern.findall(text)) if word in text else 0 for text in folded]
