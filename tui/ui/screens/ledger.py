"""The ledger: every id that was seen or made, found again by search; in from a file, and out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.catalog.descriptor import Tone
from tui.catalog.index import ENTRIES
from tui.core.errors import ProblemError
from tui.core.formats import counted
from tui.core.safe_text import clean
from tui.store.ledger_views import SHOWN, ledger_view
from tui.ui.navigation import Route
from tui.ui.page import Page
from tui.ui.questions import ConfirmView
from tui.ui.widgets.state import State
from tui.ui.widgets.table import Table

if TYPE_CHECKING:
    from tui.store.ledger_file import Entry
    from tui.store.session import Session

SEARCH = "search"
EMPTY = State(
    "No ids here",
    ("Every id that you see or make is kept, so that it can be found again.",),
)


class LedgerPage(Page):
    """Enter opens the object; all else works without a server."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "search", key_display="/", tooltip="Search ids and titles"),
        Binding("i", "import_ids", "import", tooltip="Import ids from a file"),
        Binding("x", "export", "export", tooltip="Export all ids into a file"),
        Binding("c", "copy_id", "copy id", show=False),
        Binding("r", "refresh", "refresh", show=False),
        Binding("X", "purge", "forget all", show=False, tooltip="Forget all ids"),
    ]

    table = getters.query_one(Table)

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        self._wanted = ""

    def compose_body(self) -> Iterable[Widget]:
        yield Table()

    @property
    def crumbs(self) -> tuple[str, ...]:
        return ("Ledger", self._wanted) if self._wanted else ("Ledger",)

    def on_mount(self) -> None:
        self.table.show_state(EMPTY)
        self.table.focus()
        self._read()

    @work(exclusive=True, group="ledger")
    async def _read(self) -> None:
        try:
            entries = await self.session.ledger.search(self._wanted, limit=SHOWN)
        except ProblemError as error:
            self.session.notice_board.fail("Reading the ledger", error.problem)
        else:
            self._show(entries)

    def _show(self, entries: Sequence[Entry]) -> None:
        self.table.show(ledger_view(entries, self.session.clock.now()))

    def action_search(self) -> None:
        self.prompt_for(SEARCH, label="/", value=self._wanted, placeholder="an id, or a title")

    def prompt_changed(self, name: str, value: str) -> None:
        if name == SEARCH:
            self._wanted = value.strip()
            self._read()

    def prompt_submitted(self, name: str, value: str) -> None:
        self.prompt_changed(name, value)

    def go_inward(self) -> bool:
        if not self._wanted:
            return False
        self._wanted = ""
        self._read()
        return True

    @on(Table.Opened)
    def _open(self) -> None:
        if self.table.cursor_ref is not None:
            self.go(Route.of(self.table.cursor_ref))

    def action_copy_id(self) -> None:
        if self.table.cursor_ref is not None:
            self.copy(self.table.cursor_ref.id, "Id")

    def action_refresh(self) -> None:
        self._read()

    @work(exclusive=True)
    async def action_import_ids(self) -> None:
        text = await self.ask_line("Import ids from", "", "one id a line, or an export")
        if not text or not text.strip():
            return
        board = self.session.notice_board
        try:
            count, refused = await self.session.ledger.import_from(_path(text), known=ENTRIES)
        except ProblemError as error:
            board.fail("Importing ids", error.problem)
            return
        words = f"{counted(count, 'id')} imported"
        if refused:
            words += f", {counted(len(refused), 'line')} refused: {refused[0].reason}"
        board.tell(words, tone=Tone.WARN if refused else Tone.GOOD)
        self._read()

    @work(exclusive=True)
    async def action_export(self) -> None:
        text = await self.ask_line("Export ids as", "~/cupola-ids.jsonl", ".jsonl or .csv")
        if not text or not text.strip():
            return
        path = _path(text)
        if await self.session.ledger.exists(path) and not await self.ask_confirm(
            ConfirmView(f"Replace {clean(path.name)}?", (clean(str(path)),), "Replace", trigger="x")
        ):
            return
        board = self.session.notice_board
        try:
            count = await self.session.ledger.export_to(path)
        except ProblemError as error:
            board.fail("Exporting ids", error.problem)
        else:
            board.tell(f"{counted(count, 'id')} in {clean(path)}", tone=Tone.GOOD)

    @work(exclusive=True)
    async def action_purge(self) -> None:
        view = ConfirmView(
            "Forget all ids?",
            ("Nothing changes on the server.", "What cannot be listed is not found again."),
            "Forget",
            typed="forget",
            typed_what="forget",
            trigger="X",
        )
        if not await self.ask_confirm(view):
            return
        board = self.session.notice_board
        try:
            gone = await self.session.ledger.purge()
        except ProblemError as error:
            board.fail("Forgetting ids", error.problem)
        else:
            board.tell(f"Forgot {counted(gone, 'id')}", tone=Tone.GOOD)
        self._read()


def _path(text: str) -> Path:
    return Path(text.strip()).expanduser()
