"""What a thread's page says where there is nothing to show, or something is wanted."""

from __future__ import annotations

from rich.text import Text

from tui.core.errors import Problem
from tui.core.formats import counted
from tui.core.safe_text import clean
from tui.store.thread_runs import RunView
from tui.store.thread_views import ThreadView
from tui.ui.widgets.state import State

MOST_NAMES = 4


def empty_state(view: ThreadView, assistant: str) -> State:
    """A thread without messages, or one that is not made yet."""
    if view.id:
        first = "Write the first message below; then run the thread with an assistant."
        return State("Nothing was said yet", (first,), (("⏎", "writes"), ("^r", "runs the thread")))
    who = f"{assistant} answers." if assistant else "Choose an assistant first."
    lines = (
        f"Write the first message below. {who}",
        "The thread is made and run in one request. Its id goes into your ledger, where it is "
        "found again.",
    )
    keys = (("⏎", "makes the thread and runs it"), ("^r", "chooses the assistant and settings"))
    return State("A new thread", lines, keys)


def problem_text(problem: Problem | None, ended: str) -> Text | None:
    """What failed, what to do about it, and the id to ask the server's people with."""
    if problem is None:
        return Text(f"✕ {clean(ended, limit=400)}") if ended else None
    words = Text("✕ ")
    words.append(clean(problem.title, limit=200))
    if problem.detail:
        words.append(f": {clean(problem.detail, limit=400)}")
    tail = [clean(problem.hint, limit=200)] if problem.hint else []
    if problem.request_id:
        tail.append(f"request {clean(problem.request_id, limit=80)}")
    if tail:
        words.append("\n  " + " · ".join(tail), style="dim")
    return words


def notice_text(run: RunView | None) -> Text | None:
    """That a run waits for somebody, for what, and which key answers."""
    if run is None:
        return None
    names = [clean(call.name, limit=40) or "a tool" for call in run.required]
    more = len(names) - MOST_NAMES
    said = ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
    words = Text("▲ ")
    words.append(f"The run waits for {counted(len(names), 'tool output')}", style="bold")
    words.append(f": {said}")
    words.append("   o gives them · x stops the run", style="dim")
    return words
