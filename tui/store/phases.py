"""Which state of a list or an object a failure leads to."""

from __future__ import annotations

from tui.core.errors import Problem, ProblemKind
from tui.store.views import Phase

_WANTS_KEY = frozenset({ProblemKind.UNAUTHORIZED, ProblemKind.FORBIDDEN, ProblemKind.NEEDS_ADMIN})


def phase_of(problem: Problem) -> Phase:
    """The designed state that shows this failure."""
    if problem.kind is ProblemKind.ABSENT:
        return Phase.ABSENT
    return Phase.NEEDS_KEY if problem.kind in _WANTS_KEY else Phase.FAILED
