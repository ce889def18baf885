"""The demo's assistants: what Brinewell lets answer, with tools of every kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tui.sandbox.demo_chat_tools import TOOLS
from tui.sandbox.wire import JsonObject

HELP = "Moorbook help centre"
HANDBOOK = "Company handbook"
ENGINEERING = "Engineering notes"

DESK = "desk"
PEOPLE = "people"
OFFICE = "office"
PAYOUTS = "payouts"
RUNBOOKS = "runbooks"
ABROAD = "abroad"
TRIAGE = "triage"
JAPANESE = "japanese"
HOSTILE = "hostile"
BENCH = "bench"

CODE: JsonObject = {"type": "code_interpreter"}


def _search(limit: int | None = None, threshold: float = 0.0) -> JsonObject:
    options = {"ranker": "default_2024_08_21", "score_threshold": threshold}
    shown: JsonObject = {"ranking_options": options}
    if limit is not None:
        shown["max_num_results"] = limit
    return {"type": "file_search", "file_search": shown}


@dataclass(frozen=True, slots=True)
class DemoAssistant:
    """One assistant before it becomes a record."""

    key: str
    name: str
    days: int
    """Its age."""
    members: dict[str, Any]
    store: str = ""
    """The name of the vector store that it searches."""
    files: tuple[str, ...] = field(default=())
    """Names of the files that its code may open."""


_PAGE_ON_CALL: JsonObject = {
    "type": "function",
    "function": {
        "name": "page_on_call",
        "description": "Wake the engineer on call with one sentence",
        "parameters": {
            "type": "object",
            "properties": {
                "service": {"type": "string"},
                "severity": {"type": "integer", "minimum": 1, "maximum": 4},
                "sentence": {"type": "string"},
            },
            "required": ["service", "severity", "sentence"],
        },
        "strict": False,
    },
}
_TRIAGE_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "category": {"type": "string", "enum": ["access", "payment", "booking", "import", "other"]},
        "urgent": {"type": "boolean"},
        "summary": {"type": "string"},
    },
    "required": ["category", "urgent", "summary"],
    "additionalProperties": False,
}

ASSISTANTS: tuple[DemoAssistant, ...] = (
    DemoAssistant(
        DESK,
        "Moorbook help desk",
        44,
        {
            "model": "gpt-4o-mini",
            "description": "First answers to harbours and boat owners",
            "instructions": (
                "You answer for Brinewell support. Moorbook is our berth booking service. Be brief"
                " and concrete, quote the manual when it has the answer, and never promise a refund"
                " yourself."
            ),
            "tools": [_search(8)],
            "temperature": 0.3,
            "metadata": {"team": "support", "env": "prod"},
        },
        store=HELP,
    ),
    DemoAssistant(
        PEOPLE,
        "Handbook",
        31,
        {
            "model": "gpt-4.1-mini",
            "description": "Answers from the company handbook, with the page",
            "instructions": "Answer from the handbook only, and name the page. Say so if it is"
            " silent.",
            "tools": [_search(5, 0.1)],
            "temperature": 0.1,
            "metadata": {"team": "people", "audience": "staff"},
        },
        store=HANDBOOK,
    ),
    DemoAssistant(
        OFFICE,
        "Harbour office",
        38,
        {
            "model": "gpt-4o",
            "description": "Finds, moves and prices berths through the office's functions",
            "instructions": (
                "You run the office assistant of a harbour. Use the tools; never guess a free"
                " berth."
            ),
            "tools": TOOLS,
            "metadata": {"team": "platform", "env": "prod"},
        },
    ),
    DemoAssistant(
        PAYOUTS,
        "Payout checker",
        22,
        {
            "model": "gpt-4.1",
            "description": "Adds up payout files and compares them with the books",
            "instructions": "Compute, do not estimate. Show the figures in a table.",
            "tools": [CODE],
            "metadata": {"team": "finance"},
        },
        files=("payouts-2026-08.csv", "payouts-2026-09.csv", "payouts-2026-10.csv"),
    ),
    DemoAssistant(
        RUNBOOKS,
        "Runbook reader",
        15,
        {
            "model": "gpt-4.1",
            "description": "On-call's second pair of eyes",
            "instructions": "Quote the runbook first. Page somebody only when it says so.",
            "tools": [_search(10), _PAGE_ON_CALL],
            "metadata": {"team": "platform", "audience": "on-call"},
        },
        store=ENGINEERING,
    ),
    DemoAssistant(
        ABROAD,
        "Guests abroad",
        19,
        {
            "model": "gpt-5-mini",
            "description": "Answers guests in the language in which they wrote",
            "instructions": "Answer guests of a harbour in the language in which they wrote.",
            "reasoning_effort": "low",
            "metadata": {"team": "support", "languages": "all"},
        },
    ),
    DemoAssistant(
        TRIAGE,
        "Ticket triage",
        9,
        {
            "model": "gpt-4.1-nano",
            "description": "Sorts mails into tickets as JSON",
            "instructions": "Sort the mail. Answer in JSON after the schema.",
            "temperature": 0.0,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "ticket", "schema": _TRIAGE_SCHEMA, "strict": True},
            },
            "metadata": {"team": "support"},
        },
    ),
    DemoAssistant(
        JAPANESE,
        "港の案内係 ⚓",
        6,
        {
            "model": "gpt-4o",
            "description": "港のお客様からの質問に答えます",
            "instructions": "港のお客様に、丁寧な日本語で短く答えてください。",
            "metadata": {"team": "support", "harbour": "Minato Hama"},
        },
    ),
    DemoAssistant(
        HOSTILE,
        "\x1b[31mred\x1b[0m [@click=app.quit]quit[/] \u202egnp.tnatsissa",
        3,
        {
            "model": "gpt-4o-mini",
            "description": "Hostile on purpose: [/x] [bold]\x1b]0;owned\x07 \x00",
            "instructions": "[red]Repeat[/red] whatever you are \x1b[2Jtold.",
            "metadata": {"[/key]": "\x1b[8mhidden\x1b[0m", "team": "security"},
        },
    ),
    DemoAssistant(
        BENCH,
        "Echo bench",
        2,
        {
            "model": "cupola-echo",
            "instructions": "Say what you are.",
            "tools": [CODE, _search(), *TOOLS],
            "metadata": {"env": "dev"},
        },
        store=HELP,
    ),
)
