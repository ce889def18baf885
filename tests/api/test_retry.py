"""The retry rule as a table (contract 2.4, design 11)."""

from __future__ import annotations

import asyncio
import itertools
from email.utils import formatdate
from typing import Any

import pytest

from tests.api import fault_server as faults
from tests.api.conftest import MakeClient
from tests.api.fault_server import FaultServer, Received, Wire
from tui.api.operations.files import LIST_FILES
from tui.api.retry import Failure, delay_before_retry, server_delay
from tui.api.throttle import Throttle
from tui.core.clock import ManualClock

NOW = 1_795_000_000.0


def judge(**facts: Any) -> float | None:
    known: dict[str, Any] = {"attempt": 0, "repeatable": True, "headers": {}}
    return delay_before_retry(Failure(**{**known, **facts}), now=NOW, chance=0.0)


@pytest.mark.parametrize(
    ("facts", "delay"),
    [
        ({"status": 500}, 0.5),
        ({"status": 500, "attempt": 1}, 1.0),
        ({"status": 500, "attempt": 2}, None),
        ({"status": 408}, 0.5),
        ({"status": 409}, 0.5),
        ({"status": 429}, 0.5),
        ({"status": 502}, 0.5),
        ({"status": 501}, None),
        ({"status": 400}, None),
        ({"status": 401}, None),
        ({"status": 404}, None),
        ({"status": None}, 0.5),
        ({"status": None, "permanent": True}, None),
        ({"status": 429, "code": "insufficient_quota"}, None),
        ({"status": 429, "code": "billing_hard_limit_reached"}, None),
        ({"status": 429, "code": "rate_limit_exceeded"}, 0.5),
        ({"status": 400, "headers": {"x-should-retry": "true"}}, 0.5),
        ({"status": 500, "headers": {"x-should-retry": "false"}}, None),
        ({"status": 429, "headers": {"retry-after": "7"}}, 7.0),
        ({"status": 429, "headers": {"retry-after": "0.25"}}, 0.25),
        ({"status": 429, "headers": {"retry-after": "120"}}, 120.0),
        ({"status": 429, "headers": {"retry-after": "121"}}, None),
        ({"status": 429, "headers": {"retry-after": "-3"}}, 0.5),
        ({"status": 429, "headers": {"retry-after": "nan"}}, 0.5),
        ({"status": 429, "headers": {"retry-after": "soon"}}, 0.5),
        ({"status": 429, "headers": {"retry-after": "9", "retry-after-ms": "40"}}, 0.04),
        ({"status": 500, "repeatable": False}, None),
        ({"status": 408, "repeatable": False}, None),
        ({"status": 409, "repeatable": False}, None),
        ({"status": 429, "repeatable": False}, 0.5),
        ({"status": 503, "repeatable": False}, 0.5),
        ({"status": 500, "repeatable": False, "headers": {"x-should-retry": "true"}}, 0.5),
        ({"status": None, "repeatable": False}, None),
        ({"status": None, "repeatable": False, "sent": False}, 0.5),
    ],
)
def test_rule(facts: dict[str, Any], delay: float | None) -> None:
    assert judge(**facts) == delay


def test_jitter_only_shortens() -> None:
    failure = Failure(attempt=1, repeatable=True, status=500, headers={})
    assert delay_before_retry(failure, now=NOW, chance=1.0) == 0.75


def test_dates() -> None:
    headers = {"retry-after": formatdate(NOW + 30, usegmt=True)}
    assert server_delay(headers, now=NOW) == pytest.approx(30, abs=1)
    assert server_delay({"retry-after": formatdate(NOW - 30, usegmt=True)}, now=NOW) is None
    assert server_delay({}, now=NOW) is None


async def test_fifty_watchers_pass_one_by_one_while_limited() -> None:
    clock = ManualClock()
    throttle = Throttle(clock)
    throttle.limited("Files", 10.0)
    passed: list[float] = []

    async def watcher() -> None:
        await throttle.admit("Files")
        passed.append(clock.monotonic())

    tasks = [asyncio.create_task(watcher()) for _ in range(50)]
    await throttle.admit("Chat")
    await clock.advance(9.9)
    assert passed == [] and throttle.wait_of("Files") == pytest.approx(0.1)
    await clock.advance(10)
    assert len(passed) == 10
    await clock.advance(60)
    assert len(passed) == 50
    assert min(b - a for a, b in itertools.pairwise(passed)) >= 0.99
    await asyncio.gather(*tasks)


async def test_the_gate_opens_within_five_seconds_of_good_answers() -> None:
    clock = ManualClock()
    throttle = Throttle(clock)
    throttle.limited("Files", 1.0)
    began = clock.monotonic() + 1.0
    while throttle.wait_of("Files"):
        await clock.advance(throttle.wait_of("Files") + 0.001)
        await throttle.admit("Files")
        throttle.answered("Files")
    assert clock.monotonic() - began <= 5.1


async def test_a_storm_is_waited_out_together(make_client: MakeClient) -> None:
    """Twenty readers against a server that lets one request per second through."""
    allowed_from = [0.0]
    clock = ManualClock()

    async def answer(wire: Wire, received: Received) -> None:
        if clock.monotonic() < allowed_from[0]:
            await faults.error(429, headers={"Retry-After": "1"})(wire, received)
            return
        allowed_from[0] = clock.monotonic() + 1.0
        await faults.page("file-1")(wire, received)

    async with FaultServer(answer) as server:
        client = make_client(server.base_url, clock=clock)
        countdown: list[float | None] = []
        client.limited_until.subscribe(countdown.append)
        tasks = [asyncio.create_task(client.page(LIST_FILES)) for _ in range(20)]
        async with asyncio.timeout(20):
            while not all(task.done() for task in tasks):
                await asyncio.sleep(0.002)
                await clock.advance(0.05)
        # All ask once before the first refusal is known; afterwards they take turns.
        assert len(server.requests) - 20 <= 1.2 * clock.monotonic() + 1
        assert sum(task.exception() is None for task in tasks) >= 15
        assert countdown and countdown[-1] is None
