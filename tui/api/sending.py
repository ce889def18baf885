"""Sending with patience: attempts, redirects, waits, the log; an answer or a problem comes out."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from tui.api.connection import Connection
from tui.api.endpoint import Endpoint
from tui.api.exchange import Deadline, Exchange
from tui.api.failures import FAILURES, from_error, is_permanent, was_sent
from tui.api.headers import without_private
from tui.api.problems import cancelled, from_answer, unexpected
from tui.api.replies import MAX_ERROR, header_map
from tui.api.requesting import Outgoing
from tui.api.retry import LONGEST_WAIT, Failure, delay_before_retry, server_delay
from tui.api.throttle import SLOWEST, Throttle
from tui.core.cell import Cell
from tui.core.clock import Clock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.log import RequestHandle, RequestLog

T = TypeVar("T")

Consume = Callable[[Exchange, RequestHandle, Deadline], Awaitable[T]]
"""Reads a successful answer; part of the attempt, so that a read that broke off is repeated."""

MAX_HOPS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEEPS_METHOD = frozenset({307, 308})


class Sender:
    """Carries requests to one endpoint."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        clock: Clock,
        log: RequestLog,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        self.endpoint = endpoint
        self.connection = Connection(endpoint, transport)
        self.limited_until: Cell[float | None] = Cell(None)
        """Unix time until which the server asked to wait; for a countdown."""
        self._clock = clock
        self._log = log
        self._throttle = Throttle(clock)

    async def send(self, outgoing: Outgoing, consume: Consume[T]) -> T:
        """Send until there is an answer that `consume` can read. Raises `ProblemError`."""
        handle = self._log.start(
            method=outgoing.operation.method,
            url=outgoing.url,
            operation=outgoing.operation.id,
            key=outgoing.key,
            body=outgoing.content if outgoing.content is not None else outgoing.preview,
        )
        attempt = 0
        try:
            while True:
                await self._throttle.admit(outgoing.operation.section)
                try:
                    return await self._attempt(outgoing, consume, handle)
                except _FailedAttempt as failed:
                    delay = self._judge(outgoing, failed, attempt)
                    if delay is None:
                        _note(handle, failed.problem, failed.body)
                        raise ProblemError(failed.problem) from None
                attempt += 1
                handle.retried()
                await self._clock.sleep(delay)
        except ProblemError as error:
            _note(handle, error.problem)
            raise
        except asyncio.CancelledError:
            handle.finish(problem=cancelled())
            raise

    def _judge(self, outgoing: Outgoing, failed: _FailedAttempt, attempt: int) -> float | None:
        """Seconds until the next attempt; `None` when this failure is the result."""
        section = outgoing.operation.section
        now = self._clock.now()
        delay = delay_before_retry(
            Failure(
                attempt=attempt,
                repeatable=outgoing.repeatable,
                status=failed.status,
                headers=failed.headers,
                code=failed.problem.code,
                sent=failed.sent,
                permanent=failed.permanent,
            ),
            now=now,
            chance=random.random(),
        )
        if failed.problem.kind is ProblemKind.RATE_LIMITED:
            wait = server_delay(failed.headers, now=now) or delay or SLOWEST
            if wait <= LONGEST_WAIT:
                self._throttle.limited(section, wait)
                self.limited_until.set(now + wait)
        elif failed.status is not None:
            self._answered(section)
        return delay

    def _answered(self, section: str) -> None:
        self._throttle.answered(section)
        until = self.limited_until.value
        if until is not None and until <= self._clock.now():
            self.limited_until.set(None)

    async def _attempt(self, outgoing: Outgoing, consume: Consume[T], handle: RequestHandle) -> T:
        deadline = Deadline(outgoing.deadline)
        exchange = Exchange(self.connection)
        succeeded = False
        try:
            exchange = await self._travel(outgoing, exchange, deadline)
            headers = header_map(exchange.response)
            status = exchange.response.status_code
            if exchange.response.is_success:
                result = await consume(exchange, handle, deadline)
                self._answered(outgoing.operation.section)
                succeeded = True
                return result
            body = await _error_body(exchange, deadline)
        except FAILURES as error:
            sent = was_sent(error) and (exchange.sent or not self.connection.traced)
            problem = from_error(error, self.endpoint, effect=outgoing.effect, sent=sent)
            raise _FailedAttempt(problem, sent=sent, permanent=is_permanent(error)) from None
        finally:
            if not succeeded:
                exchange.close_soon()
        problem = from_answer(
            outgoing.operation,
            self.endpoint,
            status=status,
            headers=headers,
            body=body,
            now=self._clock.now(),
            effect=outgoing.effect,
        )
        raise _FailedAttempt(problem, status=status, headers=headers, body=body)

    async def _travel(self, outgoing: Outgoing, exchange: Exchange, deadline: Deadline) -> Exchange:
        """Send, and follow redirects: reads anywhere, the rest within the server.

        Keys and other private headers stay with the endpoint's own host.
        """
        url, headers = httpx.URL(outgoing.url), dict(outgoing.headers)
        client = await self.connection.http(fresh=not outgoing.repeatable)
        for _hop in range(MAX_HOPS + 1):
            request = httpx.Request(
                outgoing.operation.method,
                url,
                headers=headers,
                content=outgoing.body() if outgoing.body is not None else outgoing.content,
                extensions={"timeout": self._timeouts(outgoing)},
            )
            response = await exchange.send(client, request, deadline=deadline)
            target = _redirect(response, url, outgoing.operation.method)
            if target is None:
                return exchange
            await exchange.close()
            exchange = Exchange(self.connection)
            if _origin(target) != _origin(url):
                headers = without_private(headers, self.endpoint)
            url = target
        raise ProblemError(unexpected(f"more than {MAX_HOPS} redirects"))

    def _timeouts(self, outgoing: Outgoing) -> dict[str, float | None]:
        silence = outgoing.silence
        return {
            "connect": self.endpoint.connect_timeout,
            "read": silence,
            "write": silence,
            "pool": self.endpoint.connect_timeout,
        }


class _FailedAttempt(Exception):
    """An attempt that ended without the answer it was for."""

    def __init__(
        self,
        problem: Problem,
        *,
        status: int | None = None,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        sent: bool = True,
        permanent: bool = False,
    ) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.status = status
        self.headers = headers or {}
        self.body = body
        self.sent = sent
        self.permanent = permanent


def _note(handle: RequestHandle, problem: Problem, body: bytes = b"") -> None:
    handle.finish(
        status=problem.status, request_id=problem.request_id, response=body, problem=problem
    )


async def _error_body(exchange: Exchange, deadline: Deadline) -> bytes:
    """An error's body; one that is huge or breaks off has nothing to say."""
    try:
        return await exchange.read(limit=MAX_ERROR, deadline=deadline)
    except FAILURES:
        return b""


def _redirect(response: httpx.Response, url: httpx.URL, method: str) -> httpx.URL | None:
    """Where a redirect leads, if it may be followed."""
    location = response.headers.get("location")
    if response.status_code not in _REDIRECTS or not location:
        return None
    try:
        target = url.join(location)
    except httpx.InvalidURL:
        return None
    if target.scheme not in ("http", "https"):
        return None
    if method == "GET":
        return target
    stays = _origin(target) == _origin(url) and response.status_code in _KEEPS_METHOD
    return target if stays else None


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
