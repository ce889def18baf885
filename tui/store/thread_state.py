"""What is known of one thread: objects and stream events in, in whatever order they come.

Pure: no clock, no network. The objects stay raw, each change makes a new one, so that what did not
change is the same object. What ended does not begin again because an older answer comes late.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from tui.store.thread_runs import MESSAGE_TERMINAL, STEP_TERMINAL, TERMINAL

Raw: TypeAlias = Mapping[str, Any]

_WHOLE = frozenset({"id", "type", "index", "object", "role", "name", "file_id", "status"})
"""Fields of a delta that come whole; other texts come in pieces."""
_DELTAS = {"thread.message.delta", "thread.run.step.delta"}
MOST_PARTS = 2_000
"""Parts of one list that deltas may make."""


class ThreadState:
    """Messages, runs and steps by id, in their order, oldest first."""

    def __init__(self) -> None:
        self.thread: Raw | None = None
        self.messages: dict[str, Raw] = {}
        self.message_order: list[str] = []
        self.runs: dict[str, Raw] = {}
        self.run_order: list[str] = []
        self.steps: dict[str, dict[str, Raw]] = {}
        """By run."""
        self.gone: set[str] = set()
        """Messages that were deleted: a list that lags behind does not bring them back."""
        self._born: set[str] = set()
        """Told of, and not listed yet: lists lag behind what events tell."""

    # One object, or one event.

    def apply(self, event: str, payload: object) -> str:
        """Take an event of a run's stream; gives the kind of object that it was about.

        What it was about is told by the object: servers that do not stream send it alone, and
        names that are not known here change nothing for it.
        """
        if not isinstance(payload, Mapping):
            return ""
        kind = payload.get("object")
        if event in _DELTAS:
            kind = event
        if not isinstance(payload.get("id"), str) or not isinstance(kind, str):
            return ""
        match kind:
            case "thread":
                self.thread = payload
            case "thread.message":
                self.put_message(payload)
            case "thread.message.delta":
                self._grow_message(payload)
            case "thread.run":
                self.put_run(payload)
            case "thread.run.step":
                self.put_step(payload)
            case "thread.run.step.delta":
                self._grow_step(payload)
            case _:
                return ""
        return kind

    def put_message(self, raw: Raw) -> None:
        """A message as the server says it is; what streamed in of one under way is kept."""
        id = str(raw.get("id") or "")
        if not id or id in self.gone:
            return
        known = self.messages.get(id)
        if known is not None and raw.get("status") == "in_progress":
            if known.get("status") in MESSAGE_TERMINAL:
                return
            if _size(known.get("content")) > _size(raw.get("content")):
                raw = {**raw, "content": known["content"]}
        if known is None:
            self.message_order.append(id)
            self._born.add(id)
        self.messages[id] = raw

    def put_run(self, raw: Raw) -> None:
        id = str(raw.get("id") or "")
        known = self.runs.get(id)
        if not id or (known is not None and _ended(known, TERMINAL) and not _ended(raw, TERMINAL)):
            return
        if known is None:
            self.run_order.append(id)
            self._born.add(id)
        self.runs[id] = raw

    def put_step(self, raw: Raw) -> None:
        id, run_id = str(raw.get("id") or ""), str(raw.get("run_id") or "")
        if not id:
            return
        run_id = self._run_of_step(id) or run_id
        steps = self.steps.setdefault(run_id, {})
        known = steps.get(id)
        if known is not None and not _ended(raw, STEP_TERMINAL):
            if _ended(known, STEP_TERMINAL):
                return
            if _size(known.get("step_details")) > _size(raw.get("step_details")):
                raw = {**raw, "step_details": known["step_details"]}
        steps[id] = raw

    def remove_message(self, id: str) -> None:
        """It was deleted."""
        self.gone.add(id)
        if self.messages.pop(id, None) is not None:
            self.message_order.remove(id)

    # Stretches of lists.

    def take_messages(self, newest_first: Sequence[Raw], *, whole: bool) -> bool:
        """The newest stretch of the messages; whether there is a gap below what was known."""
        page = [raw for raw in reversed(newest_first) if raw.get("id") not in self.gone]
        order, gap = woven(self.message_order, _ids(page), born=self._born, whole=whole)
        for raw in page:
            self.put_message(raw)
        self._keep_messages(order)
        self._born.difference_update(_ids(page))
        return gap

    def take_older(self, newest_first: Sequence[Raw]) -> None:
        """The stretch of messages before the oldest that is known."""
        page = [raw for raw in reversed(newest_first) if raw.get("id") not in self.gone]
        known = set(self.message_order)
        order = [id for id in _ids(page) if id not in known] + self.message_order
        for raw in page:
            self.put_message(raw)
        self._keep_messages(order)

    def take_runs(self, newest_first: Sequence[Raw], *, whole: bool) -> bool:
        """The newest stretch of the runs, as `take_messages`."""
        page = list(reversed(newest_first))
        order, gap = woven(self.run_order, _ids(page), born=self._born, whole=whole)
        for raw in page:
            self.put_run(raw)
        self._keep_runs(order)
        self._born.difference_update(_ids(page))
        return gap

    def take_older_runs(self, newest_first: Sequence[Raw]) -> None:
        """The stretch of runs before the oldest that is known."""
        page = list(reversed(newest_first))
        known = set(self.run_order)
        order = [id for id in _ids(page) if id not in known] + self.run_order
        for raw in page:
            self.put_run(raw)
        self._keep_runs(order)

    def take_steps(self, run_id: str, newest_first: Iterable[Raw]) -> None:
        """All steps of a run."""
        for raw in reversed(list(newest_first)):
            self.put_step({**raw, "run_id": raw.get("run_id") or run_id})
        self.steps.setdefault(run_id, {})

    def _keep_messages(self, order: list[str]) -> None:
        self.message_order = [id for id in order if id in self.messages]
        self.messages = {id: self.messages[id] for id in self.message_order}

    def _keep_runs(self, order: list[str]) -> None:
        self.run_order = [id for id in order if id in self.runs]
        self.runs = {id: self.runs[id] for id in self.run_order}

    # Deltas.

    def _grow_message(self, payload: Raw) -> None:
        id, delta = payload["id"], payload.get("delta")
        known = self.messages.get(id)
        if id in self.gone or not isinstance(delta, Mapping):
            return
        if known is None:
            known = {"id": id, "object": "thread.message", "role": "assistant"}
            known = {**known, "status": "in_progress", "content": []}
            self.message_order.append(id)
            self._born.add(id)
        elif known.get("status") in MESSAGE_TERMINAL:
            return
        self.messages[id] = {**known, "content": grown(known.get("content"), delta.get("content"))}

    def _grow_step(self, payload: Raw) -> None:
        id, delta = payload["id"], payload.get("delta")
        if not isinstance(delta, Mapping):
            return
        run_id = self._run_of_step(id) or (self.run_order[-1] if self.run_order else "")
        steps = self.steps.setdefault(run_id, {})
        known = steps.get(id)
        if known is None:
            known = {"id": id, "object": "thread.run.step", "run_id": run_id}
            known = {**known, "status": "in_progress"}
        elif _ended(known, STEP_TERMINAL):
            return
        details = grown(known.get("step_details"), delta.get("step_details"))
        steps[id] = {**known, "step_details": details}

    def _run_of_step(self, id: str) -> str:
        return next((run for run, steps in self.steps.items() if id in steps), "")


def woven(
    known: Sequence[str], page: Sequence[str], *, born: Collection[str], whole: bool
) -> tuple[list[str], bool]:
    """The order of a list after its newest stretch was read again, oldest first, and whether
    something may be missing between that stretch and what is older.

    What stands between its ends and is not in it was deleted, unless it was never listed yet.
    """
    there = set(page)
    begin = next((place for place, id in enumerate(known) if id in there), len(known))
    newer = [id for id in known[begin:] if id not in there and id in born]
    if begin == len(known):
        newer = [id for id in known if id in born]
        older = [id for id in known if id not in born]
        gap = bool(older) and not whole
        return [*page, *newer], gap
    older = [] if whole else [id for id in known[:begin] if id not in there]
    return [*older, *page, *newer], False


def grown(old: Any, new: Any, key: str = "") -> Any:
    """A value with a delta added: texts go on, lists by their items' `index`, the rest is new."""
    if new is None:
        return old
    if isinstance(new, Mapping):
        base: Raw = old if isinstance(old, Mapping) else {}
        return {**base, **{name: grown(base.get(name), part, name) for name, part in new.items()}}
    if isinstance(new, list):
        return _grown_list(old if isinstance(old, list) else [], new)
    if isinstance(new, str) and isinstance(old, str) and key not in _WHOLE:
        return old + new
    return new


def _grown_list(old: list[Any], new: list[Any]) -> list[Any]:
    parts = {_index(part, place): part for place, part in enumerate(old)}
    for part in new:
        index = _index(part, len(parts))
        if index in parts or len(parts) < MOST_PARTS:
            parts[index] = grown(parts.get(index), part)
    return [parts[index] for index in sorted(parts)]


def _index(part: object, place: int) -> int:
    index = part.get("index") if isinstance(part, Mapping) else None
    return index if isinstance(index, int) and not isinstance(index, bool) else place


def _size(value: object) -> int:
    """How much text there is in a value: which of two states of it is the later one."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(_size(part) + 1 for part in value.values())
    if isinstance(value, list | tuple):
        return sum(_size(part) + 1 for part in value)
    return 0


def _ended(raw: Raw, terminal: frozenset[str]) -> bool:
    return raw.get("status") in terminal


def _ids(page: Iterable[Raw]) -> list[str]:
    return list(dict.fromkeys(str(raw["id"]) for raw in page if raw.get("id")))
