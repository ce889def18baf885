"""What the client sends, and its gates."""

from __future__ import annotations

import json
import shlex
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tests.api.conftest import ADMIN_KEY, KEY, MakeClient
from tui import __version__
from tui.api.capabilities import Presence
from tui.api.operation import Effect, Operation
from tui.api.operations.chat import CREATE_CHAT_COMPLETION, LIST_CHAT_COMPLETIONS
from tui.api.operations.files import CREATE_FILE, DELETE_FILE, DOWNLOAD_FILE, GET_FILE, LIST_FILES
from tui.api.operations.vector_stores import CREATE_VECTOR_STORE, SEARCH_VECTOR_STORE
from tui.core.errors import ProblemError, ProblemKind
from tui.core.log import KeyUsed
from tui.core.settings import ServerKind

ADMIN = Operation(
    id="listUsers",
    method="GET",
    path="/organization/users",
    section="Users",
    resource="users",
    admin=True,
    list=True,
)


class Server:
    """Answers everything alike and keeps what it was asked."""

    def __init__(self, answer: Any = None, **facts: Any) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = {"id": "x", "object": "x", "data": []} if answer is None else answer
        self._facts = facts

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json=self._answer, **self._facts)


async def test_headers(make_client: MakeClient) -> None:
    server = Server()
    client = make_client(
        server,
        organization="org-1",
        project="proj-1",
        headers={"X-Own": "1"},
        query={"api-version": "v"},
    )
    await client.page(LIST_FILES, query={"purpose": "batch"})
    await client.call(CREATE_VECTOR_STORE, body={"name": "é"})
    first, second = server.requests
    assert str(first.url) == "http://127.0.0.1:9/v1/files?api-version=v&purpose=batch&limit=100"
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert first.headers["openai-organization"] == "org-1"
    assert first.headers["openai-project"] == "proj-1"
    assert first.headers["x-own"] == "1"
    assert first.headers["user-agent"] == f"cupola/{__version__}"
    assert "openai-beta" not in first.headers and "content-type" not in first.headers
    assert second.headers["openai-beta"] == "assistants=v2"
    assert second.headers["content-type"] == "application/json"
    assert json.loads(second.content) == {"name": "é"}


async def test_azure_sends_its_own_header(make_client: MakeClient) -> None:
    server = Server()
    client = make_client(server, kind=ServerKind.AZURE)
    await client.page(LIST_FILES)
    assert server.requests[0].headers["api-key"] == KEY
    assert "authorization" not in server.requests[0].headers


async def test_two_keys(make_client: MakeClient) -> None:
    server = Server()
    client = make_client(server)
    with pytest.raises(ProblemError) as caught:
        await client.page(ADMIN)
    assert caught.value.problem.kind is ProblemKind.NEEDS_ADMIN and not server.requests
    assert client.capabilities.presence("Users") is Presence.UNKNOWN
    client = make_client(server, admin_key=SecretStr(ADMIN_KEY))
    await client.page(ADMIN)
    await client.page(LIST_FILES)
    assert [r.headers["authorization"] for r in server.requests] == [
        f"Bearer {ADMIN_KEY}",
        f"Bearer {KEY}",
    ]
    entries = client._sender._log.entries.value
    assert [entry.key for entry in entries] == [KeyUsed.PROJECT, KeyUsed.ADMIN]


async def test_without_a_key(make_client: MakeClient) -> None:
    server = Server()
    await make_client(server, key=None).page(LIST_FILES)
    assert "authorization" not in server.requests[0].headers
    for key, kind in ((None, ServerKind.OPENAI), (SecretStr("two\nlines"), ServerKind.COMPATIBLE)):
        with pytest.raises(ProblemError) as caught:
            await make_client(server, key=key, kind=kind).page(LIST_FILES)
        assert caught.value.problem.kind is ProblemKind.UNAUTHORIZED
    assert len(server.requests) == 1


async def test_the_read_only_gate(make_client: MakeClient) -> None:
    server = Server()
    client = make_client(server, read_only=True)
    await client.page(LIST_FILES)
    await client.page(SEARCH_VECTOR_STORE, path={"vector_store_id": "v"}, body={"query": "q"})
    await client.call(CREATE_CHAT_COMPLETION, body={"model": "m", "messages": []})
    blocked: list[tuple[Operation, dict[str, Any]]] = [
        (CREATE_VECTOR_STORE, {"body": {}}),
        (DELETE_FILE, {"path": {"file_id": "f"}}),
        (CREATE_CHAT_COMPLETION, {"body": {"store": True}}),
    ]
    for operation, request in blocked:
        with pytest.raises(ProblemError) as caught:
            await client.call(operation, **request)
        assert caught.value.problem.kind is ProblemKind.READ_ONLY
    with pytest.raises(ProblemError):
        client.stream(CREATE_CHAT_COMPLETION, body={"store": True})
    assert len(server.requests) == 3
    assert len(client._sender._log.entries.value) == 3


async def test_no_key_in_the_log(make_client: MakeClient) -> None:
    client = make_client(Server(answer={"id": "x", "echo": f"you sent {KEY}"}))
    await client.call(GET_FILE, path={"file_id": "f"})
    entry = client._sender._log.entries.value[0]
    assert KEY not in str(entry) and "you sent" in entry.response_preview
    assert entry.status == 200 and entry.operation == "retrieveFile"


async def test_a_reply(make_client: MakeClient) -> None:
    headers = {"x-request-id": "req_1", "openai-poll-after-ms": "1500"}
    client = make_client(Server(answer={"id": "f", "bytes": "12"}, headers=headers))
    reply = await client.call(GET_FILE, path={"file_id": "f"})
    assert (reply.request_id, reply.poll_after, reply.status) == ("req_1", 1.5, 200)
    assert reply.record.get("bytes") == 12 and reply.raw["bytes"] == "12"


async def test_an_error_with_a_good_status(make_client: MakeClient) -> None:
    client = make_client(Server(answer={"error": "Unexpected endpoint"}))
    with pytest.raises(ProblemError) as caught:
        await client.page(LIST_FILES)
    assert caught.value.problem.detail == "Unexpected endpoint"


async def test_half_a_surrogate_is_let_through(make_client: MakeClient) -> None:
    def server(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b'{"data": [{"id": "a", "filename": "\\ud83d"}]}')

    page = await make_client(server).page(LIST_FILES)
    assert page.items[0].raw["filename"] == "\ud83d"


async def test_ids_are_quoted(make_client: MakeClient) -> None:
    server = Server()
    client = make_client(server)
    await client.call(GET_FILE, path={"file_id": "a/../b?c"})
    assert server.requests[0].url.raw_path == b"/v1/files/a%2F..%2Fb%3Fc"
    with pytest.raises(ProblemError) as caught:
        await client.call(GET_FILE, path={"file_id": ".."})
    assert caught.value.problem.kind is ProblemKind.INVALID
    with pytest.raises(ProblemError):
        await client.call(CREATE_VECTOR_STORE, body={"x": float("nan")})


async def test_files_do_not_go_through_call(make_client: MakeClient) -> None:
    with pytest.raises(ValueError, match="use upload"):
        await make_client(Server()).call(CREATE_FILE, body={})


def test_curl(make_client: MakeClient) -> None:
    client = make_client(Server(), project="proj-1", admin_key=SecretStr(ADMIN_KEY))
    command = client.curl(
        CREATE_VECTOR_STORE, body={"name": "it's $HOME", "metadata": {"k": "sk-secret12345678"}}
    )
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:4] == ["curl", "http://127.0.0.1:9/v1/vector_stores", "-X", "POST"]
    assert "Authorization: Bearer $OPENAI_API_KEY" in words
    assert "OpenAI-Beta: assistants=v2" in words and "OpenAI-Project: proj-1" in words
    assert json.loads(words[words.index("-d") + 1])["name"] == "it's $HOME"
    assert KEY not in command and "secret12345678" not in command
    assert '"Authorization: Bearer $OPENAI_ADMIN_KEY"' in client.curl(ADMIN)
    assert "$OPENAI" not in make_client(Server(), key=None).curl(LIST_FILES)
    azure = make_client(Server(), kind=ServerKind.AZURE)
    assert '"api-key: $OPENAI_API_KEY"' in azure.curl(LIST_FILES)
    upload = client.curl(
        CREATE_FILE,
        body={"file": "a b.txt", "purpose": "batch", "expires_after": {"anchor": "created_at"}},
    )
    assert "-F 'file=@a b.txt'" in upload and "expires_after[anchor]=created_at" in upload
    path = {"file_id": "file-1"}
    assert client.curl(DOWNLOAD_FILE, path=path).endswith("--fail -O")
    listing = client.curl(LIST_CHAT_COMPLETIONS, query={"metadata": {"a": "b"}})
    assert "'http://127.0.0.1:9/v1/chat/completions?metadata[a]=b'" in listing


def test_effects_and_repeating() -> None:
    assert CREATE_CHAT_COMPLETION.effect_of({"store": True}) is Effect.CREATES
    assert CREATE_CHAT_COMPLETION.effect_of({"store": False}) is Effect.READS
    assert CREATE_CHAT_COMPLETION.effect_of(None) is Effect.READS
    assert not CREATE_CHAT_COMPLETION.repeatable and not CREATE_VECTOR_STORE.repeatable
    assert DELETE_FILE.repeatable and LIST_FILES.repeatable
    assert LIST_FILES.collection and not GET_FILE.collection
