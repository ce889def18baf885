"""From a watched job to its pictures: which series, smoothed or not, beside which other job."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tui.catalog.descriptor import Tone
from tui.core.series import smoothed
from tui.store.tuning_metrics import FULL, TRAIN, VALID, Group, Series
from tui.store.tuning_views import Failure, Stage, TuningView
from tui.store.views import Phase
from tui.ui.widgets.chart_plot import HAIR
from tui.ui.widgets.chart_view import ChartView, Curve, Mark
from tui.ui.widgets.state import LOADING, State, phase_state

WEIGHTS = (0.0, 0.6, 0.9)
"""Smoothing, from none on; the key goes round."""
_TONES = {TRAIN: "accent", VALID: "warn", FULL: "good"}
_OTHER_TONES = ("plain", "muted")
SPARSE = 12
"""Measurements up to which those of whole validations are points."""
MOST_OTHERS = 2


@dataclass(frozen=True, slots=True)
class Manner:
    """How the person wants curves to be drawn."""

    log: bool = False
    weight: float = 0.0

    @property
    def notes(self) -> tuple[str, ...]:
        notes = ("log",) if self.log else ()
        return (*notes, f"smoothed {self.weight:g}") if self.weight else notes


class Curves:
    """Makes chart views; what was smoothed once is kept until it changes."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[int, float, tuple[float, ...]]] = {}

    def chart(
        self,
        view: TuningView,
        group: Group | None,
        manner: Manner,
        *,
        other: TuningView | None = None,
        marks: bool = True,
    ) -> ChartView:
        """One group of a job, over the same of another job; a state where nothing is measured."""
        if group is None:
            return ChartView("", state=waiting_state(view))
        curves: list[Curve] = []
        end = view.progress.total
        if other is not None:
            curves += self._others(other, group, manner)
            ends = [each for each in (end, other.progress.total) if each is not None]
            end = max(ends, default=None)
        if manner.weight:
            # What was measured stays in sight behind what was made of it.
            curves += [self._faint(view.ref.id, one) for one in group.series[:1]]
        curves += [
            self._curve(view.ref.id, one, _TONES.get(one.name, "accent"), manner)
            for one in group.series
        ]
        notes = manner.notes
        if view.filling:
            notes = (*notes, "reading older steps …")
        ticks: tuple[Mark, ...] = ()
        if marks:
            ticks = tuple(
                Mark(one.step, f"ckpt {one.step:,.0f}")
                for one in view.checkpoints
                if one.step is not None
            )
        return ChartView(group.title, tuple(curves), ticks, end, manner.log, notes)

    def _curve(self, job: str, one: Series, tone: str, manner: Manner) -> Curve:
        points = one.name == FULL and len(one.values) <= SPARSE
        values = one.values if points else self._smoothed(job, one, manner.weight)
        version = one.version * len(WEIGHTS) + WEIGHTS.index(manner.weight)
        return Curve(f"{job}:{one.key}", one.name, tone, one.steps, values, version, points)

    def _faint(self, job: str, one: Series) -> Curve:
        return Curve(f"{job}:{one.key}:raw", "", HAIR, one.steps, one.values, one.version)

    def _smoothed(self, job: str, one: Series, weight: float) -> tuple[float, ...]:
        kept = self._kept.get((job, one.key))
        if kept is None or kept[:2] != (one.version, weight):
            kept = (one.version, weight, smoothed(one.values, weight))
            self._kept[job, one.key] = kept
        return kept[2]

    def _others(self, other: TuningView, group: Group, manner: Manner) -> list[Curve]:
        found = next((each for each in other.groups if each.key == group.key), None)
        if found is None:
            return []
        curves = [
            self._curve(other.ref.id, one, tone, manner)
            for one, tone in zip(found.series[:MOST_OTHERS], _OTHER_TONES, strict=False)
        ]
        return [replace(curve, label=f"{curve.label} ·") for curve in curves]


def waiting_state(view: TuningView) -> State:
    """What is said while there is nothing to draw: why, and what comes next."""
    retry = (("r", "try again"),)
    if view.phase in {Phase.UNASKED, Phase.LOADING}:
        return LOADING
    if view.phase is not Phase.READY:
        return phase_state(view.phase, view.problem, empty=LOADING, keys=retry)
    if view.stage is Stage.FAILED:
        return failure_state(view.failure)
    if view.problem is not None:
        return phase_state(Phase.FAILED, view.problem, empty=LOADING, keys=retry)
    if view.stage is Stage.SUCCEEDED:
        return _figureless(view)
    return _WAITING.get(view.stage, _WAITING[Stage.RUNNING])


_WAITING = {
    Stage.VALIDATING: State(
        "Validating the files",
        ("Every line of the files is checked before the job is queued.",),
        tone=Tone.BUSY,
    ),
    Stage.QUEUED: State(
        "Waiting for its turn", ("It starts when the server has room for it.",), tone=Tone.BUSY
    ),
    Stage.RUNNING: State(
        "Waiting for the first metrics",
        ("The curves begin with the first step that the job measures.",),
        tone=Tone.BUSY,
    ),
    Stage.PAUSED: State("Paused before the first step", keys=(("p", "resume"),), tone=Tone.WARN),
    Stage.CANCELLED: State("Cancelled before the first step", tone=Tone.MUTED),
}


def _figureless(view: TuningView) -> State:
    """A job that succeeded, and tells nothing of its steps."""
    if not (view.known or view.unreadable):
        return LOADING
    said = view.unreadable or "Neither its events nor its files tell of steps."
    return State("No figures were measured", (said,), tone=Tone.MUTED)


def failure_state(failure: Failure | None) -> State:
    """Why the job failed, and the way to the line that is to blame."""
    if failure is None:
        return State("The job failed", ("The server does not say why.",), tone=Tone.BAD)
    lines = [failure.message]
    where = place_of(failure)
    if where:
        lines.append(where)
    keys = (("f", f"open {failure.file_name}"),) if failure.file is not None else ()
    return State("The job failed", tuple(lines), keys, Tone.BAD)


def place_of(failure: Failure) -> str:
    """`line 12 of prices.jsonl`, as far as it is known."""
    if failure.line is None:
        return ""
    file = f" of {failure.file_name}" if failure.file_name else ""
    return f"line {failure.line:,}{file}"
