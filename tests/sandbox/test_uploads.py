"""Uploads in parts, through the official SDK in its strict mode."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError, OpenAI

from tui.sandbox.thread import RunningSandbox, running_sandbox


def begin(client: OpenAI, size: int, name: str = "big.jsonl") -> str:
    return client.uploads.create(
        bytes=size, filename=name, mime_type="application/jsonl", purpose="batch"
    ).id


def test_parts_are_joined_in_the_order_given(client: OpenAI, sandbox: RunningSandbox) -> None:
    upload = client.uploads.create(
        bytes=10, filename="ten.jsonl", mime_type="text/jsonl", purpose="batch"
    )
    assert (upload.status, upload.object, upload.file) == ("pending", "upload", None)
    assert upload.expires_at == upload.created_at + 3600
    second = client.uploads.parts.create(upload.id, data=b"56789")
    first = client.uploads.parts.create(upload.id, data=b"01234")
    assert (first.object, first.upload_id) == ("upload.part", upload.id)
    done = client.uploads.complete(
        upload.id,
        part_ids=[first.id, second.id],
        md5=hashlib.md5(b"0123456789", usedforsecurity=False).hexdigest(),
    )
    assert done.status == "completed"
    assert done.file is not None
    assert done.file == client.files.retrieve(done.file.id)
    assert client.files.content(done.file.id).read() == b"0123456789"
    assert not {first.id, second.id} & sandbox.world.blobs.names()
    with pytest.raises(BadRequestError) as caught:
        client.uploads.parts.create(upload.id, data=b"x")
    assert "completed" in str(caught.value)


def test_a_refused_end_leaves_the_upload_pending(client: OpenAI, sandbox: RunningSandbox) -> None:
    id = begin(client, 4)
    part = client.uploads.parts.create(id, data=b"abc").id
    before = sandbox.world.blobs.names()
    for part_ids, md5 in (([part], None), ([part, part], None), (["part_nowhere"], None)):
        with pytest.raises(BadRequestError) as caught:
            client.uploads.complete(id, part_ids=part_ids, **({"md5": md5} if md5 else {}))
        assert caught.value.param == "part_ids"
    rest = client.uploads.parts.create(id, data=b"d").id
    with pytest.raises(BadRequestError) as caught:
        client.uploads.complete(id, part_ids=[part, rest], md5="0" * 32)
    assert caught.value.param == "md5"
    assert sandbox.world.blobs.names() == before | {rest}
    assert client.uploads.complete(id, part_ids=[part, rest]).status == "completed"


def test_cancelling_is_final(client: OpenAI) -> None:
    id = begin(client, 4)
    part = client.uploads.parts.create(id, data=b"abcd").id
    assert client.uploads.cancel(id).status == "cancelled"
    for call in (
        lambda: client.uploads.cancel(id),
        lambda: client.uploads.complete(id, part_ids=[part]),
    ):
        with pytest.raises(BadRequestError):
            call()
    with pytest.raises(NotFoundError):
        client.uploads.cancel("upload_nowhere")


def test_an_upload_expires_after_its_hour() -> None:
    with (
        running_sandbox() as sandbox,
        OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0) as client,
    ):
        id = begin(client, 4)
        part = client.uploads.parts.create(id, data=b"abcd").id
        sandbox.advance(3600)
        with pytest.raises(BadRequestError) as caught:
            client.uploads.complete(id, part_ids=[part])
        assert "expired" in str(caught.value)
        sandbox.advance(61)
        assert sandbox.world.blobs.names() == set()


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"bytes": 0}, "bytes"),
        ({"bytes": "10"}, "bytes"),
        ({"bytes": 9 << 30}, "bytes"),
        ({"bytes": True}, "bytes"),
        ({"filename": ""}, "filename"),
        ({"filename": None}, "filename"),
        ({"purpose": "user_data"}, "purpose"),
        ({"mime_type": 3}, "mime_type"),
        ({"colour": "red"}, "colour"),
        ({"expires_after": {"anchor": "created_at"}}, "expires_after.seconds"),
        ({"expires_after": []}, "expires_after"),
    ],
)
def test_bad_requests_name_their_parameter(
    http: httpx.Client, change: dict[str, Any], param: str
) -> None:
    body = {"bytes": 4, "filename": "a.txt", "mime_type": "text/plain", "purpose": "assistants"}
    response = http.post("/uploads", json=body | change)
    assert response.status_code == 400, response.text
    assert response.json()["error"]["param"] == param


async def test_the_sdk_s_chunked_upload(async_client: AsyncOpenAI, tmp_path: Path) -> None:
    content = b'{"line": 1}\n' * 5000
    path = tmp_path / "lines.jsonl"
    path.write_bytes(content)
    done = await async_client.uploads.upload_file_chunked(
        file=path, mime_type="text/jsonl", purpose="fine-tune", part_size=7000
    )
    assert done.file is not None
    assert (done.file.filename, done.file.bytes) == ("lines.jsonl", len(content))
    assert (await async_client.files.content(done.file.id)).read() == content
