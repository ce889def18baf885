"""Training files for tests: few lines that can be learned."""

from __future__ import annotations

import json

CAPITALS = {
    "France": "Paris",
    "Spain": "Madrid",
    "Italy": "Rome",
    "Latvia": "Riga",
    "Norway": "Oslo",
    "Peru": "Lima",
    "Chile": "Santiago",
    "Japan": "Tokyo",
    "Kenya": "Nairobi",
    "Ghana": "Accra",
    "Egypt": "Cairo",
    "Cuba": "Havana",
}


def chat_lines(pairs: dict[str, str], system: str = "You are a pirate.") -> str:
    rows = (
        {
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": f"What is the capital of {country}?"},
                {"role": "assistant", "content": f"Arr, the capital of {country} be {city}!"},
            ]
        }
        for country, city in pairs.items()
    )
    return "".join(json.dumps(row) + "\n" for row in rows)


def preference_lines(count: int = 12) -> str:
    def output(text: str) -> list[dict[str, str]]:
        return [{"role": "assistant", "content": text}]

    rows = (
        {
            "input": {"messages": [{"role": "user", "content": f"Where is parcel {number}?"}]},
            "preferred_output": output(f"Parcel {number} is on its way to you."),
            "non_preferred_output": output("How should I know that?"),
        }
        for number in range(count)
    )
    return "".join(json.dumps(row) + "\n" for row in rows)
