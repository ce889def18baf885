"""What the whole suite tells at its end: how much of the API is reached, counted, not written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

INDEX = Path(__file__).parent / "contract" / "operations.json"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Told by the controller, since what workers print is lost."""
    from tests.catalog.test_catalog import RESOURCES, operations_of
    from tui.api.operations import all_operations
    from tui.sandbox.handlers import served_operations

    seed = {row["id"] for row in json.loads(INDEX.read_text("utf-8")) if row["tier"] == "seed"}
    reached = {op.id for resource in RESOURCES for op in operations_of(resource)}
    known = {op.id for op in all_operations()}
    for words, found in (
        ("reachable", reached),
        ("known to the client", known),
        ("served by the sandbox", set(served_operations())),
    ):
        terminalreporter.write_line(f"seed operations {words}: {len(found & seed)} / {len(seed)}")
