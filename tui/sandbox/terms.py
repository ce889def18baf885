"""Words as the sandbox's lexical search sees them: folded, accents off, CJK as pairs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[\w\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e]+")
"""Vowel signs of the scripts of India and Thailand belong to their words; `\\w` leaves them out."""

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")

_STOP = (
    "a about after all also an and any are as at be been but by can could did do does for from "
    "had has have how i if in into is it its may more must no not of on one or our shall should "
    "so some such than that the their them then there these they this to was we were what when "
    "where which who will with would you your"
)
_VOICED = "\u3099\u309a"
"""The marks that tell Japanese ga from ka."""

STOP_WORDS = frozenset(_STOP.split())


def fold(text: str) -> str:
    """Case and compatibility forms folded; combining marks dropped."""
    if text.isascii():
        return text.lower()
    split = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in split if not unicodedata.combining(c) or c in _VOICED)
    return unicodedata.normalize("NFKC", bare)


def terms(text: str) -> list[str]:
    """The words of a text in order; a run of CJK characters becomes its overlapping pairs."""
    found = []
    for word in _WORD.findall(fold(text)):
        if word.isascii():
            found.append(word)
        else:
            found.extend(_split(word))
    return found


def stem(word: str) -> str:
    """An English word without its commonest endings, so that `refunds` and `refunding` meet."""
    if not word.isascii() or len(word) < 4:
        return word
    for ending in ("ies", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word if word.endswith("ss") else word[: -len(ending)].rstrip("e")
    return word.rstrip("e") if len(word) > 4 else word


@lru_cache(maxsize=8_192)
def _split(word: str) -> tuple[str, ...]:
    parts: list[str] = []
    position = 0
    for run in _CJK.finditer(word):
        if run.start() > position:
            parts.append(word[position : run.start()])
        characters = run[0]
        pairs = [characters[i : i + 2] for i in range(len(characters) - 1)]
        parts.extend(pairs or [characters])
        position = run.end()
    if position < len(word):
        parts.append(word[position:])
    return tuple(parts)
