"""How a thread stands, in a few words for the screen."""

from __future__ import annotations

from tui.catalog.cells import STATUS_TONES
from tui.catalog.descriptor import Tone
from tui.core.formats import duration
from tui.core.safe_text import clean
from tui.store.thread_runs import RunView
from tui.store.thread_views import Doing, Link, ThreadView

_DOING = {
    Doing.SENDING: "sending",
    Doing.STARTING: "starting the run",
    Doing.SUBMITTING: "sending the outputs",
    Doing.CANCELLING: "cancelling the run",
}


def status_words(status: str) -> str:
    """A state as people say it."""
    word = clean(status, limit=40)
    return "waits for outputs" if word == "requires_action" else word.replace("_", " ") or "?"


def status_tone(status: str) -> Tone:
    return STATUS_TONES.get(status, Tone.PLAIN)


def state_words(view: ThreadView, now: float) -> tuple[str, str]:
    """How the thread stands, and in which tone; nothing where nothing is to be said."""
    if view.doing is not Doing.NOTHING:
        return _DOING[view.doing], "busy"
    run = view.active
    if run is not None:
        return _run_words(view, run, now)
    if view.stale is not None:
        return f"may be old: {clean(view.stale.title, limit=80)} · r asks again", "warn"
    return "", "muted"


def _run_words(view: ThreadView, run: RunView, now: float) -> tuple[str, str]:
    if run.required:
        return f"locked until the outputs come{_left(run, now)}", "warn"
    passed = run.seconds(now)
    words = status_words(run.status) + (f" · {duration(passed)}" if passed is not None else "")
    if view.stale is not None:
        return f"{words} · not reached: {clean(view.stale.title, limit=60)}", "warn"
    if view.cut:
        return f"{words} · the stream was lost, it is looked at instead", "warn"
    return words if view.link is Link.STREAMING else f"{words} · looked at every second", "busy"


def _left(run: RunView, now: float) -> str:
    """The time until a run expires."""
    if run.expires is None or run.expires <= now:
        return ""
    return f" · expires in {duration(run.expires - now)}"


def ended_badly(run: RunView) -> str:
    """Why the last run brought no whole answer; empty: it did, or is still under way."""
    if run.status not in ("failed", "incomplete", "expired"):
        return ""
    why = clean(run.error, limit=300)
    if run.status == "expired":
        return "The last run expired: nobody answered it within ten minutes"
    words = "The last run failed" if run.status == "failed" else "The last run is incomplete"
    return f"{words}: {why}" if why else words
