"""A small app with the real style sheets around one widget, and lists made of plain text."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget

from tui.catalog.descriptor import Align, Column, Shown, Tone
from tui.store.views import CollectionKey, CollectionView, Phase, Ref, RowView, SortOrder
from tui.ui.styles import app_sheets
from tui.ui.theme import DEFAULT_THEME, THEMES


class Host(App[None]):
    """Holds the widgets to try, and every message that they post."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget, theme: str = DEFAULT_THEME) -> None:
        super().__init__(css_path=app_sheets())
        self.animation_level = "none"
        self._widgets = widgets
        self.seen: list[Message] = []
        for each in THEMES:
            self.register_theme(each)
        self.theme = theme

    def compose(self) -> ComposeResult:
        yield from self._widgets

    def hear(self, message: Message) -> None:
        """The hook for `run_test`: a message passes it once for each node on its way."""
        if not any(message is known for known in self.seen):
            self.seen.append(message)

    @asynccontextmanager
    async def running(self, width: int = 80, height: int = 24) -> AsyncIterator[Pilot[None]]:
        async with self.run_test(size=(width, height), message_hook=self.hear) as pilot:
            await pilot.pause()
            yield pilot

    def heard(self, kind: type[Message]) -> list[Any]:
        return [message for message in self.seen if type(message) is kind]


def never(_record: object, _context: object) -> Shown:
    raise AssertionError("a table does not make cells")


def column(key: str, title: str, width: int, **more: Any) -> Column:
    return Column(key=key, title=title, show=never, width=width, **more)


FILES = (
    column("name", "Name", 20, grow=True),
    column("purpose", "Purpose", 12, priority=2),
    column("size", "Size", 8, align=Align.RIGHT, priority=1),
    column("status", "Status", 12, priority=1),
    column("age", "Age", 6, align=Align.RIGHT, priority=3),
)


class Rows:
    """A row source over a list of ids, counting what it was asked for."""

    def __init__(
        self,
        ids: Sequence[str] | range,
        columns: Sequence[Column] = FILES,
        cells: Callable[[str], tuple[Shown, ...]] | None = None,
        **flags: frozenset[str],
    ) -> None:
        self.columns = tuple(columns)
        self._ids = ids
        self._cells = cells or file_cells
        self._flags = flags
        self.asked: list[int] = []

    @property
    def count(self) -> int:
        return len(self._ids)

    def ref(self, index: int) -> Ref:
        return Ref("files", str(self._ids[index]))

    def row(self, index: int) -> RowView:
        self.asked.append(index)
        ref = self.ref(index)
        return RowView(
            ref,
            self._cells(ref.id),
            pending=ref.id in self._flags.get("pending", ()),
            malformed=ref.id in self._flags.get("malformed", ()),
        )

    def index_of(self, ref: Ref) -> int | None:
        if isinstance(self._ids, range):
            return self._ids.index(int(ref.id)) if int(ref.id) in self._ids else None
        return self._ids.index(ref.id) if ref.id in self._ids else None


def file_cells(id: str) -> tuple[Shown, ...]:
    return (
        Shown(f"file-{id}.jsonl"),
        Shown("fine-tune", Tone.MUTED),
        Shown("312 kB"),
        Shown("● processed", Tone.GOOD),
        Shown("3 h", Tone.MUTED),
    )


def view(rows: Any, version: int = 1, **more: Any) -> CollectionView:
    settings: dict[str, Any] = {"phase": Phase.READY, "end": True, **more}
    settings.setdefault("key", CollectionKey("files"))
    settings.setdefault("loaded", rows.count)
    settings.setdefault("shown", rows.count)
    return CollectionView(rows=rows, version=version, **settings)


def drawn(widget: Widget) -> list[str]:
    """What a widget shows, line by line."""
    return [widget.render_line(y).text for y in range(widget.content_size.height)]


def strips(widget: Widget) -> list[Strip]:
    return [widget.render_line(y) for y in range(widget.content_size.height)]


class Repaints:
    """Which lines of a widget were asked to be painted again."""

    def __init__(self, widget: Widget) -> None:
        self.lines: list[int | None] = []
        inner = widget.refresh

        def refresh(*regions: Any, **options: Any) -> Any:
            if not regions:
                self.lines.append(None)
            for region in regions:
                self.lines.extend(region.line_range)
            return inner(*regions, **options)

        widget.refresh = refresh  # type: ignore[method-assign]


__all__ = [
    "FILES",
    "Host",
    "Repaints",
    "Rows",
    "SortOrder",
    "column",
    "drawn",
    "file_cells",
    "strips",
    "view",
]
