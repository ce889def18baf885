"""Makers of columns' and facts' values: how a field becomes safe text with a meaning.

Each maker returns a `Show`. Text from the server passes `clean` here, so views hold safe text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tui.api.records import Record
from tui.catalog.descriptor import Context, Show, Shown, Tone
from tui.core import formats
from tui.core.safe_text import clean

NOTHING = Shown("–", Tone.MUTED)
"""What stands where a value is missing."""

CELL_LIMIT = 400
"""Characters of one cell that are kept; a list never shows more."""

STATUS_TONES: Mapping[str, Tone] = {
    "processed": Tone.GOOD,
    "completed": Tone.GOOD,
    "succeeded": Tone.GOOD,
    "active": Tone.GOOD,
    "uploaded": Tone.PLAIN,
    "pending": Tone.BUSY,
    "queued": Tone.BUSY,
    "running": Tone.BUSY,
    "in_progress": Tone.BUSY,
    "validating_files": Tone.BUSY,
    "cancelling": Tone.WARN,
    "cancelled": Tone.MUTED,
    "expired": Tone.MUTED,
    "incomplete": Tone.WARN,
    "paused": Tone.WARN,
    "requires_action": Tone.WARN,
    "error": Tone.BAD,
    "failed": Tone.BAD,
}
"""Tones of the known states; an unknown one is shown as it is."""


Exact = Callable[[Record], Any]
_EXACT: dict[Show, Exact] = {}


def exactly(show: Show, value: Exact) -> Show:
    """The same maker, with the value behind its text, for exports; see `exact_value`."""
    _EXACT[show] = value
    return show


def exact_value(show: Show, record: Record, context: Context) -> Any:
    """What an export writes where a list shows a text: whole ids, bytes and counts as numbers,
    times in UTC, maps as maps. The text itself where nothing more exact stands behind it."""
    exact = _EXACT.get(show)
    if exact is not None:
        return exact(record)
    shown = show(record, context)
    return None if shown == NOTHING else shown.text


def _raw(path: str) -> Exact:
    return lambda record: record.get(path)


def _utc(path: str) -> Exact:
    return lambda record: formats.utc_time(record.get(path)) or None


def _figure(path: str) -> Exact:
    def exact(record: Record) -> Any:
        value = record.get(path)
        return value if formats.number(value) is not None else None

    return exact


def text(path: str, *, tone: Tone = Tone.PLAIN, limit: int = CELL_LIMIT) -> Show:
    """A text on one line."""

    def show(record: Record, _context: Context) -> Shown:
        value = record.get(path)
        if value is None or value == "":
            return NOTHING
        return Shown(clean(value, limit=limit), tone)

    return exactly(show, _raw(path))


def identity(path: str = "id", *, tone: Tone = Tone.PLAIN) -> Show:
    """An id, shortened in the middle; it is copied whole elsewhere."""

    def show(record: Record, _context: Context) -> Shown:
        value = record.get(path)
        return Shown(clean(formats.short_id(value)), tone, clean(value)) if value else NOTHING

    return exactly(show, _raw(path))


def status(path: str = "status") -> Show:
    """A dot and a word, so that it reads without colour."""

    def show(record: Record, _context: Context) -> Shown:
        value = record.get(path)
        if not value:
            return NOTHING
        word = clean(value, limit=40)
        tone = STATUS_TONES.get(word, Tone.PLAIN)
        return Shown(f"● {word.replace('_', ' ')}", tone, word)

    return exactly(show, _raw(path))


def size(path: str) -> Show:
    """Bytes with a unit."""

    def show(record: Record, _context: Context) -> Shown:
        amount = formats.number(record.get(path))
        if amount is None:
            return NOTHING
        return Shown(formats.byte_size(amount), Tone.PLAIN, amount)

    return exactly(show, _figure(path))


def exact_size(path: str) -> Show:
    """Bytes to the byte, for details."""

    def show(record: Record, _context: Context) -> Shown:
        amount = formats.number(record.get(path))
        return NOTHING if amount is None else Shown(formats.exact_bytes(amount), sort=amount)

    return exactly(show, _figure(path))


def age(path: str = "created_at") -> Show:
    """How long ago, for lists. Sorts by the age, so that `age<3h` reads as it is said."""

    def show(record: Record, context: Context) -> Shown:
        moment = formats.timestamp(record.get(path))
        if moment is None:
            return NOTHING
        return Shown(formats.age(moment, context.now), Tone.MUTED, context.now - moment)

    return exactly(show, _utc(path))


def moment(path: str = "created_at") -> Show:
    """An exact local time, for details."""

    def show(record: Record, _context: Context) -> Shown:
        value = formats.timestamp(record.get(path))
        return NOTHING if value is None else Shown(formats.exact_time(value), sort=value)

    return exactly(show, _utc(path))


def until(path: str = "expires_at") -> Show:
    """The time that is left before something ends; soon is a warning, gone is muted."""

    def show(record: Record, context: Context) -> Shown:
        end = formats.timestamp(record.get(path))
        if end is None:
            return NOTHING
        left = end - context.now
        tone = Tone.MUTED if left <= 0 else Tone.WARN if left < 2 * 86_400 else Tone.PLAIN
        return Shown(formats.until(end, context.now), tone, left)

    return exactly(show, _utc(path))


def number(path: str) -> Show:
    """A whole number with separators."""

    def show(record: Record, _context: Context) -> Shown:
        amount = formats.number(record.get(path))
        return NOTHING if amount is None else Shown(formats.count(amount), Tone.PLAIN, amount)

    return exactly(show, _figure(path))


def pairs(path: str) -> Show:
    """A map on one line: `team support · env prod`."""

    def show(record: Record, _context: Context) -> Shown:
        value = record.get(path)
        if not isinstance(value, Mapping) or not value:
            return NOTHING
        line = " · ".join(f"{key} {plain(one)}" for key, one in value.items())
        return Shown(clean(line, limit=CELL_LIMIT), Tone.MUTED)

    return exactly(show, _raw(path))


def plain(value: object) -> object:
    """A value as the wire writes it: `true`, not `True`."""
    return str(value).lower() if isinstance(value, bool) else value


def joined(path: str, resource: str, field: str) -> Show:
    """A field of the object that an id names, from what is loaded; else the short id."""

    def show(record: Record, context: Context) -> Shown:
        key = record.get(path)
        if not key:
            return NOTHING
        other = context.find(resource, str(key))
        value = other.get(field) if other is not None else None
        if value:
            return Shown(clean(value, limit=CELL_LIMIT))
        return Shown(clean(formats.short_id(key)), Tone.MUTED)

    return show


def computed(make: Callable[[Record], Any], *, tone: Tone = Tone.PLAIN) -> Show:
    """Text that a function makes of the record; empty means nothing."""

    def show(record: Record, _context: Context) -> Shown:
        value = make(record)
        return Shown(clean(value, limit=CELL_LIMIT), tone) if value else NOTHING

    return show
