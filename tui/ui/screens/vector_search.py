"""The search lab of a vector store: query, filter and settings on top, scored chunks below."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import getters, on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Label

from tui.core.formats import counted, duration, number
from tui.store.naming import name_of
from tui.store.search_filters import FilterError, format_filter, parse_filter
from tui.store.vector_search import RANKERS, SearchQuery, SearchView
from tui.store.views import EntityView, Phase, Ref
from tui.ui.binding import bind
from tui.ui.navigation import FlowRequest, Route
from tui.ui.page import Page
from tui.ui.questions import MenuItem
from tui.ui.styles import sheet
from tui.ui.widgets.caption import Caption, Words, facts
from tui.ui.widgets.scored_chunks import ScoredChunks
from tui.ui.widgets.state import LOADING, State, phase_state

if TYPE_CHECKING:
    from tui.store.session import Session

_WORDS = re.compile(r"\w")
COUNTS = (3, 5, 10, 20, 50)
THRESHOLDS = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
READY = State(
    "Type what to look for, and press enter",
    (
        "The words are compared by meaning with every chunk of the store. A filter looks at the "
        "attributes of the files: lang = en and year >= 2024. It also takes the API's JSON.",
    ),
    (
        ("enter", "search"),
        ("tab", "to the filter"),
        ("↑ ↓", "earlier searches"),
        ("^o", "results, ranker, threshold"),
    ),
)


class QueryField(Input):
    """One line that never blinks; `up` and `down` go through earlier searches."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "search"),
        Binding("up", "screen.recall(1)", "earlier search", key_display="↑"),
        Binding("down", "screen.recall(-1)", show=False),
    ]

    def on_mount(self) -> None:
        self.cursor_blink = False


class VectorSearchScreen(Page):
    """The flow `search`."""

    CSS_PATH = sheet("screens/vector_search.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "edit", "edit the query", key_display="/"),
        Binding("F", "edit_filter", "edit the filter"),
        Binding("ctrl+o", "settings", "settings", key_display="^o"),
        Binding("c", "copy_filter", "copy the filter as JSON", show=False),
    ]

    query_field = getters.query_one("#query", QueryField)
    filter_field = getters.query_one("#filter", QueryField)
    caption = getters.query_one(Caption)
    chunks = getters.query_one(ScoredChunks)

    def __init__(self, session: Session, request: FlowRequest) -> None:
        self.store = _store_of(request)
        super().__init__(session, Route("search", "vector_stores", self.store.id))
        self.lab = session.documents.search(self.store.id)
        self.settings = self.lab.view.value.query
        self._recalled = -1
        self._faults: dict[str, str] = {}
        self._store_note = ""

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(classes="line"):
            yield Label("query")
            yield QueryField(id="query", compact=True, placeholder="what to look for")
        with Horizontal(classes="line"):
            yield Label("filter")
            yield QueryField(
                id="filter", compact=True, placeholder="lang = en and year >= 2024, or JSON"
            )
        yield Caption()
        yield ScoredChunks()

    @property
    def crumbs(self) -> tuple[str, ...]:
        title = self.session.catalog["vector_stores"].title
        return (title, name_of(self.session, self.store), "Search")

    def on_mount(self) -> None:
        self.query_field.value = self.settings.text
        self.filter_field.value = self.settings.filter_text
        bind(self, self.lab.view, self._show)
        bind(self, self.session.entity(self.store, self.scope).view, self._show_store)
        self.query_field.focus()

    # Showing.

    def _show(self, view: SearchView) -> None:
        self.chunks.show(view)
        state: State | None = None
        if view.phase is Phase.READY and not view.chunks:
            state = State("Nothing was found", (self._why_nothing(view),), (("^o", "settings"),))
        elif view.phase is Phase.UNASKED:
            state = READY
        elif view.phase is not Phase.READY:
            state = (
                LOADING
                if view.searching
                else phase_state(
                    view.phase, view.problem, empty=READY, keys=(("enter", "search again"),)
                )
            )
        self.chunks.show_state(state)
        self._show_caption()

    def _why_nothing(self, view: SearchView) -> str:
        if not _WORDS.search(view.query.text):
            return "The query holds no words: there is no meaning to compare."
        reasons = []
        if view.query.filter_text:
            reasons.append("No file may pass the filter.")
        if view.query.threshold:
            reasons.append(f"Scores below {view.query.threshold:g} are left out.")
        if self._store_note:
            reasons.append(self._store_note[0].upper() + self._store_note[1:] + ".")
        return " ".join(reasons) or "The store holds nothing like it."

    def _show_store(self, view: EntityView) -> None:
        """Files that are not indexed cannot be found: say how many there are."""
        record = view.record
        counts: list[str] = []
        if record is not None:
            for name, words in (("in_progress", "still indexed"), ("failed", "failed")):
                amount = number(record.get(f"file_counts.{name}"))
                if amount:
                    counts.append(f"{counted(amount, 'file')} {words}")
        self._store_note = f"not searched: {', '.join(counts)}" if counts else ""
        self.show_crumbs()
        self._show_caption()

    def _show_caption(self) -> None:
        settings = self.settings
        pairs = [("results", str(settings.results)), ("ranker", settings.ranker)]
        if settings.threshold:
            pairs.append(("score from", f"{settings.threshold:g}"))
        pairs.append(("rewrite", "yes" if settings.rewrite else "no"))
        lines: list[Words] = [facts(*pairs)]
        lines += [((f"✕ {words}", "bad"),) for words in self._faults.values()]
        view = self.lab.view.value
        said: list[tuple[str, str]] = []
        if view.searching:
            said.append(("◌ searching   ", "busy"))
        elif view.phase is Phase.READY:
            files = len({chunk.file_id for chunk in view.chunks})
            found = f"{counted(len(view.chunks), 'chunk')} of {counted(files, 'file')}"
            said.append((f"{found} in {duration(view.took)}   ", "muted"))
        if view.compared:
            said.append(("against the search before   ", "muted"))
        if view.asked:
            said.append((f"asked as “{view.asked}”   ", "accent"))
        if self._store_note:
            lines.append(((self._store_note, "warn"),))
        self.caption.show(*lines, *((tuple(said),) if said else ()), ((" ", "plain"),))

    # Asking.

    @on(Input.Changed, "#filter")
    def _filter_changed(self, message: Input.Changed) -> None:
        """What is wrong with a filter is said while it is typed, but not at its unfinished end."""
        message.stop()
        self._faults = {}
        try:
            parse_filter(message.value)
        except FilterError as error:
            if error.at < len(message.value.rstrip()):
                self._faults = {"filter_text": f"{error}, at character {error.at + 1}"}
        self._show_caption()

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self._search()

    def _typed(self) -> SearchQuery:
        return replace(
            self.settings, text=self.query_field.value, filter_text=self.filter_field.value
        )

    def _search(self) -> None:
        self._recalled = -1
        self.settings = self._typed()
        self._faults = self.lab.run(self.settings, self.scope)
        if self._faults:
            self._show_caption()
            wrong = self.filter_field if "filter_text" in self._faults else self.query_field
            wrong.focus()
        else:
            self.chunks.focus()

    def action_recall(self, by: int) -> None:
        """An earlier search, with all that it was made with."""
        history = self.lab.view.value.history
        self._recalled = max(-1, min(self._recalled + by, len(history) - 1))
        query = history[self._recalled] if self._recalled >= 0 else replace(self.settings, text="")
        self.settings = query
        for field, text in ((self.query_field, query.text), (self.filter_field, query.filter_text)):
            field.value = text
            field.cursor_position = len(text)
        self._show_caption()

    @work
    async def action_settings(self) -> None:
        changed = await self._ask_setting()
        if changed is not None and changed != self.settings:
            self.settings = changed
            self._show_caption()
            if self.lab.view.value.phase is Phase.READY and self.query_field.value.strip():
                self._search()

    async def _ask_setting(self) -> SearchQuery | None:
        now = self.settings
        items = [
            MenuItem("results", "Results", str(now.results)),
            MenuItem("ranker", "Ranker", now.ranker),
            MenuItem("threshold", "Lowest score", f"{now.threshold:g}"),
            MenuItem("rewrite", "Let the server rewrite the query", "yes" if now.rewrite else "no"),
        ]
        match await self.ask_menu("Settings of the search", items):
            case "results":
                return await self._choose("How many chunks", "results", COUNTS)
            case "ranker":
                return await self._choose("Which ranker", "ranker", RANKERS)
            case "threshold":
                return await self._choose("Lowest score", "threshold", THRESHOLDS)
            case "rewrite":
                return replace(now, rewrite=not now.rewrite)
        return None

    async def _choose(self, title: str, field: str, values: tuple[Any, ...]) -> SearchQuery | None:
        present = getattr(self.settings, field)
        items = [MenuItem(str(v), str(v), chosen=v == present) for v in values]
        answer = await self.ask_menu(title, items)
        if answer is None:
            return None
        value = next(v for v in values if str(v) == answer)
        return replace(self.settings, **{field: value})

    # Going on.

    def action_edit(self) -> None:
        self.query_field.focus()

    def action_edit_filter(self) -> None:
        self.filter_field.focus()

    def action_copy_filter(self) -> None:
        """The filter as the API wants it, or as one would type it when it was JSON."""
        text = self.filter_field.value
        try:
            found = parse_filter(text)
        except FilterError:
            return
        if found is not None:
            from_json = text.lstrip().startswith("{")
            body = SearchQuery(text="-", filter_text=text).body()["filters"]
            self.copy(format_filter(found) if from_json else _json(body), "The filter")

    @on(ScoredChunks.Opened)
    def _opened(self, message: ScoredChunks.Opened) -> None:
        self.go(Route("object", "vector_stores.files", message.chunk.file_id, (self.store.id,)))

    def go_inward(self) -> bool:
        if self.chunks.has_focus:
            self.query_field.focus()
            return True
        return False


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _store_of(request: FlowRequest) -> Ref:
    """The vector store that is searched: the object itself, or the one around the list."""
    for ref in request.refs:
        if ref.resource == "vector_stores":
            return ref
    return Ref("vector_stores", request.key.parents[0])
