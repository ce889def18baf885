"""A stream of server-sent events, and whether it reached its end (contract 2.7)."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from tui.api.exchange import Deadline, Exchange
from tui.api.failures import FAILURES, from_error
from tui.api.headers import EVENTS
from tui.api.operation import Effect, Streaming
from tui.api.problems import cancelled, error_of, request_id_of, unexpected
from tui.api.records import Json
from tui.api.replies import MAX_REPLY, header_map, json_answer, parse_json
from tui.api.requesting import Outgoing
from tui.api.sending import Sender
from tui.api.sse import EventDecoder, EventTooLongError, SentEvent
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.log import PREVIEW_LIMIT, RequestHandle

DONE = "[DONE]"
_RESPONSE_ENDS = frozenset({"response.completed", "response.failed", "response.incomplete"})
_RUN_ENDS = frozenset(
    f"thread.run.{state}"
    for state in ("completed", "failed", "incomplete", "expired", "cancelled", "requires_action")
)


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its name where it has one, its JSON, and the text that it came as."""

    event: str
    payload: Json
    raw: str


class EventStream:
    """`async with client.stream(…) as events:` and then `async for event in events:`.

    Iterating raises `ProblemError`: INTERRUPTED when it ended before its end, or the error that
    the server sent in it. After `stop`, from anywhere, it just ends.
    """

    def __init__(self, sender: Sender, outgoing: Outgoing, family: Streaming) -> None:
        self._sender = sender
        self._outgoing = outgoing
        self._end = _End(family)
        self._exchange: Exchange | None = None
        self._handle: RequestHandle | None = None
        self._opening: asyncio.Task[Exchange] | None = None
        self._decoder = EventDecoder()
        self._ready: deque[SentEvent] = deque()
        self._over = self._failed = False
        self._why = ""
        """What ended the connection; matters only if the end was not reached before."""
        self._preview = b""
        self.stopped = False
        """Whether `stop` ended it."""
        self.request_id: str | None = None
        self.headers: Mapping[str, str] = {}

    @property
    def finished(self) -> bool:
        """Whether the stream said that it is complete."""
        return self._end.reached

    async def __aenter__(self) -> Self:
        """Send the request and wait for the headers. Raises `ProblemError`."""
        work = self._sender.send(self._outgoing, self._open)
        self._opening = asyncio.get_running_loop().create_task(work)
        try:
            self._exchange = await self._opening
        except asyncio.CancelledError:
            self._opening.add_done_callback(_close_unwanted)
            task = asyncio.current_task()
            if not self.stopped or (task is not None and task.cancelling()):
                raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close(cancelled() if kind is asyncio.CancelledError else None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ServerEvent:
        while True:
            while self._ready:
                event = self._read(self._ready.popleft())
                if event is not None:
                    return event
            if self._over:
                self._conclude()
                raise StopAsyncIteration
            await self._more()

    async def stop(self) -> None:
        """End it from outside: the connection is closed, whoever iterates sees the end."""
        self.stopped = True
        self._over = True
        self._ready.clear()
        self._close()
        if self._exchange is not None:
            await self._exchange.close()
        elif self._opening is not None:
            self._opening.cancel()

    async def _open(
        self, exchange: Exchange, handle: RequestHandle, deadline: Deadline
    ) -> Exchange:
        self._handle = handle
        self.headers = header_map(exchange.response)
        self.request_id = request_id_of(self.headers)
        handle.responded(status=exchange.response.status_code, request_id=self.request_id)
        found = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if found == EVENTS or not found:
            return exchange
        # A server that does not stream answers whole: that is one event, and the end.
        body = await exchange.read(limit=MAX_REPLY, deadline=deadline)
        status = exchange.response.status_code
        answer = json_answer(self._outgoing.operation, body, status=status, headers=self.headers)
        if not isinstance(answer, dict):
            detail = f"{found} instead of a stream"
            raise ProblemError(unexpected(detail, request_id=self.request_id))
        self._ready.append(SentEvent("", json.dumps(_as_chunk(answer))))
        self._preview = body[:PREVIEW_LIMIT]
        self._over = self._end.complete = True
        return exchange

    async def _more(self) -> None:
        """Wait for bytes, and turn them into events that are ready."""
        assert self._exchange is not None
        try:
            chunk = await self._exchange.chunk()
            self._ready.extend(self._decoder.feed(chunk))
        except EventTooLongError as error:
            raise self._fail("The answer broke off", str(error)) from None
        except FAILURES as error:
            self._over = True
            self._why = from_error(
                error, self._sender.endpoint, effect=Effect.READS, sent=True
            ).title
            return
        if len(self._preview) < PREVIEW_LIMIT:
            self._preview += chunk[:PREVIEW_LIMIT]
        if not chunk:
            self._over = True
            self._why = "the connection was closed before the end"
            last = self._decoder.end()
            if last is not None and _whole(last):
                self._ready.append(last)

    def _read(self, sent: SentEvent) -> ServerEvent | None:
        """An event as its reader gets it; `None` for the mark of the end."""
        if sent.data.strip() == DONE:
            self._end.reached = self._over = True
            self._ready.clear()
            return None
        try:
            payload = parse_json(sent.data.encode("utf-8", "replace")) if sent.data else None
        except ValueError:
            raise self._fail("The answer broke off", "an event that is not JSON") from None
        told = payload if isinstance(payload, dict) else {}
        if sent.event == "error" or told.get("error") or told.get("type") == "error":
            said = error_of(payload)
            title = "The server failed while it answered"
            raise self._fail(title, said.message, code=said.code or said.type, param=said.param)
        self._end.look(sent.event, payload)
        return ServerEvent(sent.event, payload, sent.data)

    def _conclude(self) -> None:
        """Nothing more will come: was that the end?"""
        self._end.reached = self._end.reached or self._end.complete
        if not (self._end.reached or self.stopped or self._failed):
            raise self._fail("The answer broke off", self._why)
        self._close()

    def _fail(
        self, title: str, detail: str, *, code: str | None = None, param: str | None = None
    ) -> ProblemError:
        problem = Problem(
            title,
            detail,
            "What came so far is kept. Nothing was sent again.",
            kind=ProblemKind.INTERRUPTED,
            retryable=True,
            code=code,
            param=param,
            request_id=self.request_id,
        )
        self._over = self._failed = True
        self._close(problem)
        return ProblemError(problem)

    def _close(self, problem: Problem | None = None) -> None:
        if self._exchange is not None:
            self._exchange.close_soon()
            if self._handle is not None:
                self._handle.finish(
                    received_bytes=self._exchange.received,
                    response=self._preview,
                    problem=problem,
                )


def _close_unwanted(opening: asyncio.Task[Exchange]) -> None:
    """An answer that came just when its reader was cancelled."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close_soon()


class _End:
    """How one family of streams says that it is complete."""

    def __init__(self, family: Streaming) -> None:
        self._family = family
        self._choices: dict[Any, bool] = {}
        self.reached = False
        """The mark of the end was seen."""
        self.complete = False
        """The answer is whole, though its mark may have been lost."""

    def look(self, event: str, payload: Json) -> None:
        if not isinstance(payload, dict):
            return
        match self._family:
            case Streaming.CHAT | Streaming.COMPLETIONS:
                self._look_at_choices(payload.get("choices"))
            case Streaming.ASSISTANTS:
                self.complete = self.complete or event in _RUN_ENDS
                self.reached = self.reached or event == "done"
            case Streaming.RESPONSES:
                name = event or payload.get("type")
                self.reached = self.reached or name in _RESPONSE_ENDS

    def _look_at_choices(self, choices: Any) -> None:
        if not isinstance(choices, list):
            return
        for choice in choices:
            if isinstance(choice, dict):
                index = choice.get("index") or 0
                over = choice.get("finish_reason") is not None
                self._choices[index] = self._choices.get(index, False) or over
        self.complete = bool(self._choices) and all(self._choices.values())


def _as_chunk(answer: dict[str, Any]) -> dict[str, Any]:
    """A whole chat completion in the form of a chunk, so that its reader needs to know one."""
    choices = answer.get("choices")
    if not isinstance(choices, list):
        return answer
    pieces = [
        {**choice, "delta": choice["message"]}
        if isinstance(choice, dict) and "message" in choice
        else choice
        for choice in choices
    ]
    return {**answer, "choices": pieces}


def _whole(event: SentEvent) -> bool:
    """Whether an event without its closing blank line is complete all the same."""
    if event.data.strip() == DONE:
        return True
    try:
        parse_json(event.data.encode("utf-8", "replace"))
    except ValueError:
        return False
    return True
