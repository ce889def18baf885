"""Nothing that is given up may keep a slot of httpx's pool (reliability, fact 8 and N3)."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.api import fault_server as faults
from tests.api.conftest import MakeClient
from tests.api.fault_server import FaultServer, Received, Wire
from tui.api.client import Client
from tui.api.connection import MAX_OPEN
from tui.api.operations.chat import CREATE_CHAT_COMPLETION
from tui.api.operations.files import LIST_FILES
from tui.api.operations.vector_stores import CREATE_VECTOR_STORE
from tui.core.errors import ProblemError

BODY = {"model": "m", "messages": []}


def active_connections(client: Client) -> int:
    """Connections of httpx's pools that are neither idle nor closed."""
    pools = [
        made._transport._pool  # type: ignore[attr-defined]
        for made in client._sender.connection._clients.values()
    ]
    return sum(
        not (connection.is_idle() or connection.is_closed())
        for pool in pools
        for connection in pool.connections
    ) + sum(len(pool._requests) for pool in pools)


async def until(holds: Callable[[], bool]) -> None:
    """Let sockets and tasks run until it holds; five seconds at most."""
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.002)


async def settled(client: Client) -> None:
    """Until everything that was abandoned has ended."""
    slots = client._sender.connection.open_requests
    await until(lambda: not active_connections(client) and slots._value == MAX_OPEN)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0


async def mixed(wire: Wire, received: Received) -> None:
    """A server that answers, thinks, streams without end, or breaks off; never twice the same."""
    chance = random.Random(len(received.body) + id(wire)).random()
    if chance < 0.3:
        await wire.hang()
    elif chance < 0.4:
        await faults.slow_head(wire, received)
    elif chance < 0.5:
        await wire.rst()
    else:
        await wire.send(faults.SSE_HEAD)
        while not (wire.gone.is_set() or wire.released.is_set()):
            await wire.send(faults.chunk("token "))
            await asyncio.sleep(0.001)


async def read_stream(client: Client) -> None:
    async with client.stream(CREATE_CHAT_COMPLETION, body=BODY) as events:
        async for _event in events:
            pass


async def read_list(client: Client) -> None:
    await client.page(LIST_FILES)


async def create(client: Client) -> None:
    await client.call(CREATE_VECTOR_STORE, body={})


async def cancel_twice(work: Awaitable[None], *, ticks: int, wait: float) -> None:
    task = asyncio.ensure_future(work)
    if wait:
        await asyncio.sleep(wait)
    for _ in range(ticks):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises((asyncio.CancelledError, ProblemError)):
        await task


@pytest.mark.parametrize("run", [read_stream, read_list, create])
async def test_a_storm_of_cancellations_leaves_no_slot_behind(
    make_client: MakeClient, run: Callable[[Client], Awaitable[None]]
) -> None:
    async with FaultServer(mixed) as server:
        client = make_client(server.base_url)
        chance = random.Random(8)
        await cancel_twice(run(client), ticks=3, wait=0)
        await settled(client)
        files = open_files()
        for _round in range(5):
            storm = [
                cancel_twice(
                    run(client),
                    ticks=chance.randrange(40),
                    wait=chance.choice([0, 0, chance.random() * 0.03]),
                )
                for _ in range(40)
            ]
            await asyncio.gather(*storm)
        await settled(client)
        server.script = [faults.page("file-1")]
        assert (await client.page(LIST_FILES)).ids == ("file-1",)
        await settled(client)
        await until(lambda: server.open_connections <= 1)
        assert open_files() <= files + 4


@pytest.mark.parametrize("fault", [faults.hang, faults.slow_head, faults.drip])
async def test_cancelling_is_quick(make_client: MakeClient, fault: faults.Answer) -> None:
    async with FaultServer(fault) as server:
        client = make_client(server.base_url)
        task = asyncio.create_task(client.page(LIST_FILES))
        await until(lambda: bool(server.requests))
        loop = asyncio.get_running_loop()
        began = loop.time()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert loop.time() - began < 0.2
        await settled(client)
        entry = client._sender._log.entries.value[0]
        assert entry.problem is not None and entry.problem.kind == "cancelled"


async def test_a_client_that_is_closed_ends_what_is_under_way(make_client: MakeClient) -> None:
    async with FaultServer(faults.hang) as server:
        client = make_client(server.base_url)
        task = asyncio.create_task(client.call(CREATE_VECTOR_STORE, body={}))
        await until(lambda: bool(server.requests))
        loop = asyncio.get_running_loop()
        began = loop.time()
        await client.aclose()
        with pytest.raises(ProblemError):
            await task
        assert loop.time() - began < 1.0
        with pytest.raises(ProblemError):
            await client.page(LIST_FILES)
