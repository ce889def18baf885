"""Conversations of the demo with tools: calls that wait for results, and answers from results."""

from __future__ import annotations

import json
import random
from typing import Any

from tui.sandbox.demo_company import Cast, cast
from tui.sandbox.demo_scene import LARGE, SMALL, Scene, call, calling, result, system, user
from tui.sandbox.wire import JsonObject

PROMPT = "You run the office assistant of a harbour. Use the tools; never guess a free berth."


def _tool(name: str, description: str, **properties: Any) -> JsonObject:
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {
                "type": "object",
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            },
            "strict": True,
        },
    }


TEXT = {"type": "string"}
NUMBER = {"type": "number"}
FIND_BERTHS = _tool(
    "find_berths",
    "Free berths of a harbour for some nights",
    harbour=TEXT,
    metres=NUMBER,
    arrival={"type": "string", "format": "date"},
    nights={"type": "integer", "minimum": 1},
)
TIDE = _tool("tide_table", "High and low water of a day", harbour=TEXT, day=TEXT)
WEATHER = _tool("marine_forecast", "Wind and sea for a harbour", harbour=TEXT, hours=NUMBER)
BOOKING = _tool("get_booking", "One booking by its number", number=TEXT)
MOVE = _tool("move_booking", "Move a booking to another berth", number=TEXT, berth=TEXT)
REFUND = _tool("quote_refund", "What a cancellation would give back", number=TEXT)
TOOLS = [FIND_BERTHS, TIDE, WEATHER, BOOKING, MOVE, REFUND]


def _id(draw: random.Random) -> str:
    alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "call_" + "".join(draw.choices(alphabet, k=24))


def _arguments(**values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _scene(about: Cast, messages: list[JsonObject], **more: Any) -> Scene:
    settings = {"tools": TOOLS, "parallel_tool_calls": True, **more.pop("settings", {})}
    metadata = {"harbour": about.harbour, **more.pop("metadata", {})}
    return Scene(
        team="platform",
        feature="office-assistant",
        messages=[system(PROMPT), *messages],
        settings=settings,
        metadata=metadata,
        **more,
    )


def find_berth(draw: random.Random) -> Scene:
    """A search whose result is answered, or still waited for."""
    about = cast(draw)
    id = _id(draw)
    asked = _arguments(
        harbour=about.harbour,
        metres=round(about.metres, 1),
        arrival=f"2026-{draw.randint(4, 9):02}-{about.day:02}",
        nights=about.nights,
    )
    question = user(
        about.fill("Anything free for {metres:.1f} m, {nights} nights from the {day}th?")
    )
    if draw.random() < 0.4:
        return _scene(
            about,
            [question],
            tool_calls=[call(id, "find_berths", asked)],
            finish="tool_calls",
            models=SMALL,
        )
    found = [
        {"berth": about.berth, "metres": round(about.metres + 0.9, 1), "price": about.amount},
        {"berth": "E-07", "metres": round(about.metres + 2.2, 1), "price": about.amount + 64},
    ]
    return _scene(
        about,
        [question, calling(call(id, "find_berths", asked)), result(id, json.dumps(found))],
        content=about.fill(
            "Two are free: **{berth}** for {amount} EUR, which fits {boat} with 0.9 m to spare, and"
            " **E-07**, longer and 64 EUR dearer. Shall I hold {berth}?"
        ),
    )


def sail_or_stay(draw: random.Random) -> Scene:
    """Two tools at once: forecast and tide."""
    about = cast(draw)
    first, second = _id(draw), _id(draw)
    calls = (
        call(first, "marine_forecast", _arguments(harbour=about.harbour, hours=about.hours)),
        call(second, "tide_table", _arguments(harbour=about.harbour, day=about.weekday)),
    )
    question = user(
        about.fill("{boat} wants to leave {harbour} on {weekday} morning. Is that wise?")
    )
    if draw.random() < 0.35:
        return _scene(about, [question], tool_calls=list(calls), finish="tool_calls", models=LARGE)
    force = draw.randint(3, 9)
    forecast = {"beaufort": force, "gust": force + 2, "sea_m": round(force * 0.4, 1)}
    tide = {"low": "06:12 0.4 m", "high": "12:31 3.9 m"}
    wise = "Yes" if force < 6 else "No"
    return _scene(
        about,
        [
            question,
            calling(*calls),
            result(first, json.dumps(forecast)),
            result(second, json.dumps(tide)),
        ],
        content=(
            f"{wise}. The forecast gives force {force}, gusts {force + 2}, sea"
            f" {forecast['sea_m']} m. Low water is at 06:12 with 0.4 m over datum, so leave after"
            " 08:00 for half a metre more under the keel."
        ),
    )


def move(draw: random.Random) -> Scene:
    """Read, then act, over two rounds; sometimes the tool fails."""
    about = cast(draw)
    first, second = _id(draw), _id(draw)
    booking = {"number": about.booking, "boat": about.boat, "berth": about.berth, "paid": True}
    fails = draw.random() < 0.3
    outcome = {"error": "berth_taken", "until": f"{about.day}.07."} if fails else {"moved": True}
    return _scene(
        about,
        [
            user(about.fill("Please move {booking} to C-11, the lamp at {berth} is broken.")),
            calling(call(first, "get_booking", _arguments(number=about.booking))),
            result(first, json.dumps(booking)),
            calling(call(second, "move_booking", _arguments(number=about.booking, berth="C-11"))),
            result(second, json.dumps(outcome)),
        ],
        content=about.fill(
            "C-11 is taken until the {day}th of July, so {booking} stays on {berth}. C-12 and C-14"
            " are free and as long."
            if fails
            else "Done: {boat} lies on C-11 now, and the guest got a message with the new berth."
        ),
        metadata={"booking": about.booking},
    )


def refund(draw: random.Random) -> Scene:
    """A forced tool, with arguments cut by the token limit now and then."""
    about = cast(draw)
    cut = draw.random() < 0.25
    whole = _arguments(number=about.booking)
    return _scene(
        about,
        [user(about.fill("What would the guest of {booking} get back today?"))],
        tool_calls=[call(_id(draw), "quote_refund", whole[: len(whole) // 2] if cut else whole)],
        finish="length" if cut else "tool_calls",
        models=SMALL,
        settings={
            "tool_choice": {"type": "function", "function": {"name": "quote_refund"}},
            **({"max_completion_tokens": 8} if cut else {}),
        },
        metadata={"booking": about.booking},
    )
