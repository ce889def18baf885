"""Training that is real: AdaGrad on the person's examples, measured at every step.

Supervised runs lower the loss of the answers; preference runs lower the DPO loss against the
model they started from. The same examples, settings and seed give the same numbers. Work is cut
into short stretches, so that whoever runs it may stop between them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tui.sandbox.training_examples import Example, Turn
from tui.sandbox.training_model import ORDER, LanguageModel, Position, pieces

RATE = 0.1
"""AdaGrad's step at a learning rate multiplier of one."""
PREFERENCE_RATE = 0.01
ORDER_WEIGHT = 4.0
"""How much faster the few words of the orders learn than the many of the question."""
MOST_CLASSES = 64
"""Classes that one feature may weigh; what else follows it is left to the rarer features."""
MOST_WORK = 8_000_000
"""The work of all epochs together, as `_work` estimates it: some ten to fifteen seconds."""
MOST_VALIDATION_PLACES = 4_000
KEPT_CHECKPOINTS = 3
"""The platform keeps the last three epochs."""
_FLOOR = 1e-16
"""Squares of slopes below it move nothing."""
_LEAST = 1e-300
"""Stands for a chance that floating point cannot tell from none."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The hyperparameters, resolved: no `auto` is left."""

    n_epochs: int
    batch_size: int
    learning_rate_multiplier: float
    seed: int
    beta: float | None = None
    """Only for preference runs."""


def auto_epochs(examples: int) -> int:
    """Three; more for few examples, so that about a hundred are seen."""
    return max(3, min(25, math.ceil(100 / max(1, examples))))


def auto_batch(examples: int) -> int:
    """A five-hundredth of the examples, at least one."""
    return max(1, min(256, round(examples * 0.002)))


AUTO_RATE = 1.0
AUTO_BETA = 0.1


@dataclass(frozen=True, slots=True)
class Measure:
    """What one step measured; None where nothing was looked at."""

    train_loss: float
    train_accuracy: float
    valid_loss: float | None = None
    valid_accuracy: float | None = None
    full_valid_loss: float | None = None
    full_valid_accuracy: float | None = None
    margin: float | None = None
    """Preference runs: how much further the preferred answer has moved, times beta."""
    preferred: float | None = None
    """Preference runs: the share of pairs with a positive margin."""

    def row(self) -> list[float | None]:
        """Its values in order, without the empty ones at the end."""
        values: list[float | None] = [getattr(self, name) for name in self.__slots__]
        while values[-1] is None:
            values.pop()
        return values


@dataclass(slots=True)
class _Seen:
    """Sums over the places of some examples."""

    loss: float = 0.0
    right: int = 0
    places: int = 0
    margin: float = 0.0
    preferred: int = 0
    examples: int = 0

    def measured(self, preference: bool) -> tuple[float, float]:
        """Loss and token accuracy."""
        units = self.examples if preference else self.places
        return round(self.loss / max(1, units), 5), round(self.right / max(1, self.places), 5)


@dataclass(slots=True)
class _Prepared:
    """One example as places; for a preference also the other answer, and where both started."""

    places: list[Position]
    rejected: list[Position] = field(default_factory=list)
    start: float = 0.0
    """Log chance of the preferred answer minus that of the other, before training."""


def fitting(examples: Sequence[Example], settings: Settings) -> list[Example]:
    """As many examples as the work allows, drawn by the seed."""
    most = MOST_WORK // settings.n_epochs
    work = _work(examples)
    if sum(work) <= most:
        return list(examples)
    order = list(range(len(examples)))
    random.Random(f"fit:{settings.seed}").shuffle(order)
    chosen: list[int] = []
    for place in order:
        most -= work[place]
        if chosen and most < 0:
            break
        chosen.append(place)
    return [examples[place] for place in sorted(chosen)]


def _work(examples: Sequence[Example]) -> list[int]:
    """About how much each example costs in an epoch: its places, the dearer the more pieces there
    are that may follow the one before."""
    texts = [[pieces(turn.target) for turn in _all_turns(example)] for example in examples]
    followers: dict[str, set[str]] = {}
    for example in texts:
        for text in example:
            for before, piece in pairwise(("", *text)):
                followers.setdefault(before, set()).add(piece)
    dear = {piece: 10 + 4 * min(MOST_CLASSES, len(found)) for piece, found in followers.items()}
    return [sum(dear.get(p, 10) for text in example for p in ("", *text)) for example in texts]


class Trainer:
    """One run; `measures` does the work as it is read."""

    def __init__(
        self,
        examples: Sequence[Example],
        validation: Sequence[Example],
        settings: Settings,
        *,
        base: LanguageModel | None = None,
    ) -> None:
        self.model = base or LanguageModel()
        self.settings = settings
        self._preference = settings.beta is not None
        self.examples = fitting(examples, settings)
        """Those that it trains on: fewer than given when they are too many."""
        turns = [turn for example in self.examples for turn in _all_turns(example)]
        self.model.learn_words(turn.target for turn in turns)
        self.model.learn_orders([turn.orders for turn in turns])
        self._train = [self._prepare(example, grow=True) for example in self.examples]
        self._validation = self._within(validation)
        names = self.model.features.items()
        self._orders = frozenset(place for name, place in names if name.startswith(ORDER))
        self._squares: list[dict[int, float]] = [{} for _ in self.model.weights]
        batches = math.ceil(len(self._train) / settings.batch_size)
        self.steps_per_epoch = batches
        self.total_steps = batches * settings.n_epochs

    @property
    def places(self) -> int:
        """Places of answers in one epoch."""
        return sum(len(one.places) + len(one.rejected) for one in self._train)

    def measures(self) -> Iterator[Measure]:
        """Train, one step at a time."""
        draw = random.Random(f"order:{self.settings.seed}")
        size = self.settings.batch_size
        look_every = max(1, self.steps_per_epoch // 10)
        step = 0
        for _ in range(self.settings.n_epochs):
            order = list(range(len(self._train)))
            draw.shuffle(order)
            for start in range(0, len(order), size):
                step += 1
                seen = self._step([self._train[place] for place in order[start : start + size]])
                looks = step == 1 or step % look_every == 0
                ends = step % self.steps_per_epoch == 0
                yield self._measure(seen, step if looks else 0, ends=ends)

    def _measure(self, seen: _Seen, look: int, *, ends: bool) -> Measure:
        loss, accuracy = seen.measured(self._preference)
        valid: tuple[float | None, float | None] = (None, None)
        full: tuple[float | None, float | None] = (None, None)
        if self._validation and (look or ends):
            count = max(4, self.settings.batch_size)
            first = (look * count) % len(self._validation)
            some = [*self._validation[first:], *self._validation][:count]
            valid = self._look(some).measured(self._preference)
        if self._validation and ends:
            full = self._look(self._validation).measured(self._preference)
        margin = preferred = None
        if self._preference:
            margin = round(seen.margin / max(1, seen.examples), 5)
            preferred = round(seen.preferred / max(1, seen.examples), 5)
        return Measure(
            loss, accuracy, valid[0], valid[1], full[0], full[1], margin=margin, preferred=preferred
        )

    def _prepare(self, example: Example, *, grow: bool) -> _Prepared:
        made = _Prepared(self._places(example.turns, grow=grow))
        if self._preference:
            made.rejected = self._places(example.rejected, grow=grow)
            made.start = self._chance(made.places) - self._chance(made.rejected)
        return made

    def _places(self, turns: Sequence[Turn], *, grow: bool) -> list[Position]:
        return [
            place
            for turn in turns
            if turn.target
            for place in self.model.positions(
                self.model.question(turn.prompt, turn.orders), turn.target, grow=grow
            )
        ]

    def _within(self, validation: Sequence[Example]) -> list[_Prepared]:
        kept: list[_Prepared] = []
        places = 0
        for example in validation:
            one = self._prepare(example, grow=False)
            places += len(one.places) + len(one.rejected)
            if kept and places > MOST_VALIDATION_PLACES:
                break
            kept.append(one)
        return kept

    def _step(self, batch: Sequence[_Prepared]) -> _Seen:
        """Measure a batch, and move the weights against its gradient."""
        seen = _Seen()
        slopes: dict[int, dict[int, float]] = {}
        if self._preference:
            for pair in batch:
                share = self._pair(pair, seen)
                self._read(pair.places, share, slopes, seen)
                self._read(pair.rejected, -share, slopes, None)
        else:
            places = [place for one in batch for place in one.places]
            seen.examples = len(batch)
            self._read(places, 1.0, slopes, seen)
        self._move(slopes, 1.0 / max(1, seen.places))
        return seen

    def _look(self, examples: Sequence[_Prepared]) -> _Seen:
        """Measure without learning."""
        seen = _Seen()
        for one in examples:
            if self._preference:
                self._pair(one, seen)
                self._read(one.places, 0.0, None, seen)
            else:
                self._read(one.places, 1.0, None, seen)
        return seen

    def _pair(self, pair: _Prepared, seen: _Seen) -> float:
        """Count a pair's DPO loss; how strongly it pulls."""
        moved = self._chance(pair.places) - self._chance(pair.rejected) - pair.start
        margin = (self.settings.beta or 0.0) * moved
        seen.loss += math.log1p(math.exp(-margin)) if margin > -30 else -margin
        seen.margin += margin
        seen.preferred += margin > 0
        seen.examples += 1
        return 1.0 / (1.0 + math.exp(min(30.0, margin)))

    def _chance(self, places: Sequence[Position]) -> float:
        """The log chance of an answer."""
        total = 0.0
        for features, answers in places:
            scores = self.model.scores(features)
            mass, most = self._mass(scores)
            right = sum(math.exp(scores.get(name, 0.0) - most) for name in answers)
            total += math.log(max(right or math.exp(-most), _LEAST) / mass)
        return total

    def _mass(self, scores: dict[int, float]) -> tuple[float, float]:
        """The sum of all classes' powers, over that of the largest score."""
        most = max(0.0, *scores.values()) if scores else 0.0
        rest = max(1, self.model.classes - len(scores))
        return rest * math.exp(-most) + sum(math.exp(s - most) for s in scores.values()), most

    def _read(
        self,
        places: Sequence[Position],
        share: float,
        slopes: dict[int, dict[int, float]] | None,
        seen: _Seen | None,
    ) -> None:
        """Add up what some places measure and, with `slopes`, the gradient of their loss."""
        weights = self.model.weights
        for features, answers in places:
            if slopes is not None:
                for weight in (weights[feature] for feature in features):
                    if len(weight) < MOST_CLASSES:
                        for name in answers:
                            weight.setdefault(name, 0.0)
            scores = self.model.scores(features)
            mass, most = self._mass(scores)
            powers = {name: math.exp(score - most) for name, score in scores.items()}
            right = max(_LEAST, sum(powers.get(name, math.exp(-most)) for name in answers))
            if seen is not None:
                seen.places += 1
                if not self._preference:
                    chance = right if answers else max(_LEAST, math.exp(-most))
                    seen.loss -= math.log(chance / mass)
                # A score of zero is no guess: the class is only there because it is right.
                best = max(scores, key=scores.__getitem__) if most > 0 else None
                seen.right += best in answers
            if slopes is None or not answers:
                continue
            pulls = {name: share * power / mass for name, power in powers.items()}
            for name in answers:
                if name in powers:
                    pulls[name] -= share * powers[name] / right
            for feature in features:
                slope = slopes.setdefault(feature, {})
                for name in weights[feature]:
                    slope[name] = slope.get(name, 0.0) + pulls[name]

    def _move(self, slopes: dict[int, dict[int, float]], scale: float) -> None:
        rate = (
            PREFERENCE_RATE if self._preference else RATE
        ) * self.settings.learning_rate_multiplier
        for feature, slope in slopes.items():
            step = rate * ORDER_WEIGHT if feature in self._orders else rate
            weight, square = self.model.weights[feature], self._squares[feature]
            for name, pull in slope.items():
                pull *= scale
                total = square[name] = square.get(name, 0.0) + pull * pull
                if total > _FLOOR:
                    weight[name] -= step * pull / math.sqrt(total)


def _all_turns(example: Example) -> Iterator[Turn]:
    yield from example.turns
    yield from example.rejected
