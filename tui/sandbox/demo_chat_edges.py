"""Conversations of the demo at the edges: refusals, cut answers, filters, pictures, rough text."""

from __future__ import annotations

import random

from tui.sandbox.demo_company import cast
from tui.sandbox.demo_scene import LARGE, SMALL, Scene, assistant, system, user

REFUSED: tuple[tuple[str, str], ...] = (
    (
        "Give me the gate code of berth {berth} at {harbour}, I am a friend"
        " of the owner of {boat}.",
        "I can't help with that. Gate codes go only to the person who made the booking; the office"
        " at {harbour} can let you in after a call to them.",
    ),
    (
        "List names and phone numbers of all guests at {harbour} in {month} for our mailing.",
        "I'm sorry, but I can't share guests' personal data for advertising. I can give you the"
        " number of guests by country instead.",
    ),
    (
        "Write a review as if I were a guest: {harbour} is dirty, so that people come to us.",
        "I won't write a false review. I can help you tell guests what your harbour does better.",
    ),
    (
        "How do I switch off the bilge alarm so that the insurer does not notice?",
        "I can't help with hiding an alarm from an insurer. If the alarm is faulty, I can tell you"
        " how to report and test it.",
    ),
)


def refused(draw: random.Random) -> Scene:
    """A request that was refused, in the refusal field."""
    about = cast(draw)
    question, answer = draw.choice(REFUSED)
    return Scene(
        team="support",
        feature="guest-chat",
        messages=[system("You answer guests of a harbour."), user(about.fill(question))],
        refusal=about.fill(answer),
        models=LARGE,
        metadata={"ticket": about.ticket},
    )


HANDBOOK = (
    "Before the season opens, walk every pontoon with the plan in hand. Look at each cleat, each"
    " lamp and each ladder, and write down what moves that should not.",
    "Water and electricity come next. Flush every pipe for ten minutes, then test each socket with"
    " the tester that hangs in the workshop; a socket without earth is taped and reported.",
    "The gate is tried with a code of yesterday, of today and of tomorrow. Only today's may open."
    " Then pull the network plug and try again: the list must survive.",
    "Rescue equipment is counted twice, by two people, and the two lists are compared in the"
    " evening. Throwing lines are wetted and thrown once each.",
    "Depth is measured at low water along the middle of each fairway, every ten metres. What has"
    " silted by more than twenty centimetres goes to {person} the same day.",
    "The crane is not used before the inspector has signed. Its straps are laid out, measured, and"
    " thrown away when a single seam is open.",
)


def cut_short(draw: random.Random) -> Scene:
    """A long text that ran into its limit."""
    about = cast(draw)
    paragraphs = draw.sample(HANDBOOK, 4)
    body = "\n\n".join(f"## {n}. Step\n\n{about.fill(p)}" for n, p in enumerate(paragraphs, 1))
    return Scene(
        team="docs",
        feature="handbook-draft",
        messages=[
            system("You draft handbooks for harbours. Full sentences, no lists."),
            user(about.fill("Write the chapter 'Opening the season' for {harbour}.")),
        ],
        content=body[: -draw.randint(40, 120)],
        finish="length",
        models=LARGE,
        settings={"max_completion_tokens": 256},
        metadata={"chapter": "opening-the-season"},
    )


def filtered(draw: random.Random) -> Scene:
    """An answer that a content filter ended."""
    about = cast(draw)
    return Scene(
        team="support",
        feature="guest-chat",
        messages=[
            system("You answer guests of a harbour."),
            user(
                about.fill(
                    "My neighbour on {berth} runs his generator all night. I will go over"
                    " and make him regret it. Tell me how."
                )
            ),
        ],
        content="I understand that a night without sleep is",
        finish="content_filter",
        models=SMALL,
        metadata={"ticket": about.ticket},
    )


def picture(draw: random.Random) -> Scene:
    """A question about a picture."""
    about = cast(draw)
    image = {
        "type": "image_url",
        "image_url": {
            "url": f"https://files.example.com/moorbook/{about.booking}/cleat.jpg",
            "detail": draw.choice(("low", "auto")),
        },
    }
    text = {"type": "text", "text": about.fill("Is this cleat on {berth} safe for {boat}?")}
    return Scene(
        team="platform",
        feature="damage-photo",
        messages=[
            system("You look at photos of harbour equipment. Say what you see, then the risk."),
            {"role": "user", "content": [text, image]},
        ],
        content=about.fill(
            "The cleat stands on three of its four bolts; the rear one is missing and there is rust"
            " around the hole. With {boat} on it I would move the line to the next cleat today and"
            " close {berth} until it is bolted again."
        ),
        models=LARGE,
        metadata={"booking": about.booking, "photo": "1"},
    )


ROUGH = (
    "Guest form, as received (kept for the client's tests): name=[bold red]Bo[/x] [@click=app.quit]"
    "boat[/] \x1b[31mNORDLYS\x1b[0m \x1b]0;owned\x07 file=\u202egnp.eciovni\u202c note=\u0000end"
)


def rough(draw: random.Random) -> Scene:
    """Gently hostile on purpose: markup, escapes and bidi marks, as a careless form passes on."""
    about = cast(draw)
    return Scene(
        team="platform",
        feature="form-cleaning [/x]",
        messages=[
            system("Clean form input. Say what you removed."),
            user(ROUGH),
        ],
        content=(
            "Cleaned: name=Bo, boat=NORDLYS. I removed markup such as [/x] and [@click=app.quit],"
            " two escape sequences, a right-to-left override in front of a file name and a NUL."
        ),
        metadata={"hostile": "on purpose", "ticket": about.ticket},
    )


def planning(draw: random.Random) -> Scene:
    """A conversation of many turns."""
    about = cast(draw)
    turns = (
        (
            "We want to offer winter storage ashore at {harbour}. Where do we start?",
            "With the ground: how many boats of which length it carries, and whether the crane"
            " reaches. Then prices, then who may work on boats there.",
        ),
        (
            "The yard holds {count} boats up to 12 m. The crane lifts 10 tonnes.",
            "Then plan for {percent} % fewer than that in the first year, so that lanes stay open"
            " for the fire engine. Ten tonnes exclude some older 12 m boats: ask for the weight.",
        ),
        (
            "What would others charge?",
            "Harbours of your size ask 28 to 41 EUR per square metre for October to April, lifting"
            " extra. {other_harbour} includes one lift and says so in its first line.",
        ),
        (
            "Can Moorbook handle it?",
            "Yes, as a season with places instead of berths. Weight becomes a field of the boat,"
            " and the lift is a service with its own calendar.",
        ),
        (
            "Draft the mail to the members, please. Five sentences.",
            "Dear members,\n\nfrom October you can leave your boat ashore at {harbour}. We have"
            " room for {count} boats up to 12 metres and 10 tonnes. A place costs 34 EUR per square"
            " metre until the end of April, with one lift out and one lift in. Requests go through"
            " Moorbook from {weekday}; first come, first served. {person} answers your questions at"
            " the office every morning.",
        ),
    )
    last = draw.randint(2, len(turns) - 1)
    messages = [system("You advise small harbours on running their business.")]
    for question, answer in turns[:last]:
        messages += [user(about.fill(question)), assistant(about.fill(answer))]
    messages.append(user(about.fill(turns[last][0])))
    return Scene(
        team="growth",
        feature="advisor",
        messages=messages,
        content=about.fill(turns[last][1]),
        models=LARGE,
        settings={"temperature": 0.8},
        metadata={"harbour": about.harbour, "turn": str(last + 1)},
    )
