"""Texts cut into overlapping windows of tokens, as the platform's static chunking does."""

from __future__ import annotations

from itertools import accumulate

from tui.sandbox import tokens

MAX_TOKENS = 800
OVERLAP_TOKENS = 400


def chunk(
    text: str, *, max_tokens: int = MAX_TOKENS, overlap_tokens: int = OVERLAP_TOKENS
) -> list[str]:
    """The windows, in order, each a true piece of the text; windows of white space are left out.

    A cut inside a character moves to that character's end. Raises `ValueError` when the overlap
    leaves no room to move on (contract 2.8 allows half at most).
    """
    if max_tokens < 1 or not 0 <= overlap_tokens < max_tokens:
        raise ValueError("overlap_tokens must be smaller than max_tokens")
    content = text.encode("utf-8", "replace")
    pieces = tokens.token_bytes(tokens.encode(content.decode("utf-8")))
    ends = [0, *accumulate(len(piece) for piece in pieces)]
    chunks = []
    for start in range(0, len(pieces), max_tokens - overlap_tokens):
        stop = min(start + max_tokens, len(pieces))
        window = content[_whole(content, ends[start]) : _whole(content, ends[stop])].decode("utf-8")
        if window.strip():
            chunks.append(window)
        if stop == len(pieces):
            break
    return chunks


def _whole(content: bytes, position: int) -> int:
    while position < len(content) and content[position] & 0b1100_0000 == 0b1000_0000:
        position += 1
    return position
