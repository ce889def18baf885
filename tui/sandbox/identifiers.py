"""Identifiers as the platform shapes them: `file-` and base62, `vs_` and hexadecimal."""

from __future__ import annotations

import random
import string

_BASE62 = string.ascii_letters + string.digits
_HEXADECIMAL = "0123456789abcdef"


class Identifiers:
    """Makes ids; with a seed always the same ones in the same order."""

    def __init__(self, seed: int | None = None) -> None:
        self._random: random.Random = random.SystemRandom() if seed is None else random.Random(seed)

    def new(self, prefix: str) -> str:
        """A fresh id. Prefixes that end in `-` take base62, those in `_` 32 hexadecimal digits."""
        if prefix.endswith("-"):
            length = 29 if prefix == "chatcmpl-" else 24
            return prefix + "".join(self._random.choices(_BASE62, k=length))
        return prefix + "".join(self._random.choices(_HEXADECIMAL, k=32))
