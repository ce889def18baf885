"""What can be set for an upload beside its files: asked one by one from a menu."""

from __future__ import annotations

from dataclasses import replace

from tui.core.formats import counted, duration
from tui.store.ingest_attributes import format_attribute_line, parse_attribute_line
from tui.store.ingest_plan import PURPOSE_HELP, PURPOSES, PlanRequest
from tui.ui.asking import Asking
from tui.ui.questions import MenuItem
from tui.ui.widgets.caption import Words, facts

EXPIRIES: dict[str, int | None] = {
    "never": None,
    "after 1 hour": 3_600,
    "after 1 day": 86_400,
    "after 7 days": 604_800,
    "after 30 days": 2_592_000,
}


def expiry_words(seconds: int | None) -> str:
    """`never`, `after 7 days`."""
    for words, value in EXPIRIES.items():
        if value == seconds:
            return words
    return f"after {duration(seconds)}"


def option_words(request: PlanRequest) -> Words:
    """What is set, on one line."""
    pairs = [("purpose", request.purpose), ("expires", expiry_words(request.expires_after))]
    if request.vector_store is not None and (request.attributes or request.path_attribute):
        number = len(request.attributes) + request.path_attribute
        pairs.append(("with", counted(number, "attribute")))
    if not request.recursive:
        pairs.append(("folders", "top level only"))
    if request.hidden:
        pairs.append(("hidden names", "too"))
    if request.includes:
        pairs.append(("only", " ".join(request.includes)))
    if request.excludes:
        pairs.append(("except", " ".join(request.excludes)))
    return facts(*pairs)


def _items(request: PlanRequest) -> list[MenuItem]:
    into_store = request.vector_store is not None
    items = [
        MenuItem(
            "purpose",
            "Purpose",
            request.purpose,
            blocked="vector stores take assistants" if into_store else "",
        ),
        MenuItem("expires", "Expires", expiry_words(request.expires_after)),
    ]
    if into_store:
        attributes = format_attribute_line(request.attributes) or "none"
        items += [
            MenuItem("attributes", "Attributes of each file", attributes),
            MenuItem(
                "path",
                "Each file's path as an attribute",
                "yes" if request.path_attribute else "no",
            ),
        ]
    return [
        *items,
        MenuItem("recursive", "Folders inside folders", "yes" if request.recursive else "no"),
        MenuItem("hidden", "Hidden names", "yes" if request.hidden else "no"),
        MenuItem("includes", "Only names like", " ".join(request.includes) or "all"),
        MenuItem("excludes", "Except names like", " ".join(request.excludes) or "none"),
    ]


async def ask_options(asking: Asking, request: PlanRequest) -> PlanRequest:
    """One option changed, from a menu; the same request when nothing was. Needs a worker."""
    match await asking.ask_menu("Options of the upload", _items(request)):
        case "purpose":
            request = await _ask_purpose(asking, request)
        case "expires":
            request = await _ask_expiry(asking, request)
        case "attributes":
            request = await _ask_attributes(asking, request)
        case "path":
            request = replace(request, path_attribute=not request.path_attribute)
        case "recursive":
            request = replace(request, recursive=not request.recursive)
        case "hidden":
            request = replace(request, hidden=not request.hidden)
        case "includes":
            names = await _ask_names(asking, "Only names like", request.includes)
            request = replace(request, includes=names)
        case "excludes":
            names = await _ask_names(asking, "Except names like", request.excludes)
            request = replace(request, excludes=names)
    return request


async def _ask_purpose(asking: Asking, request: PlanRequest) -> PlanRequest:
    items = [MenuItem(p, p, PURPOSE_HELP[p], chosen=p == request.purpose) for p in PURPOSES]
    chosen = await asking.ask_menu("What the files are for", items)
    return request if chosen is None else replace(request, purpose=chosen)


async def _ask_expiry(asking: Asking, request: PlanRequest) -> PlanRequest:
    items = [
        MenuItem(words, words, chosen=value == request.expires_after)
        for words, value in EXPIRIES.items()
    ]
    chosen = await asking.ask_menu("Files delete themselves", items)
    return request if chosen is None else replace(request, expires_after=EXPIRIES[chosen])


async def _ask_attributes(asking: Asking, request: PlanRequest) -> PlanRequest:
    text, hint = format_attribute_line(request.attributes), "lang = en, year = 2024"
    while True:
        answer = await asking.ask_line("Attributes of each file", text, hint)
        if answer is None:
            return request
        try:
            return replace(request, attributes=parse_attribute_line(answer))
        except ValueError as error:
            text, hint = answer, str(error)


async def _ask_names(asking: Asking, title: str, names: tuple[str, ...]) -> tuple[str, ...]:
    answer = await asking.ask_line(title, " ".join(names), "*.md *.txt")
    return names if answer is None else tuple(answer.split())
