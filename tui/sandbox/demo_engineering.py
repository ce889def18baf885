"""The demo's engineering notes: runbooks, source code, tables, and files that cannot be read."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
import zlib

from tui.sandbox.demo import generator
from tui.sandbox.demo_company import HARBOURS, SERVICES
from tui.sandbox.demo_document import ENGINEERING, HANDBOOK, HELP, Document, markdown

_RUNBOOKS = {
    "booking-api": (
        "Answers every booking and holds the lock on a berth for ninety seconds while a guest"
        " pays.",
        "Latency above two seconds means a busy connection pool far more often than a slow"
        " database. Look for transactions that are idle, then at the invoice lock.",
        "Roll back with `deploy rollback booking-api`. It drains for thirty seconds; holds"
        " survive.",
    ),
    "tide-worker": (
        "Computes tables for ninety days from the constants of 212 ports, each night at 02:00 UTC.",
        "A table that is an hour off is a harbour with a fixed offset. Set the region and run"
        " `tides rebuild --harbour ID`.",
        "The worker may be stopped at any time; it goes on with the next port.",
    ),
    "invoice-runner": (
        "Makes invoices on the first working day at 05:00 and mails them in groups of fifty.",
        "When it stops half way, start it again: it skips numbers that exist. Never delete an"
        " invoice to make it run; add a correction note.",
        "Before the run, compare the count of payouts with the payment house. They must be equal.",
    ),
    "gate-bridge": (
        "Carries code lists to the gates and events back, over a link that fails every day"
        " somewhere.",
        "A bridge that was silent for ten minutes raises an alert, two bridges of one harbour are"
        " severity one. Call the harbour first, then look.",
        "Events are acknowledged after the commit. Replay from the broker is safe: the handler"
        " knows every event's id.",
    ),
    "harbour-web": (
        "The pages that guests see, rendered at the edge and cached for a minute.",
        "After a wrong price, purge by harbour and not by page; a berth is shown on four of them.",
        "Feature flags live in `flags.toml`. A flag that is older than two releases is a bug.",
    ),
}
_SOURCES = {
    "nights.py": (
        '"""Nights of a stay, by the calendar of the harbour."""\n\nfrom datetime import date\n\n\n'
        "def nights(arrival: date, departure: date) -> int:\n"
        '    """Calendar nights; a change to summer time does not matter."""\n'
        "    if departure <= arrival:\n"
        "        raise ValueError('departure must be after arrival')\n"
        "    return (departure - arrival).days\n"
    ),
    "availability.sql": (
        "-- Free berths of one harbour for a stay, shortest that fits first.\n"
        "SELECT b.id, b.name, b.length\nFROM berths AS b\nWHERE b.harbour_id = $1\n"
        "  AND b.length >= $2 + 0.5\n  AND NOT EXISTS (\n    SELECT 1 FROM bookings AS k\n"
        "    WHERE k.berth_id = b.id AND k.arrival < $4 AND k.departure > $3\n  )\n"
        "ORDER BY b.length, b.id;\n"
    ),
    "gateCodes.ts": (
        "/** A code of six digits that is not easy to guess and never starts with a zero. */\n"
        "export function newCode(random: () => number): string {\n"
        "  const first = 1 + Math.floor(random() * 9);\n"
        "  const rest = Array.from({ length: 5 }, () => Math.floor(random() * 10));\n"
        "  const code = [first, ...rest].join('');\n"
        "  return /^(\\d)\\1+$/.test(code) ? newCode(random) : code;\n}\n"
    ),
    "flags.toml": (
        "# Feature flags of harbour-web. Remove a flag two releases after it is on everywhere.\n"
        "[weather_waiver]\nenabled = true\nsince = 2026-03-02\n\n"
        "[quarterly_invoices]\nenabled = true\nplans = ['cutter', 'schooner']\n\n"
        "[move_on_closing]\nenabled = false\nowner = 'growth'\n"
    ),
    "alerts.yaml": (
        "groups:\n  - name: gates\n    rules:\n      - alert: GateSilent\n"
        "        expr: time() - gate_last_contact_seconds > 600\n        labels: {severity: page}\n"
        "        annotations:\n          summary: 'Gate {{ $labels.harbour }} silent for ten"
        " minutes'\n"
    ),
}


def _runbook(service: str) -> Document:
    what, trouble, safe = _RUNBOOKS[service]
    sections = (
        ("What it does", what),
        ("When it hurts", trouble),
        ("Safe to do", safe),
        (
            "Numbers",
            f"Alert `{service}-latency` at p95 of two seconds for five minutes, `{service}-errors`"
            " at two percent for one minute. Both page the engineer on call.",
        ),
    )
    return Document(
        f"runbook-{service}.md",
        markdown(f"Runbook: {service}", sections),
        store=ENGINEERING,
        attributes={"kind": "runbook", "service": service, "severity": 1},
    )


def _price_table(draw: random.Random) -> bytes:
    lines = ["harbour,season,length_from_m,length_to_m,price_per_night_eur"]
    for harbour in HARBOURS:
        base = draw.randint(18, 36)
        for season, factor in (("winter", 0.6), ("spring", 1.0), ("summer", 1.5)):
            for low, high in ((0, 8), (8, 10), (10, 12), (12, 15), (15, 20)):
                price = round(base * factor * (1 + low / 12), 2)
                lines.append(f"{harbour},{season},{low},{high},{price:.2f}")
    return ("\n".join(lines) + "\n").encode()


def _berth_table(draw: random.Random, harbour: str) -> bytes:
    lines = ["berth;length_m;beam_m;depth_m;power_a;price_eur"]
    for pontoon in "ABCD":
        for number in range(1, 25):
            length = draw.randint(70, 160) / 10
            lines.append(
                f"{pontoon}-{number:02};{length:.1f};{length / 3:.1f};"
                f"{draw.randint(18, 42) / 10:.1f};{draw.choice((10, 16, 32))};{length * 2.6:.2f}"
            )
    return ("\n".join(lines) + "\n").encode("cp1252")


def _incidents(draw: random.Random) -> bytes:
    rows = [
        {
            "id": f"INC-{number}",
            "service": draw.choice(SERVICES),
            "minutes": draw.randint(4, 190),
            "bookings": draw.randint(0, 320),
            "cause": draw.choice(
                ("deployment", "network at the harbour", "database lock", "expired certificate")
            ),
            "note": draw.choice(
                (
                    "Rolled back within nine minutes; the check before the release did not see it.",
                    "The gate's own list kept guests moving; nobody waited.",
                    "Found by a harbour master before the alert. The threshold was too kind.",
                )
            ),
        }
        for number in range(310, 352)
    ]
    return json.dumps({"year": 2026, "incidents": rows}, indent=1).encode()


def _gate_events(draw: random.Random) -> bytes:
    """A day of one harbour's gate, an event a line."""
    lines = []
    for minute in sorted(draw.sample(range(1440), 420)):
        event = {
            "at": f"2026-11-14T{minute // 60:02}:{minute % 60:02}:00Z",
            "gate": f"tarnholm-{draw.choice('abc')}",
            "event": draw.choice(("opened", "opened", "opened", "refused", "fetched-list")),
            "booking": f"MB-{draw.randint(10_000, 99_999)}",
            "battery": draw.randint(14, 100),
        }
        lines.append(json.dumps(event))
    return ("\n".join(lines) + "\n").encode()


def picture(draw: random.Random, width: int = 48, height: int = 32) -> bytes:
    """A real little PNG: a horizon in random blues."""
    sky = (draw.randint(120, 190), draw.randint(180, 220), 240)
    sea = (10, draw.randint(60, 110), draw.randint(120, 170))
    rows = b"".join(b"\0" + bytes(sky if y < height // 2 else sea) * width for y in range(height))

    def block(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + block(b"IHDR", head)
        + block(b"IDAT", zlib.compress(rows))
        + block(b"IEND", b"")
    )


def archive() -> bytes:
    """A real ZIP with one text in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        entry = zipfile.ZipInfo("logs/gate-bridge.log", date_time=(2026, 3, 2, 4, 0, 0))
        file.writestr(entry, "03:11 consumer killed: out of memory\n" * 40)
    return buffer.getvalue()


LONG_NAME = f"minutes-of-the-very-long-meeting-{'about-fenders-' * 14}final-final-2.md"
"""Long on purpose, so that clients are seen to cope."""

ROUGH_NAME = "hostile-on-purpose [/x] [bold]\x1b[31m \u202egnp.sliam.md"
"""Markup, an escape and a bidi override on purpose."""


def engineering() -> list[Document]:
    """All notes, those that cannot be read among them."""
    draw = generator("engineering")
    made = [_runbook(service) for service in SERVICES]
    made += [
        Document(
            name,
            source.encode(),
            store=ENGINEERING,
            attributes={"kind": "source", "language": name.rpartition(".")[2], "severity": 3},
        )
        for name, source in _SOURCES.items()
    ]
    tables: dict[str, str | float | bool] = {"kind": "table", "year": 2026}
    made += [
        Document("prices-2026.csv", _price_table(draw), store=HELP, attributes=dict(tables)),
        Document(
            "berths-tarnholm.csv",
            _berth_table(draw, "Tarnholm Quay"),
            store=ENGINEERING,
            attributes=dict(tables),
        ),
        Document(
            "incidents-2026.json",
            _incidents(draw),
            store=ENGINEERING,
            attributes={"kind": "incidents", "year": 2026},
        ),
        Document(
            "gate-events-tarnholm.jsonl",
            _gate_events(draw),
            store=ENGINEERING,
            attributes={"kind": "events", "year": 2026},
        ),
        Document("gate-pad-wiring.png", picture(draw), store=ENGINEERING),
        Document("gate-bridge-logs.zip", archive(), store=ENGINEERING),
        Document("empty-notes.txt", b"\n", store=ENGINEERING),
        Document("memory-dump.txt", bytes(range(256)) * 12, store=ENGINEERING),
        Document("old-minutes.docx", archive(), store=HANDBOOK),
        Document(
            LONG_NAME,
            markdown("Minutes", (("Fenders", "Round ones for the quay, flat ones for fingers."),)),
            store=HANDBOOK,
            attributes={"kind": "minutes", "hostile": "long name, on purpose"},
        ),
        Document(
            ROUGH_NAME,
            markdown("Form input", (("As received", "[bold red]Bo[/x] [@click=app.quit]boat[/]"),)),
            store=ENGINEERING,
            attributes={"kind": "test", "hostile": "on purpose [/x]"},
        ),
    ]
    return made
