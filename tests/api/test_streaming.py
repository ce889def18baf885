"""Streams: the text that came, and an honest word on whether it was all (N4)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api import fault_server as faults
from tests.api.conftest import MakeClient
from tests.api.fault_server import DONE, FaultServer, chunk
from tui.api.client import Client
from tui.api.operation import Operation, Streaming
from tui.api.operations.chat import CREATE_CHAT_COMPLETION
from tui.api.streaming import EventStream
from tui.core.errors import Problem, ProblemError, ProblemKind

BODY = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
WORDS = ["Grüße aus", " 東京 🙂"]
STREAM = b"".join(map(chunk, WORDS)) + chunk(None, finish="stop") + DONE

RUN = Operation(
    id="createRun",
    method="POST",
    path="/threads/{thread_id}/runs",
    section="Assistants",
    resource="runs",
    streaming=Streaming.ASSISTANTS,
)
RESPONSE = Operation(
    id="getResponse",
    method="GET",
    path="/responses/{response_id}",
    section="Responses",
    resource="responses",
    query=("stream", "starting_after"),
    streaming=Streaming.RESPONSES,
)


async def read(client: Client) -> tuple[str, EventStream, Problem | None]:
    text = ""
    events = client.stream(CREATE_CHAT_COMPLETION, body=BODY)
    try:
        async with events:
            async for event in events:
                assert isinstance(event.payload, dict)
                choices: Any = event.payload["choices"]
                text += "".join(choice["delta"].get("content") or "" for choice in choices)
    except ProblemError as error:
        return text, events, error.problem
    return text, events, None


def entry(client: Client) -> Any:
    return client._sender._log.entries.value[0]


async def test_a_whole_stream(make_client: MakeClient) -> None:
    pieces = [STREAM[i : i + 1] for i in range(len(STREAM))]
    async with FaultServer(faults.events(pieces)) as server:
        client = make_client(server.base_url)
        text, events, problem = await read(client)
        assert (text, problem, events.finished) == ("".join(WORDS), None, True)
        assert events.request_id == "req_sse"
        sent = server.requests[0]
        assert sent.json == {**BODY, "stream": True}
        assert sent.headers["accept"] == "text/event-stream"
        assert entry(client).received_bytes <= len(STREAM)
        assert entry(client).problem is None and not entry(client).running


async def test_cut_at_every_byte(make_client: MakeClient) -> None:
    """The text is what was sent whole, and it says so when the end is missing."""
    finish = STREAM.index(b'"finish_reason": "stop"') + len(b'"finish_reason": "stop"}]}')
    async with FaultServer(faults.hang) as server:
        client = make_client(server.base_url)
        for cut in range(len(STREAM) + 1):
            server.script = [faults.events([STREAM[:cut]])]
            text, events, problem = await read(client)
            whole = [piece.strip() for piece in STREAM[:cut].split(b"\n\n")]
            sent = [word for word in WORDS if chunk(word).strip() in whole]
            assert text == "".join(sent), cut
            assert events.finished == (cut >= finish), cut
            assert (problem is None) == (cut >= finish), cut
            if problem is not None:
                assert problem.kind is ProblemKind.INTERRUPTED


@pytest.mark.parametrize("end", [faults.rst, faults.fin])
async def test_an_interrupted_stream_is_not_sent_again(
    make_client: MakeClient, end: faults.Answer
) -> None:
    async with FaultServer(faults.events([chunk("Half a "), chunk("sent")], end=end)) as server:
        client = make_client(server.base_url)
        text, events, problem = await read(client)
        assert problem is not None and problem.kind is ProblemKind.INTERRUPTED
        assert not events.finished and len(server.requests) == 1
        assert end is faults.rst or text == "Half a sent"
        assert entry(client).problem.kind is ProblemKind.INTERRUPTED


async def test_a_server_that_never_says_done(make_client: MakeClient) -> None:
    async with FaultServer(faults.events([chunk("all"), chunk(None, finish="length")])) as server:
        text, events, problem = await read(make_client(server.base_url))
        assert (text, events.finished, problem) == ("all", True, None)


async def test_an_error_inside_a_stream(make_client: MakeClient) -> None:
    broken = b'data: {"error": {"message": "overloaded", "code": 503}}\n\n'
    async with FaultServer(faults.events([chunk("so far"), broken])) as server:
        text, _events, problem = await read(make_client(server.base_url))
        assert text == "so far" and problem is not None
        assert (problem.kind, problem.detail) == (ProblemKind.INTERRUPTED, "overloaded")
        assert problem.code == "503"


async def test_an_event_that_is_no_json(make_client: MakeClient) -> None:
    async with FaultServer(faults.events([chunk("so far"), b"data: {oops\n\n"])) as server:
        text, _events, problem = await read(make_client(server.base_url))
        assert text == "so far" and problem is not None
        assert problem.kind is ProblemKind.INTERRUPTED


async def test_an_event_without_an_end(make_client: MakeClient) -> None:
    async with FaultServer(faults.events([b"data: "] + [b"x" * 1_000_000] * 40)) as server:
        _text, _events, problem = await read(make_client(server.base_url))
        assert problem is not None and "bytes" in problem.detail


async def test_azure_begins_and_ends_without_choices(make_client: MakeClient) -> None:
    empty = b'data: {"id":"","object":"","created":0,"model":"","choices":[]}\n\n'
    pieces = [empty, chunk("x"), chunk(None, finish="stop"), empty, DONE]
    async with FaultServer(faults.events(pieces)) as server:
        text, events, problem = await read(make_client(server.base_url))
        assert (text, events.finished, problem) == ("x", True, None)


async def test_a_server_that_does_not_stream(make_client: MakeClient) -> None:
    message = {"role": "assistant", "content": "At once."}
    whole = {"id": "c", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    async with FaultServer(faults.reply(whole)) as server:
        text, events, problem = await read(make_client(server.base_url))
        assert (text, events.finished, problem) == ("At once.", True, None)


@pytest.mark.parametrize("fault", [faults.html(), faults.reply([1])])
async def test_something_else_instead_of_a_stream(
    make_client: MakeClient, fault: faults.Answer
) -> None:
    async with FaultServer(fault) as server:
        _text, _events, problem = await read(make_client(server.base_url))
        assert problem is not None and problem.kind is ProblemKind.UNEXPECTED
        assert problem.request_id == faults.REQUEST_ID


async def test_an_error_instead_of_a_stream(make_client: MakeClient) -> None:
    limited = faults.error(429, headers={"Retry-After": "1"})
    async with FaultServer(limited, faults.events([STREAM])) as server:
        text, _events, problem = await read(make_client(server.base_url))
        assert (text, problem) == ("".join(WORDS), None) and len(server.requests) == 2
    async with FaultServer(faults.error(400, "no such model")) as server:
        _text, _events, problem = await read(make_client(server.base_url))
        assert problem is not None
        assert (problem.kind, problem.detail) == (ProblemKind.INVALID, "no such model")


async def test_stop_from_outside_is_quick(make_client: MakeClient) -> None:
    async with FaultServer(faults.events([chunk("a")], end=faults.hang)) as server:
        events = make_client(server.base_url).stream(CREATE_CHAT_COMPLETION, body=BODY)
        seen = asyncio.Event()

        async def consume() -> int:
            count = 0
            async with events:
                async for _event in events:
                    count += 1
                    seen.set()
            return count

        task = asyncio.create_task(consume())
        await seen.wait()
        loop = asyncio.get_running_loop()
        began = loop.time()
        await events.stop()
        assert await task == 1
        assert loop.time() - began < 0.2
        assert events.stopped and not events.finished


async def test_stop_before_the_headers(make_client: MakeClient) -> None:
    async with FaultServer(faults.hang) as server:
        client = make_client(server.base_url)
        events = client.stream(CREATE_CHAT_COMPLETION, body=BODY)

        async def consume() -> list[Any]:
            async with events:
                return [event async for event in events]

        task = asyncio.create_task(consume())
        async with asyncio.timeout(2):
            while not server.requests:
                await asyncio.sleep(0.001)
        await events.stop()
        assert await task == []
        assert entry(client).problem.kind is ProblemKind.CANCELLED


async def test_silence_ends_a_stream(make_client: MakeClient) -> None:
    async with FaultServer(faults.events([chunk("a")], end=faults.hang)) as server:
        text, _events, problem = await read(make_client(server.base_url, read_timeout=0.1))
        assert text == "a" and problem is not None
        assert problem.kind is ProblemKind.INTERRUPTED and "in time" in problem.detail


@pytest.mark.parametrize(
    ("operation", "pieces", "finished"),
    [
        (RUN, [b"event: thread.run.created\ndata: {}\n\n", b"event: done\ndata: [DONE]\n\n"], True),
        (RUN, [b"event: thread.run.completed\ndata: {}\n\n"], True),
        (RUN, [b"event: thread.run.in_progress\ndata: {}\n\n"], False),
        (RESPONSE, [b'event: response.completed\ndata: {"type":"response.completed"}\n\n'], True),
        (RESPONSE, [b'data: {"type":"response.incomplete"}\n\n'], True),
        (RESPONSE, [b'event: response.created\ndata: {"type":"response.created"}\n\n'], False),
    ],
)
async def test_ends_of_the_other_families(
    make_client: MakeClient, operation: Operation, pieces: list[bytes], finished: bool
) -> None:
    async with FaultServer(faults.events(pieces)) as server:
        client = make_client(server.base_url)
        path = {name: "x" for name in operation.fields}
        events = client.stream(operation, path=path)
        problem = None
        try:
            async with events:
                names = [event.event async for event in events]
                assert names
        except ProblemError as error:
            problem = error.problem
        assert events.finished is finished
        assert (problem is None) is finished
        if operation.method == "GET":
            assert server.requests[0].target == "/v1/responses/x?stream=true"


@pytest.mark.parametrize(
    "error",
    [
        b'event: error\ndata: {"code": "server_error", "message": "down", "param": null}\n\n',
        b'data: {"type": "error", "code": "server_error", "message": "down"}\n\n',
        b'event: error\ndata: {"error": {"code": "server_error", "message": "down"}}\n\n',
    ],
)
async def test_errors_of_the_other_families(make_client: MakeClient, error: bytes) -> None:
    async with FaultServer(faults.events([error])) as server:
        events = make_client(server.base_url).stream(RESPONSE, path={"response_id": "x"})
        with pytest.raises(ProblemError) as caught:
            async with events:
                async for _event in events:
                    pass
        assert caught.value.problem.detail == "down"
        assert caught.value.problem.code == "server_error"


async def test_what_does_not_stream_is_refused(make_client: MakeClient) -> None:
    client = make_client("http://127.0.0.1:9/v1")
    with pytest.raises(ValueError, match="does not stream"):
        client.stream(Operation(id="x", method="GET", path="/x", section="X", resource="x"))
