"""A running sandbox per module, on a clock that stands still, and the official SDK as its judge."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
from openai import AsyncOpenAI, OpenAI

from tui.sandbox.thread import RunningSandbox, running_sandbox

BETA = {"OpenAI-Beta": "assistants=v2"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=sandbox.base_url,
        api_key=sandbox.api_key,
        max_retries=0,
        _strict_response_validation=True,
    ) as made:
        yield made


@pytest.fixture
async def async_client(sandbox: RunningSandbox) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        base_url=sandbox.base_url,
        api_key=sandbox.api_key,
        max_retries=0,
        _strict_response_validation=True,
    ) as made:
        yield made


@pytest.fixture
def http(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """Plain HTTP with the project key."""
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    with httpx.Client(base_url=sandbox.base_url, headers=headers, trust_env=False) as made:
        yield made


@pytest.fixture
def admin_http(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """Plain HTTP with the admin key."""
    headers = {"Authorization": f"Bearer {sandbox.admin_key}"}
    with httpx.Client(base_url=sandbox.base_url, headers=headers, trust_env=False) as made:
        yield made


@pytest.fixture
def upload(client: OpenAI) -> Callable[..., str]:
    """Upload a small file; its id."""

    def upload(content: bytes | str, name: str = "note.txt", purpose: str = "assistants") -> str:
        data = content.encode() if isinstance(content, str) else content
        return client.files.create(file=(name, data), purpose=purpose).id  # type: ignore[arg-type]

    return upload
