"""The demo's company handbook: Brinewell's policies, as Markdown files."""

from __future__ import annotations

from tui.sandbox.demo_document import HANDBOOK, Document, markdown

_PAGES: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "leave-policy.md",
        "Leave",
        "people",
        (
            (
                "Annual leave",
                "Everybody has 28 days a year beside public holidays. Days are asked for in the"
                " calendar, a week ahead for one or two days and a month ahead for more. Up to"
                " eight days move into the next year and end on the last day of April. Nobody may"
                " be called back from leave; whoever is on call swaps the shift before.",
            ),
            (
                "Parental leave",
                "Parents take twenty-six weeks at full pay, in one piece or in up to four, within"
                " two years of the birth or adoption. Tell your lead in writing twelve weeks before"
                " the first day if you can. Your laptop stays yours, your inbox does not follow"
                " you.",
            ),
            (
                "Illness",
                "Write to the team before ten in the morning; a line is enough and the reason is"
                " yours. A doctor's note is asked for from the fourth day. Care for a sick child"
                " counts the same, up to fifteen days a year for each child.",
            ),
            (
                "Sailing week",
                "Each July the office closes for one week. Support and on-call keep a crew of four"
                " who take the week later and get one day more for it.",
            ),
        ),
    ),
    (
        "expenses-and-travel.md",
        "Expenses and travel",
        "finance",
        (
            (
                "What is paid",
                "Trains in second class, ferries with a cabin at night, hotels up to 140 euros a"
                " night, 165 in capitals. Flights need a reason that a train of less than seven"
                " hours does not answer. Meals are paid by receipt up to 45 euros a day.",
            ),
            (
                "How it is paid",
                "Photograph the receipt on the same day in the expenses app and name the harbour or"
                " the ticket. Approved before Wednesday, the money is with you on Friday. Receipts"
                " older than sixty days need the finance lead's signature.",
            ),
            (
                "Company card",
                "Leads and the field team carry a card with a limit of 1,500 euros a month. A lost"
                " card is locked in the app first and reported second. Cash is for gates, showers"
                " and parking only.",
            ),
        ),
    ),
    (
        "security-basics.md",
        "Security basics",
        "security",
        (
            (
                "Passwords and keys",
                "Use the password manager for everything and a hardware key for mail, code and the"
                " cloud. API keys live in the vault, never in chat, tickets or source. A key that"
                " was seen by anybody else is rotated within the hour, without asking whose fault"
                " it was.",
            ),
            (
                "Devices",
                "Disks are encrypted, screens lock after five minutes, updates are installed within"
                " a week. On a ferry or a train the privacy filter stays on. Lost devices are"
                " reported on the duty phone at any time of day; we wipe first and search later.",
            ),
            (
                "Phishing",
                "Harbours send us invoices with odd names, so attackers do as well. Open"
                " attachments in the viewer, never in the office suite, and forward what smells to"
                " the security box. There is no blame for a false alarm.",
            ),
        ),
    ),
    (
        "on-call-guide.md",
        "On call",
        "platform",
        (
            (
                "The shift",
                "One engineer is on call from Monday 10:00 to Monday 10:00, a second is the backup."
                " An alert is answered within fifteen minutes. Each week of duty gives 350 euros,"
                " each night call half a day off that must be taken within the month.",
            ),
            (
                "The first ten minutes",
                "Acknowledge, open the incident channel, write one sentence about what guests"
                " notice. Look at the last deployment and roll it back if the times match: a"
                " rollback needs nobody's approval. Only then look for the cause.",
            ),
            (
                "Gates",
                "A gate that stays shut at night is always severity one, since somebody stands in"
                " front of it. Call the harbour's duty phone while you work; they can open by hand."
                " The spare codes on the berth cards work without the network.",
            ),
            (
                "Afterwards",
                "The review is written within three working days, without names, with the time"
                " line, what helped, what was luck, and at most three actions that have an owner.",
            ),
        ),
    ),
    (
        "refund-policy.md",
        "Refunds",
        "support",
        (
            (
                "Standard terms",
                "A booking may be cancelled without cost until 24 hours before arrival. Later, the"
                " first night is kept and the other nights are paid back. Whoever does not arrive"
                " by noon of the second day loses the booking and pays two nights.",
            ),
            (
                "Weather waiver",
                "With a gale warning of force 8 or more for the sea area on the day of arrival the"
                " harbour may waive all cost. It confirms this in the booking, and the waiver is"
                " logged with the warning's number. Support never grants it on the harbour's"
                " behalf.",
            ),
            (
                "Paying back",
                "Refunds go to the card or account that paid, within one working day from us and"
                " three to five more at the bank. Cash is refunded at the office only. A refund"
                " above 500 euros needs a second person.",
            ),
            (
                "Mistakes of ours",
                "If a gate, a double booking or a wrong price was our fault, we pay everything back"
                " and add ten percent as a credit. The ticket says so in its first line.",
            ),
        ),
    ),
    (
        "data-protection.md",
        "Personal data",
        "legal",
        (
            (
                "What we keep",
                "Name, boat, length, draught, contact and the dates of stay. Papers of the boat are"
                " seen by the harbour and deleted thirty days after departure. Card numbers never"
                " reach us; the payment house keeps them.",
            ),
            (
                "How long",
                "Bookings stay for ten years where the tax law of the harbour's country asks for"
                " it, without the contact after two. Gate logs are deleted after ninety days,"
                " camera pictures after three.",
            ),
            (
                "Requests",
                "A guest may ask what we hold and have it corrected or deleted. The request is"
                " answered within thirty days by the privacy officer; support passes it on and does"
                " not answer itself.",
            ),
        ),
    ),
    (
        "writing-to-guests.md",
        "Writing to guests",
        "support",
        (
            (
                "Tone",
                "Short, friendly, no jargon. Say what happens next before you say why. A person who"
                " stands at a gate in the rain wants one sentence and a phone number.",
            ),
            (
                "Language",
                "Answer in the language in which you were written to. If you cannot, use the"
                " translator and say so in the last line. Dates are written out: 04.05. is read as"
                " April by some and as May by others.",
            ),
            (
                "Never",
                "Never promise a refund, never give a gate code on the phone, never guess the depth"
                " of a berth. Never write that something is easy.",
            ),
        ),
    ),
    (
        "hiring.md",
        "Hiring",
        "people",
        (
            (
                "Steps",
                "A call of thirty minutes, a paid exercise of at most three hours, a day with the"
                " team. Everybody whom the candidate met writes down a yes or a no before they"
                " talk to each other. The answer comes within five working days, also when it is"
                " no.",
            ),
            (
                "Pay",
                "Levels and bands are public inside the company and named in the advertisement."
                " Nobody is asked what they earned before.",
            ),
            (
                "First weeks",
                "In the first week a newcomer answers support with a neighbour, in the second they"
                " visit a harbour, in the third they ship something small.",
            ),
        ),
    ),
    (
        "remote-work.md",
        "Working from elsewhere",
        "people",
        (
            (
                "Where",
                "From home, from the office by the old fish market, or from any country of the"
                " European Economic Area for up to eight weeks a year. Other countries need an"
                " answer from finance first, for tax and insurance.",
            ),
            (
                "When",
                "We share the hours from 10:00 to 15:00 Central European Time. Outside them nobody"
                " expects an answer. Meetings have an agenda or they are cancelled.",
            ),
            (
                "Equipment",
                "A laptop, a screen, a chair and 400 euros for the desk, renewed every four years."
                " From a boat you may work as well; the harbour's network is not a secure one.",
            ),
        ),
    ),
    (
        "purchasing.md",
        "Purchasing",
        "finance",
        (
            (
                "Limits",
                "Up to 200 euros everybody decides alone, up to 2,000 the lead, beyond that finance"
                " with two offers. Subscriptions count with the price of a whole year.",
            ),
            (
                "Suppliers",
                "We prefer suppliers near the harbours. Invoices go to the finance box as PDF, one"
                " per mail, and name the order. Payment is within fourteen days, and on the day for"
                " firms of less than ten people.",
            ),
        ),
    ),
    (
        "incident-communication.md",
        "Telling harbours about incidents",
        "support",
        (
            (
                "First message",
                "Within thirty minutes, to every harbour concerned: what does not work, since when,"
                " what they can do by hand, when we write again. No cause before it is known.",
            ),
            (
                "Rhythm",
                "Every hour until it is solved, also when there is nothing new. The status page and"
                " the mail say the same words.",
            ),
            (
                "Last message",
                "What happened, how many bookings it touched, what we change. A credit is announced"
                " here and appears on the next invoice without being asked for.",
            ),
        ),
    ),
    (
        "accessibility.md",
        "Accessibility",
        "product",
        (
            (
                "Rule",
                "Whoever holds a tiller in one hand must be able to book with the other. All"
                " screens work by keyboard and by screen reader, with text at 200 percent, and in"
                " sunlight.",
            ),
            (
                "Checks",
                "Each release is tried with two screen readers and once on a phone with polarised"
                " glasses. Colour never says something alone; a free berth has a shape, too.",
            ),
        ),
    ),
    (
        "environment.md",
        "Environment",
        "people",
        (
            (
                "On the water",
                "Our two boats use shore power, no antifouling paint with copper, and the pump-out"
                " station. Oil goes to the yard in the sealed can, never in the bin on the pier.",
            ),
            (
                "On land",
                "Servers run where power is from wind or water. Old phones go to the harbours as"
                " gate pads. Swag is not made.",
            ),
        ),
    ),
    (
        "code-of-conduct.md",
        "Conduct",
        "people",
        (
            (
                "Expectations",
                "Be kind, be early, be clear. Disagree in the open and decide in writing. Help"
                " asked for in public is help for the next person as well.",
            ),
            (
                "Trouble",
                "Harassment in any form ends in consequences up to dismissal. Speak to either of"
                " the two persons of trust; they tell nobody without your word. Reports about leads"
                " go to the board.",
            ),
        ),
    ),
    (
        "brand-and-names.md",
        "Names and spelling",
        "product",
        (
            (
                "Names",
                "Brinewell is the company, Moorbook the service, never MoorBook. Plans are Skiff,"
                " Cutter and Schooner. A berth is a place for a boat, a mooring is a buoy.",
            ),
            (
                "Units",
                "Metres with one decimal, knots for wind at sea and beaufort for guests, euros"
                " with the sign after the number and a space between.",
            ),
        ),
    ),
    (
        "backup-and-recovery.md",
        "Backup and recovery",
        "platform",
        (
            (
                "What is saved",
                "Databases every fifteen minutes to a second country, files nightly, gate lists on"
                " each gate. Backups are encrypted with a key that two people hold in halves.",
            ),
            (
                "What is tried",
                "On the first Tuesday of each quarter we restore everything into an empty account"
                " and book a berth in it. The last time it took 3 hours and 40 minutes; the aim is"
                " four hours, and at most fifteen minutes of lost bookings.",
            ),
        ),
    ),
)


def handbook() -> list[Document]:
    """The policies, one file each."""
    return [
        Document(
            filename,
            markdown(title, sections, intro=f"*Brinewell handbook, kept by {owner}.*"),
            store=HANDBOOK,
            attributes={"kind": "policy", "owner": owner, "year": 2026, "reviewed": index % 4 != 0},
        )
        for index, (filename, title, owner, sections) in enumerate(_PAGES)
    ]
