"""A small language model in plain Python: sparse, log-linear, over pieces of words.

The chance of the next piece is a softmax over the weights of what stands before it (one, two and
three pieces) and of the question's words. Copy slots let it repeat a word of the question that it
has never seen. Weights exist only for pairs that training met; every other one counts as zero.
"""

from __future__ import annotations

import gzip
import json
import math
import random
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tui.sandbox.terms import STOP_WORDS, fold, stem, terms

FEATURE_WORDS = 12
"""Words of the question that count."""
ORDER_WORDS = 4
"""Words of the system's message that count, of those that tell examples apart."""
_COMMON_SHARE = 0.8
COPY_SLOTS = 12
END = "\x03"
"""The piece that ends an answer."""
ORDER = "s"
"""What the names of features begin with that speak of a word of the orders."""
_START = "\x02"
_SEPARATOR = "\x1f"

_PIECE = re.compile(
    r"\s{0,8}(?:[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_]{1,24}|\d{1,3}|\S)|\s{1,8}"
)
_WORD = re.compile(r"[^\W_][\w'’-]{0,40}")
_OPENING = frozenset("([{\"'“‘«/-_#@")

Features = tuple[int, ...]
Answers = tuple[int, ...]
"""The classes that are right at one place: the piece itself, and the slots that hold it."""
Position = tuple[Features, Answers]


def pieces(text: str) -> list[str]:
    """A text in pieces, each with the white space before it; joined they give it back."""
    return _PIECE.findall(text)


@dataclass(frozen=True, slots=True)
class Question:
    """What the model sees of a prompt."""

    asked: tuple[str, ...]
    """Stems of the prompt that count as features."""
    told: tuple[str, ...]
    """Stems of the orders that do."""
    slots: tuple[str, ...]
    """Words that may be copied, as they are written."""

    @classmethod
    def of(cls, prompt: str, orders: str, common: Container[str]) -> Question:
        """Read a prompt and its orders, without the words that every text has.

        `common` are the words of the orders that every example has.
        """
        asked = _longest(_stems(prompt), FEATURE_WORDS)
        told = [word for word in _stems(orders) if word not in common and word not in asked]
        words = list(dict.fromkeys(w for w in _WORD.findall(prompt) if fold(w) not in STOP_WORDS))
        half = COPY_SLOTS // 2
        slots = words if len(words) <= COPY_SLOTS else [*words[:half], *words[-half:]]
        return cls(tuple(asked), tuple(_longest(told, ORDER_WORDS)), tuple(slots))


def _stems(text: str) -> list[str]:
    """The distinct words of a text, in order."""
    return list(dict.fromkeys(stem(word) for word in terms(text) if word not in STOP_WORDS))


def _longest(stems: list[str], count: int) -> list[str]:
    """So many of them; of a long text the longer words, which say more."""
    if len(stems) <= count:
        return stems
    chosen = set(sorted(stems, key=lambda word: (-len(word), word))[:count])
    return [word for word in stems if word in chosen]


@dataclass(slots=True)
class LanguageModel:
    """Vocabulary and weights; made by training, read when it answers."""

    vocabulary: dict[str, int] = field(default_factory=dict)
    features: dict[str, int] = field(default_factory=dict)
    weights: list[dict[int, float]] = field(default_factory=list)
    """By feature: the weight of each class it was seen with. Slots are the classes below zero."""
    longest: int = 40
    """Pieces of the longest answer learned."""
    common: frozenset[str] = frozenset()
    """Words that (nearly) every example's orders had, and that therefore tell nothing."""

    @property
    def classes(self) -> int:
        """How many outcomes there are: the pieces, the slots, and anything unknown."""
        return len(self.vocabulary) + COPY_SLOTS + 1

    def learn_words(self, texts: Iterable[str]) -> None:
        """Give the pieces of answers their classes."""
        for text in texts:
            found = pieces(text)
            self.longest = max(self.longest, len(found))
            for piece in (*found, END):
                self.vocabulary.setdefault(piece, len(self.vocabulary))

    def learn_orders(self, orders: Sequence[str]) -> None:
        """Find the words that the examples' orders share."""
        counts = Counter(word for text in orders for word in _stems(text))
        least = max(2.0, _COMMON_SHARE * len(orders))
        self.common |= {word for word, count in counts.items() if count >= least}

    def question(self, prompt: str, orders: str) -> Question:
        """What it sees of a prompt."""
        return Question.of(prompt, orders, self.common)

    def positions(self, question: Question, target: str, *, grow: bool) -> list[Position]:
        """Each place of an answer: its features, and what is right there.

        `grow` makes features that are new; otherwise they are left out.
        """
        found: list[Position] = []
        written: list[str] = []
        for piece in (*pieces(target), END):
            names = _features(question, written)
            if grow:
                ids = tuple(self._feature(name) for name in names)
            else:
                ids = tuple(self.features[name] for name in names if name in self.features)
            found.append((ids, self._answers(question, written, piece)))
            written.append(piece)
        return found

    def scores(self, features: Features) -> dict[int, float]:
        """The classes that the features speak of, with their summed weights."""
        total: dict[int, float] = {}
        weights = self.weights
        for feature in features:
            for name, weight in weights[feature].items():
                total[name] = total.get(name, 0.0) + weight
        return total

    def knows(self, prompt: str) -> bool:
        """Whether any of a prompt's words was in what it learned."""
        known = {name.split(_SEPARATOR)[1] for name in self.features if name[0] == "q"}
        return not known.isdisjoint(_stems(prompt))

    def generate(
        self, question: Question, *, draw: random.Random | None = None
    ) -> tuple[str, float]:
        """An answer and the mean chance of its pieces: the likeliest, or one that is drawn.

        It ends at the end piece, when it repeats itself, or at twice the longest answer learned.
        """
        names = [*self.vocabulary]
        written: list[str] = []
        chances: list[float] = []
        for _ in range(min(2 * self.longest, 1_500)):
            found = self._next(question, written, names, draw)
            if found is None:
                break
            piece, chance = found
            chances.append(chance)
            if piece == END or _repeats(written, piece):
                break
            written.append(piece)
        text = "".join(written)
        return text.strip(), sum(chances) / len(chances) if chances else 0.0

    def _next(
        self, question: Question, written: list[str], names: list[str], draw: random.Random | None
    ) -> tuple[str, float] | None:
        known = self.features
        features = tuple(known[n] for n in _features(question, written) if n in known)
        scores = self.scores(features)
        if not scores:
            return None
        most = max(0.0, *scores.values())
        mass = (self.classes - len(scores)) * math.exp(-most)
        surface: dict[str, float] = {}
        for name, score in scores.items():
            power = math.exp(score - most)
            mass += power
            text = self._surface(question, written, name, names)
            if text is not None:
                surface[text] = surface.get(text, 0.0) + power
        if not surface:
            return None
        chosen = max(surface, key=lambda text: surface[text])
        if draw is not None:
            chosen = draw.choices([*surface], [weight**1.4 for weight in surface.values()])[0]
        return chosen, surface[chosen] / mass

    def _surface(
        self, question: Question, written: list[str], name: int, names: list[str]
    ) -> str | None:
        """What a class writes here; None for a slot that the question does not fill."""
        if name >= 0:
            return names[name]
        slot = -1 - name
        return _gap(written) + question.slots[slot] if slot < len(question.slots) else None

    def _feature(self, name: str) -> int:
        place = self.features.get(name)
        if place is None:
            place = self.features[name] = len(self.weights)
            self.weights.append({})
        return place

    def _answers(self, question: Question, written: list[str], piece: str) -> Answers:
        right = [self.vocabulary[piece]] if piece in self.vocabulary else []
        gap = _gap(written)
        right.extend(-1 - slot for slot, word in enumerate(question.slots) if gap + word == piece)
        return tuple(right)

    def to_bytes(self) -> bytes:
        """Everything it needs to answer, compressed."""
        weights = {
            name: [n for pair in self.weights[place].items() for n in (pair[0], round(pair[1], 4))]
            for name, place in self.features.items()
            if self.weights[place]
        }
        body = {
            "longest": self.longest,
            "common": sorted(self.common),
            "pieces": [*self.vocabulary],
            "weights": weights,
        }
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return gzip.compress(text.encode("utf-8"), 5, mtime=0)

    @classmethod
    def from_bytes(cls, content: bytes) -> LanguageModel:
        """Read what `to_bytes` wrote. Raises `ValueError` and `OSError`."""
        body = json.loads(gzip.decompress(content))
        made = cls({piece: place for place, piece in enumerate(body["pieces"])})
        made.longest = int(body["longest"])
        made.common = frozenset(body["common"])
        for name, flat in body["weights"].items():
            made.features[name] = len(made.weights)
            made.weights.append(dict(zip(flat[::2], flat[1::2], strict=True)))
        return made


def _features(question: Question, written: Sequence[str]) -> Iterator[str]:
    """The names of what speaks for the next piece."""
    first = written[-1] if written else _START
    second = written[-2] if len(written) > 1 else _START
    third = written[-3] if len(written) > 2 else _START
    word = _last_word(written)
    yield _SEPARATOR.join(("1", first))
    yield _SEPARATOR.join(("2", second, first))
    yield _SEPARATOR.join(("3", third, second, first))
    if word != first:
        yield _SEPARATOR.join(("w", word, first))
    if first.strip() in question.slots:
        yield _SEPARATOR.join(("c", second))
    for asked in question.asked:
        yield _SEPARATOR.join(("q", asked, word, first))
    for told in question.told:
        yield _SEPARATOR.join((ORDER, told, word, first))


def _last_word(written: Sequence[str]) -> str:
    """The last piece with letters among the latest: which member of an object is being filled."""
    for piece in reversed(written[-8:]):
        if piece.strip()[:1].isalpha():
            return piece
    return ""


def _gap(written: Sequence[str]) -> str:
    """The white space before a copied word."""
    return "" if not written or written[-1][-1] in _OPENING or written[-1][-1].isspace() else " "


def _repeats(written: Sequence[str], piece: str) -> bool:
    """Whether the text goes round in circles: a stretch of up to 24 pieces three times over."""
    tail = [*written[-71:], piece]
    for length in range(1, 25):
        last = tail[-length:]
        if len(tail) >= 3 * length and tail[-3 * length :] == last * 3:
            return any(part.strip()[:1].isalpha() for part in last)
    return False
