"""Documents: the one thing of a session for uploads, downloads, searches and parsed texts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from tui.api.operations.vector_stores import GET_VECTOR_STORE_FILE, LIST_VECTOR_STORES
from tui.catalog.descriptor import Tone
from tui.core.clock import Clock
from tui.core.errors import ProblemError, ProblemKind
from tui.core.formats import counted
from tui.store.activity import Activity
from tui.store.downloads import Downloads
from tui.store.file_content import FileContent
from tui.store.ingest import IngestStore, UploadActivity
from tui.store.ingest_server import Made
from tui.store.local_paths import PathOffer, offer_paths
from tui.store.notices import Notices
from tui.store.parsed_content import ParsedContent
from tui.store.ports import Api
from tui.store.vector_search import VectorSearch
from tui.store.views import ProfileView
from tui.worker.lanes import Lane, Scope
from tui.worker.scheduler import Scheduler

MOST_STORES = 50
"""Vector stores that are asked for a file, the newest first."""


class Documents:
    """What screens about files and vector stores ask, beyond lists and objects."""

    def __init__(
        self,
        api: Api,
        *,
        scheduler: Scheduler,
        scope: Scope,
        clock: Clock,
        profile: ProfileView,
        notices: Notices,
        work: Activity,
        outdate: Callable[[str], None],
        journals: Path | None = None,
        made: Made = lambda _ref, _record: None,
    ) -> None:
        """`scope` is the app's; `outdate` hears of resources whose lists are stale; `journals` is
        the folder by which uploads survive the program; `made` hears of what uploads make."""
        self._api = api
        self._scheduler = scheduler
        self._clock = clock
        self._searches: dict[str, VectorSearch] = {}
        self._work = work
        self._notices = notices
        self._outdate = outdate
        self.ingest = IngestStore(
            api,
            scheduler=scheduler,
            scope=scope,
            clock=clock,
            # The sandbox is another port each time, and the same server all the same.
            server=profile.name if profile.kind == "sandbox" else f"{profile.name} {profile.host}",
            folder=journals,
            changed=self._changed,
            made=made,
            more_types=profile.kind != "openai",
        )
        self.downloads = Downloads(
            api, scheduler=scheduler, scope=scope, clock=clock, notices=notices
        )
        self._stop = self.ingest.activity.subscribe(self._uploading)

    async def look_back(self) -> None:
        """Tell of uploads that an earlier run of the program left unfinished."""
        left = await self.ingest.load_interrupted()
        if left:
            words = counted(left, "upload was", "uploads were")
            self._notices.tell(f"{words} interrupted: open Transfers to go on", tone=Tone.WARN)

    def search(self, store: str) -> VectorSearch:
        """The search lab of a store; it keeps its history for as long as the program runs."""
        if store not in self._searches:
            self._searches[store] = VectorSearch(
                store, self._api, scheduler=self._scheduler, clock=self._clock
            )
        return self._searches[store]

    def content(self, file: str, name: str, scope: Scope) -> FileContent:
        """What a file holds, read for that scope; its name tells how to show it."""
        return FileContent(file, name, self._api, scheduler=self._scheduler, scope=scope)

    async def find_store(self, file: str, scope: Scope) -> str | None:
        """A vector store that holds a file: files do not say, so the stores are asked one by one.

        Raises `ProblemError` when the stores cannot be listed.
        """
        page = await self._scheduler.submit(
            ("stores-of", file),
            scope=scope,
            lane=Lane.INTERACTIVE,
            run=lambda: self._api.page(LIST_VECTOR_STORES, query={"order": "desc"}),
        )
        for store in page.items[:MOST_STORES]:
            path = {"vector_store_id": store.id, "file_id": file}
            look = self._scheduler.submit(
                ("store-holds", store.id, file),
                scope=scope,
                lane=Lane.INTERACTIVE,
                run=partial(self._api.call, GET_VECTOR_STORE_FILE, path=path),
            )
            try:
                await look
            except ProblemError as error:
                if error.problem.kind is not ProblemKind.NOT_FOUND:
                    raise
            else:
                return store.id
        return None

    async def offer_paths(self, text: str, scope: Scope) -> PathOffer:
        """What a typed path may become."""
        return await self._scheduler.in_thread(
            ("paths", text), scope=scope, lane=Lane.INTERACTIVE, work=lambda: offer_paths(text)
        )

    def parsed(self, store: str, file: str, scope: Scope) -> ParsedContent:
        """The text that a store read from a file, read for that scope."""
        return ParsedContent(store, file, self._api, scheduler=self._scheduler, scope=scope)

    @property
    def busy(self) -> bool:
        """Whether leaving the program now would interrupt an upload or a download."""
        return self.ingest.busy or self.downloads.busy

    async def close(self) -> None:
        """Stop; unfinished uploads stay in their journals."""
        self._stop()
        await self.ingest.close()

    def _changed(self, resources: tuple[str, ...]) -> None:
        for resource in resources:
            self._outdate(resource)

    def _uploading(self, activity: UploadActivity) -> None:
        self._work.uploading(activity.files, activity.share)
