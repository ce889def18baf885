"""Threads in a list: what a server lists, then what only the ledger knows, then what is left."""

from __future__ import annotations

from typing import Any

from tests.store.thread_world import Answer, Part
from tests.ui.chat_app import session_over
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.store.session import Session
from tui.store.views import CollectionKey, Phase, Ref

KEY = CollectionKey("threads")


def thread(id: str, **metadata: str) -> dict[str, Any]:
    return {"id": id, "object": "thread", "created_at": 1_795_000_000, "metadata": metadata}


class Server:
    """Has threads; lists them, perhaps."""

    def __init__(self, *ids: str, listed: tuple[str, ...] | None = None, size: int = 2) -> None:
        self.has = {id: thread(id, title=id.upper()) for id in ids}
        self.listed = listed
        self.size = size
        self.fails: Problem | None = None
        self.not_listed = Problem("Not here", kind=ProblemKind.ABSENT, status=404)

    async def call(self, op: Any, *, path: Any, **_: Any) -> Answer:
        if self.fails is not None:
            raise ProblemError(self.fails)
        if path["thread_id"] not in self.has:
            raise ProblemError(Problem("Not found", kind=ProblemKind.NOT_FOUND))
        return Answer(self.has[path["thread_id"]])

    async def page(self, op: Any, *, after: Any = None, **_: Any) -> Part:
        if self.fails is not None:
            raise ProblemError(self.fails)
        if op.id == "listAssistants":
            return Part([], None)
        if self.listed is None:
            raise ProblemError(self.not_listed)
        begin = self.listed.index(after) + 1 if after else 0
        part = self.listed[begin : begin + self.size]
        more = begin + self.size < len(self.listed)
        return Part([self.has[id] for id in part], part[-1] if more else None)

    async def aclose(self) -> None:
        return None


async def listed(session: Session) -> Any:
    collection = session.collection(KEY, session.scope("test"))
    for _ in range(5):
        collection.need(500)
        await session.idle()
    return collection.view.value


def ids(view: Any) -> list[str]:
    return [view.rows.ref(place).id for place in range(view.rows.count)]


def noted(server: Server, *known: str) -> Session:
    session = session_over(server)
    for id in known:
        session.ledger.note(Ref("threads", id), server_record(id))
    return session


def server_record(id: str) -> Any:
    return Answer(thread(id, title=f"noted {id}")).record


async def test_what_the_server_lists_comes_first_and_the_ledger_adds_the_rest() -> None:
    server = Server("a", "b", "c", "d", listed=("a", "b", "c"))
    session = noted(server, "b", "d", "gone")
    view = await listed(session)
    assert ids(view) == ["a", "b", "c", "d"] and view.end and view.phase is Phase.READY
    assert view.problem is None and not view.stale
    assert all(entry.id != "gone" for entry in session.ledger.recent())
    await session.close()


async def test_a_server_that_lists_none_leaves_it_to_the_ledger() -> None:
    for problem in (
        Problem("Not here", kind=ProblemKind.ABSENT),
        Problem("A session key is wanted", kind=ProblemKind.UNAUTHORIZED),
    ):
        server = Server("a", "b")
        server.not_listed = problem
        session = noted(server, "a", "b")
        view = await listed(session)
        assert sorted(ids(view)) == ["a", "b"] and view.problem is None
        await session.close()


async def test_a_section_that_is_gone_keeps_the_ledgers_threads_and_says_why() -> None:
    server = Server()
    server.fails = Problem(
        "openai no longer has Assistants",
        hint="OpenAI removed the Assistants API on 26 Aug 2026.",
        kind=ProblemKind.ABSENT,
    )
    session = noted(server, "a", "b", "c")
    view = await listed(session)
    assert sorted(ids(view)) == ["a", "b", "c"] and view.stale
    assert view.problem.title == "openai no longer has Assistants"
    assert view.problem.detail == "Your ledger has 3 threads"
    titles = {view.rows.row(place).cells[0].text for place in range(3)}
    assert titles == {"noted a", "noted b", "noted c"}
    await session.close()


async def test_without_a_ledger_a_section_that_is_gone_is_just_gone() -> None:
    server = Server()
    server.fails = Problem("no longer", kind=ProblemKind.ABSENT)
    session = noted(server)
    view = await listed(session)
    assert view.phase is Phase.ABSENT and view.rows.count == 0
    await session.close()
    server.fails = Problem("No network", kind=ProblemKind.NETWORK)
    session = noted(server)
    assert (await listed(session)).phase is Phase.FAILED
    await session.close()


async def test_a_server_that_may_have_threads_but_lists_none_is_just_empty() -> None:
    session = noted(Server())
    view = await listed(session)
    assert view.phase is Phase.READY and view.rows.count == 0 and view.end
    await session.close()


async def test_offline_the_ledger_is_there_and_online_it_is_read_again() -> None:
    server = Server("a", listed=("a",))
    server.fails = Problem("No network", kind=ProblemKind.NETWORK, retryable=True)
    session = noted(server, "a")
    view = await listed(session)
    assert ids(view) == ["a"] and view.stale
    server.fails = None
    collection = session.collection(KEY, session.scope("again"))
    collection.retry()
    collection.refresh()
    await session.idle()
    view = collection.view.value
    assert ids(view) == ["a"] and view.problem is None
    assert view.rows.row(0).cells[0].text == "A"
    await session.close()
