"""Talks to a running HiSolver server as any OpenAI client would, and times what it streams."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, TypedDict
from urllib.parse import urljoin, urlsplit

import httpx

from evals.errors import InfrastructureError, UsageError

CONNECT_S = 10.0
BACK_OFF_S = 1.0
"""Pause before a failed connection is reported: inspect's retry follows at once, and a restarting server needs a moment."""
SETUP_STATUS = (401, 403, 404, 408, 429)
"""Refusals that say nothing about the item; every other 4xx is the server's own answer to it."""


class Turn(TypedDict):
    """One request and what came back. Seconds are from sending the request; `refused` is the server's message where it would not work on the item."""

    text: str
    hisolver: dict[str, Any]
    seconds: float
    first_text_s: float | None
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    refused: str | None


@cache
def _tls() -> ssl.SSLContext:
    # Made once: loading the certificates costs tens of milliseconds, which a latency figure must not hold.
    return ssl.create_default_context()


class HiSolverClient:
    """The HTTP contract of HiSolver. `base_url` may end in /v1 or not; the key goes to that server only."""

    def __init__(self, base_url: str, api_key: str = "", *, timeout_s: float = 600.0) -> None:
        base = base_url.rstrip("/").removesuffix("/v1")
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"--base-url must be an http(s) address such as http://127.0.0.1:8000, not {base_url!r}")
        self.base_url = base
        self._origin = (parts.scheme, parts.netloc)
        self._key = api_key
        self._timeout_s = timeout_s

    async def health(self) -> dict[str, Any]:
        """`/health` as it is, for the record; empty where the server gives none."""
        async with self._http() as http:
            try:
                response = await http.get(f"{self.base_url}/health")
                body = response.json()
            except (httpx.HTTPError, ValueError):
                return {}
        return body if isinstance(body, dict) else {}

    async def check(self, models: Sequence[str]) -> None:
        """Raises `InfrastructureError` when the server does not answer, `UsageError` when the key is wrong or it is no HiSolver server."""
        async with self._http() as http:
            try:
                response = await http.get(f"{self.base_url}/v1/models", headers=self._auth(self.base_url))
            except httpx.HTTPError as error:
                raise InfrastructureError("connection", f"no server answers at {self.base_url} ({_told(error)})") from error
        if response.status_code in (401, 403):
            raise UsageError(f"the server at {self.base_url} refuses the key: pass --api-key")
        if response.status_code != 200:
            raise InfrastructureError(f"http_{response.status_code}", f"{self.base_url}/v1/models: {_error_of(response.content)[1]}")
        try:
            offered = {str(model["id"]) for model in response.json()["data"]}
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"the server at {self.base_url} does not list models as OpenAI's API does") from error
        missing = [model for model in models if model not in offered]
        if missing:
            raise UsageError(f"the server at {self.base_url} has no model {', '.join(missing)}: is it HiSolver?")

    async def chat(
        self,
        model: str,
        messages: Sequence[Mapping[str, Any]],
        *,
        user: str,
        seed: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Turn:
        """One streamed request; `options` are those of the extra field `hisolver`. `user` is OpenAI's name for the learner behind it: the server keeps what it solved for each learner, so a new
        name is what makes a measurement fresh. Raises `InfrastructureError` when no answer came: connection, 5xx, timeout, cut stream."""
        body: dict[str, Any] = {
            "model": model,
            "messages": list(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "user": user,
        }
        if seed is not None:
            body["seed"] = seed
        if options:
            body["hisolver"] = dict(options)
        try:
            async with asyncio.timeout(self._timeout_s), self._http() as http:
                return await self._stream(http, body)
        except TimeoutError as error:
            raise InfrastructureError("timeout", f"no complete answer within {self._timeout_s:g} s") from error
        except httpx.TimeoutException as error:
            raise InfrastructureError("timeout", _told(error)) from error
        except httpx.HTTPError as error:
            await asyncio.sleep(BACK_OFF_S)
            raise InfrastructureError("connection", _told(error)) from error

    async def download(self, url: str, *, limit: int = 256 * 2**20) -> tuple[str, bytes]:
        """The media type and bytes at `url` (relative to the server, or absolute). Raises `InfrastructureError` for what `chat` does, `LookupError` else."""
        target = urljoin(self.base_url + "/", url)
        if urlsplit(target).scheme not in ("http", "https"):
            raise LookupError(f"{url!r} is no http address")
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._http() as http,
                http.stream("GET", target, headers=self._auth(target)) as response,
            ):
                if response.status_code >= 500:
                    raise InfrastructureError(f"http_{response.status_code}", f"{target} could not be served")
                if response.status_code != 200:
                    raise LookupError(f"{target} answered {response.status_code}")
                data = bytearray()
                async for chunk in response.aiter_bytes():
                    data += chunk
                    if len(data) > limit:
                        raise LookupError(f"{target} is larger than {limit} bytes")
                return response.headers.get("content-type", "").split(";")[0].strip(), bytes(data)
        except TimeoutError as error:
            raise InfrastructureError("timeout", f"{target} took longer than {self._timeout_s:g} s") from error
        except httpx.HTTPError as error:
            raise InfrastructureError("connection", _told(error)) from error

    @asynccontextmanager
    async def _http(self) -> AsyncIterator[httpx.AsyncClient]:
        timeout = httpx.Timeout(self._timeout_s, connect=min(CONNECT_S, self._timeout_s))
        # No proxies and no .netrc from the environment: a measurement goes straight to the server that was named.
        async with httpx.AsyncClient(verify=_tls(), timeout=timeout, trust_env=False) as http:
            yield http

    def _auth(self, url: str) -> dict[str, str]:
        parts = urlsplit(url)
        return {"authorization": f"Bearer {self._key}"} if self._key and (parts.scheme, parts.netloc) == self._origin else {}

    async def _stream(self, http: httpx.AsyncClient, body: dict[str, Any]) -> Turn:
        turn = Turn(
            text="", hisolver={}, seconds=0.0, first_text_s=None, prompt_tokens=0, completion_tokens=0, cached_tokens=0, refused=None
        )
        pieces: list[str] = []
        done = False
        started = time.perf_counter()
        url = f"{self.base_url}/v1/chat/completions"
        async with http.stream("POST", url, json=body, headers=self._auth(url)) as response:
            if response.status_code != 200:
                turn["refused"] = _refusal(response.status_code, await response.aread())
                turn["seconds"] = time.perf_counter() - started
                return turn
            async for line in response.aiter_lines():
                if not line.startswith("data:"):
                    continue  # comments keep the connection alive
                data = line[5:].strip()
                if data == "[DONE]":
                    done = True
                    break
                chunk = _decoded(data)
                if "error" in chunk:
                    turn["refused"] = _refusal(0, data.encode())
                    turn["seconds"] = time.perf_counter() - started
                    return turn
                text = "".join(str(choice.get("delta", {}).get("content") or "") for choice in chunk.get("choices") or [])
                if text:
                    if turn["first_text_s"] is None:
                        turn["first_text_s"] = time.perf_counter() - started
                    pieces.append(text)
                ours = chunk.get("hisolver")
                if isinstance(ours, dict) and "skill" in ours:
                    turn["hisolver"] = ours
                if isinstance(usage := chunk.get("usage"), dict):
                    turn["prompt_tokens"] = int(usage.get("prompt_tokens") or 0)
                    turn["completion_tokens"] = int(usage.get("completion_tokens") or 0)
                    turn["cached_tokens"] = int((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0)
        turn["seconds"] = time.perf_counter() - started
        turn["text"] = "".join(pieces)
        if not done:
            raise InfrastructureError("cut_stream", f"the stream ended without [DONE] after {turn['seconds']:.1f} s")
        return turn


def _decoded(data: str) -> dict[str, Any]:
    try:
        chunk = json.loads(data)
    except ValueError as error:
        raise InfrastructureError("bad_response", f"a stream chunk is no JSON: {data[:120]!r}") from error
    if not isinstance(chunk, dict):
        raise InfrastructureError("bad_response", f"a stream chunk is no object: {data[:120]!r}")
    return chunk


def _error_of(content: bytes) -> tuple[str, str]:
    """Type and message of an error in OpenAI's shape, or the beginning of whatever came instead."""
    try:
        error = json.loads(content)["error"]
        return str(error.get("type", "")), f"{error.get('code')}: {error.get('message')}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", content[:200].decode("utf-8", "replace")


def _refusal(status: int, content: bytes) -> str:
    """The server's reason for not working on an item. Raises `InfrastructureError` where the failure says nothing about the item."""
    kind, message = _error_of(content)
    if status >= 500 or status in SETUP_STATUS:
        raise InfrastructureError(f"http_{status}", message)
    if status == 0 and kind != "invalid_request_error":
        raise InfrastructureError("stream_error", message)
    return message


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
