"""One object as lines of toned texts: pure, for the detail, the preview and the tests."""

from __future__ import annotations

from dataclasses import dataclass

from tui.catalog.descriptor import Tone
from tui.store.views import EntityView, FactView, Phase, Ref, SectionView
from tui.ui.text import cells, cut, cut_middle, fold, fold_line, line
from tui.ui.widgets.json_lines import plain_json

LABEL_WIDEST = 22
LABEL_SHARE = 0.4
"""How much of the width labels take at most."""
RAW_LIMIT = 200_000
"""Characters of raw JSON that a malformed object shows here; the raw view has all of it."""

Part = tuple[str, str]
"""A text and its tone."""


@dataclass(frozen=True, slots=True)
class DetailLine:
    """One line; `fact` numbers the facts, so that the cursor can go from one to the next."""

    parts: tuple[Part, ...] = ()
    fact: int | None = None
    first: bool = True
    """Whether this is the first line of its fact."""

    @property
    def text(self) -> str:
        return "".join(text for text, _tone in self.parts)


@dataclass(frozen=True, slots=True)
class DetailLayout:
    """The lines of an object, and its facts in the order of their numbers."""

    lines: tuple[DetailLine, ...] = ()
    facts: tuple[FactView, ...] = ()

    def line_of(self, fact: int) -> int | None:
        """Index of a fact's first line."""
        for index, shown in enumerate(self.lines):
            if shown.fact == fact:
                return index
        return None

    def link(self, fact: int | None) -> Ref | None:
        return self.facts[fact].link if fact is not None and fact < len(self.facts) else None


def lay_out(view: EntityView, width: int, *, heading: bool = True) -> DetailLayout:
    """The object in `width` cells: heading, what is wrong with it, and its sections."""
    width = max(12, width)
    lines: list[DetailLine] = []
    facts: list[FactView] = []
    if heading:
        lines += _heading(view, width)
    lines += _remarks(view, width)
    column = _label_column(view.sections, width)
    for section in view.sections:
        lines += _section(section, width, column, facts)
    if view.malformed is not None and view.record is not None:
        lines.append(DetailLine())
        lines.append(DetailLine((("as it came", "muted"),)))
        raw = plain_json(dict(view.record.raw), indent=2)[:RAW_LIMIT]
        lines += [DetailLine(((text, "plain"),)) for text in fold(raw, width)]
    return DetailLayout(tuple(lines), tuple(facts))


def _heading(view: EntityView, width: int) -> list[DetailLine]:
    title = line(view.title) or line(view.ref.id)
    lines = [DetailLine(((text, "strong"),)) for text in fold_line(title, width)[:3]]
    status = view.status
    under: list[Part] = []
    # What was made on this side has a bare number for a reference, which nobody could use.
    made_here = view.record is None and view.ref.id.isdecimal()
    if line(view.ref.id) != title and not made_here:
        under.append((cut_middle(line(view.ref.id), max(8, width - 2)), "muted"))
    if status is not None:
        said = line(status.text)
        room = width - sum(cells(text) for text, _tone in under) - 3
        if under and cells(said) <= room:
            under.append(("   ", "plain"))
            under.append((said, status.tone))
        else:
            lines.append(DetailLine(((said, status.tone),)))
    if under:
        lines.append(DetailLine(tuple(under)))
    return lines


def _remarks(view: EntityView, width: int) -> list[DetailLine]:
    """What a person should know before believing what is below."""
    said: list[tuple[str, Tone]] = []
    if view.pending:
        said.append(("… a change that the server has not confirmed yet", Tone.MUTED))
    if view.malformed is not None:
        said.append((f"▲ Not what was expected: {view.malformed}", Tone.WARN))
    if view.problem is not None and view.phase is not Phase.LOADING:
        problem = view.problem
        request = f" (request {problem.request_id})" if problem.request_id else ""
        said.append((f"✕ May be old. {problem}{request}", Tone.BAD))
    lines: list[DetailLine] = []
    for text, tone in said:
        lines += [DetailLine(((part, tone),)) for part in fold_line(line(text), width)]
    return [DetailLine(), *lines] if lines else []


def _label_column(sections: tuple[SectionView, ...], width: int) -> int:
    labels = [cells(line(fact.label)) for section in sections for fact in section.facts]
    return min(max(labels, default=0), LABEL_WIDEST, int(width * LABEL_SHARE))


def _section(
    section: SectionView, width: int, column: int, facts: list[FactView]
) -> list[DetailLine]:
    lines = [DetailLine()]
    if section.title:
        lines.append(DetailLine(((line(section.title), "section"),)))
    for fact in section.facts:
        lines += _fact(fact, len(facts), width, column)
        facts.append(fact)
    if section.text:
        lines += [DetailLine(((text, "plain"),)) for text in fold(section.text, width)]
    return lines


def _fact(fact: FactView, number: int, width: int, column: int) -> list[DetailLine]:
    label = cut(line(fact.label), column)
    gap = " " * (column - cells(label) + 2)
    tone: str = "link" if fact.link is not None else fact.value.tone
    values = fold_line(line(fact.value.text), width - column - 2)
    first = DetailLine(((label + gap, "muted"), (values[0], tone)), number)
    rest = [
        DetailLine(((" " * (column + 2), "muted"), (value, tone)), number, first=False)
        for value in values[1:]
    ]
    return [first, *rest]
