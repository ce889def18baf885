"""Which rows are marked: by reference, so that sorting, filtering and refreshing keep them."""

from __future__ import annotations

from collections.abc import Iterable

from tui.store.views import Ref, RowSource


class Marks:
    """The marked objects, in the order of marking, and where a range would begin."""

    def __init__(self) -> None:
        self._refs: dict[Ref, None] = {}
        self._anchor: Ref | None = None

    def __contains__(self, ref: Ref) -> bool:
        return ref in self._refs

    def __len__(self) -> int:
        return len(self._refs)

    @property
    def refs(self) -> tuple[Ref, ...]:
        return tuple(self._refs)

    def toggle(self, ref: Ref) -> None:
        """Mark an object or take its mark away; a range begins here."""
        if ref in self._refs:
            del self._refs[ref]
        else:
            self._refs[ref] = None
        self._anchor = ref

    def extend(self, rows: RowSource, index: int) -> range:
        """Mark from where the range begins to `index`; the positions that it covers."""
        anchor = rows.index_of(self._anchor) if self._anchor is not None else None
        begin = index if anchor is None else anchor
        covered = range(min(begin, index), max(begin, index) + 1)
        self._refs.update(dict.fromkeys(rows.ref(position) for position in covered))
        self._anchor = rows.ref(index)
        return covered

    def clear(self) -> bool:
        """Take all marks away; whether there were any."""
        had = bool(self._refs)
        self._refs.clear()
        self._anchor = None
        return had

    def drop_missing(self, rows: RowSource) -> bool:
        """Forget objects that are gone; whether there were any."""
        return self._drop(ref for ref in self._refs if rows.index_of(ref) is None)

    def _drop(self, gone: Iterable[Ref]) -> bool:
        refs = list(gone)
        for ref in refs:
            del self._refs[ref]
        return bool(refs)
