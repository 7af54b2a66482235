"""The FastAPI application: routes, the envelope around them, and the runtime's life."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from agents.errors import TutorError
from server.artifacts import NOT_FOUND, serve_artifact
from server.auth import Gate
from server.metrics import Metrics
from server.middleware import Envelope
from server.openai.errors import ApiError, error_response
from server.openai.protocol import IGNORED, ChatCompletionRequest
from server.openai.router import router
from server.openai.serving import ChatService
from server.runtime import Runtime, open_runtime
from server.settings import Settings
from server.web import mount_web


def package_version() -> str:
    try:
        return version("hisolver")
    except PackageNotFoundError:
        return "0"


def create_app(source: Settings | Runtime) -> FastAPI:
    """The application. Given settings it opens a runtime of its own for as long as it runs; a runtime given (tests) stays its owner's."""
    settings = source if isinstance(source, Settings) else source.settings
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if isinstance(source, Settings):
            async with open_runtime(source) as runtime:
                _attach(app, runtime, metrics)
                yield
        else:
            yield

    app = FastAPI(title="HiSolver", version=package_version(), lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.settings = settings
    app.state.gate = gate = Gate(settings)
    app.state.metrics = metrics
    if isinstance(source, Runtime):
        _attach(app, source, metrics)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type"],
        )
    app.add_middleware(Envelope, settings=settings, gate=gate, metrics=metrics)
    for kind in (ApiError, TutorError, TimeoutError):
        app.add_exception_handler(kind, _answer_error)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(ClientDisconnect, _answer_gone)
    app.include_router(router)
    _add_plain_routes(app)
    mount_web(app)
    _describe_requests(app)
    return app


def _attach(app: FastAPI, runtime: Runtime, metrics: Metrics) -> None:
    app.state.runtime = runtime
    app.state.service = ChatService(runtime, metrics)


def _add_plain_routes(app: FastAPI) -> None:
    @app.get("/health", tags=["operations"])
    async def health(request: Request) -> dict[str, Any]:
        """What the server stands on: model, sandbox and index. `status` is "ok" once a model can answer."""
        ports = request.app.state.runtime.status()
        ok = ports["model"]["state"] in ("ready", "external")
        return {
            "status": "ok" if ok else "starting" if ports["model"]["state"] == "starting" else "degraded",
            "version": package_version(),
            **ports,
        }

    @app.get("/metrics", tags=["operations"], response_class=Response)
    async def metrics(request: Request) -> Response:
        """Prometheus metrics."""
        return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    @app.head("/v1/artifacts/{artifact_id:path}", include_in_schema=False)
    @app.get("/v1/artifacts/{artifact_id:path}", tags=["artifacts"], response_class=Response)
    async def artifact(request: Request, artifact_id: str) -> Response:
        """A video or what goes with it, with one byte range. A GIF is made when it is first asked for."""
        owner = request.app.state.gate.holder(request.headers)
        runtime: Runtime = request.app.state.runtime
        store = runtime.artifacts
        if store is None or runtime.late is None:
            raise NOT_FOUND
        await runtime.late.ready(artifact_id, owner=owner)
        return await serve_artifact(request, store, artifact_id, owner)


def _describe_requests(app: FastAPI) -> None:
    """Adds the chat request's schema to the OpenAPI document: the body is parsed by hand, so FastAPI does not see it."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        if "ChatCompletionRequest" not in schemas:
            schema = ChatCompletionRequest.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schema["properties"].update({name: {"description": "accepted, changes nothing"} for name in IGNORED})
            schemas["ChatCompletionRequest"] = schema
        return document

    app.openapi = openapi  # type: ignore[method-assign]


async def _answer_error(request: Request, error: Exception) -> Response:
    return error_response(error)


async def _answer_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return error_response(NOT_FOUND)
    code, message = (
        ("method_not_allowed", "this path does not take that method") if status == 405 else ("bad_request", "the request cannot be read")
    )
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return error_response(ApiError(status, code, message), headers)


async def _answer_validation(request: Request, error: Exception) -> Response:
    return error_response(ApiError(400, "invalid_value", "a part of the request's address or headers is not valid"))


async def _answer_gone(request: Request, error: Exception) -> Response:
    return JSONResponse(None, status_code=499)  # nobody reads it; it is for the log
