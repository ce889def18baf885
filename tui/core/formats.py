"""Values as people read them: ages, times, sizes, durations, tokens, money, ids. Pure.

Every function takes what a server may send (numbers, numbers in strings, `None`, nonsense) and
never raises; what is no value is a dash. The result is one safe line.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, tzinfo

from tui.core.safe_text import clean

NOTHING = "–"
"""Stands where there is no value."""

MINUTE, HOUR, DAY, MONTH, YEAR = 60, 3600, 86_400, 2_629_746, 31_556_952

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MILLISECONDS = 1e11
"""Unix times from here on are in milliseconds: in seconds it would be the year 5138."""
_SKEW = 60.0
"""Seconds by which a server's clock may run ahead before "in 2 min" is said."""
_LARGEST = 1e24
"""Beyond this a number is nonsense, and its digits would not fit anywhere."""
_PREFIX = re.compile(r"[A-Za-z]{1,16}[-_]")


def number(value: object) -> float | None:
    """A finite number of a sane size, also from a string; anything else is `None`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) and abs(result) < _LARGEST else None


def timestamp(value: object) -> float | None:
    """Unix seconds from seconds, milliseconds, or ISO 8601 text; zero and below mean unset."""
    seconds = number(value)
    if seconds is None:
        if not isinstance(value, str):
            return None
        try:
            moment = datetime.fromisoformat(value)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    if seconds >= _MILLISECONDS:
        seconds /= 1000
    return seconds if seconds > 0 else None


def _moment(value: object, zone: tzinfo | None) -> datetime | None:
    seconds = timestamp(value)
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, zone) if zone else _local(seconds)
    except (ValueError, OverflowError, OSError):
        return None


def _local(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds).astimezone()


def age(value: object, now: float) -> str:
    """How long ago, in one unit: `now`, `12 s`, `5 min`, `3 h`, `9 d`, `4 mo`, `2 y`, `in 3 h`."""
    then = timestamp(value)
    if then is None:
        return NOTHING
    passed = now - then
    if passed < -_SKEW:
        return f"in {_one_unit(-passed)}"
    return "now" if passed < 1 else _one_unit(passed)


def until(value: object, now: float) -> str:
    """How long from now, in one unit as ages have: `in 13 d`; `expired` when it is over."""
    end = timestamp(value)
    if end is None:
        return NOTHING
    return f"in {_one_unit(end - now)}" if end > now else "expired"


def _one_unit(seconds: float) -> str:
    for limit, size, unit in (
        (MINUTE, 1, "s"),
        (HOUR, MINUTE, "min"),
        (2 * DAY, HOUR, "h"),
        (60 * DAY, DAY, "d"),
        (2 * YEAR, MONTH, "mo"),
    ):
        if seconds < limit:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds // YEAR):,} y"


def exact_time(value: object, *, zone: tzinfo | None = None, seconds: bool = False) -> str:
    """`22 Nov 2026 14:02`, in the given zone or the local one."""
    moment = _moment(value, zone)
    if moment is None:
        return NOTHING
    time = f"{moment:%H:%M:%S}" if seconds else f"{moment:%H:%M}"
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year} {time}"


def clock_time(value: object, *, zone: tzinfo | None = None) -> str:
    """`14:02:11`, for the lines of a log."""
    moment = _moment(value, zone)
    return NOTHING if moment is None else f"{moment:%H:%M:%S}"


def date(value: object, *, zone: tzinfo | None = None) -> str:
    """`22 Nov 2026`."""
    moment = _moment(value, zone)
    return NOTHING if moment is None else f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def utc_time(value: object) -> str:
    """`2026-11-22T14:02:00Z`, for exports; empty when there is none."""
    moment = _moment(value, UTC)
    return "" if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def byte_size(value: object) -> str:
    """`512 B`, `88 kB`, `4.2 MB`: powers of 1000, two or three digits."""
    size = number(value)
    if size is None:
        return NOTHING
    sign, size = ("-", -size) if size < 0 else ("", size)
    if size < 999.5:
        return f"{sign}{size:.0f} B"
    for unit in ("kB", "MB", "GB", "TB", "PB"):
        size /= 1000
        if size < 9.95:
            return f"{sign}{size:.1f} {unit}"
        if size < 999.5:
            return f"{sign}{size:.0f} {unit}"
    return f"{sign}{size:,.0f} PB"


def exact_bytes(value: object) -> str:
    """`4,213,884 bytes`."""
    size = number(value)
    if size is None:
        return NOTHING
    return f"{_whole(value, size)} {'byte' if abs(size) == 1 else 'bytes'}"


def count(value: object) -> str:
    """`1,280`; fractions are rounded."""
    amount = number(value)
    return NOTHING if amount is None else _whole(value, amount)


def _whole(value: object, amount: float) -> str:
    """With separators; integers keep all their digits, which a float would not."""
    return f"{value:,}" if isinstance(value, int) else f"{round(amount):,}"


def short_count(value: object) -> str:
    """`980`, `1.3 k`, `12 M`: where a whole number has no room."""
    amount = number(value)
    if amount is None:
        return NOTHING
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    if amount < 999.5:
        return f"{sign}{amount:.0f}"
    for unit in ("k", "M", "G", "T"):
        amount /= 1000
        if amount < 9.95:
            return f"{sign}{amount:.1f} {unit}"
        if amount < 999.5:
            return f"{sign}{amount:.0f} {unit}"
    return f"{sign}{amount:,.0f} T"


def counted(value: object, singular: str, plural: str | None = None) -> str:
    """`1 store`, `2 stores`."""
    amount = number(value)
    if amount is None:
        return NOTHING
    return f"{_whole(value, amount)} {singular if amount == 1 else plural or singular + 's'}"


def tokens(value: object) -> str:
    """`1,204 tok`."""
    amount = number(value)
    return NOTHING if amount is None else f"{_whole(value, amount)} tok"


def rate(value: object, unit: str) -> str:
    """`38 tok/s`, `2.1 steps/s`."""
    amount = number(value)
    if amount is None:
        return NOTHING
    return f"{amount:,.1f} {unit}/s" if abs(amount) < 9.95 else f"{amount:,.0f} {unit}/s"


def duration(value: object) -> str:
    """Seconds as `750 ms`, `3.2 s`, `45 s`, `3 min 5 s`, `2 h 5 min`, `3 d 4 h`."""
    seconds = number(value)
    if seconds is None:
        return NOTHING
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    if seconds < 0.9995:
        return f"{sign}{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{sign}{seconds:.1f} s"
    whole = round(seconds)
    for limit, size, unit, small, smaller in (
        (MINUTE, 1, "s", 0, ""),
        (HOUR, MINUTE, "min", 1, "s"),
        (DAY, HOUR, "h", MINUTE, "min"),
    ):
        if whole < limit:
            return sign + _two_units(whole, size, unit, small, smaller)
    return sign + _two_units(whole, DAY, "d", HOUR, "h")


def _two_units(whole: int, size: int, unit: str, small: int, smaller: str) -> str:
    major, rest = divmod(whole, size)
    minor = rest // small if small else 0
    return f"{major:,} {unit} {minor} {smaller}" if minor else f"{major:,} {unit}"


def money(value: object, currency: str = "usd") -> str:
    """`$0.004`, `$12.50`, `12.50 EUR`; cents' fractions keep their first digits."""
    amount = number(value)
    if amount is None:
        return NOTHING
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    if amount == 0:
        figure = "0"
    elif amount < 0.0001:
        sign, figure = f"<{sign}", "0.0001"
    elif amount < 0.0095:
        figure = f"{amount:.4f}".rstrip("0")
    else:
        figure = f"{amount:,.2f}"
    if currency.lower() == "usd":
        return f"{sign}${figure}"
    return f"{sign}{figure} {clean(currency, limit=8).upper()}"


def percent(value: object, whole: object = None) -> str:
    """A share as `61 %`; with `whole`, the share of it. Only nothing is 0 %, only all is 100 %."""
    share = number(value)
    if share is not None and whole is not None:
        total = number(whole)
        share = share / total if total else None
    if share is None or not math.isfinite(share) or abs(share) >= _LARGEST:
        return NOTHING
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1:
        return "99 %"
    return f"{share * 100:,.0f} %".replace("-0 %", "0 %")


def short_id(value: object, *, head: int = 4, tail: int = 3) -> str:
    """`file-8Kq2…vX1`: the prefix, the first and the last characters; copied whole elsewhere."""
    text = clean(value)
    if not text:
        return NOTHING
    prefix = match[0] if (match := _PREFIX.match(text)) else ""
    kept = len(prefix) + head
    if len(text) <= kept + tail + 2:
        return text
    return f"{text[:kept]}…{text[len(text) - tail :]}" if tail else f"{text[:kept]}…"
