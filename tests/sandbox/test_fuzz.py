"""Whatever is sent: never a 5xx, and every refusal in the platform's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import BETA
from tui.sandbox.thread import RunningSandbox, running_sandbox

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.integers(10**18, 10**400),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["", "\0", "\ud800", "\x1b[2J", "../x", "auto", "static", "eq", "completed"]),
)
NAMES = [
    "name",
    "file_ids",
    "files",
    "file_id",
    "expires_after",
    "chunking_strategy",
    "metadata",
    "attributes",
    "query",
    "filters",
    "ranking_options",
    "max_num_results",
    "rewrite_query",
    "filename",
    "purpose",
    "bytes",
    "mime_type",
    "part_ids",
    "md5",
    "type",
    "anchor",
    "days",
    "seconds",
    "static",
    "max_chunk_size_tokens",
    "chunk_overlap_tokens",
    "key",
    "value",
    "ranker",
    "score_threshold",
    "hybrid_search",
    "embedding_weight",
    "text_weight",
    "effect",
    "operation",
    "messages",
    "model",
    "role",
    "content",
    "stream",
    "n",
    "tools",
    "temperature",
    "max_tokens",
    "store",
    "response_format",
    "stop",
    "logprobs",
]
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=3)), inner, max_size=4),
    ),
    max_leaves=12,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=7)


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[RunningSandbox, httpx.Client, dict[str, str]]]:
    """A sandbox with something in it, and the ids of what there is."""
    with running_sandbox() as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.api_key}", **BETA}
        with httpx.Client(base_url=sandbox.base_url, headers=headers) as http:
            file = http.post(
                "/files",
                data={"purpose": "assistants"},
                files={"file": ("a.md", b"The tide is high, the boats are out.")},
            ).json()["id"]
            store = http.post("/vector_stores", json={"file_ids": [file]}).json()["id"]
            sandbox.advance(5)
            upload = http.post(
                "/uploads",
                json={
                    "bytes": 3,
                    "filename": "a",
                    "mime_type": "text/plain",
                    "purpose": "assistants",
                },
            ).json()["id"]
            yield sandbox, http, {"file": file, "store": store, "upload": upload}


PATHS: dict[str, dict[str, Any]] = {
    "/vector_stores": {
        "name": "x",
        "expires_after": {"anchor": "last_active_at", "days": 1},
        "metadata": {"a": "b"},
    },
    "/vector_stores/{store}": {"name": "x", "metadata": {"a": "b"}},
    "/vector_stores/{store}/search": {
        "query": "boats",
        "filters": {"type": "and", "filters": [{"type": "eq", "key": "a", "value": 1}]},
        "ranking_options": {"ranker": "auto", "score_threshold": 0.1},
    },
    "/vector_stores/{store}/files": {
        "file_id": "{file}",
        "attributes": {"a": 1},
        "chunking_strategy": {
            "type": "static",
            "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0},
        },
    },
    "/vector_stores/{store}/files/{file}": {"attributes": {"a": 1, "b": "c"}},
    "/vector_stores/{store}/file_batches": {"files": [{"file_id": "{file}"}]},
    "/uploads": {
        "bytes": 3,
        "filename": "a",
        "mime_type": "text/plain",
        "purpose": "assistants",
        "expires_after": {"anchor": "created_at", "seconds": 3600},
    },
    "/uploads/{upload}/complete": {"part_ids": ["part_x"], "md5": "0"},
    "/chat/completions": {
        "model": "cupola-echo",
        "messages": [{"role": "user", "content": "Hello"}],
        "store": True,
        "metadata": {"a": "b"},
    },
}
"""A request that holds, for each path; the ids are filled in."""


def spoilt(value: Any, odd: Any, place: int) -> Any:
    """The request with one of its parts replaced; which one is up to `place`."""
    if place == 0 or not isinstance(value, dict | list) or not value:
        return odd
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[place % len(keys)]
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = spoilt(value[key], odd, place // len(keys))
    return copy


def check(response: httpx.Response) -> None:
    assert response.status_code < 500, (response.status_code, response.text)
    if response.status_code >= 400:
        assert set(response.json()["error"]) == {"message", "type", "param", "code"}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    path=st.sampled_from(sorted(PATHS)),
    odd=VALUES,
    place=st.integers(1, 200),
    extra=st.one_of(st.just({}), BODIES),
)
def test_odd_bodies(
    world: tuple[RunningSandbox, httpx.Client, dict[str, str]],
    path: str,
    odd: Any,
    place: int,
    extra: dict[str, Any],
) -> None:
    sandbox, http, ids = world
    body = {**spoilt(PATHS[path], odd, place), **extra}
    body.pop("stream", None)
    content = json.dumps(body).replace("{file}", ids["file"]).encode()
    kind = {"Content-Type": "application/json"}
    check(http.post(path.format(**ids), content=content, headers=kind))
    sandbox.idle()


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    query=st.sampled_from(
        [
            {"query": "boats"},
            {"query": ["tide", "boats"], "filters": {"type": "eq", "key": "a", "value": 1}},
        ]
    ),
    extra=st.dictionaries(
        st.sampled_from(["filters", "ranking_options", "max_num_results", "query"]), VALUES
    ),
)
def test_odd_searches(
    world: tuple[RunningSandbox, httpx.Client, dict[str, str]],
    query: dict[str, Any],
    extra: dict[str, Any],
) -> None:
    _, http, ids = world
    content = json.dumps(query | extra).encode()
    kind = {"Content-Type": "application/json"}
    check(http.post(f"/vector_stores/{ids['store']}/search", content=content, headers=kind))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    path=st.sampled_from(
        (
            "/files",
            "/models",
            "/vector_stores",
            "/vector_stores/{store}/files",
            "/chat/completions",
            "/vector_stores/{odd}/files/{odd}",
            "/files/{odd}",
        )
    ),
    name=st.sampled_from(["limit", "order", "after", "before", "filter", "purpose", "metadata[a]"]),
    value=st.one_of(st.text(max_size=12), st.integers().map(str)),
    odd=st.text(min_size=1, max_size=12),
)
def test_odd_queries_and_ids(
    world: tuple[RunningSandbox, httpx.Client, dict[str, str]],
    path: str,
    name: str,
    value: str,
    odd: str,
) -> None:
    _, http, ids = world
    safe = quote(odd.encode("utf-8", "surrogatepass"), safe="")
    pair = f"{quote(name)}={quote(value.encode('utf-8', 'surrogatepass'))}"
    check(http.get(f"{path.format(**ids, odd=safe)}?{pair}"))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda head, body: b"--x\r\n" + head + b"\r\n\r\n" + body + b"\r\n--x--\r\n",
            st.sampled_from(
                [
                    b'Content-Disposition: form-data; name="file"; filename="a"',
                    b'Content-Disposition: form-data; name="purpose"',
                    b'content-disposition: form-data; name="expires_after[seconds]"',
                    b"Content-Disposition: form-data; filename*=utf-8''%ff%00",
                    b"X: y",
                ]
            ),
            st.binary(max_size=30),
        ),
    )
)
def test_odd_forms(
    world: tuple[RunningSandbox, httpx.Client, dict[str, str]], content: bytes
) -> None:
    sandbox, http, ids = world
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    before = sandbox.world.blobs.names()
    response = http.post("/files", content=content, headers=kind)
    check(response)
    assert response.status_code == 400
    assert sandbox.world.blobs.names() == before
    check(http.post(f"/uploads/{ids['upload']}/parts", content=content, headers=kind))
