"""The demo's other files: training sets, batches, evals, results, pictures, papers of finance."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable

from tui.sandbox import demo_chat_languages, demo_chat_records, demo_chat_support
from tui.sandbox.demo import generator
from tui.sandbox.demo_company import HARBOURS, PEOPLE, cast
from tui.sandbox.demo_document import Document, markdown
from tui.sandbox.demo_engineering import picture
from tui.sandbox.demo_scene import Scene, assistant
from tui.sandbox.wire import JsonObject


def _lines(rows: Iterable[JsonObject]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def _training(draw: random.Random, maker: Callable[[random.Random], Scene], count: int) -> bytes:
    scenes = [maker(draw) for _ in range(count)]
    return _lines(
        {"messages": [*scene.messages, assistant(scene.content or "")]} for scene in scenes
    )


def _preferences(draw: random.Random, count: int) -> bytes:
    rows = []
    for _ in range(count):
        scene = demo_chat_support.support(draw)
        good = scene.content or ""
        poor = "We are sorry for the inconvenience. Please be patient. " + good.split(". ")[0]
        rows.append(
            {
                "input": {"messages": scene.messages},
                "preferred_output": [assistant(good)],
                "non_preferred_output": [assistant(poor)],
            }
        )
    return _lines(rows)


def _batch(draw: random.Random, maker: Callable[[random.Random], Scene], count: int) -> list[Scene]:
    return [maker(draw) for _ in range(count)]


def _batch_input(scenes: list[Scene]) -> bytes:
    return _lines(
        {
            "custom_id": f"mail-{number:04}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "gpt-4o-mini", "messages": scene.messages},
        }
        for number, scene in enumerate(scenes, 1)
    )


def _batch_output(draw: random.Random, scenes: list[Scene]) -> bytes:
    rows = []
    for number, scene in enumerate(scenes, 1):
        message = {"role": "assistant", "content": scene.content, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": scene.finish}
        rows.append(
            {
                "id": f"batch_req_{draw.getrandbits(96):024x}",
                "custom_id": f"mail-{number:04}",
                "response": {
                    "status_code": 200,
                    "request_id": f"req_{draw.getrandbits(128):032x}",
                    "body": {"object": "chat.completion", "choices": [choice]},
                },
                "error": None,
            }
        )
    return _lines(rows)


def _evals(draw: random.Random, count: int) -> bytes:
    return _lines(
        {
            "item": {
                "mail": cast(draw).fill(mail),
                "category": verdict["category"],
                "urgency": verdict["urgency"],
            }
        }
        for mail, verdict in (draw.choice(demo_chat_records.MAILS) for _ in range(count))
    )


def _payouts(draw: random.Random, month: int) -> bytes:
    lines = ["payout,harbour,date,bookings,gross_eur,fee_eur,net_eur"]
    for number in range(1, 41):
        gross = draw.randint(8_000, 420_000) / 100
        fee = round(gross * 0.014 + 0.2, 2)
        day = f"2026-{month:02}-{draw.randint(1, 28):02}"
        lines.append(
            f"PO-2026-{month:02}{number:03},{draw.choice(HARBOURS)},{day},{draw.randint(1, 60)},"
            f"{gross:.2f},{fee:.2f},{gross - fee:.2f}"
        )
    return ("\n".join(lines) + "\n").encode()


def _crew(draw: random.Random) -> bytes:
    lines = ["name,team,start,town"]
    for person in PEOPLE:
        team = draw.choice(("support", "platform", "growth", "finance", "docs"))
        lines.append(f"{person},{team},20{draw.randint(16, 26)}-{draw.randint(1, 12):02}-01,Bergen")
    return ("\n".join(lines) + "\n").encode()


def datasets() -> list[Document]:
    """Files that lie in no vector store, some of them orphans on purpose.

    None has the purpose `evals`: the SDK's type of a file does not know it, so that one such file
    would break every strict list.
    """
    draw = generator("datasets")
    triage, translation = demo_chat_records.triage, demo_chat_languages.translation
    mails = _batch(draw, triage, 120)
    notices = _batch(draw, translation, 36)
    stale = markdown("Leave (2024)", (("Annual leave", "Everybody has 26 days a year."),))
    return [
        Document("triage-train.jsonl", _training(draw, triage, 160), "fine-tune"),
        Document("triage-valid.jsonl", _training(draw, triage, 40), "fine-tune"),
        Document(
            "support-tone-train.jsonl", _training(draw, demo_chat_support.support, 120), "fine-tune"
        ),
        Document("support-tone-preferences.jsonl", _preferences(draw, 60), "fine-tune"),
        Document("notices-train.jsonl", _training(draw, translation, 80), "fine-tune"),
        Document("mails-week-45.jsonl", _batch_input(mails), "batch", expires_days=14),
        Document("notices-autumn.jsonl", _batch_input(notices), "batch", expires_days=2),
        Document(
            "batch_mails-week-45_output.jsonl",
            _batch_output(draw, mails),
            "batch_output",
            expires_days=23,
        ),
        Document(
            "batch_notices-autumn_output.jsonl",
            _batch_output(draw, notices),
            "batch_output",
            expires_days=29,
        ),
        Document("triage-eval.jsonl", _evals(draw, 90), "user_data"),
        Document("triage-eval-hard.jsonl", _evals(draw, 24), "user_data"),
        Document("cleat-b12.png", picture(draw), "vision"),
        Document("pontoon-after-gale.png", picture(draw, 64, 40), "vision", expires_days=6),
        Document("crane-strap.png", picture(draw, 40, 64), "vision"),
        *(
            Document(f"payouts-2026-{month:02}.csv", _payouts(draw, month), "user_data")
            for month in (8, 9, 10)
        ),
        Document("crew.csv", _crew(draw), "user_data", expires_days=1),
        Document("leave-policy-2024.md", stale, "assistants"),
        Document("leave-policy-2025-draft.md", stale.replace(b"26", b"27"), "assistants"),
        Document("お知らせ-桟橋の閉鎖.md", _notice("Japanese"), "assistants"),
        Document("إغلاق-الرصيف.md", _notice("Arabic"), "assistants"),
        Document("ανακοίνωση-προβλήτα.md", _notice("Greek"), "user_data"),
    ]


def _notice(language: str) -> bytes:
    return "\n\n".join(notice[language] for notice in demo_chat_languages.NOTICES).encode()
