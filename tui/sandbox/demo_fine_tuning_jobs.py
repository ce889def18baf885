"""The demo's fine-tuning jobs: which there are, in which state, on which files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.sandbox import demo_chat_records
from tui.sandbox.demo import generator
from tui.sandbox.demo_company import cast
from tui.sandbox.wire import JsonObject

HOUR = 3600
DAY = 24 * HOUR
TRIAGE = "triage-train.jsonl"
TRIAGE_VALID = "triage-valid.jsonl"
TONE = "support-tone-train.jsonl"
PREFERENCES = "support-tone-preferences.jsonl"
NOTICES = "notices-train.jsonl"
CATEGORIES = "mail-category-train.jsonl"
CATEGORIES_VALID = "mail-category-valid.jsonl"
DRAFT = "notices-draft.jsonl"
FEW = "gate-codes-train.jsonl"
BAD_LINE = 23

MINI = "gpt-4o-mini-2024-07-18"
SMALL = "gpt-4.1-mini-2025-04-14"


@dataclass(frozen=True, slots=True)
class Plan:
    """One job, before its times are known."""

    key: str
    """Names its measured run; unique."""
    state: str
    age: float
    """Seconds since it was made, when the demo is opened."""
    training: str
    validation: str | None = None
    model: str = MINI
    tuned_from: str | None = None
    """The key of the job whose model it starts from."""
    method: str = "supervised"
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    suffix: str | None = None
    metadata: Mapping[str, str] | None = None
    seed: int = 42
    done: float = 0.0
    """The share of the steps that had appeared when it was paused or cancelled."""
    validating: float = 6.0
    queued: float = 10.0
    running: float = 240.0
    moving: bool = False
    """Put back to this state and age each time the demo is opened."""
    plain_result: bool = False
    """Its result file is CSV as it is, not in base64."""

    @property
    def trains(self) -> bool:
        """Whether it has measured steps."""
        return self.state not in ("failed",)


def _team(team: str, **more: str) -> dict[str, str]:
    return {"team": team, **more}


def plans() -> list[Plan]:
    """Newest first. The paused one is the oldest: a strict client's types do not know the state,
    and so its first page still holds."""
    support = _team("support", ticket="SUP-3391")
    return [
        Plan(
            "triage-again",
            "validating_files",
            40,
            TRIAGE,
            TRIAGE_VALID,
            SMALL,
            seed=11,
            suffix="triage-v6",
            metadata=_team("support"),
            validating=20 * 60,
            moving=True,
        ),
        Plan(
            "tone-live",
            "running",
            57,
            TONE,
            model=SMALL,
            seed=12,
            suffix="tone-v4",
            metadata=_team("support", run="nightly"),
            moving=True,
        ),
        Plan(
            "notices-next",
            "queued",
            5 * 60,
            NOTICES,
            seed=13,
            suffix="notices-v3",
            metadata=_team("docs"),
            queued=45 * 60,
            moving=True,
        ),
        Plan(
            "triage-long",
            "running",
            1.2 * HOUR,
            TRIAGE,
            TRIAGE_VALID,
            SMALL,
            seed=14,
            suffix="triage-v5-slow",
            hyperparameters={"n_epochs": 3, "batch_size": 1, "learning_rate_multiplier": 0.3},
            metadata=_team("platform"),
            running=3 * HOUR,
            moving=True,
        ),
        Plan(
            "triage-v5",
            "succeeded",
            1.1 * DAY,
            TRIAGE,
            TRIAGE_VALID,
            seed=15,
            suffix="triage-v5",
            metadata=_team("support", env="prod"),
        ),
        Plan(
            "draft",
            "failed",
            2.0 * DAY,
            DRAFT,
            seed=16,
            suffix="notices-v3",
            metadata=_team("docs"),
        ),
        Plan(
            "tone-dpo",
            "succeeded",
            2.4 * DAY,
            PREFERENCES,
            tuned_from="tone-v3",
            method="dpo",
            hyperparameters={"beta": 0.2, "n_epochs": 2},
            seed=17,
            suffix="tone-v3-dpo",
            metadata=support,
        ),
        Plan("tone-v3", "succeeded", 3.2 * DAY, TONE, seed=18, suffix="tone-v3", metadata=support),
        Plan(
            "tone-stopped",
            "cancelled",
            3.3 * DAY,
            TONE,
            seed=19,
            suffix="tone-v3",
            done=0.2,
            hyperparameters={"learning_rate_multiplier": 8.0},
            metadata=support,
        ),
        Plan(
            "categories-long",
            "succeeded",
            5.5 * DAY,
            CATEGORIES,
            CATEGORIES_VALID,
            seed=20,
            hyperparameters={"n_epochs": 31, "batch_size": 1, "learning_rate_multiplier": 0.05},
            suffix="mail-category",
            metadata=_team("platform", note="31 epochs, to be sure"),
        ),
        Plan("few", "failed", 6.1 * DAY, FEW, model=SMALL),
        Plan(
            "notices-v2",
            "succeeded",
            8.3 * DAY,
            NOTICES,
            seed=22,
            suffix="notices-v2",
            hyperparameters={"n_epochs": 4, "batch_size": 4},
            metadata=_team("docs"),
        ),
        Plan(
            "categories-fast",
            "succeeded",
            9.0 * DAY,
            CATEGORIES,
            CATEGORIES_VALID,
            seed=23,
            hyperparameters={"n_epochs": 2, "batch_size": 8},
            suffix="mail-category-quick",
        ),
        Plan(
            "never-started",
            "cancelled",
            9.4 * DAY,
            CATEGORIES,
            seed=24,
            done=-1.0,
            metadata=_team("growth"),
        ),
        Plan(
            "triage-v4",
            "succeeded",
            12.2 * DAY,
            TRIAGE,
            TRIAGE_VALID,
            seed=25,
            suffix="triage-v4",
            hyperparameters={"n_epochs": 2, "batch_size": 4},
            metadata=_team("support", env="staging"),
            plain_result=True,
        ),
        Plan(
            "triage-v3",
            "succeeded",
            12.9 * DAY,
            TRIAGE,
            TRIAGE_VALID,
            seed=26,
            suffix="triage-v3",
            hyperparameters={"n_epochs": 1, "batch_size": 4},
        ),
        Plan(
            "tone-v2",
            "succeeded",
            15.0 * DAY,
            TONE,
            seed=27,
            suffix="tone-v2",
            hyperparameters={"n_epochs": 2, "batch_size": 8},
            metadata=_team("support"),
        ),
        Plan(
            "dpo-plain",
            "succeeded",
            17.7 * DAY,
            PREFERENCES,
            model=SMALL,
            method="dpo",
            hyperparameters={"n_epochs": 2, "batch_size": 4},
            seed=28,
        ),
        Plan(
            "notices-v1",
            "succeeded",
            21.4 * DAY,
            NOTICES,
            seed=29,
            suffix="notices-v1",
            hyperparameters={"n_epochs": 2, "batch_size": 4},
        ),
        Plan(
            "tone-v1",
            "succeeded",
            24.8 * DAY,
            TONE,
            seed=30,
            model="gpt-3.5-turbo-0125",
            hyperparameters={"n_epochs": 1, "batch_size": 8},
        ),
        Plan(
            "triage-v2",
            "succeeded",
            27.5 * DAY,
            TRIAGE,
            seed=31,
            model="gpt-3.5-turbo-0125",
            suffix="triage-v2",
            hyperparameters={"n_epochs": 2, "batch_size": 8},
        ),
        Plan(
            "triage-v1",
            "succeeded",
            33.1 * DAY,
            TRIAGE,
            seed=32,
            model="gpt-3.5-turbo-0125",
            suffix="triage",
            hyperparameters={"n_epochs": 1, "batch_size": 8},
        ),
        Plan(
            "tone-paused",
            "paused",
            35.6 * DAY,
            TONE,
            seed=33,
            suffix="tone-v0",
            done=0.45,
            hyperparameters={"n_epochs": 3, "batch_size": 4},
            metadata=_team("support", why="waits for the legal team"),
        ),
    ]


def own_files() -> dict[str, bytes]:
    """Training files that no other part of the demo has, by name."""
    draw = generator("fine-tuning")

    def labelled(count: int) -> list[JsonObject]:
        rows = []
        for _ in range(count):
            mail, verdict = draw.choice(demo_chat_records.MAILS)
            rows.append(_row(cast(draw).fill(mail), str(verdict["category"])))
        return rows

    notices = [
        _row(f"Gate {number} is closed tonight.", f"Die Schranke {number} ist heute zu.")
        for number in range(1, 41)
    ]
    notices[BAD_LINE - 1]["messages"].pop()
    few = [_row(f"Code of gate {number}?", "Ask the office, please.") for number in range(1, 7)]
    return {
        CATEGORIES: _lines(labelled(161)),
        CATEGORIES_VALID: _lines(labelled(40)),
        DRAFT: _lines(notices),
        FEW: _lines(few),
    }


def _row(asked: str, answer: str) -> JsonObject:
    messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    return {"messages": messages}


def _lines(rows: list[JsonObject]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
