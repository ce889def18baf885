"""Gathers the modules that declare handlers; importing one registers what it serves."""

from __future__ import annotations

from importlib import import_module

from tui.sandbox.registry import declared_operations

_MODULES = (
    "models",
    "files",
    "uploads",
    "vector_stores",
    "vector_store_files",
    "vector_store_batches",
    "vector_store_search",
    "chat",
    "assistants",
    "threads",
    "thread_messages",
    "runs",
    "run_steps",
    "fine_tuning",
    "fine_tuning_permissions",
    "fault_rules",
)
"""Handler modules of this package; a new resource adds its own."""


def load_handlers() -> None:
    """Register every handler."""
    for name in _MODULES:
        import_module(f"tui.sandbox.{name}")


def served_operations() -> frozenset[str]:
    """The ids of the platform's operations that the sandbox serves."""
    load_handlers()
    return declared_operations()
