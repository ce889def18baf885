"""Misbehaviour on request: by rule in the process, and through the extension endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from openai import APIConnectionError, OpenAI, RateLimitError

from tui.core.safe_text import harmless
from tui.sandbox.faults import HOSTILE_TEXT, Effect, Fault, Faults, make_hostile
from tui.sandbox.thread import RunningSandbox


@pytest.fixture(autouse=True)
def no_rules_left(sandbox: RunningSandbox) -> Iterator[None]:
    yield
    sandbox.world.faults.clear()


def test_a_rule_counts_down_and_the_oldest_wins() -> None:
    faults = Faults()
    first = faults.add(Fault(Effect.ERROR, operation="listFiles", times=2, status=503))
    second = faults.add(Fault(Effect.HTML))
    assert [faults.take("listFiles"), faults.take("listModels")] == [first, second]
    taken = faults.take("listFiles")
    assert taken is not None
    assert (taken.id, taken.times) == (first.id, 1)
    assert faults.take("listFiles") == second
    assert faults.remove(second.id)
    assert not faults.remove(second.id)
    assert faults.take("listFiles") is None


def test_an_error_with_retry_after(client: OpenAI, sandbox: RunningSandbox) -> None:
    sandbox.world.faults.add(
        Fault(Effect.ERROR, operation="listModels", status=429, retry_after=1.5, times=1)
    )
    with pytest.raises(RateLimitError) as caught:
        client.models.list()
    assert caught.value.code == "rate_limit_exceeded"
    assert caught.value.response.headers["retry-after"] == "1.5"
    assert client.models.list().data
    sandbox.world.faults.add(Fault(Effect.ERROR, status=429, code="insufficient_quota", times=1))
    with pytest.raises(RateLimitError) as caught:
        client.models.list()
    assert caught.value.type == "insufficient_quota"
    assert "retry-after" not in caught.value.response.headers


def test_the_sdk_retries_a_503(sandbox: RunningSandbox) -> None:
    sandbox.world.faults.add(Fault(Effect.ERROR, status=503, times=1, retry_after=0.01))
    with OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=1) as client:
        assert client.models.list().data


@pytest.mark.parametrize("effect", [Effect.DROP, Effect.CUT])
def test_connections_that_end_early(
    client: OpenAI, sandbox: RunningSandbox, effect: Effect
) -> None:
    sandbox.world.faults.add(Fault(effect, operation="listModels", times=1, bytes=20))
    with pytest.raises(APIConnectionError):
        client.models.list()
    assert client.models.list().data, "the server goes on"


def test_a_dropped_answer_is_still_done(client: OpenAI, sandbox: RunningSandbox) -> None:
    sandbox.world.faults.add(Fault(Effect.DROP, operation="createVectorStore", times=1))
    with pytest.raises(APIConnectionError):
        client.vector_stores.create(name="it may have happened")
    assert "it may have happened" in [store.name for store in client.vector_stores.list()]


def test_html_and_broken_json(http: httpx.Client, sandbox: RunningSandbox) -> None:
    sandbox.world.faults.add(Fault(Effect.HTML, times=1))
    page = http.get("/models")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    sandbox.world.faults.add(Fault(Effect.GARBAGE, times=1))
    broken = http.get("/models")
    assert broken.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        broken.json()


def test_hostile_text_is_really_hostile(client: OpenAI, sandbox: RunningSandbox) -> None:
    assert not harmless(HOSTILE_TEXT)
    store = client.vector_stores.create(name="plain")
    sandbox.world.faults.add(Fault(Effect.HOSTILE, operation="getVectorStore", times=1))
    hostile = client.vector_stores.retrieve(store.id)
    assert hostile.name == "plain" + HOSTILE_TEXT
    assert hostile.metadata == {"hostile": HOSTILE_TEXT}
    assert client.vector_stores.retrieve(store.id).name == "plain"
    assert make_hostile([{"id": "x", "size": 1}]) == [{"id": "x", "size": 1}]


async def test_a_slow_answer_waits_for_the_clock(sandbox: RunningSandbox) -> None:
    sandbox.world.faults.add(Fault(Effect.SLOW, operation="listModels", times=1, seconds=30))
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    async with httpx.AsyncClient(base_url=sandbox.base_url, headers=headers) as http:
        pending = asyncio.ensure_future(http.get("/models"))
        while sandbox.world.faults.rules():
            await asyncio.sleep(0)
        await sandbox.advanced(29)
        assert not pending.done()
        await sandbox.advanced(1)
        assert (await pending).status_code == 200


def test_a_hanging_answer_ends_with_the_client(http: httpx.Client, sandbox: RunningSandbox) -> None:
    sandbox.world.faults.add(Fault(Effect.HANG, times=1))
    with pytest.raises(httpx.ReadTimeout):
        http.get("/models", timeout=0.05)
    assert http.get("/models").status_code == 200


def test_rules_over_http(http: httpx.Client, admin_http: httpx.Client) -> None:
    assert http.get("/sandbox/faults").status_code == 403
    made = admin_http.post(
        "/sandbox/faults",
        json={"effect": "error", "operation": "listFiles", "status": 503, "times": 1},
    ).json()
    assert made["object"] == "sandbox.fault"
    assert admin_http.get("/sandbox/faults").json()["data"] == [made]
    assert http.get("/files").status_code == 503
    assert http.get("/files").status_code == 200
    assert admin_http.get("/sandbox/faults").json()["data"] == []
    made = admin_http.post("/sandbox/faults", json={"effect": "html"}).json()
    assert admin_http.delete(f"/sandbox/faults/{made['id']}").json()["deleted"]
    assert admin_http.delete(f"/sandbox/faults/{made['id']}").status_code == 404
    admin_http.post("/sandbox/faults", json={"effect": "html"})
    assert admin_http.delete("/sandbox/faults").json()["deleted"]
    assert http.get("/models").headers["content-type"] == "application/json"
    for body in ({}, {"effect": "explode"}, {"effect": "error", "status": 200}, {"colour": 1}):
        assert admin_http.post("/sandbox/faults", json=body).status_code == 400
