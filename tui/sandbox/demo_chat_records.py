"""Conversations of the demo whose answers are JSON: extraction, sorting, planning."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

from tui.sandbox.demo_company import Cast, cast
from tui.sandbox.demo_scene import SMALL, Scene, system, user
from tui.sandbox.wire import JsonObject


def _object(properties: dict[str, Any]) -> JsonObject:
    """A strict schema of these members."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _format(name: str, schema: JsonObject) -> JsonObject:
    return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}


def _choice(values: Sequence[str]) -> JsonObject:
    return {"type": "string", "enum": list(values)}


TEXT: JsonObject = {"type": "string"}
NUMBER: JsonObject = {"type": "number"}
WHOLE: JsonObject = {"type": "integer"}

INVOICE = _object(
    {
        "number": TEXT,
        "supplier": TEXT,
        "issued_on": TEXT,
        "currency": _choice(("EUR", "NOK", "GBP", "JPY")),
        "lines": {
            "type": "array",
            "items": _object({"text": TEXT, "quantity": NUMBER, "price": NUMBER}),
        },
        "total": NUMBER,
    }
)

SUPPLIERS = (
    ("Tangen Tau & Fender AS", "NOK"),
    ("Ellery Chandlers Ltd", "GBP"),
    ("Voiles du Ponant SARL", "EUR"),
    ("Hama Denki K.K.", "JPY"),
    ("Cabo & Filhos Lda", "EUR"),
)
GOODS = (
    ("mooring line 14 mm, 25 m", 42.5),
    ("fender F4", 61.0),
    ("LED pontoon lamp", 118.9),
    ("shackle 10 mm", 7.4),
    ("gate keypad membrane", 33.0),
    ("anode 1.2 kg", 18.75),
)


def invoice(draw: random.Random) -> Scene:
    """An invoice's text turned into its data."""
    about = cast(draw)
    supplier, currency = draw.choice(SUPPLIERS)
    chosen = [(text, draw.randint(1, 12), price) for text, price in draw.sample(GOODS, 3)]
    total = round(sum(quantity * price for _, quantity, price in chosen), 2)
    printed = "\n".join(f"{quantity} x {text} à {price:.2f}" for text, quantity, price in chosen)
    number = f"{draw.randint(20_000, 99_999)}"
    issued = f"2026-{draw.randint(1, 11):02}-{about.day:02}"
    lines = [
        {"text": text, "quantity": quantity, "price": price} for text, quantity, price in chosen
    ]
    return Scene(
        team="finance",
        feature="invoice-extraction",
        messages=[
            system("Read invoices. Use the numbers as printed; do not compute."),
            user(
                f"{supplier}\nInvoice no. {number}   Date {issued}\nDelivered to {about.harbour}\n"
                f"\n{printed}\n\nTotal {currency} {total:.2f}\nPayable within 14 days"
            ),
        ],
        content=json.dumps(
            {
                "number": number,
                "supplier": supplier,
                "issued_on": issued,
                "currency": currency,
                "lines": lines,
                "total": total,
            },
            ensure_ascii=False,
        ),
        settings={"response_format": _format("invoice", INVOICE), "temperature": 0.0},
        metadata={"supplier": supplier, "document": f"doc-{number}"},
    )


TRIAGE = _object(
    {
        "category": _choice(("booking", "payment", "access", "boat", "other")),
        "urgency": _choice(("now", "today", "week")),
        "language": TEXT,
        "sentiment": {"type": "number", "minimum": -1, "maximum": 1},
    }
)
MAILS = (
    (
        "We are outside the gate at {harbour} with two tired children and the code is refused!!",
        {"category": "access", "urgency": "now", "language": "en", "sentiment": -0.7},
    ),
    (
        "Could you confirm that {booking} includes electricity? No hurry.",
        {"category": "booking", "urgency": "week", "language": "en", "sentiment": 0.2},
    ),
    (
        "Hei, vi har blitt belastet to ganger for {booking}. Kan dere se på det i dag?",
        {"category": "payment", "urgency": "today", "language": "no", "sentiment": -0.3},
    ),
    (
        "Bonjour, notre bateau {boat} mesure {metres:.1f} m, est-ce possible au ponton {berth} ?",
        {"category": "boat", "urgency": "week", "language": "fr", "sentiment": 0.1},
    ),
    (
        "Der Automat hat {amount} Euro abgebucht und keinen Beleg gedruckt.",
        {"category": "payment", "urgency": "today", "language": "de", "sentiment": -0.4},
    ),
    (
        "予約 {booking} の到着時間を二時間遅らせたいです。よろしくお願いします。",
        {"category": "booking", "urgency": "today", "language": "ja", "sentiment": 0.1},
    ),
    (
        "Thank you for last weekend, {harbour} was lovely. The showers were spotless.",
        {"category": "other", "urgency": "week", "language": "en", "sentiment": 0.9},
    ),
)


def triage(draw: random.Random) -> Scene:
    """A mail sorted for the queue."""
    about = cast(draw)
    mail, verdict = draw.choice(MAILS)
    return Scene(
        team="support",
        feature="triage",
        messages=[
            system("Sort mails for the support queue. `now` is for people who stand at a gate."),
            user(about.fill(mail)),
        ],
        content=json.dumps(verdict, ensure_ascii=False),
        models=SMALL,
        settings={"response_format": _format("triage", TRIAGE), "temperature": 0.0},
        metadata={"ticket": about.ticket, "queue": str(verdict["category"])},
    )


REVIEWS = (
    ("Quiet berths, but the bread was gone by eight.", "quiet, food", 4),
    ("The gate code came late and nobody answered the phone.", "access, staff", 2),
    (
        "Best showers between here and {other_harbour}. {person} helped with our lines!",
        "showers, staff",
        5,
    ),
    (
        "Shallow at low water. We touched ground with {metres:.1f} m length and 2.1 m draught.",
        "depth",
        3,
    ),
)


def reviews(draw: random.Random) -> Scene:
    """Guests' remarks counted by theme, as free JSON."""
    about = cast(draw)
    chosen = draw.sample(REVIEWS, 3)
    themes: dict[str, int] = {}
    for _, words, _ in chosen:
        for word in words.split(", "):
            themes[word] = themes.get(word, 0) + 1
    stars = sum(mark for *_, mark in chosen) / len(chosen)
    listed = "\n".join(f"- {about.fill(text)}" for text, *_ in chosen)
    return Scene(
        team="growth",
        feature="guest-voice",
        messages=[
            system("Return JSON with `themes` (counts) and `stars` (mean, one decimal)."),
            user(f"Remarks about {about.harbour} in {about.month}:\n{listed}"),
        ],
        content=json.dumps({"themes": themes, "stars": round(stars, 1)}, indent=2),
        settings={"response_format": {"type": "json_object"}},
        metadata={"harbour": about.harbour},
    )


def berth_plan(draw: random.Random) -> Scene:
    """A larger JSON answer: boats placed on berths."""
    about = cast(draw)
    boats = _boats(draw, about)
    wanted = "\n".join(f"{name}: {metres:.1f} m, {nights} nights" for name, metres, nights in boats)
    placed = [
        {"boat": name, "berth": f"{'ABC'[index % 3]}-{index + 4:02}", "metres": round(metres, 1)}
        for index, (name, metres, _) in enumerate(boats)
    ]
    return Scene(
        team="growth",
        feature="berth-plan",
        messages=[
            system("Place boats on berths of pontoons A to C. Answer with JSON only."),
            user(f"{about.harbour}, from {about.weekday}:\n{wanted}"),
        ],
        content=json.dumps(
            {"harbour": about.harbour, "plan": placed}, ensure_ascii=False, indent=2
        ),
        settings={"response_format": {"type": "json_object"}, "temperature": 0.1},
        metadata={"harbour": about.harbour},
    )


def _boats(draw: random.Random, about: Cast) -> list[tuple[str, float, int]]:
    names = [about.boat, "Grey Heron", "Lofoten", "Estrela do Mar", "Windhover", "Kaze"]
    return [(name, draw.randint(62, 140) / 10, draw.randint(1, 9)) for name in names]
