"""From what is known of a thread to what is shown of it; what did not change stays the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.store.chat_turns import Role, TurnView, UsageView
from tui.store.thread_content import turn_of_message
from tui.store.thread_runs import TERMINAL, Names, RunView, StepView, run_of, step_of
from tui.store.thread_state import ThreadState

Raw = Mapping[str, Any]


class Shown:
    """Makes turns and runs of a thread's state, and keeps them while their objects are the same."""

    def __init__(self, state: ThreadState, names: Names) -> None:
        self._state = state
        self._names = names
        self._turns: dict[str, tuple[Raw, bool, UsageView | None, TurnView]] = {}
        self._steps: dict[str, tuple[Raw, StepView]] = {}
        self._runs: dict[str, tuple[Raw, tuple[StepView, ...], bool, RunView]] = {}

    def forget_names(self) -> None:
        """Files are called otherwise now."""
        self._turns.clear()
        self._steps.clear()
        self._runs.clear()

    def runs(self) -> tuple[RunView, ...]:
        """Newest first."""
        state = self._state
        return tuple(self._run(state.runs[id]) for id in reversed(state.run_order))

    def _run(self, raw: Raw) -> RunView:
        id = str(raw.get("id"))
        held = self._state.steps.get(id)
        found = [self._step(step) for step in (held or {}).values()]
        steps = tuple(sorted(found, key=lambda step: step.created or float("inf")))
        known = self._runs.get(id)
        if known is not None and known[0] is raw and known[2] is (held is not None):
            same = len(known[1]) == len(steps)
            if same and all(a is b for a, b in zip(known[1], steps, strict=True)):
                return known[3]
        run = run_of(raw, steps, read=held is not None)
        self._runs[id] = (raw, steps, held is not None, run)
        return run

    def _step(self, raw: Raw) -> StepView:
        id = str(raw.get("id"))
        known = self._steps.get(id)
        if known is not None and known[0] is raw:
            return known[1]
        step = step_of(raw, self._names)
        self._steps[id] = (raw, step)
        return step

    def turns(self) -> tuple[TurnView, ...]:
        """Oldest first, the calls that a run waits for at the end."""
        state = self._state
        usages = self._usages()
        shown = [self._turn(id, state.messages[id], usages.get(id)) for id in state.message_order]
        if state.run_order:
            run = self._run(state.runs[state.run_order[-1]])
            if run.required:
                shown.append(
                    TurnView(id=f"required:{run.id}", role=Role.ASSISTANT, calls=run.required)
                )
        return tuple(shown)

    def _turn(self, id: str, raw: Raw, usage: UsageView | None) -> TurnView:
        live = raw.get("status") == "in_progress" and self._live(raw)
        known = self._turns.get(id)
        if known is not None and known[0] is raw and known[1:3] == (live, usage):
            return known[3]
        turn = turn_of_message(raw, self._names, live=live, usage=usage)
        self._turns[id] = (raw, live, usage, turn)
        return turn

    def _live(self, raw: Raw) -> bool:
        """Whether a run may still write on a message."""
        run_id = raw.get("run_id")
        if isinstance(run_id, str) and run_id in self._state.runs:
            return self._state.runs[run_id].get("status") not in TERMINAL
        order = self._state.run_order
        return bool(order) and self._state.runs[order[-1]].get("status") not in TERMINAL

    def _usages(self) -> dict[str, UsageView]:
        """What each run took, at the last message that it wrote."""
        last: dict[str, str] = {}
        for id in self._state.message_order:
            run_id = self._state.messages[id].get("run_id")
            if isinstance(run_id, str) and run_id in self._state.runs:
                last[run_id] = id
        found = {id: self._run(self._state.runs[run_id]).usage for run_id, id in last.items()}
        return {id: usage for id, usage in found.items() if usage is not None}
