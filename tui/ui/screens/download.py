"""Saving files: where to, under which name, and how far it is; nothing is replaced unasked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.core.errors import Problem, ProblemError
from tui.core.formats import byte_size, counted
from tui.core.safe_text import clean
from tui.store.downloads import (
    DownloadTarget,
    default_folder,
    refusal_of,
    safe_file_name,
)
from tui.store.ingest_views import DownloadState, DownloadView
from tui.store.naming import name_of, record_of
from tui.store.views import CollectionKey, Ref
from tui.ui.binding import bind
from tui.ui.navigation import FlowRequest, StartFlow
from tui.ui.styles import sheet
from tui.ui.widgets.caption import Caption, Words
from tui.ui.widgets.key_bar import KeyBar, KeyHint
from tui.ui.widgets.path_picker import PathPicker
from tui.ui.widgets.progress import Progress

if TYPE_CHECKING:
    from tui.store.session import Session


class DownloadScreen(ModalScreen[None]):
    """The flow `download`, for one file or the marked ones."""

    CSS_PATH = sheet("screens/download.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back"),
        Binding("ctrl+r", "replace", "replace it"),
        Binding("ctrl+n", "other_name", "another name"),
        Binding("ctrl+x", "stop", "stop"),
        Binding("ctrl+t", "parsed", "parsed text"),
    ]

    caption = getters.query_one("#about", Caption)
    said = getters.query_one("#said", Caption)
    picker = getters.query_one(PathPicker)
    progress = getters.query_one(Progress)
    key_bar = getters.query_one(KeyBar)

    def __init__(self, session: Session, request: FlowRequest) -> None:
        super().__init__()
        self.session = session
        self.scope = session.scope("download")
        # One file may be marked in two vector stores; it is saved once.
        self.files = tuple(dict.fromkeys(ref.id for ref in request.refs))
        self.op = next(op for op in request.action.uses if op.binary)
        self.target: DownloadTarget | None = None
        self.running: tuple[str, ...] = ()
        self._failed: Problem | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="card"):
            yield Caption(id="about")
            yield PathPicker(placeholder="a folder, or a whole path")
            yield Progress()
            yield Caption(id="said")
            yield KeyBar()

    def on_mount(self) -> None:
        folder = f"{default_folder()}{os.sep}"
        self.picker.type(folder + safe_file_name(self.names[0]) if self.one else folder)
        self.picker.field.focus()
        self.progress.display = False
        self._show()

    def on_unmount(self) -> None:
        self.scope.close()

    @property
    def one(self) -> bool:
        return len(self.files) == 1

    @property
    def names(self) -> list[str]:
        return [name_of(self.session, Ref("files", id)) for id in self.files]

    # Showing.

    def _show(self, *said: Words) -> None:
        sizes = [self._bytes_of(id) for id in self.files]
        known = [size for size in sizes if size is not None]
        size = f"   {byte_size(sum(known))}" if len(known) == len(sizes) else ""
        what = self.names[0] if self.one else counted(len(self.files), "file")
        self.caption.show(
            (("Save ", "muted"), (what, "strong"), (size, "muted")), ((" ", "plain"),)
        )
        self.said.show(((" ", "plain"),), *said)
        self._show_keys()

    def _show_keys(self) -> None:
        hints = []
        if not self.running:
            hints.append(KeyHint("enter", "save"))
            hints.append(KeyHint("tab", "complete"))
        hints += [
            KeyHint(binding.key, binding.description)
            for binding in self._bindings.key_to_bindings.get("ctrl+r", [])
            + self._bindings.key_to_bindings.get("ctrl+n", [])
            + self._bindings.key_to_bindings.get("ctrl+x", [])
            + self._bindings.key_to_bindings.get("ctrl+t", [])
            if self.check_action(binding.action, ())
        ]
        hints.append(KeyHint("escape", "in the background" if self._under_way else "back", "esc"))
        self.key_bar.show(hints)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        taken = not self.running and self.target is not None and self.target.exists
        match action:
            case "replace" | "other_name":
                return taken
            case "stop":
                return self._under_way
            case "parsed":
                return self._failed is not None and self._store() is not None
        return True

    def _bytes_of(self, id: str) -> float | None:
        record = record_of(self.session, Ref("files", id))
        size = record.get("bytes") if record is not None else None
        return float(size) if isinstance(size, int | float) else None

    # Choosing.

    @on(PathPicker.Wanted)
    def _wanted(self, message: PathPicker.Wanted) -> None:
        self._look(message.text)

    @work(exclusive=True, group="look")
    async def _look(self, text: str) -> None:
        """What is at the destination, and what else the folder holds."""
        documents = self.session.documents
        try:
            self.picker.offer(await documents.offer_paths(text, self.scope))
            self.target = await documents.downloads.look(text, self._file_name if self.one else "")
        except ProblemError:
            return
        self._show_target(self.target)

    @property
    def _file_name(self) -> str:
        return safe_file_name(self.names[0])

    def _show_target(self, target: DownloadTarget) -> None:
        if self.running:
            return
        if target.problem and self.one:
            self._show(((f"✕ {target.problem}", "bad"),))
        elif target.exists and self.one:
            self._show(
                ((f"▲ {target.path.name} is there already", "warn"),),
                ((f"^n saves it as {target.free_name}, ^r replaces it", "muted"),),
            )
        else:
            self._show(((f"will be saved as {target.path}", "muted"),) if self.one else ())

    @on(PathPicker.Submitted)
    def _submitted(self, message: PathPicker.Submitted) -> None:
        message.stop()
        self._save(message.text)

    @work(exclusive=True, group="save")
    async def _save(self, text: str, *, overwrite: bool = False) -> None:
        """Begin, unless something stands in the way: then that is said."""
        downloads = self.session.documents.downloads
        started: list[str] = []
        taken: set[Path] = set()
        for id, name in zip(self.files, self.names, strict=True):
            file_name = safe_file_name(name)
            where = text if self.one else f"{text.rstrip(os.sep)}{os.sep}"
            try:
                target = await downloads.look(where, file_name)
            except ProblemError as error:
                self._show(((str(error.problem), "bad"),))
                return
            if target.problem or (self.one and target.exists and not overwrite):
                self.target = target
                self._show_target(target) if self.one else self._show(
                    ((f"✕ {target.problem}", "bad"),)
                )
                return
            path = target.path
            if not self.one and (target.exists or path in taken):
                path = path.with_name(target.free_name or f"{path.stem} {id}{path.suffix}")
            taken.add(path)
            started.append(
                downloads.start(
                    self.op, {"file_id": id}, path, name=clean(name), overwrite=overwrite
                )
            )
        self.running = tuple(started)
        self.picker.display = False
        self.progress.display = True
        bind(self, downloads.views, self._show_running)

    def action_replace(self) -> None:
        self._save(self.picker.text, overwrite=True)

    def action_other_name(self) -> None:
        if self.target is not None and self.target.free_name:
            self.picker.type(str(self.target.path.with_name(self.target.free_name)))

    # Running.

    @property
    def _views(self) -> list[DownloadView]:
        views = self.session.documents.downloads.views.value
        return [view for view in views if view.id in self.running]

    @property
    def _under_way(self) -> bool:
        return any(not view.state.over for view in self._views)

    def _show_running(self, _views: tuple[DownloadView, ...]) -> None:
        views = self._views
        failed = [view for view in views if view.state is DownloadState.FAILED]
        done = sum(view.state is DownloadState.DONE for view in views)
        received = sum(view.received for view in views)
        shares = [view.share for view in views]
        share = None if None in shares else sum(s or 0.0 for s in shares) / max(1, len(shares))
        words = f"{done} of {len(views)}   {byte_size(received)}"
        self.progress.show(share, byte_size(received) if self.one else words)
        self.progress.display = not failed
        if failed and failed[0].problem is not None:
            self._failed = failed[0].problem
            self._show(*self._failure(failed))
        elif self._under_way:
            self._show()
        else:
            # What was saved, and where, is told by a notice.
            self.dismiss()

    def _failure(self, failed: list[DownloadView]) -> list[Words]:
        problem = self._failed
        assert problem is not None
        lines: list[Words] = [((f"✕ {failed[0].name}: {problem.title}", "bad"),)]
        if problem.detail:
            lines.append(((f"  {problem.detail}", "plain"),))
        record = record_of(self.session, Ref("files", self.files[0]))
        purpose = str(record.get("purpose", "")) if record is not None else None
        instead = refusal_of(problem, purpose)
        for words in (instead, problem.hint):
            if words:
                lines.append(((f"  {words}", "muted"),))
        if problem.request_id:
            lines.append(((f"  request {problem.request_id}", "muted"),))
        return lines

    def action_stop(self) -> None:
        for id in self.running:
            self.session.documents.downloads.cancel(id)

    def _store(self) -> Ref | None:
        found = self.session.entities.find("vector_stores.files", self.files[0])
        return found if found is not None and found.parents else None

    def action_parsed(self) -> None:
        """The text that a vector store read from the file, where the file is refused."""
        ref = self._store()
        if ref is not None:
            action = self.session.catalog[ref.resource].action("vector_stores.files.content")
            key = CollectionKey(ref.resource, ref.parents)
            self.app.post_message(StartFlow(FlowRequest(action, key, (ref,))))
            self.dismiss()

    def action_leave(self) -> None:
        if self._under_way:
            self.notify("The download goes on: see Transfers", markup=False)
        self.dismiss()
