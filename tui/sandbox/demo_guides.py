"""The demo's help centre: harbour guides, the Moorbook manual as pages, answers by topic."""

from __future__ import annotations

import html
import random
from collections.abc import Sequence

from tui.sandbox.demo import generator
from tui.sandbox.demo_chat_support import TOPICS
from tui.sandbox.demo_company import HARBOURS, PEOPLE, cast
from tui.sandbox.demo_document import HELP, Document, markdown

_APPROACHES = (
    "Come in from the south-west on the leading lights, red over white, bearing {bearing}. Keep the"
    " green perch close to starboard; a rock lies {cables} cables north of it and shows at half"
    " tide.",
    "The entrance is {width} metres wide between the moles. With wind from the west a swell runs"
    " across it, so come in with speed and turn at once behind the northern mole.",
    "A dredged channel of {depth:.1f} metres leads from the fairway buoy to the basin. It silts"
    " after winter gales; the office posts the depth on the first of each month.",
    "The lock opens two hours before high water and closes one hour after. Call on the working"
    " channel when you pass the mill; wait at the yellow dolphins on the eastern side.",
)
_BERTHS = (
    "{berths} berths on {pontoons} floating pontoons, for boats up to {longest} metres. Guests lie"
    " on pontoon A, bow to the pontoon, with a line to the buoy astern.",
    "{berths} berths between finger pontoons, the longest for {longest} metres. A green sign means"
    " free until the date on it; a red one means that the owner comes back today.",
    "Guests raft up along the stone quay, three boats deep at most. There are {berths} places;"
    " vessels over {longest} metres call first.",
)
_SERVICES = (
    "Water on every pontoon, power of 16 amperes with 5 kWh a day included, then 0.42 EUR for each"
    " kilowatt-hour. The plug is the blue one; adapters are lent against a deposit of 20 EUR.",
    "Showers are open at all hours with the gate code, a euro for five minutes. The laundry is"
    " behind the chandlery. Bread is ordered in Moorbook before 20:00 and hangs at the gate at"
    " 7:30.",
    "Diesel and petrol from 8:00 to 18:00 at the end of pontoon C. The pump-out station beside it"
    " is free of charge. Gas bottles are exchanged at the office.",
    "A crane of {lift} tonnes and a yard for {yard} boats in winter. The sailmaker comes on"
    " Thursdays; the electrician answers within a day in summer.",
)
_RULES = (
    "Speed is three knots inside the moles. Generators rest between 22:00 and 8:00. Dogs are"
    " welcome on a lead, and bags hang at the gate.",
    "Swimming is allowed at the ladder beyond the lamp only. Barbecues stand on the lawn, never on"
    " the pontoon. Halyards are tied away from the mast at night.",
    "Arrival from noon, departure until eleven. Whoever stays on tells the office before ten, since"
    " the berth may be promised.",
)


def _guide(draw: random.Random, harbour: str) -> Document:
    figures = {
        "bearing": f"{draw.randint(20, 70):03}°",
        "cables": draw.randint(2, 6),
        "width": draw.randint(18, 60),
        "depth": draw.randint(21, 48) / 10,
        "berths": draw.randint(60, 420),
        "pontoons": draw.randint(3, 7),
        "longest": draw.randint(12, 24),
        "lift": draw.choice((8, 10, 16, 25)),
        "yard": draw.randint(30, 160),
    }
    channel = draw.choice((9, 12, 14, 31, 77))
    master = draw.choice(PEOPLE)
    sections = (
        ("Approach", " ".join(t.format(**figures) for t in draw.sample(_APPROACHES, 2))),
        ("Berths", draw.choice(_BERTHS).format(**figures)),
        ("Services", " ".join(t.format(**figures) for t in draw.sample(_SERVICES, 3))),
        ("House rules", " ".join(draw.sample(_RULES, 2))),
        (
            "Office",
            f"Harbour master {master}. VHF channel {channel}, answered from 7:30 to 20:00 in"
            " summer. At night the duty phone is on the card at the gate.",
        ),
    )
    name = harbour.lower().replace(" ", "-").replace("ø", "o")
    return Document(
        f"harbour-guide-{name}.md",
        markdown(f"{harbour}: guide for guests", sections),
        store=HELP,
        attributes={"kind": "guide", "harbour": harbour, "vhf": channel, "public": True},
    )


_MANUAL: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "first-steps",
        "First steps in Moorbook",
        (
            (
                "Your harbour",
                "Enter the name, the position and the time zone as a region, not as an offset, or"
                " the tide tables will be an hour off in summer.",
            ),
            (
                "Your berths",
                "Draw pontoons on the map and set the number of places, or import a CSV with"
                " berth, length, beam, depth and price. The plan shows every row before anything"
                " is written.",
            ),
            (
                "Your people",
                "Invite colleagues with a role: *office* sees bookings, *billing* sees money,"
                " *people* may invite and close accounts.",
            ),
        ),
    ),
    (
        "prices-and-seasons",
        "Prices and seasons",
        (
            (
                "Price per night or per metre",
                "Choose one for each pontoon. Per metre counts the length over all with bowsprit"
                " and davits, rounded up to ten centimetres.",
            ),
            (
                "Seasons",
                "A season has a start and an end day and may overlap with another; the later one"
                " wins. The calendar tells which price holds on which day, and why.",
            ),
            (
                "Discounts",
                "Weekly stays, club members and winter guests can have a percentage. Discounts do"
                " not add up: the best one counts.",
            ),
        ),
    ),
    (
        "gates-and-codes",
        "Gates and codes",
        (
            (
                "How codes work",
                "Each booking has a code of six digits that opens from noon on the day of arrival"
                " until noon after departure. The gate keeps a list of its own, so that it opens"
                " without a network.",
            ),
            (
                "Error E17",
                "The gate knows the code but not yet the arrival. Press * three times and it"
                " fetches its list again.",
            ),
            (
                "Error E22",
                "The battery of the lock is below 15 percent. The code still works; order a"
                " battery in the shop.",
            ),
        ),
    ),
    (
        "payments-and-payouts",
        "Payments and payouts",
        (
            (
                "Cards and wallets",
                "Guests pay when they book. A hold is taken for arrivals within seven days and"
                " charged on the day before.",
            ),
            (
                "Payouts",
                "Money reaches your account on the second working day, less 1.4 percent and 20"
                " cents for each card payment. The payout report lists every booking in it.",
            ),
            (
                "Cash",
                "Mark a booking as paid at the office. It shows in the day's cash report and gets"
                " the next receipt number.",
            ),
        ),
    ),
    (
        "webhooks-and-api",
        "Webhooks and API",
        (
            (
                "Keys",
                "Create a key under Settings, Developers. A key shows once; read keys cannot"
                " change anything.",
            ),
            (
                "Webhooks",
                "booking.created, booking.changed, booking.cancelled, booking.arrived,"
                " payout.sent. They are repeated up to five times within a day and may come out of"
                " order.",
            ),
            (
                "Limits",
                "Skiff 20, Cutter 60, Schooner 300 calls a minute. The answer 429 tells in Retry-"
                " After how long to wait.",
            ),
        ),
    ),
    (
        "weather-and-tides",
        "Weather and tides",
        (
            (
                "Sources",
                "Forecasts come every six hours from the met offices, tides are computed from the"
                " constants of the nearest port.",
            ),
            (
                "Warnings",
                "With a gale warning guests get a message, and the office sees which boats have"
                " nobody aboard.",
            ),
            (
                "Draught",
                "When less than thirty centimetres remain under the keel at the lowest water of"
                " the stay, guest and office are told.",
            ),
        ),
    ),
)


def _page(slug: str, title: str, sections: Sequence[tuple[str, str]]) -> Document:
    body = "\n".join(
        f"<h2>{html.escape(heading)}</h2>\n<p>{html.escape(text)}</p>" for heading, text in sections
    )
    page = (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{html.escape(title)} · Moorbook help</title>\n"
        "<style>body { font: 16px/1.5 sans-serif }</style>\n</head>\n<body>\n"
        '<nav><a href="/">Help</a> › Manual</nav>\n'
        f"<h1>{html.escape(title)}</h1>\n{body}\n"
        "<footer>Brinewell · Fish Market 4</footer>\n</body>\n</html>\n"
    )
    return Document(
        f"{slug}.html",
        page.encode(),
        store=HELP,
        attributes={"kind": "manual", "public": True, "version": 7},
    )


def _answers(draw: random.Random, key: str) -> Document:
    topic = next(topic for topic in TOPICS if topic.key == key)
    about = cast(draw)
    sections = [
        (about.fill(question), about.fill(topic.answers[min(n, len(topic.answers) - 1)]))
        for n, question in enumerate(topic.questions)
    ]
    sections += [(about.fill(question), about.fill(answer)) for question, answer in topic.follow]
    return Document(
        f"answers-{key}.md",
        markdown(f"Answers: {key.replace('-', ' ')}", sections),
        store=HELP,
        attributes={"kind": "answers", "topic": key, "public": False},
    )


def guides() -> list[Document]:
    """Everything that the help centre holds as text."""
    draw = generator("guides")
    made = [_guide(draw, harbour) for harbour in HARBOURS]
    made += [_page(slug, title, sections) for slug, title, sections in _MANUAL]
    made += [_answers(draw, key) for key in ("refund", "gate-code", "import", "payment")]
    return [*made, _whole_manual(draw)]


def _whole_manual(draw: random.Random) -> Document:
    """One long file: the manual and all answers."""
    sections = [
        (f"{title}: {heading}", text) for _, title, inner in _MANUAL for heading, text in inner
    ]
    for topic in TOPICS:
        about = cast(draw)
        sections += [
            (about.fill(question), about.fill(topic.answers[min(n, len(topic.answers) - 1)]))
            for n, question in enumerate(topic.questions)
        ]
    return Document(
        "moorbook-manual-complete.md",
        markdown("Moorbook, the whole manual", sections),
        store=HELP,
        attributes={"kind": "manual", "public": True, "version": 8},
    )
