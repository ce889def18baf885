"""Conversations of the demo's engineers: reviews, queries, incidents, release notes."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tui.sandbox.demo_company import Cast, cast
from tui.sandbox.demo_scene import LARGE, Scene, assistant, developer, system, user


@dataclass(frozen=True, slots=True)
class Review:
    """A piece of code and what a review says of it."""

    language: str
    code: str
    findings: tuple[str, ...]
    better: str


REVIEWS = (
    Review(
        "python",
        "def nights(arrival, departure):\n"
        "    return int((departure - arrival).total_seconds() / 86400)",
        (
            "A stay over the change to summer time has 23 hours in one day, so this loses a night.",
            "Arguments without types: a `datetime` with and one without a zone raise here.",
        ),
        "def nights(arrival: date, departure: date) -> int:\n"
        '    """Nights between two calendar days."""\n'
        "    return (departure - arrival).days",
    ),
    Review(
        "python",
        "async def send_all(mails):\n"
        "    for mail in mails:\n"
        "        try:\n"
        "            await smtp.send(mail)\n"
        "        except Exception:\n"
        "            pass",
        (
            "Errors vanish: nobody will learn that a guest got no gate code.",
            "`except Exception` also hides a typo in this very function.",
            "One slow server holds up all the others; a bounded group would not.",
        ),
        "async def send_all(mails: Sequence[Mail]) -> list[Mail]:\n"
        '    """Send side by side; the mails that were refused."""\n'
        "    results = await gather(*map(smtp.send, mails), return_exceptions=True)\n"
        "    return [m for m, r in zip(mails, results) if isinstance(r, SmtpError)]",
    ),
    Review(
        "typescript",
        "const free = berths.filter(b => !bookings.find(x => x.berth == b.id))\n"
        "free.sort((a, b) => a.length > b.length)",
        (
            "`sort` with a boolean comparator does not sort: it needs a number.",
            "`find` inside `filter` is quadratic; {harbour} has {count} berths and it shows.",
            "`==` compares a string with a number for imported berths.",
        ),
        "const taken = new Set(bookings.map((booking) => booking.berthId));\n"
        "const free = berths\n"
        "  .filter((berth) => !taken.has(berth.id))\n"
        "  .toSorted((a, b) => a.length - b.length);",
    ),
    Review(
        "sql",
        "SELECT * FROM bookings b, berths x\n"
        "WHERE b.berth_id = x.id AND x.harbour = '\" + name + \"'\n"
        "ORDER BY arrival LIMIT 100",
        (
            "The name is pasted into the statement: this is an injection.",
            "`SELECT *` drags the guest's papers along, which the report must not hold.",
            "Without a second key the order of equal arrivals changes from page to page.",
        ),
        "SELECT b.id, b.arrival, x.name\nFROM bookings AS b\n"
        "JOIN berths AS x ON x.id = b.berth_id\nWHERE x.harbour_id = $1\n"
        "ORDER BY b.arrival, b.id\nLIMIT 100",
    ),
    Review(
        "go",
        "func (c *Cache) Get(k string) *Tide {\n\tc.mu.Lock()\n\tt, ok := c.m[k]\n\tif !ok {\n"
        "\t\tt = fetch(k)\n\t\tc.m[k] = t\n\t}\n\tc.mu.Unlock()\n\treturn t\n}",
        (
            "The lock is held while the network is asked; every reader waits for the slowest.",
            "If `fetch` panics, the lock stays taken for ever: use `defer`.",
        ),
        "func (c *Cache) Get(ctx context.Context, key string) (*Tide, error) {\n"
        "\tif tide, ok := c.peek(key); ok {\n\t\treturn tide, nil\n\t}\n"
        "\treturn c.group.Do(ctx, key, fetch)\n}",
    ),
    Review(
        "yaml",
        "retries: 99\ntimeout: 0\nresources:\n  limits:\n    memory: 64Mi",
        (
            "`timeout: 0` means none, so 99 retries of a dead host never end.",
            "64 MiB is less than {service} needs at start ({count} MiB in the last release).",
        ),
        "retries: 3\ntimeout: 5s\nresources:\n  limits:\n    memory: 256Mi",
    ),
)


def review(draw: random.Random) -> Scene:
    """A code review, with the better version, sometimes discussed."""
    about = cast(draw)
    what = draw.choice(REVIEWS)
    findings = "\n".join(f"{n}. {about.fill(text)}" for n, text in enumerate(what.findings, 1))
    content = f"{findings}\n\nI would write:\n\n```{what.language}\n{what.better}\n```"
    question = about.fill("Please review this change to `{service}`. Only what matters.")
    messages = [
        developer("You review code for Brinewell. Number your findings, worst first."),
        user(f"{question}\n\n```{what.language}\n{what.code}\n```", name=_login(about)),
    ]
    if draw.random() < 0.3:
        messages += [
            assistant(content),
            user("Is the first one really worth a change before the release?"),
        ]
        content = (
            "Yes. It is wrong today, not merely slow, and the fix is smaller than the note that"
            " would explain why we left it."
        )
    return Scene(
        team="platform",
        feature="code-review",
        messages=messages,
        content=content,
        models=LARGE,
        settings={"temperature": 0.0, "seed": draw.randint(1, 9_999)},
        metadata={"service": about.service, "pr": str(draw.randint(900, 2_400))},
    )


def _login(about: Cast) -> str:
    first = about.colleague.split()[0].lower()
    return "".join(letter for letter in first if letter.isascii() and letter.isalpha())


INCIDENTS = (
    (
        "{service}: p95 latency 4.2 s since 07:{day:02}, error rate {percent} %, last deploy"
        " {hours} h ago, connection pool 50/50 busy, database CPU 31 %",
        "**Likely cause:** the pool, not the database. 50 of 50 connections are busy while the"
        " database idles at 31 %, so something holds them.\n\n**Look next:** long transactions in"
        " `pg_stat_activity`; the deploy {hours} h ago touched the invoice lock.\n\n**Now:** roll"
        " {service} back, it is reversible, and raise the pool only after that.",
    ),
    (
        "{service} lost {count} gate events between 03:10 and 03:25. Broker healthy. Consumer"
        " restarted at 03:11 after an out-of-memory kill",
        "**Likely cause:** events are acknowledged before they are stored, so the restart at 03:11"
        " dropped what was in memory.\n\n**Repair:** replay from the broker's offset at 03:09; the"
        " handler is idempotent by event id.\n\n**Lasting fix:** acknowledge after the commit, and"
        " cap the batch: the kill came with a batch of {count}.",
    ),
    (
        "Guests at {harbour} get gate codes for {other_harbour}. Two reports, both booked on"
        " {weekday}",
        "**Severity:** high, it opens the wrong gate. Disable codes for both harbours now; the"
        " offices can open by hand.\n\n**Suspect:** the cache key of the code template lacks the"
        " harbour, and both use the template *standard*.\n\n**Check:** how many codes were sent"
        " since {weekday}; {colleague} should write to those guests before they arrive.",
    ),
)


def incident(draw: random.Random) -> Scene:
    """First thoughts on an incident."""
    about = cast(draw)
    facts, thoughts = draw.choice(INCIDENTS)
    return Scene(
        team="platform",
        feature="incident",
        messages=[
            system(
                "You help the engineer on call. Cause, next check, safe action. No speculation"
                " beyond the facts."
            ),
            user(about.fill(facts)),
        ],
        content=about.fill(thoughts),
        models=LARGE,
        settings={"reasoning_effort": "low"},
        metadata={"incident": f"INC-{draw.randint(200, 420)}", "service": about.service},
    )


QUERIES = (
    (
        "Occupancy per harbour for {month}, in percent, best first.",
        "SELECT h.name,\n       round(100.0 * sum(s.nights) / (h.berths * 30), 1) AS occupancy\n"
        "FROM harbours AS h\nJOIN stays AS s ON s.harbour_id = h.id\n"
        "WHERE s.month = '{month}'\nGROUP BY h.id\nORDER BY occupancy DESC;",
        "Nights that reach into the next month count in both, by their share.",
    ),
    (
        "Guests who came to {harbour} three years in a row.",
        "SELECT guest_id\nFROM stays\nWHERE harbour_id = (SELECT id FROM harbours WHERE name ="
        " '{harbour}')\n  AND year BETWEEN 2024 AND 2026\nGROUP BY guest_id\n"
        "HAVING count(DISTINCT year) = 3;",
        "It counts years, not stays, so {count} visits in one summer are one year.",
    ),
    (
        "Which invoices over {amount} EUR are unpaid for more than {day} days?",
        "SELECT number, harbour_id, total, current_date - due AS days_late\nFROM invoices\n"
        "WHERE paid_at IS NULL\n  AND total > {amount}\n  AND current_date - due > {day}\n"
        "ORDER BY days_late DESC;",
        "Credit notes are negative and fall out by the amount.",
    ),
)


def query(draw: random.Random) -> Scene:
    """A question turned into SQL."""
    about = cast(draw)
    question, statement, remark = draw.choice(QUERIES)
    return Scene(
        team="growth",
        feature="ask-the-warehouse",
        messages=[
            system(
                "Turn questions into PostgreSQL for the warehouse `moorbook`. One statement and"
                " one remark."
            ),
            user(about.fill(question)),
        ],
        content=f"```sql\n{about.fill(statement)}\n```\n\n{about.fill(remark)}",
        settings={"temperature": 0.0},
        metadata={"asked_by": about.person},
    )


CHANGES = (
    "fix: nights over the change to summer time",
    "feat: move bookings when a pontoon closes",
    "fix: gate pad waits for # for 10 s",
    "perf: availability of all berths in one query",
    "feat: weather waiver with a reason",
    "docs: webhook order is not guaranteed",
    "fix: VAT number on corrected invoices",
    "feat: quarterly invoices for Cutter and Schooner",
)


def release(draw: random.Random) -> Scene:
    """Release notes made from commit subjects."""
    about = cast(draw)
    changes = draw.sample(CHANGES, 4)
    lines = "\n".join(f"- {change}" for change in changes)
    kinds = {"feat": "New", "fix": "Repaired", "perf": "Faster", "docs": "Documented"}
    notes = "\n".join(
        f"- **{kinds[change.split(':')[0]]}:** {change.split(': ')[1]}" for change in changes
    )
    version = f"2026.{draw.randint(30, 48)}.{draw.randint(0, 4)}"
    return Scene(
        team="docs",
        feature="release-notes",
        messages=[
            system("Write release notes for harbour offices. Plain words, no jargon."),
            user(f"Version {version} of {about.service}:\n{lines}"),
        ],
        content=f"### What changed in {version}\n\n{notes}\n\nNothing needs your action.",
        settings={"temperature": 0.6},
        metadata={"version": version},
    )
