"""An app around one page, over a real session on the real sandbox or on a scripted client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen

from tests.store.chat_world import Script
from tui.api.records import Record
from tui.catalog.registry import Catalog
from tui.core.cell import flush
from tui.core.clock import Clock, ManualClock
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.log import RequestLog
from tui.store.session import Session
from tui.store.views import ProfileView
from tui.ui.styles import app_sheets
from tui.ui.theme import DEFAULT_THEME, THEMES
from tui.worker.scheduler import Scheduler


class Answer:
    """One object, or a page of them, as the client gives it."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.record = Record(raw)
        self.headers: Mapping[str, str] = {}
        rows = raw.get("data") or ()
        self.poll_after: float | None = None
        self.items = tuple(Record(row) for row in rows)
        self.next = raw.get("next")


class ScriptedClient:
    """Answers by operation; streams come from scripts."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.scripts: list[Script] = []
        self.bodies: list[Mapping[str, Any]] = []
        self.calls: list[tuple[str, Any]] = []

    def _answer(self, op: Any, **asked: Any) -> Answer:
        self.calls.append((op.id, asked))
        answer = self.answers.get(op.id)
        if callable(answer):
            answer = answer(**asked)
        if isinstance(answer, Problem):
            raise ProblemError(answer)
        if answer is None:
            raise ProblemError(Problem("Not here", kind=ProblemKind.NOT_FOUND, status=404))
        return Answer(answer)

    async def call(self, op: Any, **asked: Any) -> Answer:
        return self._answer(op, **asked)

    async def page(self, op: Any, **asked: Any) -> Answer:
        return self._answer(op, **asked)

    def stream(self, op: Any, *, body: Mapping[str, Any] | None = None, **_: Any) -> Script:
        self.bodies.append(body or {})
        return self.scripts.pop(0)

    def curl(self, op: Any, **_: Any) -> str:
        return f"curl {op.path}"

    async def aclose(self) -> None:
        pass


def session_over(client: Any, clock: Clock | None = None, *, read_only: bool = False) -> Session:
    """A session with the real catalogue and worker."""
    clock = clock or ManualClock()
    return Session(
        client,
        scheduler=Scheduler(clock),
        catalog=Catalog(),
        clock=clock,
        profile=ProfileView("sandbox", "sandbox", "127.0.0.1", read_only=read_only, has_key=True),
        request_log=RequestLog(clock),
    )


class PageApp(App[None]):
    """Shows one page; what the page asks of the app is only written down."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self, session: Session, page: Callable[[Session], Screen[None]], theme: str = DEFAULT_THEME
    ) -> None:
        super().__init__(css_path=app_sheets())
        self.animation_level = "none"
        self.session = session
        self._page = page
        self.seen: list[Message] = []
        for each in THEMES:
            self.register_theme(each)
        self.theme = theme

    def on_mount(self) -> None:
        self.push_screen(self._page(self.session))

    def hear(self, message: Message) -> None:
        if not any(message is known for known in self.seen):
            self.seen.append(message)

    def heard(self, kind: type[Message]) -> list[Any]:
        return [message for message in self.seen if type(message) is kind]


async def settle(app: PageApp, pilot: Pilot[None], *, streams: bool = True) -> None:
    """Until nothing is under way and everything is drawn."""
    for _ in range(2):
        await app.session.idle(streams=streams)
        flush()
        await pilot.pause()


@asynccontextmanager
async def page_app(
    session: Session,
    page: Callable[[Session], Screen[None]],
    size: tuple[int, int] = (100, 30),
    theme: str = DEFAULT_THEME,
) -> AsyncIterator[tuple[PageApp, Pilot[None]]]:
    """A running app around a page, settled."""
    app = PageApp(session, page, theme)
    async with app.run_test(size=size, message_hook=app.hear) as pilot:
        await settle(app, pilot)
        yield app, pilot
    await session.close()
