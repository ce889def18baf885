"""Which server a command means, and the settings that hold for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.core.paths import Paths
from tui.core.resolution import Flags, Resolved, load


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which server, as the command line said it."""

    profile: str | None = None
    sandbox: bool = False
    base_url: str | None = None
    read_only: bool = False
    config: Path | None = None


def settle(place: Place, environ: Mapping[str, str]) -> tuple[Resolved, Paths]:
    """The settings that hold. Raises `ProblemError` when what was asked for cannot be had."""
    paths = Paths.of_user(place.config)
    flags = Flags(
        profile=place.profile,
        sandbox=place.sandbox,
        read_only=place.read_only,
        base_url=place.base_url,
    )
    return load(flags, environ=environ, paths=paths), paths
