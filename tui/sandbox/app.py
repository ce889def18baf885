"""The application: every request passes the gate, finds its operation, and is answered in shape."""

from __future__ import annotations

import asyncio
import logging
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tui.sandbox import gate
from tui.sandbox.call import Call, answer
from tui.sandbox.errors import ApiError, server_error
from tui.sandbox.faulty import answer_with_fault
from tui.sandbox.handlers import load_handlers
from tui.sandbox.query import Query
from tui.sandbox.registry import Match, Router
from tui.sandbox.world import ORGANIZATION, World

_PREFIX = "/v1"
_log = logging.getLogger("cupola.sandbox")


def create_app(world: World) -> ASGIApp:
    """The sandbox over one world, as an ASGI application."""
    load_handlers()
    return SandboxApp(world)


class SandboxApp:
    """Dispatches requests; the one boundary where any error of a handler is caught."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._router = Router()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        sender = _Sender(self._world, send)
        try:
            await self._answer(scope, receive, sender)
        except ClientDisconnect:
            return
        except ApiError as error:
            await _refuse(error, scope, receive, sender)
        except Exception:
            _log.exception("a handler failed: %s", scope["method"])
            if sender.started:
                raise
            await _refuse(server_error(), scope, receive, sender)

    async def _answer(self, scope: Scope, receive: Receive, sender: _Sender) -> None:
        headers = Headers(scope=scope)
        gate.check_origin(scope, headers)
        kind = gate.authenticate(headers, self._world.keys)
        match = self._route(scope)
        operation = match.operation
        gate.check_scope(operation, kind)
        gate.check_beta(operation, headers)
        limit = gate.body_limit(operation)
        limited = _limit_body(receive, headers, limit)
        self._world.limits.admit()
        call = Call(
            world=self._world,
            operation=operation,
            path=match.path,
            query=Query(scope.get("query_string", b"")),
            request=Request(scope, limited),
            request_id=sender.request_id,
        )
        sender.call = call
        if match.handler is None:
            raise ApiError(
                501,
                f"The sandbox does not serve {operation.method} {_PREFIX}{operation.path} yet.",
                type="not_implemented_error",
                code="not_implemented",
            )
        fault = None if operation.extension else self._world.faults.take(operation.id)
        if fault is not None:
            await answer_with_fault(fault, match.handler, call, sender)
            return
        response = await match.handler(call)
        await response(scope, limited, sender)

    def _route(self, scope: Scope) -> Match:
        raw = scope.get("raw_path") or scope["path"].encode()
        path = raw.decode("ascii", "replace")
        method = scope["method"]
        shown = f"{method} {scope['path'][:200]}"
        if path != _PREFIX and not path.startswith(f"{_PREFIX}/"):
            raise ApiError(404, f"Invalid URL ({shown})")
        match = self._router.match(method, path[len(_PREFIX) :])
        if isinstance(match, Match):
            return match
        if match:
            raise ApiError(
                405,
                f"Not allowed to {method} on {scope['path'][:200]}.",
                code="method_not_supported",
                headers={"allow": ", ".join(sorted(match))},
            )
        raise ApiError(404, f"Invalid URL ({shown})")


class _Sender:
    """Adds the headers of every answer (contract 2.2) and knows whether it has begun."""

    def __init__(self, world: World, send: Send) -> None:
        self.request_id = world.request_ids.new("req_")
        self.started = False
        self.call: Call | None = None
        self._world = world
        self._send = send
        self._began = perf_counter()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self.request_id
            headers["openai-version"] = "2020-10-01"
            headers["openai-organization"] = ORGANIZATION
            headers["openai-processing-ms"] = str(round((perf_counter() - self._began) * 1000))
            headers["cache-control"] = "no-store"
            if self.call is not None:
                self._world.limits.tokens.spend(self.call.tokens)
                for name, value in self._world.limits.headers().items():
                    headers[name] = value
        await self._send(message)


def _limit_body(receive: Receive, headers: Headers, limit: int) -> Receive:
    """A `receive` that raises `ApiError` 413 as soon as the body is, or says it is, too large."""
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise gate.too_large(limit)
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise gate.too_large(limit)
        return message

    return limited


async def _refuse(error: ApiError, scope: Scope, receive: Receive, sender: _Sender) -> None:
    response: Response = answer(error.body(), status=error.status, headers=error.headers)
    try:
        await response(scope, receive, sender)
    except asyncio.CancelledError:
        raise
    except OSError:
        _log.debug("the client left before the refusal")
