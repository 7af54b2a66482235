"""The one mapping from errors to HTTP: `{"error": {"message", "type", "param", "code"}}` with string codes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.responses import JSONResponse

from agents.errors import (
    ConfigurationError,
    InputError,
    ModelError,
    ModelUnavailable,
    NoSandbox,
    RenderError,
    RetrievalError,
    SandboxError,
    StorageError,
    TutorError,
)


class ErrorDetail(BaseModel):
    message: str
    type: str
    param: str | None
    code: str


class ErrorBody(BaseModel):
    """OpenAI's error shape."""

    error: ErrorDetail


class ApiError(Exception):
    """A refusal that belongs to HTTP itself (keys, sizes, unknown models), not to the tutor's work."""

    def __init__(
        self, status: int, code: str, message: str, param: str | None = None, *, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.headers = headers


# From the most special to the most general: the first class that fits decides.
STATUS: tuple[tuple[type[TutorError], int], ...] = (
    (InputError, 400),
    (ModelUnavailable, 503),
    (ModelError, 502),
    (NoSandbox, 503),
    (SandboxError, 500),
    (RetrievalError, 503),
    (RenderError, 500),
    (StorageError, 507),
    (ConfigurationError, 500),
    (TutorError, 500),
)
TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
INTERNAL = "something went wrong inside HiSolver; the server's log has the details"


def to_api_error(error: BaseException) -> ApiError:
    """What the client is told about `error`: for errors of ours the message, for all others nothing but that it happened."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, TutorError):
        status = next(status for kind, status in STATUS if isinstance(error, kind))
        headers = (("retry-after", "5"),) if status == 503 else ()
        return ApiError(status, error.code, error.message, error.param, headers=headers)
    if isinstance(error, TimeoutError):
        return ApiError(504, "timeout", "the request took longer than the server allows")
    return ApiError(500, "internal_error", INTERNAL)


def error_body(error: ApiError) -> dict[str, Any]:
    """An `ErrorBody` as a dictionary."""
    kind = TYPES.get(error.status, "invalid_request_error" if error.status < 500 else "server_error")
    return {"error": {"message": error.message, "type": kind, "param": error.param, "code": error.code}}


def error_response(error: BaseException, headers: dict[str, str] | None = None) -> JSONResponse:
    told = to_api_error(error)
    return JSONResponse(error_body(told), status_code=told.status, headers={**dict(told.headers), **(headers or {})})


def from_validation(error: ValidationError) -> ApiError:
    """The first fault of a request body, in words for the one who wrote the client. The body itself is not echoed."""
    first: Any = error.errors(include_input=False, include_url=False)[0]
    param = ""
    for part in first["loc"]:
        if isinstance(part, int):
            param += f"[{part}]"
        elif part != "str" and "[" not in part:  # names of a union's members are not part of the client's JSON
            param += f".{part}" if param else part
    code = {"missing": "missing_required_parameter"}.get(
        first["type"], "invalid_type" if first["type"].endswith("_type") else "invalid_value"
    )
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, ValueError) and getattr(cause, "code", None):
        code = cause.code  # type: ignore[attr-defined]
    where = f"{param}: " if param else ""
    return ApiError(400, code, f"{where}{first['msg'].removeprefix('Value error, ')}", param or None)
