"""Where pages come from: the API's lists, by the facts of the descriptor."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from tui.api.operation import Operation
from tui.api.records import Record
from tui.catalog.descriptor import Resource
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.store.ports import Api, Page
from tui.store.views import CollectionKey


class ApiPages:
    """`PageSource` over a list operation."""

    def __init__(
        self, api: Api, op: Operation, *, path: Mapping[str, str], query: Mapping[str, str]
    ) -> None:
        self._api = api
        self._op = op
        self._path = path
        self._query = query

    async def fetch(self, after: str | None, limit: int) -> Page:
        return await self._api.page(
            self._op,
            path=self._path,
            query=self._query,
            after=after,
            limit=limit if "limit" in self._op.query else None,
        )


class NoPages:
    """`PageSource` of a resource that no server lists."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource

    async def fetch(self, after: str | None, limit: int) -> Page:
        raise ProblemError(
            Problem(
                f"The API does not list {self._resource.title.lower()}",
                hint="Paste an id to open one",
                kind=ProblemKind.ABSENT,
            )
        )


def api_pages(api: Api, resource: Resource, key: CollectionKey) -> ApiPages | NoPages:
    """The source of a list. Raises `ValueError` when the key has too few or many parents."""
    if resource.list_op is None:
        return NoPages(resource)
    path = resource.path(key.parents)
    return ApiPages(
        api,
        resource.list_op,
        path={name: value for name, value in path.items() if name in resource.list_op.fields},
        query={**(resource.query or {}), **dict(key.query)},
    )


NAMELESS = "?"
"""Begins the made-up ids of rows that have none."""


def row_id(record: Record) -> str:
    """A row's id; a row without one is known by its content, so that it can still be shown."""
    if record.id:
        return record.id
    content = json.dumps(dict(record.raw), sort_keys=True, default=str, ensure_ascii=True)
    return NAMELESS + hashlib.sha256(content.encode("ascii")).hexdigest()[:16]
