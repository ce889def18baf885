"""Settings and profiles as values: what they may hold, and what they hold when nothing is said.

Reading, layering and saving them is the work of `profiles`.
"""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit, urlunsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from tui.core.keys import KeySource, LiteralKey, parse_key_source

OPENAI_BASE_URL = "https://api.openai.com/v1"
SANDBOX = "sandbox"
"""The built-in profile, always there."""
OPENAI = "openai"
"""The implicit profile that the environment's `OPENAI_*` feeds, and no other."""


class ServerKind(StrEnum):
    """What sort of server a profile speaks to (contract 8)."""

    OPENAI = "openai"
    AZURE = "azure"
    """The `/openai/v1` surface."""
    COMPATIBLE = "compatible"
    SANDBOX = "sandbox"


_ENDPOINTS = re.compile(
    r"/(chat/completions|completions|responses|embeddings|models|files|vector_stores)/*$"
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWN_HEADERS = {"authorization", "api-key", "content-length", "content-type", "connection"}
"""Headers that the client sets itself; a key among them would escape the rules for keys."""


def normalise_base_url(text: str) -> str:
    """A pasted address as a base URL: scheme, no trailing slash, no endpoint, `/v1` if no path.

    Raises `ValueError` for what is no http(s) address, and for one that carries credentials.
    """
    address = text.strip()
    if not address or any(c.isspace() or not c.isprintable() for c in address):
        raise ValueError("an address such as https://host/v1 is wanted")
    if "://" not in address:
        host = urlsplit(f"//{address}").hostname or ""
        address = f"{'http' if is_loopback_host(host) else 'https'}://{address}"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("the address has a broken host or port") from None
    if parts.scheme.lower() not in {"http", "https"}:
        raise ValueError("the address must begin with http:// or https://")
    if not host:
        raise ValueError("the address names no host")
    if "@" in parts.netloc:
        raise ValueError("the address carries credentials: name a key source instead")
    path = _ENDPOINTS.sub("", re.sub(r"/{2,}", "/", parts.path)).rstrip("/")
    azure = kind_of_host(host) is ServerKind.AZURE
    if azure and path in {"", "/openai"}:
        path = "/openai/v1"
    netloc = f"[{host}]" if ":" in host else host
    if port is not None:
        netloc += f":{port}"
    return urlunsplit(SplitResult(parts.scheme.lower(), netloc, path or "/v1", "", ""))


def is_loopback_host(host: str) -> bool:
    """Whether a host name is this machine: what goes there needs no encryption."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def kind_of_host(host: str) -> ServerKind:
    """What a host name says of the server behind it."""
    host = host.lower().rstrip(".")
    if host == "api.openai.com" or host.endswith(".api.openai.com"):
        return ServerKind.OPENAI
    if host.endswith(
        (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")
    ):
        return ServerKind.AZURE
    return ServerKind.COMPATIBLE


def origin(base_url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what a key belongs to. Empty host for what is no address."""
    parts = urlsplit(base_url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or (443 if scheme == "https" else 80)


def kind_of_address(base_url: str) -> ServerKind:
    """`kind_of_host` of a base URL."""
    return kind_of_host(urlsplit(base_url).hostname or "")


def same_place(one: str, other: str) -> bool:
    """Whether two addresses are one server as far as keys go (OpenAI's regions are one)."""
    if origin(one) == origin(other):
        return True
    return all(
        urlsplit(url).scheme == "https" and kind_of_address(url) is ServerKind.OPENAI
        for url in (one, other)
    )


def _key_source(value: object) -> object:
    if value is None or not isinstance(value, str | list | tuple):
        return value
    return parse_key_source(value)


Key = Annotated[KeySource | None, BeforeValidator(_key_source), Field(repr=False)]


class Profile(BaseModel):
    """One server and the credentials for it: a `[profiles.NAME]` table (contract 8)."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=60)
    kind: ServerKind = ServerKind.OPENAI
    base_url: str = ""
    """Normalised. Empty only for a sandbox that Cupola starts itself."""
    key: Key = None
    admin_key: Key = None
    organization: str | None = None
    project: str | None = None
    read_only: bool = False
    query: dict[str, str] = Field(default_factory=dict)
    """Parameters sent with every request, such as `api-version`."""
    headers: dict[str, str] = Field(default_factory=dict, repr=False)
    connect_timeout: float = Field(default=5.0, gt=0, le=300)
    """Seconds."""
    read_timeout: float = Field(default=120.0, gt=0, le=3600)
    """Seconds without a byte of the answer."""
    ca_bundle: Path | None = None
    color: str | None = Field(default=None, max_length=40)
    """Of the band on top: a colour name or #rrggbb."""

    @field_validator("name")
    @classmethod
    def _printable_name(cls, name: str) -> str:
        if name != name.strip() or not name.isprintable():
            raise ValueError("a profile's name is plain printable text")
        return name

    @field_validator("base_url")
    @classmethod
    def _normal_address(cls, text: str) -> str:
        return normalise_base_url(text) if text.strip() else ""

    @field_validator("organization", "project")
    @classmethod
    def _header_text(cls, text: str | None) -> str | None:
        text = (text or "").strip()
        if not (text.isascii() and text.isprintable()):
            raise ValueError("plain characters only: it is sent as a header")
        return text or None

    @field_validator("headers")
    @classmethod
    def _sendable_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not _HEADER_NAME.fullmatch(name) or not (value.isascii() and value.isprintable()):
                raise ValueError("header names and values are plain characters on one line")
            if name.lower() in _OWN_HEADERS:
                raise ValueError(f"{name} is set by Cupola: name a key source for credentials")
        return headers

    @field_validator("query", "headers", mode="before")
    @classmethod
    def _texts(cls, table: Any) -> Any:
        """Numbers and booleans are welcome as values: TOML has them, URLs do not."""
        if not isinstance(table, dict):
            return table
        return {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in table.items()
            if isinstance(value, str | int | float)
        }

    @field_validator("color")
    @classmethod
    def _color_name(cls, color: str | None) -> str | None:
        if color is not None and not re.fullmatch(r"#[0-9a-fA-F]{6}|[a-z][a-z0-9_ -]*", color):
            raise ValueError("a colour is a name or #rrggbb")
        return color

    @field_validator("ca_bundle")
    @classmethod
    def _home_path(cls, path: Path | None) -> Path | None:
        return path.expanduser() if path is not None else None

    @model_validator(mode="after")
    def _address_of_kind(self) -> Profile:
        if not self.base_url:
            if self.kind is ServerKind.OPENAI:
                object.__setattr__(self, "base_url", OPENAI_BASE_URL)
            elif self.kind is not ServerKind.SANDBOX:
                raise ValueError(f"a profile of kind {self.kind} needs a base_url")
        return self

    @property
    def sandbox(self) -> bool:
        return self.kind is ServerKind.SANDBOX

    @property
    def starts_sandbox(self) -> bool:
        """Whether Cupola starts, or attaches to, its own sandbox for this profile."""
        return self.kind is ServerKind.SANDBOX and not self.base_url

    @property
    def unencrypted(self) -> bool:
        """Whether a key would travel readable over a network."""
        scheme, host, _ = origin(self.base_url) if self.base_url else ("https", "", 0)
        return scheme == "http" and not is_loopback_host(host)

    @property
    def has_literal_key(self) -> bool:
        return isinstance(self.key, LiteralKey) or isinstance(self.admin_key, LiteralKey)


class Settings(BaseModel):
    """What holds for all profiles: the top level of the settings file."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    theme: str = Field(default="dark", min_length=1, max_length=60)
    """`dark`, `light`, or the name of any theme of the app."""
    default_profile: str | None = None
    """What opens when neither a flag nor the environment chooses."""
    read_only: bool = False
    """For every profile; nothing is changed or stored on any server."""
    page_size: int | None = Field(default=None, ge=1, le=100)
    """Rows asked for at once; unset: what suits each list."""
    confirm_typed_from: int = Field(default=2, ge=1)
    """Deleting this many objects at once wants the count typed."""
    uploads_at_once: int = Field(default=3, ge=1, le=10)
    clipboard: Literal["auto", "osc52", "off"] = "auto"


def sandbox_profile() -> Profile:
    """The built-in profile: the embedded platform, no key needed."""
    return Profile(name=SANDBOX, kind=ServerKind.SANDBOX)
