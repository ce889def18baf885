"""Clients for the tests of the api layer."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
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

    def now(self) -> float:
        return super().now() + sum(self.slept)

    def monotonic(self) -> float:
        return super().monotonic() + sum(self.slept)

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


@pytest.fixture
def unused_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """A server's context with a certificate that no authority signed."""
    tool = shutil.which("openssl")
    if tool is None:
        pytest.skip("openssl makes the certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        f"{tool} req -x509 -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -days 2 "
        "-keyout key.pem -out certificate.pem".split(),
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
