"""What cupola-echo reads out of a request: its words, names and numbers. Nothing is understood."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tui.sandbox.terms import STOP_WORDS, fold, stem, terms

Message = Mapping[str, Any]
"""One message in the wire form of chat completions."""

_WORD = re.compile(r"[^\W\d_][\w'’\u0900-\u0dff-]*")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b([A-Z][\w-]+(?: [A-Z][\w-]+)*)")
_FILLER_WORDS = (
    "please tell give show write make want need know like just could hello hi thanks thank let get "
    "use using help me my i'm it's what's don't"
)
_FILLERS = frozenset(_FILLER_WORDS.split())
LONGEST_WORD = 24


def text_of(message: Message) -> str:
    """A message's text; of parts, those that are text."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (part.get("text") or part.get("refusal") for part in content if isinstance(part, dict))
    return "\n".join(text for text in texts if isinstance(text, str))


def last_user_text(messages: Sequence[Message]) -> str:
    """What the user said last."""
    for message in reversed(messages):
        if message.get("role") == "user":
            return text_of(message)
    return text_of(messages[-1]) if messages else ""


def salient_words(text: str, *, limit: int = 8) -> list[str]:
    """The words that stand out, as they were written, in the order of their first use."""
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for word in _WORD.findall(text[:20_000]):
        key = fold(word)
        if len(key) < 2 or key in STOP_WORDS or key in _FILLERS or (key.isascii() and len(key) < 3):
            continue
        first.setdefault(key, word[:LONGEST_WORD])
        counts[key] += 1
    chosen = sorted(first, key=lambda key: (-counts[key], -min(len(key), 12)))[:limit]
    return [word for key, word in first.items() if key in chosen]


def names_in(text: str) -> list[str]:
    """Capitalised words that do not open a sentence, such as places and people."""
    return list(dict.fromkeys(_NAME.findall(text[:20_000])))


def numbers_in(text: str) -> list[float]:
    """The numbers of a text."""
    return [float(found.replace(",", ".")) for found in _NUMBER.findall(text[:20_000])]


def stems(text: str) -> set[str]:
    """The stems of a text's words, without those that every text has."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", text)
    return {stem(word) for word in terms(spaced) if word not in STOP_WORDS}
