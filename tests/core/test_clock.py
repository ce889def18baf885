"""Clocks: one that a test moves, one that runs faster for whoever simulates."""

from __future__ import annotations

import asyncio

from tui.core.clock import ManualClock, SystemClock


async def test_sleepers_wake_in_order_of_their_time() -> None:
    clock, woken = ManualClock(start=100.0), []

    async def sleeper(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.now()))

    tasks = [asyncio.create_task(sleeper(seconds)) for seconds in (3, 1, 2, 9)]
    await asyncio.sleep(0)
    assert clock.sleepers == 4
    await clock.advance(5)
    assert woken == [(1, 101.0), (2, 102.0), (3, 103.0)]
    assert clock.now() == 105.0
    assert clock.monotonic() == 5.0
    assert clock.sleepers == 1
    await clock.advance(5)
    assert woken[-1] == (9, 109.0)
    await asyncio.gather(*tasks)


async def test_a_sleeper_that_sleeps_again_is_woken_within_one_advance() -> None:
    clock, beats = ManualClock(), []

    async def heart() -> None:
        for _ in range(3):
            await clock.sleep(1)
            beats.append(clock.monotonic())

    task = asyncio.create_task(heart())
    await asyncio.sleep(0)
    await clock.advance(10)
    assert beats == [1, 2, 3]
    await task


async def test_a_cancelled_sleeper_is_forgotten() -> None:
    clock = ManualClock()
    task = asyncio.create_task(clock.sleep(5))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert clock.sleepers == 0
    await clock.advance(10)
    assert clock.monotonic() == 10


async def test_no_time_is_no_wait() -> None:
    clock = ManualClock()
    await clock.sleep(0)
    await clock.sleep(-1)
    assert clock.sleepers == 0


async def test_the_system_clock_goes_on_and_its_speed_scales() -> None:
    slow, fast = SystemClock(), SystemClock(speed=1_000_000)
    began, fast_began = slow.monotonic(), fast.monotonic()
    await fast.sleep(1000)
    assert 0 < slow.monotonic() - began < 1
    assert fast.monotonic() - fast_began >= 1000
    assert fast.now() > slow.now()
