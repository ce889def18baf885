"""Carries out a fault rule on one call."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import HTMLResponse, Response
from starlette.types import Message, Receive, Send

from tui.sandbox.call import Call
from tui.sandbox.errors import ApiError
from tui.sandbox.faults import Effect, Fault, make_hostile
from tui.sandbox.registry import Handler
from tui.sandbox.wire import dump_json, load_json

_PAGE = (
    "<!DOCTYPE html><html><head><title>Gateway</title></head>"
    "<body><h1>Please sign in to the network</h1></body></html>"
)


async def answer_with_fault(fault: Fault, handler: Handler, call: Call, send: Send) -> None:
    """Answer as the rule wants it. Raises `ApiError` for an error rule."""
    scope, receive = call.request.scope, call.request.receive
    match fault.effect:
        case Effect.ERROR:
            raise fault.error()
        case Effect.SLOW:
            await call.world.clock.sleep(fault.seconds)
            response = await handler(call)
        case Effect.HANG:
            await _until_gone(receive)
            return
        case Effect.HTML:
            response = HTMLResponse(_PAGE)
        case Effect.GARBAGE:
            response = Response(
                b'{"object": "list", "data": [{"id": ', media_type="application/json"
            )
        case Effect.HOSTILE:
            response = _hostile(await handler(call))
        case Effect.CUT:
            response = await handler(call)
            send = _cutting(send, fault.bytes, _closer(call))
        case Effect.DROP:
            await handler(call)
            _closer(call)()
            await _until_gone(receive)
            return
    await response(scope, receive, send)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def _hostile(response: Response) -> Response:
    if response.media_type != "application/json":
        return response
    body = make_hostile(load_json(bytes(response.body)))
    return Response(
        dump_json(body), status_code=response.status_code, media_type="application/json"
    )


def _closer(call: Call) -> Callable[[], None]:
    """What ends the connection: the server hands it over in the scope's state."""
    close: Callable[[], None] | None = call.request.scope.get("state", {}).get("close_connection")
    if close is None:
        raise ApiError(500, "This server cannot cut connections.", type="server_error")
    return close


def _cutting(send: Send, limit: int, close: Callable[[], None]) -> Send:
    left = limit
    closed = False

    async def cut(message: Message) -> None:
        nonlocal left, closed
        if closed:
            return
        if message["type"] != "http.response.body":
            await send(message)
            return
        body = message.get("body", b"")[:left]
        left -= len(body)
        await send({"type": "http.response.body", "body": body, "more_body": True})
        if left <= 0:
            closed = True
            close()

    return cut
