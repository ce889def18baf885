"""Transfers: all uploads and downloads of this run, and uploads that an earlier run left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.core.errors import ProblemError
from tui.core.safe_text import clean
from tui.store.ingest_views import DownloadView, IngestPhase, IngestView, ItemState
from tui.store.naming import name_of
from tui.store.views import Ref
from tui.ui.binding import bind
from tui.ui.navigation import Route
from tui.ui.page import Page
from tui.ui.questions import ConfirmView
from tui.ui.styles import sheet
from tui.ui.widgets.caption import Caption, Words
from tui.ui.widgets.row_list import RowList
from tui.ui.widgets.state import State
from tui.ui.widgets.transfer_list import (
    IngestItems,
    TransferList,
    download_row,
    item_words,
    summary,
    upload_row,
)

if TYPE_CHECKING:
    from tui.store.session import Session

EMPTY = State(
    "No transfers",
    (
        "Uploads and downloads stand here while they run and after: they go on in the background. "
        "So do uploads that an earlier run left unfinished or that failed.",
    ),
    (("u", "upload, in Files or in a vector store"), ("s", "save a file, in Files")),
)


class TransfersPage(Page):
    """The list of transfers, and the files of the upload under the cursor."""

    CSS_PATH = sheet("screens/transfers.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "cancel_one", "cancel"),
        Binding("X,ctrl+x", "cancel_all", "cancel all", key_display="X"),
        Binding("r", "retry", "retry or go on"),
        Binding("o", "open_file", "open the file"),
        Binding("d", "forget", "take from the list"),
    ]

    transfers = getters.query_one(TransferList)
    caption = getters.query_one(Caption)
    items = getters.query_one(IngestItems)

    def __init__(self, session: Session, route: Route) -> None:
        super().__init__(session, route)
        self.ingest = session.documents.ingest
        self.downloads = session.documents.downloads

    def compose_body(self) -> Iterable[Widget]:
        yield TransferList()
        yield Caption()
        yield IngestItems()

    @property
    def crumbs(self) -> tuple[str, ...]:
        return ("Transfers",)

    def on_mount(self) -> None:
        bind(self, self.ingest.views, self._show_uploads)
        bind(self, self.downloads.views, self._show_downloads)
        self.transfers.focus()
        self._look_for_interrupted()

    @work(exclusive=True, group="interrupted")
    async def _look_for_interrupted(self) -> None:
        try:
            await self.ingest.load_interrupted()
        except ProblemError:
            return

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes sense for the transfer under the cursor."""
        upload, download = self.upload, self.download
        # Asked also while the page comes and goes, when its lists are not there.
        items = self.query(IngestItems).first() if self.query(IngestItems) else None
        file = items.item if items is not None and items.has_focus else None
        running = upload is not None and upload.running
        fetching = download is not None and not download.state.over
        there = {
            "cancel_one": not file.state.over if file is not None else running or fetching,
            "cancel_all": running or fetching,
            "retry": self._may_retry(upload, download),
            "open_file": file is not None and file.file_id is not None,
            "forget": (upload is not None and not running)
            or (download is not None and not fetching),
        }
        return there.get(action, True)

    def _may_retry(self, upload: IngestView | None, download: DownloadView | None) -> bool:
        if upload is not None:
            undone = upload.counts[ItemState.FAILED] + upload.counts[ItemState.CANCELLED]
            return undone > 0 or upload.phase is IngestPhase.INTERRUPTED
        return download is not None and download.state in ("failed", "cancelled")

    # Showing.

    @property
    def upload(self) -> IngestView | None:
        """The upload under the cursor."""
        return next((v for v in self.ingest.views.value if v.id == self.transfers.key), None)

    @property
    def download(self) -> DownloadView | None:
        return next((v for v in self.downloads.views.value if v.id == self.transfers.key), None)

    def _show_uploads(self, _views: tuple[IngestView, ...]) -> None:
        self._show()

    def _show_downloads(self, _views: tuple[DownloadView, ...]) -> None:
        self._show()

    def _show(self) -> None:
        uploads = [(view.started_at, upload_row(view)) for view in self.ingest.views.value]
        downloads = [(view.started_at, download_row(view)) for view in self.downloads.views.value]
        rows = sorted((*uploads, *downloads), key=lambda pair: -pair[0])
        self.transfers.show(tuple(row for _, row in rows))
        self.transfers.show_state(None if rows else EMPTY)
        self._show_inside()

    def _show_inside(self) -> None:
        upload = self.upload
        self.items.display = upload is not None
        self.items.show(upload.items if upload is not None else ())
        self.caption.show(*self._about())
        self.show_keys()

    def _about(self) -> tuple[Words, ...]:
        if (upload := self.upload) is not None:
            into = "files"
            if upload.vector_store is not None:
                into = name_of(self.session, Ref("vector_stores", upload.vector_store))
            words: list[Words] = [
                (
                    (clean(upload.title), "strong"),
                    (f"   into {clean(into)}   purpose {clean(upload.purpose)}", "muted"),
                ),
                ((summary(upload), "muted"),),
            ]
            if self.items.has_focus and (file := self.items.item) is not None:
                id = f"   {clean(file.file_id)}" if file.file_id else ""
                words.append(((item_words(file), "plain"), (id, "muted")))
            return ((), *words, ((" ", "plain"),))
        if (download := self.download) is not None:
            lines: list[Words] = [((str(download.destination), "plain"),)]
            if download.problem is not None:
                lines.append(((str(download.problem), "bad"),))
                lines.append(((download.problem.hint, "muted"),))
            return ((), *lines)
        return ()

    @on(RowList.Moved)
    def _moved(self, message: RowList.Moved) -> None:
        message.stop()
        self._show_inside()

    def on_descendant_focus(self) -> None:
        self.call_after_refresh(self._show_inside)

    # Doing.

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        message.stop()
        if message.rows is self.transfers:
            if self.upload is not None:
                self.items.focus()
        else:
            self.action_open_file()

    def action_open_file(self) -> None:
        file, upload = self.items.item, self.upload
        if file is None or file.file_id is None or upload is None:
            return
        if upload.vector_store is not None and file.state in ("indexing", "done"):
            self.go(Route("object", "vector_stores.files", file.file_id, (upload.vector_store,)))
        else:
            self.go(Route("object", "files", file.file_id))

    def action_cancel_one(self) -> None:
        if self.items.has_focus and self.upload is not None and self.items.cursor is not None:
            self.ingest.cancel(self.upload.id, [self.items.cursor])
        else:
            self.action_cancel_all()

    @work
    async def action_cancel_all(self) -> None:
        """All of an upload asks first: hours of work may be in it."""
        if (download := self.download) is not None:
            self.downloads.cancel(download.id)
            return
        upload = self.upload
        if upload is None:
            return
        left = sum(not item.state.over for item in upload.items)
        question = ConfirmView(
            f"Cancel the upload of {clean(upload.title, limit=60)}?",
            (f"{left:,} files are not done yet.", "What is on the server already stays there."),
            verb="Cancel the upload",
            trigger="X",
        )
        if left < 2 or await self.ask_confirm(question):
            self.ingest.cancel(upload.id)

    @work
    async def action_retry(self) -> None:
        if (download := self.download) is not None:
            self.downloads.retry(download.id)
            return
        upload = self.upload
        if upload is None:
            return
        if self.ingest.left(upload.id):
            if not await self.ingest.resume(upload.id):
                self.notify("Another Cupola goes on with it already", markup=False)
        elif self.items.has_focus and self.items.cursor is not None:
            self.ingest.retry(upload.id, [self.items.cursor])
        else:
            self.ingest.retry(upload.id)

    @work
    async def action_forget(self) -> None:
        if (download := self.download) is not None:
            self.downloads.forget(download.id)
        elif (upload := self.upload) is not None:
            await self.ingest.forget(upload.id)

    def go_inward(self) -> bool:
        if self.items.has_focus:
            self.transfers.focus()
            return True
        return False
