"""Content: what a file holds, or the text that a vector store read from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.core.errors import ProblemError
from tui.core.formats import byte_size, count, exact_bytes, short_id
from tui.core.safe_text import clean
from tui.store.downloads import refusal_of
from tui.store.file_content import ContentKind, FileContentView
from tui.store.naming import name_of, parent_titles, record_of
from tui.store.views import CollectionKey, ContentView, Phase, Ref
from tui.ui.binding import bind
from tui.ui.navigation import FlowRequest, Route
from tui.ui.page import Page
from tui.ui.styles import sheet
from tui.ui.widgets.caption import Caption
from tui.ui.widgets.prompt import Prompt
from tui.ui.widgets.reader import Reader
from tui.ui.widgets.state import LOADING, State, phase_state
from tui.ui.widgets.text_view import TextView

if TYPE_CHECKING:
    from tui.core.cell import Unsubscribe
    from tui.store.session import Session

SEARCH = "search"


class ContentScreen(Page):
    """The flow `content`, for `files` and for `vector_stores.files`."""

    CSS_PATH = sheet("screens/content.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "search", key_display="/"),
        Binding("p", "pretty", "as it is or laid out"),
        Binding("t", "parsed", "parsed text"),
        Binding("f", "original", "the file itself"),
        Binding("s", "save", "save"),
        Binding("r", "retry", "read again"),
        Binding("w", "wrap", "wrap"),
        Binding("n", "next_match(1)", "next match", show=False),
        Binding("N", "next_match(-1)", "previous match", show=False),
    ]

    caption = getters.query_one(Caption)
    text = getters.query_one(TextView)
    prompt = getters.query_one(Prompt)

    def __init__(self, session: Session, request: FlowRequest) -> None:
        self.ref = request.refs[0]
        super().__init__(
            session, Route("content", self.ref.resource, self.ref.id, self.ref.parents)
        )
        self.store = self.ref.parents[0] if self.ref.parents else _known_store(session, self.ref)
        self.parsed = bool(self.ref.parents)
        self.pretty = True
        self._unbind: Unsubscribe | None = None
        self._retry: Callable[[], None] = self._read
        self._view: FileContentView | ContentView = FileContentView()

    def compose_body(self) -> Iterable[Widget]:
        yield Caption()
        yield TextView(numbers=True)
        yield Prompt()

    @property
    def crumbs(self) -> tuple[str, ...]:
        key = CollectionKey(self.ref.resource, self.ref.parents)
        title = self.session.catalog[self.ref.resource].title
        return (*parent_titles(self.session, key), title, name_of(self.session, self.ref))

    def on_mount(self) -> None:
        self._read()
        self.text.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what there is: JSON to lay out, a parsed text to change to."""
        view = self._view
        there = {
            "pretty": isinstance(view, FileContentView) and bool(view.pretty),
            "parsed": not self.parsed,
            "original": self.parsed,
            "retry": view.phase not in (Phase.READY, Phase.LOADING),
            "save": not self._refused,
            "search": view.phase is Phase.READY,
            "wrap": view.phase is Phase.READY,
        }
        return there.get(action, True)

    # Reading.

    def _read(self) -> None:
        """Read the file, or its parsed text, whichever is wanted now."""
        if self._unbind is not None:
            self._unbind()
        documents = self.session.documents
        if self.parsed and self.store is not None:
            parsed = documents.parsed(self.store, self.ref.id, self.scope)
            self._retry = parsed.retry
            self._unbind = bind(self, parsed.view, self._show_parsed)
        else:
            name = name_of(self.session, Ref("files", self.ref.id))
            content = documents.content(self.ref.id, name, self.scope)
            self._retry = content.retry
            self._unbind = bind(self, content.view, self._show_file)

    def _show_file(self, view: FileContentView) -> None:
        self._view = view
        if view.phase is not Phase.READY:
            self.text.show_state(self._state(view))
        elif not view.text:
            self.text.show_state(State("The file is empty"))
        else:
            self.text.show(view.pretty if self.pretty and view.pretty else view.text)
        self._show_caption()

    def _show_parsed(self, view: ContentView) -> None:
        self._view = view
        if view.phase is not Phase.READY:
            self.text.show_state(self._state(view))
        elif not view.text:
            words = "The file may still be indexed, or nothing in it could be read."
            self.text.show_state(State("No text was read from this file", (words,)))
        else:
            self.text.show(view.text)
        self._show_caption()

    def _state(self, view: FileContentView | ContentView) -> State:
        """Loading, or a failure with what can be done instead."""
        if view.problem is None:
            return LOADING
        keys: list[tuple[str, str]] = [("r", "read again")]
        help_ = None if self.parsed else refusal_of(view.problem, self._purpose)
        if help_ is None:
            return phase_state(view.phase, view.problem, empty=LOADING, keys=tuple(keys))
        if self.store is not None:
            keys = [("t", f"the text that {short_id(self.store)} read from it")]
        else:
            keys = [("t", "look for it in the vector stores")]
        said = (view.problem.detail, help_)
        return State("The server does not give this file back", said, tuple(keys))

    @property
    def _refused(self) -> bool:
        """Whether the server just said that it does not give this file back."""
        problem = self._view.problem
        return (
            not self.parsed
            and problem is not None
            and refusal_of(problem, self._purpose) is not None
        )

    @property
    def _purpose(self) -> str | None:
        record = record_of(self.session, Ref("files", self.ref.id))
        purpose = record.get("purpose") if record is not None else None
        return purpose if isinstance(purpose, str) else None

    def _show_caption(self) -> None:
        view = self._view
        words: list[tuple[str, str]] = []
        if self.parsed:
            words.append(("parsed text", "strong"))
            words.append((f"   as {short_id(self.store)} reads it", "muted"))
        if isinstance(view, FileContentView) and view.phase is Phase.READY:
            words += _facts(view, pretty=self.pretty)
        elif view.phase is Phase.READY and view.size is not None:
            words.append((f"   {exact_bytes(view.size)}", "muted"))
        if view.truncated:
            words.append(("   only the beginning is shown", "warn"))
        self.caption.show(tuple(words) or ((short_id(self.ref.id), "muted"),), ((" ", "plain"),))
        self.show_keys()

    # Doing.

    def action_pretty(self) -> None:
        self.pretty = not self.pretty
        if isinstance(self._view, FileContentView):
            self._show_file(self._view)

    @work(exclusive=True, group="parsed")
    async def action_parsed(self) -> None:
        """The text that a vector store read; without a known store, they are asked for it."""
        if self.store is None:
            self.caption.show((("◌ looking through the vector stores", "busy"),))
            documents = self.session.documents
            try:
                self.store = await documents.find_store(self.ref.id, self.scope)
            except ProblemError as error:
                self._show_caption()
                self.notify(str(error.problem), severity="warning", markup=False)
                return
        if self.store is None:
            self._show_caption()
            self.notify("No vector store holds this file", markup=False)
            return
        self.parsed = True
        self._read()

    def action_original(self) -> None:
        self.parsed = False
        self._read()

    def action_retry(self) -> None:
        self._retry()

    def action_wrap(self) -> None:
        self.text.action_toggle_wrap()

    def action_save(self) -> None:
        """The same as in the list of files."""
        action = self.session.catalog["files"].action("files.download")
        self.start(FlowRequest(action, CollectionKey("files"), (Ref("files", self.ref.id),)))

    @on(Reader.SearchAsked)
    def action_search(self) -> None:
        self.prompt.ask(SEARCH, label="/", placeholder="words to look for")

    @on(Prompt.Submitted)
    def _searched(self, message: Prompt.Submitted) -> None:
        self.text.focus()
        if not self.text.search(message.value) and message.value:
            self.notify(f"“{clean(message.value, limit=40)}” is not in the text", markup=False)

    @on(Prompt.Cancelled)
    def _search_left(self) -> None:
        self.text.search("")
        self.text.focus()

    def action_next_match(self, by: int) -> None:
        self.text.action_find(by)


def _facts(view: FileContentView, *, pretty: bool) -> list[tuple[str, str]]:
    names = {
        ContentKind.TEXT: "text",
        ContentKind.JSON: "JSON",
        ContentKind.LINES: "JSON lines",
        ContentKind.BINARY: "bytes",
    }
    words = [(names[view.kind], "strong")]
    if view.kind is ContentKind.BINARY:
        words.append((f"   no text; the first {byte_size(min(view.read, 1024))}", "muted"))
    elif view.lines:
        words.append((f"   {count(view.lines)} lines", "muted"))
    if view.size is not None:
        words.append((f"   {exact_bytes(view.size)}", "muted"))
    if view.pretty and pretty:
        words.append(("   laid out", "muted"))
    if view.bad_line is not None:
        words.append((f"   line {count(view.bad_line)} is not JSON", "bad"))
    return words


def _known_store(session: Session, ref: Ref) -> str | None:
    """A vector store that is known to hold a file, from what was loaded; never a request."""
    found = session.entities.find("vector_stores.files", ref.id)
    return found.parents[0] if found is not None and found.parents else None
