"""Server-sent events: bytes in, events out, by the rules of the WHATWG's event stream format."""

from __future__ import annotations

from dataclasses import dataclass

MAX_EVENT_BYTES = 16 * 1024 * 1024
"""More than any real event; a line without an end must not fill the memory."""

_BOM = b"\xef\xbb\xbf"


class EventTooLongError(ValueError):
    """An event grew beyond the limit."""


@dataclass(frozen=True, slots=True)
class SentEvent:
    """One event: its name (`message` has none) and its data."""

    event: str
    data: str


class EventDecoder:
    """Feed it chunks cut anywhere, inside a line end or a character too."""

    __slots__ = ("_after_cr", "_data", "_event", "_limit", "_open", "_partial", "_size")

    def __init__(self, *, limit: int = MAX_EVENT_BYTES) -> None:
        self._limit = limit
        self._partial: list[bytes] = []
        """Pieces of the line that has not ended."""
        self._data: list[bytes] = []
        self._event = b""
        self._size = 0
        """Bytes held for the event so far."""
        self._after_cr = False
        self._open = False
        """Whether the first line went by, and with it the byte order mark."""

    def feed(self, chunk: bytes) -> list[SentEvent]:
        """The events that this chunk completes. Raises `EventTooLongError`."""
        if self._after_cr and chunk:
            self._after_cr = False
            if chunk.startswith(b"\n"):
                chunk = chunk[1:]
        if not chunk:
            return []
        lines = chunk.splitlines(keepends=True)
        rest = b"" if lines[-1].endswith((b"\n", b"\r")) else lines.pop()
        self._after_cr = not rest and chunk.endswith(b"\r")
        events: list[SentEvent] = []
        for line in lines:
            line = line.rstrip(b"\r\n")
            event = self._line(self._completed(line) if self._partial else line)
            if event is not None:
                events.append(event)
        if rest:
            self._partial.append(rest)
            self._grow(len(rest))
        return events

    def end(self) -> SentEvent | None:
        """What was under way when the stream ended: an event without its closing blank line."""
        if self._partial:
            self._line(self._completed(b""))
        return self._dispatch()

    def _completed(self, end: bytes) -> bytes:
        """The line whose earlier pieces are held; they are counted anew as what they mean."""
        held = b"".join(self._partial)
        self._partial.clear()
        self._size -= len(held)
        return held + end

    def _line(self, line: bytes) -> SentEvent | None:
        if not self._open:
            self._open = True
            line = line.removeprefix(_BOM)
        if not line:
            return self._dispatch()
        field, _, value = line.partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        if field == b"data":
            self._grow(len(value) + 1)
            self._data.append(value)
        elif field == b"event":
            self._grow(len(value) - len(self._event))
            self._event = value
        return None

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > self._limit:
            raise EventTooLongError(f"an event of more than {self._limit} bytes")

    def _dispatch(self) -> SentEvent | None:
        data, event = self._data, self._event
        self._size = 0
        self._event = b""
        if not data:
            return None
        self._data = []
        text = data[0] if len(data) == 1 else b"\n".join(data)
        return SentEvent(event.decode("utf-8", "replace"), text.decode("utf-8", "replace"))
