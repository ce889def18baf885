"""Figures of fine-tuning jobs: what events, checkpoints and result files tell, merged by step."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.api.records import Record
from tui.core.safe_text import harmless
from tui.store.tuning_events import Tape
from tui.store.tuning_metrics import Metrics, leaves, measured, result_rows, split, title_of
from tui.store.tuning_progress import gap_grows, progress_of, step_rate

CSV = """step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy
1,4.01,0.10,4.20,0.05
2,3.50,0.20,,
3,2.75,0.40,3.10,0.30
"""


def event(number: int, at: int = 0, **data: Any) -> Record:
    return Record(
        {
            "id": f"ftevent-{number}",
            "object": "fine_tuning.job.event",
            "created_at": 1_795_000_000 + at,
            "level": "info",
            "message": f"event {number}",
            "type": "metrics" if data else "message",
            "data": data or None,
        }
    )


def test_supervised_figures_go_together() -> None:
    metrics = Metrics()
    for step in (3, 1, 2):
        found = measured(
            {
                "step": step,
                "total_steps": 10,
                "train_loss": 4.0 - step,
                "train_mean_token_accuracy": 0.1 * step,
                "valid_loss": None if step == 2 else 4.5 - step,
            }
        )
        assert found is not None
        metrics.add(found)
    loss, accuracy = metrics.groups()
    assert (loss.title, accuracy.title) == ("loss", "accuracy")
    assert [one.name for one in loss.series] == ["train", "valid"]
    assert loss.series[0].steps == (1, 2, 3)
    assert loss.series[1].steps == (1, 3), "a gap is a gap, never a zero"
    assert loss.series[1].values == (3.5, 1.5)
    assert metrics.total == 10 and metrics.last_step == 3 and metrics.first_step == 1


def test_every_number_of_nested_rewards_is_a_leaf() -> None:
    data = {
        "step": 4,
        "total_steps": 40,
        "train_mean_reward": 0.5,
        "full_valid_mean_reward": None,
        "scores": {
            "graders": [{"name": "exact", "train_reward_mean": "0.25"}, 0.75],
            "valid_reward_mean": 0.5,
        },
        "errors": {"timeout": 2},
        "timing": {"step": {"sampling": 1.5}},
        "usage": {"note": "n/a", "is_final": True},
    }
    assert leaves(data) == {
        "train_mean_reward": 0.5,
        "scores.graders.exact.train_reward_mean": 0.25,
        "scores.graders.1": 0.75,
        "scores.valid_reward_mean": 0.5,
        "errors.timeout": 2,
        "timing.step.sampling": 1.5,
    }
    assert split("scores.valid_reward_mean") == ("scores.reward_mean", "valid")
    assert title_of("scores.reward_mean") == "scores · reward mean"


def test_words_tell_where_data_is_missing() -> None:
    said = "Step 300/600: training loss=0.15, validation loss=0.27, full validation loss=0.40"
    found = measured(None, said)
    assert found is not None and (found.step, found.total) == (300, 600)
    assert found.values == {"train_loss": 0.15, "valid_loss": 0.27, "full_valid_loss": 0.40}
    assert measured({}, "Fine-tuning job started") is None
    assert measured({"step": 3, "train_loss": "nan"}) is None


@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "base64"])
def test_a_result_file_is_read_plain_or_in_base64(wrapped: bool) -> None:
    text = base64.b64encode(CSV.encode()).decode() if wrapped else CSV
    rows = result_rows(text)
    assert rows is not None and [row.step for row in rows] == [1, 2, 3]
    assert rows[0].values["train_mean_token_accuracy"] == 0.10, "the platform's other name for it"
    assert "valid_loss" not in rows[1].values


def test_a_cut_result_file_is_read_as_far_as_it_goes() -> None:
    text = base64.b64encode(CSV.encode()).decode()[:150]
    rows = result_rows(text)
    assert rows is not None and [row.step for row in rows] == [1, 2]
    assert result_rows("{}") is None
    assert result_rows("") is None
    assert result_rows("c3RlcHM=") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=30,
)


@given(JSON, st.text(max_size=80))
def test_no_figures_are_too_odd(data: Any, words: str) -> None:
    found = measured(data, words)
    if found is not None:
        metrics = Metrics()
        metrics.add(found)
        for group in metrics.groups():
            assert harmless(group.title)
            assert all(one.values for one in group.series)


@given(st.text(max_size=200), st.booleans())
def test_no_result_file_is_too_odd(text: str, table: bool) -> None:
    result_rows("step,a\n" + text if table else text)


def test_the_newest_page_comes_first_and_holes_are_filled() -> None:
    tape = Tape()
    tape.newest([event(n) for n in (9, 8, 7)], more=True)
    assert tape.hole == "ftevent-7"
    # Twice a page of events came since: there is a second hole, and it is the nearer one.
    tape.newest([event(n) for n in (15, 14, 13)], more=True)
    assert tape.hole == "ftevent-13"
    assert not tape.older("ftevent-13", [event(n) for n in (12, 11)], more=True).met
    assert tape.older("ftevent-11", [event(n) for n in (10, 9, 8)], more=True).met
    assert tape.hole == "ftevent-7"
    tape.older("ftevent-7", [event(n) for n in (6, 5)], more=False)
    assert tape.hole is None
    assert [one.id for one in tape.events] == [f"ftevent-{n}" for n in range(5, 16)]


def test_pages_that_bring_nothing_end_a_hole() -> None:
    tape = Tape()
    tape.newest([event(2), event(1)], more=True)
    tape.older("ftevent-1", [event(2), event(1)], more=True)
    assert tape.hole is None, "a server that repeats itself is not asked for ever"
    assert tape.newest([event(2), event(1)], more=True).new == 0
    assert tape.hole is None


def test_progress_by_the_newest_events() -> None:
    tape, metrics = Tape(), Metrics()
    rows = [event(n, at=n, step=n, total_steps=300, train_loss=1.0) for n in range(182, 90, -1)]
    for found in tape.newest(rows, more=False).measured:
        metrics.add(found)
    job = {"estimated_finish": 1_795_000_400, "method": {"type": "supervised"}}
    job["hyperparameters"] = {"n_epochs": 3}
    progress = progress_of(job, metrics, tape.events, running=True)
    assert (progress.step, progress.total, progress.epoch, progress.epochs) == (182, 300, 2, 3)
    assert progress.rate == pytest.approx(1.0)
    assert progress.done_at == pytest.approx(1_795_000_182 + 118)
    assert progress.estimated == 1_795_000_400
    resting = progress_of(job, metrics, tape.events, running=False)
    assert resting.rate is resting.done_at is resting.estimated is None


def test_a_pause_is_no_part_of_the_rate() -> None:
    tape = Tape()
    before = [event(n, at=n, step=n, train_loss=1.0) for n in range(1, 20)]
    pause = [Record({"id": "p", "created_at": 1_795_000_500, "message": "Fine-tuning job resumed"})]
    after = [event(n, at=500 + n, step=n, train_loss=1.0) for n in range(20, 40)]
    tape.newest([*reversed(after), *pause, *reversed(before)], more=False)
    rate, _newest = step_rate(tape.events)
    assert rate == pytest.approx(1.0)


@pytest.mark.parametrize(("rises", "told"), [(True, True), (False, False)])
def test_learning_by_heart_is_told(rises: bool, told: bool) -> None:
    metrics = Metrics()
    for step in range(1, 121):
        train = 4.0 * 0.97**step
        data: dict[str, Any] = {"step": step, "train_loss": train}
        if step % 5 == 0:
            turned = max(0, step - 60) * 0.02 if rises else 0.0
            data["valid_loss"] = train + 0.2 + turned
        found = measured(data)
        assert found is not None
        metrics.add(found)
    assert gap_grows(metrics) is told
