"""Cells: silent when equal, one word per tick, nobody left out."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from tui.core.cell import Cell, LazyCell, derived, flush, pending


def test_without_a_loop_a_change_is_told_at_once() -> None:
    cell, heard = Cell(1), []
    cell.subscribe(heard.append)
    cell.set(2)
    assert heard == [2]
    assert cell.value == 2


def test_an_equal_value_is_silent() -> None:
    cell: Cell[tuple[int, ...]] = Cell((1, 2))
    heard: list[tuple[int, ...]] = []
    cell.subscribe(heard.append)
    cell.set((1, 2))
    assert heard == []


def test_subscribing_does_not_send_the_present_value() -> None:
    heard: list[int] = []
    Cell(1).subscribe(heard.append)
    assert heard == []


async def test_many_sets_in_a_tick_are_told_once_with_the_last() -> None:
    cell, heard = Cell(0), []
    cell.subscribe(heard.append)
    for value in range(1, 11):
        cell.set(value)
    assert heard == []
    assert cell.value == 10
    assert pending()
    await asyncio.sleep(0)
    assert heard == [10]
    assert not pending()


async def test_there_and_back_in_a_tick_is_silent() -> None:
    cell, heard = Cell("a"), []
    cell.subscribe(heard.append)
    cell.set("b")
    cell.set("a")
    await asyncio.sleep(0)
    assert heard == []


async def test_flush_tells_now_and_only_once() -> None:
    cell, heard = Cell(0), []
    cell.subscribe(heard.append)
    cell.set(1)
    flush()
    assert heard == [1]
    await asyncio.sleep(0)
    assert heard == [1]


async def test_cells_are_told_in_the_order_of_their_first_change() -> None:
    first, second = Cell(0), Cell(0)
    order: list[str] = []
    first.subscribe(lambda _: order.append("first"))
    second.subscribe(lambda _: order.append("second"))
    second.set(1)
    first.set(1)
    second.set(2)
    await asyncio.sleep(0)
    assert order == ["second", "first"]


async def test_who_stopped_hears_nothing_even_within_the_same_telling() -> None:
    cell, heard = Cell(0), []
    stops: list[Any] = []
    cell.subscribe(lambda _: stops[0]())
    stops.append(cell.subscribe(heard.append))
    cell.set(1)
    await asyncio.sleep(0)
    assert heard == []
    stops[0]()  # Stopping twice is nothing special.


def test_watched_follows_the_subscribers() -> None:
    cell = Cell(0)
    assert not cell.watched
    stop = cell.subscribe(lambda _: None)
    assert cell.watched
    stop()
    assert not cell.watched


async def test_a_hearer_may_set_another_cell_in_the_same_tick() -> None:
    source, echo, heard = Cell(0), Cell(0), []
    source.subscribe(lambda value: echo.set(value * 2))
    echo.subscribe(heard.append)
    source.set(4)
    await asyncio.sleep(0)
    assert heard == [8]


async def test_a_failing_hearer_does_not_silence_other_cells() -> None:
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    broken, sound, heard = Cell(0), Cell(0), []

    def fail(_: int) -> None:
        raise ZeroDivisionError

    broken.subscribe(fail)
    sound.subscribe(heard.append)
    broken.set(1)
    sound.set(1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert heard == [1]
    assert len(failures) == 1


def test_a_new_loop_is_scheduled_on_again() -> None:
    """What an earlier loop never told must not keep a later one from telling."""
    cell, heard = Cell(0), []
    cell.subscribe(heard.append)

    async def change(value: int) -> None:
        cell.set(value)

    async def change_and_wait(value: int) -> None:
        cell.set(value)
        await asyncio.sleep(0)

    for value in (1, 2, 3):
        asyncio.run(change(value))
    asyncio.run(change_and_wait(4))
    assert heard[-1] == 4


def test_derived_is_told_when_the_result_differs() -> None:
    length, heard = Cell("abc"), []
    cell = derived(lambda: len(length.value), length)
    cell.subscribe(heard.append)
    length.set("xyz")
    assert heard == []
    length.set("xyzw")
    assert heard == [4]


def test_update_is_a_function_of_the_value() -> None:
    cell = Cell(2)
    cell.update(lambda value: value + 3)
    assert cell.value == 5


async def test_a_lazy_cell_computes_only_when_somebody_looks() -> None:
    state, computed = [1], []

    def compute() -> int:
        computed.append(None)
        return sum(state)

    cell = LazyCell(compute)
    computed.clear()
    for value in (2, 3, 4):
        state.append(value)
        cell.invalidate()
    await asyncio.sleep(0)
    assert computed == []
    assert cell.value == 10
    assert len(computed) == 1


async def test_a_watched_lazy_cell_is_computed_once_a_tick() -> None:
    state, heard = [1], []
    cell = LazyCell(lambda: sum(state))
    cell.subscribe(heard.append)
    state.append(1)
    cell.invalidate()
    state.append(1)
    cell.invalidate()
    await asyncio.sleep(0)
    assert heard == [3]
    cell.invalidate()
    await asyncio.sleep(0)
    assert heard == [3]
    with pytest.raises(TypeError):
        cell.set(7)


def test_cells_hold_no_one_alive_after_stopping() -> None:
    class Screen:
        def hear(self, _: int) -> None: ...

    cell = Cell(0)
    screen = Screen()
    stop = cell.subscribe(screen.hear)
    stop()
    del stop
    assert all(found is not screen.hear for found in gc.get_referrers(screen))
    assert "0 subscribers" in repr(cell)
