"""What broke below HTTP, named: names, ports, certificates, time, half answers."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator

import httpx

from tui.api.endpoint import Endpoint
from tui.api.operation import Effect
from tui.api.problems import uncertain, unexpected, words
from tui.core.errors import Problem, ProblemKind

UNSENT: tuple[type[Exception], ...] = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
)
"""Failures that come before the first byte of a request."""

PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


class DeadlineError(Exception):
    """The whole time that a request may take is over."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no complete answer within {seconds:g} s")
        self.seconds = seconds


class OversizedError(Exception):
    """An answer grew beyond what is taken into memory."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit // (1024 * 1024)} MiB")
        self.limit = limit


class BrokenEncodingError(Exception):
    """A compressed answer that does not unpack."""


FAILURES: tuple[type[Exception], ...] = (
    httpx.HTTPError,
    httpx.InvalidURL,
    DeadlineError,
    OversizedError,
    BrokenEncodingError,
)
"""What an attempt may end with instead of an answer."""


def was_sent(error: Exception) -> bool:
    """Whether any byte of the request may have reached the server."""
    return not isinstance(error, UNSENT)


def is_permanent(error: Exception) -> bool:
    """Whether the next attempt would fail the same way: certificate, name, closed port, time."""
    if isinstance(error, httpx.ConnectError):
        return any(
            isinstance(cause, ssl.SSLError | socket.gaierror | ConnectionRefusedError)
            for cause in _causes(error)
        )
    return isinstance(
        error,
        DeadlineError
        | OversizedError
        | BrokenEncodingError
        | httpx.UnsupportedProtocol
        | httpx.InvalidURL
        | httpx.LocalProtocolError
        | httpx.ProxyError,
    )


def from_error(error: Exception, endpoint: Endpoint, *, effect: Effect, sent: bool) -> Problem:
    """The problem that an exception of the HTTP layer is. `sent`: some byte may have arrived."""
    if effect is Effect.CREATES and sent:
        return uncertain(str(error) or "the connection was lost")
    if isinstance(error, httpx.ConnectError):
        return _connect(error, endpoint)
    if isinstance(error, DeadlineError | httpx.TimeoutException):
        return _timeout(error, endpoint)
    if isinstance(error, OversizedError | BrokenEncodingError | httpx.DecodingError):
        return unexpected(str(error))
    return _broken(error, endpoint)


def _broken(error: Exception, endpoint: Endpoint) -> Problem:
    host = words(endpoint.host)
    match error:
        case httpx.ProxyError():
            return _network("The proxy refused the connection", error, proxy_hint())
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            title = "The base URL is no http(s) address"
            hint = f"Correct the profile {endpoint.name}."
            return Problem(title, words(error), hint, kind=ProblemKind.LOCAL)
        case httpx.LocalProtocolError():
            return Problem("The request cannot be sent", words(error), kind=ProblemKind.LOCAL)
        case httpx.RemoteProtocolError() if "disconnect" not in str(error):
            return _network(f"{host} broke off its answer", error, "Try again in a moment.")
        case _:
            return _network(f"The connection to {host} was lost", error, "Try again in a moment.")


def proxy_hint() -> str:
    """Which of the environment's proxy variables are set, by name."""
    found = [
        name for name in PROXY_VARIABLES if os.environ.get(name) or os.environ.get(name.lower())
    ]
    return f"Check {' and '.join(found)} in the environment." if found else ""


def _connect(error: httpx.ConnectError, endpoint: Endpoint) -> Problem:
    host = words(endpoint.host)
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                detail = f"certificate verify failed: {cause.verify_message}"
                hint = "For a private authority, name its file as ca_bundle in the profile."
                return _network(f"{host} could not be trusted", detail, hint, retryable=False)
            case ssl.SSLError():
                hint = "Does the base URL say https where the server speaks http?"
                detail = cause.reason or str(cause)
                return _network(f"No secure connection to {host}", detail, hint, retryable=False)
            case socket.gaierror():
                hint = f"Check the base URL and the network. {_proxy_hint(endpoint)}".rstrip()
                return _network(f"The name {host} was not found", cause.strerror, hint)
            case ConnectionRefusedError():
                hint = f"Is the server running, and the port right? {_proxy_hint(endpoint)}"
                hint = hint.rstrip()
                return _network(f"{host} refuses connections", "connection refused", hint)
            case OSError() if cause.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
                return _network(f"No way to {host}", cause.strerror, "Check the network.")
            case _:
                continue
    return _network(f"{host} was not reached", error, _proxy_hint(endpoint))


def _proxy_hint(endpoint: Endpoint) -> str:
    return "" if endpoint.loopback else proxy_hint()


def _network(title: str, detail: object, hint: str, *, retryable: bool = True) -> Problem:
    text = words(detail) if detail is not None else ""
    return Problem(title, text, hint, kind=ProblemKind.NETWORK, retryable=retryable)


def _timeout(error: Exception, endpoint: Endpoint) -> Problem:
    host = words(endpoint.host)
    title, detail = f"{host} did not finish its answer in time", words(error)
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        title = f"{host} does not answer"
        detail = f"no connection within {endpoint.connect_timeout:g} s"
    hint = "Try again in a moment."
    return Problem(title, detail, hint, kind=ProblemKind.TIMEOUT, retryable=True)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it came from, the groups of parallel attempts opened."""
    waiting: list[BaseException] = [error]
    known: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in known:
            continue
        known.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.extend(cause for cause in (current.__cause__, current.__context__) if cause)
