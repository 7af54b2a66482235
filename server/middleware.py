"""Around every request, as plain ASGI: a request id, a cap on the body and on its slowness, security headers, one log line, one metric."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Callable
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.auth import Gate
from server.metrics import Metrics
from server.openai.errors import ApiError, error_response
from server.settings import Settings

logger = logging.getLogger("server.access")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; media-src 'self' blob:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "content-security-policy": CSP}


class Envelope:
    """The outermost layer. Errors that nothing below has answered become a 500 in OpenAI's shape here, with the traceback in the log only."""

    def __init__(self, app: ASGIApp, *, settings: Settings, gate: Gate, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._gate = gate
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        started = time.monotonic()
        status = 0

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                dressed = MutableHeaders(raw=message.setdefault("headers", []))
                dressed["x-request-id"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    dressed.setdefault(name, value)
            await send(message)

        try:
            length = headers.get("content-length", "0")
            if length.isdecimal() and (len(length) > 15 or int(length) > self._settings.max_body):
                raise too_large(self._settings.max_body)
            self._gate.check_host(headers)
            await self._app(scope, self._bounded(receive), send_dressed)
        except ApiError as error:
            await error_response(error, {"connection": "close"})(scope, receive, send_dressed)
        except Exception as error:
            logger.exception("request %s failed unexpectedly", request_id)
            if status:
                raise  # too late for an answer: the server cuts the connection
            await error_response(error)(scope, receive, send_dressed)
        finally:
            self._account(scope, status, time.monotonic() - started, request_id)

    def _bounded(self, receive: Receive) -> Receive:
        """`receive` that raises `ApiError` when the body is too large or too slow. Waiting for the client to leave has no limit."""
        limit, left = self._settings.max_body, self._settings.body_timeout
        seen, complete = 0, False

        async def bounded() -> Message:
            nonlocal seen, left, complete
            if complete:
                return await receive()
            before = time.monotonic()
            try:
                async with asyncio.timeout(left):
                    message = await receive()
            except TimeoutError:
                raise ApiError(408, "request_timeout", "the request's body did not arrive in time") from None
            left = max(left - (time.monotonic() - before), 0.001)
            seen += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if seen > limit:
                raise too_large(limit)
            return message

        return bounded

    def _account(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        # The route's template, not the path: a client cannot make up new series.
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "OPTIONS") else "other"
        self._metrics.requests.labels(method, route, str(status or 499)).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)
        logger.info("%s %s %d %.0f ms %s", method, quote(scope["path"])[:200], status or 499, seconds * 1000, request_id)


def too_large(limit: int) -> ApiError:
    return ApiError(413, "request_too_large", f"the request's body is larger than {limit} bytes")


class EscapingFormatter(logging.Formatter):
    """Writes control characters of a message as escapes, so that nobody forges log lines or drives the terminal. Tracebacks stay as they are."""

    _control = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")

    def formatMessage(self, record: logging.LogRecord) -> str:
        replace: Callable[[re.Match[str]], str] = lambda match: match[0].encode("unicode_escape").decode()  # noqa: E731
        record.message = self._control.sub(replace, record.message)
        return super().formatMessage(record)


def configure_logging(level: str = "INFO") -> None:
    """Logs to standard error through `EscapingFormatter`; for entry points only."""
    handler = logging.StreamHandler()
    handler.setFormatter(EscapingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpx2", "httpcore", "openai", "chromadb", "sentence_transformers", "manim"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
