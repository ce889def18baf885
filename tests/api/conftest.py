"""Clients for the tests of the api layer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tui.api.client import Client
from tui.api.endpoint import Endpoint
from tui.core.clock import Clock, SystemClock
from tui.core.log import RequestLog
from tui.core.settings import ServerKind

KEY = "sk-test-0123456789abcdef"
ADMIN_KEY = "sk-admin-0123456789abcdef"

MakeClient = Callable[..., Client]


class HastyClock(SystemClock):
    """The real time, but waits between attempts pass at once and are written down."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await super().sleep(0)


def endpoint(base_url: str = "http://127.0.0.1:9/v1", **changes: Any) -> Endpoint:
    facts: dict[str, Any] = {
        "name": "test",
        "kind": ServerKind.COMPATIBLE,
        "key": SecretStr(KEY),
        "read_timeout": 5.0,
        "list_deadline": 5.0,
    }
    return Endpoint(base_url=base_url, **{**facts, **changes})


@pytest.fixture
async def make_client() -> AsyncIterator[MakeClient]:
    """Makes clients: for a handler (mock transport) or a base URL; closes them afterwards."""
    made: list[Client] = []

    def make(
        server: Callable[[httpx.Request], Any] | str,
        *,
        clock: Clock | None = None,
        **changes: Any,
    ) -> Client:
        clock = clock or HastyClock()
        transport = None if isinstance(server, str) else httpx.MockTransport(server)
        base_url = server if isinstance(server, str) else "http://127.0.0.1:9/v1"
        client = Client(
            endpoint(base_url, **changes),
            clock=clock,
            log=RequestLog(clock),
            transport=transport,
        )
        made.append(client)
        return client

    yield make
    for client in made:
        await client.aclose()
