"""Files, through the official SDK in its strict mode."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError, OpenAI

from tui.sandbox.thread import RunningSandbox, running_sandbox

Upload = Callable[..., str]


def test_a_file_s_whole_life(client: OpenAI) -> None:
    made = client.files.create(file=("words.jsonl", b'{"a": 1}\n'), purpose="batch")
    assert made.id.startswith("file-")
    assert (made.filename, made.bytes, made.purpose) == ("words.jsonl", 9, "batch")
    assert (made.object, made.status) == ("file", "processed")
    assert made.model_fields_set >= {"expires_at", "status_details"}
    assert client.files.retrieve(made.id) == made
    assert made.id in [file.id for file in client.files.list()]
    assert client.files.content(made.id).read() == b'{"a": 1}\n'
    deleted = client.files.delete(made.id)
    assert (deleted.id, deleted.deleted, deleted.object) == (made.id, True, "file")
    for call in (client.files.retrieve, client.files.delete, client.files.content):
        with pytest.raises(NotFoundError) as caught:
            call(made.id)
        assert caught.value.param == "id"


async def test_the_async_client_agrees(async_client: AsyncOpenAI) -> None:
    made = await async_client.files.create(file=("a.txt", b"text"), purpose="user_data")
    assert (await async_client.files.retrieve(made.id)).bytes == 4
    assert made.id in [file.id async for file in async_client.files.list(limit=1)]
    assert (await async_client.files.wait_for_processing(made.id)).status == "processed"
    assert (await async_client.files.delete(made.id)).deleted


@pytest.mark.parametrize("purpose", ["assistants", "vision", "user_data"])
def test_some_purposes_give_nothing_back(upload: Upload, client: OpenAI, purpose: str) -> None:
    id = upload("secret", purpose=purpose)
    with pytest.raises(BadRequestError) as caught:
        client.files.content(id)
    assert f"Not allowed to download files of purpose: {purpose}" in str(caught.value)


def test_purposes_filter_the_list() -> None:
    with running_sandbox() as sandbox, _client(sandbox) as client:
        for number, purpose in enumerate(("assistants", "user_data", "assistants")):
            client.files.create(file=(f"{number}.txt", b"x"), purpose=purpose)  # type: ignore[arg-type]
        names = [file.filename for file in client.files.list(purpose="assistants")]
        assert names == ["2.txt", "0.txt"]
        assert list(client.files.list(purpose="nothing")) == []


def test_lists_page_to_the_end_in_both_orders() -> None:
    with running_sandbox() as sandbox, _client(sandbox) as client:
        empty = client.files.list()
        assert (empty.data, empty.has_more) == ([], False)
        ids = []
        for number in range(7):
            ids.append(client.files.create(file=(f"{number}", b"x"), purpose="assistants").id)
            if number % 3 == 0:
                sandbox.advance(1)
        for limit in (1, 2, 3, 7, 100):
            assert [f.id for f in client.files.list(limit=limit, order="asc")] == ids
            assert [f.id for f in client.files.list(limit=limit)] == ids[::-1]
        page = client.files.list(limit=3, order="asc")
        assert (page.has_more, page.model_extra) == (
            True,
            {"object": "list", "first_id": ids[0], "last_id": ids[2]},
        )


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 10_001}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": "9" * 30}, "limit"),
        ({"order": "sideways"}, "order"),
        ({"after": "file-nowhere"}, "after"),
    ],
)
def test_bad_paging_names_its_parameter(
    http: httpx.Client, query: dict[str, Any], param: str
) -> None:
    response = http.get("/files", params=query)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({"purpose": "assistants"}, "file"),
        ({"file": True}, "purpose"),
        ({"file": True, "purpose": "secrets"}, "purpose"),
        ({"file": True, "purpose": "assistants", "colour": "red"}, "colour"),
        ({"file": True, "purpose": "assistants", "expires_after[anchor]": "now"}, None),
        (
            {
                "file": True,
                "purpose": "assistants",
                "expires_after[anchor]": "created_at",
                "expires_after[seconds]": "60",
            },
            "expires_after.seconds",
        ),
        ({"file": True, "purpose": "fine-tune"}, "file"),
        ({"file": True, "purpose": "batch"}, "file"),
    ],
)
def test_bad_forms_name_their_parameter(
    http: httpx.Client, sandbox: RunningSandbox, form: dict[str, Any], param: str | None
) -> None:
    before = sandbox.world.blobs.names()
    fields = {name: value for name, value in form.items() if name != "file"}
    files = {"file": ("a.txt", b"x")} if "file" in form else {"other": (None, b"x")}
    response = http.post("/files", data=fields, files=files)
    assert response.status_code == 400, response.text
    if param is not None:
        assert response.json()["error"]["param"] == (param if "file" in form else "other")
    assert sandbox.world.blobs.names() == before, "a refused upload leaves nothing behind"


def test_a_form_without_a_file_is_refused(http: httpx.Client) -> None:
    response = http.post("/files", files={"purpose": (None, b"assistants")})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "file"
    assert http.post("/files", data={"purpose": "assistants"}).status_code == 415
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    for content in (b"", b"nonsense", b"--x\r\nContent-Dispo", b"--x\r\n\r\nabc"):
        assert http.post("/files", content=content, headers=kind).status_code == 400


def test_training_files_are_checked_line_by_line(client: OpenAI) -> None:
    good = b'{"messages": []}\n\n{"messages": []}\n'
    assert client.files.create(file=("a.jsonl", good), purpose="fine-tune").bytes == len(good)
    for bad, words in (
        (b'{"a": 1}\nnot json\n', "Line 2 is not valid JSON"),
        (b"[1]\n", "Line 1 is not a dictionary"),
        (b"", "empty"),
    ):
        with pytest.raises(BadRequestError) as caught:
            client.files.create(file=("a.jsonl", bad), purpose="fine-tune")
        assert words in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd",
        "/etc/passwd",
        "C:\\Windows\\system.ini",
        "\x1b[2Jclear",
        "a" * 300,
        "Robert'); DROP TABLE records;--",
        "naïve 日本語 🛰.txt",
    ],
)
def test_names_are_data_and_never_paths(
    http: httpx.Client, sandbox: RunningSandbox, name: str
) -> None:
    made = http.post("/files", data={"purpose": "evals"}, files={"file": (name, b"bytes")}).json()
    assert made["filename"]
    content = http.get(f"/files/{made['id']}/content")
    assert content.content == b"bytes"
    assert "\x1b" not in content.headers["content-disposition"]
    assert sandbox.world.blobs.read_now(made["id"]) == b"bytes"


def test_files_expire_on_the_clock() -> None:
    with running_sandbox() as sandbox, _client(sandbox) as client:
        made = client.files.create(
            file=("a.txt", b"x"),
            purpose="user_data",
            expires_after={"anchor": "created_at", "seconds": 3600},
        )
        assert made.expires_at == made.created_at + 3600
        sandbox.advance(3599)
        assert client.files.retrieve(made.id) == made
        sandbox.advance(1)
        with pytest.raises(NotFoundError):
            client.files.retrieve(made.id)
        assert list(client.files.list()) == []
        sandbox.advance(61)
        assert sandbox.world.blobs.names() == set(), "the sweep removed its bytes"


def test_a_large_file_streams_both_ways(client: OpenAI) -> None:
    content = bytes(range(256)) * 4096 * 12
    made = client.files.create(file=("big.jsonl", io.BytesIO(content)), purpose="batch")
    assert made.bytes == len(content)
    assert client.files.content(made.id).read() == content


def _client(sandbox: RunningSandbox) -> OpenAI:
    return OpenAI(
        base_url=sandbox.base_url,
        api_key=sandbox.api_key,
        max_retries=0,
        _strict_response_validation=True,
    )
