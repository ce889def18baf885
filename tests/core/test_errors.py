"""Problems read as sentences and travel in exceptions."""

from __future__ import annotations

import pytest

from tui.core.errors import Problem, ProblemError, ProblemKind


def test_a_problem_reads_as_title_and_detail() -> None:
    assert str(Problem("Not found")) == "Not found"
    assert str(Problem("Not found", "no such file")) == "Not found: no such file"


def test_the_exception_carries_the_problem() -> None:
    problem = Problem("No", kind=ProblemKind.READ_ONLY)
    with pytest.raises(ProblemError, match="No") as caught:
        raise ProblemError(problem)
    assert caught.value.problem is problem
