"""The catalogue: descriptors by key, each group imported when it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping

from tui.catalog.descriptor import Resource
from tui.catalog.index import ENTRIES, entry


class Catalog(Mapping[str, Resource]):
    """A mapping of resource keys to descriptors that loads a section's module on first use."""

    def __init__(self) -> None:
        self._loaded: dict[str, Resource] = {}

    def __getitem__(self, key: str) -> Resource:
        if key not in self._loaded:
            module = importlib.import_module(f"tui.catalog.resources.{entry(key).module}")
            for resource in module.RESOURCES:
                self._loaded.setdefault(resource.key, resource)
        return self._loaded[key]

    def __contains__(self, key: object) -> bool:
        return any(found.key == key for found in ENTRIES)

    def __iter__(self) -> Iterator[str]:
        return (found.key for found in ENTRIES)

    def __len__(self) -> int:
        return len(ENTRIES)
