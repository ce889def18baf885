"""The store through the real client against the sandbox: files, from list to deletion."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from tui.api.client import Client
from tui.api.endpoint import Endpoint
from tui.api.operations import files as file_operations
from tui.catalog.index import ENTRIES
from tui.catalog.registry import Catalog
from tui.core.clock import SystemClock
from tui.core.log import RequestLog
from tui.core.settings import ServerKind
from tui.sandbox.thread import RunningSandbox, running_sandbox
from tui.store.session import Session
from tui.store.views import ActPhase, CollectionKey, Phase, ProfileView, Ref, SortOrder
from tui.worker.scheduler import Scheduler


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
async def session(sandbox: RunningSandbox, tmp_path: Path):
    clock = SystemClock()
    log = RequestLog(clock)
    endpoint = Endpoint(
        name="sandbox",
        kind=ServerKind.SANDBOX,
        base_url=sandbox.base_url,
        key=SecretStr(sandbox.api_key),
    )
    session = Session(
        Client(endpoint, clock=clock, log=log),
        scheduler=Scheduler(clock),
        catalog=Catalog(),
        clock=clock,
        profile=ProfileView("sandbox", "sandbox", "127.0.0.1"),
        request_log=log,
        ledger_path=tmp_path / "ledger.sqlite3",
        names=ENTRIES,
    )
    yield session
    await session.close()


async def test_files_from_upload_to_deletion(session: Session, tmp_path: Path) -> None:
    for number in range(3):
        source = tmp_path / f"notes {number}.txt"
        source.write_text(f"The plan number {number}.\n" * (number + 1))
        await session.client.upload(source, purpose="assistants")
    scope = session.scope("files")
    files = session.collection(CollectionKey("files"), scope)
    await session.idle()
    view = files.view.value
    assert view.phase is Phase.READY and view.shown == 3 and view.end
    assert all(cell.text for cell in view.rows.row(0).cells)
    files.set_filter("notes !2")
    files.sort_by(SortOrder(view.rows.columns[0].key))
    await session.idle()
    names = [
        session.entities.get(files.view.value.rows.ref(index)).raw["filename"]  # type: ignore[union-attr]
        for index in range(files.view.value.shown)
    ]
    assert sorted(names) == ["notes 0.txt", "notes 1.txt"]
    files.set_filter("")
    files.sort_by(None)

    ref = files.view.value.rows.ref(0)
    content = session.read_content(ref, file_operations.DOWNLOAD_FILE, scope)
    entity = session.entity(ref, scope)
    entity.refresh()
    await session.idle()
    assert entity.view.value.phase is Phase.READY and entity.view.value.sections
    shown = content.view.value
    assert shown.phase in {Phase.READY, Phase.FAILED}
    saved = await session.download(
        ref, file_operations.DOWNLOAD_FILE, tmp_path / "saved.txt"
    ).finished()
    assert (saved.phase is ActPhase.DONE) == (tmp_path / "saved.txt").exists()

    delete = next(action for action in session.catalog["files"].actions if action.removes)
    act = await session.act(delete, [ref]).finished()
    assert act.phase is ActPhase.DONE
    await session.idle()
    assert files.view.value.shown == 2 and session.entities.get(ref) is None
    assert session.notices.value[-1].text.endswith("deleted")
    assert {entry.operation for entry in session.requests.value} >= {"listFiles", "deleteFile"}


async def test_an_id_that_is_not_there(session: Session) -> None:
    entity = session.entity(Ref("files", "file-nobody"), session.scope("detail"))
    await session.idle()
    view = entity.view.value
    assert view.phase is Phase.FAILED and view.problem is not None
    assert view.problem.request_id


async def test_finding_by_the_index(session: Session) -> None:
    found = session.resolve("vs")
    assert found is not None and found.resource == "vector_stores"
    by_id = session.resolve("vs_68f0")
    assert by_id is not None and (by_id.resource, by_id.id) == ("vector_stores", "vs_68f0")
    assert "files" in [offer.text for offer in session.complete("fi")]
