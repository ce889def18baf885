"""The events of a run as server-sent ones (contract 2.7, assistants)."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from tui.sandbox.run_hub import Event, Reader, RunHub
from tui.sandbox.run_records import shown_step
from tui.sandbox.wire import dump_json

DONE = b"event: done\ndata: [DONE]\n\n"


async def events(hub: RunHub, run_id: str, reader: Reader) -> AsyncGenerator[bytes, None]:
    """A reader's events as server-sent ones, up to `done`."""
    try:
        while (event := await reader.queue.get()) is not None:
            yield sent(event, content=reader.content)
        yield DONE
    finally:
        hub.leave(run_id, reader)


def sent(event: Event, *, content: bool) -> bytes:
    """One event as it goes over the wire."""
    name, body = event
    if body.get("object") == "thread.run.step":
        body = shown_step(body, content=content)
    return b"event: " + name.encode() + b"\ndata: " + dump_json(body) + b"\n\n"
