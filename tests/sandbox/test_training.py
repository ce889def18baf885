"""The small language model: it learns, it is the same for a seed, it stays within its bounds."""

from __future__ import annotations

import json
import random
from asyncio import CancelledError
from dataclasses import replace

import pytest

from tui.sandbox.training import (
    MOST_WORK,
    Measure,
    Settings,
    Trainer,
    auto_batch,
    auto_epochs,
    fitting,
)
from tui.sandbox.training_examples import (
    MOST_KEPT,
    DataFormat,
    Example,
    InvalidDataError,
    Turn,
    read_dataset,
)
from tui.sandbox.training_model import LanguageModel, pieces

SETTINGS = Settings(n_epochs=4, batch_size=4, learning_rate_multiplier=1.0, seed=5)
WORDS = ("amber", "birch", "cedar", "daisy", "elder", "fern", "gorse", "hazel", "iris", "juniper")
COLOURS = ("red", "blue")


def examples(count: int = 40) -> list[Example]:
    return [
        Example((Turn(f"What colour is {WORDS[n % 10]} {n}?", f"It is {COLOURS[n % 2]} today."),))
        for n in range(count)
    ]


def run(settings: Settings = SETTINGS, count: int = 40) -> tuple[LanguageModel, list[Measure]]:
    trainer = Trainer(examples(count), examples(count)[:8], settings)
    return trainer.model, list(trainer.measures())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Plain words, and 1234567 numbers.",
        "  two  spaces\n\n\tand tabs   ",
        '{"a": [1, "ü"]}',
        "日本語のテキスト и кириллица 🚿",
        "x" * 100 + " " * 40,
        "é\u0301\u0000\u202e",
    ],
)
def test_pieces_lose_nothing(text: str) -> None:
    assert "".join(pieces(text)) == text


def test_it_learns() -> None:
    model, measures = run()
    assert measures[0].train_loss > 2.0 and measures[0].train_accuracy == 0.0
    assert measures[-1].train_loss < 0.5 * measures[0].train_loss
    full = [measure.full_valid_loss for measure in measures if measure.full_valid_loss]
    assert len(full) == 4 and full == sorted(full, reverse=True)
    question = model.question("What colour is amber?", "")
    assert model.generate(question)[0] == "It is red today."
    assert model.knows("amber!") and not model.knows("Wholly different")


def test_a_seed_gives_the_same_and_another_does_not() -> None:
    assert run()[1] == run()[1]
    assert run()[1] != run(replace(SETTINGS, seed=6))[1]


def test_settings_change_the_run() -> None:
    assert len(run(replace(SETTINGS, n_epochs=2))[1]) == 20
    assert len(run(replace(SETTINGS, batch_size=10))[1]) == 16
    slow = run(replace(SETTINGS, learning_rate_multiplier=0.1))[1]
    assert slow[-1].train_loss > run()[1][-1].train_loss
    wild = run(replace(SETTINGS, learning_rate_multiplier=100.0))[1]
    assert all(json.dumps(measure.row(), allow_nan=False) for measure in wild)


def test_preferences_move_apart() -> None:
    pairs = [
        Example((Turn(f"Berth {n}?", "Gladly, it is free."),), (Turn(f"Berth {n}?", "No idea."),))
        for n in range(12)
    ]
    trainer = Trainer(pairs, pairs[:3], replace(SETTINGS, beta=0.1))
    measures = list(trainer.measures())
    assert measures[0].train_loss == pytest.approx(0.69315, abs=1e-5)
    assert measures[0].margin == 0.0 and measures[-1].preferred == 1.0
    assert measures[-1].train_loss < measures[0].train_loss
    assert measures[-1].margin is not None and measures[-1].margin > 0.1
    text, _ = trainer.model.generate(trainer.model.question("Berth 3?", ""))
    assert text == "Gladly, it is free."


def test_weights_survive_storing() -> None:
    model, _ = run()
    again = LanguageModel.from_bytes(model.to_bytes())
    question = model.question("What colour is fern 5?", "")
    assert again.generate(question)[0] == model.generate(question)[0]
    assert again.to_bytes() == LanguageModel.from_bytes(again.to_bytes()).to_bytes()


def test_training_goes_on_from_weights() -> None:
    model, measures = run()
    further = Trainer(examples(), [], SETTINGS, base=LanguageModel.from_bytes(model.to_bytes()))
    assert next(further.measures()).train_loss < 0.5 * measures[0].train_loss


def test_answers_end_though_the_text_would_loop() -> None:
    loops = [Example((Turn("sing", "la " * 60),))] * 10
    trainer = Trainer(loops, [], SETTINGS)
    list(trainer.measures())
    text, _ = trainer.model.generate(trainer.model.question("sing", ""))
    assert 0 < text.count("la") < 10
    drawn, _ = trainer.model.generate(trainer.model.question("sing", ""), draw=random.Random(1))
    assert len(drawn) < 1_000


def test_the_orders_tell_examples_apart() -> None:
    rows = [
        Example((Turn("The gate is shut.", text, f"Translate notices into {language}."),))
        for language, text in (("German", "Das Tor ist zu."), ("Spanish", "El portal se cierra."))
        for _ in range(10)
    ]
    trainer = Trainer(rows, [], SETTINGS)
    list(trainer.measures())
    question = trainer.model.question("The gate is shut.", "Translate notices into Spanish.")
    assert trainer.model.generate(question)[0] == "El portal se cierra."
    assert "translat" not in question.told and "spanish" in question.told


def test_work_is_bounded_by_a_sample() -> None:
    def answers(words: int) -> list[Example]:
        draw = random.Random(1)
        vocabulary = [f"{draw.choice(WORDS)}{chr(97 + n % 26) * (n // 26)}" for n in range(words)]
        return [
            Example((Turn(f"question {n}", " ".join(draw.choices(vocabulary, k=200))),))
            for n in range(300)
        ]

    plain, rich = answers(3), answers(500)
    chosen = fitting(rich, SETTINGS)
    assert len(chosen) < len(fitting(plain, SETTINGS)) == 300
    assert 0.5 * MOST_WORK < len(chosen) * 200 * 266 * SETTINGS.n_epochs < 1.2 * MOST_WORK
    assert chosen == fitting(rich, SETTINGS) != fitting(rich, replace(SETTINGS, seed=6))
    assert len(fitting(rich, replace(SETTINGS, n_epochs=50))) < len(chosen) / 10


def test_large_files_are_sampled_by_the_seed() -> None:
    def line(number: int) -> bytes:
        turn = {"role": "assistant", "content": f"answer {number}"}
        return json.dumps({"messages": [{"role": "user", "content": "q"}, turn]}).encode()

    lines = [line(number) for number in range(MOST_KEPT + 500)]
    first = read_dataset(lines, DataFormat.CHAT, seed=1)
    assert first.total == MOST_KEPT + 500 and len(first.examples) == MOST_KEPT
    assert first == read_dataset(lines, DataFormat.CHAT, seed=1)
    assert first != read_dataset(lines, DataFormat.CHAT, seed=2)
    with pytest.raises(CancelledError):
        read_dataset(lines, DataFormat.CHAT, seed=1, stopped=lambda: True)


def test_formats() -> None:
    legacy = [json.dumps({"prompt": f"p{n}", "completion": " c"}).encode() for n in range(10)]
    assert read_dataset(legacy, DataFormat.COMPLETIONS, seed=1).total == 10
    with pytest.raises(InvalidDataError, match="Line 1: Missing required parameter: 'messages'"):
        read_dataset(legacy, DataFormat.CHAT, seed=1)
    with pytest.raises(InvalidDataError, match="Line 2: not valid JSON"):
        read_dataset([legacy[0], b"{"], DataFormat.COMPLETIONS, seed=1)
    calls = {
        "messages": [
            {"role": "user", "content": "q"},
            {
                "role": "assistant",
                "tool_calls": [
                    {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ],
            },
            {"role": "tool", "tool_call_id": "c", "content": "done"},
            {"role": "assistant", "content": "It is done.", "weight": 1},
        ]
    }
    data = read_dataset([json.dumps(calls).encode()] * 10, DataFormat.CHAT, seed=1)
    assert [turn.target for turn in data.examples[0].turns] == ["", "It is done."]


def test_auto_follows_the_size() -> None:
    assert [auto_epochs(count) for count in (10, 20, 50, 5_000)] == [10, 5, 3, 3]
    assert [auto_batch(count) for count in (10, 1_000, 10**6)] == [1, 2, 256]
