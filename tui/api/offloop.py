"""Opening things in a thread such that a cancelled wait leaves nothing open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def opened(begin: Callable[[], T], end: Callable[[T], None]) -> T:
    """What `begin` opens in a thread; `end` closes it if nobody waits for it any more."""
    opening = asyncio.ensure_future(asyncio.to_thread(begin))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(lambda late: _close(late, end))
        raise


def _close(late: asyncio.Future[T], end: Callable[[T], None]) -> None:
    if not late.cancelled() and late.exception() is None:
        end(late.result())
