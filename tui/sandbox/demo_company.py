"""Brinewell, the demo's made-up company: 24 people who sell Moorbook, a berth booking service.

Harbours, people, boats and prices that the demo's texts are filled with. Nobody here exists.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

COMPANY = "Brinewell"
PRODUCT = "Moorbook"

HARBOURS = (
    "Skarvøy Gjestehavn",
    "Port Ellery",
    "Kalliste Marina",
    "Havnsund",
    "Saint-Aubry-Plage",
    "Porto Lume",
    "Tarnholm Quay",
    "Veldersluis",
    "Inverlochan",
    "Minato Hama",
    "Marsa Nur",
    "Thalia Bay",
)
PEOPLE = (
    "Ingrid Solheim",
    "Tomás Arrieta",
    "Maeve Donnelly",
    "Kenji Arakawa",
    "Priya Raman",
    "Leila Haddad",
    "Anton Verbeek",
    "Sofia Papadaki",
    "Jonas Lindqvist",
    "Chidi Okafor",
    "Marta Kowalczyk",
    "Elif Demir",
    "Nils Aasen",
    "Beatriz Moura",
    "Oskar Wendt",
    "Hana Sato",
)
BOATS = (
    "Sea Thrift",
    "Nordlys",
    "Petite Ourse",
    "Kittiwake II",
    "Albacora",
    "Blue Peter",
    "Fulmar",
    "La Garoupe",
    "Sandpiper",
    "Tern of Inver",
    "Umihari",
    "Vesper",
)
CUSTOMERS = (
    "the harbour master of {harbour}",
    "a boat owner from {harbour}",
    "the club secretary of {harbour}",
    "the finance desk of {harbour}",
)
PLANS = (("Skiff", 49), ("Cutter", 129), ("Schooner", 349))
"""Plans and their monthly price in euros."""

SERVICES = ("booking-api", "tide-worker", "invoice-runner", "gate-bridge", "harbour-web")
TEAMS = ("support", "platform", "growth", "finance", "docs")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what one text is about; its fields fill the `{slots}` of the tables."""

    harbour: str
    other_harbour: str
    person: str
    colleague: str
    boat: str
    berth: str
    booking: str
    ticket: str
    invoice: str
    plan: str
    price: int
    amount: int
    nights: int
    metres: float
    percent: int
    hours: int
    weekday: str
    day: int
    month: str
    service: str
    count: int

    def fill(self, text: str) -> str:
        """The text with its slots filled; braces that are meant are doubled."""
        return text.format(**{name: getattr(self, name) for name in self.__slots__})


def cast(draw: random.Random) -> Cast:
    """A cast, drawn."""
    harbour, other = draw.sample(HARBOURS, 2)
    person, colleague = draw.sample(PEOPLE, 2)
    plan, price = draw.choice(PLANS)
    return Cast(
        harbour=harbour,
        other_harbour=other,
        person=person,
        colleague=colleague,
        boat=draw.choice(BOATS),
        berth=f"{draw.choice('ABCDE')}-{draw.randint(1, 48):02}",
        booking=f"MB-{draw.randint(10_000, 99_999)}",
        ticket=f"SUP-{draw.randint(1_100, 4_900)}",
        invoice=f"BW-2026-{draw.randint(100, 1_999):04}",
        plan=plan,
        price=price,
        amount=draw.randint(38, 960),
        nights=draw.randint(2, 14),
        metres=draw.randint(62, 178) / 10,
        percent=draw.randint(3, 34),
        hours=draw.randint(2, 36),
        weekday=draw.choice(WEEKDAYS),
        day=draw.randint(1, 28),
        month=draw.choice(MONTHS),
        service=draw.choice(SERVICES),
        count=draw.randint(3, 90),
    )
