"""The headers of a request: which key, which beta, who asks (contract 2.1)."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from tui import __version__
from tui.api.endpoint import Endpoint
from tui.api.operation import Operation
from tui.api.problems import needs_admin, no_key, unsendable_key
from tui.core.errors import ProblemError
from tui.core.log import KeyUsed
from tui.core.settings import ServerKind

JSON = "application/json"
EVENTS = "text/event-stream"
BYTES = "application/binary"

PRIVATE = frozenset({"authorization", "api-key", "openai-organization", "openai-project", "cookie"})
"""What never goes to another host than the endpoint's own (lower case)."""


def key_used(endpoint: Endpoint, operation: Operation) -> KeyUsed:
    """Which credential a request of this operation carries."""
    if operation.admin:
        return KeyUsed.ADMIN
    return KeyUsed.PROJECT if endpoint.key is not None else KeyUsed.NONE


def key_for(endpoint: Endpoint, operation: Operation) -> SecretStr | None:
    """The key for an operation. Raises `ProblemError` where the wanted one is missing.

    Servers of kind compatible and sandbox may do without a project key.
    """
    if operation.admin:
        if endpoint.admin_key is None:
            raise ProblemError(needs_admin(endpoint, operation))
        return endpoint.admin_key
    if endpoint.key is None and endpoint.kind in (ServerKind.OPENAI, ServerKind.AZURE):
        raise ProblemError(no_key(endpoint))
    return endpoint.key


def request_headers(
    endpoint: Endpoint, operation: Operation, *, accept: str = JSON
) -> dict[str, str]:
    """All headers but those of the body. Raises `ProblemError` for a missing or broken key."""
    headers = {
        **common_headers(endpoint, operation, accept=accept),
        "User-Agent": f"cupola/{__version__}",
        # What the client can unpack within its limits; streams and files come as they are.
        "Accept-Encoding": "gzip, deflate" if accept == JSON else "identity",
    }
    key = key_for(endpoint, operation)
    if key is not None:
        value = key.get_secret_value().strip()
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            raise ProblemError(unsendable_key(endpoint))
        name, prefix = credential_header(endpoint)
        headers[name] = prefix + value
    return headers


def credential_header(endpoint: Endpoint) -> tuple[str, str]:
    """Name of the header that carries the key, and what stands before the key in it."""
    return ("api-key", "") if endpoint.kind is ServerKind.AZURE else ("Authorization", "Bearer ")


def common_headers(
    endpoint: Endpoint, operation: Operation, *, accept: str = JSON
) -> dict[str, str]:
    """The headers that a copied command shows too: no key, nothing of the client's own."""
    headers = {"Accept": accept, **endpoint.headers}
    if endpoint.organization:
        headers["OpenAI-Organization"] = endpoint.organization
    if endpoint.project:
        headers["OpenAI-Project"] = endpoint.project
    if operation.beta:
        headers["OpenAI-Beta"] = operation.beta
    return headers


def without_private(headers: Mapping[str, str], endpoint: Endpoint) -> dict[str, str]:
    """The headers that may follow a redirect to another host."""
    own = PRIVATE | {name.lower() for name in endpoint.headers}
    return {name: value for name, value in headers.items() if name.lower() not in own}
