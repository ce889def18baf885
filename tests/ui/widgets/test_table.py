from __future__ import annotations

import time

import pytest
from textual.widget import Widget

from tests.ui.widgets.host import (
    FILES,
    Host,
    Repaints,
    Rows,
    SortOrder,
    column,
    drawn,
    file_cells,
    view,
)
from tui.catalog.descriptor import Shown, Tone
from tui.core.errors import Problem
from tui.store.views import CollectionKey, Phase, Ref
from tui.ui.widgets.state import State
from tui.ui.widgets.table import Table
from tui.ui.widgets.table_layout import arrange


def ids(count: int, start: int = 0) -> list[str]:
    return [str(number) for number in range(start, start + count)]


def lines_with_cursor(table: Widget) -> list[str]:
    return [line for line in drawn(table) if line.startswith("▌")]


async def test_a_cursor_step_paints_two_lines() -> None:
    table = Table()
    app = Host(table)
    async with app.running() as pilot:
        table.show(view(Rows(ids(100))))
        await pilot.pause()
        paints = Repaints(table)
        await pilot.press("down")
        assert sorted(paints.lines) == [1, 2]
        assert "file-1.jsonl" in lines_with_cursor(table)[0]


async def test_an_equal_view_paints_nothing() -> None:
    table = Table()
    app = Host(table)
    async with app.running() as pilot:
        rows = Rows(ids(100))
        table.show(view(rows))
        await pilot.pause()
        paints = Repaints(table)
        table.show(view(rows))
        table.show(view(Rows(ids(100)), version=2))
        await pilot.pause()
        assert paints.lines == []


async def test_only_rows_that_differ_are_painted() -> None:
    table = Table()
    app = Host(table)
    async with app.running() as pilot:
        table.show(view(Rows(ids(10))))
        await pilot.pause()
        paints = Repaints(table)
        table.show(view(Rows(ids(10), pending=frozenset({"4"})), version=2))
        await pilot.pause()
        assert paints.lines == [5]
        assert drawn(table)[5].startswith(" … file-4")


async def test_a_million_rows_cost_what_is_in_sight() -> None:
    table = Table()
    app = Host(table)
    async with app.running() as pilot:
        rows = Rows(range(1_000_000))
        begun = time.perf_counter()
        table.show(view(rows))
        await pilot.press("G")
        spent = time.perf_counter() - begun
        assert "file-999999.jsonl" in lines_with_cursor(table)[0]
        assert len(rows.asked) <= 2 * 24
        assert spent < 1


async def test_it_asks_for_more_near_the_end_and_once() -> None:
    table = Table()
    app = Host(table)
    async with app.running(height=11) as pilot:
        table.show(view(Rows(ids(100)), end=False))
        await pilot.pause()
        assert app.heard(Table.Needs) == []
        await pilot.press("end")
        await pilot.press("up", "down")
        needs = app.heard(Table.Needs)
        assert [message.last for message in needs] == [99]
        table.show(view(Rows(ids(103)), version=2, end=False))
        await pilot.pause()
        assert len(app.heard(Table.Needs)) == 2
        table.show(view(Rows(ids(103)), version=3, end=True))
        await pilot.press("end")
        assert len(app.heard(Table.Needs)) == 2


async def test_the_cursor_stays_on_its_object() -> None:
    table = Table()
    app = Host(table)
    async with app.running(height=11) as pilot:
        table.show(view(Rows(ids(100))))
        await pilot.press(*["pagedown"] * 2, "up", "up")
        held = table.cursor_ref
        assert held is not None
        line = drawn(table).index(lines_with_cursor(table)[0])
        table.show(view(Rows([*ids(7, 500), *ids(100)]), version=2))
        await pilot.pause()
        assert table.cursor_ref == held
        assert drawn(table).index(lines_with_cursor(table)[0]) == line
        reverse = list(reversed(ids(100)))
        table.show(view(Rows(reverse), version=3, sort=SortOrder("name", descending=True)))
        await pilot.pause()
        assert table.cursor_ref == held
        assert held.id in lines_with_cursor(table)[0]


async def test_new_rows_show_at_the_top_of_a_list_that_is_read_from_its_top() -> None:
    table = Table()
    app = Host(table)
    async with app.running(height=11) as pilot:
        table.show(view(Rows(ids(100))))
        await pilot.press("down")
        table.show(view(Rows(["new", *ids(100)]), version=2))
        await pilot.pause()
        assert "file-new" in drawn(table)[1]
        assert table.cursor_ref == Ref("files", "1")


async def test_when_the_object_goes_the_cursor_keeps_its_place() -> None:
    table = Table()
    app = Host(table)
    async with app.running() as pilot:
        table.show(view(Rows(ids(5))))
        await pilot.press("down", "down")
        table.show(view(Rows(["0", "1", "3", "4"]), version=2))
        await pilot.pause()
        assert table.cursor_ref == Ref("files", "3")
        assert app.heard(Table.Moved)[-1].ref == Ref("files", "3")
        table.show(view(Rows([]), version=3))
        await pilot.pause()
        assert table.cursor_ref is None
        assert app.heard(Table.Moved)[-1].ref is None


async def test_a_filter_puts_the_cursor_on_the_first_match_and_back() -> None:
    table = Table()
    app = Host(table)
    async with app.running() as pilot:
        table.show(view(Rows(ids(30))))
        await pilot.press("down", "down")
        table.show(view(Rows(["2", "12", "22"]), version=2, filter_text="2"))
        await pilot.pause()
        assert table.cursor_ref == Ref("files", "2")
        table.show(view(Rows(["12"]), version=3, filter_text="12"))
        await pilot.pause()
        assert table.cursor_ref == Ref("files", "12")
        table.show(view(Rows(ids(30)), version=4))
        await pilot.pause()
        assert table.cursor_ref == Ref("files", "12")


async def test_marks_with_the_keyboard() -> None:
    table = Table()
    app = Host(table)
    async with app.running() as pilot:
        table.show(view(Rows(ids(10))))
        await pilot.press("space", "down", "down", "ctrl+@")
        assert [ref.id for ref in table.marked] == ["0", "1", "2", "3"]
        assert table.targets == table.marked
        assert sum(line[1] == "●" for line in drawn(table)) == 4
        await pilot.press("ctrl+backslash")
        assert table.marked == ()
        assert table.targets == (Ref("files", "3"),)
        assert [len(message.refs) for message in app.heard(Table.Marked)] == [1, 4, 0]


async def test_marks_outlive_a_filter_but_not_their_objects() -> None:
    table = Table()
    app = Host(table)
    async with app.running() as pilot:
        table.show(view(Rows(ids(10))))
        await pilot.press("space", "space")
        table.show(view(Rows(["5"]), version=2, filter_text="5"))
        assert [ref.id for ref in table.marked] == ["0", "1"]
        table.show(view(Rows(ids(9, 1)), version=3))
        assert [ref.id for ref in table.marked] == ["1"]
        table.show(view(Rows(ids(9, 1)), key=CollectionKey("models")))
        assert table.marked == ()
        await pilot.pause()


async def test_the_mouse() -> None:
    table = Table()
    app = Host(table)
    async with app.running() as pilot:
        table.show(view(Rows(ids(100))))
        await pilot.pause()
        await pilot.click(Table, offset=(10, 4))
        assert table.cursor_ref == Ref("files", "3")
        assert app.heard(Table.Opened) == []
        await pilot.click(Table, offset=(10, 4))
        assert [message.ref.id for message in app.heard(Table.Opened)] == ["3"]
        await pilot.click(Table, offset=(1, 6))
        assert [ref.id for ref in table.marked] == ["5"]
        await pilot.click(Table, offset=(5, 0))
        assert [message.column for message in app.heard(Table.SortAsked)] == ["name"]
        table.scroll_lines(3)
        assert table.top == 3
        await pilot.click(Table, offset=(79, 23))
        assert table.top == 100 - 23


async def test_states_and_rows_take_turns() -> None:
    table = Table()
    app = Host(table)
    async with app.running() as pilot:
        table.show(view(Rows([]), phase=Phase.LOADING))
        await pilot.pause()
        assert any("Loading" in line for line in drawn(table))
        problem = Problem("The server said no", "slow down", request_id="req_1")
        table.show(view(Rows([]), version=2, phase=Phase.FAILED, problem=problem))
        await pilot.pause()
        text = "\n".join(drawn(table))
        assert "The server said no" in text and "slow down" in text and "req_1" in text
        table.show(view(Rows([]), version=3))
        table.show_state(State("No files", ("Files are kept here.",), (("u", "upload one"),)))
        await pilot.pause()
        assert "upload one" in "\n".join(drawn(table))
        table.show(view(Rows(ids(2)), version=4))
        await pilot.pause()
        assert "file-0.jsonl" in drawn(table)[1]


async def test_flags_are_said_without_colour() -> None:
    table = Table()
    app = Host(table)
    async with app.running() as pilot:
        flags = {"pending": frozenset({"1"}), "malformed": frozenset({"2"})}
        table.show(view(Rows(ids(4), **flags)))
        await pilot.press("end", "space")
        assert [line[:2] for line in drawn(table)[1:5]] == ["  ", " …", " !", "▌●"]


@pytest.mark.parametrize("theme", ["cupola-light", "cupola-ansi-dark", "cupola-dark-contrast"])
async def test_every_theme_draws(theme: str) -> None:
    table = Table()
    app = Host(table, theme=theme)
    async with app.running() as pilot:
        table.show(view(Rows(ids(4))))
        await pilot.pause()
        assert "file-0.jsonl" in drawn(table)[1]


async def test_wide_characters_do_not_shift_the_columns() -> None:
    def cells(id: str) -> tuple[Shown, ...]:
        names = {
            "0": "日本語のファイル名がとても長いのでここで切れます",
            "1": "👩‍👩‍👧 family ❤️ e\u0301\u0301\u0301",
        }
        return (Shown(names.get(id, "plain")), *file_cells(id)[1:])

    table = Table()
    app = Host(table)
    async with app.running(width=60) as pilot:
        table.show(view(Rows(ids(3), cells=cells)))
        await pilot.pause()
        strips = [table.render_line(y) for y in range(1, 4)]
        assert {strip.cell_length for strip in strips} == {60}
        places = {strip.text[: strip.text.index("312")] for strip in strips}
        widths = {sum(2 if ord(c) > 0x2E80 else 1 for c in place) for place in places}
        assert "…" in strips[0].text
        assert len(widths) <= 2


def test_columns_drop_by_priority_and_one_grows() -> None:
    seen = [30, 9, 6, 11, 3]
    wide = arrange(FILES, seen, 80)
    assert [slot.column.key for slot in wide] == ["name", "purpose", "size", "status", "age"]
    assert wide[-1].left + wide[-1].width == 80
    narrow = arrange(FILES, seen, 57)
    assert [slot.column.key for slot in narrow] == ["name", "purpose", "size", "status"]
    tiny = arrange(FILES, seen, 14)
    assert [(slot.column.key, slot.width) for slot in tiny] == [("name", 11)]


def test_what_may_not_be_dropped_shares_the_width() -> None:
    columns = (column("a", "A", 20), column("b", "B", 10))
    slots = arrange(columns, [20, 10], 15)
    assert [slot.width for slot in slots] == [5, 5]


def test_tones_are_strings_that_component_classes_know() -> None:
    assert {f"tone--{tone}" for tone in Tone} <= Table.COMPONENT_CLASSES


async def test_what_comes_on_top_of_an_untouched_list_is_in_sight() -> None:
    table = Table()
    app = Host(table)
    async with app.running() as pilot:
        table.show(view(Rows(ids(30, 100))))
        await pilot.pause()
        table.show(view(Rows([*ids(40), *ids(30, 100)]), version=2))
        await pilot.pause()
        assert table.top == 0 and table.cursor_ref == Ref("files", "0")
