"""Messages of a thread as turns: citations numbered, files called by their names (contract 7.2).

Texts stay as they came; whoever shows them passes them through `safe_text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.core.formats import number
from tui.store.chat_turns import PartView, Role, TurnState, TurnView, UsageView
from tui.store.thread_runs import Names

_REASONS = {"max_tokens": "length", "content_filter": "content_filter"}
"""Why a message is incomplete, in the words that replies of chats have for it."""
MOST_ANNOTATIONS = 500


class _Citations:
    """The files that a message names, numbered in the order of their first mention."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._numbers: dict[str, int] = {}

    def number(self, file_id: str) -> int:
        return self._numbers.setdefault(file_id, len(self._numbers) + 1)

    @property
    def parts(self) -> tuple[PartView, ...]:
        return tuple(
            PartView(str(place), self._names(file_id)) for file_id, place in self._numbers.items()
        )


def turn_of_message(
    raw: Mapping[str, Any], names: Names, *, live: bool = False, usage: UsageView | None = None
) -> TurnView:
    """A message as a turn; `live` when its run may still write on it."""
    citations = _Citations(names)
    texts: list[str] = []
    refusals: list[str] = []
    others: list[PartView] = []
    content = raw.get("content")
    for part in content if isinstance(content, list) else [content] if content else []:
        _read_part(part, texts, refusals, others, citations, names)
    others.extend(citations.parts)
    others.extend(_attachments(raw.get("attachments"), names))
    role = Role.of(raw.get("role"))
    status = raw.get("status")
    state = TurnState.WHOLE
    if status == "in_progress":
        state = TurnState.OPEN if live else TurnState.INTERRUPTED
    return TurnView(
        id=_text(raw.get("id")),
        role=role,
        name=_text(raw.get("role")) if role is Role.OTHER else "",
        text="\n".join(texts),
        refusal="\n".join(refusals),
        parts=tuple(others),
        state=state,
        finish_reason=_reason(raw) if status == "incomplete" else "",
        usage=usage,
    )


def _reason(raw: Mapping[str, Any]) -> str:
    details = raw.get("incomplete_details")
    reason = _text(details.get("reason")) if isinstance(details, Mapping) else ""
    if reason in _REASONS:
        return _REASONS[reason]
    return f"incomplete: {reason.replace('_', ' ')}" if reason else "incomplete"


def _read_part(
    part: object,
    texts: list[str],
    refusals: list[str],
    others: list[PartView],
    citations: _Citations,
    names: Names,
) -> None:
    if isinstance(part, str):
        texts.append(part)
        return
    if not isinstance(part, Mapping):
        return
    kind = _text(part.get("type")) or "part"
    body = part.get(kind)
    if kind == "text":
        texts.append(_cited(body, citations))
    elif kind == "refusal":
        refusals.append(_text(body))
    elif isinstance(body, Mapping) and body.get("file_id"):
        others.append(PartView(kind.removesuffix("_file"), names(_text(body["file_id"]))))
    elif isinstance(body, Mapping):
        others.append(PartView(kind.removesuffix("_url"), _text(body.get("url"))[:2_000]))
    else:
        others.append(PartView(kind))


def _cited(body: object, citations: _Citations) -> str:
    """The text of a part, its citation marks replaced by numbers."""
    if not isinstance(body, Mapping):
        return _text(body)
    value = _text(body.get("value"))
    found = body.get("annotations")
    marks: list[tuple[int, int, str]] = []
    for annotation in (found if isinstance(found, list) else [])[:MOST_ANNOTATIONS]:
        if not isinstance(annotation, Mapping):
            continue
        file_id = _file_of(annotation)
        if not file_id:
            continue
        place = citations.number(file_id)
        span = _span(annotation, value)
        if span is not None:
            marks.append((*span, f"[{place}]"))
    pieces: list[str] = []
    at = 0
    for start, end, mark in sorted(marks):
        if start >= at:
            pieces += [value[at:start], mark]
            at = end
    pieces.append(value[at:])
    return "".join(pieces)


def _file_of(annotation: Mapping[str, Any]) -> str:
    for kind in ("file_citation", "file_path"):
        body = annotation.get(kind)
        if isinstance(body, Mapping) and body.get("file_id"):
            return _text(body["file_id"])
    return ""


def _span(annotation: Mapping[str, Any], value: str) -> tuple[int, int] | None:
    """Where a mark stands: where the server says, if it is there, else where it is found."""
    mark = _text(annotation.get("text"))
    if not mark:
        return None
    start = number(annotation.get("start_index"))
    if start is not None and 0 <= start <= len(value):
        begin = int(start)
        if value[begin : begin + len(mark)] == mark:
            return begin, begin + len(mark)
    begin = value.find(mark)
    return (begin, begin + len(mark)) if begin >= 0 else None


def _attachments(found: object, names: Names) -> list[PartView]:
    parts: list[PartView] = []
    for attachment in found if isinstance(found, list) else []:
        if not isinstance(attachment, Mapping):
            continue
        tools = attachment.get("tools")
        kinds = [
            _text(tool.get("type")).replace("_", " ")
            for tool in (tools if isinstance(tools, list) else [])
            if isinstance(tool, Mapping)
        ]
        name = names(_text(attachment.get("file_id")))
        detail = f"{name} · for {', '.join(kinds)}" if kinds else name
        parts.append(PartView("attached", detail))
    return parts


def files_of(raw: Mapping[str, Any]) -> set[str]:
    """The ids of all files that a message names."""
    seen: set[str] = set()

    def name(file_id: str) -> str:
        seen.add(file_id)
        return ""

    turn_of_message(raw, name)
    return seen - {""}


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
