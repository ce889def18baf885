"""Who gets in, and what the refusals look like."""

from __future__ import annotations

import contextlib
import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from openai import AuthenticationError, NotFoundError, OpenAI, PermissionDeniedError

from tests.sandbox.conftest import BETA
from tui.sandbox import gate
from tui.sandbox.handlers import served_operations
from tui.sandbox.known_operations import KNOWN_OPERATIONS
from tui.sandbox.server import MAX_CONNECTIONS
from tui.sandbox.thread import RunningSandbox

INDEX = json.loads(
    (Path(__file__).parent.parent / "contract" / "operations.json").read_text("utf-8")
)


def refusal(response: httpx.Response) -> dict[str, object]:
    """The error of an answer, which must have exactly the platform's shape."""
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert body["error"]["message"]
    error: dict[str, object] = body["error"]
    return error


def raw(sandbox: RunningSandbox, request: bytes) -> bytes:
    """What a socket gets back for these bytes."""
    port = urlsplit(sandbox.base_url).port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while block := connection.recv(65536):
            answer += block
        return answer


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", ""]
)
def test_other_hosts_are_refused(http: httpx.Client, sandbox: RunningSandbox, host: str) -> None:
    port = urlsplit(sandbox.base_url).port
    response = http.get("/models", headers={"Host": host.format(port=port)})
    assert response.status_code == 403
    refusal(response)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
def test_loopback_hosts_with_the_port_are_served(
    http: httpx.Client, sandbox: RunningSandbox, host: str
) -> None:
    port = urlsplit(sandbox.base_url).port
    assert http.get("/models", headers={"Host": f"{host}:{port}"}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1"])
def test_any_origin_is_refused_and_no_cors_header_is_sent(http: httpx.Client, origin: str) -> None:
    for method in ("GET", "OPTIONS", "POST"):
        response = http.request(method, "/models", headers={"Origin": origin})
        assert response.status_code == 403
        assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "target", [b"GET http://evil.example/v1/models", b"CONNECT evil.example:443"]
)
def test_proxy_requests_are_refused(sandbox: RunningSandbox, target: bytes) -> None:
    host = urlsplit(sandbox.base_url).netloc.encode()
    answer = raw(sandbox, target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Basic abc", "Bearer wrong", "Bearer ключ"]
)
def test_without_the_token_nobody_gets_in(
    sandbox: RunningSandbox, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode()}
    with httpx.Client(trust_env=False) as anyone:
        response = anyone.get(f"{sandbox.base_url}/models", headers=headers)
    assert response.status_code == 401
    assert "wrong" not in str(refusal(response)["message"])


def test_401_comes_before_the_body(sandbox: RunningSandbox) -> None:
    parts = urlsplit(sandbox.base_url)
    with socket.create_connection(("127.0.0.1", parts.port), timeout=10) as connection:
        connection.sendall(
            b"POST /v1/files HTTP/1.1\r\nHost: " + parts.netloc.encode() + b"\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 401")


def test_the_sdk_sees_the_right_errors(sandbox: RunningSandbox) -> None:
    wrong = OpenAI(base_url=sandbox.base_url, api_key="sk-wrong", max_retries=0)
    with wrong, pytest.raises(AuthenticationError) as caught:
        wrong.models.list()
    assert caught.value.code == "invalid_api_key"
    admin = OpenAI(base_url=sandbox.base_url, api_key=sandbox.admin_key, max_retries=0)
    with admin, pytest.raises(PermissionDeniedError) as denied:
        admin.models.list()
    assert denied.value.code == "missing_scope"
    assert "api.model.read" in str(denied.value)


def test_admin_operations_refuse_the_project_key(http: httpx.Client) -> None:
    response = http.get("/organization/projects")
    assert response.status_code == 403
    assert "Missing scopes: api.management.read" in str(refusal(response)["message"])
    response = http.get("/organization/usage/completions?start_time=1")
    assert "api.usage.read" in str(refusal(response)["message"])


def test_the_beta_header_is_demanded(http: httpx.Client) -> None:
    response = http.get("/vector_stores")
    assert response.status_code == 400
    assert refusal(response)["code"] == "invalid_beta"
    assert http.get("/vector_stores", headers=BETA).status_code == 200
    both = {"OpenAI-Beta": "something=v1, assistants=v2"}
    assert http.get("/vector_stores", headers=both).status_code == 200


@pytest.mark.parametrize("path", ["/", "/nowhere", "/files/a/b/c", "/models/", "//models"])
def test_unknown_paths_are_404(http: httpx.Client, path: str) -> None:
    response = http.get(path)
    assert response.status_code == 404
    assert str(refusal(response)["message"]).startswith("Invalid URL (GET /")


def test_outside_v1_nothing_answers(http: httpx.Client, sandbox: RunningSandbox) -> None:
    root = sandbox.base_url.removesuffix("/v1")
    for path in ("/", "/docs", "/openapi.json", "/models", "/v1", "/v1x/models"):
        assert http.get(root + path).status_code == 404


def test_a_known_path_with_another_method_is_405(http: httpx.Client) -> None:
    response = http.put("/files")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"
    refusal(response)


def test_the_table_of_operations_is_the_contract_s() -> None:
    table = {
        operation.id: (operation.method, operation.path, operation.admin, operation.beta)
        for operation in KNOWN_OPERATIONS
    }
    index = {
        row["id"]: (row["method"], row["path"], row["admin_key"], row["beta_header"])
        for row in INDEX
    }
    assert table == index


def test_what_is_known_and_not_built_says_501(http: httpx.Client, admin_http: httpx.Client) -> None:
    missing = [op for op in KNOWN_OPERATIONS if op.id not in served_operations()]
    for operation in missing:
        client = admin_http if operation.admin else http
        path = operation.path.replace("{", "").replace("}", "")
        headers = {"OpenAI-Beta": operation.beta} if operation.beta else {}
        response = client.request(operation.method, path, headers=headers)
        assert response.status_code == 501, operation.id
        assert refusal(response)["code"] == "not_implemented"


def test_served_operations_include_this_issue_s() -> None:
    prefixes = ("/files", "/uploads", "/models", "/vector_stores", "/chat/completions")
    wanted = {op.id for op in KNOWN_OPERATIONS if op.path.startswith(prefixes)}
    assert len(wanted) == 34
    assert wanted <= served_operations()


def test_answers_carry_the_platform_s_headers(http: httpx.Client) -> None:
    headers = http.get("/models").headers
    assert headers["x-request-id"].startswith("req_")
    assert headers["openai-version"] == "2020-10-01"
    assert headers["openai-organization"]
    assert int(headers["openai-processing-ms"]) >= 0
    assert int(headers["x-ratelimit-remaining-requests"]) < int(
        headers["x-ratelimit-limit-requests"]
    )
    assert headers["x-ratelimit-reset-tokens"].endswith(("ms", "s"))
    assert "server" not in headers
    assert http.get("/nowhere").headers["x-request-id"].startswith("req_")


def test_a_large_body_is_refused_before_it_is_read(
    http: httpx.Client, sandbox: RunningSandbox
) -> None:
    parts = urlsplit(sandbox.base_url)
    head = (
        f"POST /v1/uploads HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Authorization: Bearer {sandbox.api_key}\r\nContent-Type: application/json\r\n"
    )
    announced = head + f"Content-Length: {gate.BODY_LIMIT + 1}\r\n\r\n"
    assert raw(sandbox, announced.encode()).startswith(b"HTTP/1.1 413")


def test_a_large_chunked_body_is_refused_while_it_streams(http: httpx.Client) -> None:
    seen = 0

    def blocks() -> object:
        nonlocal seen
        while seen < 4 * gate.BODY_LIMIT:
            seen += 1 << 16
            yield b" " * (1 << 16)

    headers = {"Content-Type": "application/json"}
    response = http.post("/uploads", content=blocks(), headers=headers)  # type: ignore[arg-type]
    assert response.status_code == 413
    refusal(response)


def test_too_large_a_head_is_431(sandbox: RunningSandbox) -> None:
    host = urlsplit(sandbox.base_url).netloc.encode()
    request = b"GET /v1/models HTTP/1.1\r\nHost: " + host + b"\r\nX-Long: " + b"a" * 40_000
    answer = raw(sandbox, request)
    assert answer.startswith(b"HTTP/1.1 431")
    assert b'"error"' in answer


def test_what_is_no_http_is_400(sandbox: RunningSandbox) -> None:
    answer = raw(sandbox, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")


def put_out(connection: socket.socket) -> bool:
    """Whether the other side ended a connection: with a reset where bytes were still unread."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_idle_connections_do_not_shut_others_out(
    http: httpx.Client, sandbox: RunningSandbox
) -> None:
    port = urlsplit(sandbox.base_url).port
    idle = [
        socket.create_connection(("127.0.0.1", port), timeout=10)
        for _ in range(MAX_CONNECTIONS + 20)
    ]
    try:
        for connection in idle:
            # The oldest are put out while the last ones come, with or without a reset.
            with contextlib.suppress(ConnectionError):
                connection.sendall(b"GET /v1/models HTTP/1.1\r\n")
        assert http.get("/models").status_code == 200
        assert put_out(idle[0]), "the oldest idle connection made room"
    finally:
        for connection in idle:
            connection.close()


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"bytes": NaN}', "application/json", 400),
        (b'{"a":' * 100_000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b"{}", "application/json; charset=utf-8", 400),
    ],
)
def test_bodies_must_be_json_objects(
    http: httpx.Client, content: bytes, kind: str, status: int
) -> None:
    response = http.post("/uploads", content=content, headers={"Content-Type": kind})
    assert response.status_code == status
    refusal(response)


def test_ids_with_odd_characters_are_only_ids(client: OpenAI) -> None:
    for name in ("../../etc/passwd", "a/b", "a\0b", "'; DROP TABLE records; --", "\x1b[2J", "é"):
        with pytest.raises(NotFoundError):
            client.files.retrieve(name)
        with pytest.raises(NotFoundError):
            client.models.retrieve(name)
