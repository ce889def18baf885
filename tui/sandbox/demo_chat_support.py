"""Support conversations of the demo: what harbours and boat owners ask Brinewell."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tui.sandbox.demo_company import Cast, cast
from tui.sandbox.demo_scene import LARGE, SMALL, Scene, assistant, system, user

PROMPT = (
    "You answer for Brinewell support. Moorbook is our berth booking service. Be brief and"
    " concrete, quote the policy when there is one, and never promise a refund yourself."
)


@dataclass(frozen=True, slots=True)
class Topic:
    """A question in some wordings, its answer in parts, and what is asked next."""

    key: str
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    follow: tuple[tuple[str, str], ...] = ()


TOPICS = (
    Topic(
        "refund",
        (
            "I cancelled {booking} at {harbour} {hours} hours before arrival. Do I get my {amount}"
            " euros back?",
            "{boat} could not leave port because of the gale and we cancelled {booking}. What about"
            " the {amount} EUR we paid?",
            "A guest at {harbour} cancelled {booking} late and asks for everything back. What do"
            " our terms say?",
        ),
        (
            "For {booking} the free window closes 24 hours before arrival. Cancelled {hours} hours"
            " ahead, the first night is kept and the other nights are refunded to the same card.",
            "Bookings at {harbour} follow the standard terms: free until 24 hours before arrival,"
            " then one night is kept. A gale warning of force 8 or more for the sea area waives"
            " even that night, if the harbour confirms it.",
        ),
        (
            (
                "How long does the bank need?",
                "We send the refund within one working day. Most cards show it after 3 to 5 working"
                " days, some banks in Portugal and Greece need up to 10.",
            ),
            (
                "And who confirms the gale warning?",
                "The harbour master does, in the booking under *Weather waiver*. {person} can do it"
                " from the office app; it takes one tap and is written to the booking's log.",
            ),
        ),
    ),
    Topic(
        "gate-code",
        (
            "Our gate code for {harbour} does not work. Berth {berth}, booking {booking}.",
            "The pontoon gate says E17 when {boat} types the code. What is that?",
        ),
        (
            "E17 means that the gate has the code but not yet the arrival. Codes open from 12:00 on"
            " the day of arrival; before that only the office can open. If it is later than that,"
            " press * three times to make the gate fetch its list again.",
            "The code of {booking} is valid from 12:00 on {weekday}. Please try once more with #"
            " at the end; without it the pad waits ten seconds and reports an error.",
        ),
        (
            (
                "It is 14:30 and it still refuses.",
                "Then the bridge at {harbour} is offline: its last contact was {hours} hours ago. I"
                " have told the harbour's duty phone, and the spare code on the back of the berth"
                " card {berth} works without the network.",
            ),
        ),
    ),
    Topic(
        "invoice",
        (
            "Invoice {invoice} shows {amount} EUR but we are on {plan} at {price} a month. Why?",
            "Can you send {invoice} again with our VAT number on it?",
            "Finance at {harbour} wants one invoice per quarter instead of monthly ones.",
        ),
        (
            "Invoice {invoice} holds the {plan} plan ({price} EUR) and {count} paid card"
            " transactions of {month}. The list is on page two, one line per booking.",
            "I can reissue {invoice} with the VAT number, as long as the month is not closed. Books"
            " close on the fifth working day; after that we add a correction note instead.",
            "Quarterly invoices are possible on Cutter and Schooner. The change takes effect with"
            " the next quarter, and the monthly prices stay the same.",
        ),
        (
            (
                "Who may change the address on it?",
                "Anybody with the *billing* role. At {harbour} these are {person} and"
                " {colleague}; they find it under Settings, Billing, Recipient.",
            ),
        ),
    ),
    Topic(
        "longer-boat",
        (
            "{boat} is {metres:.1f} m, but the form says that berth {berth} takes less. Can I"
            " still book?",
            "Why does {harbour} refuse a boat of {metres:.1f} metres when there is a free berth?",
        ),
        (
            "A berth's length counts with bowsprit and davits, and {harbour} keeps half a metre as"
            " a margin. For {metres:.1f} m you need a berth of at least that plus 0.5 m; the filter"
            " *fits my boat* shows only those.",
            "Berth {berth} is shorter than your {metres:.1f} m plus the harbour's margin. There are"
            " {count} longer berths at {harbour} in {month}; the nearest free one is on the same"
            " pontoon.",
        ),
        (
            (
                "The harbour master told me on the phone that it is fine.",
                "Then the harbour can book it for you: the office app lets {person} override the"
                " length, and asks for a reason that the insurer can see later.",
            ),
        ),
    ),
    Topic(
        "import",
        (
            "We move from a spreadsheet. How do we import {count} berths and last year's bookings?",
            "The import stopped at row {count}: 'arrival after departure'. What now?",
        ),
        (
            "Export the sheet as CSV with the columns *berth, length, beam, depth, price*. Under"
            " Settings, Import, upload it and look at the plan first: nothing is written until you"
            " confirm. Bookings come second, since they refer to berths.",
            "Row {count} has its dates the wrong way round, or the day and the month are swapped."
            " Choose the date format above the preview, then *check again*; rows that were read"
            " before are kept.",
        ),
        (
            (
                "Can I undo an import?",
                "Yes, for 72 hours. Settings, Import, History, *take back* removes exactly the rows"
                " of that import, and refuses if one of them has been booked since.",
            ),
        ),
    ),
    Topic(
        "payment",
        (
            "Card payments at {harbour} fail since {weekday} with 'do_not_honor'.",
            "Can guests pay in cash and still be in the system?",
        ),
        (
            "*do_not_honor* comes from the guest's bank, not from us. {percent} % of the attempts"
            " at {harbour} ended so since {weekday}, which is about the usual share; the guest"
            " can pay by another card or by the link in the mail.",
            "Yes. Mark the booking as *paid at the office*; it appears in the day's cash report and"
            " not in the card payout. The receipt number is counted on by itself.",
        ),
    ),
    Topic(
        "season",
        (
            "How do I set winter prices from {month} for all berths on one pontoon?",
            "{harbour} wants to close pontoon B from the {day}th of {month}. What happens to"
            " bookings there?",
        ),
        (
            "Open Prices, New season, choose the dates and the pontoon, and enter a price per metre"
            " or per night. Overlapping seasons are allowed: the later one wins, and the calendar"
            " shows which that is.",
            "Closing a pontoon does not touch bookings. {count} of them reach into the closed time;"
            " the app lists them and offers to move each to a berth of the same size, with a"
            " message to the guest that you can edit.",
        ),
    ),
    Topic(
        "account",
        (
            "{person} has left us. How do I move their bookings and close the account?",
            "I cannot log in, the code from the authenticator is refused.",
        ),
        (
            "Under People, choose *hand over*: bookings, notes and open tasks go to {colleague},"
            " the account is closed at once and its sessions end. The name stays in old logs, as"
            " the law on accounting demands.",
            "Codes depend on the phone's clock. Set it to automatic time and try again; if it still"
            " fails, any colleague with the *people* role can give you a code that works once.",
        ),
        (
            (
                "Does that person still get mails?",
                "No. Mails stop with the account. Guests who answer an old mail reach the shared"
                " inbox of {harbour}.",
            ),
        ),
    ),
    Topic(
        "tide",
        (
            "Does Moorbook warn guests whose draught is too much for low water at {harbour}?",
            "The tide table at {harbour} is an hour off since Sunday.",
        ),
        (
            "Yes, if the berth's depth at chart datum is entered. We compare it with the draught of"
            " {boat} and the lowest water of the stay, and warn both the guest and the office when"
            " less than 30 cm are left.",
            "The harbour's time zone was set to a fixed offset, so summer time passed it by. I have"
            " set it to the region; tables made before are corrected within the hour.",
        ),
    ),
    Topic(
        "api",
        (
            "Our website calls your API and gets 429 every morning. What is the limit on {plan}?",
            "Which webhook tells us that a guest has arrived?",
        ),
        (
            "{plan} allows 60 calls a minute. Your site asks for every berth one by one at 6:00;"
            " `GET /v2/berths?include=availability` gives all {count} in one call.",
            "`booking.arrived`. It is sent when the gate opens for the first time or when the"
            " office marks the arrival, whichever is first, and repeated up to five times until"
            " you answer with 2xx.",
        ),
        (
            (
                "Is the order of the webhooks guaranteed?",
                "No. Use `occurred_at`, and ignore an event that is older than what you have.",
            ),
        ),
    ),
)

_CLOSINGS = (
    "",
    "",
    "\n\nIs there anything else about {ticket}?",
    "\n\nI have noted this in {ticket}.",
    "\n\n{person} from support can take over if you prefer to talk.",
)


def support(draw: random.Random) -> Scene:
    """A question to support, sometimes with a second and a third."""
    topic = draw.choice(TOPICS)
    about = cast(draw)
    index = draw.randrange(len(topic.questions))
    answer = topic.answers[min(index, len(topic.answers) - 1)]
    messages = [system(PROMPT), user(about.fill(topic.questions[index]))]
    content = about.fill(answer)
    for question, next_answer in topic.follow:
        if draw.random() < 0.45:
            messages += [assistant(content), user(about.fill(question))]
            content = about.fill(next_answer)
    return Scene(
        team="support",
        feature=topic.key,
        messages=messages,
        content=content + about.fill(draw.choice(_CLOSINGS)),
        models=SMALL if draw.random() < 0.7 else LARGE,
        settings={"temperature": 0.3, "max_completion_tokens": 600},
        metadata={"ticket": about.ticket, "harbour": about.harbour},
    )


SUMMARIES = (
    "Summarise this ticket for the handover in three bullet points.",
    "Write the status line for the board and the next step.",
)


def handover(draw: random.Random) -> Scene:
    """A ticket summarised for the next shift."""
    about = cast(draw)
    topic = draw.choice(TOPICS)
    thread = "\n".join(
        (
            f"[{about.weekday} 09:12] {about.person}: " + about.fill(topic.questions[0]),
            f"[{about.weekday} 09:40] support: " + about.fill(topic.answers[0]),
            f"[{about.weekday} 11:05] {about.person}: Thanks. Nothing has changed on our side yet.",
        )
    )
    return Scene(
        team="support",
        feature="handover",
        messages=[
            system("You write handovers. No greeting, no adjectives."),
            user(f"{draw.choice(SUMMARIES)}\n\n{thread}"),
        ],
        content=_handover_text(about, topic.key),
        settings={"temperature": 0.2},
        metadata={"ticket": about.ticket},
    )


def _handover_text(about: Cast, key: str) -> str:
    return about.fill(
        "- **Who:** {person}, {harbour}, booking {booking}\n"
        f"- **What:** {key.replace('-', ' ')}; first answer sent, not yet confirmed as solved\n"
        "- **Next:** call back on {weekday} before noon; if nothing changed, pass {ticket} to"
        " {colleague}"
    )
