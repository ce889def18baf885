"""The walk down a list's pages against a server that changes meanwhile."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.store.walk import Walk

IDS = [f"id{number}" for number in range(30)]


def page_of(server: list[str], after: str | None, limit: int) -> tuple[list[str], str | None]:
    start = 0 if after is None else server.index(after) + 1
    part = server[start : start + limit]
    return part, part[-1] if part and start + limit < len(server) else None


def walk_all(walk: Walk, server: list[str], limit: int) -> list[str]:
    vanished: list[str] = []
    while not walk.end:
        vanished += walk.take(*page_of(server, walk.cursor, limit))
    return vanished


def test_pages_follow_each_other() -> None:
    walk = Walk()
    walk.take(["a", "b"], "b")
    assert (walk.ids, walk.cursor, walk.end) == (["a", "b"], "b", False)
    walk.take(["c"], None)
    assert (walk.ids, walk.cursor, walk.end) == (["a", "b", "c"], None, True)


def test_an_empty_page_a_repeated_cursor_and_known_ids_end_it() -> None:
    for page, cursor in (([], "z"), (["c"], "b"), (["a", "b"], "c")):
        walk = Walk()
        walk.take(["a", "b"], "b")
        walk.take(page, cursor)
        assert walk.end, (page, cursor)


def test_appending_keeps_the_list_that_was_handed_out() -> None:
    walk = Walk()
    walk.take(["a"], "a")
    handed = walk.ids
    walk.take(["b"], "b")
    assert walk.ids is handed
    walk.remove(["a"])
    assert walk.ids is not handed and handed == ["a", "b"]


def test_a_refresh_keeps_what_is_not_confirmed_and_its_end() -> None:
    walk = Walk()
    walk_all(walk, ["a", "b", "c", "d"], 2)
    walk.restart()
    assert walk.ids == ["a", "b", "c", "d"] and walk.complete
    assert walk.take(["new", "a"], "a") == []
    assert walk.ids == ["new", "a", "b", "c", "d"] and walk.complete and not walk.end
    assert walk.take(["d"], None) == ["b", "c"]
    assert walk.ids == ["new", "a", "d"]


def test_the_top_is_renewed_without_losing_what_is_below() -> None:
    walk = Walk()
    walk_all(walk, ["a", "b", "c", "d", "e", "f"], 2)
    assert walk.renew_top(["new", "b"], "b") == ["a"]
    assert walk.ids == ["new", "b", "c", "d", "e", "f"]
    assert walk.end and walk.confirmed == 6


def test_a_cursor_that_was_deleted_is_healed() -> None:
    walk = Walk()
    walk.take(["a", "b", "c"], "c")
    walk.remove(["c"])
    assert walk.cursor == "b" and walk.confirmed == 2


def test_a_new_object_is_shown_on_top() -> None:
    walk = Walk()
    walk.take(["a"], "a")
    walk.insert_top("new")
    walk.insert_top("new")
    assert walk.ids == ["new", "a"] and walk.confirmed == 2
    walk.take(["b"], None)
    assert walk.ids == ["new", "a", "b"]


servers = st.lists(st.sampled_from(IDS), unique=True, max_size=30)


@given(first=servers, later=servers, limit=st.integers(1, 7), partly=st.integers(0, 6))
def test_a_whole_walk_shows_what_the_server_has(
    first: list[str], later: list[str], limit: int, partly: int
) -> None:
    walk = Walk()
    for _ in range(partly):
        if not walk.end:
            walk.take(*page_of(first, walk.cursor, limit))
    before = list(walk.ids)
    walk.restart()
    vanished = walk_all(walk, later, limit)
    assert walk.ids == later
    # What moved down may vanish before it comes again.
    assert set(before) - set(later) <= set(vanished) <= set(before)
    assert walk.confirmed == len(later) and walk.complete


@given(
    server=servers,
    limit=st.integers(1, 7),
    steps=st.lists(
        st.tuples(
            st.sampled_from(["page", "top", "restart", "remove", "insert"]), st.integers(0, 29)
        ),
        max_size=25,
    ),
)
def test_ids_stay_unique_and_counted(
    server: list[str], limit: int, steps: list[tuple[str, int]]
) -> None:
    walk = Walk()
    server = list(server)
    for step, number in steps:
        match step:
            case "page" if not walk.end and (walk.cursor is None or walk.cursor in server):
                walk.take(*page_of(server, walk.cursor, limit))
            case "top":
                walk.renew_top(*page_of(server, None, limit))
            case "restart":
                walk.restart()
            case "remove" if IDS[number] in server:
                server.remove(IDS[number])
                walk.remove([IDS[number]])
            case "insert" if IDS[number] not in server:
                server.insert(0, IDS[number])
                walk.insert_top(IDS[number])
        assert len(set(walk.ids)) == len(walk.ids)
        assert 0 <= walk.confirmed <= len(walk.ids)
        if walk.end:
            assert walk.confirmed == len(walk.ids)
    walk.restart()
    walk_all(walk, server, limit)
    assert walk.ids == server
