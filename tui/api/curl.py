"""A request as a command for the shell, with the key's variable in the place of the key."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from tui.api.endpoint import EMPTY, Endpoint
from tui.api.headers import BYTES, JSON, common_headers, credential_header
from tui.api.operation import Operation
from tui.api.requesting import json_body, url_of
from tui.core.log import redact

KEY = "OPENAI_API_KEY"
ADMIN_KEY = "OPENAI_ADMIN_KEY"


def curl_command(
    endpoint: Endpoint,
    operation: Operation,
    *,
    path: Mapping[str, str] = EMPTY,
    query: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
) -> str:
    """The command that does what the client would do; safe to paste and to share."""
    url = redact(url_of(endpoint, operation, path=path, query=query))
    words = [f"curl {shlex.quote(url)}"]
    if operation.method != "GET":
        words.append(f"-X {operation.method}")
    if operation.admin or endpoint.key is not None:
        name, prefix = credential_header(endpoint)
        words.append(f'-H "{name}: {prefix}${ADMIN_KEY if operation.admin else KEY}"')
    headers = common_headers(endpoint, operation, accept=BYTES if operation.binary else JSON)
    words += [f"-H {shlex.quote(redact(f'{name}: {value}'))}" for name, value in headers.items()]
    if operation.multipart:
        words += [f"-F {shlex.quote(field)}" for field in _form(body or {})]
    elif body is not None:
        text = redact(json_body(body).decode("utf-8"))
        words += [f"-H {shlex.quote(f'Content-Type: {JSON}')}", f"-d {shlex.quote(text)}"]
    if operation.binary:
        words.append("--fail -O" if "/" in operation.path else "--fail")
    return " \\\n  ".join(words)


def _form(body: Mapping[str, Any]) -> list[str]:
    fields: list[str] = []
    for name, value in body.items():
        if isinstance(value, Mapping):
            fields += [f"{name}[{key}]={inner}" for key, inner in value.items()]
        elif name in ("file", "data"):
            fields.append(f"{name}=@{value}")
        else:
            fields.append(f"{name}={value}")
    return fields
