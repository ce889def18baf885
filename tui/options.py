"""What the command line asked the app for. Standard library only: it is built before any import."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AppOptions:
    """The arguments of `cupola [RESOURCE|ID]`; `None` and `False` where nothing was said."""

    target: str | None = None
    """A resource's name or alias, or any object's id."""
    profile: str | None = None
    sandbox: bool = False
    read_only: bool = False
    base_url: str | None = None
    config: Path | None = None
    theme: str | None = None
    stock_driver: bool = False
    """Textual's own terminal driver instead of ours, to tell whose fault something is."""
