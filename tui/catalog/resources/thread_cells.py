"""Cells of assistants, threads, messages, runs and steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tui.api.records import Record
from tui.catalog.cells import NOTHING, STATUS_TONES
from tui.catalog.descriptor import Context, FilterKind, ServerFilter, Shown, Tone
from tui.core import formats
from tui.core.safe_text import clean

ORDER = ServerFilter(
    param="order",
    title="Order",
    kind=FilterKind.CHOICE,
    choices=("desc", "asc"),
    default="desc",
)
TITLES = ("title", "name", "subject", "topic")
"""Metadata keys that people keep a thread's title under: a thread has none of its own."""
RUN_ENDS = frozenset({"completed", "failed", "incomplete", "expired", "cancelled"})
MOST_CALLS = 200


def title_of(record: Record) -> str:
    """A thread's title, from its metadata; its id where there is none."""
    metadata = record.raw.get("metadata")
    if isinstance(metadata, Mapping):
        for key in TITLES:
            if isinstance(metadata.get(key), str) and metadata[key].strip():
                return str(metadata[key])
    return record.id


def thread_title(record: Record, _context: Context) -> Shown:
    title = title_of(record)
    if not title:
        return NOTHING
    if title == record.id:
        return Shown(clean(formats.short_id(title)), Tone.MUTED, clean(title))
    return Shown(clean(title, limit=400))


def rest_of_metadata(record: Record, _context: Context) -> Shown:
    """The metadata without the title, on one line."""
    metadata = record.raw.get("metadata")
    title = title_of(record)
    if not isinstance(metadata, Mapping):
        return NOTHING
    rest = [f"{key} {value}" for key, value in metadata.items() if value != title]
    return Shown(clean(" · ".join(rest), limit=400), Tone.MUTED) if rest else NOTHING


def tools(record: Record, _context: Context) -> Shown:
    """The tools by name: `file search · get_weather`."""
    found = record.raw.get("tools")
    names = [_tool_name(tool) for tool in (found if isinstance(found, list) else [])]
    line = " · ".join(name for name in names if name)
    return Shown(clean(line, limit=400)) if line else NOTHING


def _tool_name(tool: object) -> str:
    if not isinstance(tool, Mapping):
        return ""
    function = tool.get("function")
    if isinstance(function, Mapping) and function.get("name"):
        return str(function["name"])
    return str(tool.get("type") or "").replace("_", " ")


def resources(record: Record, _context: Context) -> Shown:
    """What tools work on, counted: `1 store · 2 files`."""
    found = record.raw.get("tool_resources")
    if not isinstance(found, Mapping):
        return NOTHING
    stores = _ids(found.get("file_search"), "vector_store_ids")
    files = _ids(found.get("code_interpreter"), "file_ids")
    parts = [formats.counted(stores, "store")] if stores else []
    parts += [formats.counted(files, "file")] if files else []
    return Shown(" · ".join(parts), sort=stores + files) if parts else NOTHING


def _ids(group: object, name: str) -> int:
    ids = group.get(name) if isinstance(group, Mapping) else None
    return len(ids) if isinstance(ids, list) else 0


def message_text(record: Record) -> str:
    """The text of all parts of a message; parts that are none by their kind."""
    content = record.raw.get("content")
    if isinstance(content, str):
        return content
    texts: list[str] = []
    for part in content if isinstance(content, list) else []:
        if not isinstance(part, Mapping):
            continue
        kind = str(part.get("type") or "part")
        body = part.get(kind)
        if isinstance(body, Mapping) and isinstance(body.get("value"), str):
            texts.append(body["value"])
        elif isinstance(body, str):
            texts.append(body)
        else:
            texts.append(f"[{kind.removesuffix('_file').removesuffix('_url')}]")
    return "\n".join(texts)


def message_files(record: Record, _context: Context) -> Shown:
    """How many files a message brings or cites."""
    attached = record.raw.get("attachments")
    count = len(attached) if isinstance(attached, list) else 0
    return Shown(formats.counted(count, "file"), sort=count) if count else NOTHING


def took(begin: str, *ends: str) -> Any:
    """How long something took; what has not ended counts to now, unless it never will."""

    def show(record: Record, context: Context) -> Shown:
        start = formats.timestamp(record.get(begin)) or formats.timestamp(record.get("created_at"))
        if start is None:
            return NOTHING
        found = [end for name in ends if (end := formats.timestamp(record.get(name))) is not None]
        if not found and str(record.get("status")) in RUN_ENDS:
            return NOTHING
        passed = max(0.0, (max(found) if found else context.now) - start)
        return Shown(formats.duration(passed), Tone.PLAIN, passed)

    return show


def failure(record: Record, _context: Context) -> Shown:
    """Why something failed or is incomplete."""
    code = record.get("last_error.code")
    message = record.get("last_error.message")
    if code or message:
        said = " · ".join(str(part) for part in (code, message) if part)
        return Shown(clean(said, limit=400), Tone.BAD)
    reason = record.get("incomplete_details.reason")
    return Shown(clean(reason, limit=80).replace("_", " "), Tone.WARN) if reason else NOTHING


def step_did(record: Record, _context: Context) -> Shown:
    """What a step did: the message that it wrote, or the tools that it called."""
    names = [_call_name(call) for call in calls_in(record)]
    if names:
        return Shown(clean(" · ".join(names), limit=400))
    if record.get("type") == "message_creation":
        return Shown("wrote a message")
    kind = record.get("type")
    return Shown(clean(kind, limit=80).replace("_", " ")) if kind else NOTHING


def calls_in(record: Record) -> list[Mapping[str, Any]]:
    """The tool calls of a step."""
    details = record.raw.get("step_details")
    found = details.get("tool_calls") if isinstance(details, Mapping) else None
    calls = found if isinstance(found, list) else []
    return [call for call in calls[:MOST_CALLS] if isinstance(call, Mapping)]


def _call_name(call: Mapping[str, Any]) -> str:
    function = call.get("function")
    if isinstance(function, Mapping) and function.get("name"):
        return str(function["name"])
    return str(call.get("type") or "tool").replace("_", " ")


def calls_text(record: Record) -> str:
    """Everything that went into the tools of a step and came out of them."""
    return "\n\n".join(call_text(call) for call in calls_in(record))


def call_text(call: Mapping[str, Any]) -> str:
    """One call: its name, what was given, what came back."""
    kind = str(call.get("type") or "")
    body = call.get(kind)
    inner = body if isinstance(body, Mapping) else {}
    lines = [f"→ {_call_name(call)}"]
    if kind == "function":
        lines.append(_pretty(inner.get("arguments")))
        output = inner.get("output")
        lines.append("← no output yet" if output is None else f"← {_pretty(output)}")
    elif kind == "code_interpreter":
        lines.append(str(inner.get("input") or ""))
        outputs = inner.get("outputs")
        for output in outputs if isinstance(outputs, list) else []:
            if isinstance(output, Mapping):
                lines.append(f"← {output.get('logs') or output.get('type') or ''}")
    elif kind == "file_search":
        results = inner.get("results")
        for result in results if isinstance(results, list) else []:
            if isinstance(result, Mapping):
                score = formats.number(result.get("score"))
                shown = f"{score:.2f}  " if score is not None else ""
                lines.append(f"{shown}{result.get('file_name') or result.get('file_id') or ''}")
    elif inner:
        lines.append(_pretty(dict(inner)))
    return "\n".join(line for line in lines if line)


def _pretty(value: object) -> str:
    """JSON laid out over lines; what is none stays as it is."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return value if isinstance(value, str) else ""
    if value is None:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False, indent=2, default=str)
    except (ValueError, RecursionError):
        return ""


def run_status(record: Record, _context: Context) -> Shown:
    """A dot and a word; a run that waits says for what."""
    value = record.get("status")
    if not value:
        return NOTHING
    word = clean(value, limit=40)
    shown = "waits for outputs" if word == "requires_action" else word.replace("_", " ")
    return Shown(f"● {shown}", STATUS_TONES.get(word, Tone.PLAIN), word)


def metadata_prefill(record: Record) -> Mapping[str, Any]:
    """The first values of a form that changes metadata alone."""
    return {"metadata": dict(record.raw.get("metadata") or {})}


def metadata_overlay(_record: Record, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the server echoes as it is sent."""
    return {name: value for name, value in values.items() if name == "metadata"}
