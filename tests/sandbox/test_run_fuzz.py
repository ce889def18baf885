"""Whatever is sent to assistants and runs: never a 5xx, and every refusal in shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import BETA
from tests.sandbox.run_world import CODE, MODEL, SEARCH, WEATHER
from tests.sandbox.test_fuzz import VALUES, check, spoilt
from tui.sandbox.thread import RunningSandbox, running_sandbox

SETTINGS: dict[str, Any] = {
    "model": MODEL,
    "instructions": "x",
    "tools": [WEATHER, CODE, {**SEARCH, "file_search": {"max_num_results": 3}}],
    "tool_resources": {"file_search": {"vector_store_ids": []}},
    "metadata": {"a": "b"},
    "temperature": 1,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "n", "schema": {"type": "object", "properties": {}}},
    },
}
MESSAGE: dict[str, Any] = {
    "role": "user",
    "content": [{"type": "text", "text": "weather in Paris"}],
    "attachments": [{"file_id": "{file}", "tools": [SEARCH, CODE]}],
    "metadata": {"a": "b"},
}
RUN: dict[str, Any] = {
    "assistant_id": "{assistant}",
    "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
    "tools": [WEATHER],
    "truncation_strategy": {"type": "last_messages", "last_messages": 1},
    "max_prompt_tokens": 500,
    "metadata": {"a": "b"},
}
PATHS: dict[str, dict[str, Any]] = {
    "/assistants": {**SETTINGS, "name": "x", "reasoning_effort": "low"},
    "/assistants/{assistant}": SETTINGS,
    "/threads": {"messages": [MESSAGE], "tool_resources": {"file_search": {"vector_stores": []}}},
    "/threads/{thread}": {"metadata": {"a": "b"}, "tool_resources": {"code_interpreter": {}}},
    "/threads/{thread}/messages": MESSAGE,
    "/threads/{thread}/runs": {**RUN, "additional_messages": [MESSAGE]},
    "/threads/runs": {**RUN, "thread": {"messages": [MESSAGE]}},
    "/threads/{thread}/runs/{run}": {"metadata": {"a": "b"}},
    "/threads/{thread}/runs/{run}/submit_tool_outputs": {
        "tool_outputs": [{"tool_call_id": "call_x", "output": "x"}]
    },
}


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[RunningSandbox, httpx.Client, dict[str, str]]]:
    """A sandbox with an assistant, a thread and a run that waits."""
    with running_sandbox() as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.api_key}", **BETA}
        with httpx.Client(base_url=sandbox.base_url, headers=headers, trust_env=False) as http:
            sent = {"file": ("a.md", b"The tide is high.")}
            file = http.post("/files", data={"purpose": "assistants"}, files=sent).json()["id"]
            body = {"model": MODEL, "tools": [WEATHER]}
            made = http.post("/assistants", json=body).json()["id"]
            talk = {"messages": [{"role": "user", "content": "weather in Paris"}]}
            asked = {"assistant_id": made, "thread": talk}
            run = http.post("/threads/runs", json=asked).json()
            sandbox.advance(5)
            ids = {"file": file, "assistant": made, "thread": run["thread_id"], "run": run["id"]}
            yield sandbox, http, ids


@settings(max_examples=150, deadline=None, derandomize=True)
@given(path=st.sampled_from(sorted(PATHS)), odd=VALUES, place=st.integers(0, 400))
def test_odd_bodies(
    world: tuple[RunningSandbox, httpx.Client, dict[str, str]], path: str, odd: Any, place: int
) -> None:
    sandbox, http, ids = world
    text = json.dumps(spoilt(PATHS[path], odd, place))
    for name in ("file", "assistant"):
        text = text.replace(f"{{{name}}}", ids[name])
    kind = {"Content-Type": "application/json"}
    check(http.post(path.format(**ids), content=text.encode(), headers=kind))
    sandbox.advance(2)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    path=st.sampled_from(
        (
            "/assistants",
            "/threads",
            "/threads/{thread}/messages",
            "/threads/{thread}/runs",
            "/threads/{thread}/runs/{run}/steps",
        )
    ),
    name=st.sampled_from(["limit", "order", "after", "before", "run_id", "include[]", "include"]),
    value=st.one_of(st.text(max_size=12), st.integers().map(str)),
)
def test_odd_queries(
    world: tuple[RunningSandbox, httpx.Client, dict[str, str]], path: str, name: str, value: str
) -> None:
    _, http, ids = world
    value = value.encode("utf-8", "replace").decode()
    check(http.get(path.format(**ids), params={name: value}))
