"""An open thread: what was said, what is said next, and the runs that answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from tui.catalog.descriptor import Action, Target
from tui.store.thread_views import RUNS, THREADS, ThreadView
from tui.store.views import CollectionKey, CollectionView, Ref
from tui.ui.binding import bind
from tui.ui.navigation import FlowRequest, Route
from tui.ui.styles import sheet
from tui.ui.thread_showing import ThreadShowing
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.detail import Detail
from tui.ui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from tui.store.session import Session

SECOND = 1.0


class ThreadPage(ThreadShowing):
    """`Route("thread", "threads", id)`, or a flow: a new thread, or the outputs of a run."""

    CSS_PATH = sheet("screens/thread.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i,enter", "write", "write", key_display="⏎"),
        Binding("ctrl+r", "run", "run", key_display="^r", tooltip="Run with an assistant"),
        Binding("o", "outputs", "outputs", tooltip="Give the outputs that the run waits for"),
        Binding("ctrl+o", "outputs", "outputs", key_display="^o", priority=True),
        Binding("x", "cancel_run", "stop run", tooltip="Cancel the run under way"),
        Binding("ctrl+x", "cancel_run", "stop run", key_display="^x", priority=True),
        Binding("d", "runs", "runs", tooltip="Show or hide the runs and their steps"),
        Binding("y", "raw", "raw JSON"),
        Binding("Y", "copy_message", "copy message", show=False),
        Binding("B", "copy_code", "copy code", show=False),
        Binding("W", "copy_all", "copy all", show=False),
        Binding("c", "copy_id", "copy id", show=False),
        Binding("C", "copy_curl", "copy as curl", show=False),
        Binding("M", "child('threads.messages')", "messages", show=False),
        Binding("R", "child('threads.runs')", "list of runs", show=False),
        Binding("r", "refresh", "refresh", show=False),
    ]

    def __init__(self, session: Session, asked: Route | FlowRequest) -> None:
        super().__init__(session, route_of(asked))
        self.resource = session.catalog[THREADS]
        self.thread = (
            session.threads.open(self.route.id) if self.route.id else session.threads.begin()
        )
        self._asks_outputs = (
            isinstance(asked, FlowRequest) and asked.action.op is None and bool(self.route.id)
        )
        self.raw_shown = self.route.raw
        self._there = False
        if isinstance(asked, FlowRequest) and asked.refs and not self.route.id:
            self.settings = {"assistant_id": asked.refs[0].id}
        self.bind_actions(self.resource, of_one=True)

    def shown(self, view: ThreadView) -> None:
        if self._asks_outputs and view.required is not None:
            self._asks_outputs = False
            self.action_outputs()

    def on_mount(self) -> None:
        self.thread.seen(1)
        for widget in (self.problem, self.waits, self.nothing, self.raw):
            widget.display = False
        bind(self, self.assistants.view, self._show_assistants)
        bind(self, self.thread.view, self.show)
        bind(self, self.thread.draft, self.composer.show_text)
        self.set_interval(SECOND, self.tick)
        (self.transcript if self.thread.id else self.composer).focus()
        if not self.thread.id and not self.settings:
            self.call_after_refresh(self.action_run)

    def on_unmount(self) -> None:
        self.thread.seen(-1)

    def on_screen_suspend(self) -> None:
        self.thread.seen(-1)

    def on_screen_resume(self) -> None:
        if self._there:
            self.thread.seen(1)
        self._there = True

    def _show_assistants(self, view: CollectionView) -> None:
        if not view.end:
            self.assistants.need(view.loaded + 1)
        self.show_crumbs()

    # What the person does.

    @on(Composer.Written)
    def _written(self, message: Composer.Written) -> None:
        message.stop()
        self.thread.draft.set(message.text)

    @on(Composer.Sent)
    def _sent(self, message: Composer.Sent) -> None:
        message.stop()
        if not message.text.strip():
            return
        if self.thread.id:
            refused = self.refuse(self.thread.send(message.text))
        elif not self.settings:
            self.action_run()
            return
        else:
            refused = self.refuse(self.thread.create_and_run(self._new_thread(message.text)))
        if not refused:
            self.transcript.action_end()

    def _new_thread(self, text: str) -> Mapping[str, Any]:
        """The body of a thread and its first run, what is written as the last message."""
        given = self.settings.get("thread")
        thread = dict(given) if isinstance(given, Mapping) else {}
        messages = [*(thread.get("messages") or ()), {"role": "user", "content": text}]
        return {**self.settings, "thread": {**thread, "messages": messages}}

    @on(Composer.Left)
    def _left(self, message: Composer.Left) -> None:
        message.stop()
        if self.transcript.display:
            self.transcript.focus()
        else:
            self.action_back()

    @on(Transcript.NearStart)
    def _near_start(self, message: Transcript.NearStart) -> None:
        message.stop()
        if self.view.older:
            self.thread.need_older()

    @on(Transcript.FollowChanged)
    def _follow_changed(self, message: Transcript.FollowChanged) -> None:
        message.stop()
        self.state_line.show_right(self.right_words(self.view))

    @on(Detail.Followed)
    def _followed(self, message: Detail.Followed) -> None:
        message.stop()
        self.go(Route.of(message.ref))

    def settings_chosen(self) -> None:
        self.show(self.view)
        if not self.thread.id:
            self.composer.focus()

    def go_inward(self) -> bool:
        if self.raw_shown:
            self.action_raw()
        elif self.has_class("-runs") and not self.transcript.has_focus:
            self.action_runs()
        else:
            return False
        return True

    def action_write(self) -> None:
        self.composer.focus()

    def action_runs(self) -> None:
        """Show the runs where they are hidden for want of room, or hide them."""
        self.toggle_class("-runs")
        shown = self.run_tree.region.height > 0
        self.call_after_refresh((self.transcript if shown else self.run_tree).focus)

    def action_raw(self) -> None:
        self.raw_shown = not self.raw_shown
        if self.raw_shown:
            self.raw.show(dict(self.raw_object()))
        self.show(self.view)
        (self.raw if self.raw_shown else self.transcript).focus()

    def action_refresh(self) -> None:
        self.thread.refresh()

    def action_copy_id(self) -> None:
        self.copy(self.thread.id, "Id")

    def action_copy_curl(self) -> None:
        if self.resource.get_op is not None:
            words = self.session.curl(self.resource.get_op, ref=self.ref)
            self.copy(words, "The request as curl")

    def action_child(self, resource: str) -> None:
        if self.thread.id:
            self.go(Route("browser", resource, parents=(self.thread.id,)))

    def targets_of(self, action: Action) -> tuple[Ref, ...]:
        return () if action.target is Target.COLLECTION or not self.thread.id else (self.ref,)

    @property
    def action_key(self) -> CollectionKey:
        return CollectionKey(THREADS)

    def acted(self, action: Action) -> None:
        if action.removes:
            self.action_back()


def route_of(asked: Route | FlowRequest) -> Route:
    """The page's route, whether it was opened as a place or by an action."""
    if isinstance(asked, Route):
        return asked
    ref = asked.refs[0] if asked.refs else None
    if ref is not None and ref.resource == RUNS:
        return Route("thread", THREADS, ref.parents[0])
    return Route("thread", THREADS)
