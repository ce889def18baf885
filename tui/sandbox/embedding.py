"""`cupola-embed`: hashed words, word pairs and character n-grams. Lexical, not semantic.

Texts that share words or parts of words are near; synonyms are not. `/models` says so. The same
text gives the same vector on every machine and in every process.
"""

from __future__ import annotations

import hashlib
import math
import sys
from array import array
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from tui.sandbox.terms import STOP_WORDS, stem, terms

MODEL = "cupola-embed"
DIMENSIONS = 512
"""The vector's true size, whatever alias the caller used."""

MAX_INPUT_TOKENS = 8_192

_WORD_WEIGHT = 1.0
_PAIR_WEIGHT = 0.35
_GRAM_WEIGHT = 0.9
_STOP_WEIGHT = 0.08
_GRAMS = (3, 4)


def _places(feature: str, spread: int) -> list[tuple[int, float]]:
    """The slots and signs of a feature; several slots make a chance collision weigh less."""
    hashed = hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=2 * spread).digest()
    scale = 1.0 / math.sqrt(spread)
    places = []
    for index in range(spread):
        number = int.from_bytes(hashed[2 * index : 2 * index + 2], "little")
        places.append(((number >> 1) % DIMENSIONS, scale if number & 1 else -scale))
    return places


@lru_cache(maxsize=32_768)
def _word_features(word: str) -> tuple[tuple[int, float], ...]:
    """What one word adds: itself, and its n-grams, so that inflections stay near."""
    stop = word in STOP_WORDS
    sums: dict[int, float] = {}
    for slot, sign in _places(f"w:{stem(word)}", 4):
        sums[slot] = sums.get(slot, 0.0) + sign * (_STOP_WEIGHT if stop else _WORD_WEIGHT)
    if stop:
        return tuple(sums.items())
    bounded = f"<{word}>"
    grams = [bounded[i : i + n] for n in _GRAMS for i in range(len(bounded) - n + 1)]
    share = _GRAM_WEIGHT / math.sqrt(len(grams))
    for gram in grams:
        for slot, sign in _places(f"g:{gram}", 1):
            sums[slot] = sums.get(slot, 0.0) + sign * share
    return tuple(sums.items())


@lru_cache(maxsize=65_536)
def _pair_features(first: str, second: str) -> tuple[tuple[int, float], ...]:
    places = _places(f"p:{first} {second}", 2)
    return tuple((slot, sign * _PAIR_WEIGHT) for slot, sign in places)


def embed(text: str, *, dimensions: int | None = None) -> array[float]:
    """The unit vector of a text; the zero vector when it has no words.

    `dimensions` (1..512) keeps the first numbers and scales them to length 1 again. Raises
    `ValueError` outside that range.
    """
    size = DIMENSIONS if dimensions is None else dimensions
    if not 1 <= size <= DIMENSIONS:
        raise ValueError(f"dimensions must be between 1 and {DIMENSIONS}")
    sums = [0.0] * DIMENSIONS
    words = terms(text)
    for word, times in Counter(words).items():
        strength = 1.0 + math.log(times) if times > 1 else 1.0
        for slot, weight in _word_features(word):
            sums[slot] += weight * strength
    content = [word for word in words if word not in STOP_WORDS]
    for first, second in dict.fromkeys(pairwise(content)):
        for slot, weight in _pair_features(first, second):
            sums[slot] += weight
    return _unit(sums[:size])


def _unit(values: list[float]) -> array[float]:
    length = math.hypot(*values)
    if length == 0.0:
        return array("f", values)
    return array("f", [value / length for value in values])


def to_blob(vector: array[float]) -> bytes:
    """A vector as little-endian float32, for a BLOB column."""
    if sys.byteorder == "big":
        vector = array("f", vector)
        vector.byteswap()
    return vector.tobytes()


def from_blob(blob: bytes) -> array[float]:
    """The vector of a blob. Raises `ValueError` when it is not whole."""
    vector = array("f")
    vector.frombytes(blob)
    if sys.byteorder == "big":
        vector.byteswap()
    return vector


def cosine(one: array[float], other: array[float]) -> float:
    """The dot product of two unit vectors."""
    return sum(map(float.__mul__, one, other))
