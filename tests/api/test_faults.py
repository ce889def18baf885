"""The fault table (reliability 3): what a person gets when servers and networks misbehave."""

from __future__ import annotations

import asyncio
import resource
import socket
import ssl
from typing import Any

import pytest
from pydantic import SecretStr

from tests.api import fault_server as faults
from tests.api.conftest import KEY, HastyClock, MakeClient
from tests.api.fault_server import Answer, FaultServer
from tui.api.client import Client
from tui.api.operations.chat import CREATE_CHAT_COMPLETION
from tui.api.operations.files import DELETE_FILE, GET_FILE, LIST_FILES
from tui.api.operations.vector_stores import CREATE_VECTOR_STORE, MODIFY_VECTOR_STORE
from tui.core.errors import Problem, ProblemError, ProblemKind

STORE = {"id": "vs_1", "object": "vector_store"}


async def problem_of(work: Any) -> Problem:
    with pytest.raises(ProblemError) as caught:
        await work
    return caught.value.problem


def last_entry(client: Client) -> Any:
    return client._sender._log.entries.value[0]


@pytest.mark.parametrize(
    ("fault", "kind", "requests"),
    [
        (faults.error(500), ProblemKind.SERVER, 3),
        (faults.html(502), ProblemKind.SERVER, 3),
        (faults.error(501), ProblemKind.ABSENT, 1),
        (faults.error(401), ProblemKind.UNAUTHORIZED, 1),
        (faults.error(429, code="insufficient_quota"), ProblemKind.QUOTA, 1),
        (faults.error(429, headers={"Retry-After": "3600"}), ProblemKind.RATE_LIMITED, 1),
        (faults.error(429, headers={"Retry-After": "1"}), ProblemKind.RATE_LIMITED, 3),
        (faults.error(404), ProblemKind.ABSENT, 1),
        (faults.rst, ProblemKind.NETWORK, 3),
        (faults.fin, ProblemKind.NETWORK, 3),
        (faults.short, ProblemKind.NETWORK, 3),
        (faults.garbage, ProblemKind.NETWORK, 3),
        (faults.big_header, ProblemKind.NETWORK, 3),
        (faults.html(200), ProblemKind.UNEXPECTED, 1),
        (faults.reply({"hello": "world"}), ProblemKind.UNEXPECTED, 1),
        (faults.raw(faults.response(b"")), ProblemKind.UNEXPECTED, 1),
        (faults.raw(faults.response(b'{"data": ["\xff\xfe"]}')), ProblemKind.UNEXPECTED, 1),
        (faults.raw(faults.response(b'{"data": [')), ProblemKind.UNEXPECTED, 1),
        (faults.raw(faults.response(b"[" * 100_000)), ProblemKind.UNEXPECTED, 1),
    ],
)
async def test_reading(
    make_client: MakeClient, fault: Answer, kind: ProblemKind, requests: int
) -> None:
    async with FaultServer(fault) as server:
        client = make_client(server.base_url)
        problem = await problem_of(client.page(LIST_FILES))
        assert problem.kind is kind
        assert len(server.requests) == requests
        assert problem.title and len(problem.detail) <= 300
        assert "<" not in problem.detail
        entry = last_entry(client)
        assert entry.problem is not None and entry.attempts == requests


@pytest.mark.parametrize(
    "fault",
    [
        faults.error(500),
        faults.error(503),
        faults.error(429, headers={"Retry-After": "1"}),
        faults.rst,
        faults.fin,
        faults.short,
        faults.garbage,
    ],
)
async def test_a_read_survives_one_fault(make_client: MakeClient, fault: Answer) -> None:
    async with FaultServer(fault, faults.page("file-1")) as server:
        clock = HastyClock()
        client = make_client(server.base_url, clock=clock)
        page = await client.page(LIST_FILES)
        assert page.ids == ("file-1",) and len(server.requests) == 2
        assert 0 < sum(clock.slept) <= 1.5
        assert last_entry(client).problem is None


@pytest.mark.parametrize(
    "fault",
    [
        faults.rst,
        faults.fin,
        faults.short,
        faults.garbage,
        faults.error(500),
        faults.error(408),
        faults.html(502),
    ],
)
async def test_a_lost_answer_to_a_creation_is_not_sent_again(
    make_client: MakeClient, fault: Answer
) -> None:
    async with FaultServer(fault) as server:
        client = make_client(server.base_url)
        problem = await problem_of(client.call(CREATE_VECTOR_STORE, body={"name": "x"}))
        assert problem.kind is ProblemKind.UNCERTAIN
        assert "refresh" in problem.hint
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [faults.error(429), faults.error(503), faults.error(500, headers={"x-should-retry": "true"})],
)
async def test_a_creation_that_cannot_have_happened_is_sent_again(
    make_client: MakeClient, fault: Answer
) -> None:
    async with FaultServer(fault, faults.reply(STORE)) as server:
        client = make_client(server.base_url)
        reply = await client.call(CREATE_VECTOR_STORE, body={"name": "x"})
        assert reply.record.id == "vs_1" and len(server.requests) == 2


async def test_inference_is_not_billed_twice(make_client: MakeClient) -> None:
    body = {"model": "m", "messages": []}
    async with FaultServer(faults.rst) as server:
        client = make_client(server.base_url)
        problem = await problem_of(client.call(CREATE_CHAT_COMPLETION, body=body))
        assert problem.kind is ProblemKind.NETWORK and len(server.requests) == 1
        problem = await problem_of(
            client.call(CREATE_CHAT_COMPLETION, body={**body, "store": True})
        )
        assert problem.kind is ProblemKind.UNCERTAIN and len(server.requests) == 2


async def test_changes_and_deletions_are_repeated(make_client: MakeClient) -> None:
    async with FaultServer(faults.rst, faults.reply(STORE)) as server:
        client = make_client(server.base_url)
        path = {"vector_store_id": "vs_1"}
        await client.call(MODIFY_VECTOR_STORE, path=path, body={"name": "y"})
        assert len(server.requests) == 2
    async with FaultServer(faults.fin, faults.raw(faults.response(b""))) as server:
        client = make_client(server.base_url)
        reply = await client.call(DELETE_FILE, path={"file_id": "file-1"})
        assert reply.raw == {} and len(server.requests) == 2


@pytest.mark.parametrize("fault", [faults.hang, faults.slow_head, faults.drip])
async def test_deadlines(make_client: MakeClient, fault: Answer) -> None:
    async with FaultServer(fault) as server:
        client = make_client(server.base_url, list_deadline=0.15)
        loop = asyncio.get_running_loop()
        began = loop.time()
        problem = await problem_of(client.page(LIST_FILES))
        assert problem.kind is ProblemKind.TIMEOUT
        assert loop.time() - began < 1.0
        assert len(server.requests) == 1


async def test_a_creation_that_hangs_is_uncertain(make_client: MakeClient) -> None:
    async with FaultServer(faults.hang) as server:
        client = make_client(server.base_url, read_timeout=0.1)
        problem = await problem_of(client.call(CREATE_VECTOR_STORE, body={}))
        assert problem.kind is ProblemKind.UNCERTAIN and len(server.requests) == 1


async def test_a_bomb_is_small(make_client: MakeClient) -> None:
    async with FaultServer(faults.bomb(150_000_000)) as server:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        client = make_client(server.base_url)
        problem = await problem_of(client.page(LIST_FILES))
        assert problem.kind is ProblemKind.UNEXPECTED and "32 MiB" in problem.detail
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert after - before < 100 * 1024


async def test_compressed_pages_are_read(make_client: MakeClient) -> None:
    async with FaultServer(faults.bomb(3_000_000)) as server:
        client = make_client(server.base_url)
        problem = await problem_of(client.page(LIST_FILES))
        assert problem.detail == "no list of rows"


async def test_a_key_in_an_error_is_not_shown(make_client: MakeClient) -> None:
    secret = "a-key-without-a-prefix"
    message = f"Incorrect API key provided: {secret}, or sk-proj-abcdefgh12345678."
    async with FaultServer(faults.error(401, message)) as server:
        client = make_client(server.base_url, key=SecretStr(secret))
        problem = await problem_of(client.page(LIST_FILES))
        shown = f"{problem} {last_entry(client)}"
        assert secret not in shown and "abcdefgh12345678" not in shown
        assert "profile test" in problem.hint


async def test_redirects_end_and_keep_secrets(make_client: MakeClient) -> None:
    async with FaultServer(faults.redirect("/v1/files")) as server:
        client = make_client(server.base_url)
        problem = await problem_of(client.page(LIST_FILES))
        assert problem.kind is ProblemKind.UNEXPECTED and len(server.requests) == 6
    async with FaultServer(faults.page("file-1")) as other:
        target = other.base_url.replace("127.0.0.1", "localhost") + "/files"
        async with FaultServer(faults.redirect(target)) as server:
            client = make_client(
                server.base_url,
                headers={"X-Secret": "s"},
                organization="org-1",
            )
            assert (await client.page(LIST_FILES)).ids == ("file-1",)
            assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
            for name in ("authorization", "x-secret", "openai-organization"):
                assert name in server.requests[0].headers
                assert name not in other.requests[0].headers


async def test_a_creation_is_not_redirected(make_client: MakeClient) -> None:
    async with FaultServer(faults.redirect("/elsewhere")) as server:
        client = make_client(server.base_url)
        problem = await problem_of(client.call(CREATE_VECTOR_STORE, body={}))
        assert problem.kind is ProblemKind.UNEXPECTED and "base URL" in problem.hint
        assert len(server.requests) == 1
    answers = (faults.redirect("/v1/stores/", status=307), faults.reply(STORE))
    async with FaultServer(*answers) as server:
        client = make_client(server.base_url)
        await client.call(CREATE_VECTOR_STORE, body={"name": "kept"})
        assert server.requests[1].method == "POST"
        assert server.requests[1].json == {"name": "kept"}


async def test_the_keep_alive_race_is_invisible_to_reads(make_client: MakeClient) -> None:
    script = [faults.page("file-1"), faults.fin] * 4 + [faults.page("file-1")]
    async with FaultServer(*script) as server:
        client = make_client(server.base_url)
        for _ in range(5):
            assert (await client.page(LIST_FILES)).ids == ("file-1",)


async def test_what_must_not_be_repeated_uses_a_fresh_connection(make_client: MakeClient) -> None:
    async with FaultServer(faults.reply({"data": [], **STORE})) as server:
        client = make_client(server.base_url)
        await client.page(LIST_FILES)
        await client.page(LIST_FILES)
        assert server.connections == 1
        await client.call(CREATE_VECTOR_STORE, body={})
        await client.call(CREATE_VECTOR_STORE, body={})
        assert server.connections == 3


async def test_causes_are_named(make_client: MakeClient, unused_port: int) -> None:
    client = make_client(f"http://127.0.0.1:{unused_port}/v1")
    problem = await problem_of(client.page(LIST_FILES))
    assert problem.kind is ProblemKind.NETWORK and "refuses connections" in problem.title
    problem = await problem_of(client.call(CREATE_VECTOR_STORE, body={}))
    assert problem.kind is ProblemKind.NETWORK

    async def speak_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(speak_plainly, "127.0.0.1", 0)
    client = make_client(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
    problem = await problem_of(client.page(LIST_FILES))
    assert problem.kind is ProblemKind.NETWORK and "https" in problem.hint
    server.close()
    client = make_client("ftp://127.0.0.1/v1")
    assert (await problem_of(client.page(LIST_FILES))).kind is ProblemKind.LOCAL


async def test_a_name_that_does_not_exist(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fail)
    client = make_client("http://no-such-host.invalid/v1")
    problem = await problem_of(client.page(LIST_FILES))
    assert problem.title == "The name no-such-host.invalid was not found"
    assert last_entry(client).attempts == 1


async def test_a_certificate_that_nobody_signed(
    make_client: MakeClient, self_signed: ssl.SSLContext
) -> None:
    server = await asyncio.start_server(
        lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=self_signed
    )
    port = server.sockets[0].getsockname()[1]
    client = make_client(f"https://127.0.0.1:{port}/v1")
    problem = await problem_of(client.page(LIST_FILES))
    assert problem.detail.startswith("certificate verify failed")
    assert "ca_bundle" in problem.hint and last_entry(client).attempts == 1
    server.close()


async def test_proxies_never_see_loopback(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FaultServer(faults.page("file-1")) as proxy, FaultServer(faults.page()) as server:
        for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        client = make_client(server.base_url)
        await client.page(LIST_FILES)
        assert proxy.connections == 0 and len(server.requests) == 1
        away = make_client("http://example.invalid/v1")
        assert (await away.page(LIST_FILES)).ids == ("file-1",)
        assert proxy.requests[0].target == "http://example.invalid/v1/files?limit=100"


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1", "nonsense://x"])
async def test_a_broken_proxy_is_named(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", value)
    client = make_client("http://example.invalid/v1")
    problem = await problem_of(client.page(LIST_FILES))
    assert problem.kind is ProblemKind.LOCAL and "ALL_PROXY" in problem.hint


async def test_a_missing_ca_bundle_is_named(make_client: MakeClient, tmp_path: Any) -> None:
    client = make_client("https://127.0.0.1:1/v1", ca_bundle=tmp_path / "no.pem")
    problem = await problem_of(client.page(LIST_FILES))
    assert problem.kind is ProblemKind.LOCAL and "no.pem" in problem.detail


async def test_not_found_below_a_collection_is_the_object(make_client: MakeClient) -> None:
    async with FaultServer(faults.error(404)) as server:
        client = make_client(server.base_url)
        problem = await problem_of(client.call(GET_FILE, path={"file_id": "file-1"}))
        assert problem.kind is ProblemKind.NOT_FOUND
        assert problem.request_id == faults.REQUEST_ID
