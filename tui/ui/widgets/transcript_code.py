"""Colours for finished code: the tokens of a language as runs in our own tones.

The lexers come with Rich and are loaded when the first block of code is shown.
"""

from __future__ import annotations

from functools import lru_cache

from tui.ui.widgets.transcript_text import Line, Look, Run, joined

LARGEST = 12_000
"""Characters of code that are coloured: more would be felt as a pause."""

_LOOKS: tuple[tuple[str, Look], ...] = (
    ("Token.Comment", Look("muted", italic=True)),
    ("Token.Keyword", Look("accent")),
    ("Token.Operator.Word", Look("accent")),
    ("Token.Literal.String", Look("good")),
    ("Token.Literal.Number", Look("busy")),
    ("Token.Name.Function", Look("strong")),
    ("Token.Name.Class", Look("strong")),
    ("Token.Name.Tag", Look("accent")),
    ("Token.Name.Attribute", Look("busy")),
    ("Token.Name.Builtin", Look("busy")),
    ("Token.Name.Decorator", Look("busy")),
    ("Token.Generic.Deleted", Look("bad")),
    ("Token.Generic.Inserted", Look("good")),
    ("Token.Generic.Heading", Look("strong")),
    ("Token.Generic.Prompt", Look("muted")),
)
_PLAIN = Look()


@lru_cache(maxsize=256)
def _look(token: str) -> Look:
    return next((look for prefix, look in _LOOKS if token.startswith(prefix)), _PLAIN)


def coloured(code: str, language: str) -> list[Line]:
    """The lines of printable code; uncoloured where the language is unknown or it is too much."""
    lines = code.split("\n")
    plain: list[Line] = [(Run(line, _PLAIN),) if line else () for line in lines]
    if not language or len(code) > LARGEST or not code.strip():
        return plain
    from rich.syntax import Syntax

    lexer = Syntax("", language).lexer
    if lexer is None:
        return plain
    found: list[list[Run]] = [[]]
    for token, text in lexer.get_tokens(code):
        look = _look(str(token))
        first, *others = text.split("\n")
        if first:
            found[-1].append(Run(first, look))
        for other in others:
            found.append([Run(other, look)] if other else [])
    while len(found) > len(lines) and not found[-1]:
        found.pop()
    made = ["".join(run.text for run in line) for line in found]
    # A lexer that leaves something out must not change what is read.
    return [joined(line) for line in found] if made == lines else plain
