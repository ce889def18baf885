"""One request on its way through a handler, and the answers that handlers make."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.errors import ApiError, invalid
from tui.sandbox.fields import Fields
from tui.sandbox.known_operations import KnownOperation
from tui.sandbox.query import Query
from tui.sandbox.wire import JsonObject, dump_json, load_json

if TYPE_CHECKING:
    from tui.sandbox.world import World


@dataclass(slots=True)
class Call:
    """What a handler gets: the world, the parsed path and query, and the body on demand."""

    world: World
    operation: KnownOperation
    path: Mapping[str, str]
    """The values of the path's `{name}` segments, percent-decoded."""
    query: Query
    request: Request
    request_id: str
    tokens: int = field(default=0)
    """Model tokens that the call used; handlers set it, the rate-limit headers count it."""

    @property
    def base_url(self) -> str:
        """What the client reached, such as `http://127.0.0.1:8000/v1`."""
        return f"{self.request.url.scheme}://{self.request.headers.get('host', '')}/v1"

    @property
    def now(self) -> int:
        """The world's time in whole Unix seconds, as objects carry it."""
        return int(self.world.clock.now())

    async def json(self) -> JsonObject:
        """The body, one JSON object; `{}` when there is none. Raises `ApiError` 400 or 415."""
        content = await self.request.body()
        if not content:
            return {}
        kind = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise ApiError(
                415,
                f"Unsupported content type: '{kind[:100]}'. This API method only accepts"
                " 'application/json' requests.",
                code="unsupported_content_type",
            )
        try:
            body = load_json(content)
        except ValueError as error:
            raise invalid(
                "We could not parse the JSON body of your request. (HINT: This likely means you"
                " aren't using your HTTP library correctly. The API expects a JSON payload.)"
            ) from error
        if not isinstance(body, dict):
            raise invalid("Invalid type for the request body: expected an object.")
        return body

    async def fields(self) -> Fields:
        """The body behind getters that validate."""
        return Fields(await self.json())

    def stream(self) -> AsyncIterator[bytes]:
        """The body as it arrives; raises `ApiError` 413 at the route's limit."""
        return self.request.stream()

    async def disconnected(self) -> bool:
        """Whether the client has gone."""
        return await self.request.is_disconnected()


def answer(
    body: JsonObject, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer."""
    return Response(
        dump_json(body),
        status_code=status,
        headers=dict(headers or {}),
        media_type="application/json",
    )


def poll_hint(milliseconds: int) -> dict[str, str]:
    """The header that tells a client when to look again at an object in progress."""
    return {"openai-poll-after-ms": str(milliseconds)}
