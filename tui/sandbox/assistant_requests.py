"""Reads what assistants, threads and runs share: tools, their resources, formats and sampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tui.sandbox.chat_request import check_strict, nested, read_function
from tui.sandbox.errors import invalid
from tui.sandbox.fields import Fields
from tui.sandbox.files import living_file, no_such_file
from tui.sandbox.identifiers import Identifiers
from tui.sandbox.ingestion import attach
from tui.sandbox.records import Record, Records
from tui.sandbox.vector_store_records import STORE, Attachment, no_such_store, store_record
from tui.sandbox.vector_store_requests import read_strategy
from tui.sandbox.wire import JsonObject

INSTRUCTIONS_LENGTH = 256_000
TOOL_TYPES = ("code_interpreter", "file_search", "function")
RANKERS = ("auto", "default_2024_08_21")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")

_CODE_FILES = 20
_STORES = 1
_STORE_FILES = 10_000


@dataclass(frozen=True, slots=True)
class NewStore:
    """A vector store that a request makes on the way."""

    attachments: tuple[Attachment, ...]
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Resources:
    """`tool_resources` as a request gives them; None where a tool is not mentioned."""

    file_ids: list[str] | None = None
    store_ids: list[str] | None = None
    new_store: NewStore | None = None

    def resolve(
        self, records: Records, known: JsonObject, *, ids: Identifiers, now: float
    ) -> tuple[JsonObject, list[Record]]:
        """What the object shows, over what it had, and the files that are to be ingested.

        Raises `ApiError` 404 for a file or a store that is not there.
        """
        shown = dict(known)
        entries: list[Record] = []
        if self.file_ids is not None:
            for id in self.file_ids:
                if living_file(records, id, now) is None:
                    raise no_such_file(id, "tool_resources.code_interpreter.file_ids")
            shown["code_interpreter"] = {"file_ids": self.file_ids}
        if self.store_ids is not None:
            for id in self.store_ids:
                if records.get(STORE, id) is None:
                    raise no_such_store(id)
            shown["file_search"] = {"vector_store_ids": self.store_ids}
        if self.new_store is not None:
            for what in self.new_store.attachments:
                if living_file(records, what.file_id, now) is None:
                    raise no_such_file(what.file_id, "tool_resources.file_search.vector_stores")
            store = store_record(ids.new("vs_"), int(now), metadata=self.new_store.metadata)
            records.insert(store)
            entries = attach(records, store.id, self.new_store.attachments, now)
            shown["file_search"] = {"vector_store_ids": [store.id]}
        return shown, entries


def read_resources(fields: Fields, *, makes_stores: bool = True) -> Resources:
    """`tool_resources`. Raises `ApiError` 400."""
    resources = fields.fields("tool_resources")
    if resources is None:
        return Resources()
    resources.only(("code_interpreter", "file_search"))
    code = resources.fields("code_interpreter")
    file_ids = None
    if code is not None:
        code.only(("file_ids",))
        file_ids = list(dict.fromkeys(code.strings("file_ids", maximum=_CODE_FILES) or ()))
    search = resources.fields("file_search")
    if search is None:
        return Resources(file_ids)
    search.only(("vector_store_ids", "vector_stores") if makes_stores else ("vector_store_ids",))
    store_ids = search.strings("vector_store_ids", maximum=_STORES)
    stores = search.items("vector_stores", maximum=_STORES)
    if store_ids is not None and stores is not None:
        name = search.name("vector_stores")
        raise invalid("'vector_store_ids' and 'vector_stores' are mutually exclusive.", name)
    new_store = _new_store(search, stores[0]) if stores else None
    return Resources(file_ids, store_ids, new_store)


def _new_store(search: Fields, value: object) -> NewStore:
    fields = nested(search, "vector_stores[0]", value)
    fields.only(("file_ids", "chunking_strategy", "metadata"))
    size, overlap = read_strategy(fields)
    file_ids = dict.fromkeys(fields.strings("file_ids", maximum=_STORE_FILES) or ())
    attachments = tuple(Attachment(id, max_tokens=size, overlap_tokens=overlap) for id in file_ids)
    return NewStore(attachments, fields.metadata() or {})


def read_tools(fields: Fields, *, maximum: int) -> list[JsonObject]:
    """`tools` as the object shows them. Raises `ApiError` 400."""
    tools = [
        _tool(nested(fields, f"tools[{index}]", value))
        for index, value in enumerate(fields.items("tools", maximum=maximum) or ())
    ]
    names = [tool["function"]["name"] for tool in tools if tool["type"] == "function"]
    hosted = [tool["type"] for tool in tools if tool["type"] != "function"]
    for name in (*names, *hosted):
        if (*names, *hosted).count(name) > 1:
            raise invalid(f"The tool '{name}' is declared twice.", "tools")
    return tools


def _tool(fields: Fields) -> JsonObject:
    kind = fields.required_string("type", choices=TOOL_TYPES)
    if kind == "code_interpreter":
        fields.only(("type",))
        return {"type": kind}
    if kind == "file_search":
        fields.only(("type", "file_search"))
        return {"type": kind, "file_search": _file_search(fields)}
    fields.only(("type", "function"))
    fields.required("function")
    function = fields.fields("function") or Fields({})
    function.only(("name", "description", "parameters", "strict"))
    read_function(function)
    return {"type": kind, "function": {**function.body, "strict": function.boolean("strict")}}


def _file_search(fields: Fields) -> JsonObject:
    inner = fields.fields("file_search") or Fields({}, fields.name("file_search"))
    inner.only(("max_num_results", "ranking_options"))
    shown: JsonObject = {}
    limit = inner.integer("max_num_results", minimum=1, maximum=50)
    if limit is not None:
        shown["max_num_results"] = limit
    options = inner.fields("ranking_options") or Fields({"score_threshold": 0.0})
    options.only(("ranker", "score_threshold"))
    options.required("score_threshold")
    shown["ranking_options"] = {
        "ranker": options.string("ranker", choices=RANKERS) or "default_2024_08_21",
        "score_threshold": options.number("score_threshold", minimum=0, maximum=1),
    }
    return shown


def read_response_format(fields: Fields) -> str | JsonObject:
    """`response_format`: `auto`, or an object as it came. Raises `ApiError` 400."""
    value = fields.body.get("response_format")
    if value is None or isinstance(value, str):
        return fields.string("response_format", choices=("auto",)) or "auto"
    inner = fields.fields("response_format") or Fields({})
    inner.only(("type", "json_schema"))
    kind = inner.required_string("type", choices=("text", "json_object", "json_schema"))
    if kind != "json_schema":
        return {"type": kind}
    inner.required("json_schema")
    schema = inner.fields("json_schema") or Fields({})
    schema.only(("name", "description", "schema", "strict"))
    name = schema.required_string("name", maximum=64)
    schema.string("description")
    definition = schema.fields("schema")
    if definition is not None and schema.boolean("strict"):
        check_strict(definition.body, "response_format", f"response_format '{name}'")
    return inner.body


def read_tool_choice(fields: Fields, tools: Sequence[JsonObject]) -> str | JsonObject:
    """`tool_choice`: a mode, or a tool that must be called. Raises `ApiError` 400."""
    value = fields.body.get("tool_choice")
    if value is None or isinstance(value, str):
        mode = fields.string("tool_choice", choices=("none", "auto", "required")) or "auto"
        if mode == "required" and not tools:
            raise invalid("'tool_choice' is 'required', but there are no tools.", "tool_choice")
        return mode
    inner = fields.fields("tool_choice") or Fields({})
    inner.only(("type", "function"))
    kind = inner.required_string("type", choices=TOOL_TYPES)
    if kind != "function":
        if all(tool["type"] != kind for tool in tools):
            raise invalid(f"Tool choice '{kind}' not found in 'tools' parameter.", "tool_choice")
        return {"type": kind}
    inner.required("function")
    function = inner.fields("function") or Fields({})
    name = function.required_string("name")
    if all(tool.get("function", {}).get("name") != name for tool in tools):
        raise invalid(f"Tool choice '{name[:64]}' not found in 'tools' parameter.", "tool_choice")
    return {"type": kind, "function": {"name": name}}


def read_truncation(fields: Fields) -> JsonObject:
    """`truncation_strategy`. Raises `ApiError` 400."""
    inner = fields.fields("truncation_strategy")
    if inner is None:
        return {"type": "auto", "last_messages": None}
    inner.only(("type", "last_messages"))
    kind = inner.required_string("type", choices=("auto", "last_messages"))
    if kind == "last_messages":
        inner.required("last_messages")
    last = inner.integer("last_messages", minimum=1)
    return {"type": kind, "last_messages": last if kind == "last_messages" else None}


def read_sampling(fields: Fields) -> dict[str, Any]:
    """`temperature` and `top_p` as given; null where they are not. Raises `ApiError` 400."""
    fields.string("reasoning_effort", choices=EFFORTS)
    return {
        "temperature": fields.number("temperature", minimum=0, maximum=2),
        "top_p": fields.number("top_p", minimum=0, maximum=1),
    }
