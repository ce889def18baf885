"""Who may come in: exact hosts, no browsers, the right key (reliability 6, contract 2.1).

All of it is decided from the request's head, before a byte of the body is read.
"""

from __future__ import annotations

from enum import StrEnum
from hmac import compare_digest

from starlette.datastructures import Headers
from starlette.types import Scope

from tui.sandbox.errors import ApiError, invalid
from tui.sandbox.known_operations import KnownOperation
from tui.sandbox.world import Keys

_HOSTS = ("127.0.0.1", "localhost", "[::1]")

KIB = 1 << 10
MIB = 1 << 20
_FRAMING = 64 * KIB
"""Room for the multipart framing around a file."""
_BODY_LIMITS = {
    "createFile": 512 * MIB + _FRAMING,
    "addUploadPart": 64 * MIB + _FRAMING,
}
BODY_LIMIT = 8 * MIB
"""Bytes of a body on any other route."""


class KeyKind(StrEnum):
    """Which of the two credentials a request carries."""

    PROJECT = "project"
    ADMIN = "admin"


def check_origin(scope: Scope, headers: Headers) -> None:
    """Refuse other hosts (DNS rebinding) and whatever a browser sends across sites: 403."""
    server = scope.get("server") or ("", None)
    port = server[1] or 80
    allowed = {f"{host}:{port}" for host in _HOSTS}
    if port == 80:
        allowed.update(_HOSTS)
    if not scope["path"].startswith("/") or headers.get("host", "").lower() not in allowed:
        raise ApiError(403, "This host is not served here.", code="forbidden_host")
    if "origin" in headers:
        raise ApiError(403, "Requests from web pages are refused.", code="forbidden_origin")


def authenticate(headers: Headers, keys: Keys) -> KeyKind:
    """Which key it is. Raises `ApiError` 401; the answer never repeats what was sent."""
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    credential = credential.strip()
    if scheme.lower() != "bearer" or not credential:
        raise ApiError(
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization"
            " header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        )
    given = credential.encode("utf-8", "surrogateescape")
    # Both are compared always, so that the time taken says nothing.
    project = compare_digest(given, keys.api.encode())
    admin = compare_digest(given, keys.admin.encode())
    if admin:
        return KeyKind.ADMIN
    if project:
        return KeyKind.PROJECT
    raise ApiError(401, "Incorrect API key provided.", code="invalid_api_key")


def check_scope(operation: KnownOperation, kind: KeyKind) -> None:
    """Refuse the key of the other kind: 403 with the missing scope."""
    if operation.admin == (kind is KeyKind.ADMIN):
        return
    raise ApiError(
        403,
        "You have insufficient permissions for this operation. Missing scopes:"
        f" {_scope(operation)}. Check that you have the correct role in your organization, and if"
        " you're using a restricted API key, that it has the necessary scopes.",
        code="missing_scope",
    )


def _scope(operation: KnownOperation) -> str:
    if not operation.admin:
        return "api.model.read" if operation.path.startswith("/models") else "model.request"
    action = "read" if operation.method == "GET" else "write"
    for prefix, section in (
        ("/organization/usage", "usage"),
        ("/organization/costs", "usage"),
        ("/organization/audit_logs", "audit_logs"),
    ):
        if operation.path.startswith(prefix):
            return f"api.{section}.{action}"
    return f"api.management.{action}"


def check_beta(operation: KnownOperation, headers: Headers) -> None:
    """Demand the beta header where the platform does (contract 2.1)."""
    if operation.beta is None:
        return
    given = {value.strip() for value in headers.get("openai-beta", "").split(",")}
    if operation.beta not in given:
        raise invalid(
            "You must provide the 'OpenAI-Beta' header to access this API. Please try again by"
            f" setting the header 'OpenAI-Beta: {operation.beta}'.",
            code="invalid_beta",
        )


def body_limit(operation: KnownOperation) -> int:
    """How many bytes of body the operation takes."""
    return _BODY_LIMITS.get(operation.id, BODY_LIMIT)


def too_large(limit: int) -> ApiError:
    """413."""
    return ApiError(
        413,
        f"The request body is larger than the maximum of {limit} bytes.",
        code="request_too_large",
    )
