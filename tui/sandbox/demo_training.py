"""A little classifier, really trained, so that the demo's result files hold measured losses."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from tui.sandbox.echo_words import stems

Example = tuple[str, str]
"""A text and its label."""

EPOCHS = 3
BATCH = 4
RATE = 0.35


def training_curve(train: Sequence[Example], valid: Sequence[Example]) -> bytes:
    """A result file in the platform's columns (contract 4), from softmax regression on stems."""
    labels = sorted({label for _, label in (*train, *valid)})
    weights: dict[str, dict[str, float]] = {label: defaultdict(float) for label in labels}
    examples = [(sorted(stems(text)), label) for text, label in train]
    held_out = [(sorted(stems(text)), label) for text, label in valid]
    lines = ["step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"]
    step = 0
    for _ in range(EPOCHS):
        for start in range(0, len(examples), BATCH):
            step += 1
            batch = examples[start : start + BATCH]
            loss, accuracy = _measure(weights, batch)
            for words, label in batch:
                _learn(weights, words, label)
            seen = ",,"
            if step % 5 == 0 or start + BATCH >= len(examples):
                valid_loss, valid_accuracy = _measure(weights, held_out)
                seen = f",{valid_loss:.5f},{valid_accuracy:.5f}"
            lines.append(f"{step},{loss:.5f},{accuracy:.5f}{seen}")
    return ("\n".join(lines) + "\n").encode()


def _chances(weights: dict[str, dict[str, float]], words: Sequence[str]) -> dict[str, float]:
    scores = {label: sum(held.get(word, 0.0) for word in words) for label, held in weights.items()}
    most = max(scores.values())
    powers = {label: math.exp(score - most) for label, score in scores.items()}
    total = sum(powers.values())
    return {label: power / total for label, power in powers.items()}


def _measure(
    weights: dict[str, dict[str, float]], examples: Sequence[tuple[list[str], str]]
) -> tuple[float, float]:
    """Mean loss in nats, and the share that is right."""
    loss, right = 0.0, 0
    for words, label in examples:
        chances = _chances(weights, words)
        loss -= math.log(max(chances[label], 1e-12))
        right += max(chances, key=lambda name: chances[name]) == label
    return loss / len(examples), right / len(examples)


def _learn(weights: dict[str, dict[str, float]], words: Sequence[str], label: str) -> None:
    chances = _chances(weights, words)
    for name, held in weights.items():
        push = RATE * ((name == label) - chances[name]) / math.sqrt(len(words) or 1)
        for word in words:
            held[word] += push
