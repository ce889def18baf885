"""The faces of a place without content: loading, empty, failed, not here, needs a key.

Each says what would be here or what happened, and which key helps. Calm: text at the left, no box.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual.strip import Strip

from tui.catalog.descriptor import Tone
from tui.core.errors import Problem
from tui.store.views import Phase
from tui.ui.text import Ink, cells, fold, line
from tui.ui.widgets.lines import Inked

MARGIN = 3
WIDEST = 76
"""Longer lines are hard to read."""

_SIGNS = {
    Tone.GOOD: "●",
    Tone.WARN: "▲",
    Tone.BAD: "✕",
    Tone.BUSY: "◌",
    Tone.ACCENT: "●",
    Tone.MUTED: "○",
    Tone.PLAIN: "○",
}
"""So that a state reads without colour."""


@dataclass(frozen=True, slots=True)
class State:
    """What is said where there is nothing to show."""

    title: str
    lines: tuple[str, ...] = ()
    """Running text, a paragraph each; it is wrapped."""
    keys: tuple[tuple[str, str], ...] = ()
    """What helps: a key as it is shown, and what it does."""
    tone: Tone = Tone.MUTED


LOADING = State("Loading", tone=Tone.BUSY)


def problem_state(problem: Problem | None, *keys: tuple[str, str]) -> State:
    """A failure: what happened, in the server's words, what to do, and the request id."""
    if problem is None:
        return State("This could not be loaded", keys=keys, tone=Tone.BAD)
    said = [text for text in (problem.detail, problem.hint) if text]
    facts = [
        text
        for text in (
            f"status {problem.status}" if problem.status else "",
            f"code {problem.code}" if problem.code else "",
            f"request {problem.request_id}" if problem.request_id else "",
        )
        if text
    ]
    if facts:
        said.append(" · ".join(facts))
    return State(problem.title, tuple(said), keys, Tone.BAD)


def phase_state(
    phase: Phase, problem: Problem | None, *, empty: State, keys: tuple[tuple[str, str], ...] = ()
) -> State:
    """The state that belongs to a phase; `keys` are what helps after a failure."""
    match phase:
        case Phase.UNASKED | Phase.LOADING:
            return LOADING
        case Phase.READY:
            return empty
        case Phase.FAILED:
            return problem_state(problem, *keys)
        case Phase.ABSENT:
            title = problem.title if problem else "This server does not have this"
            said = (problem.detail, problem.hint) if problem else ()
            return State(title, tuple(text for text in said if text), tone=Tone.MUTED)
        case Phase.NEEDS_KEY:
            title = problem.title if problem else "This needs another key"
            said = (problem.detail, problem.hint) if problem else ()
            return State(title, tuple(text for text in said if text), keys, Tone.WARN)


def state_lines(state: State, width: int, ink: Ink) -> list[list[Segment]]:
    """The state as lines of segments for a width; the first is blank."""
    inner = min(WIDEST, max(8, width - MARGIN - 2))
    edge = Segment(" " * MARGIN, ink("plain"))
    drawn: list[list[Segment]] = [[]]
    sign = _SIGNS[state.tone]
    for number, text in enumerate(fold(state.title, inner - 2)):
        mark = f"{sign} " if number == 0 else "  "
        drawn.append([edge, Segment(mark, ink(state.tone)), Segment(text, ink("strong"))])
    for paragraph in state.lines:
        drawn.append([])
        drawn += [
            [edge, Segment("  ", ink("plain")), Segment(text, ink("plain"))]
            for text in fold(paragraph, inner - 2)
        ]
    if state.keys:
        drawn.append([])
        column = max(cells(line(key)) for key, _words in state.keys) + 2
        for key, words in state.keys:
            name = line(key)
            drawn.append(
                [
                    edge,
                    Segment("  ", ink("plain")),
                    Segment(name + " " * (column - cells(name)), ink("line--key")),
                    Segment(line(words), ink("muted")),
                ]
            )
    return drawn


class StatePane(Inked):
    """A whole pane that shows a state."""

    def __init__(self, state: State = LOADING, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._state = state

    def show(self, state: State) -> None:
        """Show another state; an equal one costs nothing."""
        if state != self._state:
            self._state = state
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        drawn = state_lines(self._state, width, self.ink)
        return self.strip(drawn[y] if y < len(drawn) else [], width)
