"""One turn laid out: its text as it grows, and what stands around it.

The finished part of a text is laid out once. While a reply streams, only its open line is laid out
again, and the few lines that stand below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui.core import formats
from tui.core.safe_text import clean
from tui.store.chat_turns import Role, TurnState, TurnView, pretty_json
from tui.ui.widgets.transcript_layout import code_lines, laid, plain_lines
from tui.ui.widgets.transcript_markdown import Kind, MarkdownReader
from tui.ui.widgets.transcript_text import MUTED, PLAIN, Line, Look, Run, folded, printable

MOST_TEXT: Final = 200_000
"""Characters of one text that are drawn; all of it is copied, and shown raw."""
MOST_JSON: Final = 50_000
"""Characters of arguments and results that are laid out as JSON."""
SHORT: Final = 8
"""Lines of a long result or instruction that are shown until it is opened."""

CARET: Final = Run("▍", Look("accent"))
_WARN: Final = Look("warn")
_BAD: Final = Look("bad")
_CALL: Final = Look("accent", bold=True)

LABELS: Final = {
    Role.SYSTEM: "System",
    Role.DEVELOPER: "System",
    Role.USER: "You",
    Role.ASSISTANT: "Reply",
    Role.TOOL: "Tool",
    Role.OTHER: "Other",
}


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A block of code of a turn, exact, for the clipboard."""

    language: str
    text: str


class TurnLayout:
    """The lines of one turn at one width."""

    def __init__(self, turn: TurnView, width: int, *, opened: bool = False) -> None:
        self.turn = turn
        self.width = width
        self.opened = opened
        self.folds = False
        """Whether something is left out until it is opened."""
        self.lines: list[Line] = []
        self._reader: MarkdownReader | None = None
        self._head = 0
        """Lines above the text: the thoughts."""
        self._ends: list[int] = []
        """Where the lines of each piece end."""
        self._fed = 0
        self._lay_all()

    def show(self, turn: TurnView) -> int:
        """Take a later state of the same turn; the index of the first line that changed."""
        before, self.turn = self.turn, turn
        if not self._grew_from(before):
            self.lines, self._ends, self._reader = [], [], None
            self._lay_all()
            return 0
        return self._lay_text()

    def _grew_from(self, before: TurnView) -> bool:
        turn = self.turn
        return (
            self._reader is not None
            and before.state is TurnState.OPEN
            and turn.reasoning == before.reasoning
            and bool(before.text) == bool(turn.text)
            and len(turn.text) >= len(before.text)
            and turn.text.startswith(before.text)
        )

    @property
    def label(self) -> str:
        """What stands in the gutter."""
        turn = self.turn
        if turn.role is Role.OTHER and turn.name:
            return clean(turn.name, limit=8)
        return LABELS[turn.role]

    @property
    def codes(self) -> tuple[CodeBlock, ...]:
        """Its blocks of code, and the arguments of its calls."""
        reader = MarkdownReader()
        if self.turn.role is Role.ASSISTANT:
            reader.feed(self.turn.text)
            reader.finish()
        blocks = [
            CodeBlock(clean(piece.marker, limit=20), piece.text)
            for piece in reader.pieces
            if piece.kind is Kind.CODE
        ]
        blocks.extend(CodeBlock("json", call.arguments) for call in self.turn.calls)
        return tuple(blocks)

    def _lay_all(self) -> None:
        turn = self.turn
        self.folds = False
        if turn.reasoning:
            self._lay_reasoning()
        self._head = len(self.lines)
        if turn.role is Role.ASSISTANT:
            self._reader = MarkdownReader()
            self._fed = 0
            self._lay_text()
            return
        if turn.text:
            self._lay_given()
        self._lay_rest()

    def _lay_reasoning(self) -> None:
        thoughts = plain_lines(
            self.turn.reasoning[:MOST_TEXT], self.width, MUTED._replace(italic=True)
        )
        if self.turn.text and not self.opened:
            words = formats.counted(len(self.turn.reasoning.split()), "word")
            thoughts = [(Run(f"thought first, {words} · space shows them", MUTED),)]
            self.folds = True
        self.lines.extend((*thoughts, ()))

    def _lay_given(self) -> None:
        """A text that somebody wrote: shown exactly, long results and instructions folded."""
        turn = self.turn
        text = turn.text[:MOST_TEXT]
        if turn.role is Role.TOOL and len(text) <= MOST_JSON and text.lstrip()[:1] in ("{", "["):
            lines = code_lines(pretty_json(text), "json", self.width)[1:]
        else:
            lines = plain_lines(text, self.width)
        left = len(lines) - SHORT
        if turn.role is not Role.USER and left > 2:
            self.folds = True
            if not self.opened:
                more = f"… {formats.counted(left, 'more line')} · space shows them"
                lines = [*lines[:SHORT], (Run(more, MUTED),)]
        self.lines.extend(lines)

    def _lay_text(self) -> int:
        """Read what came since, lay out what is new of it; the first line that changed."""
        reader, turn = self._reader, self.turn
        if reader is None:
            return 0
        shown = turn.text[:MOST_TEXT]
        reader.rewound = len(self._ends)
        reader.feed(shown[self._fed :])
        self._fed = len(shown)
        if turn.state is not TurnState.OPEN:
            reader.finish()
        del self._ends[reader.rewound :]
        kept = self._ends[-1] if self._ends else self._head
        del self.lines[kept:]
        for piece in reader.pieces[len(self._ends) :]:
            self.lines.extend(laid(piece, self.width))
            self._ends.append(len(self.lines))
        finished = len(self.lines)
        for piece in reader.tail():
            self.lines.extend(laid(piece, self.width))
        if turn.state is TurnState.OPEN:
            if turn.text or not (turn.calls or turn.refusal):
                self._put_caret(finished)
        else:
            while len(self.lines) > self._head and not self.lines[-1]:
                self.lines.pop()
        self._lay_rest()
        return kept

    def _put_caret(self, finished: int) -> None:
        """Mark the open end; finished lines stay as they are."""
        if len(self.lines) == finished:
            self.lines.append((CARET,))
        else:
            self.lines[-1] = (*self.lines[-1], CARET)

    def _lay_rest(self) -> None:
        """What stands below the text."""
        turn, width, lines = self.turn, self.width, self.lines
        hidden = len(turn.text) - MOST_TEXT
        if hidden > 0:
            more = f"… {formats.counted(hidden, 'character')} more are not drawn; y copies them all"
            lines.extend(folded((Run(more, _WARN),), width))
        if turn.refusal:
            lines.append((Run("refused", _WARN._replace(bold=True)),))
            lines.extend(plain_lines(turn.refusal[:MOST_TEXT], width, _WARN))
        for part in turn.parts:
            detail = clean(part.detail, limit=200)
            label = f"[{clean(part.kind, limit=30).replace('_', ' ')}]"
            lines.extend(folded((Run(f"{label} ", MUTED), Run(detail, MUTED)), width))
        for call in turn.calls:
            self._lay_call(call.name, call.arguments, custom=call.custom)
        self._lay_state()
        lines.extend(
            folded((Run(" · ".join(foot), MUTED),), width) if (foot := footer(turn)) else ()
        )
        lines.append(())

    def _lay_call(self, name: str, arguments: str, *, custom: bool) -> None:
        self.lines.extend(
            folded((Run("→ ", _CALL), Run(clean(name, limit=200) or "?", _CALL)), self.width)
        )
        if custom or len(arguments) > MOST_JSON or self.turn.state is TurnState.OPEN:
            body = plain_lines(arguments[:MOST_JSON], max(4, self.width - 2))
            self.lines.extend((Run("  ", PLAIN), *line) for line in body)
        elif arguments.strip() not in ("", "{}"):
            self.lines.extend(code_lines(pretty_json(arguments), "json", self.width)[1:])

    def _lay_state(self) -> None:
        match self.turn.state:
            case TurnState.STOPPED:
                self.lines.extend(
                    folded((Run("■ stopped here, what came is kept", _WARN),), self.width)
                )
            case TurnState.INTERRUPTED:
                problem = self.turn.problem
                why = printable(clean(problem.title, limit=200)) if problem else ""
                text = "✕ interrupted" + (f": {why}" if why else "")
                self.lines.extend(folded((Run(text, _BAD),), self.width))
            case _:
                pass


_REASONS: Final = {
    "stop": "",
    "length": "reached its length limit",
    "tool_calls": "asks for tools",
    "function_call": "asks for tools",
    "content_filter": "ended by the content filter",
}


def footer(turn: TurnView) -> list[str]:
    """How a reply ended and what it took; nothing while it is still coming."""
    if turn.role is not Role.ASSISTANT or turn.state is TurnState.OPEN:
        return []
    reason = clean(turn.finish_reason, limit=40)
    facts = [_REASONS.get(reason, reason)]
    usage = turn.usage
    if usage is not None:
        sign = "≈ " if usage.estimated else ""
        facts.append(f"{sign}{formats.count(usage.prompt)} → {formats.tokens(usage.completion)}")
        if usage.cached:
            facts.append(f"{formats.count(usage.cached)} cached")
        if usage.reasoning:
            facts.append(f"{formats.count(usage.reasoning)} thought")
    if turn.rate:
        facts.append(formats.rate(turn.rate, "tok"))
    if turn.first_token is not None:
        facts.append(f"first after {formats.duration(turn.first_token)}")
    if turn.stored:
        facts.append("stored")
    return [fact for fact in facts if fact]


def estimate(turn: TurnView, width: int) -> int:
    """About how many lines a turn will take, without laying it out; never less than one."""
    text = turn.text
    lines = len(text) // max(1, width) + text.count("\n") + 1 if text else 0
    if turn.role not in (Role.USER, Role.ASSISTANT):
        lines = min(lines, SHORT + 1)
    return lines + len(turn.parts) + 3 * len(turn.calls) + (2 if turn.role is Role.ASSISTANT else 1)
