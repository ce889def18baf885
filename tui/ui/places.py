"""The app's tables of screens: a name, and where the class is; imported when it is opened."""

from __future__ import annotations

import importlib
from typing import Any

PAGES: dict[str, str] = {
    "home": "tui.ui.screens.home:HomePage",
    "browser": "tui.ui.screens.browser:BrowserPage",
    "object": "tui.ui.screens.object:ObjectPage",
    "completion": "tui.ui.screens.completion:CompletionPage",
    "chat": "tui.ui.screens.chat:ChatPage",
    "tuning": "tui.ui.screens.tuning:TuningPage",
    "thread": "tui.ui.screens.thread:ThreadPage",
    "transfers": "tui.ui.screens.transfers:TransfersPage",
    "requests": "tui.ui.screens.requests:RequestsPage",
    "profiles": "tui.ui.screens.profiles:ProfilesPage",
    "notices": "tui.ui.screens.notices:NoticesPage",
    "ledger": "tui.ui.screens.ledger:LedgerPage",
}
"""Full screens, made as `Page(session, route)`."""

FLOWS: dict[str, str] = {
    "upload": "tui.ui.screens.upload:UploadScreen",
    "download": "tui.ui.screens.download:DownloadScreen",
    "content": "tui.ui.screens.content:ContentScreen",
    "search": "tui.ui.screens.vector_search:VectorSearchScreen",
    "chat": "tui.ui.screens.chat:ChatPage",
    "thread": "tui.ui.screens.thread:ThreadPage",
}
"""Hand-made flows, made as `Screen(session, request)`."""


def load(place: str) -> Any:
    """The class behind `module:Class`."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)
