"""`cupola list`: pages of a list, one after the other, until the limit is reached.

What the server cannot list comes from the ledger, each object read on its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from tui.api.operation import Operation
from tui.api.paging import Pager
from tui.api.records import Record
from tui.catalog.descriptor import Resource
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.headless.access import Access, opened
from tui.headless.filters import Asked, read_filters
from tui.headless.joining import AT_ONCE, Joined
from tui.headless.output import Output
from tui.headless.place import Place
from tui.headless.table import columns_of
from tui.headless.targets import Target, list_target
from tui.headless.writers import Form, writer_of
from tui.store.sources import row_id
from tui.store.views import Ref

LEDGER_PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """What `cupola list` was asked for."""

    place: Place
    resource: str
    parents: tuple[str, ...] = ()
    limit: int | None = 20
    """Rows at most; `None`: all."""
    filters: tuple[str, ...] = ()
    order: str | None = None
    form: Form = Form.TABLE


async def list_objects(options: ListOptions, *, environ: Mapping[str, str], output: Output) -> int:
    """Write the list; 0. Raises `UsageError` and `ProblemError`."""
    async with opened(options.place, environ=environ, output=output) as access:
        target = await list_target(access, options.resource, options.parents)
        asked = read_filters(target.resource, options.filters, options.order)
        context = Joined(access)
        writer = writer_of(options.form, output, target.resource, context)
        joins = options.form in (Form.TABLE, Form.CSV) and bool(target.resource.joins)
        left, more = options.limit, False
        writer.begin()
        count = 0
        async for page, last in _pages(access, target, asked, options.limit):
            rows = page if left is None else page[:left]
            more = not last or len(rows) < len(page)
            if rows:
                if joins:
                    await context.read_for(columns_of(target.resource), rows)
                writer.rows(rows)
                count += len(rows)
            if left is not None:
                left -= len(rows)
                if left <= 0:
                    break
        writer.end()
        _say_what_is_not_there(output, target.resource, count, more, options)
    return 0


def _say_what_is_not_there(
    output: Output, resource: Resource, count: int, more: bool, options: ListOptions
) -> None:
    if not count:
        output.say(f"no {resource.title.lower()}")
    elif more and options.form is Form.TABLE:
        output.say(f"the first {count:,}; there are more: --limit N, or --limit all")


async def _pages(
    access: Access, target: Target, asked: Asked, limit: int | None
) -> AsyncIterator[tuple[tuple[Record, ...], bool]]:
    """The rows that pass, page by page, and whether the list ends with them."""
    seen: set[str] = set()
    resource = target.resource
    if resource.list_op is not None:
        try:
            async for page, last in _from_server(access, target, resource.list_op, asked, limit):
                seen.update(record.id for record in page)
                kept = tuple(one for one in page if asked.fits(one))
                yield kept, last and not resource.ledger
        except ProblemError as error:
            # The API has no such list, but some servers do (design 11): they are asked first.
            if not (resource.ledger and error.problem.kind is ProblemKind.ABSENT):
                raise
    if resource.ledger or resource.list_op is None:
        async for page, last in _from_ledger(access, target, seen):
            yield tuple(one for one in page if asked.fits(one)), last


async def _from_server(
    access: Access, target: Target, op: Operation, asked: Asked, limit: int | None
) -> AsyncIterator[tuple[tuple[Record, ...], bool]]:
    pager = Pager()
    left = None if asked.wanted else limit
    while not pager.ended:
        size = op.page_limit if left is None else min(op.page_limit, left)
        page = await access.page(
            op,
            target.path,
            query=asked.query,
            after=pager.after,
            limit=size if "limit" in op.query else None,
        )
        rows = pager.take(page)
        refs = ((Ref(target.resource.key, row_id(one), target.parents), one) for one in rows)
        await access.book.note(target.resource, refs)
        yield rows, pager.ended
        if left is not None:
            left -= len(rows)
            if left <= 0:
                return


async def _from_ledger(
    access: Access, target: Target, seen: set[str]
) -> AsyncIterator[tuple[tuple[Record, ...], bool]]:
    """The objects of the ledger, latest first, without those that the server has no more."""
    op = target.resource.get_op
    if op is None:
        raise ProblemError(
            Problem(
                f"The API does not list {target.resource.title.lower()}", kind=ProblemKind.ABSENT
            )
        )
    skip, last = 0, False
    while not last:
        entries = await access.book.by_kind(
            target.resource.key, target.parents, limit=LEDGER_PAGE, skip=skip
        )
        last = len(entries) < LEDGER_PAGE
        gate = asyncio.Semaphore(AT_ONCE)
        ids = [entry.id for entry in entries if entry.id not in seen]
        read = await asyncio.gather(*(_read(access, target, op, id, gate) for id in ids))
        gone = [id for id, record in zip(ids, read, strict=True) if record is None]
        for id in gone:
            await access.book.forget(Ref(target.resource.key, id, target.parents))
        skip += len(entries) - len(gone)
        yield tuple(record for record in read if record is not None), last


async def _read(
    access: Access, target: Target, op: Operation, id: str, gate: asyncio.Semaphore
) -> Record | None:
    """One object; `None` when it is gone. Raises `ProblemError`."""
    async with gate:
        try:
            return (await access.call(op, target.resource.path(target.parents, id))).record
        except ProblemError as error:
            if error.problem.kind is ProblemKind.NOT_FOUND:
                return None
            raise
