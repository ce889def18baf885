"""The one bridge from the store to the screen: a cell's values, shown at most once a frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from textual.widget import Widget

from tui.core.cell import Readable, Unsubscribe

T = TypeVar("T")


def bind(node: Widget, cell: Readable[T], show: Callable[[T], None]) -> Unsubscribe:
    """Show a cell's value now, and each later one, for as long as the mounted `node` lives.

    However often the cell tells, `show` runs once between two frames, with the last value. The
    subscription ends with the node's message loop; the result ends it sooner.
    """
    waiting = False
    ended = False

    def deliver() -> None:
        nonlocal waiting
        waiting = False
        if not ended and node.is_running:
            show(cell.value)

    def hear(_value: T) -> None:
        nonlocal waiting
        if not waiting and not ended:
            # Refused by a node that is closing; nothing is shown there any more.
            waiting = node.call_after_refresh(deliver)

    unsubscribe = cell.subscribe(hear)

    def stop() -> None:
        nonlocal ended
        ended = True
        unsubscribe()

    node.task.add_done_callback(lambda _task: stop())
    show(cell.value)
    return stop
