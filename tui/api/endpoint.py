"""Where requests go: one server, its keys, and how patient to be with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from pydantic import SecretStr

from tui.core.settings import ServerKind, is_loopback_host

EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A profile as the client needs it: resolved, with the keys in hand. Times are seconds."""

    name: str
    kind: ServerKind
    base_url: str
    key: SecretStr | None = None
    admin_key: SecretStr | None = None
    organization: str | None = None
    project: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    connect_timeout: float = 5.0
    read_timeout: float = 600.0
    """The longest silence of a server that thinks or streams."""
    list_deadline: float = 30.0
    """The longest that a reading request may take in all."""
    ca_bundle: Path | None = None
    read_only: bool = False

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or ""

    @property
    def loopback(self) -> bool:
        """Whether the server is on this machine: no proxy may see what goes there."""
        return is_loopback_host(self.host)

    def url(self, path: str) -> str:
        """The absolute URL of a path below the base, joined with exactly one slash."""
        return f"{self.base_url.rstrip('/')}/{path.lstrip('/')}"
