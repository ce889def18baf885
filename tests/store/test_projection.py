"""Filter and sort over many rows: right, stable, in slices, and incremental."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from tui.catalog.descriptor import Column, Shown
from tui.store.filtering import parse
from tui.store.projection import SLICE, Projection, sort_key
from tui.store.views import SortOrder

COLUMNS = tuple(
    Column(key=key, title=key, show=lambda _record, _context: Shown(""), width=5)
    for key in ("name", "size")
)


class Table:
    def __init__(self, rows: dict[str, tuple[str, float | None]]) -> None:
        self.rows = rows
        self.read = 0
        self.projection = Projection(COLUMNS, cells=self.cells, now=lambda: 0.0)
        self.projection.replace(list(rows))

    def cells(self, id: str) -> tuple[Shown, ...] | None:
        self.read += 1
        if id not in self.rows:
            return None
        name, size = self.rows[id]
        return Shown(name), Shown("" if size is None else str(size), sort=size)

    def choose(self, text: str = "", sort: SortOrder | None = None) -> list[str]:
        self.projection.choose(parse(text, COLUMNS), sort)
        while not self.projection.work():
            pass
        return self.projection.order


def test_without_filter_and_sort_nothing_is_read() -> None:
    table = Table({"a": ("x", 1)})
    assert table.choose() == ["a"] and table.read == 0


def test_sorts_by_value_with_missing_last_both_ways() -> None:
    table = Table({"a": ("a", 9), "b": ("b", None), "c": ("c", 10), "d": ("d", None)})
    assert table.choose(sort=SortOrder("size")) == ["a", "c", "b", "d"]
    assert table.choose(sort=SortOrder("size", descending=True)) == ["c", "a", "b", "d"]


def test_sorts_texts_without_case_and_stably() -> None:
    table = Table({"1": ("b", 0), "2": ("A", 0), "3": ("a", 0), "4": ("B", 0)})
    assert table.choose(sort=SortOrder("name")) == ["2", "3", "1", "4"]
    assert table.choose(sort=SortOrder("name", descending=True)) == ["1", "4", "2", "3"]


def test_an_unknown_column_sorts_nothing() -> None:
    table = Table({"b": ("b", 1), "a": ("a", 2)})
    assert table.choose(sort=SortOrder("nothing")) == ["b", "a"]


def test_texts_are_read_once_while_the_filter_is_typed() -> None:
    table = Table({str(n): (f"name {n}", n) for n in range(50)})
    for text in ("n", "na", "name 1"):
        table.choose(text)
    assert table.read == 50
    table.projection.replace([*table.rows, "new"])
    table.projection.work()
    assert table.read == 51


def test_changed_rows_are_judged_again() -> None:
    table = Table({"a": ("x", 1), "b": ("y", 2)})
    assert table.choose("x") == ["a"]
    table.rows["b"] = ("x", 2)
    table.projection.forget(["b"])
    table.projection.work()
    assert table.projection.order == ["a", "b"]


def test_what_is_decided_is_shown_while_the_rest_waits() -> None:
    table = Table({str(n): ("x", n) for n in range(3 * SLICE)})
    table.projection.choose(parse("x", COLUMNS), None)
    assert not table.projection.work()
    assert table.projection.order == [str(n) for n in range(SLICE)]
    assert not table.projection.settled


def test_a_slice_of_a_hundred_thousand_rows_is_quick() -> None:
    table = Table({str(n): (f"name {n % 977}", n) for n in range(100_000)})
    table.projection.choose(parse('"name 9"', COLUMNS), SortOrder("size", descending=True))
    slices: list[float] = []
    done = False
    while not done:
        began = time.perf_counter()
        done = table.projection.work()
        slices.append(time.perf_counter() - began)
    assert sorted(slices)[len(slices) // 2] < 0.1
    order = table.projection.order
    assert order == sorted(order, key=int, reverse=True)
    assert len(order) == sum(1 for name, _ in table.rows.values() if name.startswith("name 9"))


rows = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.tuples(st.text("xyzXYZ", max_size=3), st.none() | st.integers(-5, 5)),
    max_size=12,
)


@given(before=rows, after=rows, text=st.sampled_from(["", "x", "!y", "size>1"]), down=st.booleans())
def test_equals_filter_and_sort_from_scratch(
    before: dict[str, tuple[str, float | None]],
    after: dict[str, tuple[str, float | None]],
    text: str,
    down: bool,
) -> None:
    order = SortOrder("size", down)
    table = Table(dict(before))
    table.choose(text, order)
    table.rows = after
    table.projection.forget({**before, **after})
    table.projection.replace(list(after))
    while not table.projection.work():
        pass
    assert table.projection.order == Table(after).choose(text, order)


def test_sort_keys() -> None:
    assert sort_key(Shown("x", sort=2)) == 2.0
    assert sort_key(Shown("B")) == "b"
    assert sort_key(Shown("–")) is None
    assert sort_key(Shown("x", sort=float("nan"))) is None


def test_numbers_stand_before_texts() -> None:
    table = Table({"a": ("x", 1)})
    table.cells = lambda id: (Shown(id), Shown("", sort=5) if id == "b" else Shown("low"))  # type: ignore[method-assign]
    projection = Projection(COLUMNS, cells=table.cells, now=lambda: 0.0)
    projection.replace(["a", "b", "c"])
    projection.choose(parse("", COLUMNS), SortOrder("size"))
    projection.work()
    assert projection.order == ["b", "a", "c"]
    projection.choose(parse("", COLUMNS), SortOrder("size", descending=True))
    projection.work()
    assert projection.order == ["a", "c", "b"]


def test_a_list_that_grew_at_its_end_is_taken_in_without_going_through_it_again() -> None:
    table = Table({str(n): ("x", n) for n in range(100)})
    ids = [str(n) for n in range(50)]
    table.projection.replace(ids)
    order = table.choose("x")
    ids.extend(str(n) for n in range(50, 100))
    table.projection.replace(ids)
    assert not table.projection.settled
    table.projection.work()
    assert table.projection.order is order and order == ids
