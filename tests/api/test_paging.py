"""Six families of lists, and lists that never end."""

from __future__ import annotations

from typing import Any

import pytest

from tui.api.operation import Operation, Paging
from tui.api.paging import Page, Pager, cursor_query, ends_after, page_of


def operation(paging: Paging, *, limited: bool = True) -> Operation:
    return Operation(
        id="list",
        method="GET",
        path="/x",
        section="X",
        resource="x",
        item="files:File",
        paging=paging,
        query=("limit", "after") if limited else (),
        list=True,
    )


def page(paging: Paging, answer: Any) -> Page:
    made = page_of(operation(paging), answer)
    assert made is not None
    return made


ROWS = [{"id": "a"}, {"id": "b"}]


@pytest.mark.parametrize(
    ("paging", "answer", "following"),
    [
        (Paging.AFTER, {"data": ROWS, "has_more": True, "last_id": "b"}, "b"),
        (Paging.AFTER, {"data": ROWS, "has_more": True, "last_id": None}, "b"),
        (Paging.AFTER, {"data": ROWS, "has_more": False, "last_id": "b"}, None),
        (Paging.AFTER, {"data": ROWS, "last_id": "b"}, "b"),
        (Paging.AFTER, {"data": [], "has_more": True}, None),
        (Paging.AFTER, {"data": None, "has_more": True}, None),
        (Paging.AFTER_BEFORE, {"data": ROWS, "has_more": True}, "b"),
        (Paging.LAST_ITEM, {"data": ROWS, "has_more": True, "last_id": "zzz"}, "b"),
        (Paging.NEXT, {"data": ROWS, "has_more": True, "next": "token"}, "token"),
        (Paging.NEXT, {"data": ROWS, "has_more": True, "next": None}, None),
        (Paging.PAGE, {"data": [{"object": "bucket"}], "next_page": "p2"}, "p2"),
        (Paging.PAGE, {"data": ROWS, "has_more": False, "next_page": "p2"}, None),
        (Paging.NONE, {"data": ROWS, "has_more": True, "last_id": "b"}, None),
        (Paging.NONE, ROWS, None),
    ],
)
def test_what_comes_next(paging: Paging, answer: Any, following: str | None) -> None:
    assert page(paging, answer).next == following


def test_cursors() -> None:
    assert cursor_query(operation(Paging.AFTER), after="b", limit=None) == {
        "limit": 100,
        "after": "b",
    }
    assert cursor_query(operation(Paging.PAGE), after="p", limit=7) == {"limit": 7, "page": "p"}
    assert cursor_query(operation(Paging.NONE, limited=False), after="b", limit=7) == {}


def test_what_is_no_list() -> None:
    for answer in ({"hello": 1}, "text", {"data": "text"}, 7, None):
        assert page_of(operation(Paging.AFTER), answer) is None


def test_one_bad_row_does_not_fail_the_list() -> None:
    made = page(Paging.AFTER, {"data": [{"id": "a"}, None, "text", {"id": "b", "bytes": []}]})
    assert [item.malformed is None for item in made.items] == [True, False, False, False]
    assert made.ids == ("a", "", "", "b")


def test_guards() -> None:
    made = page(Paging.AFTER, {"data": ROWS, "has_more": True})
    assert not ends_after(made, asked="z", seen=set())
    assert ends_after(made, asked="b", seen=set())
    assert ends_after(made, asked="z", seen={"a", "b", "c"})
    assert not ends_after(made, asked="z", seen={"a"})
    buckets = page(Paging.PAGE, {"data": [{}, {}], "next_page": "2"})
    assert not ends_after(buckets, asked="1", seen=set())


def walk(pages: list[Page]) -> list[str]:
    pager = Pager()
    seen: list[str] = []
    for made in pages:
        seen += [item.id for item in pager.take(made)]
        if pager.ended:
            break
    assert pager.ended
    return seen


def test_a_server_that_repeats_for_ever() -> None:
    same = page(Paging.AFTER, {"data": ROWS, "has_more": True})
    assert walk([same] * 50) == ["a", "b"]
    ring = [page(Paging.NEXT, {"data": [{"id": str(i)}], "next": f"t{i % 3}"}) for i in range(50)]
    assert walk(ring) == ["0", "1", "2", "3"]


def test_overlapping_pages_show_each_row_once() -> None:
    first = page(Paging.AFTER, {"data": ROWS, "has_more": True})
    second = page(Paging.AFTER, {"data": [{"id": "b"}, {"id": "c"}], "has_more": False})
    assert walk([first, second]) == ["a", "b", "c"]
