"""Refusals in the platform's shape (contract 2.3): `{"error": {message, type, param, code}}`."""

from __future__ import annotations

from collections.abc import Mapping

from tui.sandbox.wire import JsonObject


class ApiError(Exception):
    """An answer that is not a success; handlers raise it, the application writes it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type
        self.param = param
        self.code = code
        self.headers = dict(headers or {})

    def body(self) -> JsonObject:
        """The answer's JSON, always with all four keys."""
        return {
            "error": {
                "message": self.message,
                "type": self.type,
                "param": self.param,
                "code": self.code,
            }
        }


def invalid(message: str, param: str | None = None, *, code: str | None = None) -> ApiError:
    """400: the request itself does not hold."""
    return ApiError(400, message, param=param, code=code)


def not_found(message: str, param: str | None = None, *, code: str | None = None) -> ApiError:
    """404: the object is not there."""
    return ApiError(404, message, param=param, code=code)


def model_not_found(name: str) -> ApiError:
    """404 for a model that the sandbox does not know."""
    return not_found(
        f"The model `{name}` does not exist or you do not have access to it.",
        "model",
        code="model_not_found",
    )


def server_error() -> ApiError:
    """500: a bug of the sandbox; details go to its log, never onto the wire."""
    return ApiError(
        500,
        "The server had an error while processing your request. Sorry about that!",
        type="server_error",
    )
