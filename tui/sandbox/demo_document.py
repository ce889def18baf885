"""One file of the demo: its name, its bytes, and where it is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

HELP = "help"
HANDBOOK = "handbook"
ENGINEERING = "engineering"


@dataclass(frozen=True, slots=True)
class Document:
    """A file to be made."""

    filename: str
    content: bytes
    purpose: str = "assistants"
    store: str = ""
    """The key of the vector store that it lies in, if any."""
    attributes: dict[str, str | float | bool] = field(default_factory=dict)
    expires_days: int | None = None
    """Days from the present until it expires."""


def markdown(title: str, sections: Sequence[tuple[str, str]], *, intro: str = "") -> bytes:
    """A Markdown document of a title and titled paragraphs."""
    parts = [f"# {title}"]
    if intro:
        parts.append(intro)
    parts += [f"## {heading}\n\n{text}" for heading, text in sections]
    return ("\n\n".join(parts) + "\n").encode()
