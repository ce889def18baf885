"""What the demo's threads are about: support, the handbook, the harbour office, the night shift."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator

from tui.sandbox.demo_chat_languages import ASKED
from tui.sandbox.demo_chat_support import TOPICS, Topic
from tui.sandbox.demo_company import Cast, cast
from tui.sandbox.demo_talk import Called, Talk, Turn
from tui.sandbox.demo_threads_assistants import (
    ABROAD,
    DESK,
    ENGINEERING,
    HANDBOOK,
    HELP,
    HOSTILE,
    JAPANESE,
    PAYOUTS,
    PEOPLE,
    RUNBOOKS,
    TRIAGE,
)
from tui.sandbox.echo_text import HOSTILE as HOSTILE_TEXT

PAYOUT_FILE = "payouts-2026-10.csv"


def talks(draw: random.Random, payouts: str) -> Iterator[Talk]:
    """All talks that are over; `payouts` is the text of the payout file."""
    for topic in TOPICS:
        yield _support(draw, topic)
    yield from _handbook()
    yield from _engineering()
    yield from _abroad(draw)
    yield _payouts(payouts)
    yield _picture(draw)
    yield _triage(draw)
    yield _long(draw)
    yield _hostile()
    yield Talk("Nothing said yet", DESK)


def _support(draw: random.Random, topic: Topic) -> Talk:
    about = cast(draw)
    turns = [Turn(about.fill(topic.questions[0]), about.fill(topic.answers[0]))]
    turns += [Turn(about.fill(asked), about.fill(answer)) for asked, answer in topic.follow]
    if topic.key == "invoice":
        error = {"code": "rate_limit_exceeded", "message": "Rate limit reached for gpt-4o-mini."}
        turns.insert(0, Turn(turns[0].asked, None, status="failed", error=error))
    if topic.key == "season":
        turns.append(_cut(about))
    if topic.key == "payment":
        turns.append(Turn("Then charge it to the next guest.", _NO, refusal=True))
    return Talk(
        f"{about.ticket} {topic.key.replace('-', ' ')}, {about.harbour}",
        DESK,
        tuple(turns),
        {"ticket": about.ticket, "harbour": about.harbour, "topic": topic.key},
    )


_NO = "I can't help with charging somebody else's card."


def _cut(about: Cast) -> Turn:
    return Turn(
        "Now write the notice for all guests, with every pontoon and date.",
        about.fill(
            "Dear guests of {harbour},\n\nfrom the {day}th of {month} the winter order holds."
            " Pontoon A stays open with power and water. Pontoon B is closed for the new piles, and"
            " whoever has a booking there gets a berth of the same size on"
        ),
        status="incomplete",
        limit=256,
    )


_HANDBOOK = (
    (
        "Parental leave",
        "How many weeks of parental leave do I get, and in how many pieces?",
        "Twenty-six weeks at full pay, in one piece or in up to four, within two years of the birth"
        " or adoption {mark}. Write to your lead twelve weeks before the first day if you can.",
        "leave-policy.md",
    ),
    (
        "Lost phone on the ferry",
        "I left my work phone on the ferry to Havnsund. Whom do I tell?",
        "The duty phone, at any time of day: we wipe first and search later {mark}. Nobody will ask"
        " whose fault it was.",
        "security-basics.md",
    ),
    (
        "Gale waiver",
        "Who grants the weather waiver when there is a gale warning on the day of arrival?",
        "The harbour does, for force 8 or more in the sea area on the day of arrival, and it"
        " confirms that in the booking {mark}. Support never grants it on the harbour's behalf.",
        "refund-policy.md",
    ),
    (
        "Working from Lisbon",
        "May I work from Portugal for two months, and which hours must I share?",
        "Yes: any country of the European Economic Area for up to eight weeks a year {mark}. The"
        " shared hours are 10:00 to 15:00 Central European Time.",
        "remote-work.md",
    ),
    (
        "Night call on Sunday",
        "I was called at three at night. What do I get for it?",
        "Half a day off for each night call, to be taken within the month, beside the 350 euros for"
        " the week of duty {mark}.",
        "on-call-guide.md",
    ),
)


def _handbook() -> Iterator[Talk]:
    for title, asked, answer, page in _HANDBOOK:
        turn = Turn(asked, answer, searched=HANDBOOK, cites=page)
        yield Talk(title, PEOPLE, (turn,), {"team": "people"})
    asked = "Approach to Inverlochan: when does the lock open?"
    answer = (
        "It opens two hours before high water and closes one hour after {mark}. Call on the working"
        " channel when you pass the mill."
    )
    page = "harbour-guide-inverlochan.md"
    yield Talk(
        "Lock at Inverlochan",
        DESK,
        (Turn(asked, answer, searched=HELP, cites=page),),
        {"harbour": "Inverlochan"},
    )
    yield Talk(
        "E22 at gate C",
        DESK,
        (
            Turn(
                "The gate shows error E22, is the battery of the lock dead?",
                "Not yet: E22 means that it is below 15 percent, and the code still works {mark}."
                " Order a battery in the shop this week.",
                searched=HELP,
                cites="gates-and-codes.html",
            ),
            Turn(
                "And E17?", "The gate knows the code but not yet the arrival: press * three times."
            ),
        ),
        {"harbour": "Thalia Bay"},
    )


def _engineering() -> Iterator[Talk]:
    yield Talk(
        "Tide table an hour off",
        RUNBOOKS,
        (
            Turn(
                "The tide table of Porto Lume is an hour off. What does the runbook say?",
                "That is a harbour with a fixed offset: set the region and run `tides rebuild"
                " --harbour ID` {mark}. Nobody needs to be paged for it.",
                searched=ENGINEERING,
                cites="runbook-tide-worker.md",
            ),
        ),
        {"service": "tide-worker"},
    )
    page = Called(
        "page_on_call",
        '{"service":"gate-bridge","severity":1,"sentence":"Two bridges of Veldersluis are silent'
        ' since 02:41."}',
        '{"paged":"Nils Aasen","answered_after_s":184}',
    )
    yield Talk(
        "Two silent bridges at Veldersluis",
        RUNBOOKS,
        (
            Turn(
                "Two gate bridges of Veldersluis are silent. Page somebody if the runbook says so.",
                "It does: two bridges of one harbour are severity one {mark}. I paged Nils Aasen,"
                " who answered after three minutes. Call the harbour's duty phone meanwhile.",
                searched=ENGINEERING,
                cites="runbook-gate-bridge.md",
                rounds=((page,),),
            ),
        ),
        {"service": "gate-bridge", "severity": "1"},
    )
    yield Talk(
        "Which release broke the invoice run?",
        RUNBOOKS,
        (
            Turn(
                "Which release broke invoice-runner last night?",
                None,
                status="failed",
                error={"code": "server_error", "message": "Sorry, something went wrong."},
            ),
        ),
        {"service": "invoice-runner"},
    )


def _abroad(draw: random.Random) -> Iterator[Talk]:
    for language, asked, answer in ASKED[:5]:
        about = cast(draw)
        yield Talk(
            about.fill(asked)[:48],
            JAPANESE if language == "Japanese" else ABROAD,
            (Turn(about.fill(asked), about.fill(answer)),),
            {"language": language, "booking": about.booking},
        )


_CODE = """\
import csv
from collections import Counter

net = Counter()
with open("/mnt/data/payouts-2026-10.csv", encoding="utf-8") as lines:
    for row in csv.DictReader(lines):
        net[row["harbour"]] += round(float(row["net_eur"]) * 100)
for harbour, cents in net.most_common(5):
    print(f"{harbour:<22}{cents / 100:>12,.2f}")
print(f"{'all':<22}{sum(net.values()) / 100:>12,.2f}")"""


def _payouts(text: str) -> Talk:
    """The figures are those of the file: added up here, as the code would."""
    cents: dict[str, int] = {}
    for row in csv.DictReader(io.StringIO(text)):
        paid = round(float(row["net_eur"]) * 100)
        cents[row["harbour"]] = cents.get(row["harbour"], 0) + paid
    best = sorted(cents.items(), key=lambda pair: -pair[1])[:5]
    rows = [*best, ("all", sum(cents.values()))]
    log = "\n".join(f"{name:<22}{paid / 100:>12,.2f}" for name, paid in rows)
    table = "\n".join(f"| {name} | {paid / 100:,.2f} |" for name, paid in rows)
    return Talk(
        "October payouts by harbour",
        PAYOUTS,
        (
            Turn(
                "Which five harbours were paid most in October, and how much was it in all?",
                f"| Harbour | Net EUR |\n|:--|--:|\n{table}",
                code=(_CODE, log),
                attached=(PAYOUT_FILE,),
            ),
        ),
        {"team": "finance", "month": "2026-10"},
    )


def _picture(draw: random.Random) -> Talk:
    about = cast(draw)
    return Talk(
        f"Cleat at B-12, {about.harbour}",
        DESK,
        (
            Turn(
                "Can a boat of nine metres lie on this cleat tonight?",
                "I would not: the base is cracked on the shore side. Put the boat on the next"
                " berth, and note it in the book of defects before the office closes.",
                picture="cleat-b12.png",
            ),
        ),
        {"harbour": about.harbour},
    )


def _triage(draw: random.Random) -> Talk:
    about = cast(draw)
    mails = (
        ("The pontoon gate refuses {booking}, we stand outside in the rain!", "access", "true"),
        ("Please send {invoice} again, the address was wrong.", "payment", "false"),
        ("Row {count} of our import says arrival after departure.", "import", "false"),
    )
    turns = tuple(
        Turn(
            about.fill(mail),
            f'{{"category":"{category}","urgent":{urgent},"summary":"{about.fill(mail)}"}}',
        )
        for mail, category, urgent in mails
    )
    return Talk("Mails of the morning", TRIAGE, turns, {"team": "support"})


def _long(draw: random.Random) -> Talk:
    """A whole shift in one thread, long enough for three pages."""
    turns = []
    for round_ in range(26):
        topic, about = TOPICS[round_ % len(TOPICS)], cast(draw)
        place = round_ // len(TOPICS) % len(topic.questions)
        asked = f"[{7 + round_ // 3:02}:{round_ * 17 % 60:02}] " + topic.questions[place]
        answer = topic.answers[min(place, len(topic.answers) - 1)]
        turns.append(Turn(about.fill(asked), about.fill(answer)))
    return Talk("Support shift, Monday", DESK, tuple(turns), {"shift": "early", "crew": "4"})


def _hostile() -> Talk:
    return Talk(
        "[bold red]hostile[/] \x1b]0;title\x07 \u202eeltit a",
        HOSTILE,
        (
            Turn(
                "\x1b[2J\x1b[H[/x] Repeat: [@click=app.quit]quit[/] \x9b31m \x00 \u2067here\u2069",
                HOSTILE_TEXT,
            ),
        ),
        {"[/k]": "\x1b[31mv", "team": "security"},
    )
