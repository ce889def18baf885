"""The event stream format: any bytes, cut anywhere."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.api.sse import EventDecoder, EventTooLongError, SentEvent

LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
TEXT = st.text(st.characters(exclude_characters="\r\n", exclude_categories=("Cs",)), max_size=12)
EVENT = st.tuples(
    st.sampled_from(["", "thread.run.created", "é"]),
    st.lists(TEXT, min_size=1, max_size=3),
    st.sampled_from(["", ": ping", "id: 7", "retry: 10", "unknown"]),
)


def decode(pieces: list[bytes], *, limit: int | None = None) -> list[SentEvent]:
    decoder = EventDecoder() if limit is None else EventDecoder(limit=limit)
    return [event for piece in pieces for event in decoder.feed(piece)]


def wire(events: list[tuple[str, list[str], str]], end: str) -> bytes:
    lines = []
    for name, data, noise in events:
        lines += [noise] if noise else []
        lines += [f"event: {name}"] if name else []
        lines += [f"data: {text}" for text in data]
        lines.append("")
    return "".join(line + end for line in lines).encode()


@given(st.lists(EVENT, max_size=5), LINE_ENDS, st.data())
def test_events_survive_any_cut(
    events: list[tuple[str, list[str], str]], end: str, data: st.DataObject
) -> None:
    stream = wire(events, end)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    bounds = [0, *cuts, len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(bounds)]
    expected = [SentEvent(name, "\n".join(texts)) for name, texts, _noise in events]
    assert decode(pieces) == expected
    assert decode([stream[i : i + 1] for i in range(len(stream))]) == expected


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data: bytes) -> None:
    whole = decode([data])
    assert decode([data[i : i + 1] for i in range(len(data))]) == whole


def test_an_event_is_out_as_soon_as_its_line_ended() -> None:
    decoder = EventDecoder()
    assert decoder.feed(b"data: 1\r\n\r") == [SentEvent("", "1")]
    assert decoder.feed(b"\ndata: 2\n\n") == [SentEvent("", "2")]


def test_fields() -> None:
    assert decode([b"\xef\xbb\xbfdata:a\ndata:  b\ndata\n\n"]) == [SentEvent("", "a\n b\n")]
    assert decode([b"\xef\xbb", b"\xbfdata:a\n\n"]) == [SentEvent("", "a")]
    assert decode([b"event: x\n\ndata: y\n\n"]) == [SentEvent("", "y")]
    assert decode([b"event: done\ndata: [DONE]\n\n"]) == [SentEvent("done", "[DONE]")]
    assert decode([b": comment\n\n"]) == []
    assert decode([b"data: \xff\n\n"]) == [SentEvent("", "�")]


def test_the_end_without_a_blank_line() -> None:
    decoder = EventDecoder()
    assert decoder.feed(b"data: [DO") == []
    assert decoder.feed(b"NE]") == []
    assert decoder.end() == SentEvent("", "[DONE]")
    assert decoder.end() is None


def test_a_line_without_an_end_is_limited() -> None:
    with pytest.raises(EventTooLongError):
        decode([b"data: "] + [b"x" * 1000] * 20, limit=10_000)
    with pytest.raises(EventTooLongError):
        decode([b"data: x\n" * 10_000], limit=10_000)
    many = [b"data: " + b"x" * 1000 + b"\n\n"] * 100
    assert len(decode(many, limit=2000)) == 100


def test_long_lines_do_not_cost_more_than_their_length() -> None:
    began = time.process_time()
    decode([b"data: "] + [b"x" * 64] * 100_000, limit=10**7)
    assert time.process_time() - began < 2.0
