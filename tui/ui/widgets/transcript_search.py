"""Finding words in a transcript: turns that cannot hold them are never laid out for it."""

from __future__ import annotations

from tui.store.chat_turns import TurnView
from tui.ui.widgets.transcript_window import TurnWindow


class TurnSearch:
    """The words looked for, and where they were found last: a turn's place, a line within it."""

    def __init__(self) -> None:
        self.words = ""
        self.at: tuple[int, int] | None = None

    def start(self, words: str) -> None:
        """Look for other words from now on; for nothing with the empty text."""
        self.words = " ".join(words.casefold().split())
        self.at = None

    def find(self, window: TurnWindow, begin: tuple[int, int], by: int) -> bool:
        """Go to the next line that has the words, from behind a line on, around the end."""
        count = len(window.turns)
        if not self.words or not count:
            return False
        place, within = begin
        for step in range(count + 1):
            turn = (place + by * step) % count
            if not self._may_hold(window.turns[turn]):
                continue
            lines = self._lines(window, turn)
            if step == 0:
                lines = [line for line in lines if (line - within) * by > 0]
            elif step == count:
                lines = [line for line in lines if (line - within) * by <= 0]
            if lines:
                self.at = (turn, lines[0] if by > 0 else lines[-1])
                return True
        return False

    def _may_hold(self, turn: TurnView) -> bool:
        texts = (turn.text, turn.refusal, turn.reasoning)
        if any(self.words.split(" ", 1)[0] in text.casefold() for text in texts):
            return True
        return any(self.words in f"{call.name} {call.arguments}".casefold() for call in turn.calls)

    def _lines(self, window: TurnWindow, place: int) -> list[int]:
        """The lines of a turn that hold the words; what is folded is opened for them."""
        found = self._matching(window, place)
        if not found and window.layout(place).folds and not window.layout(place).opened:
            window.toggle(place)
            found = self._matching(window, place)
        return found

    def _matching(self, window: TurnWindow, place: int) -> list[int]:
        return [
            number
            for number, line in enumerate(window.layout(place).lines)
            if self.words in "".join(run.text for run in line).casefold()
        ]
