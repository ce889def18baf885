"""A fine-tuning job, watched live: its curves, facts, events and checkpoints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widget import Widget

from tui.core.formats import percent, short_id
from tui.core.safe_text import clean
from tui.store.naming import name_of
from tui.store.tuning import TuningJob
from tui.store.tuning_facts import eta, figure, seen
from tui.store.tuning_metrics import FULL, Group
from tui.store.tuning_views import Stage, TuningView
from tui.store.views import CollectionKey, Phase, Ref
from tui.ui.binding import bind
from tui.ui.frame import key_hints
from tui.ui.navigation import Route
from tui.ui.questions import MenuItem
from tui.ui.styles import sheet
from tui.ui.tuning_acts import TuningActs
from tui.ui.tuning_curves import WEIGHTS, Curves, Manner, place_of
from tui.ui.widgets.caption import Caption, Words
from tui.ui.widgets.chart import Chart
from tui.ui.widgets.detail import Detail
from tui.ui.widgets.event_log import EventLog
from tui.ui.widgets.key_bar import KeyHint
from tui.ui.widgets.raw_json import RawJson

if TYPE_CHECKING:
    from tui.core.cell import Unsubscribe
    from tui.store.session import Session

NOTHING = "nothing"
WIDE = 100
"""Columns of the screen from which on the facts stand beside the curves."""
LOW, TALL = 0, 34
"""Rows of the screen from which on a second chart has room."""


class TuningPage(TuningActs):
    """The monitor of one job."""

    CSS_PATH = sheet("screens/tuning.tcss")
    VERTICAL_BREAKPOINTS = [(LOW, "-low"), (TALL, "-tall")]  # noqa: RUF012 (Textual's)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "cancel_job", "cancel", tooltip="Cancel the job"),
        Binding("p", "pause_or_resume", "pause", tooltip="Pause the job, or resume it"),
        Binding("tab", "next_pane", "events", tooltip="To the events, the facts, the curves"),
        Binding("m", "metric", "metric", tooltip="Choose what is drawn"),
        Binding("l", "log_scale", "log scale"),
        Binding("s", "smooth", "smooth"),
        Binding("o", "overlay", "overlay a job", tooltip="Draw another job's curves too"),
        Binding("x", "export", "export", tooltip="Save the figures as CSV or JSON"),
        Binding("f", "open_file", "open file", show=False, tooltip="Open the training file"),
        Binding("d", "facts", "facts", show=False, tooltip="Show or hide the facts"),
        Binding("y", "raw", "raw JSON", show=False),
        Binding("Y", "copy_raw", "copy raw", show=False),
        Binding("i", "copy_id", "copy id", show=False),
        Binding("C", "copy_curl", "copy as curl", show=False),
        Binding("K", "checkpoints", "checkpoints", show=False, tooltip="The checkpoints as a list"),
        Binding("r", "refresh", "refresh", show=False),
    ]

    chart = getters.query_one("#chart", Chart)
    second = getters.query_one("#second", Chart)
    log_view = getters.query_one(EventLog)
    detail = getters.query_one(Detail)
    raw = getters.query_one(RawJson)
    caption = getters.query_one(Caption)

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        self._curves = Curves()
        self._manner = Manner()
        self._group = ""
        """The chosen group; empty for the first."""
        self._other: TuningJob | None = None
        self._unbind_other: Unsubscribe | None = None
        self._raw_shown = route.raw
        self._offered: tuple[Stage, bool, bool] | None = None

    def compose_body(self) -> Iterable[Widget]:
        yield Caption()
        with Horizontal(classes="panes"):
            with Vertical(classes="curves"):
                yield Chart(id="chart")
                yield Chart(id="second")
            yield Detail()
        yield EventLog()
        yield RawJson()

    @property
    def crumbs(self) -> tuple[str, ...]:
        return (self.resource.title, name_of(self.session, self.ref))

    @property
    def crumb_detail(self) -> str:
        """The state in a few words."""
        view = self.job.view.value
        words = [f"● {view.status.replace('_', ' ')}"] if view.status else []
        if view.stage in {Stage.RUNNING, Stage.PAUSED} and view.progress.share is not None:
            words.append(percent(view.progress.share))
        if view.stage is Stage.RUNNING:
            left = eta(view.progress, self.session.clock.now())
            words += [f"ETA {left}"] if left else []
        return "  ".join(words)

    def on_mount(self) -> None:
        self.second.can_focus = False
        # The menu of jobs to lay over this one.
        self.session.collection(CollectionKey(self.resource.key), self.scope)
        self._turn()
        bind(self, self.job.view, self._show)

    # Showing.

    def _show(self, view: TuningView) -> None:
        if view.facts is not None:
            self.detail.show(view.facts)
            if view.facts.record is not None:
                self.raw.show(view.facts.record.raw)
        self.log_view.show(view.events, filling=view.filling)
        self.caption.show(*self._captions(view))
        self._draw()
        self.show_crumbs()
        offered = (view.stage, bool(view.groups), view.failure is not None)
        if offered != self._offered:
            self._offered = offered
            self.show_keys()

    def on_resize(self, event: Resize) -> None:
        super().on_resize(event)
        self.caption.show(*self._captions(self.job.view.value))

    def show_keys(self) -> None:
        """Offer what makes sense now; the other keys still tell why they do nothing."""
        if not (self.is_mounted and self.is_current) or self.prompt.asking:
            super().show_keys()
            return
        view = self.job.view.value
        idle: set[str] = set()
        if view.stage.over:
            idle |= {"c", "p"}
        if not view.groups:
            idle |= {"left", "m", "l", "s", "o", "x"}
        hints = [hint for hint in key_hints(self) if hint.key not in idle]
        if view.stage is Stage.PAUSED:
            hints = [replace(h, words="resume") if h.key == "p" else h for h in hints]
        if view.failure is not None and view.failure.file is not None:
            hints.insert(0, KeyHint("f", "open the file"))
        self.key_bar.show(tuple(hints))

    def _draw(self) -> None:
        """Draw the curves in the manner that was chosen."""
        view = self.job.view.value
        other = self._other.view.value if self._other is not None else None
        group, next_group = self._groups(view)
        self.chart.show(self._curves.chart(view, group, self._manner, other=other))
        self.second.set_class(next_group is None, "-none")
        if next_group is not None:
            manner = Manner(weight=self._manner.weight)
            self.second.show(self._curves.chart(view, next_group, manner, other=other, marks=False))

    def _groups(self, view: TuningView) -> tuple[Group | None, Group | None]:
        """What is drawn: the chosen figure, and below it the first of the others."""
        groups = view.groups
        chosen = next((each for each in groups if each.key == self._group), None)
        chosen = chosen or (groups[0] if groups else None)
        return chosen, next((each for each in groups if each is not chosen), None)

    def _captions(self, view: TuningView) -> tuple[Words, ...]:
        """What a person should know before believing the curves."""
        lines: list[Words] = []
        if view.lost is not None and not view.stage.over:
            when = f"✕ No answer from the server since {seen(view.seen_at)}"
            lines.append(((when, "bad"), (f"   {view.lost} · asked again and again", "muted")))
        elif view.problem is not None and view.phase is Phase.READY:
            lines.append(((f"▲ Something is missing: {view.problem} · r asks again", "warn"),))
        match view.stage:
            case Stage.PAUSED:
                lines.append((("▲ Paused", "warn"), ("   p resumes it", "muted")))
            case Stage.CANCELLED if view.groups:
                lines.append((("○ Cancelled: the curves end where it was", "muted"),))
            case Stage.FAILED if view.groups and view.failure is not None:
                place = place_of(view.failure)
                words = f"✕ Failed: {view.failure.message}" + (f" ({place})" if place else "")
                lines.append(((words, "bad"),))
        if view.unreadable and view.groups:
            lines.append(((f"▲ The result file was not read: {view.unreadable}", "warn"),))
        if self._other is not None:
            name = name_of(self.session, self._other.ref)
            chosen, _next = self._groups(view)
            keys = {each.key for each in self._other.view.value.groups}
            known = chosen is not None and chosen.key in keys
            said = "laid over" if known else "has not measured this"
            lines.append(((f"· {name}", "plain"), (f"   {said}; o takes it away", "muted")))
        if self.size.width < WIDE:
            lines.append(self._standing(view))
        return tuple(words for words in lines if words)

    def _standing(self, view: TuningView) -> Words:
        """Where it stands on one line, for screens without room for the facts."""
        progress = view.progress
        words: list[tuple[str, str]] = []
        if progress.step is not None:
            total = f" / {progress.total:,.0f}" if progress.total else ""
            words += [("step ", "muted"), (f"{progress.step:,.0f}{total}", "plain")]
        if progress.epoch is not None:
            words += [("  epoch ", "muted"), (f"{progress.epoch} of {progress.epochs}", "plain")]
        for one in view.groups[0].series if view.groups else ():
            if one.values and one.name != FULL:
                words += [(f"  {one.name} ", "muted"), (figure(one.values[-1]), "plain")]
        if progress.gap_grows:
            words.append(("  ▲ gap grows", "warn"))
        return tuple(words)

    def _turn(self) -> None:
        """The monitor, or the raw JSON in its place."""
        for widget in (self.query_one(".panes"), self.log_view):
            widget.display = not self._raw_shown
        self.raw.display = self._raw_shown
        (self.raw if self._raw_shown else self.chart).focus()

    @on(EventLog.NearStart)
    def _near_start(self, message: EventLog.NearStart) -> None:
        message.stop()
        self.job.need_older()

    @on(Chart.Inspected)
    def _inspected(self, message: Chart.Inspected) -> None:
        """One cursor for both pictures."""
        message.stop()
        for chart in (self.chart, self.second):
            if chart is not message.chart:
                chart.inspect(message.step)

    # What the person does.

    def action_next_pane(self) -> None:
        panes = [pane for pane in (self.chart, self.log_view, self.detail) if pane.focusable]
        if panes:
            here = panes.index(self.focused) if self.focused in panes else -1
            panes[(here + 1) % len(panes)].focus()

    def action_log_scale(self) -> None:
        self._manner = Manner(not self._manner.log, self._manner.weight)
        self._draw()

    def action_smooth(self) -> None:
        """More, still more, none."""
        at = (WEIGHTS.index(self._manner.weight) + 1) % len(WEIGHTS)
        self._manner = Manner(self._manner.log, WEIGHTS[at])
        self._draw()

    @work
    async def action_metric(self) -> None:
        view = self.job.view.value
        chosen, _next = self._groups(view)
        items = [
            MenuItem(
                each.key,
                each.title,
                "  ".join(
                    figure(one.values[-1])
                    if one.name == each.title
                    else f"{one.name} {figure(one.values[-1])}"
                    for one in each.series
                    if one.values
                ),
                chosen=each is chosen,
            )
            for each in view.groups
        ]
        if not items:
            self.notify("Nothing was measured yet")
            return
        key = await self.ask_menu("Draw", items)
        if key is not None:
            self._group = key
            self._draw()

    def _other_changed(self, _view: TuningView) -> None:
        self._show(self.job.view.value)

    @work
    async def action_overlay(self) -> None:
        """Choose another job to compare with; once more takes it away."""
        if self._other is not None:
            self._lay_over(None)
            return
        items = [
            MenuItem(
                ref.id,
                name_of(self.session, ref),
                f"{clean(record.raw.get('status'), limit=20)}  {short_id(ref.id)}",
            )
            for ref, record in self.session.entities.each(self.resource.key)
            if ref != self.ref
        ]
        if not items:
            self.notify("There is no other job to compare with")
            return
        id = await self.ask_menu("Lay over", items)
        if id is not None:
            self._lay_over(Ref(self.resource.key, id))

    def _lay_over(self, ref: Ref | None) -> None:
        if self._unbind_other is not None:
            self._unbind_other()
            self._unbind_other = None
        self._other = None
        if ref is not None:
            self._other = self.session.tunings.open(ref, self.scope)
            self._unbind_other = bind(self, self._other.view, self._other_changed)
        self._show(self.job.view.value)

    def action_facts(self) -> None:
        """Show the facts where they are hidden for want of room, or hide them."""
        self.toggle_class("-facts")

    def action_raw(self) -> None:
        self._raw_shown = not self._raw_shown
        self._turn()

    def go_inward(self) -> bool:
        if self._raw_shown:
            self.action_raw()
        elif self.chart.clear_cursor():
            self.second.clear_cursor()
        elif self.focused is not self.chart:
            self.chart.focus()
        else:
            return False
        return True
