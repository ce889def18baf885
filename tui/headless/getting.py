"""`cupola get`: one object, as details for a person or as JSON for a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tui.api.operation import Operation
from tui.api.paging import Pager
from tui.api.records import Record
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.headless.access import Access, opened
from tui.headless.joining import Joined
from tui.headless.output import Output
from tui.headless.place import Place
from tui.headless.table import cells
from tui.headless.targets import Target, object_target
from tui.headless.writers import json_text
from tui.store.detail import sections_of, title_of
from tui.store.views import Ref, SectionView

INDENT = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class GetOptions:
    """What `cupola get` was asked for."""

    place: Place
    words: tuple[str, ...]
    """`ID`, or `RESOURCE ID`."""
    parents: tuple[str, ...] = ()
    json: bool = False


async def get_object(options: GetOptions, *, environ: Mapping[str, str], output: Output) -> int:
    """Write the object; 0. Raises `UsageError` and `ProblemError`."""
    async with opened(options.place, environ=environ, output=output) as access:
        target = await object_target(access, options.words, options.parents)
        record = await read_object(access, target)
        if options.json or not output.terminal:
            output.line(json_text(dict(record.raw), indent=2))
        else:
            for line in await _details(access, target, record, output):
                output.line(line)
        output.flush()
    return 0


async def read_object(access: Access, target: Target) -> Record:
    """The object, noted in the ledger. Raises `ProblemError`."""
    resource, id = target.resource, target.id or ""
    if resource.get_op is not None:
        record = (await access.call(resource.get_op, target.path)).record
    elif resource.list_op is not None:
        record = await _from_list(access, target, resource.list_op, id)
    else:
        words = f"One {resource.singular} cannot be read alone"
        raise ProblemError(Problem(words, kind=ProblemKind.ABSENT))
    await access.book.note(resource, [(Ref(resource.key, id, target.parents), record)])
    return record


async def _from_list(access: Access, target: Target, op: Operation, id: str) -> Record:
    """An object that can only be listed, looked for page by page."""
    pager = Pager()
    while not pager.ended:
        page = await access.page(
            op,
            target.resource.path(target.parents),
            query=target.resource.query or {},
            after=pager.after,
            limit=op.page_limit if "limit" in op.query else None,
        )
        for record in pager.take(page):
            if record.id == id:
                return record
    raise ProblemError(
        Problem("Not found", f"the list has no {id}", kind=ProblemKind.NOT_FOUND, status=404)
    )


async def _details(access: Access, target: Target, record: Record, output: Output) -> list[str]:
    """The sections of the app's detail as lines."""
    resource = target.resource
    context = Joined(access)
    ref = Ref(resource.key, target.id or "", target.parents)
    await context.read_for(resource.columns, [record])
    views = sections_of(resource, ref, record, context=context, catalog=access.catalog)
    title = title_of(resource, ref, record, context=context, catalog=access.catalog)
    lines = [title]
    for view in views:
        lines += ["", view.title] if view.title else [""]
        lines += _facts(view, output)
        lines += [INDENT + line for line in view.text.splitlines()]
    if record.malformed:
        lines += ["", f"the server's answer is not as expected: {record.malformed}"]
    return lines


def _facts(view: SectionView, output: Output) -> Iterator[str]:
    wide = max((cells(fact.label) for fact in view.facts), default=0)
    for fact in view.facts:
        gap = " " * (wide - cells(fact.label) + 2)
        yield f"{INDENT}{fact.label}{gap}{output.style(fact.value)}"
