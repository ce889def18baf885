"""The harbour office's threads: functions called and answered, waiting, expired and cancelled."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from tui.sandbox.demo_company import cast
from tui.sandbox.demo_talk import Called, Talk, Turn
from tui.sandbox.demo_threads_assistants import BENCH, DESK, OFFICE


def _json(**values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def talks(draw: random.Random) -> Iterator[Talk]:
    """Those that are over."""
    about = cast(draw)
    found = [{"berth": about.berth, "metres": round(about.metres + 0.9, 1), "price": about.amount}]
    asked = _json(
        harbour=about.harbour, metres=about.metres, arrival="2026-07-14", nights=about.nights
    )
    yield Talk(
        f"A berth for {about.boat}",
        OFFICE,
        (
            Turn(
                about.fill("Is anything free at {harbour} for {metres:.1f} m, {nights} nights?"),
                about.fill("**{berth}** is free for {amount} EUR and fits with 0.9 m to spare."),
                rounds=((Called("find_berths", asked, json.dumps(found)),),),
            ),
        ),
        {"harbour": about.harbour, "boat": about.boat},
    )
    yield _sail(draw)
    yield _move(draw)
    yield _expired(draw)
    yield _cancelled(draw)


def _sail(draw: random.Random) -> Talk:
    about = cast(draw)
    both = (
        Called(
            "marine_forecast",
            _json(harbour=about.harbour, hours=12),
            _json(beaufort=4, gust=6, sea_m=1.6),
        ),
        Called(
            "tide_table",
            _json(harbour=about.harbour, day=about.weekday),
            _json(low="06:12 0.4 m", high="12:31 3.9 m"),
        ),
    )
    return Talk(
        f"Sail or stay, {about.boat}",
        OFFICE,
        (
            Turn(
                about.fill("{boat} wants to leave {harbour} on {weekday} morning. Is that wise?"),
                "Yes. Force 4 with gusts of 6 and a sea of 1.6 m. Low water is at 06:12 with 0.4 m"
                " over datum, so leave after 08:00.",
                rounds=(both,),
            ),
        ),
        {"harbour": about.harbour, "boat": about.boat},
    )


def _move(draw: random.Random) -> Talk:
    about = cast(draw)
    read = Called(
        "get_booking",
        _json(number=about.booking),
        _json(number=about.booking, boat=about.boat, berth=about.berth, paid=True),
    )
    moved = Called("move_booking", _json(number=about.booking, berth="C-11"), _json(moved=True))
    return Talk(
        f"Move {about.booking}",
        OFFICE,
        (
            Turn(
                about.fill("Please move {booking} to C-11, the lamp at {berth} is broken."),
                about.fill("Done: {boat} lies on C-11 now, and the guest got a message."),
                rounds=((read,), (moved,)),
            ),
        ),
        {"booking": about.booking, "harbour": about.harbour},
    )


def _expired(draw: random.Random) -> Talk:
    about = cast(draw)
    asked = Called("quote_refund", _json(number=about.booking))
    return Talk(
        f"Refund of {about.booking}, never answered",
        OFFICE,
        (
            Turn(
                about.fill("What would the guest of {booking} get back today?"),
                None,
                rounds=((asked,),),
                status="expired",
            ),
        ),
        {"booking": about.booking},
    )


def _cancelled(draw: random.Random) -> Talk:
    about = cast(draw)
    return Talk(
        f"Notice for {about.harbour}, stopped",
        DESK,
        (
            Turn(
                about.fill("Write a notice about the works on pontoon B at {harbour}."),
                about.fill("Dear guests of {harbour}, from the {day}th of {month} the piles of"),
                status="cancelled",
            ),
            Turn(
                "Shorter, please.",
                about.fill("Pontoon B is closed from the {day}th of {month}. Please use C."),
            ),
        ),
        {"harbour": about.harbour},
    )


def under_way(draw: random.Random) -> Iterator[Talk]:
    """Those whose run goes on: each is put back when the demo is opened again."""
    about = cast(draw)
    waiting = (
        Called("get_booking", _json(number=about.booking)),
        Called("marine_forecast", _json(harbour=about.harbour, hours=about.hours)),
    )
    yield Talk(
        f"{about.booking}: come earlier?",
        OFFICE,
        (
            Turn(
                about.fill(
                    "Can {booking} come a day earlier to {harbour}, and how will the wind be?"
                ),
                None,
                rounds=(waiting,),
                status="requires_action",
            ),
        ),
        {"booking": about.booking, "harbour": about.harbour},
    )
    yield Talk(
        "Winter storage for the magazine",
        BENCH,
        (
            Turn(
                "Go slowly, and write 1200 words on winter storage for the harbour magazine.",
                None,
                status="in_progress",
            ),
        ),
        {"team": "docs"},
    )
    yield Talk(
        "Next in the queue",
        DESK,
        (Turn("Which webhook tells us that a guest has left?", None, status="queued"),),
        {"team": "platform"},
    )
    yield Talk(
        "Stopping a long answer",
        DESK,
        (
            Turn(
                "Explain every price rule of the season, with all exceptions.",
                "A season has a price per metre or per night. Where two seasons overlap the later"
                " one wins, and the calendar shows which",
                status="cancelling",
            ),
        ),
        {"team": "support"},
    )
